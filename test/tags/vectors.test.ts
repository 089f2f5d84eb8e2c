import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { AdvertisementDecoder, describeReading, Reading } from '../../src/tags/index.js';
import { fromHex } from './hex.js';

/*
 * Advertisements collected from the formats' manuals and from other decoders' tests, with the values that their
 * sources give. They are not part of this repository: TAGWIRE_VECTORS names the folder that has `tags.json`.
 */
const folder = process.env.TAGWIRE_VECTORS || fileURLToPath(new URL('../../../shared/vectors', import.meta.url));
const file = join(folder, 'tags.json');

interface Vector {
  id: number;
  format: string;
  adv_hex: string;
  expected: { [word: string]: unknown };
}

/** What a source's word means: our value of it, by our name, or undefined when the word is about something else. */
type Meaning = (value: never) => { [name: string]: unknown } | undefined;

const number =
  (name: string, scale = 1): Meaning =>
  (value: number) => ({ [name]: value / scale });
const id =
  (name: string): Meaning =>
  (value: string) => ({ [name]: value.replaceAll('-', '') });
const notOurs: Meaning = () => undefined;

const meanings: { [word: string]: Meaning } = {
  temperature: number('temperature'),
  acc_x: number('accelerationX'),
  acc_y: number('accelerationY'),
  acc_z: number('accelerationZ'),
  uptime_s: number('uptime'),
  battery_pct: number('batteryPercent'),
  flags: number('events'),
  encrypted: (value: boolean) => ({ state: value ? 'encrypted' : 'ok' }),
  battery_mv: number('batteryVoltage', 1000),
  adv_count: number('advertisementCount'),
  // advlib: V, count and milliseconds.
  batteryVoltage: number('batteryVoltage'),
  txCount: number('advertisementCount'),
  uptime: number('uptime', 1000),
  uuid: id('uuid'),
  id1: id('uuid'),
  id2: number('major'),
  id3: number('minor'),
  major: number('major'),
  minor: number('minor'),
  tx_power_1m: number('rssiAt1m'),
  'measured power': number('rssiAt1m'),
  txpower: number('rssiAt1m'),
  tx_power_0m: number('txPower'),
  namespace: id('namespace'),
  instance: id('instance'),
  uri: (value: string) => ({ url: value }),
  // advlib's identifiers: `uuid/major/minor` in hexadecimal for iBeacon, `namespace/instance` for Eddystone-UID.
  deviceIds: ([value]: [string]) => {
    const parts = value.split('/');
    if (parts.length === 2) return { namespace: parts[0], instance: parts[1] };
    return { uuid: parts[0], major: parseInt(parts[1]!, 16), minor: parseInt(parts[2]!, 16) };
  },

  // About the frame or its maker, or the same value in other words.
  version: notOurs,
  user_data: notOurs,
  salt: notOurs,
  acc_raw: notOurs,
  acc_unit: notOurs,
  temperature_raw: notOurs,
  manufacturer: notOurs,
  mfg_reserved: notOurs,
  type: notOurs,
  packet: notOurs,
  firmware: notOurs,
  brand: notOurs,
  model: notOurs,
  model_id: notOurs,
  mfid: notOurs,
  note: notOurs,
  cypress_temperature: notOurs,
  cypress_humidity: notOurs,
};

/** advlib gives `txPower` for what the formats define at 1 m and at 0 m. */
const txPowerMeaning: { [format: string]: string } = {
  ibeacon: 'rssiAt1m',
  'eddystone-uid': 'txPower',
  'eddystone-url': 'txPower',
};

