import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AdvertisementDecoder, describeReading, FormatNumber, Reading } from '../../../src/tags/index.js';
import { adStructure, littleEndian } from '../advertisement.js';
import { fromHex } from '../hex.js';

const decoder = new AdvertisementDecoder();

function decode(whole: ArrayLike<number> | string, name = 'TP357 (2A01)') {
  const reading = new Reading();
  const bytes = Uint8Array.from([
    ...adStructure(0x09, Buffer.from(name)),
    ...adStructure(0xff, typeof whole === 'string' ? fromHex(whole) : whole),
  ]);
  const format = decoder.decode(bytes, 0, bytes.length, reading);
  const { state, fields } = describeReading(reading);
  return { format, state, fields };
}

const ok = (fields: object) => ({ format: FormatNumber.thermopro, state: 'ok', fields });

describe('ThermoPro', () => {
  // Captures of bleparser, Theengs Decoder and thermopro-ble.
  it.each([
    ['TP357 (2A01)', 'c2170127022c', { temperature: 27.9, humidity: 39, batteryPercent: 100 }],
    ['TP357S', 'c2d60043220b01', { temperature: 21.4, humidity: 67, batteryPercent: 100 }],
    ['TP359', 'c2ff0035012c', { temperature: 25.5, humidity: 53, batteryPercent: 50 }],
    ['TP393', 'c2d40037022c', { temperature: 21.2, humidity: 55, batteryPercent: 100 }],
    ['TP357 (2142)', '82f1001d022c', { temperature: 24.1, humidity: 29, batteryPercent: 100 }],
  ])('reads the %s', (name, whole, fields) => {
    expect(decode(whole, name)).toEqual(ok(fields));
  });

  it('has no temperature and no humidity where both are marked as missing', () => {
    expect(decode('c2ffffff220b01', 'TP357S (3C62)')).toEqual(ok({ batteryPercent: 100 }));
    expect(decode('c2000000002c', 'TP393 (9376)')).toEqual(ok({ batteryPercent: 1 }));
    expect(decode('c2ffffff232c')).toEqual(ok({}));
    expect(decode('c2170165032c')).toEqual(ok({ temperature: 27.9 }));
  });

  it('takes no other length', () => {
    for (let length = 2; length <= 9; length++) {
      const { state } = decode('c2170127022c000000'.slice(0, 2 * length));
      expect([length, state]).toEqual([length, length < 6 ? 'malformed' : length < 8 ? 'ok' : 'unknown']);
    }
  });

  it.each(['', 'TP3', 'TP960R (0000)', 'XTP357', 'tp357'])('leaves what is named "%s" to others', (name) => {
    expect(decode('c2170127022c', name)).toEqual({ format: 0, state: 'unknown', fields: {} });
  });

  it('gives back what was encoded', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -400, max: 1000 }),
        fc.integer({ min: 1, max: 100 }),
        fc.nat(2),
        (temperature, humidity, battery) => {
          const whole = [0xc2, ...littleEndian(temperature & 0xffff, 2), humidity, battery, 0x2c];
          expect(decode(whole)).toEqual(
            ok({ temperature: temperature / 10 + 0, humidity, batteryPercent: [1, 50, 100][battery] }),
          );
        },
      ),
    );
  });
});
