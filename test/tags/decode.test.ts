import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AdFault,
  AdvertisementDecoder,
  describeReading,
  EventFlag,
  Field,
  FIELD_COUNT,
  FormatNumber,
  Reading,
  ReadingState,
} from '../../src/tags/index.js';
import { bigEndian, littleEndian, manufacturerData, serviceData } from './advertisement.js';
import { guarded } from './guarded.js';
import { fromHex, toHex } from './hex.js';

const decoder = new AdvertisementDecoder();
const EDDYSTONE = 0xfeaa;
const APPLE = 0x004c;
const MIKROTIK = 0x094f;

function decode(bytes: ArrayLike<number>): { format: number; reading: Reading } {
  const reading = new Reading();
  const array = Uint8Array.from(bytes);
  return { format: decoder.decode(array, 0, array.length, reading), reading };
}

const byte = fc.nat(255);
const s8 = fc.integer({ min: -128, max: 127 });
const u16 = fc.nat(0xffff);
const s16 = fc.integer({ min: -0x8000, max: 0x7fff });
const u32 = fc.nat(0xffffffff);
const bytesOf = (size: number) => fc.uint8Array({ minLength: size, maxLength: size });

describe('MikroTik TG-BT5', () => {
  const tag = (over: { [offset: number]: number } = {}, length = 18) => {
    const value = Array.from(fromHex('0100669dfcff0600fcff6117f1e50f000064').slice(0, length));
    for (const offset of Object.keys(over)) value[Number(offset)] = over[Number(offset)]!;
    return manufacturerData(MIKROTIK, value);
  };

  it("reads what RouterOS prints for the manual's example", () => {
    const { format, reading } = decode(tag());
    expect(format).toBe(FormatNumber.mikrotik);
    expect(describeReading(reading)).toEqual({
      format: 'mikrotik',
      state: 'ok',
      fields: {
        temperature: 23.37890625,
        accelerationX: -0.015625,
        accelerationY: 0.0234375,
        accelerationZ: -0.015625,
        batteryPercent: 100,
        uptime: 1041905,
        events: [],
      },
      ids: {},
    });
  });

  it('is found behind the flags structure of newer firmware', () => {
    const { format, reading } = decode([2, 1, 6, ...tag()]);
    expect(format).toBe(FormatNumber.mikrotik);
    expect(reading.get(Field.temperature)).toBe(23.37890625);
  });

  it('has no temperature where the sensor is missing', () => {
    const { reading } = decode(tag({ 10: 0x00, 11: 0x80 }));
    expect(reading.state).toBe(ReadingState.ok);
    expect(reading.has(Field.temperature)).toBe(false);
  });

  it('has no acceleration where the accelerometer is disabled', () => {
    const { reading } = decode(tag({ 16: 0x42 }));
    expect(reading.has(Field.accelerationX)).toBe(false);
    expect(reading.has(Field.accelerationY)).toBe(false);
    expect(reading.has(Field.accelerationZ)).toBe(false);
    expect(reading.get(Field.events)).toBe(EventFlag.tilt);
  });

  it('names each event', () => {
    const { reading } = decode(tag({ 16: 0x3f }));
    expect(describeReading(reading).fields.events).toEqual([
      'reedSwitch',
      'tilt',
      'freeFall',
      'impactX',
      'impactY',
      'impactZ',
    ]);
  });

  it('has no charge above 100 %', () => {
    expect(decode(tag({ 17: 101 })).reading.has(Field.batteryPercent)).toBe(false);
  });

  it('is encrypted when its flag says so, and then has no value', () => {
    const { format, reading } = decode(tag({ 1: 1 }));
    expect(format).toBe(FormatNumber.mikrotik);
    expect(describeReading(reading)).toEqual({ format: 'mikrotik', state: 'encrypted', fields: {}, ids: {} });
  });

  it.each([
    ['too short', tag({}, 17), 'malformed'],
    ['too long', tag({ 18: 0 }), 'malformed'],
    ['empty', tag({}, 0), 'malformed'],
    ['of version 2', tag({ 0: 2 }), 'unsupported version'],
  ])('is not decoded when it is %s', (_, bytes, state) => {
    const { format, reading } = decode(bytes);
    expect(format).toBe(0);
    expect(describeReading(reading)).toEqual({ format: 'mikrotik', state, fields: {}, ids: {} });
  });

  it('gives back what was encoded', () => {
    fc.assert(
      fc.property(fc.tuple(s16, s16, s16, s16), u32, fc.nat(0x3f), byte, u16, (fixed, uptime, flags, battery, salt) => {
        const { reading } = decode(
          manufacturerData(MIKROTIK, [
            1,
            0,
            ...littleEndian(salt, 2),
            ...fixed.flatMap((value) => littleEndian(value & 0xffff, 2)),
            ...littleEndian(uptime, 4),
            flags,
            battery,
          ]),
        );
        const fields = [Field.accelerationX, Field.accelerationY, Field.accelerationZ, Field.temperature];
        fields.forEach((field, i) => {
          const raw = fixed[i]!;
          expect(reading.has(field)).toBe(raw !== -0x8000);
          if (raw !== -0x8000) expect(reading.get(field)).toBe(raw / 256);
        });
        expect(reading.get(Field.uptime)).toBe(uptime);
        expect(reading.get(Field.events)).toBe(flags);
        expect(reading.has(Field.batteryPercent)).toBe(battery <= 100);
      }),
    );
  });
});

