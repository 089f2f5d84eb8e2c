import { describe, expect, it } from 'vitest';
import { AdvertisementDecoder, describeReading, FormatNumber, Reading } from '../../../src/tags/index.js';
import { littleEndian, manufacturerData } from '../advertisement.js';
import { fromHex } from '../hex.js';

const decoder = new AdvertisementDecoder();

function decode(value: ArrayLike<number> | string) {
  const reading = new Reading();
  const bytes = Uint8Array.from(manufacturerData(0x1000, typeof value === 'string' ? fromHex(value) : value));
  const format = decoder.decode(bytes, 0, bytes.length, reading);
  const { state, fields } = describeReading(reading);
  return { format, state, fields: fields as { [name: string]: number } };
}

const value = (temperature: number, humidity: number, battery: number) => [
  ...new Uint8Array(10),
  ...[temperature, humidity, battery].flatMap((one) => littleEndian(one, 2)),
  0,
  0,
];

describe('Moat S2', () => {
  it("reads the example of bleparser's tests", () => {
    const { format, state, fields } = decode('aabbccddeeff11111111d46103cbbe0a0000');
    expect([format, state]).toEqual([FormatNumber.moat, 'ok']);
    expect(Object.keys(fields).sort()).toEqual(['batteryVoltage', 'humidity', 'temperature']);
    expect(fields.temperature).toBeCloseTo(20.3, 3);
    expect(fields.humidity).toBeCloseTo(93.127, 3);
    expect(fields.batteryVoltage).toBe(2.75);
  });

  it('keeps the humidity within 0 and 100 %', () => {
    expect(decode(value(0x6000, 0, 3000)).fields.humidity).toBe(0);
    expect(decode(value(0x6000, 0xfffc, 3000)).fields.humidity).toBe(100);
  });

  it('leaves out what the sensor cannot measure', () => {
    expect(decode(value(0, 0x8000, 0xffff))).toEqual({
      format: FormatNumber.moat,
      state: 'ok',
      fields: { humidity: 56.5 },
    });
    expect(decode(value(0xffff, 0x8000, 0xffff)).fields).toEqual({ humidity: 56.5 });
  });

  it('takes no other length', () => {
    for (let length = 0; length <= 20; length++) {
      expect(decode(new Uint8Array(length)).state).toBe(length === 18 ? 'ok' : 'unknown');
    }
  });
});
