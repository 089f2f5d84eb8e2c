import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import {
  AdvertisementDecoder,
  describeReading,
  eventNames,
  formats,
  KeyTable,
  parseAddress,
  Reading,
  setKeyText,
} from '../../src/tags/index.js';
import { fromHex } from './hex.js';
import { commonWords } from './vectors/common-words.js';
import { Near } from './vectors/vector.js';
import type { Expectation, FormatVectors, Vector } from './vectors/vector.js';

/*
 * Advertisements collected from the formats' manuals and from other decoders' tests, with the values that their
 * sources give. They are not part of this repository: TAGWIRE_VECTORS names the folder that has `tags.json`. Each of
 * our formats has a file in `vectors` that says what the sources' words mean.
 */
const folder = process.env.TAGWIRE_VECTORS || fileURLToPath(new URL('../../../shared/vectors', import.meta.url));
const file = join(folder, 'tags.json');
const there = existsSync(file);
const all = there ? (JSON.parse(readFileSync(file, 'utf8')) as Vector[]) : [];

const mappings: FormatVectors[] = [];
for (const name of readdirSync(new URL('vectors', import.meta.url))) {
  if (!name.endsWith('.ts') || name === 'vector.ts' || name === 'common-words.ts') continue;
  const url = new URL(`vectors/${name}`, import.meta.url).href;
  mappings.push(((await import(/* @vite-ignore */ url)) as { default: FormatVectors }).default);
}

const hasBytes = (vector: Vector, mapping?: FormatVectors): boolean =>
  /^([0-9a-f]{2})+$/i.test(vector.adv_hex ?? mapping?.advertisement?.(vector) ?? '');

/** The AD structures of a vector, with its name where they lack it. */
function advertisement(vector: Vector, mapping?: FormatVectors): Uint8Array {
  const structures = fromHex(vector.adv_hex ?? mapping!.advertisement!(vector));
  const name = Buffer.from(vector.local_name ?? '');
  if (name.length === 0 || Buffer.from(structures).includes(name)) return structures;
  return Uint8Array.from([...structures, name.length + 1, 0x09, ...name]);
}

function decode(
  vector: Vector,
  mapping?: FormatVectors,
  presence = true,
): { format: number; flat: { [name: string]: unknown } } {
  const reading = new Reading();
  const bytes = advertisement(vector, mapping);
  const keys = new KeyTable();
  if (vector.key && vector.mac) setKeyText(keys, vector.mac, vector.key);
  const decoder = new AdvertisementDecoder(vector.key ? keys : undefined);
  decoder.presence = presence;
  const address = vector.mac ? parseAddress(vector.mac) : undefined;
  const format = decoder.decode(bytes, 0, bytes.length, reading, address);
  const { fields, ids, ...rest } = describeReading(reading);
  const flat: { [name: string]: unknown } = { format: rest.format, state: rest.state, ...fields, ...ids };
  // The vectors have the events as bits.
  if (Array.isArray(flat.events))
    flat.events = flat.events.reduce((sum, name) => sum | (1 << eventNames.indexOf(name)), 0);
  if (vector.mac && !flat.mac) flat.mac = vector.mac;
  return { format, flat };
}

function expectation(vector: Vector, mapping: FormatVectors): Expectation {
  const wrong = mapping.wrong?.[vector.id];
  if (wrong) return wrong.instead ?? {};
  const expected: Expectation = { format: mapping.format, state: 'ok' };
  // With a key that is wrong on purpose.
  if (vector.expected.rejected === true) return { state: 'authentication failed' };
  for (const [word, value] of Object.entries(vector.expected)) {
    if (value === null) continue;
    const meaning = mapping.words?.[word] ?? commonWords[word];
    if (!meaning)
      throw new Error(`vector ${vector.id}: the word "${word}" has no meaning in vectors/${mapping.format}.ts`);
    Object.assign(expected, meaning(value as never, vector));
  }
  return expected;
}

const plain = (value: unknown): unknown =>
  typeof value === 'string' ? value.replace(/[:-]/g, '').toLowerCase() : value;

function meets(value: unknown, expected: unknown): boolean {
  if (expected instanceof Near) {
    return typeof value === 'number' && Math.abs(value - expected.value) <= expected.within + 1e-9;
  }
  if (typeof expected === 'number') return typeof value === 'number' && Math.abs(value - expected) <= 1e-6;
  return plain(value) === plain(expected);
}

