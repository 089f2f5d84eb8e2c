import fc from 'fast-check';
import { NorFlash } from '../../../sim/virtual/memory/nor-flash.js';
import { AppendResult, Outbox, RECORD_OVERHEAD } from '../../../src/telemetry/index.js';
import { DropReason, FlashLog, FullRule, RecordRank } from '../../../src/telemetry/outbox/flash-log.js';
import { seededRandom } from './log-bench.js';
import { describe, expect, it } from 'vitest';

const CHANNEL = 3;
const PAGE = 256;
const PERSIST = 5000;
const LENGTH = 40;

function makeFlash(blocks: number, seed = 1): NorFlash {
  return new NorFlash({ blocks, blockLength: 4096, random: seededRandom(seed) });
}

/** Appends a record whose first bytes are its number. */
function append(outbox: Outbox, number: number, now: number, rank = RecordRank.reading, length = LENGTH): AppendResult {
  const at = outbox.reserve(rank, number, length);
  if (at < 0) return AppendResult.refused;
  outbox.view.setUint32(at, number, true);
  outbox.bytes.fill(number, at + 4, at + length);
  return outbox.commit(now);
}

/** The number of the record that comes next; -1 when there is none. */
function take(outbox: Outbox): number {
  if (!outbox.take()) return -1;
  const { takenAt, takenLength, bytes, view } = outbox;
  const number = view.getUint32(takenAt, true);
  expect(bytes.subarray(takenAt + 4, takenAt + takenLength).every((byte) => byte === (number & 0xff))).toBe(true);
  return number;
}

/** All that waits, in the order in which it comes. */
function takeAll(outbox: Outbox): number[] {
  const list: number[] = [];
  for (let number = take(outbox); number >= 0; number = take(outbox)) {
    list.push(number);
    outbox.sentUnacknowledged();
  }
  return list;
}

function range(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}

describe('an outbox whose flash fails for a while', () => {
  function setFailing(flash: NorFlash, fault: 'fails' | undefined): void {
    for (let block = 0; block < flash.blocks; block++) flash.setFault(block, fault, fault);
  }

  /** Ten readings on flash, which then begins to fail. */
  function failing(): { flash: NorFlash; log: FlashLog; outbox: Outbox } {
    // Of a program that fails, nothing is programmed.
    const flash = new NorFlash({ blocks: 8, blockLength: 4096, random: () => 0.08 });
    const log = new FlashLog(flash);
    const outbox = new Outbox({ persistSeconds: 5 }, log, CHANNEL);
    for (const i of range(0, 10)) append(outbox, i, 1000);
    outbox.flush(1000);
    expect(outbox.backlogCount).toBe(10);
    outbox.connected();
    setFailing(flash, 'fails');
    return { flash, log, outbox };
  }

  it('asks to be called until what was acknowledged is marked, with nothing in memory', () => {
    const { flash, log, outbox } = failing();
    outbox.tick(2000);
    expect(takeAll(outbox)).toEqual(range(0, 10));
    expect([log.failing, outbox.deadline]).toEqual([true, 2000]);
    const times: number[] = [];
    for (let i = 0; i < 5; i++) {
      outbox.tick(outbox.deadline);
      times.push(outbox.deadline);
    }
    expect(times).toEqual([7000, 17_000, 37_000, 77_000, 157_000]);
    expect(new FlashLog(flash).live).toBe(10);
    setFailing(flash, undefined);
    outbox.tick(157_000);
    expect([log.failing, outbox.deadline]).toEqual([false, Infinity]);
    expect(new FlashLog(flash).live).toBe(0);
  });

  it('keeps what is on flash, and by its rule what memory has room for', () => {
    const { flash, log, outbox } = failing();
    outbox.disconnected(2000);
    for (const i of range(10, 500)) append(outbox, i, 2000 + i * 1000);
    const dropped = outbox.droppedFor(DropReason.full);
    expect(dropped).toBeGreaterThan(100);
    expect([outbox.backlogCount, outbox.waitingCount]).toEqual([10, 510 - dropped]);
    setFailing(flash, undefined);
    outbox.tick(1_000_000);
    expect([log.failing, outbox.memoryCount, outbox.backlogCount]).toEqual([false, 0, 510 - dropped]);
    expect(takeAll(outbox)).toEqual([...range(0, 10), ...range(10 + dropped, 500 - dropped)]);
  });

  it('is tried at once before a restart', () => {
    const { flash, outbox } = failing();
    outbox.disconnected(2000);
    append(outbox, 10, 2000);
    expect(outbox.flush(2000)).toBe(1);
    outbox.tick(outbox.deadline);
    setFailing(flash, undefined);
    expect(outbox.flush(2500)).toBe(0);
    expect(new FlashLog(flash).waiting(CHANNEL)).toBe(11);
  });
});

