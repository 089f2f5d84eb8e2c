import { createCipheriv } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AdvertisementDecoder,
  describeReading,
  FormatNumber,
  KeyTable,
  Reading,
  ReadingState,
  setKeyText,
} from '../../../src/tags/index.js';
import { littleEndian, serviceData } from '../advertisement.js';
import { fromHex } from '../hex.js';

const XIAOMI = 0xfe95;
const ADDRESS = 'A4:C1:38:02:83:F4';
const address = fromHex(ADDRESS.replaceAll(':', ''));
const KEY = 'e9ea895fac7cca6d30532432a516f3a8';
const LEGACY_KEY = 'b853075158487ca39a5b5ea9';

/** A thermometer, whose objects are all of the general definition, and a product with a specification of its own. */
const LYWSDCGQ = 0x01aa;
const LYWSD02MMC = 0x2542;

interface Decoding {
  format: number;
  reading: Reading;
  state: string;
  fields: { [name: string]: unknown };
  ids: { [name: string]: string };
}

function decodeWith(decoder: AdvertisementDecoder, value: ArrayLike<number>, from?: Uint8Array): Decoding {
  const reading = new Reading();
  const bytes = Uint8Array.from(serviceData(XIAOMI, value));
  const format = decoder.decode(bytes, 0, bytes.length, reading, from);
  const { state, fields, ids } = describeReading(reading);
  return { format, reading, state, fields, ids };
}

const decode = (value: ArrayLike<number>, from?: Uint8Array): Decoding =>
  decodeWith(new AdvertisementDecoder(), value, from);

function decoderWith(key: string, of = ADDRESS): AdvertisementDecoder {
  const keys = new KeyTable();
  setKeyText(keys, of, key);
  return new AdvertisementDecoder(keys);
}

const object = (id: number, value: ArrayLike<number>): number[] => [
  ...littleEndian(id, 2),
  value.length,
  ...Array.from(value),
];

/** A frame that is not encrypted, without an address, of version 5. */
const plain = (product: number, objects: ArrayLike<number>): number[] => [
  0x40,
  0x50,
  ...littleEndian(product, 2),
  7,
  ...Array.from(objects),
];

/** What one object says, without the frame counter. */
function fieldsOf(id: number, value: ArrayLike<number>, product = LYWSDCGQ): { [name: string]: unknown } {
  const { state, fields } = decode(plain(product, object(id, value)));
  expect(state).toBe('ok');
  const { sequence, ...rest } = fields;
  expect(sequence).toBe(7);
  return rest;
}

/** Seals as `mible_beacon.c` of Xiaomi's mijia_ble_common does. */
function sealed(version: 4 | 5, counter: number, objects: ArrayLike<number>, key = KEY): number[] {
  const head = [0x58, version << 4, 0x5b, 0x05, counter & 0xff, ...address.slice().reverse()];
  const extended = littleEndian(counter >>> 8, 3);
  const nonce = Uint8Array.from([...address.slice().reverse(), ...head.slice(2, 5), ...extended]);
  const cipher = createCipheriv('aes-128-ccm', fromHex(key), nonce, { authTagLength: 4 });
  cipher.setAAD(Uint8Array.of(0x11), { plaintextLength: objects.length });
  const text = cipher.update(Uint8Array.from(Array.from(objects)));
  cipher.final();
  return [...head, ...text, ...extended, ...cipher.getAuthTag()];
}

/** Seals as version 3. */
function legacySealed(objects: ArrayLike<number>, random: number): number[] {
  const head = [0x58, 0x30, 0xb6, 0x03, 9, ...address.slice().reverse()];
  const extended = littleEndian(random, 3);
  const key = fromHex(LEGACY_KEY.slice(0, 12) + '8d3d3c97' + LEGACY_KEY.slice(12));
  const nonce = Uint8Array.from([...head.slice(0, 5), ...extended, ...head.slice(5, 10)]);
  const cipher = createCipheriv('aes-128-ccm', key, nonce, { authTagLength: 16 });
  cipher.setAAD(Uint8Array.of(0x11), { plaintextLength: objects.length });
  const text = cipher.update(Uint8Array.from(Array.from(objects)));
  cipher.final();
  return [...head, ...text, ...extended, cipher.getAuthTag()[0]!];
}