/** Formats of the vectors, and our name for each. */
const covered: { [format: string]: string } = {
  mikrotik: 'mikrotik',
  'mikrotik-encrypted': 'mikrotik',
  ibeacon: 'ibeacon',
  altbeacon: 'altbeacon',
  'eddystone-uid': 'eddystone-uid',
  'eddystone-url': 'eddystone-url',
  'eddystone-tlm': 'eddystone-tlm',
  'eddystone-etlm': 'eddystone-tlm',
  'eddystone-eid': 'eddystone-eid',
};
const rejected = new Set(['ibeacon-invalid', 'altbeacon-invalid', 'eddystone-invalid']);

/** Encrypted TLM whose AD length is too small for it: what is left of the frame breaks the format. */
const cutShort = 53;
/** A Cypress beacon with sensor values in its minor number, which is why the source gives no minor. */
const withoutMinor = 56;

const decoder = new AdvertisementDecoder();

function decode(vector: Vector): { format: number; flat: { [name: string]: unknown } } {
  const reading = new Reading();
  const bytes = fromHex(vector.adv_hex);
  const format = decoder.decode(bytes, 0, bytes.length, reading);
  const description = describeReading(reading);
  const flat: { [name: string]: unknown } = { format: description.format, state: description.state };
  for (const [name, value] of Object.entries(description.ids)) flat[name] = id(name)(value as never)![name];
  // The vectors have the events' bits; none of the examples has one set.
  for (const [name, value] of Object.entries(description.fields)) {
    flat[name] = Array.isArray(value) ? value.length : value;
  }
  // Eddystone gives the power at 0 m; the one at 1 m is made from it, and the sources do not have it.
  if (vector.format.startsWith('eddystone-')) delete flat.rssiAt1m;
  return { format, flat };
}

function expectation(vector: Vector): { [name: string]: unknown } {
  const expected: { [name: string]: unknown } = { format: covered[vector.format], state: 'ok' };
  for (const [word, value] of Object.entries(vector.expected)) {
    if (value === null) continue;
    const meaning = word === 'txPower' ? number(txPowerMeaning[vector.format] ?? word) : meanings[word];
    if (!meaning) throw new Error('vector ' + vector.id + ': the word "' + word + '" has no meaning here');
    Object.assign(expected, meaning(value as never));
  }
  return expected;
}

if (!existsSync(file)) console.warn('vectors: skipped, there is no ' + file + ' (TAGWIRE_VECTORS names its folder)');

describe.skipIf(!existsSync(file))('the vectors', () => {
  const vectors = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Vector[]) : [];
  const valid = vectors.filter((vector) => vector.format in covered && vector.id !== cutShort);
  const invalid = vectors.filter((vector) => rejected.has(vector.format));

  it('are there', () => {
    expect(valid.length).toBeGreaterThanOrEqual(25);
    expect(invalid.length).toBeGreaterThanOrEqual(8);
  });

  const row = (vector: Vector) => [vector.format, vector.id, vector] as const;

  it.each(valid.map(row))('%s %d decodes', (_format, _id, vector) => {
    const { format, flat } = decode(vector);
    expect(format).not.toBe(0);
    expect(flat).toMatchObject(expectation(vector));
    // Nothing but what the source has, so that an absent value is never a number.
    const names = Object.keys(expectation(vector));
    const extra = Object.keys(flat).filter((name) => !names.includes(name));
    expect(extra).toEqual(vector.id === withoutMinor ? ['minor'] : []);
  });

  it.each(invalid.map(row))('%s %d is not decoded', (_format, _id, vector) => {
    expect(decode(vector).format).toBe(0);
  });

  it('encrypted TLM that is cut short is malformed', () => {
    const vector = vectors.find((one) => one.id === cutShort)!;
    expect(decode(vector)).toEqual({ format: 0, flat: { format: 'eddystone-tlm', state: 'malformed' } });
  });

  it('of every other format neither throw nor decode to a number that is none', () => {
    for (const vector of vectors) {
      if (!/^([0-9a-f]{2})+$/i.test(vector.adv_hex ?? '')) continue;
      for (const value of Object.values(decode(vector).flat)) {
        if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true);
      }
    }
  });
});
