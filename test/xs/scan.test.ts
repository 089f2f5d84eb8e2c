import { afterAll, beforeAll, expect, it } from 'vitest';
import { Machine } from './host/machine.js';
import { requireXs } from './host/require.js';
import { measure } from './measure-operations.js';

requireXs(32)('the states of a scanner, on XS', () => {
  let machine: Machine;

  beforeAll(async () => {
    machine = await Machine.start(32, 'scan');
  }, 300_000);
  afterAll(() => machine.stop());

  it.each(['heard', 'reconnect'])('%s allocates nothing', async (name) => {
    const { slots, chunkBytes } = await measure(machine, name);
    expect({ slots, chunkBytes }).toEqual({ slots: 0, chunkBytes: 0 });
  });
});
