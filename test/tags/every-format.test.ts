import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AdvertisementDecoder,
  describeReading,
  formats,
  KeyTable,
  Reading,
  ReadingState,
  setKeyText,
} from '../../src/tags/index.js';
import { adStructure, matchStructure, splitMatch } from './advertisement.js';
import { guarded } from './guarded.js';
import { fromHex } from './hex.js';

const ADDRESS = '54:48:E6:8F:80:A5';
const address = fromHex(ADDRESS.replaceAll(':', ''));
const keys = new KeyTable();
setKeyText(keys, ADDRESS, '231d39c1d7cc1ab1aee224cd096db932');

describe.each(formats.map((format) => [format.name, format] as const))('%s', (_, format) => {
  const value = fc
    .tuple(fc.array(fc.constantFrom(0, 1, 2, 3, 5, 6, 0x10, 0x20, 0x40, 0x54, 0xff), { maxLength: 3 }), fc.nat(60))
    .chain(([head, length]) =>
      fc.uint8Array({ minLength: length, maxLength: length }).map((rest) => Uint8Array.from([...head, ...rest])),
    );

  it.each(format.matches.map((match) => [splitMatch(match).source, splitMatch(match).id.toString(16), match] as const))(
    'takes any bytes in a structure of source %d, id %s: reads none outside, and writes nothing unless it is ok',
    (_source, _id, match) => {
      const decoder = new AdvertisementDecoder(keys);
      decoder.presence = true;
      const reading = new Reading();
      const name = fc.constantFrom('', 'sps', 'tps', 'iBBQ', 'xBBQ', 'TP359 (1234)', 'GVH5075_1234');
      fc.assert(
        fc.property(value, name, fc.boolean(), (bytes, name, known) => {
          const whole = [...matchStructure(match, bytes), ...(name ? adStructure(0x09, Buffer.from(name)) : [])];
          const all = Uint8Array.from([0x02, 0x01, ...whole, 0xff, 0xff]);
          const guard = guarded(all, 2, all.length - 2);
          decoder.decode(guard.bytes, 2, all.length - 2, reading, known ? address : undefined);
          expect(guard.outside).toEqual([]);
          if (reading.state !== ReadingState.ok) {
            const { fields, ids } = describeReading(reading);
            expect({ fields, ids }).toEqual({ fields: {}, ids: {} });
          }
          for (let field = reading.nextField(-1); field >= 0; field = reading.nextField(field)) {
            expect(Number.isFinite(reading.get(field))).toBe(true);
          }
        }),
        { numRuns: 500 },
      );
    },
  );
});
