import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AdvertisementDecoder, describeReading, FormatNumber, Reading, ReadingState } from '../../../src/tags/index.js';
import { littleEndian, serviceData } from '../advertisement.js';
import { fromHex, toHex } from '../hex.js';

const decoder = new AdvertisementDecoder();
const address = fromHex('582d34601075');
const head = (control: number, product: number): number[] => [control, product, ...Array.from(address).reverse()];

function decode(value: ArrayLike<number>): { format: number; reading: Reading } {
  const reading = new Reading();
  const bytes = Uint8Array.from(serviceData(0xfdcd, value));
  return { format: decoder.decode(bytes, 0, bytes.length, reading, address), reading };
}

const fields = (...value: number[]): unknown => describeReading(decode(value).reading).fields;

describe('Qingping', () => {
  it('reads a barometer', () => {
    const { format, reading } = decode(fromHex('0809ffeeddccbbaa01040801870207024f2702015c'));
    expect(format).toBe(FormatNumber.qingping);
    expect(describeReading(reading)).toEqual({
      format: 'qingping',
      state: 'ok',
      fields: { temperature: 26.4, humidity: 64.7, pressure: 1006.3, batteryPercent: 92 },
      ids: { mac: 'AA:BB:CC:DD:EE:FF' },
    });
  });

  it("reads a light sensor, and does not repeat the advertiser's address", () => {
    const { reading } = decode([...head(0xc8, 0x12), ...fromHex('080401e900010f01221101010904ffffff00')]);
    expect(describeReading(reading)).toMatchObject({
      fields: { motion: true, illuminance: 0x0100e9, sequence: 0x22, light: true },
      ids: {},
    });
    expect(reading.sequenceBits).toBe(8);
  });

  it.each([
    [0, { door: true, leftOpen: false }],
    [1, { door: false, leftOpen: false }],
    [2, { door: true, leftOpen: true }],
    [3, {}],
  ])('reads a door in state %d, also as the second packet id of the door sensor', (state, door) => {
    expect(fields(...head(0x48, 4), 4, 1, state)).toEqual(door);
    expect(fields(...head(0x08, 4), 0x0f, 1, 7, 0x0f, 1, state)).toEqual({ sequence: 7, ...door });
    expect(fields(...head(0x08, 0x12), 0x0f, 1, 7, 0x0f, 1, state)).toEqual({ sequence: 7 });
  });

  it('has nothing where a value cannot be', () => {
    const impossible = fromHex('010400000ffe' + '020165' + '0702ffff' + '1204ffffffff' + '1302ffff');
    expect(fields(...head(0x88, 0x0e), ...impossible)).toEqual({ temperature: 0 });
  });

  it('leaves out what flags the battery', () => {
    expect(fields(...head(8, 0x0c), 2, 1, 0xaa)).toEqual({ batteryPercent: 42 });
  });

  it('skips objects of an unknown type or length', () => {
    expect(fields(...head(8, 1), 0x33, 3, 1, 2, 3, 2, 2, 1, 1, 0x44, 0, 2, 1, 50)).toEqual({ batteryPercent: 50 });
  });

  it('is malformed when it is cut short, unless between objects', () => {
    const whole = [...head(8, 0x0e), ...fromHex('010422014c01' + '120471007200' + '1302ed03' + '02015c')];
    const ends = [14, 20, 24];
    for (let length = 1; length < whole.length; length++) {
      const { reading } = decode(whole.slice(0, length));
      if (length === 8) expect(reading.format).toBe(0);
      else expect(reading.state).toBe(ends.includes(length) ? ReadingState.ok : ReadingState.malformed);
      if (reading.state !== ReadingState.ok) expect(describeReading(reading)).toMatchObject({ fields: {}, ids: {} });
    }
  });

  it.each([
    ['empty', []],
    ['without an address', fromHex('3058830a02cdd560342d5808')],
    ['without objects', head(8, 14)],
  ])('leaves what is %s to others', (_what, value) => {
    const { format, reading } = decode(value);
    expect([format, reading.format]).toEqual([0, 0]);
  });

  it('gives back what was encoded', () => {
    const mac = fc.uint8Array({ minLength: 6, maxLength: 6, max: 0x57 });
    fc.assert(
      fc.property(
        fc.integer({ min: -400, max: 1250 }),
        fc.nat(1000),
        fc.nat(0xfffe),
        fc.tuple(fc.nat(0xfffe), fc.nat(0xfffe), fc.nat(0xfffe)),
        fc.nat(0xffffffff),
        mac,
        (temperature, humidity, pressure, [pm25, pm10, co2], illuminance, own) => {
          const { reading } = decode([
            ...[0x88, 0x0e, ...Array.from(own).reverse()],
            ...[0x01, 4, ...littleEndian(temperature & 0xffff, 2), ...littleEndian(humidity, 2)],
            ...[0x07, 2, ...littleEndian(pressure, 2)],
            ...[0x12, 4, ...littleEndian(pm25, 2), ...littleEndian(pm10, 2)],
            ...[0x13, 2, ...littleEndian(co2, 2)],
            ...[0x09, 4, ...littleEndian(illuminance, 4)],
          ]);
          const { fields, ids } = describeReading(reading);
          expect(fields).toEqual({
            temperature: temperature / 10 + 0,
            humidity: humidity / 10,
            pressure: pressure / 10,
            pm25,
            pm10,
            co2,
            illuminance,
          });
          expect(ids.mac!.replaceAll(':', '').toLowerCase()).toBe(toHex(own));
        },
      ),
    );
  });
});
