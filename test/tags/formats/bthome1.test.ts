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
} from '../../../src/tags/index.js';
import { littleEndian, serviceData } from '../advertisement.js';
import { fromHex } from '../hex.js';

const PLAIN = 0x181c;
const ENCRYPTED = 0x181e;
const ADDRESS = '54:48:E6:8F:80:A5';
const KEY = '231d39c1d7cc1ab1aee224cd096db932';
const address = fromHex(ADDRESS.replaceAll(':', ''));

interface From {
  decoder?: AdvertisementDecoder;
  service?: number;
  address?: Uint8Array | undefined;
}

function decode(value: ArrayLike<number>, from: From = {}): { format: number; reading: Reading } {
  const reading = new Reading();
  const bytes = Uint8Array.from(serviceData(from.service ?? PLAIN, value));
  const decoder = from.decoder ?? new AdvertisementDecoder();
  return { format: decoder.decode(bytes, 0, bytes.length, reading, from.address), reading };
}

const fieldsOf = (hex: string) => describeReading(decode(fromHex(hex)).reading).fields;
const idsOf = (hex: string) => describeReading(decode(fromHex(hex)).reading).ids;

describe('BTHome 1', () => {
  it('reads the example of bthome.io', () => {
    const { format, reading } = decode(fromHex('2302c4090303bf13'));
    expect(format).toBe(FormatNumber.bthome1);
    expect(describeReading(reading)).toEqual({
      format: 'bthome1',
      state: 'ok',
      fields: { temperature: 25, humidity: 50.55 },
      ids: {},
    });
  });

  // The tables of bthome.io/v1, in our units.
  it.each([
    ['020161', 'batteryPercent', 97],
    ['2302ca09', 'temperature', 25.06],
    ['0303bf13', 'humidity', 50.55],
    ['022e23', 'humidity', 35],
    ['0404138a01', 'pressure', 1008.83],
    ['0405138a14', 'illuminance', 13460.67],
    ['03065e1f', 'mass', 80.3],
    ['03073e1d', 'mass', 74.86 * 0.45359237],
    ['2308ca06', 'dewPoint', 17.38],
    ['020960', 'count', 96],
    ['040a138a14', 'energy', 1346.067],
    ['040b021b00', 'power', 69.14],
    ['030c020c', 'voltage', 3.074],
    ['030d120c', 'pm25', 3090],
    ['030e021c', 'pm10', 7170],
    ['0312e204', 'co2', 1250],
    ['03133301', 'voc', 307],
    ['0314020c', 'moisture', 30.74],
    ['022f23', 'moisture', 35],
    ['05505d396164', 'timestamp', 1684093277],
    ['a5505d396164', 'timestamp', 1684093277],
    ['03518756', 'acceleration', 22.151 / 9.80665],
    ['03528756', 'gyroscope', 22.151],
    ['020f01', 'generic', true],
    ['021100', 'opening', false],
    ['022d01', 'window', true],
    ['023a06', 'button', 'longTriplePress'],
    ['033c0103', 'dimmer', -3],
    ['033c020a', 'dimmer', 10],
    ['023c00', 'dimmer', 0],
  ])('reads %s as %s', (hex, name, value) => {
    const fields = fieldsOf(hex);
    expect(Object.keys(fields)).toEqual([name]);
    if (typeof value === 'number') expect(fields[name]).toBeCloseTo(value, 9);
    else expect(fields[name]).toBe(value);
  });

  it('takes a number as its control byte says, not as its id has it', () => {
    expect(fieldsOf('2202ce')).toEqual({ temperature: -0.5 });
    expect(fieldsOf('060900000000ff')).toEqual({ count: 0xff * 2 ** 32 });
    // The half of bthome-ble's tests.
    expect(fieldsOf('4306fe70')).toEqual({ mass: 102.24 });
    const double = new Uint8Array(Float64Array.of(1e-310).buffer);
    expect(decode([0x49, 0x0c, ...double]).reading.get(Field.voltage)).toBe(1e-310 / 1000);
  });

  it('has no number where there is none', () => {
    // Infinity, NaN, a float of three bytes, a text for a temperature, seven bytes, no byte.
    for (const hex of ['4302007c', '4302017e', '4402010203', '6302ca09', '080901020304050607', '0102']) {
      const { format, reading } = decode(fromHex(hex + '021101'));
      expect(format).toBe(FormatNumber.bthome1);
      expect(describeReading(reading).fields).toEqual({ opening: true });
    }
    // Not a packet id.
    expect(fieldsOf('2200ff0300000102015f')).toEqual({ batteryPercent: 95 });
    expect(fieldsOf('020165')).toEqual({});
  });

  it('gives back floats', () => {
    const sizes = fc.constantFrom(4, 8).chain((size) => fc.tuple(fc.constant(size), fc.double({ noNaN: true })));
    fc.assert(
      fc.property(sizes, ([size, any]) => {
        const value = size === 4 ? Math.fround(any) : any;
        const bytes = new Uint8Array((size === 4 ? Float32Array.of(value) : Float64Array.of(value)).buffer);
        const { reading } = decode([0x40 | (size + 1), 0x56, ...bytes]);
        const known = Math.abs(value) <= Number.MAX_SAFE_INTEGER;
        expect(reading.has(Field.conductivity)).toBe(known);
        if (known) expect(reading.get(Field.conductivity)).toBe(value + 0);
      }),
      { numRuns: 500 },
    );
  });

  it('gives each button its own field, and counts what is repeated', () => {
    expect(fieldsOf('023a00023a01')).toEqual({ button: 'none', button2: 'press' });
    expect(fieldsOf('2302ca092302cf09')).toEqual({ temperature: 25.06, temperature2: 25.11 });
  });

  it('numbers packets', () => {
    const { reading } = decode(fromHex('020009020161'));
    expect([reading.get(Field.sequence), reading.sequenceBits]).toEqual([9, 8]);
  });

  it('keeps a text, raw bytes or an address as identity', () => {
    expect(idsOf('0d5348656c6c6f20576f726c6421')).toEqual({ text: 'Hello World!' });
    expect(idsOf('6d5348656c6c6f20576f726c6421')).toEqual({ text: 'Hello World!' });
    expect(idsOf('0d5448656c6c6f20576f726c6421')).toEqual({ raw: '48656c6c6f20576f726c6421' });
    expect(idsOf('86a5808fe64854020161')).toEqual({ mac: ADDRESS });
    expect(fieldsOf('86a5808fe64854020161')).toEqual({ batteryPercent: 97 });
    expect(describeReading(decode(fromHex('86a5808fe64854'), { address }).reading).ids).toEqual({});
    expect(idsOf('85a5808fe648020161')).toEqual({});
  });

  it('passes over what it does not know', () => {
    expect(fieldsOf('03fe0102033b0001023a0202ff00020161')).toEqual({ button: 'doublePress', batteryPercent: 97 });
  });

  it('keeps what is whole when it is cut short, and is malformed when nothing is', () => {
    const whole = fromHex('0200090201642302ca09023a01033c020a');
    const ends = [3, 6, 10, 13, 17];
    for (let length = 0; length <= whole.length; length++) {
      const { format, reading } = decode(whole.slice(0, length));
      const objects = ends.filter((end) => end <= length).length;
      expect(format).toBe(objects > 0 ? FormatNumber.bthome1 : 0);
      expect(reading.format).toBe(FormatNumber.bthome1);
      expect(reading.state).toBe(objects > 0 ? ReadingState.ok : ReadingState.malformed);
      expect(reading.fieldCount).toBe(objects);
    }
  });

  it('ends at a length of 0', () => {
    expect(fieldsOf('02016100021101')).toEqual({ batteryPercent: 97 });
    expect(decode(fromHex('00020161')).reading.state).toBe(ReadingState.malformed);
  });
});

