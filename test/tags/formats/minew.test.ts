import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AdvertisementDecoder, describeReading, FormatNumber, Reading, ReadingState } from '../../../src/tags/index.js';
import { bigEndian, manufacturerData, serviceData } from '../advertisement.js';
import { fromHex, toHex } from '../hex.js';

const decoder = new AdvertisementDecoder();

function decode(structures: ArrayLike<number>, address?: Uint8Array): Reading {
  const reading = new Reading();
  const bytes = Uint8Array.from(structures);
  decoder.decode(bytes, 0, bytes.length, reading, address);
  return reading;
}

const service = (hex: string) => serviceData(0xffe1, fromHex(hex));
const maker = (hex: string) => manufacturerData(0x0639, fromHex(hex));
const ADDRESS = 'e03f23ac5512';
const IDS = { mac: '12:55:AC:23:3F:E0' };

describe("Minew's service data", () => {
  it.each([
    ['climate', '0164' + '1580' + '3240', { batteryPercent: 100, temperature: 21.5, humidity: 50.25 }],
    ['climate below zero', '0164' + 'f580' + '3240', { batteryPercent: 100, temperature: -10.5, humidity: 50.25 }],
    ['no climate', '01ff' + '8000' + 'ffff', {}],
    ['light', '0245' + '01', { batteryPercent: 69, light: true }],
    [
      'acceleration',
      '0364' + 'ff8000000080',
      { batteryPercent: 100, accelerationX: -0.5, accelerationY: 0, accelerationZ: 0.5 },
    ],
    ['no acceleration', '0364' + '800080008000', { batteryPercent: 100 }],
    ['illuminance', '0564' + '0123', { batteryPercent: 100, illuminance: 291 }],
    ['update', '07', {}],
    ['motion', '1132' + '0001', { batteryPercent: 50, motion: true }],
    ['voc', '1263' + '4000', { batteryPercent: 99, vocPpb: 16384 }],
    ['temperature', '1363' + '1973', { batteryPercent: 99, temperature: 25.44921875 }],
    ['gyroscope', '15' + '0100ff000080' + '000000000000', { accelerationX: 1, accelerationY: -1, accelerationZ: 0.5 }],
    ['magnetic field', '1663' + '000000000000', { batteryPercent: 99 }],
    ['pressure', '1763' + '03f58000', { batteryPercent: 99, pressure: 1013.5 }],
    ['vibration', '1832' + '12345678' + '01', { batteryPercent: 50, vibration: true }],
    ['photoresistance', '1932' + '0102', { batteryPercent: 50, lightLevel: 258 }],
    ['tamper', '2045' + '00', { batteryPercent: 69, tamper: false }],
    ['water', '2163' + '01', { batteryPercent: 99, wet: true }],
  ])('has %s, and no other length', (_, hex, fields) => {
    const whole = fromHex('a1' + hex + ADDRESS);
    const reading = decode(serviceData(0xffe1, whole));
    expect(describeReading(reading)).toEqual({ format: 'minew', state: 'ok', fields, ids: IDS });
    expect(describeReading(decode(serviceData(0xffe1, whole), fromHex('1255ac233fe0'))).ids).toEqual({});
    for (let length = 2; length <= whole.length + 1; length++) {
      if (length === whole.length) continue;
      const bytes = new Uint8Array(length);
      bytes.set(whole.subarray(0, length));
      const cut = decode(serviceData(0xffe1, bytes));
      expect([cut.format, cut.state], `${length} bytes`).toEqual([FormatNumber.minew, ReadingState.malformed]);
      expect(cut.fieldCount).toBe(0);
    }
  });

  it('has a name, which is left out when it is not printable', () => {
    const described = (name: string) => describeReading(decode(service('a10864' + ADDRESS + name)));
    expect(described('504c5553')).toEqual({
      format: 'minew',
      state: 'ok',
      fields: { batteryPercent: 100 },
      ids: { text: 'PLUS' },
    });
    for (const name of ['', '00', '500a', 'e29480']) expect(described(name).ids).toEqual({});
    expect(decode(service('a10864' + ADDRESS.slice(2))).state).toBe(ReadingState.malformed);
  });

  it('says that a kind is not known, and leaves other data to others', () => {
    const reading = decode(service('a199' + '00'.repeat(11)));
    expect([reading.format, reading.state]).toEqual([FormatNumber.minew, ReadingState.unsupported]);
    for (const hex of ['', 'a1', '0164158032401255ac233fe0']) expect(decode(service(hex)).format).toBe(0);
  });

  it('gives back what was encoded', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -0x7fff, max: 0x7fff }),
        fc.nat(100 * 256),
        fc.nat(100),
        fc.uint8Array({ minLength: 6, maxLength: 6 }),
        (temperature, humidity, batteryPercent, mac) => {
          const climate = [...bigEndian(temperature & 0xffff, 2), ...bigEndian(humidity, 2)];
          const bytes = serviceData(0xffe1, [0xa1, 0x01, batteryPercent, ...climate, ...[...mac].reverse()]);
          const { fields, ids } = describeReading(decode(bytes));
          expect(fields).toEqual({ temperature: temperature / 256 + 0, humidity: humidity / 256, batteryPercent });
          expect(ids.mac!.replaceAll(':', '').toLowerCase()).toBe(toHex(mac));
        },
      ),
    );
  });
});