describe('an outbox with a log', () => {
  it('writes what was gathered when a page is full, while there is no connection', () => {
    const flash = makeFlash(8);
    const outbox = new Outbox({}, new FlashLog(flash), CHANNEL);
    const perPage = Math.ceil(PAGE / (LENGTH + RECORD_OVERHEAD));
    for (let i = 0; i < perPage - 1; i++) append(outbox, i, 1000);
    expect([outbox.backlogCount, outbox.deadline]).toEqual([0, 1000 + PERSIST]);
    append(outbox, perPage - 1, 1000);
    expect([outbox.backlogCount, outbox.used, outbox.deadline]).toEqual([perPage, 0, Infinity]);
  });

  it('writes what was not acknowledged in time, and nothing younger while there is a connection', () => {
    const log = new FlashLog(makeFlash(8));
    const outbox = new Outbox({ persistSeconds: 5 }, log, CHANNEL);
    outbox.connected();
    append(outbox, 0, 1000);
    take(outbox);
    outbox.sent(7);
    append(outbox, 1, 2000);
    append(outbox, 2, 3000);
    expect(outbox.deadline).toBe(6000);
    outbox.tick(5999);
    expect(log.live).toBe(0);
    outbox.tick(6000);
    expect([log.live, outbox.inFlightCount, outbox.waitingCount, outbox.deadline]).toEqual([1, 1, 2, 7000]);
    outbox.tick(7000);
    expect([log.live, outbox.backlogCount, outbox.deadline]).toEqual([2, 1, 8000]);
    expect(outbox.acknowledged(7)).toBe(true);
    expect([log.live, outbox.acknowledgedCount]).toEqual([1, 1]);
    // Memory comes before the log.
    expect(takeAll(outbox)).toEqual([2, 1]);
    expect([log.live, outbox.deadline]).toEqual([0, Infinity]);
  });

  it('writes every record at once with persistSeconds 0', () => {
    const log = new FlashLog(makeFlash(8));
    const outbox = new Outbox({ persistSeconds: 0 }, log, CHANNEL);
    outbox.connected();
    for (let i = 0; i < 10; i++) {
      append(outbox, i, 0);
      expect(log.live).toBe(i + 1);
    }
    expect(takeAll(outbox)).toEqual(range(0, 10));
  });

  it('keeps a quarter of its memory free while the broker is slow', () => {
    const outbox = new Outbox({ capacity: 2048 }, new FlashLog(makeFlash(8)), CHANNEL);
    outbox.connected();
    for (let i = 0; i < 200; i++) append(outbox, i, i);
    expect(outbox.used).toBeLessThanOrEqual(1536);
    expect(outbox.waitingCount).toBe(200);
    const [first] = takeAll(outbox);
    expect(first).toBeGreaterThan(100);
    expect(outbox.acknowledgedCount).toBe(200);
  });

  it('gives events before all else', () => {
    const outbox = new Outbox({}, new FlashLog(makeFlash(8)), CHANNEL);
    outbox.connected();
    append(outbox, 0, 0);
    append(outbox, 1, 0, RecordRank.event);
    append(outbox, 2, 0, RecordRank.presence);
    append(outbox, 3, 0, RecordRank.event);
    expect(takeAll(outbox)).toEqual([1, 3, 0, 2]);
  });

  it('gives the oldest when it is asked for that', () => {
    const outbox = new Outbox({}, new FlashLog(makeFlash(8)), CHANNEL);
    append(outbox, 0, 0);
    outbox.flush(0);
    append(outbox, 1, 0, RecordRank.event);
    expect(outbox.takeOldest()).toBe(true);
    expect(outbox.view.getUint32(outbox.takenAt, true)).toBe(0);
    outbox.drop(DropReason.age);
    expect(takeAll(outbox)).toEqual([1]);
    expect(outbox.droppedFor(DropReason.age)).toBe(1);
  });

  it('notes under which identifier a message was sent, for the next start', () => {
    const flash = makeFlash(8);
    const first = new Outbox({ persistSeconds: 0 }, new FlashLog(flash), CHANNEL);
    append(first, 5, 0, RecordRank.message);
    append(first, 6, 0, RecordRank.message);
    take(first);
    first.sent(777);
    const second = new Outbox({}, new FlashLog(flash), CHANNEL);
    expect([second.waitingCount, second.appendedCount]).toEqual([2, 2]);
    expect([take(second), second.takenPacketId]).toEqual([5, 777]);
    second.sentUnacknowledged();
    expect([take(second), second.takenPacketId]).toEqual([6, 0]);
  });

  it('lets no more records of the log be in flight than it has places for', () => {
    const outbox = new Outbox({ persistSeconds: 0, maxInFlight: 3 }, new FlashLog(makeFlash(8)), CHANNEL);
    for (let i = 0; i < 5; i++) append(outbox, i, 0);
    for (let i = 1; i <= 3; i++) {
      expect(take(outbox)).toBe(i - 1);
      expect(outbox.sent(i)).toBe(true);
    }
    expect(take(outbox)).toBe(-1);
    outbox.acknowledged(2);
    expect(take(outbox)).toBe(3);
    expect(outbox.sent(1)).toBe(false);
    expect(outbox.sent(2)).toBe(true);
    expect(outbox.returnToWaiting()).toBe(3);
    expect(takeAll(outbox)).toEqual([0, 2, 3, 4]);
  });

  it('goes on in memory when the flash fails, and tries it again later', () => {
    const flash = makeFlash(8);
    const log = new FlashLog(flash);
    const outbox = new Outbox({ capacity: 1024 }, log, CHANNEL);
    const { program } = flash;
    flash.program = () => false;
    for (let i = 0; i < 30; i++) append(outbox, i, i);
    expect(outbox.waitingCount + outbox.droppedCount).toBe(30);
    expect(outbox.droppedFor(DropReason.full)).toBe(outbox.droppedCount);
    flash.program = program;
    expect(takeAll(outbox).at(-1)).toBe(29);
  });

  it.each([FullRule.oldest, FullRule.newest, FullRule.thin])(
    'accounts for every record over restarts, whatever happens, by rule %d',
    (rule) => {
      const rank = fc.constantFrom(RecordRank.event, RecordRank.presence, RecordRank.reading, RecordRank.health);
      const command = fc.oneof(
        { weight: 8, arbitrary: fc.record({ name: fc.constant('append' as const), rank, count: fc.nat(12) }) },
        { weight: 5, arbitrary: fc.record({ name: fc.constant('send' as const), count: fc.nat(6) }) },
        { weight: 4, arbitrary: fc.record({ name: fc.constant('acknowledge' as const), which: fc.nat(9) }) },
        { weight: 3, arbitrary: fc.record({ name: fc.constant('wait' as const), time: fc.nat(4000) }) },
        { weight: 1, arbitrary: fc.record({ name: fc.constant('link' as const), up: fc.boolean() }) },
        { weight: 1, arbitrary: fc.record({ name: fc.constant('giveUp' as const) }) },
        { weight: 1, arbitrary: fc.record({ name: fc.constant('restart' as const) }) },
      );
      fc.assert(
        fc.property(fc.nat(100000), fc.array(command, { minLength: 20, maxLength: 120 }), (seed, commands) => {
          const flash = makeFlash(5, seed + 1);
          let outbox = new Outbox({ capacity: 1024, rule }, new FlashLog(flash, { rule }), CHANNEL);
          let now = 0;
          let next = 0;
          let nextId = 1;
          let inFlight: { id: number; number: number }[] = [];
          let newest: { number: number; at: number }[] = [];
          const ended = new Set<number>();
          const account = (): void => {
            const { acknowledgedCount, droppedCount, refusedCount, waitingCount, inFlightCount } = outbox;
            const sum = acknowledgedCount + droppedCount + refusedCount + waitingCount + inFlightCount;
            expect(sum).toBe(outbox.appendedCount);
            expect(outbox.used).toBeLessThanOrEqual(outbox.capacity);
          };
          const tick = (): void => {
            if (outbox.deadline <= now) outbox.tick(now);
          };
          for (const step of commands) {
            switch (step.name) {
              case 'append':
                for (let i = 0; i < step.count; i++) {
                  newest.push({ number: next, at: now });
                  append(outbox, next++, now, step.rank);
                }
                break;
              case 'send':
                for (let i = 0; i < step.count && inFlight.length < 8; i++) {
                  const number = take(outbox);
                  if (number < 0) break;
                  expect(ended.has(number)).toBe(false);
                  expect(inFlight.some((one) => one.number === number)).toBe(false);
                  const id = (nextId++ % 65535) + 1;
                  expect(outbox.sent(id)).toBe(true);
                  inFlight.push({ id, number });
                }
                break;
              case 'acknowledge': {
                const [one] = inFlight.splice(step.which % Math.max(1, inFlight.length), 1);
                if (!one) break;
                expect(outbox.acknowledged(one.id)).toBe(true);
                ended.add(one.number);
                break;
              }
              case 'giveUp': {
                const one = inFlight.shift();
                if (!one) break;
                expect(outbox.gaveUp(one.id)).toBe(true);
                ended.add(one.number);
                break;
              }
              case 'wait':
                now += step.time;
                tick();
                break;
              case 'link':
                if (step.up) outbox.connected();
                else outbox.disconnected(now);
                break;
              case 'restart': {
                // The power is cut: of what is not there again, all is either counted, or was in memory for a moment.
                const inMemory = outbox.waitingCount + outbox.inFlightCount - new FlashLog(flash).waiting(CHANNEL);
                const young = newest.filter(({ at }) => at > now - PERSIST).length;
                expect(inMemory).toBeLessThanOrEqual(young);
                outbox = new Outbox({ capacity: 1024, rule }, new FlashLog(flash, { rule }), CHANNEL);
                inFlight = [];
                newest = [];
                break;
              }
            }
            account();
          }
          outbox.returnToWaiting();
          outbox.flush(now);
          const rest = takeAll(outbox);
          expect(new Set(rest).size).toBe(rest.length);
          for (const number of rest) expect(ended.has(number)).toBe(false);
          account();
        }),
        { numRuns: 60 },
      );
    },
  );
});

