import { describe, expect, it } from 'vitest';
import { Refusal } from '../../src/mqtt/refusal.js';
import { Subscriptions, subscribeSize } from '../../src/mqtt/subscriptions.js';
import { TransmitArena } from '../../src/mqtt/transmit-arena.js';
import { utf8 } from './bench/bytes.js';
import { packetsOf } from './bench/codec.js';

function written(arena: TransmitArena): ReturnType<typeof packetsOf> {
  const bytes: number[] = [];
  while (arena.next(false)) {
    bytes.push(...arena.bytes.slice(arena.from, arena.to));
    arena.sent(arena.to - arena.from, 0, new Uint32Array(16));
  }
  return packetsOf(new Uint8Array(bytes));
}

function answerAll(table: Subscriptions, refused = false): void {
  for (let i = 0; i < table.capacity; i++) if (table.pendingFilter(i)) table.answered(i, refused);
  table.pendingId = 0;
}

/** A table with `filters` granted by the broker. */
function granted(...filters: string[]): { table: Subscriptions; arena: TransmitArena } {
  const table = new Subscriptions(4, 8);
  const arena = new TransmitArena(200, 8);
  for (const filter of filters) table.want(utf8(filter), 1);
  table.encode(arena);
  written(arena);
  answerAll(table);
  return { table, arena };
}

describe('Subscriptions', () => {
  it('puts all wanted filters into one SUBSCRIBE, in order', () => {
    const table = new Subscriptions(4, 8);
    const arena = new TransmitArena(100, 4);
    table.want(utf8('a'), 0);
    table.want(utf8('b/#'), 1);
    expect(table.encode(arena)).toBe(true);
    expect(written(arena)).toMatchObject([
      {
        cmd: 'subscribe',
        messageId: 1,
        subscriptions: [
          { topic: 'a', qos: 0 },
          { topic: 'b/#', qos: 1 },
        ],
      },
    ]);
  });

  it('puts no more filters into a packet than is allowed', () => {
    const table = new Subscriptions(4, 2);
    const arena = new TransmitArena(100, 4);
    for (const filter of ['a', 'b', 'c']) table.want(utf8(filter), 0);
    table.encode(arena);
    expect(table.pendingCount).toBe(2);
  });

  it('puts no more filters into a packet than there is room for', () => {
    const table = new Subscriptions(4, 8);
    const arena = new TransmitArena(subscribeSize(4) + 5, 4);
    for (const filter of ['aaaa', 'bbbb']) table.want(utf8(filter), 0);
    table.encode(arena);
    expect(table.pendingCount).toBe(1);
  });

  it('has one request under way at a time', () => {
    const table = new Subscriptions(4, 1);
    const arena = new TransmitArena(100, 4);
    for (const filter of ['a', 'b']) table.want(utf8(filter), 0);
    table.encode(arena);
    expect(table.encode(arena)).toBe(false);
  });

  it('refuses a filter more than it has places', () => {
    const table = new Subscriptions(1, 8);
    table.want(utf8('a'), 0);
    expect(table.want(utf8('b'), 0)).toBe(Refusal.full);
  });

  it('needs no new place for a known filter', () => {
    const table = new Subscriptions(1, 8);
    table.want(utf8('a'), 0);
    expect(table.want(utf8('a'), 1)).toBe(0);
  });

  it('does not know a filter that was never wanted', () => {
    expect(new Subscriptions(1, 8).unwant(utf8('a'))).toBe(Refusal.unknown);
  });

  it('frees the place of a filter when its UNSUBSCRIBE is answered', () => {
    const { table, arena } = granted('a', 'b', 'c', 'd');
    table.unwant(utf8('b'));
    table.encode(arena);
    expect(table.want(utf8('e'), 0)).toBe(Refusal.full);
    answerAll(table);
    expect(table.want(utf8('e'), 0)).toBe(0);
  });

  it('is settled when all is answered', () => {
    expect(granted('a').table.settled).toBe(true);
  });

  it('is not settled while a request waits', () => {
    const { table } = granted('a');
    table.want(utf8('b'), 0);
    expect(table.settled).toBe(false);
  });

  it('asks for all again when the broker has no session [MQTT-3.2.2-3]', () => {
    const { table, arena } = granted('a', 'b');
    table.reset();
    table.connected(false);
    table.encode(arena);
    expect(written(arena)).toMatchObject([{ cmd: 'subscribe', subscriptions: [{ topic: 'a' }, { topic: 'b' }] }]);
  });

  it('asks for nothing when the broker has the session [MQTT-3.2.2-2]', () => {
    const { table } = granted('a', 'b');
    table.reset();
    table.connected(true);
    expect(table.due).toBe(false);
  });

  it('asks again for what was not answered, also with a session', () => {
    const { table, arena } = granted('a');
    table.want(utf8('b'), 0);
    table.encode(arena);
    written(arena);
    table.reset();
    table.connected(true);
    table.encode(arena);
    expect(written(arena)).toMatchObject([{ subscriptions: [{ topic: 'b' }] }]);
  });

  it('asks again for what was refused', () => {
    const { table } = granted('a');
    table.want(utf8('b'), 0);
    table.encode(new TransmitArena(50, 2));
    answerAll(table, true);
    expect(table.due).toBe(false);
    table.reset();
    table.connected(true);
    expect(table.due).toBe(true);
  });
});

describe('subscribeSize', () => {
  it.each([
    [1, 8],
    [122, 129],
    [123, 131],
  ])('filter of %i bytes: %i', (length, size) => {
    expect(subscribeSize(length)).toBe(size);
  });
});
