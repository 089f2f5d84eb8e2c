import { afterAll, beforeAll, expect, it } from 'vitest';
import { Machine } from './host/machine.js';
import { requireXs } from './host/require.js';
import { measure } from './measure-operations.js';

requireXs(32)('an RPC call on XS', () => {
  let machine: Machine;

  beforeAll(async () => {
    machine = await Machine.start(32, 'rpc');
  }, 300_000);
  afterAll(() => machine.stop());

  // What succeeds is in the table test/sizes.json.
  it('of a method that there is not allocates nothing', async () => {
    const { slots, chunkBytes, compute } = await measure(machine, 'unknownMethod');
    expect({ slots, chunkBytes }).toEqual({ slots: 0, chunkBytes: 0 });
    expect(compute).toBeGreaterThan(0);
  });
});