describe('BTHome 1, encrypted', () => {
  function withKey(key = KEY): AdvertisementDecoder {
    const keys = new KeyTable();
    setKeyText(keys, ADDRESS, key);
    return new AdvertisementDecoder(keys);
  }

  function seal(counter: number, hex: string): number[] {
    const count = littleEndian(counter, 4);
    const nonce = Uint8Array.from([...address, 0x1e, 0x18, ...count]);
    const cipher = createCipheriv('aes-128-ccm', fromHex(KEY), nonce, { authTagLength: 4 });
    const plain = fromHex(hex);
    cipher.setAAD(Uint8Array.of(0x11), { plaintextLength: plain.length });
    const body = cipher.update(plain);
    cipher.final();
    return [...body, ...count, ...cipher.getAuthTag()];
  }

  // Of bthome-ble's tests.
  const example = fromHex('fba435e4d3c312fb0011223357d90a99');
  const service = ENCRYPTED;

  it('is opened', () => {
    const { format, reading } = decode(example, { service, decoder: withKey(), address });
    expect(format).toBe(FormatNumber.bthome1);
    expect(describeReading(reading)).toEqual({
      format: 'bthome1',
      state: 'ok',
      fields: { temperature: 25.06, humidity: 50.55, sequence: 0x33221100 },
      ids: {},
    });
    expect(reading.sequenceBits).toBe(32);
    const numbered = decode(seal(7000, '0200c8020161'), { service, decoder: withKey(), address }).reading;
    expect([numbered.get(Field.sequence), numbered.sequenceBits]).toEqual([200, 8]);
    const { ids } = describeReading(
      decode(seal(9, '86060504030201'), { service, decoder: withKey(), address }).reading,
    );
    expect(ids).toEqual({ mac: '01:02:03:04:05:06' });
  });

  it('says nothing without a key, with a wrong one, or when a bit is wrong', () => {
    for (const [state, decoder, own] of [
      [ReadingState.keyMissing, undefined, address],
      [ReadingState.keyMissing, withKey(), undefined],
      [ReadingState.keyMissing, withKey(), fromHex('010203040506')],
      [ReadingState.keyMissing, withKey(KEY.slice(8)), address],
      [ReadingState.authenticationFailed, withKey(KEY.replace('2', '3')), address],
    ] as const) {
      const { format, reading } = decode(example, { service, address: own, ...(decoder ? { decoder } : {}) });
      expect([format, reading.state, reading.fieldCount]).toEqual([FormatNumber.bthome1, state, 0]);
    }
    const decoder = withKey();
    for (let bit = 0; bit < 8 * example.length; bit++) {
      const bytes = Uint8Array.from(example);
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      const { reading } = decode(bytes, { service, decoder, address });
      expect([reading.state, reading.fieldCount]).toEqual([ReadingState.authenticationFailed, 0]);
    }
  });

  it('refuses a recording, and takes a repetition', () => {
    const decoder = withKey();
    const states = [2000, 2001, 2001, 2000].map(
      (counter) => decode(seal(counter, '2302ca09'), { service, decoder, address }).reading.state,
    );
    const { ok, replayed } = { ok: ReadingState.ok, replayed: ReadingState.replayed };
    expect(states).toEqual([ok, ok, ok, replayed]);
  });

  it('is malformed when it is cut too short, and is not authentic when it is cut else', () => {
    const decoder = withKey();
    for (let length = 0; length < example.length; length++) {
      const { reading } = decode(example.slice(0, length), { service, decoder, address });
      const state = length < 11 ? ReadingState.malformed : ReadingState.authenticationFailed;
      expect([reading.state, reading.fieldCount]).toEqual([state, 0]);
    }
  });

  it('is malformed when what it has inside begins with half an object', () => {
    const { format, reading } = decode(seal(1, '2402ca'), { service, decoder: withKey(), address });
    expect([format, reading.state, reading.fieldCount]).toEqual([0, ReadingState.malformed, 0]);
  });
});
