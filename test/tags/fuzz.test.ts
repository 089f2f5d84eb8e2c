import fc from 'fast-check';
import { formats, ReadingState } from '../../src/tags/index.js';
import { wholeNumber } from '../support/environment.js';
import { cases, exampleFormats } from './fuzz/cases.js';
import { withForgedTags } from './fuzz/forge.js';
import { FuzzBench } from './fuzz/fuzz-bench.js';
import { describe, expect, it } from 'vitest';

/*
 * Any advertisement through filters, ring and decoder. TAGWIRE_FUZZ_CASES is how many (default 20,000), and
 * TAGWIRE_FUZZ_SEED from where (default 1, or with more cases the time). Half of the cases meet a cipher that takes
 * every authentication tag for right, so that what is decrypted is as wild as the rest.
 */
const CASES = wholeNumber('TAGWIRE_FUZZ_CASES', 20_000);
const SEED = wholeNumber('TAGWIRE_FUZZ_SEED', CASES > 20_000 ? Date.now() % 2 ** 31 : 1);
const BATCH = 10_000;

describe('fuzzing', () => {
  it(`takes ${CASES} advertisements from seed ${SEED}, and none gives what no reading may be`, async () => {
    const begin = performance.now();
    const bench = new FuzzBench();
    const property = fc.property(cases, (one) => {
      expect(bench.take(one)).toEqual([]);
    });
    for (let done = 0; done < CASES; done += BATCH) {
      const numRuns = Math.min(BATCH, CASES - done);
      const run = (): void => fc.assert(property, { numRuns, seed: (SEED + done) | 0 });
      if ((done / BATCH) % 2 === 0) run();
      else withForgedTags(run);
      if (CASES > 20_000 && ((done / BATCH) % 10 === 9 || done + numRuns === CASES)) {
        const seconds = Math.round((performance.now() - begin) / 1000);
        console.log(`fuzz: ${done + numRuns} of ${CASES} cases from seed ${SEED}, ${seconds} s`);
      }
      // Vitest's own messages pass between two batches.
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (CASES >= 20_000 && exampleFormats.size > 0) {
      // Otherwise the cases would show nothing.
      const unseen = formats.filter(({ number }) => exampleFormats.has(number) && bench.formats[number] === 0);
      expect(unseen.map((format) => format.name)).toEqual([]);
      for (const state of [ReadingState.ok, ReadingState.authenticationFailed, ReadingState.malformed]) {
        expect(bench.states[state]).toBeGreaterThan(CASES / 1000);
      }
    }
  }, 3_600_000);
});
