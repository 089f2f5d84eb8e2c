import { afterAll, beforeAll, expect, it } from 'vitest';
import { Machine } from '../../xs/host/machine.js';
import { requireXs } from '../../xs/host/require.js';
import { measure } from '../../xs/measure-operations.js';

/** What a `SerialPort` may hold: its fields, three buffers with their views, and the class with its options. */
const SLOT_BUDGET = 40;
const BUFFERS = 128 + 128 + 2048;
const PORTS = 10;

requireXs(32)('SerialPort on XS', () => {
  let machine: Machine;

  beforeAll(async () => {
    machine = await Machine.start(32, 'serial');
  }, 120_000);
  afterAll(() => machine.stop());

  it('takes nothing to receive', async () => {
    expect(await measure(machine, 'receive')).toMatchObject({ slots: 0, chunkBytes: 0 });
  });

  it('takes to write what reading a character of the text takes', async () => {
    const { slots, chunkBytes } = await measure(machine, 'write');
    expect([slots, chunkBytes]).toEqual([4, 0]);
  });

  it('fits its budget', async () => {
    await machine.call('construct', 1);
    const before = await machine.live();
    await machine.call('construct', PORTS);
    const after = await machine.live();
    expect((after.slots - before.slots) / PORTS).toBeLessThanOrEqual(SLOT_BUDGET);
    expect((after.chunkBytes - before.chunkBytes) / PORTS).toBeLessThan(BUFFERS + 64);
  });
});