const TEMPERATURE = object(0x1004, [0x1a, 0x01]);

describe('MiBeacon', () => {
  it('reads the examples of its object definition', () => {
    expect(fieldsOf(0x1004, [0x1a, 0x01])).toEqual({ temperature: 28.2 });
    expect(fieldsOf(0x1006, littleEndian(346, 2))).toEqual({ humidity: 34.6 });
    expect(fieldsOf(0x000a, [0xa7, 0x0e])).toEqual({ temperature: 37.51 });
    expect(fieldsOf(0x1010, [0x10, 0x00])).toEqual({ formaldehyde: 0.16 });
  });

  it('reads several objects, and gives the address in the frame when the advertiser has another', () => {
    const value = fromHex('5020aa01a3bf2e3b342d580d1004b40095020a10013b');
    const { format, reading, state, fields, ids } = decode(value);
    expect([format, state, reading.sequenceBits]).toEqual([FormatNumber.mibeacon, 'ok', 8]);
    expect(fields).toEqual({ temperature: 18, humidity: 66.1, batteryPercent: 59, sequence: 163 });
    expect(ids).toEqual({ mac: '58:2D:34:3B:2E:BF' });
    expect(decode(value, fromHex('582d343b2ebf')).ids).toEqual({});
  });

  it.each([
    ['nothing', '4020aa0101', ''],
    ['an address', '5020aa0101f4830238c1a4', ''],
    ['a capability', '6020aa0101', '08'],
    ['a capability with I/O', '6020aa0101', '280300'],
    ['a capability with Wi-Fi', '6020aa0101', '18abcd'],
    ['address and capability', '7020aa0101f4830238c1a4', '38abcd0300'],
  ])('finds the objects behind %s', (_, head, capability) => {
    const whole = fromHex(head + capability + '041002ff00');
    expect(decode(whole, address)).toMatchObject({ state: 'ok', fields: { temperature: 25.5, sequence: 1 } });
    for (let length = 0; length < whole.length; length++) {
      const { format, reading } = decode(whole.slice(0, length), address);
      expect([length, format, reading.state]).toEqual([length, 0, ReadingState.malformed]);
      expect(reading.fieldCount).toBe(0);
    }
  });

  it('takes a frame without objects, encrypted or not', () => {
    expect(decode(fromHex('1059db780df4f80238c1a4'))).toMatchObject({
      format: FormatNumber.mibeacon,
      state: 'ok',
      fields: { sequence: 13 },
      ids: { mac: 'A4:C1:38:02:F8:F4' },
    });
    expect(decode(fromHex('30585b0502483cd438c1a408')).state).toBe('ok');
    expect(decode(fromHex('18585b0502483cd438c1a4')).state).toBe('ok');
  });

  it.each([0, 1, 6, 7, 15])('does not know version %d', (version) => {
    const { format, state, fields } = decode([0x40, version << 4, 0xaa, 0x01, 1, ...TEMPERATURE]);
    expect({ format, state, fields }).toEqual({ format: 0, state: 'unsupported version', fields: {} });
  });

  it('does not know what mesh devices send', () => {
    expect(decode([0xc0, 0x50, 0xaa, 0x01, 1, ...TEMPERATURE]).state).toBe('unsupported version');
  });

  it('skips objects of unknown id or length, and a byte or two behind the last', () => {
    const objects = [...object(0x0fff, [1, 2, 3]), ...object(0x1004, [1]), ...object(0x100a, []), ...TEMPERATURE];
    expect(decode(plain(LYWSDCGQ, objects)).fields).toEqual({ temperature: 28.2, sequence: 7 });
    expect(decode(plain(LYWSDCGQ, [...TEMPERATURE, 0x0a, 0x10])).fields).toEqual({ temperature: 28.2, sequence: 7 });
    // A third one would be an object, and it runs past the end.
    expect(decode(plain(LYWSDCGQ, [...TEMPERATURE, 0x0a, 0x10, 1])).state).toBe('malformed');
  });

  it('does not take the numbering of one product for that of another', () => {
    const battery = [90];
    expect(fieldsOf(0x4803, battery, LYWSD02MMC)).toEqual({ batteryPercent: 90 });
    expect(fieldsOf(0x4803, battery, LYWSDCGQ)).toEqual({});
    expect(fieldsOf(0x4803, battery, 0xffff)).toEqual({});
  });

  it('gives back what was encoded', () => {
    const s16 = fc.integer({ min: -2731, max: 18200 });
    fc.assert(
      fc.property(s16, fc.nat(1000), fc.nat(100), fc.nat(255), (temperature, humidity, battery, counter) => {
        const { fields } = decode([
          ...[0x40, 0x50, 0xaa, 0x01, counter],
          ...object(0x100d, [...littleEndian(temperature & 0xffff, 2), ...littleEndian(humidity, 2)]),
          ...object(0x100a, [battery]),
        ]);
        expect(fields).toEqual({
          temperature: temperature / 10 + 0,
          humidity: humidity / 10,
          batteryPercent: battery,
          sequence: counter,
        });
      }),
    );
  });
});

