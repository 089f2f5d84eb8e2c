import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AdvertisementDecoder, describeReading, FormatNumber, Reading, ReadingState } from '../../../src/tags/index.js';
import { littleEndian, manufacturerData } from '../advertisement.js';
import { fromHex } from '../hex.js';

const SENSIRION = 0x06d5;
const decoder = new AdvertisementDecoder();

function decode(value: ArrayLike<number>): { format: number; reading: Reading } {
  const reading = new Reading();
  const bytes = Uint8Array.from(manufacturerData(SENSIRION, value));
  return { format: decoder.decode(bytes, 0, bytes.length, reading), reading };
}

const sample = (type: number, ...raw: number[]): number[] => [
  ...[0, type, 0x34, 0x12],
  ...raw.flatMap((one) => littleEndian(one, 2)),
];
const fields = (type: number, ...raw: number[]): { [name: string]: unknown } =>
  describeReading(decode(sample(type, ...raw)).reading).fields;

const close = (value: number): unknown => expect.closeTo(value, 9);
/** The raw numbers below, in the units of the specification. */
const T = close((1001 * 175) / 65535 - 45);
const H = close((30002 * 100) / 65535);

// By sample type: the raw numbers as in the specification's order, and what they are.
const types: [number, number[], { [name: string]: unknown }][] = [
  [0x03, [1001, 30002, 500], { temperature: T, humidity: H }],
  [0x04, [1001, 30002], { temperature: T, humidity: H }],
  [0x06, [1001, 30002], { temperature: T, humidity: close((30002 * 125) / 65535 - 6) }],
  [0x08, [1001, 30002, 500], { temperature: T, humidity: H, co2: 500 }],
  [0x0a, [1001, 30002, 500], { temperature: T, humidity: H, co2: 500 }],
  [0x0c, [1001, 30002, 500, 601], { temperature: T, humidity: H, co2: 500, pm25: close((601 * 1000) / 65535) }],
  [0x0e, [1001, 30002, 100], { temperature: T, humidity: H, formaldehyde: expect.closeTo(0.024546, 6) }],
  [0x10, [1001, 30002, 101, 601], { temperature: T, humidity: H, vocIndex: 101, pm25: close((601 * 1000) / 65535) }],
  [
    0x14,
    [1001, 30002, 500, 101, 601, 100],
    {
      temperature: T,
      humidity: H,
      co2: 500,
      vocIndex: 101,
      pm25: close((601 * 1000) / 65535),
      formaldehyde: expect.closeTo(0.024546, 6),
    },
  ],
  [0x16, [1001, 30002, 101, 7], { temperature: T, humidity: H, vocIndex: 101, noxIndex: 7 }],
  [0x18, [1001, 30002, 101, 7, 601], { temperature: T, humidity: H, vocIndex: 101, noxIndex: 7, pm25: 60.1 }],
  [
    0x1a,
    [1001, 30002, 500, 101, 7, 601],
    { temperature: T, humidity: H, co2: 500, vocIndex: 101, noxIndex: 7, pm25: 60.1 },
  ],
  [0x1c, [1001, 30002, 500, 601], { temperature: T, humidity: H, co2: 500, pm25: 60.1 }],
  [0x1e, [1001, 30002, 101, 601], { temperature: T, humidity: H, vocIndex: 101, pm25: 60.1 }],
  [
    0x20,
    [1001, 30002, 500, 101, 601, 100],
    {
      temperature: T,
      humidity: H,
      co2: 500,
      vocIndex: 101,
      pm25: 60.1,
      formaldehyde: expect.closeTo(0.024546, 6),
    },
  ],
  [0x22, [11, 22, 33, 44], { pm1: 1.1, pm25: 2.2, pm4: 3.3, pm10: 4.4 }],
  [0x24, [500], { co2: 500 }],
  [0x26, [77, 1001], { temperature: T }],
  [0x28, [1001, 30002, 5, 1013], { temperature: T, humidity: close((30002 * 125) / 65535 - 6) }],
  [0x2a, [1001, 30002, 601], { temperature: T, humidity: H, pm25: 60.1 }],
  [
    0x2c,
    [1001, 30002, 100, 101, 7, 601],
    {
      temperature: T,
      humidity: H,
      formaldehyde: expect.closeTo(0.024546, 6),
      vocIndex: 101,
      noxIndex: 7,
      pm25: 60.1,
    },
  ],
];

describe('Sensirion', () => {
  it('reads a MyCO2', () => {
    const { format, reading } = decode(fromHex('000867355367925c0b040609'));
    expect(format).toBe(FormatNumber.sensirion);
    expect(describeReading(reading)).toEqual({
      format: 'sensirion',
      state: 'ok',
      fields: { temperature: expect.closeTo(25.63, 2), humidity: expect.closeTo(36.16, 2), co2: 1035 },
      ids: {},
    });
  });

  it.each(types)('reads sample type %d', (type, raw, expected) => {
    expect(fields(type, ...raw)).toEqual(expected);
    expect(fields(type, ...raw, 0xabcd)).toEqual(expected);
  });

  it.each(types.filter(([type]) => ![0x03, 0x28].includes(type)))(
    'is malformed when sample type %d is cut short',
    (type, raw) => {
      const whole = sample(type, ...raw);
      for (let length = 0; length < whole.length; length++) {
        const { format, reading } = decode(whole.slice(0, length));
        expect([format, reading.format, reading.state]).toEqual([0, FormatNumber.sensirion, ReadingState.malformed]);
        expect(reading.fieldCount).toBe(0);
      }
    },
  );

  it.each([1, 2, 0x05, 0x07, 0x09, 0x12, 0x2e, 0xff])('does not know sample type %d', (type) => {
    expect(decode(sample(type, 1, 2, 3, 4, 5, 6)).reading.state).toBe(ReadingState.unsupported);
  });

  it('does not know other types of advertisement', () => {
    expect(decode([1, 4, 0, 0, 1, 2, 3, 4]).reading.state).toBe(ReadingState.unsupported);
  });

  it.each(['ff00', 'ff003412', 'ff'])('has nothing of a board that sends no samples, %s', (value) => {
    expect(decode(fromHex(value)).reading.format).toBe(0);
  });

  it('has nothing where a concentration is not measured', () => {
    expect(fields(0x1a, 1001, 30002, 0xffff, 0xffff, 0xffff, 0xffff)).toEqual({ temperature: T, humidity: H });
    expect(fields(0x22, 0xffff, 0xffff, 0xffff, 0xffff)).toEqual({});
    expect(fields(0x0e, 1001, 30002, 0xffff)).toEqual({ temperature: T, humidity: H });
  });

  it('cuts off what an SHT4x has outside of 0 to 100 %', () => {
    expect(fields(0x06, 0, 0)).toEqual({ temperature: -45, humidity: 0 });
    expect(fields(0x06, 0xffff, 0xffff)).toEqual({ humidity: 100 });
  });

  it('gives back what was encoded', () => {
    fc.assert(
      fc.property(fc.integer({ min: -4500, max: 12999 }), fc.nat(10000), fc.nat(0xfffe), (t, h, co2) => {
        const read = fields(
          0x0a,
          Math.round(((t / 100 + 45) * 65535) / 175),
          Math.round(((h / 100) * 65535) / 100),
          co2,
        );
        expect(Math.abs((read.temperature as number) - t / 100)).toBeLessThan(0.002);
        expect(Math.abs((read.humidity as number) - h / 100)).toBeLessThan(0.001);
        expect(read.co2).toBe(co2);
      }),
    );
  });
});
