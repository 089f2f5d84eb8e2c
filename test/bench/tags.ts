import { AdvertisementDecoder, KeyTable, Reading } from '../../src/tags/index.js';
import { onePerFormat, readExamples } from '../tags/examples.js';
import type { Example } from '../tags/examples.js';
import { median, rate } from './compare.js';

/** How fast advertisements of one format are decoded; there is no peer that does the same. */
export interface DecodingRate {
  /** The format's name, or `all mixed`: one of each in turn. */
  format: string;
  /** Advertisements a second; median of the rounds. */
  perSecond: number;
}

/** Advertisements of one call. */
const CALLS = 1000;
const ROUNDS = 3;

/** Decodes an example of each format, and all of them in turn; nothing without `VECTORS_FILE`. */
export function benchTags(progress: (text: string) => void): DecodingRate[] {
  const examples = onePerFormat(readExamples());
  if (examples.length === 0) return [];
  const rates = examples.map((example) => {
    progress(`decode ${example.name}`);
    return { format: example.name, perSecond: decodingRate([example]) };
  });
  rates.sort((a, b) => a.format.localeCompare(b.format));
  progress('decode all');
  return [...rates, { format: 'all mixed', perSecond: decodingRate(examples) }];
}

function decodingRate(examples: Example[]): number {
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
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push(rate(run, CALLS));
  return Math.round(median(rounds));
}
