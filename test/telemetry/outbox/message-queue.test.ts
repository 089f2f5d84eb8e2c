import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NorFlash } from '../../../sim/virtual/memory/nor-flash.js';
import { Refusal } from '../../../src/mqtt/state.js';
import { FlashLog, RecordRank } from '../../../src/telemetry/outbox/flash-log.js';
import { MESSAGE_OVERHEAD, MessageDrop } from '../../../src/telemetry/outbox/message-queue.js';
import { seededRandom } from './log-bench.js';
import { EPOCH, Run } from './message-bench.js';
import type { World } from './message-bench.js';

function world(flash = true): World {
  const random = seededRandom(1);
  const parts = { now: 1000, epoch: EPOCH };
  return flash ? { ...parts, flash: new NorFlash({ blocks: 8, blockLength: 4096, random }) } : parts;
}

const names = (count: number, from = 0): string[] => Array.from({ length: count }, (_, i) => `m${from + i}`);
const numbered = (first: number, payloads: string[]): string[] => payloads.map((text, i) => `${first + i} ${text}`);

describe('a queue of messages in memory', () => {
  it('sends them in order as the session has room, and keeps each until its PUBACK', () => {
    const run = new Run(world(false), { session: { maxInFlight: 3 } });
    expect(names(5).map((text) => run.add(text))).toEqual([1, 2, 3, 4, 5]);
    expect([run.queue.waiting, run.queue.inFlight]).toEqual([5, 0]);
    expect(run.connect()).toEqual(['1 m0', '2 m1', '3 m2']);
    expect([run.queue.waiting, run.queue.inFlight]).toEqual([2, 3]);
    run.acknowledge(1, 2);
    expect(run.write()).toEqual(['4 m3', '5 m4']);
    run.acknowledge(3, 4, 5);
    expect([run.queue.waiting, run.queue.inFlight, run.queue.deadline]).toEqual([0, 0, Infinity]);
    expect(run.sent).toEqual([1, 2, 3, 4, 5].map((number) => [number, number]));
    expect(run.drops).toEqual([]);
  });

  it('sends nothing while it is paused, and what it has goes on after a loss', () => {
    const run = new Run(world(false));
    run.connect();
    run.queue.pause();
    run.add('a');
    expect(run.write()).toEqual([]);
    run.lose();
    expect(run.connect()).toEqual(['1 a']);
    run.lose();
    run.add('b');
    expect(run.connect()).toEqual(['1 dup a', '2 b']);
  });

  it('refuses what is no topic, too long, or has no room', () => {
    const run = new Run(world(false), { capacity: 128 });
    expect(run.add('x', 0, 'a/#')).toBe(Refusal.invalidTopic);
    expect(run.queue.maxMessageLength).toBe(128 - MESSAGE_OVERHEAD);
    expect([run.add('x'.repeat(97)), run.add('x'.repeat(98))]).toEqual([1, Refusal.tooLarge]);
    expect(run.add('y')).toBe(Refusal.full);
    expect([run.queue.refused, run.queue.waiting, run.drops]).toEqual([3, 1, []]);
  });

  it('by the other rule drops the oldest that waits, never one in flight', () => {
    const run = new Run(world(false), { capacity: 128, dropsOldest: true, session: { maxInFlight: 1 } });
    run.connect();
    run.add('flying');
    expect([run.add('a'), run.add('b'), run.add('c')]).toEqual([2, 3, 4]);
    expect(run.drops).toEqual([[1, MessageDrop.full, 0]]);
    expect(run.queue.oldestWaiting()).toBe(3);
    expect(run.drain()).toEqual(['1 flying', '2 b', '3 c']);
    expect([...run.queue.dropped]).toEqual([1, 0, 0, 0, 0]);
  });

  it('names the option that is wrong', () => {
    const make = (options: object): Run => new Run(world(false), options);
    expect(() => make({ capacity: 63 })).toThrow(
      'capacity of a message queue must be an integer from 64 to 16777216, got 63',
    );
    expect(() => make({ maxMessages: 0 })).toThrow('maxMessages must be an integer from 1 to 1000000, got 0');
  });

  it('tells of what the session can never take, and of what it gave up', () => {
    const run = new Run(world(false), { session: { transmitArenaSize: 32 } });
    run.connect();
    expect([run.add('x'.repeat(60)), run.add('y')]).toEqual([1, 2]);
    expect(run.write()).toEqual(['1 y']);
    expect([run.queue.gaveUp(1), run.queue.gaveUp(1)]).toEqual([true, false]);
    expect(run.drops).toEqual([
      [1, MessageDrop.unsuitable, 1],
      [1, MessageDrop.setAside, 0],
    ]);
  });

  it('forgets those that are too old, as far as the time of day is known', () => {
    const there = world(false);
    const run = new Run(there);
    run.add('short', 10);
    run.add('long', 100);
    run.add('ever');
    run.wait(11000);
    expect(run.connect()).toEqual(['1 long', '2 ever']);
    expect(run.drops).toEqual([[1, MessageDrop.expired, 1]]);
    there.epoch = 0;
    run.add('unknown', 1);
    run.wait(5000);
    expect(run.write()).toEqual(['3 unknown']);
  });
});

