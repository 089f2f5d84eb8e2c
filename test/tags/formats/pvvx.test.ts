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
import { littleEndian, serviceData } from '../advertisement.js';
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

describe('pvvx', () => {
  const valid = fromHex('ccbbaa38c1a46c07fa13d60a52090f');

  it('reads an example of the firmware', () => {
    const { format, reading } = decode(valid);
    expect(format).toBe(FormatNumber.pvvx);
    expect(reading.sequenceBits).toBe(8);
    expect(describeReading(reading)).toEqual({
      format: 'pvvx',
      state: 'ok',
      fields: {
        temperature: 19,
        humidity: 51.14,
        batteryVoltage: 2.774,
        batteryPercent: 82,
        sequence: 9,
        opening: true,
        on: true,
      },
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
    expect([format, describeReading(reading).ids]).toEqual([FormatNumber.pvvx, { mac: 'A4:C1:38:AA:BB:CC' }]);
  });

  it.each([
    [0x00, false, false],
    [0x01, true, false],
    [0x02, false, true],
    [0x1c, false, false],
  ])('reads the flags %d', (flags, opening, on) => {
    const bytes = Uint8Array.from(valid);
    bytes[14] = flags;
    expect(describeReading(decode(bytes).reading).fields).toMatchObject({ opening, on });
  });

  it('takes the form without flags, of tags without an output', () => {
    const { format, reading } = decode(valid.slice(0, 14));
    expect(format).toBe(FormatNumber.pvvx);
    expect(describeReading(reading).fields).toEqual({
      temperature: 19,
      humidity: 51.14,
      batteryVoltage: 2.774,
      batteryPercent: 82,
      sequence: 9,
    });
  });

  it('has no percentage above 100', () => {
    const most = decode(fromHex('ccbbaa38c1a46c071027d60a640900'));
    expect(describeReading(most.reading).fields).toMatchObject({ humidity: 100, batteryPercent: 100 });
    const more = describeReading(decode(fromHex('ccbbaa38c1a46c071127d60a650900')).reading).fields;
    expect(Object.keys(more)).toEqual(['temperature', 'batteryVoltage', 'sequence', 'on', 'opening']);
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 12, 16, 18, 20])('leaves %d bytes to others', (length) => {
    const { format, reading } = decode([...valid, 0, 0, 0, 0, 0].slice(0, length));
    expect(format).toBe(0);
    expect(reading.fieldCount).toBe(0);
  });

  it('gives back what was encoded', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 6, maxLength: 6, min: 1 }),
        fc.tuple(fc.integer({ min: -5500, max: 12500 }), fc.nat(10000), fc.integer({ min: 1, max: 6000 })),
        fc.tuple(fc.nat(100), fc.nat(0xff), fc.nat(0xff)),
        (mac, [temperature, humidity, voltage], [percent, counter, flags]) => {
          const { reading } = decode(
            [
              ...Array.from(mac).reverse(),
              ...littleEndian(temperature & 0xffff, 2),
              ...littleEndian(humidity, 2),
              ...littleEndian(voltage, 2),
              percent,
              counter,
              flags,
            ],
            mac,
          );
          const { fields, ids } = describeReading(reading);
          expect(fields).toEqual({
            temperature: temperature / 100 + 0,
            humidity: humidity / 100,
            batteryVoltage: voltage / 1000,
            batteryPercent: percent,
            sequence: counter,
            opening: (flags & 1) === 1,
            on: (flags & 2) === 2,
          });
          expect(ids).toEqual({});
        },
      ),
    );
  });
});

describe('pvvx, encrypted', () => {
  const valid = fromHex('bd86c53ffab900c1515859');

  it('reads an example of the firmware', () => {
    const { format, reading } = decode(valid);
    expect(format).toBe(FormatNumber.pvvx);
    expect(reading.sequenceBits).toBe(8);
    expect(describeReading(reading)).toEqual({
      format: 'pvvx',
      state: 'ok',
      fields: { temperature: 19, humidity: 51.13, batteryPercent: 81, sequence: 189, opening: true, on: true },
      ids: {},
    });
  });

  it('has nothing without a key, without an address, and with keys of another tag', () => {
    const none = new AdvertisementDecoder();
    for (const { format, reading } of [decode(valid, address, none), decode(valid, fromHex('a4c138aabbcd'))]) {
      expect(format).toBe(FormatNumber.pvvx);
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
      const sealed = sealMiThermometer(fromHex('6c07f913510f'), counter, address, key);
      const { reading } = decode(sealed, address, own);
      expect([reading.state, describeReading(reading).fields.sequence]).toEqual([ReadingState.ok, counter]);
    }
  });

  it('has no percentage above 100', () => {
    const { reading } = decode(sealMiThermometer(fromHex('6c0711276500'), 1, address, key));
    expect(describeReading(reading).fields).toEqual({ temperature: 19, sequence: 1, opening: false, on: false });
  });

  it('gives back what was encrypted', () => {
    const bytesOf = (size: number) => fc.uint8Array({ minLength: size, maxLength: size });
    fc.assert(
      fc.property(
        fc.tuple(bytesOf(6), bytesOf(16), fc.nat(255)),
        fc.tuple(fc.integer({ min: -5500, max: 12500 }), fc.nat(10000), fc.nat(100), fc.nat(255)),
        ([mac, own, counter], [temperature, humidity, percent, flags]) => {
          const table = new KeyTable();
          table.set(mac, 0, own, 16);
          const text = [...littleEndian(temperature & 0xffff, 2), ...littleEndian(humidity, 2), percent, flags];
          const sealed = sealMiThermometer(text, counter, mac, own);
          const { reading } = decode(sealed, mac, new AdvertisementDecoder(table));
          expect(describeReading(reading).fields).toEqual({
            temperature: temperature / 100 + 0,
            humidity: humidity / 100,
            batteryPercent: percent,
            sequence: counter,
            opening: (flags & 1) === 1,
            on: (flags & 2) === 2,
          });
        },
      ),
    );
  });
});
