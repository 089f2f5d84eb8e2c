import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AdvertisementDecoder, describeReading, FormatNumber, Reading, ReadingState } from '../../../src/tags/index.js';
import type { ReadingDescription } from '../../../src/tags/index.js';
import { adStructure, bigEndian, manufacturerData, serviceData } from '../advertisement.js';
import { fromHex } from '../hex.js';

const ADDRESS = fromHex('c40799112233');
const decoder = new AdvertisementDecoder();

function decode(structures: ArrayLike<number>, address?: Uint8Array): Reading {
  const reading = new Reading();
  const bytes = Uint8Array.from(structures);
  decoder.decode(bytes, 0, bytes.length, reading, address);
  return reading;
}

const service = (hex: string, uuid = 0xfd3d) => serviceData(uuid, fromHex(hex));
/** Manufacturer data: address, sequence 7, and what is behind it. */
const maker = (hex: string) => manufacturerData(0x0969, [...ADDRESS, 7, ...fromHex(hex)]);
const fields = (structures: ArrayLike<number>): ReadingDescription['fields'] => {
  const { format, state, fields } = describeReading(decode(structures, ADDRESS));
  expect([format, state]).toEqual(['switchbot', 'ok']);
  return fields;
};

describe('SwitchBot', () => {
  it("reads the outdoor meter's example of the manual, whose temperature is in the manufacturer data", () => {
    const bytes = [...adStructure(0x01, [6]), ...manufacturerData(0x0969, fromHex('c40799112233360302963700'))];
    const reading = decode([...bytes, ...service('770064')]);
    expect(reading.sequenceBits).toBe(8);
    expect(describeReading(reading)).toEqual({
      format: 'switchbot',
      state: 'ok',
      fields: { temperature: 22.2, humidity: 55, batteryPercent: 100, sequence: 0x36 },
      ids: { mac: 'C4:07:99:11:22:33' },
    });
    expect(describeReading(decode(bytes, ADDRESS)).format).toBe('unknown');
  });

  it('finds the device by the name of a meter as well', () => {
    const bytes = maker('0302963700');
    for (const name of ['WoSensorTH', 'WoSensorTHP', 'WoIOSensorTH']) {
      expect(fields([...bytes, ...adStructure(0x09, Buffer.from(name))])).toEqual({
        temperature: 22.2,
        humidity: 55,
        sequence: 7,
      });
    }
    expect(decode([...bytes, ...adStructure(0x09, Buffer.from('WoCurtain'))]).format).toBe(0);
  });

  it('reads the same of a device that is being paired, and of the old service', () => {
    for (const type of ['54', '74', 'd4', '69', '49']) {
      for (const uuid of [0xfd3d, 0x0d00]) {
        expect(fields(service(type + '00e4069835', uuid))).toEqual({
          temperature: 24.6,
          humidity: 53,
          batteryPercent: 100,
        });
      }
    }
  });

  it('takes the climate of the service data before that of the manufacturer data', () => {
    expect(fields([...maker('030096a900'), ...service('6900ba031938')])).toEqual({
      temperature: -25.3,
      humidity: 56,
      batteryPercent: 58,
      sequence: 7,
    });
  });

  it('has nothing where a meter has not measured, and where a value cannot be', () => {
    expect(fields(service('540000000000'))).toEqual({});
    expect(fields(service('540032000000'))).toEqual({ batteryPercent: 50 });
    expect(fields(service('54007f0a98e5'))).toEqual({});
    expect(fields(service('5400640a98e4'))).toEqual({ batteryPercent: 100, humidity: 100 });
    // 0 °C is above zero.
    expect(fields(service('540064008000'))).toEqual({ batteryPercent: 100, temperature: 0, humidity: 0 });
  });

  it('reads a Meter Pro with carbon dioxide', () => {
    const co2 = (hex: string) => fields([...maker('6408972c0005' + hex), ...service('350064')]);
    const climate = { temperature: 23.8, humidity: 44, batteryPercent: 100, sequence: 7 };
    expect(co2('02bc')).toEqual({ ...climate, co2: 700 });
    expect(co2('0000')).toEqual(climate);
    expect(co2('2710')).toEqual(climate);
    expect(co2('02')).toEqual(climate);
    expect(fields([...maker('6408972c0005'), ...service('340064')])).toEqual(climate);
  });

  it('reads contact, motion, bot, curtain', () => {
    const door = (hex: string) => fields(service('640064' + hex + '0359ffff42'));
    const counts = { batteryPercent: 100, motion: false, count: 1, count2: 0, count3: 2 };
    expect(door('00')).toEqual({ ...counts, light: false, opening: false, leftOpen: false });
    expect(door('03')).toEqual({ ...counts, light: true, opening: true, leftOpen: false });
    expect(door('04')).toEqual({ ...counts, light: false, opening: true, leftOpen: true });
    expect(door('06')).toEqual({ ...counts, light: false });
    expect(fields(service('7340640000' + '22'))).toEqual({ batteryPercent: 100, motion: true, led: true, light: true });
    expect(fields(service('73b037000045'))).toEqual({ batteryPercent: 55, motion: false, led: false, light: false });
    expect(fields(service('730037000000'))).toEqual({ batteryPercent: 55, motion: false, led: false });
    expect(fields(service('4810e1'))).toEqual({ batteryPercent: 97 });
    expect(fields(service('4890e1'))).toEqual({ batteryPercent: 97, on: true });
    expect(fields(service('48d0e1'))).toEqual({ batteryPercent: 97, on: false });
    const curtain = { batteryPercent: 76, calibrated: true, lightLevel: 7 };
    expect(fields(service('63c04c1970'))).toEqual({ ...curtain, moving: false, position: 25 });
    expect(fields(service('7bc04cff70'))).toEqual({ ...curtain, moving: true });
    expect(fields([...maker('0f00'), ...service('63c04c1970')])).toMatchObject({ ...curtain, sequence: 7 });
  });

  it('reads blind tilt, leak detector, plug, lock', () => {
    expect(fields([...maker('27d514'), ...service('78003c')])).toEqual({
      batteryPercent: 60,
      calibrated: true,
      moving: true,
      position: 85,
      lightLevel: 1,
      sequence: 7,
    });
    const leak = (hex: string) => fields([...maker(hex), ...service('26004e')]);
    expect(leak('4e00')).toMatchObject({ batteryPercent: 78, batteryLow: false, wet: false, tamper: false });
    expect(leak('8503')).toMatchObject({ batteryPercent: 5, batteryLow: true, wet: true, tamper: true });
    const plug = (hex: string, type: string) => fields([...maker(hex), ...service(type)]);
    expect(plug('80002b0123', '6700')).toEqual({ on: true, problem: false, power: 29.1, sequence: 7 });
    expect(plug('00002b8000', '6a00')).toEqual({ on: false, problem: true, power: 0, sequence: 7 });
    const lock = (hex: string) => fields([...maker(hex), ...service('6f8064')]);
    const whole = { batteryPercent: 100, calibrated: true, sequence: 7, leftOpen: false, opening: false };
    expect(lock('800020')).toEqual({ ...whole, unlocked: false });
    expect(lock('942020')).toEqual({ ...whole, unlocked: true, opening: true, leftOpen: true });
    expect(lock('a00020')).toEqual(whole);
  });

  it.each([
    ['5400e4069835', [3, 6]],
    ['770064', [3]],
    ['6440c1050000000000', [9]],
    ['73b037000045', [6]],
    ['63c04c1970', [5]],
    ['4890e1', [3]],
    ['78003c', [3]],
    ['6700', [1, 2]],
  ])('is malformed when the service data %s is cut short', (hex, lengths) => {
    const whole = fromHex(hex);
    for (let length = 0; length <= whole.length; length++) {
      const reading = decode(serviceData(0xfd3d, whole.subarray(0, length)));
      expect(reading.state, `${length} bytes`).toBe(
        lengths.includes(length) ? ReadingState.ok : ReadingState.malformed,
      );
      expect(reading.format).toBe(FormatNumber.switchbot);
    }
  });

  it.each([
    ['770064', 11],
    ['78003c', 10],
    ['26004e', 9],
    ['6f8064', 9],
    ['6700', 12],
    ['63c04c1970', 7],
  ])('takes no manufacturer data of %s that has less than %d bytes', (hex, least) => {
    for (let length = 0; length <= 14; length++) {
      const bytes = [...manufacturerData(0x0969, new Uint8Array(length).fill(1)), ...service(hex)];
      expect(decode(bytes).has(19), `${length} bytes`).toBe(length >= least);
    }
  });

  it('says that a device is not known', () => {
    for (const bytes of [service('6d0000000000'), [...maker('0302963700'), ...service('6d0000')]]) {
      const reading = decode(bytes);
      expect([reading.format, reading.state]).toEqual([FormatNumber.switchbot, ReadingState.unsupported]);
      expect(reading.fieldCount).toBe(0);
    }
  });

  it('gives back what was encoded', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1279, max: 1279 }), fc.integer({ min: 1, max: 99 }), fc.nat(100), (t, h, b) => {
        const size = Math.abs(t);
        const climate = [size % 10, Math.floor(size / 10) | (t < 0 ? 0 : 0x80), h];
        const expected = { temperature: t / 10 + 0, humidity: h, batteryPercent: b };
        expect(fields(serviceData(0xfd3d, [0x54, 0, b, ...climate]))).toEqual(expected);
        const outdoor = manufacturerData(0x0969, [...ADDRESS, ...bigEndian(0x0703, 2), ...climate, 0]);
        expect(fields([...outdoor, ...serviceData(0xfd3d, [0x77, 0, b])])).toEqual({ ...expected, sequence: 7 });
      }),
    );
  });
});