describe('iBeacon and AltBeacon', () => {
  const beacons = [
    { name: 'ibeacon', number: FormatNumber.ibeacon, head: [0x02, 0x15], company: APPLE },
    { name: 'altbeacon', number: FormatNumber.altbeacon, head: [0xbe, 0xac], company: 0x0118 },
  ];

  it.each(beacons)('$name gives back what was encoded', ({ name, number, head, company }) => {
    fc.assert(
      fc.property(bytesOf(16), u16, u16, s8, (uuid, major, minor, power) => {
        const { format, reading } = decode(
          manufacturerData(company, [...head, ...uuid, ...bigEndian(major, 2), ...bigEndian(minor, 2), power & 0xff]),
        );
        expect(format).toBe(number);
        const description = describeReading(reading);
        expect(description.format).toBe(name);
        // Some makers have the battery's charge in its place.
        expect(description.fields).toEqual(power > 20 ? { major, minor } : { major, minor, rssiAt1m: power + 0 });
        expect(description.ids.uuid).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
        expect(description.ids.uuid!.replaceAll('-', '')).toBe(toHex(uuid));
      }),
    );
  });

  it.each(beacons)('$name one byte short is malformed', ({ number, head, company }) => {
    const { format, reading } = decode(manufacturerData(company, [...head, ...new Uint8Array(20)]));
    expect(format).toBe(0);
    expect(reading.format).toBe(number);
    expect(reading.state).toBe(ReadingState.malformed);
  });

  it.each(['0f06a033bd08c50010', '1005441cbd08', '0c0e0000', '02', '0214'])(
    "Apple's other message %s is no beacon",
    (value) => {
      const { format, reading } = decode(manufacturerData(APPLE, fromHex(value)));
      expect(format).toBe(0);
      expect(reading.state).toBe(ReadingState.none);
    },
  );

  it('takes AltBeacon from any company, Apple included', () => {
    for (const company of [0, APPLE, MIKROTIK - 1, 0xffff]) {
      const value = [0xbe, 0xac, ...new Uint8Array(22)];
      expect(decode(manufacturerData(company, value)).format).toBe(FormatNumber.altbeacon);
    }
  });
});

