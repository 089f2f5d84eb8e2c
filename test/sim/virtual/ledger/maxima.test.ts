import { describe, expect, it } from 'vitest';
import { captivePortal, randomWorld, VirtualWorld, zeroWindow } from '../../../../sim/virtual/index.js';
import type { BoardName } from '../../../../sim/virtual/index.js';
import { Layout } from '../../../../src/mqtt/layout.js';

const MINUTE = 60_000;

/** What breaks of `maxima` in ten minutes, in which the firmware is changed at the fifth. */
async function broken(
  change: (world: VirtualWorld, firmware: NonNullable<VirtualWorld['devices'][number]['firmware']>) => void,
  board: BoardName = 'esp32',
): Promise<string[]> {
  const world = new VirtualWorld(randomWorld(7, { tags: 4, board }), [], 7, { hours: 1 / 6 });
  await world.runUntil(5 * MINUTE);
  change(world, world.devices[0]!.firmware!);
  await world.runUntil(10 * MINUTE);
  return world.ledger.broken.filter(({ rule }) => rule === 'maxima').map(({ detail }) => detail);
}

describe('maxima', () => {
  it.each(['esp32', 'esp8266', 'desktop'] as const)('hold on %s', async (board) => {
    expect(await broken(() => {}, board)).toEqual([]);
  });

  it('find timers that are made again and again, and tell of them once', async () => {
    const found = await broken(({ devices }) => {
      for (let i = 0; i < 30; i++) devices[0]!.start!.makeTask(() => {});
    });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^gateway-1: timers: \d+ of at most 24$/);
  });

  it('find connections that nobody closes', async () => {
    const found = await broken(({ devices }) => {
      const { connections } = devices[0]!;
      for (let i = 0; i < 8; i++) connections.push(Object.create(connections[0]!));
    });
    expect(found).toContain('gateway-1: open connections: 9 of at most 5');
    expect(found).toContain('gateway-1: connections of the stack: 9 of at most 8');
  });

  it.each([
    ['esp32', 8],
    ['esp8266', 5],
  ] as const)('hold on %s while its broker takes nothing of %d connections', async (board, most) => {
    const rush = [zeroWindow(5 * MINUTE, 25 * MINUTE), captivePortal(5 * MINUTE + 30_000, 25 * MINUTE)];
    const world = new VirtualWorld(randomWorld(7, { tags: 4, board }), rush, 7, { hours: 1 });
    let held = 0;
    const device = world.devices[0]!;
    for (let minute = 1; minute <= 29; minute++) {
      await world.runUntil(minute * MINUTE);
      held = Math.max(held, device.connections.filter((connection) => connection.held).length);
    }
    expect(held).toBe(most);
    await world.runUntil(60 * MINUTE);
    expect(world.ledger.broken).toEqual([]);
    expect(device.connections).toHaveLength(1);
  });

  it('find counts that are not right', async () => {
    const found = await broken((_world, { gateway }) => {
      gateway.connection.session.arena.words[Layout.inFlight]! += 100;
      gateway.reporter!.queue.outbox['waiting'] -= 1000;
      gateway.reporter!.tags.size = 99;
    });
    const what = found.map((detail) => detail.split(': ')[1]);
    expect(what).toEqual(expect.arrayContaining(['messages in flight', 'records in memory', 'tags']));
  });
});
