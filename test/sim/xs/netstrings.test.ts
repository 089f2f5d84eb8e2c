import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { netstring, NetstringReader } from '../../../sim/xs/netstrings.js';

describe('netstrings', () => {
  it('have their length in front and a comma behind', () => {
    expect(netstring(0x3f, Buffer.from('ab')).toString()).toBe('3:?ab,');
    expect(netstring(0x52, new Uint8Array(0)).toString()).toBe('1:R,');
  });

  it('come out as they went in, however the stream is cut', () => {
    const strings = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 });
    fc.assert(
      fc.property(strings, fc.array(fc.nat(2000), { maxLength: 20 }), (bodies, cuts) => {
        const stream = Buffer.concat(bodies.map((body, i) => netstring(i, body)));
        const came: Buffer[] = [];
        const reader = new NetstringReader(1000, (bytes) => came.push(Buffer.from(bytes)));
        let at = 0;
        for (const cut of [...cuts.filter((cut) => cut < stream.length).sort((a, b) => a - b), stream.length]) {
          reader.receive(stream.subarray(at, cut));
          at = cut;
        }
        expect(came).toEqual(bodies.map((body, i) => Buffer.from([i, ...body])));
      }),
    );
  });

  it.each([
    ['x', /not a number/],
    [':a,', /not a number/],
    ['1234567890:a,', /not a number/],
    ['11:', /at most 10/],
    ['1:ab', /without a comma/],
  ])('are refused when they are none: %j', (text, said) => {
    const reader = new NetstringReader(10, () => undefined);
    expect(() => reader.receive(Buffer.from(text))).toThrow(said);
  });
});
