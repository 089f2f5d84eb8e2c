import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AdvertisementDecoder, describeReading, FormatNumber, Reading } from '../../../src/tags/index.js';
import { adStructure, bigEndian, littleEndian, manufacturerData } from '../advertisement.js';
import { fromHex } from '../hex.js';

const EC88 = 0xec88;
const NAMED = 0x0001;
const H5179 = 0x8801;
/** The iBeacon with the UUID of INTELLI_ROCKS_HW. */
const BEACON = '4c000215494e54454c4c495f524f434b535f48575075f2ff0c';
const decoder = new AdvertisementDecoder();

function decode(company: number, value: ArrayLike<number> | string, name = '') {
  const reading = new Reading();
  const bytes = Uint8Array.from([
    ...manufacturerData(company, typeof value === 'string' ? fromHex(value) : value),
    ...(name ? adStructure(0x09, Buffer.from(name)) : []),
  ]);
  const format = decoder.decode(bytes, 0, bytes.length, reading);
  const { state, fields } = describeReading(reading);
  return { format, state, fields };
}

const ok = (fields: object) => ({ format: FormatNumber.govee, state: 'ok', fields });
const malformed = { format: 0, state: 'malformed', fields: {} };

describe('Govee', () => {
  // Captures of bleparser, Theengs Decoder and govee-ble.
  it.each([
    ['H5072', EC88, '0004344b6400', '', { temperature: 27.5, humidity: 53.1, batteryPercent: 100 }],
    [
      'H5075 below zero',
      EC88,
      '00811f096400',
      'GVH5075_1234',
      { temperature: -7.3, humidity: 48.1, batteryPercent: 100 },
    ],
    ['H5074', EC88, '00a0facc176402', '', { temperature: -13.76, humidity: 60.92, batteryPercent: 100 }],
    ['H5051', EC88, '00ba0af90f63020101', '', { temperature: 27.46, humidity: 40.89, batteryPercent: 99 }],
    ['H5179', H5179, 'ec000101ee07581641', '', { temperature: 20.3, humidity: 57.2, batteryPercent: 65 }],
    ['H5102', NAMED, '010103cb0164', 'GVH5102_CB9B', { temperature: 24.8, humidity: 57.7, batteryPercent: 100 }],
    ['H5174', NAMED, '0101811a6764', 'GVH5174_1234', { temperature: -7.2, humidity: 29.5, batteryPercent: 100 }],
    [
      'H5179 of later',
      NAMED,
      '010103b31464',
      'GV5179_6319',
      { temperature: 24.2, humidity: 45.2, batteryPercent: 100 },
    ],
    ['H5108', NAMED, '010103c730640000', 'GV51085242', { temperature: 24.7, humidity: 60, batteryPercent: 100 }],
    ['H5106', NAMED, '01010deeaa6f', 'GVH5106_1234', { temperature: 23.3, humidity: 74.5, pm25: 7 }],
    ['H5106 below zero', NAMED, '010185e12c39', 'GVH5106_1234', { temperature: -9.8, humidity: 64.3, pm25: 1 }],
    ['H5112', NAMED, '0101033d70640041', 'GV5112AC3D', { temperature: 21.2, humidity: 33.6, batteryPercent: 100 }],
    ['H5112, probe 2', NAMED, '0101034928640082', 'GV5112AC3D', { temperature2: 21.5, batteryPercent: 100 }],
    ['H5140', NAMED, '0101033dee023e00', 'GV5140303A', { temperature: 21.2, humidity: 46.2, co2: 574 }],
    [
      'H5178',
      NAMED,
      '01010003a00f640000',
      'B5178C545',
      { channel: 0, temperature: 23.7, humidity: 58.3, batteryPercent: 100 },
    ],
    [
      'H5178, the sensor outdoors',
      NAMED,
      '010101002af7640003',
      '',
      { channel: 1, temperature2: 1, humidity2: 99.9, batteryPercent: 100 },
    ],
  ] as const)('reads the %s', (_model, company, value, name, fields) => {
    expect(decode(company, value, name)).toEqual(ok(fields));
    // As some models send it.
    expect(decode(company, value + BEACON, name)).toEqual(ok(fields));
  });

  it('leaves out what a sensor that failed says', () => {
    expect(decode(EC88, '0003c730e400')).toEqual(ok({ batteryPercent: 100 }));
    expect(decode(NAMED, '010103c730e40000', 'GV51085242')).toEqual(ok({ batteryPercent: 100 }));
    expect(decode(NAMED, '0101031abc025801', 'GV5140303A')).toEqual(ok({}));
    expect(decode(NAMED, '0101010003e7e40001', 'B51782BC8')).toEqual(ok({ channel: 1, batteryPercent: 100 }));
  });

  it('leaves out what no sensor measures', () => {
    // Captured of an H5075.
    expect(decode(EC88, '00bc00043e27')).toEqual(ok({ batteryPercent: 62 }));
    expect(decode(EC88, '004a00283b00')).toEqual(ok({ batteryPercent: 59 }));
    expect(decode(EC88, '00ffffffff00')).toEqual(ok({}));
    expect(decode(EC88, '00ff7fffffff00')).toEqual(ok({}));
    expect(decode(EC88, '000000ffff6500')).toEqual(ok({ temperature: 0 }));
    expect(decode(NAMED, '0101ffffffff', 'GVH5106_1234')).toEqual(ok({}));
  });

  it('does not guess what is sent under the company 0001 without a name', () => {
    expect(decode(NAMED, '01010deeaa6f').format).toBe(0);
    expect(decode(NAMED, '01010deeaa6f').state).toBe('unknown');
    expect(decode(NAMED, '01010deeaa6f', 'A51B 510').state).toBe('unknown');
  });

  it.each([
    ['010103cb0164', 'GVH5199_CB9B'],
    ['0101034928640099', 'GV5112AC3D'],
    ['010107002af7640003', 'B51782BC8'],
  ])('does not know %s of %s', (value, name) => {
    expect(decode(NAMED, value, name)).toEqual({ format: 0, state: 'unsupported version', fields: {} });
  });

  it.each([
    [EC88, '', '00a0facc17640201', [6, 7]],
    [H5179, '', 'ec000101ee0758164100', [9]],
    [NAMED, 'GVH5102_CB9B', '010103cb01640000', [6, 8]],
    [NAMED, 'GVH5106_CB9B', '01010deeaa6f00', [6]],
    [NAMED, 'GV5112AC3D', '0101033d7064004100', [8]],
    [NAMED, 'GV5140303A', '0101033dee023e0000', [8]],
    [NAMED, 'B5178C545', '01010003a00f64000000', [9]],
  ])('is malformed when its length is not one of its own: %s %s', (company, name, whole, lengths) => {
    for (let length = 0; length <= whole.length / 2; length++) {
      const result = decode(company, whole.slice(0, 2 * length), name);
      if (lengths.includes(length)) expect(result.state).toBe('ok');
      else expect([malformed, { ...malformed, state: 'unknown' }]).toContainEqual(result);
    }
    expect(decode(company, whole.slice(0, 2 * lengths[0]! - 2), name)).toEqual(malformed);
  });

  it.each([
    [EC88, '010a2eafd9303835'],
    [NAMED, '0201000000000000'],
    [H5179, 'ec0002010101000000'],
  ])('leaves %s %s to others', (company, value) => {
    expect(decode(company, value, 'GVH5102_CB9B').state).toBe('unknown');
  });

  it('gives back what was encoded', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -400, max: 1000 }),
        fc.nat(999),
        fc.nat(100),
        fc.nat(999),
        (temperature, humidity, battery, pm25) => {
          const digits = Math.abs(temperature) * 1000 + humidity;
          const packed = bigEndian(digits + (temperature < 0 ? 0x800000 : 0), 3);
          const climate = { temperature: temperature / 10 + 0, humidity: humidity / 10 };
          expect(decode(EC88, [0, ...packed, battery, 0])).toEqual(ok({ ...climate, batteryPercent: battery }));
          const air = bigEndian(digits * 1000 + pm25 + (temperature < 0 ? 0x80000000 : 0), 4);
          expect(decode(NAMED, [1, 1, ...air], 'GVH5106_0000')).toEqual(ok({ ...climate, pm25 }));
          const plain = [...littleEndian((temperature * 10) & 0xffff, 2), ...littleEndian(humidity * 10, 2), battery];
          expect(decode(EC88, [0, ...plain, 0])).toEqual(ok({ ...climate, batteryPercent: battery }));
        },
      ),
    );
  });
});