describe('an outbox without a log', () => {
  const capacity = 10 * (LENGTH + RECORD_OVERHEAD);
  const make = (rule: FullRule): Outbox => new Outbox({ capacity, maxRecordLength: LENGTH, rule });

  it('drops the oldest of the lowest rank, and nothing that outlives what is new', () => {
    const outbox = make(FullRule.oldest);
    for (let i = 0; i < 4; i++) append(outbox, i, 0, RecordRank.presence);
    for (let i = 4; i < 8; i++) append(outbox, i, 0, RecordRank.reading);
    for (let i = 8; i < 10; i++) append(outbox, i, 0, RecordRank.health);
    expect(append(outbox, 10, 0, RecordRank.reading)).toBe(AppendResult.storedAfterDrop);
    expect(append(outbox, 11, 0, RecordRank.event)).toBe(AppendResult.storedAfterDrop);
    expect(append(outbox, 12, 0, RecordRank.health)).toBe(AppendResult.refused);
    expect(append(outbox, 13, 0, RecordRank.reading)).toBe(AppendResult.storedAfterDrop);
    expect(takeAll(outbox)).toEqual([11, 0, 1, 2, 3, 5, 6, 7, 10, 13]);
    expect([outbox.droppedFor(DropReason.full), outbox.refusedCount]).toEqual([3, 1]);
  });

  it('refuses new readings by the rule newest, but no event', () => {
    const outbox = make(FullRule.newest);
    for (let i = 0; i < 10; i++) append(outbox, i, 0);
    expect(append(outbox, 10, 0)).toBe(AppendResult.refused);
    expect(append(outbox, 11, 0, RecordRank.event)).toBe(AppendResult.storedAfterDrop);
    expect(takeAll(outbox)).toEqual([11, ...range(1, 9)]);
  });

  it('thins readings evenly, more each time, and begins anew when it was empty', () => {
    const outbox = make(FullRule.thin);
    for (let i = 0; i < 200; i++) append(outbox, i, 0);
    const list = takeAll(outbox);
    expect(list.length).toBeGreaterThan(2);
    expect(list[0]).toBe(0);
    expect(outbox.droppedFor(DropReason.thinned)).toBeGreaterThan(150);
    expect(outbox.droppedFor(DropReason.thinned) + outbox.droppedFor(DropReason.full)).toBe(200 - list.length);
    for (let i = 0; i < 11; i++) append(outbox, i, 0);
    expect(takeAll(outbox)).toEqual([0, 2, 4, 6, 8, 10]);
  });

  it('refuses what is longer than a record may be', () => {
    const outbox = make(FullRule.oldest);
    expect(append(outbox, 0, 0, RecordRank.reading, LENGTH + 1)).toBe(AppendResult.refused);
    expect([outbox.refusedCount, outbox.appendedCount]).toEqual([1, 1]);
  });
});
