import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Machine } from './host/machine.js';
import { requireXs } from './host/require.js';
import { measure } from './measure-operations.js';

requireXs(32)('the way of a message to on-message', () => {
  describe('on XS', () => {
    let machine: Machine;

    beforeAll(async () => {
      machine = await Machine.start(32, 'on-message');
    }, 300_000);
    afterAll(() => machine.stop());

    it.each(['receiveOnMessage', 'publishBytes'])('%s allocates nothing', async (operation) => {
      const { slots, chunkBytes, compute } = await measure(machine, operation);
      expect({ slots, chunkBytes }).toEqual({ slots: 0, chunkBytes: 0 });
      expect(compute).toBeGreaterThan(0);
    });

    it('a broker that was never connected holds little', async () => {
      const before = await machine.live();
      await machine.call('construct', 10);
      const after = await machine.live();
      expect((after.slots - before.slots) / 10).toBeLessThanOrEqual(160);
      expect((after.chunkBytes - before.chunkBytes) / 10).toBeLessThanOrEqual(420);
    });
  });
});
