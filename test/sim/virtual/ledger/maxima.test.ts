import { describe, expect, it } from 'vitest';
import { randomWorld, VirtualWorld } from '../../../../sim/virtual/index.js';
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
      for (let i = 0; i < 7; i++) connections.push(Object.create(connections[0]!));
    });
    expect(found).toContain('gateway-1: connections: 8 of at most 6');
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