describe('Objects of MiBeacon', () => {
  it.each([
    ['humidity above 100 %', 0x1006, littleEndian(1001, 2)],
    ['humidity above 100 %, behind a temperature', 0x100d, [0, 0, ...littleEndian(1001, 2)]],
    ['moisture above 100 %', 0x1008, [101]],
    ['a battery above 100 %', 0x100a, [255]],
    ['a consumable above 100 %', 0x1013, [101]],
    ['no body temperature', 0x000a, [0, 0]],
    ['a temperature that is no number', 0x4801, [0, 0, 0xc0, 0x7f]],
    ['a temperature that is infinite', 0x4c01, [0, 0, 0x80, 0x7f]],
    ['a humidity that is no number', 0x4808, [0, 0, 0xc0, 0x7f]],
    ['a humidity above 100 %', 0x4c08, [0, 0, 0xca, 0x42]],
    ['a humidity below 0 %', 0x4c08, [0, 0, 0x80, 0xbf]],
    ['an unknown door event', 0x0007, [6]],
    ['an unknown door state', 0x100f, [2]],
    ['a reset of a door sensor', 0x1019, [3]],
    ['an unknown opening', 0x4804, [0]],
    ['a reserved pillow state', 0x101c, [2]],
    ['an unknown key action', 0x1001, [0, 0, 4]],
    ['what was taken off a scale', 0x0012, [1, 2, 1]],
    ['an empty scale', 0x4e16, [1, 0, 0, 0, 0, 9, 9, 9, 9]],
    ['an unknown end of brushing', 0x3003, [2, 1, 2, 3, 4]],
  ])('have nothing for %s', (_, id, value) => {
    const { temperature, ...rest } = fieldsOf(id, value, LYWSD02MMC);
    expect(rest).toEqual({});
    expect(temperature).toBe(id === 0x100d ? 0 : undefined);
  });

  it.each([
    [0x0003, [1], { motion: true }],
    [0x0006, [2, 0, 1, 0x80, 0], { keyId: 2, errorCode: 0 }],
    [0x0006, [0xef, 0xbe, 0xad, 0xde, 1], { errorCode: 1 }],
    [0x0007, [0], { door: true }],
    [0x0007, [1], { door: false, leftOpen: false, forced: false }],
    [0x0007, [2, 1, 0, 0, 0], { door: true, leftOpen: true, timestamp: 1 }],
    [0x0007, [3], { door: false }],
    [0x0007, [4, 0, 0, 0, 0], { door: true, forced: true }],
    [0x0007, [5], { door: false, problem: true }],
    [0x0008, [1], { armed: true }],
    [0x0008, [0, 0, 1, 0, 0], { armed: false, timestamp: 256 }],
    [
      0x000b,
      [0x15, 0x78, 0x56, 0x34, 0x12, 1, 0, 0, 0],
      { lockMethod: 1, lockAction: 5, keyId: 0x12345678, unlocked: false, timestamp: 1 },
    ],
    [0x000b, [0xff, 3, 0, 0xde, 0xc0, 1, 0, 0, 0], { lockMethod: 15, lockAction: 15, errorCode: 3, timestamp: 1 }],
    [0x000b, [0x24, 1, 0, 1, 0x80, 0, 0, 0, 0], { lockMethod: 2, lockAction: 4, keyId: 1, unlocked: true }],
    [0x000c, [1], { wet: true }],
    [0x000d, [1], { smoke: true, problem: false }],
    [0x000e, [2], { gasLeak: false, problem: true }],
    [0x000f, [0xe8, 3, 0], { motion: true, illuminance: 1000 }],
    [0x0010, [0], { running: true }],
    [0x0010, [0, 3], { running: true, count: 3 }],
    [0x0010, [1, 70], { running: false, score: 70 }],
    [0x0011, [1], { motion: true }],
    [0x0011, [2], { button: 'press' }],
    [0x0011, [4], { tamper: true }],
    [0x0011, [5], { problem: true }],
    [0x0012, [0xe8, 3, 0], { mass: 1 }],
    [0x1002, [1], { asleep: true }],
    [0x1005, [1, 98], { on: true, temperature: 98 }],
    [0x1007, [0x40, 0x0d, 0x03], { illuminance: 200000 }],
    [0x1008, [64], { moisture: 64 }],
    [0x1009, [0x57, 2], { conductivity: 599 }],
    [0x100e, [0x04], { unlocked: true }],
    [0x100e, [0x05], { unlocked: false }],
    [0x100e, [0x06], { unlocked: false }],
    [0x100f, [0], { door: true }],
    [0x100f, [1], { door: false }],
    [0x100f, [0xff], { problem: true }],
    [0x1012, [1], { on: true }],
    [0x1013, [40], { consumablePercent: 40 }],
    [0x1014, [0], { wet: false }],
    [0x1015, [0], { smoke: false, problem: false }],
    [0x1016, [1], { gasLeak: true, problem: false }],
    [0x1017, [3, 0, 0, 0], { noMotionTime: 3, motion: true }],
    [0x1017, [0x2c, 1, 0, 0], { noMotionTime: 300, motion: false }],
    [0x1018, [1], { light: true }],
    [0x1019, [0], { opening: true }],
    [0x1019, [1], { opening: false, leftOpen: false }],
    [0x1019, [2], { opening: true, leftOpen: true }],
    [0x101a, [0xdc, 5], { mass: 1.5 }],
    // Nothing has moved for so long: never a motion, however short.
    [0x101b, [0], { motion: false }],
    [0x101b, [1], { motion: false }],
    [0x101b, [0, 0, 0, 0], { noMotionTime: 0, motion: false }],
    [0x101b, [10, 0, 0, 0], { noMotionTime: 10, motion: false }],
    [0x101b, [0x78, 0, 0, 0], { noMotionTime: 120, motion: false }],
    [0x1017, [10, 0, 0, 0], { noMotionTime: 10, motion: true }],
    [0x101c, [1], { bedOccupied: true }],
    [0x2000, [0xc6, 0x0d, 0x63, 0x0d, 0x51], { temperature: 35.26, temperature2: 34.27, batteryPercent: 81 }],
    [0x2001, [0x10, 0x27, 2, 60], { steps: 10000, asleep: false }],
    [0x2002, [3, 1], { batteryCharging: false, running: true, problem: false }],
    [0x2003, [0x10, 0x27, 72, 0], { steps: 10000, heartRate: 72 }],
    [0x2003, [0x10, 0x27, 0, 0], { steps: 10000 }],
    [0x3000, [1], { pluggedIn: false }],
    [0x3001, [1], { connected: true }],
    [0x3003, [0, 1, 0, 0, 0], { running: true, timestamp: 1 }],
    [0x3003, [1, 1, 0, 0, 0, 88], { running: false, timestamp: 1, score: 88 }],
  ])('%# of the general definition: %i with %j', (id, value, expected) => {
    expect(fieldsOf(id, value)).toEqual(expected);
  });

  it.each([
    [0x4801, LYWSD02MMC, [0xcd, 0xcc, 0xd0, 0x41], { temperature: 26.1 }],
    [0x4c01, LYWSD02MMC, [0x66, 0x66, 0xa6, 0xc0], { temperature: -5.2 }],
    [0x4802, LYWSD02MMC, [38], { humidity: 38 }],
    [0x480c, 0x78d1, [0], { opening: true }],
    [0x4804, 0x1889, [2], { opening: false, leftOpen: false, removed: false }],
    [0x4a12, 0x1889, [1], { opening: true }],
    [0x4a0f, 0x1889, [1], { opening: true, removed: true }],
    [0x4a1a, 0x1889, [1], { opening: true, leftOpen: true }],
    [0x4a13, 0x1889, [1], { button: 'press' }],
    [0x4818, 0x2aeb, [30, 0], { noMotionTime: 30, motion: true }],
    [0x4a08, 0x2aeb, [0, 0, 0x64, 0x43], { motion: true, illuminance: 228 }],
    [0x484e, 0x50fb, [2], { occupied: true }],
    [0x484e, 0x4683, [2], { occupied: false }],
    [0x484f, 0x4683, [2], { noMotionTime: 120 }],
    [0x4851, 0x6a0f, [5], { presentTime: 300 }],
    [0x5413, 0x6a0f, [1], { occupiedNearby: true }],
    [0x5413, 0x50fb, [1], {}],
    [0x4806, 0x6375, [1], { wet: true }],
    [0x4a68, 0x6375, [1], { wet: false }],
    [0x4810, 0x18e3, [1], { asleep: true }],
    [0x5010, 0x18e3, [2], { button: 'doublePress' }],
    [0x4811, 0x18e3, [1], { sound: true }],
    [0x4e16, 0x18e3, [1], { bedOccupied: true }],
    [0x4e17, 0x18e3, [1], { bedOccupied: false }],
    [0x5a16, 0x20db, [3], { button: 'doublePress' }],
    [0x5601, 0x20db, [1], { batteryLow: true }],
    [0x5422, 0x59fa, [2], { batteryCharging: false }],
    [0x5810, 0x59fa, [0], { asleep: true }],
    [0x6461, 0x59fa, [0], { wearing: true }],
    [0x605d, 0x64c5, [0xfb], { temperature: -5 }],
    [0x4e16, 0x4c04, fromHex('01511800008a1b1169'), { profile: 1, mass: 62.25, timestamp: 0x69111b8a }],
  ])('%# of a specification: %i of %i with %j', (id, product, value, expected) => {
    expect(fieldsOf(id, value, product)).toEqual(expected);
  });

  it('of the scale S400 follow a weighing', () => {
    const scale = (mass: number, heartRate: number, impedance: number) => {
      const bits = ((impedance << 18) | (heartRate << 11) | mass) >>> 0;
      return fieldsOf(0x6e16, [2, ...littleEndian(bits, 4), 0, 0, 0, 0], 0x3bd5);
    };
    expect(scale(699, 42, 5432)).toEqual({
      profile: 2,
      mass: 69.9,
      heartRate: 92,
      impedance: 543.2,
      stabilized: false,
    });
    expect(scale(0, 0, 5000)).toEqual({ profile: 2, impedance2: 500, stabilized: true });
    expect(scale(699, 127, 0)).toEqual({ profile: 2, mass: 69.9, stabilized: true });
    expect(scale(0, 0, 0)).toEqual({ profile: 2, stabilized: false });
  });

  it('of light sensors without lux tell light from dark', () => {
    expect(fieldsOf(0x000f, [0, 1, 0], 0x0a8d)).toEqual({ motion: true, light: true });
    expect(fieldsOf(0x000f, [1, 0, 0], 0x07f6)).toEqual({ motion: true, light: false });
    expect(fieldsOf(0x1007, [100, 0, 0], 0x098b)).toEqual({ light: true });
    expect(fieldsOf(0x1007, [1, 0, 0], 0x07f6)).toEqual({ light: false });
  });

  it('of a safe have the door the other way round', () => {
    expect(fieldsOf(0x100f, [1], 0x09b0)).toEqual({ door: true });
  });
});

