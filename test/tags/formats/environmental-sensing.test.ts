import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AdvertisementDecoder, describeReading, FormatNumber, Reading, ReadingState } from '../../../src/tags/index.js';
import { littleEndian, serviceData } from '../advertisement.js';
import { fromHex } from '../hex.js';

const TEMPERATURE = 0x2a6e;
const HUMIDITY = 0x2a6f;
const decoder = new AdvertisementDecoder();

function decode(...structures: number[][]): { format: number; reading: Reading } {
  const reading = new Reading();
  const bytes = Uint8Array.from(structures.flat());
  return { format: decoder.decode(bytes, 0, bytes.length, reading), reading };
}

const fields = (...structures: number[][]): unknown => describeReading(decode(...structures).reading).fields;

describe('Environmental sensing', () => {
  it('reads a Blue Puck', () => {
    const { format, reading } = decode(serviceData(TEMPERATURE, fromHex('a304')), serviceData(HUMIDITY, [0x23]));
    expect(format).toBe(FormatNumber.environmentalSensing);
    expect(describeReading(reading)).toEqual({
      format: 'environmental-sensing',
      state: 'ok',
      fields: { temperature: 11.87, humidity: 35 },
      ids: {},
    });
  });

  it('has nothing where a value is not known, or cannot be', () => {
    expect(fields(serviceData(TEMPERATURE, fromHex('0080')))).toEqual({});
    expect(fields(serviceData(TEMPERATURE, fromHex('ff7f')))).toEqual({});
    // Below absolute zero.
    expect(fields(serviceData(TEMPERATURE, fromHex('4c95')))).toEqual({});
    expect(fields(serviceData(TEMPERATURE, fromHex('4d95')))).toEqual({ temperature: -273.15 });
    expect(fields(serviceData(HUMIDITY, fromHex('ff7f')))).toEqual({});
    expect(fields(serviceData(HUMIDITY, fromHex('ffff')))).toEqual({});
    expect(fields(serviceData(HUMIDITY, [101]))).toEqual({});
  });

  it.each([
    [TEMPERATURE, 0],
    [TEMPERATURE, 1],
    [TEMPERATURE, 3],
    [HUMIDITY, 0],
    [HUMIDITY, 3],
  ])('is malformed: %d with %d bytes', (uuid, length) => {
    const { format, reading } = decode(serviceData(uuid, new Uint8Array(length)));
    expect([format, reading.state, reading.fieldCount]).toEqual([0, ReadingState.malformed, 0]);
  });

  it('gives back what was encoded', () => {
    fc.assert(
      fc.property(fc.integer({ min: -27315, max: 0x7ffe }), fc.nat(10000), (temperature, humidity) => {
        expect(
          fields(
            serviceData(TEMPERATURE, littleEndian(temperature & 0xffff, 2)),
            serviceData(HUMIDITY, littleEndian(humidity, 2)),
          ),
        ).toEqual({ temperature: temperature / 100 + 0, humidity: humidity / 100 });
      }),
    );
  });
});