describe('a queue of messages with a log', () => {
  it('writes nothing to flash of what is acknowledged in time', () => {
    const there = world();
    const run = new Run(there);
    run.connect();
    const before = there.flash!.programmedBytes;
    for (const text of names(200)) {
      run.add(text);
      run.write();
      run.acknowledge(run.sent.at(-1)![1]);
      run.wait(100);
    }
    expect([there.flash!.programmedBytes - before, run.queue.inFlight]).toEqual([0, 0]);
  });

  it.each([true, false])('sends what waited after a restart, in order (clean session: %s)', (cleanSession) => {
    const there = world();
    const run = new Run(there, { session: { cleanSession } });
    for (const text of names(20)) run.add(text);
    run.wait(5000);
    const next = new Run(there, { session: { cleanSession } });
    expect([next.queue.found, next.queue.waiting]).toEqual([20, 20]);
    next.add('new');
    expect(next.connect()).toEqual(numbered(1, names(8)));
    expect(next.drain()).toEqual(numbered(9, [...names(12, 8), 'new']));
    expect(new Run(there).queue.found).toBe(0);
  });

  it('sends again under its identifier and with DUP what was sent before a restart [MQTT-4.4.0-1]', () => {
    const there = world();
    const run = new Run(there, { session: { maxInFlight: 3 } });
    run.connect();
    for (const text of names(2)) run.add(text);
    run.write();
    run.acknowledge(1);
    for (const text of names(4, 2)) run.add(text);
    expect(run.write()).toEqual(['3 m2', '4 m3']);
    run.wait(5000);
    const next = new Run(there, { session: { maxInFlight: 3 } });
    expect(next.sent).toEqual([
      [0, 2],
      [0, 3],
      [0, 4],
    ]);
    next.add('new');
    expect(next.connect()).toEqual(['2 dup m1', '3 dup m2', '4 dup m3']);
    next.acknowledge(2, 3, 4);
    expect(next.write()).toEqual(['5 m4', '6 m5', '7 new']);
    next.acknowledge(5);
    next.wait(5000);
    // Once more: what is noted on flash of those that are left is their own identifiers.
    expect(new Run(there).connect()).toEqual(['6 dup m5', '7 dup new']);
  });

  it('makes new messages of them with a clean session', () => {
    const there = world();
    const run = new Run(there, { session: { cleanSession: true } });
    run.connect();
    run.add('a');
    run.write();
    run.wait(5000);
    expect(new Run(there, { session: { cleanSession: true } }).connect()).toEqual(['1 a']);
  });

  it('sends as new what a smaller session has no room for', () => {
    const there = world();
    const run = new Run(there);
    run.connect();
    for (const text of names(4)) run.add(text);
    run.wait(5000);
    const next = new Run(there, { session: { maxInFlight: 2 } });
    expect(next.connect()).toEqual(['1 dup m0', '2 dup m1']);
    next.acknowledge(1, 2);
    expect(next.write()).toEqual(['3 m2', '4 m3']);
  });

  it('loses of a power cut what is younger than its time, and nothing when that is 0', () => {
    const there = world();
    const run = new Run(there, { persistSeconds: 0 });
    for (const text of names(3)) run.add(text);
    expect(new Run(there).connect()).toEqual(numbered(1, names(3)));
    const other = world();
    const late = new Run(other);
    late.add('old');
    late.wait(3000);
    late.add('young');
    late.wait(1000);
    expect(new Run(other).queue.found).toBe(0);
    late.wait(1000);
    expect(new Run(other).queue.found).toBe(2);
  });

  it('has all of it on flash after flush', () => {
    const there = world();
    const run = new Run(there);
    run.connect();
    run.add('sent');
    run.write();
    run.lose();
    run.add('waits');
    expect(run.queue.flush()).toBe(0);
    expect(new Run(there).connect()).toEqual(['1 dup sent', '2 waits']);
  });

  it('never sends to another place what was for one', () => {
    const there = world();
    const run = new Run(there, { place: 1 });
    for (const text of names(3)) run.add(text);
    run.wait(5000);
    const next = new Run(there, { place: 2 });
    next.add('new');
    expect(next.connect()).toEqual(['1 new']);
    expect(next.drops).toEqual(Array(3).fill([1, MessageDrop.elsewhere, 0]));
    expect(new Run(there, { place: 1 }).queue.found).toBe(0);
  });

  it('does not even under their identifiers what was sent before', () => {
    const there = world();
    const run = new Run(there, { place: 1 });
    run.connect();
    run.add('secret');
    run.write();
    run.wait(5000);
    const next = new Run(there, { place: 2 });
    expect([next.connect(), next.drops]).toEqual([[], [[1, MessageDrop.elsewhere, 0]]]);
  });

  it('drops all that waits when it moves', () => {
    const there = world();
    const run = new Run(there, { place: 1, persistSeconds: 0 });
    for (const text of names(3)) run.add(text);
    run.queue.move(2);
    run.queue.move(1);
    run.add('new');
    expect(run.connect()).toEqual(['1 new']);
    expect(run.drops).toEqual([1, 2, 3].map((number) => [1, MessageDrop.elsewhere, number]));
  });

  it('drops what another firmware wrote', () => {
    const there = world();
    const log = new FlashLog(there.flash!);
    for (const bytes of [new Uint8Array(30), Uint8Array.of(0x10), new Uint8Array(40).fill(0x11)]) {
      log.append(1, RecordRank.message, 0, bytes, 0, bytes.length);
    }
    const run = new Run(there);
    run.add('good');
    expect(run.connect()).toEqual(['1 good']);
    expect(run.drops).toEqual(Array(3).fill([1, MessageDrop.unsuitable, 0]));
  });

  it('remembers how old a message may become', () => {
    const there = world();
    const run = new Run(there, { persistSeconds: 0 });
    run.add('short', 10);
    run.add('long', 100);
    there.now += 20000;
    expect(new Run(there).connect()).toEqual(['1 long']);
  });

  it('keeps no more than it may, and so much in the log that memory does not hold', () => {
    const there = world();
    const run = new Run(there, { capacity: 256, maxMessages: 40 });
    expect(
      names(50)
        .map((text) => run.add(text))
        .filter((number) => number > 0),
    ).toHaveLength(40);
    const oldest = new Run(world(), { capacity: 256, maxMessages: 40, dropsOldest: true });
    for (const text of names(50)) oldest.add(text);
    expect(oldest.connect()).toEqual(numbered(1, names(8, 10)));
    expect(oldest.drops).toHaveLength(10);
  });

  it('does not mix with another queue of the same log, and keeps its order when handles run out', () => {
    const there = world();
    const options = { capacity: 256, persistSeconds: 0 };
    let log = new FlashLog(there.flash!, { maxHeld: 3 });
    let runs = [1, 2].map((channel) => new Run(there, { ...options, log, channel }));
    for (let i = 0; i < 10; i++) runs.forEach((run, k) => run.add(`${k} ${i}`));
    log = new FlashLog(there.flash!, { maxHeld: 3 });
    runs = [1, 2].map((channel) => new Run(there, { ...options, log, channel }));
    const told: string[][] = [[], []];
    runs.forEach((run, k) => told[k]!.push(...run.connect()));
    for (let i = 0; i < 40; i++) {
      runs.forEach((run, k) => {
        run.queue.publishWaiting();
        told[k]!.push(...run.write());
        run.acknowledge(...run.sent.splice(0).map(([, id]) => id));
        told[k]!.push(...run.write());
      });
    }
    for (const k of [0, 1]) {
      expect(told[k]!.map((text) => text.slice(text.indexOf(' ') + 1))).toEqual(names(10).map((_, i) => `${k} ${i}`));
    }
  });
});