describe('Buttons of MiBeacon', () => {
  it.each([
    [0x0863, [0, 0, 0], { button: 'press' }],
    [0x07bf, [0, 0, 1], { button: 'doublePress' }],
    [0x07bf, [0, 0, 2], { button: 'longPress' }],
    [0x07bf, [3, 0, 3], { button4: 'triplePress' }],
    [0x07bf, [4, 0, 0], { button: 'press', channel: 4 }],
    [0x0153, [0, 0, 0], { button: 'press', channel: 0 }],
    [0x03bf, [8, 0, 6], { button: 'longPress', channel: 8 }],
    [0x1568, [0, 0, 1], { button: 'longPress' }],
    [0x1568, [1, 0, 1], {}],
    [0x1569, [1, 0, 2], { button2: 'doublePress' }],
    [0x1569, [2, 0, 0], { button: 'press', button2: 'press' }],
    [0x1569, [3, 0, 0], {}],
    [0x0dfd, [5, 0, 0], { button: 'press', button3: 'press' }],
    [0x0dfd, [6, 0, 1], { button: 'longPress', button2: 'longPress', button3: 'longPress' }],
    [0x0dfd, [255, 0, 0], {}],
    [0x1568, [0, 0, 255], {}],
    [0x03b6, [0, 1, 3], { button: 'press', count: 1 }],
    [0x03b6, [0, 2, 3], { button: 'doublePress', count: 2 }],
    [0x03b6, [0, 3, 3], { button: 'triplePress', count: 3 }],
    [0x03b6, [0, 5, 3], { button: 'press', count: 5 }],
    [0x03b6, [1, 4, 3], { button: 'longPress', duration: 4 }],
    [0x03b6, [0, 3, 4], { dimmer: 3 }],
    [0x03b6, [0, 255, 4], { dimmer: -1 }],
    [0x03b6, [2, 0, 4], { button: 'hold', dimmer: 2 }],
    [0x03b6, [254, 0, 4], { button: 'hold', dimmer: -2 }],
    [0x03b6, [0, 0, 0], {}],
    [0x04e1, [0, 0, 0], { dimmer: 1 }],
    [0x04e1, [1, 0, 0], { dimmer: -1 }],
    [0x04e1, [2, 0, 0], {}],
  ])('%# of %i with %j', (product, value, expected) => {
    expect(fieldsOf(0x1001, value, product)).toEqual(expected);
  });

  it.each([
    [0x4a0c, 0x38bb, [], { button: 'press' }],
    [0x4a0d, 0x38bb, [1], { button: 'doublePress' }],
    [0x4a0e, 0x5968, [1], { button2: 'longPress' }],
    [0x4a0c, 0x5968, [2], {}],
    [0x4e0c, 0x1949, [3], { button: 'press', button2: 'press' }],
    [0x4e0c, 0x1949, [4], {}],
    [0x4e0d, 0x2387, [], { button: 'doublePress' }],
    [0x4e0c, 0x1c10, [1], { button: 'press' }],
    [0x4e0c, 0x1c10, [8], { button: 'longPress' }],
    [0x4e0c, 0x1c10, [15], { button: 'doublePress' }],
    [0x4e0c, 0x1c10, [2], {}],
    [0x4e0e, 0x64c5, [4], { button4: 'longPress' }],
    [0x560d, 0x3a61, [1], { button: 'doublePress' }],
    [0x560c, 0x3e17, [3], { button3: 'press' }],
    [0x560c, 0x3e17, [5], {}],
    [0x560e, 0x520b, [], { button: 'longPress' }],
    [0x560e, 0x520b, [1, 1], {}],
  ])('%# by object %i of %i with %j', (id, product, value, expected) => {
    expect(fieldsOf(id, value, product)).toEqual(expected);
  });
});

