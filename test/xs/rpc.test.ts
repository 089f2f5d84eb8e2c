import { afterAll, beforeAll, expect, it } from 'vitest';
import { Machine } from './host/machine.js';
import { requireXs } from './host/require.js';
import { measure } from './measure-operations.js';

/** What an `Rpc` with the built-in methods may take once, its buffers of 1.5 KB included. */
const BUDGET = { slots: 170, chunkBytes: 1800 };

requireXs(32)('a remote call on XS', () => {
  let machine: Machine;

  beforeAll(async () => {
    machine = await Machine.start(32, 'rpc');
  }, 300_000);
  afterAll(() => machine.stop());

  it.each(['scan', 'statistics', 'unknownMethod', 'scheduled'])('%s allocates nothing', async (name) => {
    const { slots, chunkBytes, compute } = await measure(machine, name);
    expect({ slots, chunkBytes }).toEqual({ slots: 0, chunkBytes: 0 });
    expect(compute).toBeGreaterThan(0);
  });

  it('needs a stated amount of memory', async () => {
    const before = await machine.live();
    await machine.call('makeRpc');
    const after = await machine.live();
    // The first one stays too: the session has it.
    expect(after.slots - before.slots).toBeLessThanOrEqual(BUDGET.slots);
    expect(after.chunkBytes - before.chunkBytes).toBeLessThanOrEqual(BUDGET.chunkBytes);
    expect(after.chunkBytes - before.chunkBytes).toBeGreaterThan(1000);
  });
});
