import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AdvertisementDecoder, describeReading, FormatNumber, Reading } from '../../../src/tags/index.js';
import { bigEndian, serviceData } from '../advertisement.js';
import { fromHex } from '../hex.js';

const TUYA = 0xfd50;
const decoder = new AdvertisementDecoder();

function decode(value: ArrayLike<number>) {
  const reading = new Reading();
  const bytes = Uint8Array.from(serviceData(TUYA, value));
  const format = decoder.decode(bytes, 0, bytes.length, reading);
  return { format, reading, fields: describeReading(reading).fields };
}

describe('HHCCJCY10', () => {
  it('reads what a sensor sent', () => {
    const { format, fields } = decode(fromHex('0e006e0134a428005b'));
    expect(format).toBe(FormatNumber.hhccjcy10);
    expect(fields).toEqual({
      moisture: 14,
      temperature: 11,
      illuminance: 79012,
      batteryPercent: 40,
      conductivity: 91,
    });
  });

  it('leaves what other devices of Tuya send alone', () => {
    expect(decode(fromHex('65006e0134a428005b')).reading.format).toBe(0);
    expect(decode(fromHex('0e006e0134a465005b')).reading.format).toBe(0);
    for (let length = 0; length < 20; length++) {
      if (length !== 9) expect(decode(new Uint8Array(length)).reading.format).toBe(0);
    }
  });

  it('gives back what was encoded', () => {
    const s16 = fc.integer({ min: -2731, max: 18200 });
    fc.assert(
      fc.property(
        fc.tuple(fc.nat(100), s16, fc.nat(0xffffff), fc.nat(100), fc.nat(0xffff)),
        ([moisture, temperature, illuminance, battery, conductivity]) => {
          const { fields } = decode([
            moisture,
            ...bigEndian(temperature & 0xffff, 2),
            ...bigEndian(illuminance, 3),
            battery,
            ...bigEndian(conductivity, 2),
          ]);
          expect(fields).toEqual({
            moisture,
            temperature: temperature / 10 + 0,
            illuminance,
            batteryPercent: battery,
            conductivity,
          });
        },
      ),
    );
  });
});
