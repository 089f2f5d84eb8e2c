import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ReadingState } from '../../src/tags/index.js';
import { onePerFormat, readExamples, VECTORS_FILE } from '../tags/examples.js';
import { Machine } from './host/machine.js';
import { requireXs } from './host/require.js';
import { measureDecoding } from './measure-decoding.js';

/** What decoding an advertisement of a known tag costs on XS, by format; the examples are those of tags.json. */
const all = onePerFormat(readExamples());
const what = all.length > 0 ? 'decoding' : `decoding (skipped: no ${VECTORS_FILE})`;

requireXs(32)(what, () => {
  describe.skipIf(all.length === 0)('an advertisement of', () => {
    let machine: Machine;

    beforeAll(async () => {
      machine = await Machine.start(32, 'formats');
    }, 300_000);
    afterAll(() => machine.stop());

    it.each(all)('$name allocates nothing', async (example) => {
      const { slots, chunkBytes, compute } = await measureDecoding(machine, example);
      expect(await machine.call('outcome')).toBe(example.format + 256 * ReadingState.ok);
      expect({ slots, chunkBytes }).toEqual({ slots: 0, chunkBytes: 0 });
      expect(compute).toBeGreaterThan(0);
    });
  });
});
