import assert from 'node:assert/strict';
import { describe, expect, it } from 'vitest';
import { NorFlash } from '../../../sim/virtual/memory/nor-flash.js';
import { crc32 } from '../../../src/telemetry/crc32.js';
import { DropReason, FlashLog, FullRule, LogResult, RecordRank } from '../../../src/telemetry/outbox/flash-log.js';
import { seededRandom } from './log-bench.js';

const CHANNEL = 0;

function newFlash(unit = 4, blocks = 8, blockLength = 512): NorFlash {
  return new NorFlash({ blocks, blockLength, unit, random: seededRandom(unit) });
}

/** A record of `length` bytes that says which it is. */
function record(number: number, length = 20): Uint8Array {
  const bytes = new Uint8Array(length).fill(number);
  new DataView(bytes.buffer).setUint32(0, number, true);
  return bytes;
}

function append(log: FlashLog, number: number, channel = CHANNEL, rank: RecordRank = RecordRank.reading): LogResult {
  const bytes = record(number);
  return log.append(channel, rank, number, bytes, 0, bytes.length);
}

/** Reads the selected record, and returns its number. */
function selected(log: FlashLog): number {
  const bytes = new Uint8Array(log.recordLength);
  assert(log.read(bytes, 0));
  const number = new DataView(bytes.buffer).getUint32(0, true);
  assert.deepEqual(bytes, record(number));
  return number;
}

