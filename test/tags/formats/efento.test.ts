import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AdvertisementDecoder, describeReading, FormatNumber, Reading, ReadingState } from '../../../src/tags/index.js';
import { bigEndian, manufacturerData } from '../advertisement.js';
import { fromHex } from '../hex.js';

const EFENTO = 0x026c;
const decoder = new AdvertisementDecoder();

function decode(value: ArrayLike<number>): { format: number; reading: Reading } {
  const reading = new Reading();
  const bytes = Uint8Array.from(manufacturerData(EFENTO, value));
  return { format: decoder.decode(bytes, 0, bytes.length, reading), reading };
}

/** Version 02 with these types and values. */
const sensor = (types: number[], values: number[]): number[] => [
  ...fromHex('020509' + '01' + '00002c07' + '803c' + '00'),
  ...types,
  ...values.flatMap((value) => bigEndian(value, 2)),
  ...[0, 0, 0x5d, 0x5d],
];
/** Version 04 with these pairs of a type and a value. */
const scanResponse = (...slots: [number, number][]): number[] => [
  4,
  ...slots.flatMap(([type, value]) => [type, ...bigEndian(value < 0 ? -2 * value - 1 : 2 * value, 3)]),
  ...[0x5d, 0x5d],
];
const fields = (value: number[]): unknown => describeReading(decode(value).reading).fields;
const head = { batteryLow: false, sequence: 11271, interval: 60 };

describe('Efento, version 02', () => {
  const valid = fromHex('0205090100002c07803c0001020645c1003d0e8000005d5d');

  it('reads the example of its manual', () => {
    const { format, reading } = decode(valid);
    expect(format).toBe(FormatNumber.efento);
    expect(reading.sequenceBits).toBe(32);
    expect(describeReading(reading)).toEqual({
      format: 'efento',
      state: 'ok',
      fields: { ...head, temperature: 28.57, humidity: 61 },
      ids: {},
    });
  });

  it('reads sensors of the same kind one after the other', () => {
    expect(fields(sensor([1, 1, 3], [15000, 14900, 10133]))).toEqual({
      ...head,
      temperature: 0,
      temperature2: -1,
      pressure: 1013.3,
    });
  });

  it('has nothing where a value tells what is wrong with the sensor, or there is no sensor', () => {
    expect(fields(sensor([1, 2, 3], [30001, 101, 0xff00]))).toEqual(head);
    expect(fields(sensor([0, 0, 0], [1, 2, 3]))).toEqual(head);
  });

  it('reads minutes and a battery that is low', () => {
    const value = sensor([0, 0, 0], [0, 0, 0]);
    value.splice(3, 1, 0);
    value.splice(8, 2, 0, 5);
    expect(fields(value)).toEqual({ batteryLow: true, sequence: 11271, interval: 300 });
  });

  it('does not know what has a type that is not in use', () => {
    const { format, reading } = decode(sensor([1, 0x40, 0], [15000, 1, 1]));
    expect([format, reading.state, reading.fieldCount]).toEqual([0, ReadingState.unsupported, 0]);
  });

  it('is malformed at any other length', () => {
    for (let length = 0; length < valid.length; length++) {
      expect(decode(valid.slice(0, length)).reading.state).toBe(ReadingState.malformed);
    }
    expect(decode([...valid, 0]).reading.state).toBe(ReadingState.malformed);
  });
});

describe('Efento, version 03', () => {
  const valid = fromHex('031122334455660000010000000000000000000000005d5d');

  it('reads the battery and the address', () => {
    expect(describeReading(decode(valid).reading)).toEqual({
      format: 'efento',
      state: 'ok',
      fields: { batteryLow: false },
      ids: { mac: '11:22:33:44:55:66' },
    });
  });

  it('is malformed at any other length', () => {
    for (let length = 1; length < valid.length; length++) {
      expect(decode(valid.slice(0, length)).reading.state).toBe(ReadingState.malformed);
    }
    expect(decode([...valid, 0]).reading.state).toBe(ReadingState.malformed);
  });
});

describe('Efento, version 04', () => {
  it('reads its slots', () => {
    expect(fields(scanResponse([1, -55], [2, 61], [3, 10133]))).toEqual({
      temperature: -5.5,
      humidity: 61,
      pressure: 1013.3,
    });
    expect(fields(scanResponse([1, 235], [27, 455], [1, 240]))).toEqual({
      temperature: 23.5,
      humidity: 45.5,
      temperature2: 24,
    });
    expect(fields(scanResponse([15, 1234], [16, 1], [17, 2], [18, 3]))).toEqual({
      illuminance: 123.4,
      pm1: 1,
      pm25: 2,
      pm10: 3,
    });
  });

  it('has nothing where a value tells what is wrong with the sensor, or cannot be', () => {
    expect(fields(scanResponse([1, 0x7f0000], [1, -0x7f0000], [2, 101], [27, 1001], [3, -1]))).toEqual({});
    expect(fields(scanResponse([5, 1], [6, 2], [0, 3]))).toEqual({});
  });

  it('does not know what has a type that is not in use', () => {
    const { format, reading } = decode(scanResponse([1, 235], [0x40, 1]));
    expect([format, reading.state, reading.fieldCount]).toEqual([0, ReadingState.unsupported, 0]);
  });

  it('is malformed when it is cut short, unless between slots', () => {
    const whole = scanResponse([1, 235], [2, 61], [3, 10133]);
    for (let length = 1; length < whole.length; length++) {
      const { reading } = decode(whole.slice(0, length));
      expect(reading.state === ReadingState.malformed).toBe(length !== 7 && length !== 11);
    }
  });

  it('gives back what was encoded', () => {
    fc.assert(
      fc.property(fc.integer({ min: -2000, max: 9000 }), fc.nat(100), fc.nat(20000), (t, humidity, p) => {
        expect(fields(scanResponse([1, t], [2, humidity], [3, p]))).toEqual({
          temperature: t / 10 + 0,
          humidity,
          pressure: p / 10,
        });
      }),
    );
  });
});

it.each([0, 1, 5, 0xff])('Efento, version %d, is not known', (version) => {
  expect(decode([version, ...new Uint8Array(23)]).reading.state).toBe(ReadingState.unsupported);
});
