import { createCipheriv } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AdvertisementDecoder,
  describeReading,
  Field,
  FormatNumber,
  KeyTable,
  Reading,
  ReadingState,
  setKeyText,
  State,
  stateFlagNames,
} from '../../../src/tags/index.js';
import { littleEndian, serviceData } from '../advertisement.js';
import { guarded } from '../guarded.js';
import { fromHex, toHex } from '../hex.js';

const BTHOME = 0xfcd2;
const ADDRESS = '54:48:E6:8F:80:A5';
const KEY = '231d39c1d7cc1ab1aee224cd096db932';
const address = fromHex(ADDRESS.replaceAll(':', ''));
const decoder = new AdvertisementDecoder();

function decode(value: ArrayLike<number>, from = decoder, own?: Uint8Array): { format: number; reading: Reading } {
  const reading = new Reading();
  const bytes = Uint8Array.from(serviceData(BTHOME, value));
  return { format: from.decode(bytes, 0, bytes.length, reading, own), reading };
}

const fieldsOf = (hex: string) => describeReading(decode(fromHex(hex)).reading).fields;
const idsOf = (hex: string) => describeReading(decode(fromHex(hex)).reading).ids;

describe('BTHome 2', () => {
  it('reads the example of bthome.io', () => {
    const { format, reading } = decode(fromHex('4002c40903bf13'));
    expect(format).toBe(FormatNumber.bthome2);
    expect(describeReading(reading)).toEqual({
      format: 'bthome2',
      state: 'ok',
      fields: { temperature: 25, humidity: 50.55 },
      ids: {},
    });
  });

  // The tables of bthome.io/format, in our units.
  it.each([
    ['518756', 'acceleration', 22.151 / 9.80665],
    ['630057d0ff', 'acceleration', -3.123456 / 9.80665],
    ['0161', 'batteryPercent', 97],
    ['6001', 'channel', 1],
    ['12e204', 'co2', 1250],
    ['56e803', 'conductivity', 1000],
    ['0960', 'count', 96],
    ['3d0960', 'count', 24585],
    ['3e2a2c0960', 'count', 1611213866],
    ['59ea', 'count', -22],
    ['5aeaea', 'count', -5398],
    ['5bea0234ea', 'count', -365690134],
    ['434e34', 'current', 13.39],
    ['5d02ea', 'current', -5.63],
    ['08ca06', 'dewPoint', 17.38],
    ['5e9f8c', 'direction', 359.99],
    ['400c00', 'distance', 0.012],
    ['414e00', 'distance', 7.8],
    ['424e3400', 'duration', 13.39],
    ['4d12138a14', 'energy', 344593.17],
    ['0a138a14', 'energy', 1346.067],
    ['4b138a14', 'gas', 1346.067],
    ['4c41018a01', 'gas', 25821.505],
    ['528756', 'gyroscope', 22.151],
    ['03bf13', 'humidity', 50.55],
    ['2e23', 'humidity', 35],
    ['05138a14', 'illuminance', 13460.67],
    ['6402', 'lightLevel', 2],
    ['065e1f', 'mass', 80.3],
    ['073e1d', 'mass', 74.86 * 0.45359237],
    ['14020c', 'moisture', 30.74],
    ['2f23', 'moisture', 35],
    ['0d120c', 'pm25', 3090],
    ['0e021c', 'pm10', 7170],
    ['0b021b00', 'power', 69.14],
    ['5c02fbffff', 'power', -12.78],
    ['5fa00f', 'precipitation', 400],
    ['04138a01', 'pressure', 1008.83],
    ['3f020c', 'rotation', 307.4],
    ['61ac0d', 'rotationalSpeed', 3500],
    ['444e34', 'speed', 133.9],
    ['624099dfff', 'speed', -2.123456],
    ['57ea', 'temperature', -22],
    ['58ea', 'temperature', -7.7],
    ['451101', 'temperature', 27.3],
    ['02ca09', 'temperature', 25.06],
    ['505d396164', 'timestamp', 1684093277],
    ['133301', 'voc', 307],
    ['0c020c', 'voltage', 3.074],
    ['4a020c', 'voltage', 307.4],
    ['4e87562a01', 'volume', 19551.879],
    ['478756', 'volume', 2215.1],
    ['48dc87', 'volume', 34.78],
    ['5587562a01', 'storedVolume', 19551.879],
    ['49dc87', 'volumeFlow', 34.78],
    ['4632', 'uvIndex', 5],
    ['4f87562a01', 'water', 19551.879],
    ['3c0103', 'dimmer', -3],
    ['3c020a', 'dimmer', 10],
    ['3c0000', 'dimmer', 0],
  ])('reads %s as %s', (hex, name, value) => {
    const fields = fieldsOf('40' + hex);
    expect(Object.keys(fields)).toEqual([name]);
    expect(fields[name]).toBeCloseTo(value, 9);
  });

  it('reads every binary sensor, as true and as false', () => {
    const names: { [id: number]: string } = {
      0x0f: 'generic',
      0x10: 'on',
      0x11: 'opening',
      0x15: 'batteryLow',
      0x16: 'batteryCharging',
      0x17: 'carbonMonoxide',
      0x18: 'cold',
      0x19: 'connected',
      0x1a: 'door',
      0x1b: 'garageDoor',
      0x1c: 'gasLeak',
      0x1d: 'heat',
      0x1e: 'light',
      0x1f: 'unlocked',
      0x20: 'wet',
      0x21: 'motion',
      0x22: 'moving',
      0x23: 'occupied',
      0x24: 'pluggedIn',
      0x25: 'present',
      0x26: 'problem',
      0x27: 'running',
      0x28: 'safe',
      0x29: 'smoke',
      0x2a: 'sound',
      0x2b: 'tamper',
      0x2c: 'vibration',
      0x2d: 'window',
    };
    expect(stateFlagNames.slice(0, State.window + 1)).toEqual(Object.values(names));
    for (const [id, name] of Object.entries(names)) {
      for (const value of [0, 1]) {
        const { reading } = decode([0x40, Number(id), value]);
        expect(describeReading(reading).fields).toEqual({ [name]: value === 1 });
      }
    }
  });

  it.each([
    [0x00, 'none'],
    [0x01, 'press'],
    [0x02, 'doublePress'],
    [0x03, 'triplePress'],
    [0x04, 'longPress'],
    [0x05, 'longDoublePress'],
    [0x06, 'longTriplePress'],
    [0x80, 'hold'],
    [0xfe, 'hold'],
  ])('reads the button event %d as %s', (event, name) => {
    expect(describeReading(decode([0x44, 0x3a, event]).reading).fields).toEqual({ button: name });
  });

  it('gives each button its own field, also behind an event that is not known', () => {
    expect(fieldsOf('443a003a033a073a01')).toEqual({ button: 'none', button2: 'triplePress', button4: 'press' });
    const { reading } = decode(fromHex('443a013a013a013a013a02'));
    expect([reading.fieldCount, reading.leftOut]).toEqual([4, 1]);
  });

  it('leaves out a dimmer event that is not known', () => {
    expect(fieldsOf('403c0305')).toEqual({});
  });

  it('counts what is repeated', () => {
    expect(fieldsOf('4002ca0902cf09451101')).toEqual({ temperature: 25.06, temperature2: 25.11, temperature3: 27.3 });
    expect(fieldsOf('404a0d090ce90c')).toEqual({ voltage: 231.7, voltage2: 3.305 });
    expect(fieldsOf('40096059ea')).toEqual({ count: 96, count2: -22 });
  });

  it('numbers packets', () => {
    const { reading } = decode(fromHex('4000090161'));
    expect(describeReading(reading).fields).toEqual({ sequence: 9, batteryPercent: 97 });
    expect(reading.sequenceBits).toBe(8);
  });

  it('has no charge above 100 %', () => {
    expect(fieldsOf('4001640c020c')).toEqual({ batteryPercent: 100, voltage: 3.074 });
    expect(fieldsOf('4001650c020c')).toEqual({ voltage: 3.074 });
  });

  it('keeps a text or raw bytes as identity when they have room, and reads on behind them', () => {
    expect(idsOf('44530c48656c6c6f20576f726c64215702')).toEqual({ text: 'Hello World!' });
    expect(fieldsOf('44530c48656c6c6f20576f726c64215702')).toEqual({ temperature: 2 });
    expect(idsOf('44540c48656c6c6f20576f726c6421')).toEqual({ raw: '48656c6c6f20576f726c6421' });
    expect(idsOf('445303c3a4415702')).toEqual({ raw: 'c3a441' });
    const long = decode([0x40, 0x53, 19, ...Array<number>(19).fill(0x41), 0x57, 2]).reading;
    expect(describeReading(long)).toMatchObject({ fields: { temperature: 2 }, ids: {} });
    expect(long.leftOut).toBe(1);
    expect(fieldsOf('4053005702')).toEqual({ temperature: 2 });
  });

  it('passes over a command, the revision of the settings, the type and the firmware', () => {
    expect(fieldsOf('403b01030557023b000257036503f00100f100010204f20001065704')).toEqual({
      temperature: 2,
      temperature2: 3,
      temperature3: 4,
    });
  });

  it('keeps what stands before an unknown id', () => {
    expect(fieldsOf('4002ca0966015702')).toEqual({ temperature: 25.06 });
    const { format, reading } = decode(fromHex('40feca09'));
    expect(format).toBe(FormatNumber.bthome2);
    expect(describeReading(reading)).toEqual({ format: 'bthome2', state: 'ok', fields: {}, ids: {} });
  });

  it('keeps what is whole when it is cut short, and is malformed when nothing is', () => {
    const whole = fromHex('400009016402ca093a01530241423c020a');
    const ends = [3, 5, 8, 10, 14, 17];
    for (let length = 0; length <= whole.length; length++) {
      const { format, reading } = decode(whole.slice(0, length));
      const objects = ends.filter((end) => end <= length).length;
      expect(format).toBe(objects > 0 ? FormatNumber.bthome2 : 0);
      expect(reading.format).toBe(FormatNumber.bthome2);
      expect(reading.state).toBe(objects > 0 ? ReadingState.ok : ReadingState.malformed);
      // The text is no field.
      expect(reading.fieldCount + (objects > 4 ? 1 : 0)).toBe(objects);
    }
  });

  it.each([0x00, 0x20, 0x60, 0x61, 0xe0])('of another version, %d, is unsupported', (information) => {
    const { format, reading } = decode([information, 0x02, 0xca, 0x09]);
    expect([format, reading.format, reading.state]).toEqual([0, FormatNumber.bthome2, ReadingState.unsupported]);
    expect(reading.fieldCount).toBe(0);
  });

  it('takes the address that is included, unless the advertiser has it', () => {
    const bytes = fromHex('42b2188d38c1a404138a01');
    expect(describeReading(decode(bytes).reading)).toMatchObject({
      fields: { pressure: 1008.83 },
      ids: { mac: 'A4:C1:38:8D:18:B2' },
    });
    expect(describeReading(decode(bytes, decoder, fromHex('a4c1388d18b2')).reading).ids).toEqual({});
    expect(idsOf('42b2188d38c1a453024142')).toEqual({ mac: 'A4:C1:38:8D:18:B2' });
    for (let length = 1; length < bytes.length; length++) {
      const { format, reading } = decode(bytes.slice(0, length));
      expect([format, reading.state, reading.identityLength]).toEqual([0, ReadingState.malformed, 0]);
    }
  });

  it('gives back what was encoded', () => {
    const s16 = fc.integer({ min: -27315, max: 0x7fff });
    const s32 = fc.integer({ min: -0x80000000, max: 0x7fffffff });
    const values = fc.tuple(s16, fc.nat(10000), fc.nat(0xffffff), fc.nat(0xffffffff), s32, fc.nat(255));
    fc.assert(
      fc.property(values, ([temperature, humidity, pressure, water, power, packet]) => {
        const { reading } = decode([
          0x40,
          ...[0x00, packet],
          ...[0x02, ...littleEndian(temperature & 0xffff, 2)],
          ...[0x03, ...littleEndian(humidity, 2)],
          ...[0x04, ...littleEndian(pressure, 3)],
          ...[0x4f, ...littleEndian(water, 4)],
          ...[0x5c, ...littleEndian(power >>> 0, 4)],
        ]);
        expect(describeReading(reading).fields).toEqual({
          sequence: packet,
          temperature: temperature / 100 + 0,
          humidity: humidity / 100,
          pressure: pressure / 100,
          water: water / 1000,
          power: power / 100 + 0,
        });
      }),
    );
  });
});

