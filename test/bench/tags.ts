import { AdvertisementDecoder, KeyTable, Reading } from '../../src/tags/index.js';
import { onePerFormat, readExamples, VECTORS_FILE } from '../tags/examples.js';
import type { Example } from '../tags/examples.js';
import { rate } from './rows.js';
import type { BenchRun } from './rows.js';

/** Advertisements of one call. */
const CALLS = 1000;
const ROUNDS = 3;
/** Of one of each format in turn. */
export const ALL_MIXED = 'all mixed';

/**
 * Decodes a collected advertisement of each format again and again, and all of them in turn. No peer does the same.
 * Nothing without `VECTORS_FILE`.
 */
export async function benchTags(bench: BenchRun): Promise<void> {
  const examples = onePerFormat(readExamples());
  if (examples.length === 0) {
    console.error(`tags: skipped, no ${VECTORS_FILE} (TAGWIRE_VECTORS names its folder)`);
    return;
  }
  examples.sort((a, b) => a.name.localeCompare(b.name));
  const runners = [{ name: ALL_MIXED, decode: decoding(examples) }];
  for (const example of examples) runners.push({ name: example.name, decode: decoding([example]) });
  await bench.measure(
    { part: 'tags', name: 'decode', unit: 'advertisements' },
    ROUNDS,
    runners.map(({ name, decode }) => ({ name, run: () => rate(decode, CALLS) })),
  );
}

/** Decodes `CALLS` advertisements of the examples in turn. */
function decoding(examples: Example[]): () => void {
  const tags = examples.map(({ address, key, bytes }) => {
    const keys = new KeyTable({ capacity: 1 });
    if (key.length > 0) keys.set(address, 0, key, key.length);
    const decoder = new AdvertisementDecoder(key.length > 0 ? keys : undefined);
    decoder.presence = true;
    return { address, bytes, decoder };
  });
  const reading = new Reading();
  const run = (): number => {
    let recognised = 0;
    for (let i = 0; i < CALLS; i++) {
      const { address, bytes, decoder } = tags[i % tags.length]!;
      if (decoder.decode(bytes, 0, bytes.length, reading, address) > 0) recognised++;
    }
    return recognised;
  };
  if (run() !== CALLS) throw new Error(`${examples[0]!.name}: not recognised`);
  return run;
}
