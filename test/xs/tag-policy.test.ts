import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Machine } from './host/machine.js';
import { requireXs } from './host/require.js';
import { measure } from './measure-operations.js';

requireXs(32)('an advertisement behind its decoding', () => {
  describe('on XS', () => {
    let machine: Machine;

    beforeAll(async () => {
      machine = await Machine.start(32, 'tag-policy');
    }, 300_000);
    afterAll(() => machine.stop());

    // What is repeated or reported is in the table test/sizes.json.
    it.each(['replaced', 'cameAndWent'])('that is %s allocates nothing', async (name) => {
      // The first time a tag is not known, and others may still be here.
      await machine.call(name, 100);
      const { slots, chunkBytes, compute } = await measure(machine, name);
      expect({ slots, chunkBytes }).toEqual({ slots: 0, chunkBytes: 0 });
      expect(compute).toBeGreaterThan(0);
    });
  });
});