describe("Minew's manufacturer data", () => {
  it.each([
    [
      'MSE',
      '51012345220100',
      {
        batteryPercent: 69,
        contact: true,
        motion: true,
        button: 'press',
        button2: 'none',
        level: 100 / 4095,
        sequence: 35,
      },
      {},
      true,
    ],
    ['S3 information', 'a301010017000b0001010000' + ADDRESS + '23d3', {}, IDS],
    [
      'S3 climate',
      'a3036419734846' + ADDRESS + '007ad3',
      { batteryPercent: 100, temperature: 25.44921875, humidity: 72.2734375 },
      IDS,
    ],
    ['S4 information', 'a4000009060001010000' + ADDRESS + '1234', {}, IDS],
    ['S4 door', 'a40163010001ff' + ADDRESS + '1234', { batteryPercent: 99, contact: false, tamper: false }, IDS],
    [
      'S4 door taken down',
      'a40163000101ff' + ADDRESS + '1234',
      { batteryPercent: 99, contact: true, tamper: true },
      IDS,
    ],
    ['Connect information', 'ca00' + ADDRESS + '642187' + '00'.repeat(9) + '1234abcd', { batteryPercent: 100 }, IDS],
    [
      'Connect climate',
      'ca05000000' + '19734846' + '6d696e6577000000' + '000000' + '1234abcd',
      { temperature: 25.44921875, humidity: 72.2734375 },
      { text: 'minew' },
    ],
    [
      'Connect temperature alone, marked',
      'ca05010200' + '19734846' + '6d696e6577000000' + '010000' + '1234abcd',
      { temperature: 25.44921875, marked: true },
      { text: 'minew' },
    ],
    [
      'Connect radar',
      'ca18007f23011032' + '00'.repeat(12) + '1234abcd',
      { count: 291, count2: 12816, sequence: 127 },
      {},
    ],
    ['Connect persons', 'ca1801060400' + '00'.repeat(14) + '1234abcd', { occupants: 4, sequence: 6 }, {}],
    [
      'Connect temperature',
      'ca1b010007' + '00' + ADDRESS + '05ef' + '1973' + '00c5' + '000000000010',
      { batteryVoltage: 1.519, temperature: 25.44921875, rssiAt1m: -59 },
      IDS,
    ],
    [
      'Connect distance',
      'ca1e0001e8030e0506' + '00'.repeat(11) + '1234abcd',
      { distance: 1, contact: true, motion: true, occupied: true, batteryLow: true },
      {},
    ],
  ])('has %s, and nothing when it is cut short', (_, hex, fields, ids, mayBeLonger = false) => {
    const whole = fromHex(hex);
    expect(describeReading(decode(manufacturerData(0x0639, whole)))).toEqual({
      format: 'minew',
      state: 'ok',
      fields,
      ids,
    });
    for (let length = 1; length <= whole.length + 1; length++) {
      if (length === whole.length) continue;
      const bytes = new Uint8Array(length);
      bytes.set(whole.subarray(0, length));
      const cut = decode(manufacturerData(0x0639, bytes));
      const state = length > whole.length && mayBeLonger ? ReadingState.ok : ReadingState.malformed;
      expect([cut.format, cut.state], `${length} bytes`).toEqual([FormatNumber.minew, state]);
    }
  });

  it('has a combination, up to a block that is not known', () => {
    const fields = (blocks: string) => describeReading(decode(maker('ca03' + blocks + '3a7ac951'))).fields;
    const acceleration = { accelerationX: 0.01953125, accelerationY: 0.01953125, accelerationZ: -0.984375 };
    expect(fields('0300050005ff04' + '2164')).toEqual({ ...acceleration, batteryPercent: 100 });
    expect(fields('2264' + '2164' + '770300050005ff04')).toEqual({ tamper: true, batteryPercent: 100 });
    expect(decode(maker('ca03' + '7701' + '3a7ac951')).state).toBe(ReadingState.unsupported);
    const whole = fromHex('ca03' + '0300050005ff04' + '2164' + '3a7ac951');
    for (const length of [1, 2, 3, 6, 7, 12, 14]) {
      const cut = decode(manufacturerData(0x0639, whole.subarray(0, length)));
      expect([cut.state, cut.fieldCount], `${length} bytes`).toEqual([ReadingState.malformed, 0]);
    }
  });

  it('says what is encrypted', () => {
    expect(decode(maker('ca1b81' + '00'.repeat(21))).state).toBe(ReadingState.encrypted);
  });

  it.each([
    'a302' + '00'.repeat(14),
    'a402' + '00'.repeat(13),
    'ca05' + '02' + '00'.repeat(21),
    'ca18' + '02' + '00'.repeat(21),
    'ca77' + '00'.repeat(22),
  ])('says that it does not know %s', (hex) => {
    const reading = decode(maker(hex));
    expect([reading.format, reading.state, reading.fieldCount]).toEqual([24, ReadingState.unsupported, 0]);
  });

  it('leaves out a level above full, and other data to others', () => {
    expect(describeReading(decode(maker('510123ff220110'))).fields).not.toHaveProperty('level');
    expect(describeReading(decode(maker('510123ff220110'))).fields).not.toHaveProperty('batteryPercent');
    for (const hex of ['', '00', 'ff']) expect(decode(maker(hex)).format).toBe(0);
  });
});
