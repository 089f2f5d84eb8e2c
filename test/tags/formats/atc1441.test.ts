import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AdvertisementDecoder,
  describeReading,
  FormatNumber,
  KeyTable,
  Reading,
  ReadingState,
} from '../../../src/tags/index.js';
import { bigEndian, serviceData } from '../advertisement.js';
import { fromHex } from '../hex.js';
import { sealMiThermometer } from './mi-thermometer.js';

const ENVIRONMENTAL_SENSING = 0x181a;
const address = fromHex('a4c138aabbcc');
const key = new Uint8Array(16).fill(0xaa);
const keys = new KeyTable();
keys.set(address, 0, key, 16);
const decoder = new AdvertisementDecoder(keys);

function decode(
  value: ArrayLike<number>,
  from: Uint8Array | undefined = address,
  by = decoder,
): { format: number; reading: Reading } {
  const reading = new Reading();
  const bytes = Uint8Array.from(serviceData(ENVIRONMENTAL_SENSING, value));
  return { format: by.decode(bytes, 0, bytes.length, reading, from), reading };
}

describe('ATC1441', () => {
  const valid = fromHex('a4c138aabbcc00ce33430a6ec3');

  it('reads an example of the firmware', () => {
    const { format, reading } = decode(valid);
    expect(format).toBe(FormatNumber.atc1441);
    expect(reading.sequenceBits).toBe(8);
    expect(describeReading(reading)).toEqual({
      format: 'atc1441',
      state: 'ok',
      fields: { temperature: 20.6, humidity: 51, batteryPercent: 67, batteryVoltage: 2.67, sequence: 195 },
      ids: {},
    });
  });

  it('is none when the advertiser has another address than the one in it', () => {
    expect(decode(valid, fromHex('a4c138aabbcd')).format).toBe(0);
  });

  it('tells its address when that of the advertiser is not known', () => {
    const reading = new Reading();
    const bytes = Uint8Array.from(serviceData(ENVIRONMENTAL_SENSING, valid));
    const format = decoder.decode(bytes, 0, bytes.length, reading);
    expect([format, describeReading(reading).ids]).toEqual([FormatNumber.atc1441, { mac: 'A4:C1:38:AA:BB:CC' }]);
  });

  it.each([
    ['7fff33430a6e', { humidity: 51, batteryPercent: 67, batteryVoltage: 2.67 }],
    ['800033430a6e', { humidity: 51, batteryPercent: 67, batteryVoltage: 2.67 }],
    ['00ceff43ffff', { temperature: 20.6, batteryPercent: 67 }],
    ['00ce33ff0000', { temperature: 20.6, humidity: 51 }],
  ])('has nothing where %s says what no sensor measures', (hex, expected) => {
    expect(describeReading(decode(fromHex('a4c138aabbcc' + hex + 'c3')).reading).fields).toEqual({
      ...expected,
      sequence: 195,
    });
  });

  it('reads below 0 °C', () => {
    expect(describeReading(decode(fromHex('a4c138aabbccffd333430a6ec3')).reading).fields.temperature).toBe(-4.5);
  });

  it('has no percentage above 100', () => {
    const names = (hex: string): string[] => Object.keys(describeReading(decode(fromHex(hex)).reading).fields);
    expect(names('a4c138aabbcc00ce64640a6ec3')).toContain('humidity');
    expect(names('a4c138aabbcc00ce64640a6ec3')).toContain('batteryPercent');
    expect(names('a4c138aabbcc00ce65650a6ec3')).toEqual(['temperature', 'batteryVoltage', 'sequence']);
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 12, 16])('leaves %d bytes to others', (length) => {
    const { format, reading } = decode([...valid, 0, 0, 0].slice(0, length));
    expect(format).toBe(0);
    expect(reading.fieldCount).toBe(0);
  });

  it('gives back what was encoded', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 6, maxLength: 6 }),
        fc.integer({ min: -550, max: 1250 }),
        fc.nat(100),
        fc.nat(100),
        fc.integer({ min: 1, max: 6000 }),
        fc.nat(0xff),
        (mac, temperature, humidity, percent, voltage, counter) => {
          const head = [...mac, ...bigEndian(temperature & 0xffff, 2)];
          const { reading } = decode([...head, humidity, percent, ...bigEndian(voltage, 2), counter], mac);
          const { fields, ids } = describeReading(reading);
          expect(fields).toEqual({
            temperature: temperature / 10 + 0,
            humidity,
            batteryPercent: percent,
            batteryVoltage: voltage / 1000,
            sequence: counter,
          });
          expect(ids).toEqual({});
        },
      ),
    );
  });
});