/** What differs, one line each. */
function differences(vector: Vector, mapping: FormatVectors): string[] {
  const { flat } = decode(vector, mapping);
  const expected = expectation(vector, mapping);
  const found: string[] = [];
  for (const [name, value] of Object.entries(expected)) {
    if (meets(flat[name], value)) continue;
    found.push(`${name}: ${String(flat[name])}, not ${value instanceof Near ? value.value : String(value)}`);
  }
  // Nothing but what the source has, so that an absent value is never a number.
  if (expected.state !== 'ok') return found;
  for (const name of Object.keys(flat)) {
    if (name in expected || name === 'mac' || mapping.leftOut?.includes(name)) continue;
    found.push(`${name}: ${String(flat[name])}, and the source has none`);
  }
  return found;
}

if (!there) console.warn('vectors: skipped, there is no ' + file + ' (TAGWIRE_VECTORS names its folder)');

interface Tally {
  matched: number;
  mismatched: number;
  wrong: number;
}

describe.skipIf(!there)('the vectors', () => {
  const tallies = new Map<string, Tally>();
  // With a key it is one that is wrong on purpose; without, the source finds nothing in it.
  const isRejected = (vector: Vector) => vector.expected.rejected === true && !vector.key;
  const claims = (mapping: FormatVectors, vector: Vector) =>
    mapping.vectors.includes(vector.format) && (mapping.select?.(vector) ?? true) && hasBytes(vector, mapping);
  const cases = mappings.flatMap((mapping) =>
    all.filter((vector) => claims(mapping, vector) && !isRejected(vector)).map((vector) => ({ mapping, vector })),
  );
  const rejected = mappings.flatMap((mapping) =>
    all.filter((one) => mapping.rejected?.includes(one.format) || (claims(mapping, one) && isRejected(one))),
  );

  it('are there', () => {
    expect(cases.length).toBeGreaterThanOrEqual(25);
    expect(rejected.length).toBeGreaterThanOrEqual(8);
  });

  it('are read by files of formats that exist, which list as wrong only what they have', () => {
    for (const mapping of mappings) {
      expect(formats.map((format) => format.name)).toContain(mapping.format);
      const ids = cases.filter((one) => one.mapping === mapping).map((one) => one.vector.id);
      for (const id of Object.keys(mapping.wrong ?? {})) expect(ids, mapping.format).toContain(Number(id));
    }
  });

  it.each(cases.map(({ mapping, vector }) => [vector.format, vector.id, mapping, vector] as const))(
    '%s %d decodes',
    (_format, _id, mapping, vector) => {
      const tally = tallies.get(mapping.format) ?? { matched: 0, mismatched: 0, wrong: 0 };
      tallies.set(mapping.format, tally);
      const found = differences(vector, mapping);
      if (found.length > 0) tally.mismatched++;
      else if (mapping.wrong?.[vector.id]) tally.wrong++;
      else tally.matched++;
      expect(found, vector.source).toEqual([]);
    },
  );

  it.each(rejected.map((vector) => [vector.format, vector.id, vector] as const))(
    '%s %d is not decoded',
    (_format, _id, vector) => {
      expect(decode(vector, undefined, false).format).toBe(0);
    },
  );

  it('of every other format neither throw nor decode to a number that is none', () => {
    for (const vector of all) {
      if (!hasBytes(vector)) continue;
      for (const value of Object.values(decode(vector).flat)) {
        if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true);
      }
    }
  });

  afterAll(() => {
    const covered = new Set<Vector>([...cases.map((one) => one.vector), ...rejected]);
    const open = new Map<string, number>();
    for (const vector of all) if (!covered.has(vector)) open.set(vector.format, (open.get(vector.format) ?? 0) + 1);
    const lines = [...tallies].map(([format, { matched, mismatched, wrong }]) =>
      [format.padEnd(16), `${matched} matched`, `${mismatched} mismatched`, `${wrong} wrong upstream`].join('  '),
    );
    const sum = [...open.values()].reduce((total, count) => total + count, 0);
    const rest = [...open].map(([format, count]) => `${format} ${count}`).join(', ');
    console.log(['vectors:', ...lines, `not covered: ${sum} (${rest})`].join('\n  '));
  });
});
