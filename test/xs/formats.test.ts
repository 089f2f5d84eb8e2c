import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  AdvertisementDecoder,
  formatName,
  KeyTable,
  parseAddress,
  Reading,
  ReadingState,
} from '../../src/tags/index.js';
import { fromHex } from '../tags/hex.js';
import type { Vector } from '../tags/vectors/vector.js';
import { Machine } from './host/machine.js';
import { requireXs } from './host/require.js';
import { measure } from './measure-operations.js';

/** What decoding an advertisement of a known tag costs on XS, by format; the examples are those of tags.json. */
const folder = process.env.TAGWIRE_VECTORS || fileURLToPath(new URL('../../../shared/vectors', import.meta.url));
const file = join(folder, 'tags.json');
const vectors = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Vector[]) : [];

interface Example {
  name: string;
  address: Uint8Array;
  key: Uint8Array;
  bytes: Uint8Array;
  /** As `outcome` of programs/formats.ts. */
  outcome: number;
}

/** One example of each format, and one of each that a key opens. */
function examples(): Example[] {
  const found = new Map<string, Example>();
  for (const vector of vectors) {
    if (!/^([0-9a-f]{2})+$/i.test(vector.adv_hex ?? '')) continue;
    const name = Buffer.from(vector.local_name ?? '');
    const structures = fromHex(vector.adv_hex!);
    const bytes = name.length > 0 ? Uint8Array.from([...structures, name.length + 1, 0x09, ...name]) : structures;
    const address = parseAddress(vector.mac ?? 'AA:BB:CC:DD:EE:FF');
    const key = fromHex(vector.key ?? '');
    const keys = new KeyTable();
    if (key.length === 12 || key.length === 16) keys.set(address, 0, key, key.length);
    const decoder = new AdvertisementDecoder(key.length > 0 ? keys : undefined);
    decoder.presence = true;
    const reading = new Reading();
    if (decoder.decode(bytes, 0, bytes.length, reading, address) === 0 || reading.state !== ReadingState.ok) continue;
    const label = formatName(reading.format) + (key.length > 0 ? ' with a key' : '');
    if (found.has(label)) continue;
    found.set(label, { name: label, address, key, bytes, outcome: reading.format + 256 * reading.state });
  }
  return [...found.values()];
}

const all = examples();
const what = vectors.length > 0 ? 'decoding' : `decoding (skipped: no ${file})`;

requireXs(32)(what, () => {
  describe.skipIf(vectors.length === 0)('an advertisement of', () => {
    let machine: Machine;

    beforeAll(async () => {
      machine = await Machine.start(32, 'formats');
    }, 300_000);
    afterAll(() => machine.stop());

    it.each(all)('$name allocates nothing', async ({ address, key, bytes, outcome }) => {
      await machine.call('begin');
      for (const byte of [...address, key.length, ...key, ...bytes]) await machine.call('put', byte);
      expect(await machine.call('end')).toBe(bytes.length);
      const { slots, chunkBytes, compute } = await measure(machine, 'decode');
      expect(await machine.call('outcome')).toBe(outcome);
      expect({ slots, chunkBytes }).toEqual({ slots: 0, chunkBytes: 0 });
      expect(compute).toBeGreaterThan(0);
    });
  });
});