describe('ATC1441, encrypted', () => {
  const valid = fromHex('bde9b75db856f303');

  it('reads an example of the firmware', () => {
    const { format, reading } = decode(valid);
    expect(format).toBe(FormatNumber.atc1441);
    expect(reading.sequenceBits).toBe(8);
    expect(describeReading(reading)).toEqual({
      format: 'atc1441',
      state: 'ok',
      fields: { temperature: 19, humidity: 25, batteryPercent: 86, sequence: 189 },
      ids: {},
    });
  });

  it('has nothing without a key, without an address, and with keys of another tag', () => {
    const none = new AdvertisementDecoder();
    for (const { format, reading } of [decode(valid, address, none), decode(valid, fromHex('a4c138aabbcd'))]) {
      expect(format).toBe(FormatNumber.atc1441);
      expect([reading.state, reading.fieldCount]).toEqual([ReadingState.keyMissing, 0]);
    }
    const reading = new Reading();
    const bytes = Uint8Array.from(serviceData(ENVIRONMENTAL_SENSING, valid));
    decoder.decode(bytes, 0, bytes.length, reading);
    expect([reading.state, reading.fieldCount]).toEqual([ReadingState.keyMissing, 0]);
  });

  it('has nothing with a wrong key', () => {
    const wrong = new KeyTable();
    wrong.set(address, 0, new Uint8Array(16).fill(0xab), 16);
    const { reading } = decode(valid, address, new AdvertisementDecoder(wrong));
    expect([reading.state, reading.fieldCount]).toEqual([ReadingState.authenticationFailed, 0]);
  });

  it('has nothing when any bit was changed', () => {
    for (let bit = 0; bit < 8 * valid.length; bit++) {
      const bytes = Uint8Array.from(valid);
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      const { reading } = decode(bytes);
      expect([reading.state, reading.fieldCount]).toEqual([ReadingState.authenticationFailed, 0]);
    }
  });

  it('takes a repetition, and a counter that fell, since it has 8 bits only', () => {
    const own = new AdvertisementDecoder(keys);
    for (const counter of [255, 255, 0, 200, 3]) {
      const { reading } = decode(sealMiThermometer([118, 50, 86], counter, address, key), address, own);
      expect([reading.state, describeReading(reading).fields.sequence]).toEqual([ReadingState.ok, counter]);
    }
  });

  it('has no percentage above 100', () => {
    const { reading } = decode(sealMiThermometer([0, 201, 101], 1, address, key));
    expect(describeReading(reading).fields).toEqual({ temperature: -40, sequence: 1 });
  });

  it('gives back what was encrypted', () => {
    const bytesOf = (size: number) => fc.uint8Array({ minLength: size, maxLength: size });
    fc.assert(
      fc.property(
        fc.tuple(bytesOf(6), bytesOf(16), fc.nat(255)),
        fc.tuple(fc.nat(255), fc.nat(200), fc.nat(100), fc.boolean()),
        ([mac, own, counter], [temperature, humidity, percent, threshold]) => {
          const table = new KeyTable();
          table.set(mac, 0, own, 16);
          const text = [temperature, humidity, percent | (threshold ? 0x80 : 0)];
          const sealed = sealMiThermometer(text, counter, mac, own);
          const { reading } = decode(sealed, mac, new AdvertisementDecoder(table));
          expect(describeReading(reading).fields).toEqual({
            temperature: temperature / 2 - 40,
            humidity: humidity / 2,
            batteryPercent: percent,
            sequence: counter,
          });
        },
      ),
    );
  });
});