describe('Eddystone', () => {
  it('UID gives back what was encoded, with and without its reserved bytes', () => {
    fc.assert(
      fc.property(s8, bytesOf(16), fc.constantFrom(0, 2), (power, id, reserved) => {
        const { format, reading } = decode(
          serviceData(EDDYSTONE, [0x00, power & 0xff, ...id, ...new Uint8Array(reserved)]),
        );
        expect(format).toBe(FormatNumber.eddystoneUid);
        expect(describeReading(reading)).toEqual({
          format: 'eddystone-uid',
          state: 'ok',
          fields: power >= -100 && power <= 20 ? { txPower: power + 0, rssiAt1m: power - 41 } : {},
          ids: { namespace: toHex(id, 0, 10), instance: toHex(id, 10, 16) },
        });
      }),
    );
  });

  it.each([
    ['036765747061726574 6f07', 'https://getpareto.com'],
    ['00 61 00', 'http://www.a.com/'],
    ['01 61 0d', 'https://www.a.gov'],
    ['02 61 04 62 0b', 'http://a.info/b.info'],
    ['03 22', 'https://"'],
  ])('URL %s is %s', (hex, url) => {
    const { format, reading } = decode(serviceData(EDDYSTONE, [0x10, 0xf6, ...fromHex(hex.replaceAll(' ', ''))]));
    expect(format).toBe(FormatNumber.eddystoneUrl);
    expect(describeReading(reading).ids).toEqual({ url });
    expect(describeReading(reading).fields).toEqual({ txPower: -10, rssiAt1m: -51 });
  });

  it.each([
    ['no scheme', '10f6'],
    ['no URL', '10f603'],
    ['an unknown scheme', '10f60461'],
    ['a reserved byte', '10f6030e'],
    ['a space', '10f60320'],
    ['a byte beyond ASCII', '10f60380'],
    ['18 bytes', '10f603' + '61'.repeat(18)],
  ])('URL with %s is malformed', (_, hex) => {
    const { format, reading } = decode(serviceData(EDDYSTONE, fromHex(hex)));
    expect(format).toBe(0);
    expect(describeReading(reading)).toEqual({ format: 'eddystone-url', state: 'malformed', fields: {}, ids: {} });
  });

  it('TLM gives back what was encoded; 0 mV and 8000 are absent', () => {
    const millivolts = fc.nat(60000);
    const temperatures = fc.oneof(s16, fc.constant(-0x8000));
    fc.assert(
      fc.property(millivolts, temperatures, u32, u32, (battery, temperature, count, uptime) => {
        const { format, reading } = decode(
          serviceData(EDDYSTONE, [
            0x20,
            0,
            ...bigEndian(battery, 2),
            ...bigEndian(temperature & 0xffff, 2),
            ...bigEndian(count, 4),
            ...bigEndian(uptime, 4),
          ]),
        );
        expect(format).toBe(FormatNumber.eddystoneTlm);
        const expected: { [name: string]: number } = { advertisementCount: count, uptime: uptime / 10 };
        if (battery !== 0) expected.batteryVoltage = battery / 1000;
        if (temperature !== -0x8000) expected.temperature = temperature / 256 + 0;
        expect(describeReading(reading).fields).toEqual(expected);
      }),
    );
  });

  it('encrypted TLM is recognised', () => {
    const { format, reading } = decode(serviceData(EDDYSTONE, [0x20, 1, ...new Uint8Array(16)]));
    expect(format).toBe(FormatNumber.eddystoneTlm);
    expect(describeReading(reading)).toEqual({ format: 'eddystone-tlm', state: 'encrypted', fields: {}, ids: {} });
  });

  it('EID gives back what was encoded', () => {
    fc.assert(
      fc.property(s8, bytesOf(8), (power, id) => {
        const { format, reading } = decode(serviceData(EDDYSTONE, [0x30, power & 0xff, ...id]));
        expect(format).toBe(FormatNumber.eddystoneEid);
        expect(describeReading(reading).ids).toEqual({ eid: toHex(id) });
        expect(reading.get(Field.rssiAt1m)).toBe(power >= -100 && power <= 20 ? power - 41 : 0);
      }),
    );
  });

  it.each([
    ['UID', FormatNumber.eddystoneUid, [0x00, ...new Uint8Array(16)], ReadingState.malformed],
    ['TLM without version', FormatNumber.eddystoneTlm, [0x20], ReadingState.malformed],
    ['TLM', FormatNumber.eddystoneTlm, [0x20, 0, ...new Uint8Array(11)], ReadingState.malformed],
    ['encrypted TLM', FormatNumber.eddystoneTlm, [0x20, 1, ...new Uint8Array(15)], ReadingState.malformed],
    ['TLM of version 2', FormatNumber.eddystoneTlm, [0x20, 2, ...new Uint8Array(16)], ReadingState.unsupported],
    ['EID', FormatNumber.eddystoneEid, [0x30, ...new Uint8Array(8)], ReadingState.malformed],
  ])('%s cut short or unknown is not decoded', (_, number, value, state) => {
    const { format, reading } = decode(serviceData(EDDYSTONE, value));
    expect(format).toBe(0);
    expect(reading.format).toBe(number);
    expect(reading.state).toBe(state);
    for (let field = 0; field < FIELD_COUNT; field++) expect(reading.has(field)).toBe(false);
  });

  it.each(['', '01', '40010b0c'])('frame "%s" is not known', (hex) => {
    const { format, reading } = decode(serviceData(EDDYSTONE, fromHex(hex)));
    expect(format).toBe(0);
    expect(reading.format).toBe(0);
  });
});