describe('Encrypted MiBeacon', () => {
  const frame = fromHex('58585b0550f4830238c1a495ef58763c26000097e2abb5');

  it('opens what a thermometer sent', () => {
    expect(decodeWith(decoderWith(KEY), frame, address)).toMatchObject({
      format: FormatNumber.mibeacon,
      state: 'ok',
      fields: { humidity: 46.7, sequence: 0x50 },
      ids: {},
    });
  });

  it('needs the key of the address in the frame, and the advertiser only where there is none', () => {
    expect(decodeWith(decoderWith(KEY), frame).fields).toEqual({ humidity: 46.7, sequence: 0x50 });
    expect(decodeWith(decoderWith(KEY), frame, fromHex('112233445566'))).toMatchObject({
      state: 'ok',
      ids: { mac: ADDRESS },
    });
    const without = fromHex('48590312a41b776e7c96add7000000f2bf545b');
    const decoder = decoderWith('b2cf9a553d53571b5657defd582d676e', '2C:11:65:25:70:04');
    expect(decodeWith(decoder, without, fromHex('2c1165257004')).fields).toEqual({ humidity: 45, sequence: 164 });
    expect(decodeWith(decoder, without).state).toBe('key missing');
  });

  it.each([
    ['no key at all', undefined],
    ['the key of another tag', decoderWith(KEY, '11:22:33:44:55:66')],
    ['a key of 12 bytes', decoderWith(LEGACY_KEY)],
  ])('has no value with %s', (_, decoder) => {
    const { format, state, fields, ids } = decodeWith(decoder ?? new AdvertisementDecoder(), frame, address);
    expect({ format, state }).toEqual({ format: FormatNumber.mibeacon, state: 'key missing' });
    expect({ fields, ids }).toEqual({ fields: {}, ids: {} });
  });

  it('has no value with a wrong key, or when anything but the unused flags was changed', () => {
    const wrong = decoderWith('e9ea895fac7cca6d30532432a516f3a9');
    expect(decodeWith(wrong, frame, address)).toMatchObject({ state: 'authentication failed', fields: {}, ids: {} });
    for (let at = 2; at < frame.length; at++) {
      // Another address has no key.
      const expected = at >= 5 && at < 11 ? 'key missing' : 'authentication failed';
      const changed = Uint8Array.from(frame);
      changed[at]! ^= 1;
      expect(decodeWith(decoderWith(KEY), changed, address)).toMatchObject({ state: expected, fields: {} });
    }
  });

  it('has no value when it is cut short', () => {
    for (let length = 0; length < frame.length; length++) {
      const { state, fields } = decodeWith(decoderWith(KEY), frame.slice(0, length), address);
      expect([length, state]).toEqual([length, length < 21 ? 'malformed' : 'authentication failed']);
      expect(fields).toEqual({});
    }
  });

  it('notices a recording in version 5', () => {
    const decoder = decoderWith(KEY);
    const state = (version: 4 | 5, counter: number) =>
      decodeWith(decoder, sealed(version, counter, TEMPERATURE), address).state;
    expect(state(5, 0x012345)).toBe('ok');
    expect(state(5, 0x012345)).toBe('ok');
    expect(state(5, 0x012344)).toBe('replayed');
    expect(decodeWith(decoder, sealed(5, 0x002346, TEMPERATURE), address)).toMatchObject({
      state: 'replayed',
      fields: {},
    });
    expect(state(5, 0x012346)).toBe('ok');
    // The numbers of version 4 are random.
    expect(state(4, 0x000001)).toBe('ok');
    expect(state(4, 0xffffff01)).toBe('ok');
    expect(state(5, 0x012346)).toBe('ok');
  });

  it('is malformed when what was sealed is not objects', () => {
    expect(decodeWith(decoderWith(KEY), sealed(5, 1, [4, 16, 2, 0]), address)).toMatchObject({
      state: 'malformed',
      fields: {},
    });
  });

  it('gives back what was sealed', () => {
    const s16 = fc.integer({ min: -2731, max: 18200 });
    const decoder = decoderWith(KEY);
    fc.assert(
      fc.property(s16, fc.nat(0xffffffff), (temperature, counter) => {
        const objects = object(0x1004, littleEndian(temperature & 0xffff, 2));
        const { state, fields } = decodeWith(decoder, sealed(4, counter, objects), address);
        expect({ state, fields }).toEqual({
          state: 'ok',
          fields: { temperature: temperature / 10 + 0, sequence: counter & 0xff },
        });
      }),
    );
  });
});