describe('BTHome 2, encrypted', () => {
  function withKey(key = KEY): AdvertisementDecoder {
    const keys = new KeyTable();
    setKeyText(keys, ADDRESS, key);
    return new AdvertisementDecoder(keys);
  }

  function seal(counter: number, hex: string, information = 0x41): number[] {
    const count = littleEndian(counter, 4);
    const nonce = Uint8Array.from([...address, 0xd2, 0xfc, information, ...count]);
    const cipher = createCipheriv('aes-128-ccm', fromHex(KEY), nonce, { authTagLength: 4 });
    const body = cipher.update(fromHex(hex));
    cipher.final();
    const included = information & 0x02 ? Array.from(address).reverse() : [];
    return [information, ...included, ...body, ...count, ...cipher.getAuthTag()];
  }

  const example = fromHex('41e445f3c9962b332211006c7c4519');

  it('opens the example of bthome.io', () => {
    const { format, reading } = decode(example, withKey(), address);
    expect(format).toBe(FormatNumber.bthome2);
    expect(describeReading(reading)).toEqual({
      format: 'bthome2',
      state: 'ok',
      fields: { temperature: 25.06, humidity: 50.55, sequence: 1122867 },
      ids: {},
    });
    expect(reading.sequenceBits).toBe(32);
  });

  it('numbers by the packet id when there is one', () => {
    const { reading } = decode(seal(7000, '00c80161', 0x45), withKey(), address);
    expect([reading.get(Field.sequence), reading.sequenceBits]).toEqual([200, 8]);
  });

  it('takes key and nonce by the address that is included', () => {
    const bytes = fromHex('43a5808fe64854f196c06ffb4900112233f08ecbde');
    const { reading } = decode(bytes, withKey(), fromHex('010203040506'));
    expect(describeReading(reading)).toMatchObject({ state: 'ok', ids: { mac: ADDRESS } });
    expect(reading.get(Field.sequence)).toBe(0x33221100);
    expect(decode(seal(500, '0161', 0x43), withKey()).reading.get(Field.batteryPercent)).toBe(97);
  });

  it('says nothing without a key, with a wrong one, or when a bit is wrong', () => {
    const other = KEY.replace('2', '3');
    for (const [state, from, own] of [
      [ReadingState.keyMissing, decoder, address],
      [ReadingState.keyMissing, withKey(), undefined],
      [ReadingState.keyMissing, withKey(), fromHex('010203040506')],
      [ReadingState.keyMissing, withKey(KEY.slice(8)), address],
      [ReadingState.authenticationFailed, withKey(other), address],
    ] as const) {
      const { format, reading } = decode(example, from, own);
      expect([format, reading.state, reading.fieldCount]).toEqual([FormatNumber.bthome2, state, 0]);
    }
    const right = withKey();
    for (let bit = 8; bit < 8 * example.length; bit++) {
      const bytes = Uint8Array.from(example);
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      const { reading } = decode(bytes, right, address);
      expect([reading.state, reading.fieldCount]).toEqual([ReadingState.authenticationFailed, 0]);
    }
  });

  it('refuses a recording, and takes a repetition', () => {
    const from = withKey();
    const states = [2000, 2001, 2001, 2000].map(
      (counter) => decode(seal(counter, '02ca0903bf13'), from, address).reading.state,
    );
    const { ok, replayed } = { ok: ReadingState.ok, replayed: ReadingState.replayed };
    expect(states).toEqual([ok, ok, ok, replayed]);
  });

  it('is malformed when it is cut too short, and is not authentic when it is cut else', () => {
    const from = withKey();
    for (let length = 1; length < example.length; length++) {
      const { reading } = decode(example.slice(0, length), from, address);
      const state = length < 11 ? ReadingState.malformed : ReadingState.authenticationFailed;
      expect([reading.state, reading.fieldCount]).toEqual([state, 0]);
    }
  });

  it('is malformed when what it has inside begins with half an object', () => {
    const { format, reading } = decode(seal(1, '02ca'), withKey(), address);
    expect([format, reading.state, reading.fieldCount]).toEqual([0, ReadingState.malformed, 0]);
  });

  it('takes any bytes behind its device information, also of what is opened, and reads none outside', () => {
    const from = withKey();
    const reading = new Reading();
    const known = fc.constantFrom(0x3a, 0x3b, 0x3c, 0x53, 0x54, 0x02, 0x21, 0xf1);
    const objects = fc.array(fc.oneof(known, fc.nat(0x65), fc.nat(255)), { minLength: 2, maxLength: 40 });
    fc.assert(
      fc.property(objects, fc.nat(7), fc.boolean(), (list, flags, sealed) => {
        const information = 0x40 | flags;
        const value = sealed ? seal(1, toHex(Uint8Array.from(list)), information | 1) : [information, ...list];
        const structure = serviceData(BTHOME, value);
        const all = Uint8Array.from([0xff, ...structure, 0xff, 0xff]);
        const guard = guarded(all, 1, 1 + structure.length);
        from.decode(guard.bytes, 1, 1 + structure.length, reading, address);
        expect(guard.outside).toEqual([]);
        if (sealed) expect([ReadingState.ok, ReadingState.malformed]).toContain(reading.state);
        for (let field = reading.nextField(-1); field >= 0; field = reading.nextField(field)) {
          expect(Number.isFinite(reading.get(field))).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('has only its counter when its objects are not known', () => {
    const { reading } = decode(seal(1, 'fe01020304'), withKey(), address);
    expect(describeReading(reading).fields).toEqual({ sequence: 1 });
    expect(toHex(reading.identity)).toMatch(/^0*$/);
  });
});