describe('several formats in one advertisement', () => {
  const ibeacon = manufacturerData(APPLE, [0x02, 0x15, ...new Uint8Array(16).fill(0xab), 0, 5, 0, 6, 0xc5]);
  const uid = serviceData(EDDYSTONE, [0, 0, ...new Uint8Array(16)]);
  const url = serviceData(EDDYSTONE, [0x10, 0, 3, 0x61]);
  const eid = serviceData(EDDYSTONE, [0x30, 0, ...new Uint8Array(8)]);
  const altbeacon = manufacturerData(MIKROTIK - 1, [0xbe, 0xac, ...new Uint8Array(22)]);
  const tlm = serviceData(EDDYSTONE, [0x20, 0, ...bigEndian(3000, 2), 0x15, 0x80, ...new Uint8Array(8)]);

  it.each([
    ['behind', [...ibeacon, ...tlm]],
    ['in front', [...tlm, ...ibeacon]],
  ])('merge, and the one that measures names the reading, %s', (_, bytes) => {
    const { format, reading } = decode(bytes);
    expect(format).toBe(FormatNumber.eddystoneTlm);
    expect(reading.get(Field.temperature)).toBe(21.5);
    expect(reading.get(Field.major)).toBe(5);
    expect(describeReading(reading).ids.uuid).toBe('abababab-abab-abab-abab-abababababab');
    expect(describeReading(reading).formats?.sort()).toEqual(['eddystone-tlm', 'ibeacon']);
  });

  it('keep the first identity and the first value', () => {
    const { format, reading } = decode([...ibeacon, ...uid]);
    expect(format).toBe(FormatNumber.ibeacon);
    expect(Object.keys(describeReading(reading).ids)).toEqual(['uuid']);
    expect(reading.get(Field.rssiAt1m)).toBe(-59);
  });

  it('are not disturbed by one that is malformed', () => {
    const broken = serviceData(EDDYSTONE, [0x30]);
    for (const bytes of [
      [...broken, ...ibeacon],
      [...ibeacon, ...broken],
    ]) {
      const { format, reading } = decode(bytes);
      expect(format).toBe(FormatNumber.ibeacon);
      expect(reading.state).toBe(ReadingState.ok);
      expect(Array.from(reading.formats.slice(0, reading.formatCount))).toEqual([FormatNumber.ibeacon]);
    }
  });

  it('are listed once each', () => {
    const { reading } = decode([...uid, ...uid, ...tlm]);
    expect(describeReading(reading).formats).toEqual(['eddystone-uid', 'eddystone-tlm']);
  });

  it('more than are listed still merge', () => {
    const { reading } = decode([...uid, ...url, ...eid, ...ibeacon, ...altbeacon, ...tlm]);
    expect(reading.formatCount).toBe(4);
    expect(reading.format).toBe(FormatNumber.eddystoneTlm);
  });
});

describe('AdvertisementDecoder', () => {
  it('clears what an earlier advertisement left', () => {
    const reading = new Reading();
    const first = Uint8Array.from(serviceData(EDDYSTONE, [0x30, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
    decoder.decode(first, 0, first.length, reading);
    expect(decoder.decode(fromHex('020106'), 0, 3, reading)).toBe(0);
    expect(describeReading(reading)).toEqual({ format: 'unknown', state: 'unknown', fields: {}, ids: {} });
  });

  it('counts structures without room for an id, malformed ones and faults of the walk', () => {
    const own = new AdvertisementDecoder();
    const bytes = fromHex('01ff02164c0316aafe0416aafe3003');
    own.decode(bytes, 0, bytes.length, new Reading());
    expect(own.shortStructures).toBe(2);
    expect(own.states[ReadingState.malformed]).toBe(1);
    expect(own.states[ReadingState.none]).toBe(1);
    expect(own.structures.faults[AdFault.overrun]).toBe(1);
  });

  it('recognises nothing in nothing', () => {
    expect(decode([]).format).toBe(0);
  });

  const random = fc.uint8Array({ maxLength: 260 });
  const likely = fc
    .array(
      fc.oneof(
        fc
          .tuple(fc.constantFrom(APPLE, MIKROTIK, 0x0118), fc.constantFrom([0x02, 0x15], [0xbe, 0xac], [1, 0], [1, 1]))
          .chain(([company, head]) =>
            fc.uint8Array({ maxLength: 26 }).map((rest) => manufacturerData(company, [...head, ...rest])),
          ),
        fc
          .constantFrom(0x00, 0x10, 0x20, 0x30)
          .chain((frame) => fc.uint8Array({ maxLength: 24 }).map((rest) => serviceData(EDDYSTONE, [frame, ...rest]))),
        random.map((bytes) => Array.from(bytes.slice(0, 6))),
      ),
      { maxLength: 6 },
    )
    .map((list) => Uint8Array.from(list.flat()));

  it('takes any bytes: nothing is thrown, nothing outside is read or matters', () => {
    const reading = new Reading();
    const again = new Reading();
    fc.assert(
      fc.property(fc.oneof(random, likely), fc.nat(4), fc.nat(4), byte, (body, before, cut, filler) => {
        const all = new Uint8Array(before + body.length + 8).fill(filler);
        all.set(body, before);
        const to = Math.max(before, before + body.length - cut);
        const guard = guarded(all, before, to);
        const format = decoder.decode(guard.bytes, before, to, reading);
        expect(guard.outside).toEqual([]);

        const inside = all.slice(before, to);
        expect(decoder.decode(inside, 0, inside.length, again)).toBe(format);
        expect(describeReading(again)).toEqual(describeReading(reading));

        if (format !== 0) expect(reading.format).toBe(format);
        const isFinite = (_: unknown, field: number): boolean => Number.isFinite(reading.get(field));
        expect(Array.from({ length: FIELD_COUNT }, isFinite)).not.toContain(false);
      }),
      { numRuns: 5000 },
    );
  });
});