describe('whatever happens', () => {
  /** Everything that may happen to a program with a queue, in any order. */
  type Step = 'add' | 'write' | 'ack' | 'ack last' | 'lose' | 'connect' | 'restart' | 'wait';
  const steps: Step[] = ['add', 'add', 'add', 'write', 'ack', 'ack', 'ack last', 'lose', 'connect', 'restart', 'wait'];

  it.each([true, false])(
    'each message arrives, in order, and again only unacknowledged (clean: %s)',
    (cleanSession) => {
      fc.assert(
        fc.property(fc.array(fc.constantFrom(...steps), { maxLength: 80 }), (all) => {
          const there = world();
          const options = { capacity: 256, persistSeconds: 0, session: { cleanSession, maxInFlight: 3 } };
          let run = new Run(there, options);
          let connected = false;
          let added = 0;
          const arrived: string[] = [];
          const open: number[] = [];
          const acknowledged = new Set<string>();
          const ids = new Map<number, string>();
          const take = (texts: string[]): void => {
            for (const text of texts) {
              const [, id, dup, payload] = /^(\d+)( dup)? (.*)$/.exec(text)!;
              expect(acknowledged.has(payload!)).toBe(false);
              if (!arrived.includes(payload!)) arrived.push(payload!);
              else if (!cleanSession) expect(dup).toBe(' dup');
              // The same identifier, whatever happened in between.
              if (!cleanSession && ids.get(Number(id)) !== payload) expect([...ids.values()]).not.toContain(payload);
              ids.set(Number(id), payload!);
              if (!open.includes(Number(id))) open.push(Number(id));
            }
          };
          const acknowledge = (index: number): void => {
            const [id] = open.splice(index, 1);
            if (id === undefined) return;
            acknowledged.add(ids.get(id)!);
            ids.delete(id);
            run.acknowledge(id);
          };
          const connect = (): void => {
            open.length = 0;
            connected = true;
            take(run.connect());
          };
          for (const step of all) {
            if (step === 'add') run.add(`m${added++}`);
            else if (step === 'wait') run.wait(3000);
            else if (step === 'write' && connected) take(run.write());
            else if (step === 'ack' && connected) acknowledge(0);
            else if (step === 'ack last' && connected) acknowledge(open.length - 1);
            else if (step === 'lose' && connected) {
              connected = false;
              run.lose();
            } else if (step === 'connect' && !connected) connect();
            else if (step === 'restart') {
              connected = false;
              run = new Run(there, options);
            }
          }
          if (!connected) connect();
          while (run.queue.waiting + run.queue.inFlight > 0) {
            take(run.write());
            acknowledge(0);
          }
          expect(arrived).toEqual(names(added));
          expect(acknowledged.size).toBe(added);
          expect(run.drops).toEqual([]);
        }),
        { numRuns: 150 },
      );
    },
  );
});
