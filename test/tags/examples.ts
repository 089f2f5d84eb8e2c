import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  AdvertisementDecoder,
  formatName,
  KeyTable,
  parseAddress,
  Reading,
  ReadingState,
} from '../../src/tags/index.js';
import { ROOT } from '../xs/host/paths.js';
import { fromHex } from './hex.js';
import type { Vector } from './vectors/vector.js';

/** An advertisement of `tags.json` that decodes. */
export interface Example {
  /** The format's name, and whether a key was needed. */
  name: string;
  address: Uint8Array;
  /** Empty, or 12 or 16 bytes. */
  key: Uint8Array;
  /** The AD structures. */
  bytes: Uint8Array;
  format: number;
}

/** Where the collected advertisements are looked for; see `vectors.test.ts`. */
export const VECTORS_FILE = join(process.env['TAGWIRE_VECTORS'] || join(ROOT, '..', 'shared', 'vectors'), 'tags.json');

/** All examples of `VECTORS_FILE`; none without it. */
export function readExamples(): Example[] {
  if (!existsSync(VECTORS_FILE)) return [];
  const found: Example[] = [];
  for (const vector of JSON.parse(readFileSync(VECTORS_FILE, 'utf8')) as Vector[]) {
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
    found.push({ name: label, address, key, bytes, format: reading.format });
  }
  return found;
}

/** The first example of each name. */
export function onePerFormat(examples: Example[]): Example[] {
  const found = new Map<string, Example>();
  for (const example of examples) if (!found.has(example.name)) found.set(example.name, example);
  return [...found.values()];
}
