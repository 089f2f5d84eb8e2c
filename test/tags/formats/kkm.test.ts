import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AdvertisementDecoder, describeReading, FormatNumber, Reading, ReadingState } from '../../../src/tags/index.js';
import { bigEndian, manufacturerData, serviceData } from '../advertisement.js';
import { fromHex } from '../hex.js';

const decoder = new AdvertisementDecoder();

function decode(structures: ArrayLike<number>): Reading {
  const reading = new Reading();
  const bytes = Uint8Array.from(structures);
  decoder.decode(bytes, 0, bytes.length, reading);
  return reading;
}

const eddystone = (hex: string) => serviceData(0xfeaa, fromHex(hex));
const maker = (hex: string) => manufacturerData(0x0a53, fromHex(hex));
const fields = (structures: ArrayLike<number>) => {
  const { format, state, fields } = describeReading(decode(structures));
  expect([format, state]).toEqual(['kkm', 'ok']);
  return fields;
};

describe('KKM', () => {
  const everything =
    '2107ff' + '0e5b' + '1652' + '1f80' + 'ffc200000407' + '01' + '00' + '01f4' + '0200640001' + '0102bc' + '010005';

  it('reads every value of the mask, in the service data and in the manufacturer data', () => {
    const expected = {
      batteryVoltage: 3.675,
      temperature: 22.3203125,
      humidity: 31.5,
      accelerationX: -0.062,
      accelerationY: 0,
      accelerationZ: 1.031,
      generic: true,
      motion: false,
      illuminance: 500,
      vocIndex: 100,
      noxIndex: 1,
      co2: 700,
    };
    expect(fields(maker(everything))).toEqual(expected);
    expect(fields(eddystone(everything))).toEqual(expected);
    expect(fields(eddystone('210106' + '8100' + '1f80'))).toEqual({ temperature: -127, humidity: 31.5 });
    expect(fields(eddystone('210100'))).toEqual({});
  });

  it('has nothing where a value is marked as missing', () => {
    expect(fields(eddystone('2103c7' + '0000' + '8000' + 'fe20' + 'ffff' + '0000000000' + '00ffff'))).toEqual({});
    expect(fields(eddystone('2103c7' + 'ffff' + '8000' + 'ffff' + 'ffff' + '00ffffffff' + '000000'))).toEqual({});
    expect(fields(eddystone('210104' + '6480'))).toEqual({});
  });

  it('reads a temperature beyond one byte, whose hundreds stand in place of the humidity', () => {
    expect(fields(eddystone('210106' + '1980' + 'eb20'))).toEqual({ temperature: 125.5 });
    expect(fields(eddystone('210106' + 'e680' + 'ed20'))).toEqual({ temperature: -125.5 });
    expect(fields(eddystone('210106' + '1980' + 'ec20'))).toEqual({ temperature: 25.5 });
    expect(fields(eddystone('210106' + '1980' + 'fe20'))).toEqual({ temperature: 25.5 });
  });

  it('reads the list of the second version', () => {
    const list =
      '24010bb819' +
      '0403010132' +
      '070403e8fffe0000' +
      '020501' +
      '020600' +
      '0307012c' +
      '0608010064000a' +
      '0409010320' +
      '0320ffff';
    expect(fields(maker(list))).toEqual({
      batteryVoltage: 3,
      temperature: 25.7,
      humidity: 50,
      accelerationX: 1,
      accelerationY: -0.002,
      accelerationZ: 0,
      generic: true,
      motion: false,
      illuminance: 300,
      vocIndex: 100,
      noxIndex: 10,
      co2: 800,
    });
    expect(fields(maker('2401000019' + '0302ff38'))).toEqual({ temperature: -20 });
    expect(fields(maker('2401000019' + '0302' + '8000'))).toEqual({});
  });

  it.each(['24010bb819' + '00', '24010bb819' + '0302ff', '24010bb819' + '0202ff', '24010bb819' + '04', '24010bb8'])(
    'is malformed when the list is %s',
    (hex) => {
      const reading = decode(maker(hex));
      expect([reading.format, reading.state, reading.fieldCount]).toEqual([26, ReadingState.malformed, 0]);
    },
  );

  it('reads the battery of the system frame', () => {
    expect(fields(eddystone('22' + '05' + '62' + '0123456789ab' + '0541'))).toEqual({ batteryPercent: 98 });
    expect(fields(eddystone('22' + '05' + 'ff' + '0123456789ab' + '0541'))).toEqual({});
  });

  it.each([everything, '220562' + '0123456789ab' + '0541', '210107' + '0e5b16521f9b'])(
    'is malformed when %s is cut short',
    (hex) => {
      const whole = fromHex(hex);
      for (let length = 1; length < whole.length; length++) {
        const reading = decode(manufacturerData(0x0a53, whole.subarray(0, length)));
        expect([reading.format, reading.state], `${length} bytes`).toEqual([FormatNumber.kkm, ReadingState.malformed]);
        expect(reading.fieldCount).toBe(0);
      }
      expect(decode(manufacturerData(0x0a53, whole)).state).toBe(ReadingState.ok);
    },
  );

  it.each(['03', '06', '07'])('says that frame %s is encrypted', (type) => {
    expect(decode(maker(type + '00'.repeat(21))).state).toBe(ReadingState.encrypted);
    expect(decode(maker(type + '00'.repeat(20))).state).toBe(ReadingState.malformed);
    expect(decode(eddystone(type + '00'.repeat(21))).format).toBe(0);
  });

  it('does not guess at values it does not know', () => {
    const reading = decode(eddystone('210801' + '0e5b' + '00'));
    expect([reading.format, reading.state]).toEqual([FormatNumber.kkm, ReadingState.unsupported]);
  });

  it.each(['', '04', '23', '20'])('leaves manufacturer data %s to others', (hex) => {
    expect(decode(maker(hex)).format).toBe(0);
  });

  it('gives back what was encoded', () => {
    const s16 = fc.integer({ min: -0x7fff, max: 0x7fff });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60000 }), s16, fc.nat(100 * 256), fc.tuple(s16, s16, s16), (v, t, h, a) => {
        const words = [v, t, h, ...a].flatMap((word) => bigEndian(word & 0xffff, 2));
        expect(fields(serviceData(0xfeaa, [0x21, 0x01, 0x0f, ...words]))).toEqual({
          batteryVoltage: v / 1000,
          temperature: t / 256 + 0,
          humidity: h / 256,
          accelerationX: a[0] / 1000 + 0,
          accelerationY: a[1] / 1000 + 0,
          accelerationZ: a[2] / 1000 + 0,
        });
      }),
    );
  });
});
