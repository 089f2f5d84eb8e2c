import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AdvertisementDecoder, describeReading, FormatNumber, Reading } from '../../../src/tags/index.js';
import { adStructure, littleEndian, manufacturerData } from '../advertisement.js';
import { fromHex, toHex } from '../hex.js';

const ADDRESS = '3414b5abf47b';
const REVERSED = '7bf4abb51434';
const decoder = new AdvertisementDecoder();

function decode(company: number, value: ArrayLike<number> | string, address = '', name = '') {
  const reading = new Reading();
  const bytes = Uint8Array.from([
    ...manufacturerData(company, typeof value === 'string' ? fromHex(value) : value),
    ...(name ? adStructure(0x09, Buffer.from(name)) : []),
  ]);
  const format = decoder.decode(bytes, 0, bytes.length, reading, address ? fromHex(address) : undefined);
  const { state, fields, ids } = describeReading(reading);
  return { format, state, fields, ids };
}

const ok = (fields: object, ids = {}) => ({ format: FormatNumber.ibbq, state: 'ok', fields, ids });
const none = { format: 0, state: 'unknown', fields: {}, ids: {} };

describe('iBBQ', () => {
  // Captures of bleparser and Theengs Decoder.
  it.each([
    ['28ec9a2e65d7', 'f000', { temperature: 24 }],
    ['3414b5abf47b', 'c800d200', { temperature: 20, temperature2: 21 }],
    ['a8e2c171671e', '04010401fa00fa00', { temperature: 26, temperature2: 26, temperature3: 25, temperature4: 25 }],
    ['1893d7353559', 'd200f6fff6fff6fff6fff6ff', { temperature: 21 }],
    ['1893d7353559', 'f6ffffff0000ce00f6ffdc00', { temperature3: 0, temperature4: 20.6, temperature6: 22 }],
  ])('reads %s', (address, probes, fields) => {
    expect(decode(0x0000, '0000' + address + probes, address)).toEqual(ok(fields));
  });

  it('reads an address with the last byte first', () => {
    expect(decode(0x0001, '0000ffeeddccbbaaffff4f01', 'aabbccddeeff')).toEqual(ok({ temperature2: 33.5 }));
  });

  it('goes by the name where the address is not known, and tells it', () => {
    const ids = { mac: '34:14:B5:AB:F4:7B' };
    expect(decode(0x0000, '0000' + ADDRESS + 'f000', '', 'iBBQ')).toEqual(ok({ temperature: 24 }, ids));
    expect(decode(0x0001, '0000' + REVERSED + 'f000', '', 'xBBQ')).toEqual(ok({ temperature: 24 }, ids));
    expect(decode(0x0001, '0000' + REVERSED + 'f000', '010203040506', 'xBBQ')).toEqual(ok({ temperature: 24 }, ids));
  });

  it('leaves what has neither the address nor the name to others', () => {
    expect(decode(0x0000, '0000' + ADDRESS + 'f000')).toEqual(none);
    expect(decode(0x0000, '0000' + ADDRESS + 'f000', '3414b5abf47c')).toEqual(none);
    for (const name of ['BBQ', 'iBBQ2', 'jBBQ']) expect(decode(0, `0000${ADDRESS}f000`, '', name)).toEqual(none);
    expect(decode(0x0000, '0100' + ADDRESS + 'f000', ADDRESS)).toEqual(none);
    expect(decode(0x0002, '0000' + ADDRESS + 'f000', ADDRESS)).toEqual(none);
  });

  it('is malformed with any other length', () => {
    for (let length = 0; length <= 24; length++) {
      const value = [0, 0, ...fromHex(ADDRESS), ...new Uint8Array(16)].slice(0, length);
      const { state } = decode(0x0000, value, ADDRESS);
      expect([length, state]).toEqual([
        length,
        length < 8 ? 'unknown' : [10, 12, 16, 20].includes(length) ? 'ok' : 'malformed',
      ]);
    }
  });

  it('gives back what was encoded', () => {
    const probe = fc.integer({ min: -400, max: 4000 }).filter((tenths) => tenths !== -10 && tenths !== -1);
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 6, maxLength: 6 }),
        fc.array(probe, { minLength: 6, maxLength: 6 }),
        fc.constantFrom(1, 2, 4, 6),
        (address, probes, count) => {
          const sent = probes.slice(0, count);
          const value = [0, 0, ...address, ...sent.flatMap((tenths) => littleEndian(tenths & 0xffff, 2))];
          const names = sent.map((tenths, i) => [i === 0 ? 'temperature' : `temperature${i + 1}`, tenths / 10 + 0]);
          expect(decode(0x0000, value, toHex(address))).toEqual(ok(Object.fromEntries(names)));
        },
      ),
    );
  });
});