describe('Encrypted MiBeacon before version 4', () => {
  const OWN = 'F8:24:41:C5:98:8B';
  const frames = ['5830b603d28b98c54124f8c3491476757e00000099', '5830b603368b98c54124f88bb8f2661351000000d6'];

  it('opens what a dimmer sent', () => {
    const decoder = decoderWith(LEGACY_KEY, OWN);
    const [pressed, turned] = frames.map((frame) => decodeWith(decoder, fromHex(frame)));
    expect(pressed).toMatchObject({ state: 'ok', fields: { button: 'press', count: 1, sequence: 0xd2 } });
    expect(turned).toMatchObject({ state: 'ok', fields: { dimmer: -1, sequence: 0x36 } });
  });

  it('has no value without a key, with a long one, or with a wrong one', () => {
    const frame = fromHex(frames[0]!);
    expect(decode(frame)).toMatchObject({ state: 'key missing', fields: {} });
    expect(decodeWith(decoderWith(KEY, OWN), frame)).toMatchObject({ state: 'key missing', fields: {} });
    for (let at = 0; at < 256; at++) {
      const digits = at.toString(16).padStart(2, '0');
      if (digits === LEGACY_KEY.slice(0, 2)) continue;
      const decoder = decoderWith(digits + LEGACY_KEY.slice(2), OWN);
      expect(decodeWith(decoder, frame)).toMatchObject({ state: 'authentication failed', fields: {} });
    }
  });

  it('has no value when it was changed or cut short', () => {
    const frame = fromHex(frames[0]!);
    const changed = Uint8Array.from(frame);
    changed[frame.length - 1]! ^= 1;
    expect(decodeWith(decoderWith(LEGACY_KEY, OWN), changed).state).toBe('authentication failed');
    for (let length = 0; length < frame.length; length++) {
      const { state, fields } = decodeWith(decoderWith(LEGACY_KEY, OWN), frame.slice(0, length));
      expect([length, state]).toEqual([length, length < 18 ? 'malformed' : 'authentication failed']);
      expect(fields).toEqual({});
    }
  });

  it('gives back what was sealed, whatever its random number', () => {
    const decoder = decoderWith(LEGACY_KEY);
    fc.assert(
      fc.property(fc.integer({ min: -127, max: 127 }), fc.nat(0xffffff), (steps, random) => {
        const value = legacySealed(object(0x1001, [0, steps & 0xff, 4]), random);
        expect(decodeWith(decoder, value, address)).toMatchObject({
          state: 'ok',
          fields: { dimmer: steps, sequence: 9 },
        });
      }),
    );
  });
});
