import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { derBlocks, PemLabel } from '../../../boards/ecma419/index.js';

const pem = (der: Uint8Array, label: string): string =>
  `-----BEGIN ${label}-----\n${(
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  ).join('\n')}\n-----END ${label}-----\n`;
const sequence = (length: number): Buffer => {
  const content = Buffer.from(Array.from({ length }, (_value, i) => (i * 7) & 0xff));
  const header =
    length < 128 ? [0x30, length] : length < 256 ? [0x30, 0x81, length] : [0x30, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(header), content]);
};
const faultOf = (source: string | Uint8Array, label = PemLabel.certificate): string => {
  try {
    derBlocks(source, label);
  } catch (error) {
    return (error as Error).message;
  }
  return '';
};

describe('derBlocks', () => {
  it('decodes all blocks of any length, whatever stands around them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(400), { minLength: 1, maxLength: 3 }),
        fc.constantFrom('\n', '\r\n'),
        (lengths, end) => {
          const ders = lengths.map(sequence);
          const text = `# a comment\n${ders.map((der) => pem(der, 'CERTIFICATE')).join('and text\n')}`.replaceAll(
            '\n',
            end,
          );
          expect(derBlocks(text, PemLabel.certificate).map((der) => Buffer.from(der))).toEqual(ders);
        },
      ),
    );
  });

  it('takes DER bytes as they are, and several that follow one another', () => {
    const one = Uint8Array.from(sequence(300));
    expect(derBlocks(one, PemLabel.certificate)[0]).toBe(one);
    const both = Buffer.concat([sequence(300), sequence(5)]);
    expect(derBlocks(both, PemLabel.certificate).map((der) => der.length)).toEqual([304, 7]);
  });

  it('says what is wrong, and where', () => {
    const good = pem(sequence(100), 'CERTIFICATE');
    const lines = good.split('\n');
    const cases: [string | Uint8Array, string][] = [
      ['', 'holds no line -----BEGIN CERTIFICATE-----'],
      ['MIIB', 'holds no line -----BEGIN CERTIFICATE-----'],
      ['-----BEGIN CERTIFICATE\n', 'the BEGIN line of line 1 has no end'],
      [good.replace(/-----END.*/, ''), 'the block of line 1 has no line -----END CERTIFICATE-----'],
      [good + pem(sequence(3), 'X509 CRL'), 'line 6 begins a block of another kind than CERTIFICATE'],
      [good.replace(lines[1]!, `${lines[1]!.slice(0, 10)}!${lines[1]!.slice(11)}`), 'no base64 at line 2, column 11'],
      [good.replace(lines[1]!, `${lines[1]!.slice(0, 10)}=${lines[1]!.slice(11)}`), 'no base64 at line 2, column 12'],
      [good.replace(/=*\n-----END/, 'A\n-----END'), 'base64 ends in the midst of four characters at line 5, column 1'],
      [pem(Buffer.from('hello'), 'CERTIFICATE'), 'the block of line 1 is not a DER SEQUENCE: byte 0 is 0x68'],
      [pem(Buffer.alloc(0), 'CERTIFICATE'), 'the block of line 1 is empty'],
      [
        pem(sequence(300).subarray(0, 200), 'CERTIFICATE'),
        'the block of line 1 is a DER SEQUENCE of 304 bytes, but 200 are there',
      ],
      [
        pem(Buffer.concat([sequence(3), Buffer.of(0)]), 'CERTIFICATE'),
        'the block of line 1 is a DER SEQUENCE of 5 bytes, but 6 are there',
      ],
      [new Uint8Array(0), 'is empty'],
      [Buffer.from(good), 'is not a DER SEQUENCE: byte 0 is 0x2d (PEM is given as text, not as bytes)'],
      [sequence(300).subarray(0, 303), 'is a DER SEQUENCE of 304 bytes, but 303 are there'],
      [Buffer.concat([sequence(3), Buffer.of(1, 2)]), 'is not a DER SEQUENCE: byte 5 is 0x1'],
      [Buffer.of(0x30, 0x84, 1, 1, 1, 1), 'is not a DER SEQUENCE: byte 0 is 0x30'],
    ];
    for (const [source, message] of cases) expect(faultOf(source)).toBe(message);
  });

  it('tells how to make a key that is allowed', () => {
    const der = sequence(20);
    const how = 'convert it with openssl pkcs8 -topk8 -nocrypt';
    const cases: [string, string][] = [
      ['RSA PRIVATE KEY', `line 1 begins a key that is not PKCS #8; ${how}`],
      ['EC PRIVATE KEY', `line 1 begins a key that is not PKCS #8; ${how}`],
      ['ENCRYPTED PRIVATE KEY', `line 1 begins an encrypted key; ${how}`],
      ['CERTIFICATE', 'line 1 begins a block of another kind than PRIVATE KEY'],
    ];
    for (const [label, message] of cases) expect(faultOf(pem(der, label), PemLabel.privateKey)).toBe(message);
    expect(faultOf(Buffer.concat([der, der]), PemLabel.privateKey)).toBe('holds 2 keys instead of 1');
  });

  it('decodes or refuses any text and any bytes in one line', () => {
    const damaged = fc.tuple(fc.nat(200), fc.string({ maxLength: 3 })).map(([at, change]) => {
      const text = pem(sequence(90), 'CERTIFICATE');
      return text.slice(0, at) + change + text.slice(at + 1);
    });
    fc.assert(
      fc.property(fc.oneof(damaged, fc.string(), fc.uint8Array({ maxLength: 40 })), (source) => {
        expect(faultOf(source)).toMatch(/^[ -~]{0,160}$/);
      }),
    );
  });
});
