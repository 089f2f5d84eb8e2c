import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AdvertisementDecoder, describeReading, FormatNumber, Reading, ReadingState } from '../../../src/tags/index.js';
import { bigEndian, manufacturerData } from '../advertisement.js';
import { fromHex } from '../hex.js';

const TELTONIKA = 0x089a;
const decoder = new AdvertisementDecoder();

function decode(value: ArrayLike<number>): { format: number; reading: Reading } {
  const reading = new Reading();
  const bytes = Uint8Array.from(manufacturerData(TELTONIKA, value));
  return { format: decoder.decode(bytes, 0, bytes.length, reading), reading };
}

const fields = (...value: number[]): unknown => describeReading(decode(value).reading).fields;

describe('Teltonika EYE', () => {
  const valid = fromHex('01b708b4120ccb0bffc767');

  it('reads the example of its wiki', () => {
    const { format, reading } = decode(valid);
    expect(format).toBe(FormatNumber.teltonika);
    expect(describeReading(reading)).toEqual({
      format: 'teltonika',
      state: 'ok',
      fields: {
        temperature: 22.28,
        humidity: 18,
        magnet: false,
        moving: false,
        movementCount: 3275,
        pitch: 11,
        roll: -57,
        batteryLow: false,
        batteryVoltage: 3.03,
      },
      ids: {},
    });
  });

  it('reads an EYE Beacon, which has its battery alone', () => {
    expect(fields(1, 0xc0, 0x32)).toEqual({ batteryLow: true, batteryVoltage: 2.5 });
    expect(fields(1, 0)).toEqual({ batteryLow: false });
  });

  it('reads the magnet only where there is a sensor for it', () => {
    expect(fields(1, 0x0c)).toEqual({ magnet: true, batteryLow: false });
    expect(fields(1, 0x08)).toEqual({ batteryLow: false });
  });

  it('has no humidity above 100 %', () => {
    expect(fields(1, 0x02, 101)).toEqual({ batteryLow: false });
  });

  it('takes bytes that are appended', () => {
    expect(describeReading(decode([...valid, 1, 2, 3]).reading)).toEqual(describeReading(decode(valid).reading));
  });

  it('is malformed when it is cut short', () => {
    for (let length = 0; length < valid.length; length++) {
      const { format, reading } = decode(valid.slice(0, length));
      expect([format, reading.format, reading.state]).toEqual([0, FormatNumber.teltonika, ReadingState.malformed]);
      expect(reading.fieldCount).toBe(0);
    }
  });

  it.each([0, 2, 0xff])('does not know version %d', (version) => {
    expect(decode([version, ...valid.slice(1)]).reading.state).toBe(ReadingState.unsupported);
  });

  it('gives back what was encoded', () => {
    fc.assert(
      fc.property(
        fc.nat(0xff),
        fc.integer({ min: -27315, max: 0x7fff }),
        fc.nat(100),
        fc.tuple(fc.boolean(), fc.nat(0x7fff)),
        fc.tuple(fc.integer({ min: -90, max: 90 }), fc.integer({ min: -180, max: 180 })),
        fc.nat(0xff),
        (flags, temperature, humidity, [moving, movementCount], [pitch, roll], battery) => {
          const value = [1, flags];
          const expected: { [name: string]: unknown } = { batteryLow: (flags & 0x40) !== 0 };
          if (flags & 0x01) {
            value.push(...bigEndian(temperature & 0xffff, 2));
            expected.temperature = temperature / 100 + 0;
          }
          if (flags & 0x02) {
            value.push(humidity);
            expected.humidity = humidity;
          }
          if (flags & 0x04) expected.magnet = (flags & 0x08) !== 0;
          if (flags & 0x10) {
            value.push(...bigEndian((moving ? 0x8000 : 0) | movementCount, 2));
            Object.assign(expected, { moving, movementCount });
          }
          if (flags & 0x20) {
            value.push(pitch & 0xff, ...bigEndian(roll & 0xffff, 2));
            Object.assign(expected, { pitch: pitch + 0, roll: roll + 0 });
          }
          if (flags & 0x80) {
            value.push(battery);
            expected.batteryVoltage = (2000 + 10 * battery) / 1000;
          }
          expect(fields(...value)).toEqual(expected);
        },
      ),
    );
  });
});