/** Takes and marks all that waits, and returns the numbers. */
function drain(log: FlashLog, channel = CHANNEL): number[] {
  const numbers: number[] = [];
  while (log.next(channel)) {
    numbers.push(selected(log));
    log.mark(log.hold());
  }
  return numbers;
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe.each([1, 4, 16, 32])('a log on flash with units of %d', (unit) => {
  it('gives back what was appended, in order', () => {
    const log = new FlashLog(newFlash(unit));
    for (const i of upTo(20)) expect(append(log, i)).toBe(LogResult.stored);
    expect(log.waiting(CHANNEL)).toBe(20);
    expect(drain(log)).toEqual(upTo(20));
    expect(log.waiting(CHANNEL)).toBe(0);
    expect(log.next(CHANNEL)).toBe(false);
  });

  it('has it after a restart, but for what was marked', () => {
    const flash = newFlash(unit);
    const log = new FlashLog(flash);
    for (const i of upTo(20)) append(log, i);
    for (let i = 0; i < 7; i++) {
      log.next(CHANNEL);
      log.mark(log.hold());
    }
    const again = new FlashLog(flash);
    expect(again.waiting(CHANNEL)).toBe(13);
    append(again, 20);
    expect(drain(again)).toEqual(upTo(21).slice(7));
  });

  it('goes round its blocks many times', () => {
    const flash = newFlash(unit);
    let log = new FlashLog(flash);
    for (const i of upTo(1000)) {
      expect(append(log, i)).toBe(LogResult.stored);
      if (i % 10 !== 9) continue;
      expect(drain(log)).toEqual(upTo(i + 1).slice(i - 9));
      if (i % 100 === 99) log = new FlashLog(flash);
    }
    const used = flash.erasures.filter((count) => count > 0);
    expect(used.length).toBe(8);
    expect(Math.max(...used) - Math.min(...used)).toBeLessThanOrEqual(1);
  });

  it('keeps channels apart', () => {
    const log = new FlashLog(newFlash(unit));
    for (const i of upTo(12)) append(log, i, i % 3);
    expect(drain(log, 1)).toEqual([1, 4, 7, 10]);
    append(log, 12, 1);
    expect(drain(log, 2)).toEqual([2, 5, 8, 11]);
    expect(drain(log, 1)).toEqual([12]);
    expect(drain(log, 0)).toEqual([0, 3, 6, 9]);
  });

  it('gives a held record to nobody else, and again when it is released', () => {
    const flash = newFlash(unit);
    const log = new FlashLog(flash);
    for (const i of upTo(4)) append(log, i);
    const handles = upTo(3).map(() => {
      log.next(CHANNEL);
      return log.hold();
    });
    expect(log.waiting(CHANNEL)).toBe(1);
    log.release(handles[1]!);
    log.next(CHANNEL);
    expect(selected(log)).toBe(1);
    log.mark(handles[0]!);
    expect(drain(log)).toEqual([1, 3]);
    expect(drain(new FlashLog(flash))).toEqual([2]);
  });
});

it('wears blocks whose records stay as much as the others', () => {
  const flash = newFlash(4, 12);
  const log = new FlashLog(flash);
  const staying = upTo(50);
  for (const i of staying) append(log, i, 1);
  for (let i = 0; i < 10_000; i++) {
    append(log, i);
    if (i % 10 === 9) drain(log);
  }
  const { erasures } = flash;
  expect(Math.min(...erasures)).toBeGreaterThan(30);
  expect(Math.max(...erasures) - Math.min(...erasures)).toBeLessThanOrEqual(16);
  // One for each block that is opened, and one for each 8 of them that is moved.
  expect(log.statistics.erased).toBeLessThanOrEqual((10_000 / 12) * (1 + 1 / 8));
  expect(drain(new FlashLog(flash), 1)).toEqual(staying);
});

describe('a bad block that takes no marks', () => {
  it('does not make a record be skipped when more are done in it than the log remembers', () => {
    // Of a program that fails, nothing is programmed.
    const flash = new NorFlash({ blocks: 5, blockLength: 2048, unit: 4, random: () => 0.08 });
    const log = new FlashLog(flash);
    let count = 0;
    while (log.statistics.freeBlocks > 1) append(log, count++);
    flash.setFault(flash.erasures.indexOf(1), undefined, 'fails');
    log.next(CHANNEL);
    const first = log.hold();
    // The log remembers 16.
    for (let i = 1; i <= 40; i++) {
      log.next(CHANNEL);
      expect(selected(log)).toBe(i);
      log.mark(log.hold());
    }
    log.release(first);
    expect(drain(log).filter((number) => number > 40)).toEqual(upTo(count).slice(41));
    expect(log.waiting(CHANNEL)).toBe(0);
  });
});

/** Appends `count` readings of some tags in turn to a log that thins. Returns the ordinals that each tag keeps. */
function thin(count: number, tags: number): { log: FlashLog; kept: number[][] } {
  const log = new FlashLog(newFlash(4, 16, 1024), { rule: FullRule.thin });
  for (let i = 0; i < count; i++) {
    const bytes = record(i);
    const ordinal = Math.floor(i / tags);
    expect(log.append(CHANNEL, RecordRank.reading, ordinal, bytes, 0, bytes.length)).toBe(LogResult.stored);
  }
  const numbers = drain(log);
  const kept = Array.from({ length: tags }, (_, tag) =>
    numbers.filter((number) => number % tags === tag).map((number) => Math.floor(number / tags)),
  );
  return { log, kept };
}

describe('a log that is thinned', () => {
  const TAGS = 4;
  /** Of 3 blocks: they are thinned last. */
  const NEWEST = Math.ceil((3 * 32) / TAGS);

  it.each([1000, 3000, 9000, 20_000])('keeps %d readings evenly, of each tag and over the whole outage', (count) => {
    const { log, kept } = thin(count, TAGS);
    expect(log.statistics.droppedFor(DropReason.full)).toBe(0);
    for (const ordinals of kept) {
      expect(ordinals[0]).toBe(0);
      expect(ordinals.at(-1)).toBe(count / TAGS - 1);
      const older = ordinals.slice(0, -NEWEST);
      const gaps = older.slice(1).map((ordinal, i) => ordinal - older[i]!);
      const [least, most] = [Math.min(...gaps), Math.max(...gaps)];
      expect(most / least).toBeLessThanOrEqual(2);
      for (const gap of gaps) expect(Math.log2(gap) % 1).toBe(0);
      // As many as there is room for.
      expect(older.length).toBeGreaterThan((16 * 28) / TAGS / 2);
      expect(Math.abs(ordinals.length - kept[0]!.length)).toBeLessThanOrEqual(2);
    }
  });
});

/** A flash with the header of a block that was opened for the record `first`. */
function flashFrom(first: number): NorFlash {
  const flash = newFlash();
  flash.eraseChip();
  const header = new Uint8Array(28);
  const view = new DataView(header.buffer);
  header.set([0x54, 0x4c, 1, flash.unit]);
  view.setUint32(4, first, true);
  view.setUint32(8, first, true);
  header[12] = 1;
  view.setUint32(24, crc32(header, 0, 24, 0), true);
  flash.program(0, header, 0, header.length);
  return flash;
}

describe.each([2 ** 31, 2 ** 32])('a log whose sequences go beyond %d', (limit) => {
  it.each([1, 20, 70, 150])('keeps the order, from %d before on', (before) => {
    const flash = flashFrom(limit - before);
    let log = new FlashLog(flash, { rule: FullRule.oldest });
    expect(log.nextSequence).toBe(limit - before);
    const waiting: number[] = [];
    let handle = -1;
    for (const i of upTo(400)) {
      append(log, i);
      waiting.push(i);
      waiting.splice(0, waiting.length - log.live);
      if (i === before - 1) {
        log.next(CHANNEL);
        handle = log.hold();
      }
      if (i % 25 !== 24) continue;
      if (handle >= 0) log.release(handle);
      handle = -1;
      if (i % 50 === 49) log = new FlashLog(flash, { rule: FullRule.oldest });
      expect(log.nextSequence).toBe((limit - before + i + 1) % 2 ** 32);
      expect(log.next(CHANNEL)).toBe(true);
      expect(selected(log)).toBe(waiting[0]);
      if (i % 100 !== 99) continue;
      expect(drain(log)).toEqual(waiting);
      waiting.length = 0;
    }
    expect(log.statistics.corrupt + log.statistics.torn).toBe(0);
  });

  it('thins readings and merges blocks there', () => {
    const flash = flashFrom(limit - 300);
    let log = new FlashLog(flash, { rule: FullRule.thin });
    for (const i of upTo(900)) {
      expect(append(log, i)).toBe(LogResult.stored);
      if (i % 100 === 99) log = new FlashLog(flash, { rule: FullRule.thin });
    }
    const numbers = drain(new FlashLog(flash, { rule: FullRule.thin }));
    expect(numbers).toEqual([...numbers].sort((one, other) => one - other));
    expect(numbers[0]).toBe(0);
    expect(numbers.at(-1)).toBe(899);
    expect(numbers.length).toBeGreaterThan(50);
  });
});

/** Makes all programs and erasures of a flash fail, or work again. */
function setFailing(flash: NorFlash, fault: 'fails' | undefined): void {
  for (let block = 0; block < flash.blocks; block++) flash.setFault(block, fault, fault);
}

/** A chip of which nothing changes when a call fails. */
const firmFlash = (blocks: number): NorFlash => new NorFlash({ blocks, blockLength: 512, unit: 4, random: () => 0.08 });

/** How many records a log of so many blocks has room for. */
function roomOf(blocks: number): number {
  const log = new FlashLog(newFlash(4, blocks), { rule: FullRule.newest });
  let room = 0;
  while (append(log, room) === LogResult.stored) room++;
  return room;
}

describe.each([4, 8, 64])('a flash of %d blocks that fails for a while', (blocks) => {
  it.each([0, 20, 10_000])(
    'keeps what is stored, and is used again with all of its blocks, %d readings in it',
    (most) => {
      const flash = newFlash(4, blocks);
      const log = new FlashLog(flash);
      const before = Math.min(most, roomOf(blocks));
      for (const i of upTo(before)) expect(append(log, i)).toBe(LogResult.stored);
      setFailing(flash, 'fails');
      for (const i of upTo(300)) {
        if (i % 3 === 0) expect(log.probe(i * 1_000_000)).toBe(!log.failing);
        expect(append(log, 1000 + i)).toBe(LogResult.failed);
      }
      expect(log.failing).toBe(true);
      expect(log.live).toBe(before);
      expect(log.statistics.droppedFor(-1)).toBe(0);

      setFailing(flash, undefined);
      expect(log.probe(Infinity)).toBe(true);
      expect(log.failing).toBe(false);
      expect(log.statistics.badBlocks).toBe(0);
      expect(drain(log)).toEqual(upTo(before));
      const room = roomOf(blocks);
      for (const i of upTo(room)) expect(append(log, i)).toBe(LogResult.stored);
      expect(log.statistics.droppedFor(-1)).toBe(0);
      const again = new FlashLog(flash);
      expect(again.statistics.badBlocks).toBe(0);
      expect(drain(again)).toEqual(upTo(room));
    },
  );

  it('takes all blocks back after a restart while it fails', () => {
    const flash = newFlash(4, blocks);
    let log = new FlashLog(flash);
    for (const i of upTo(20)) append(log, i);
    setFailing(flash, 'fails');
    for (let i = 0; i < 3; i++) {
      for (const j of upTo(10)) append(log, 1000 + j);
      log.probe(Infinity);
      log = new FlashLog(flash);
    }
    setFailing(flash, undefined);
    log = new FlashLog(flash);
    expect(drain(log)).toEqual(upTo(20));
    // Those that were taken for bad are tried in their turn.
    const room = roomOf(blocks);
    for (const i of upTo(2 * room)) {
      append(log, i);
      if (i % 10 === 9) drain(log);
    }
    drain(log);
    expect(log.statistics.badBlocks).toBe(0);
    for (const i of upTo(room)) expect(append(log, i)).toBe(LogResult.stored);
    expect(log.statistics.droppedFor(-1)).toBe(0);
  });

  it('has the marks of all that was acknowledged meanwhile when it works again', () => {
    const flash = firmFlash(blocks);
    const log = new FlashLog(flash);
    const count = Math.min(200, roomOf(blocks));
    for (const i of upTo(count)) append(log, i, i % 2);
    setFailing(flash, 'fails');
    expect(drain(log, 1)).toEqual(upTo(count).filter((i) => i % 2 === 1));
    const handles = upTo(4).map(() => {
      log.next(0);
      return log.hold();
    });
    // Out of order, as after a reconnection.
    log.mark(handles[3]!);
    log.mark(handles[1]!);
    log.release(handles[2]!);
    expect(log.failing).toBe(true);
    const rest = upTo(count).filter((i) => i % 2 === 0 && i !== 2 && i !== 6);
    expect(drain(new FlashLog(flash), 1)).not.toEqual([]);

    setFailing(flash, undefined);
    expect(log.probe(Infinity)).toBe(true);
    expect(drain(new FlashLog(flash), 1)).toEqual([]);
    log.release(handles[0]!);
    expect(drain(log, 0)).toEqual(rest);
    expect(new FlashLog(flash).live).toBe(0);
  });
});

describe('a bit that turns over while the flash fails', () => {
  /** A log of 40 records of which the first `done` were marked while the flash failed, and its flash. */
  function failing(done: number): { flash: NorFlash; log: FlashLog } {
    const flash = firmFlash(8);
    const log = new FlashLog(flash);
    for (const i of upTo(40)) append(log, i);
    setFailing(flash, 'fails');
    for (let i = 0; i < done; i++) {
      log.next(CHANNEL);
      log.mark(log.hold());
    }
    expect(log.failing).toBe(true);
    return { flash, log };
  }

  /** Where the bytes of a record begin. */
  function placeOf(flash: NorFlash, number: number): number {
    const bytes = [...record(number)].join();
    let at = 0;
    while ([...flash.bytes.subarray(at, at + 20)].join() !== bytes) at++;
    return at;
  }

  /** As `drain`, without what cannot be read. */
  function drainReadable(log: FlashLog): number[] {
    const numbers: number[] = [];
    const bytes = new Uint8Array(20);
    while (log.next(CHANNEL)) {
      if (!log.read(bytes, 0)) continue;
      numbers.push(new DataView(bytes.buffer).getUint32(0, true));
      log.mark(log.hold());
    }
    return numbers;
  }

  it.each([5, 8, 13, 20])('costs one record, and brings back none of those before it: %d', (number) => {
    const { flash, log } = failing(5);
    flash.flipBit(8 * placeOf(flash, number) + 3);
    expect(drainReadable(log)).toEqual(upTo(40).filter((i) => i >= 5 && i !== number));
    expect(log.statistics.corrupt).toBe(1);
  });

  it('in a record that is done brings back those of its block behind it, rather than to lose one', () => {
    const { flash, log } = failing(7);
    log.next(CHANNEL);
    const handle = log.hold();
    // The length of the record, so that a walk does not come out.
    flash.flipBit(8 * (placeOf(flash, 2) - 8) + 3);
    log.release(handle);
    expect(drainReadable(log)).toEqual([7, ...upTo(40).slice(3)]);
    expect([log.waiting(CHANNEL), log.live]).toEqual([0, 0]);
  });
});

it('tries one block of a flash that fails, and waits twice as long after each try', () => {
  const flash = newFlash(4, 64);
  const log = new FlashLog(flash);
  append(log, 0);
  setFailing(flash, 'fails');
  append(log, 1);
  expect(log.failing).toBe(true);
  const { eraseCalls } = flash;
  const times: number[] = [];
  for (let now = 0; now < 2_000_000; now += 1000) {
    const tries = flash.eraseCalls;
    expect(log.probe(now)).toBe(false);
    append(log, 1);
    if (flash.eraseCalls > tries) times.push(now / 1000);
  }
  expect(times).toEqual([0, 5, 15, 35, 75, 155, 315, 635, 955, 1275, 1595, 1915]);
  expect(flash.eraseCalls - eraseCalls).toBe(times.length);
  expect(log.statistics.badBlocks).toBeLessThanOrEqual(4);
});

describe('a block that failed', () => {
  it('is left out, and tried once in each turn', () => {
    const flash = newFlash(4, 8);
    const log = new FlashLog(flash);
    flash.setFault(3, 'fails', undefined);
    for (const i of upTo(2000)) {
      expect(append(log, i)).toBe(LogResult.stored);
      if (i % 10 === 9) drain(log);
    }
    expect([log.statistics.badBlocks, log.failing]).toEqual([1, false]);
    expect(flash.erasures[3]! - flash.erasures[4]!).toBeLessThanOrEqual(1);
    const again = new FlashLog(flash);
    flash.setFault(3, undefined, undefined);
    for (const i of upTo(200)) {
      append(again, i);
      if (i % 10 === 9) drain(again);
    }
    expect(again.statistics.badBlocks).toBe(0);
  });
});
