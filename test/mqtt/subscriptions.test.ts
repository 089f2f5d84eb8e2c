import { Layout } from '../../src/mqtt/layout.js';
import { packetSize } from '../../src/mqtt/packet.js';
import { Refusal } from '../../src/mqtt/state.js';
import type { Subscriptions } from '../../src/mqtt/subscriptions.js';
import { subscriptionTable } from './bench/bench-arena.js';
import type { BenchArena } from './bench/bench-arena.js';
import { utf8 } from './bench/bytes.js';
import { packetsOf } from './bench/codec.js';
import { describe, expect, it } from 'vitest';

function written(arena: BenchArena): ReturnType<typeof packetsOf> {
  const bytes: number[] = [];
  while (arena.next(false) > 0) {
    bytes.push(...arena.bytes.slice(arena.from, arena.to));
    arena.sent(arena.to - arena.from, 0);
  }
  return packetsOf(new Uint8Array(bytes));
}

function pendingCount(table: Subscriptions): number {
  let count = 0;
  for (let i = 0; i < table.capacity; i++) if (table.pendingFilter(i)) count++;
  return count;
}

function answerAll({ table, arena }: ReturnType<typeof subscriptionTable>, refused = false): void {
  for (let i = 0; i < table.capacity; i++) if (table.pendingFilter(i)) table.answered(i, refused, 0);
  arena.words[Layout.pendingId] = 0;
}

/** A table with `filters` granted by the broker. */
function granted(...filters: string[]): ReturnType<typeof subscriptionTable> {
  const { table, arena } = subscriptionTable(4, 8);
  for (const filter of filters) table.want(utf8(filter), 1);
  table.encode(arena);
  written(arena);
  answerAll({ table, arena });
  return { table, arena };
}

describe('Subscriptions', () => {
  it('puts all wanted filters into one SUBSCRIBE, in order', () => {
    const { table, arena } = subscriptionTable(4, 8, 100);
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
    const { table, arena } = subscriptionTable(4, 2, 100);
    for (const filter of ['a', 'b', 'c']) table.want(utf8(filter), 0);
    table.encode(arena);
    expect(pendingCount(table)).toBe(2);
  });

  it('puts no more filters into a packet than there is room for', () => {
    const { table, arena } = subscriptionTable(4, 8, packetSize(2 + 2 + 4 + 1) + 5);
    for (const filter of ['aaaa', 'bbbb']) table.want(utf8(filter), 0);
    table.encode(arena);
    expect(pendingCount(table)).toBe(1);
  });

  it('has one request under way at a time', () => {
    const { table, arena } = subscriptionTable(4, 1, 100);
    for (const filter of ['a', 'b']) table.want(utf8(filter), 0);
    table.encode(arena);
    expect(table.encode(arena)).toBe(false);
  });

  it('refuses a filter more than it has places', () => {
    const { table } = subscriptionTable(1, 8);
    table.want(utf8('a'), 0);
    expect(table.want(utf8('b'), 0)).toBe(Refusal.full);
  });

  it('needs no new place for a known filter', () => {
    const { table } = subscriptionTable(1, 8);
    table.want(utf8('a'), 0);
    expect(table.want(utf8('a'), 1)).toBe(0);
  });

  it('ends a subscription that was never wanted here, and frees its place', () => {
    const { table, arena } = subscriptionTable(1, 8);
    expect(table.unwant(utf8('a'))).toBe(0);
    expect(table.want(utf8('b'), 0)).toBe(Refusal.full);
    table.encode(arena);
    expect(written(arena)).toMatchObject([{ cmd: 'unsubscribe', unsubscriptions: ['a'] }]);
    answerAll({ table, arena });
    expect(table.want(utf8('b'), 0)).toBe(0);
  });

  it('frees the place of a filter when its UNSUBSCRIBE is answered', () => {
    const { table, arena } = granted('a', 'b', 'c', 'd');
    table.unwant(utf8('b'));
    table.encode(arena);
    expect(table.want(utf8('e'), 0)).toBe(Refusal.full);
    answerAll({ table, arena });
    expect(table.want(utf8('e'), 0)).toBe(0);
  });

  it('has nothing due when all is answered', () => {
    expect(granted('a').table.due).toBe(false);
  });

  it('has something due while a request waits', () => {
    const { table } = granted('a');
    table.want(utf8('b'), 0);
    expect(table.due).toBe(true);
  });

  it('takes over what was asked for while a request was under way', () => {
    const { table, arena } = granted();
    table.want(utf8('a'), 0);
    table.encode(arena);
    table.want(utf8('a'), 1);
    written(arena);
    answerAll({ table, arena });
    table.encode(arena);
    expect(written(arena)).toMatchObject([{ cmd: 'subscribe', subscriptions: [{ topic: 'a', qos: 1 }] }]);
  });

  it('accepts one code for each filter, and none that is reserved', () => {
    const { table, arena } = subscriptionTable(4, 8);
    table.want(utf8('a'), 1);
    table.want(utf8('b'), 0);
    table.encode(arena);
    const accepts = (...codes: number[]): boolean => table.accepts(new Uint8Array(codes), 0, codes.length);
    expect([accepts(1, 0), accepts(0, 0x80), accepts(0x80, 0), accepts(2, 1)]).toEqual(new Array(4).fill(true));
    expect([accepts(1), accepts(1, 0, 0), accepts(), accepts(3, 0), accepts(0x81, 0)]).toEqual(
      new Array(5).fill(false),
    );
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
    const { table, arena } = granted('a');
    table.want(utf8('b'), 0);
    table.encode(arena);
    answerAll({ table, arena }, true);
    expect(table.due).toBe(false);
    table.reset();
    table.connected(true);
    expect(table.due).toBe(true);
  });
});
