import { afterAll, beforeAll, expect, it } from 'vitest';
import { Machine } from '../../xs/host/machine.js';
import { requireXs } from '../../xs/host/require.js';
import { measure } from '../../xs/measure-operations.js';

/** For fields, the receive buffer with its view, and the closure for the timer. */
const SLOT_BUDGET = 36;
const TRANSPORTS = 50;
const BUFFER = 512;

requireXs(32)('TcpTransport on XS', () => {
  let machine: Machine;

  beforeAll(async () => {
    machine = await Machine.start(32, 'transport');
  }, 120_000);
  afterAll(() => machine.stop());

  it.each(['receive', 'write'])('takes nothing to %s', async (operation) => {
    expect(await measure(machine, operation)).toMatchObject({ slots: 0, chunkBytes: 0 });
  });

  it('makes for a connection only the options and the socket, which are garbage at the end', async () => {
    const { slots } = await measure(machine, 'reconnect');
    expect(slots).toBeLessThanOrEqual(16);
    const before = await machine.live();
    await machine.call('reconnect', 100);
    expect((await machine.live()).slots).toBe(before.slots);
  });

  it('fits its budget', async () => {
    await machine.call('construct', 1);
    const before = await machine.live();
    await machine.call('construct', TRANSPORTS);
    const after = await machine.live();
    expect((after.slots - before.slots) / TRANSPORTS).toBeLessThanOrEqual(SLOT_BUDGET);
    expect((after.chunkBytes - before.chunkBytes) / TRANSPORTS).toBeLessThan(BUFFER + 64);
  });
});
