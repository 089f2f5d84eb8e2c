// Not vitest's `expect`, which would take ten times as long as all else that is done millions of times here.
import assert from 'node:assert/strict';
import { NorFlash, PowerCut } from '../../../sim/virtual/memory/nor-flash.js';
import { DropReason, FlashLog, RecordRank } from '../../../src/telemetry/outbox/flash-log.js';
import type { FullRule } from '../../../src/telemetry/outbox/flash-log.js';

/** Numbers from 0 to below 1 that follow from the seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What became of a record, as its writer knows. */
const enum State {
  /** `append` was called, and a cut came before it returned. */
  begun,
  stored,
  held,
  /** `mark` or `drop` was called, and a cut came before it returned. */
  ending,
  done,
}

interface Entry {
  channel: number;
  rank: RecordRank;
  length: number;
  state: State;
  handle: number;
}

/** A record of `length` bytes, from 8 on, that says which it is. */
export function record(number: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length).fill(number);
  new DataView(bytes.buffer).setUint32(0, number, true);
  new DataView(bytes.buffer).setUint32(4, length, true);
  return bytes;
}

/** The number of the record that is selected. Throws when it is torn. */
export function readSelected(log: FlashLog): number {
  const bytes = new Uint8Array(log.recordLength + 3);
  assert(log.read(bytes, 3));
  const number = new DataView(bytes.buffer).getUint32(3, true);
  assert.deepEqual(bytes.subarray(3), record(number, log.recordLength));
  return number;
}

/** A list of all records that were given to a log, which says what has to be found in it after a restart. */
export class LogModel {
  appended = 0;
  /** Records that were done and came back after a restart. */
  returned = 0;
  private readonly entries: Entry[] = [];
  /** Records that the log has dropped by its rule, and said so; not yet noticed here. */
  private drops = 0;
  /** A cut came in a call that may have dropped records by rule, and could not say how many. */
  private mayHaveDropped = false;
  private dropsCounted = 0;
  private tornMarks = 0;

  /** `mayReturn`: records that may come back, since a bad block does not take their marks. */
  constructor(private readonly mayReturn = 0) {}

  append(log: FlashLog, channel: number, rank: RecordRank, length: number, held: boolean): void {
    const bytes = record(this.entries.length, length);
    const entry: Entry = { channel, rank, length, state: State.begun, handle: -1 };
    const ordinal = this.entries.length;
    this.entries.push(entry);
    this.mayHaveDropped = log.statistics.freeBlocks <= 2 || this.mayReturn > 0;
    if (held) {
      const handle = log.appendHeld(channel, rank, ordinal, bytes, 0, length);
      if (handle >= 0) {
        entry.state = State.held;
        entry.handle = handle;
      } else entry.state = State.done;
    } else {
      entry.state = log.append(channel, rank, ordinal, bytes, 0, length) > 0 ? State.stored : State.done;
    }
    if (entry.state !== State.done) this.appended++;
    this.mayHaveDropped = false;
    this.noteDrops(log);
  }

  /** Takes the oldest record of a channel. */
  take(log: FlashLog, channel: number): void {
    if (!log.next(channel)) {
      assert.equal(log.waiting(channel), 0);
      return;
    }
    const number = readSelected(log);
    const entry = this.entries[number]!;
    assert.deepEqual([entry.channel, entry.rank], [channel, log.recordRank]);
    if (entry.state !== State.stored && this.returned++ >= this.mayReturn) {
      throw new Error(`record ${number} is not to be given out`);
    }
    assert.equal(log.recordOrdinal, number & 255);
    const handle = log.hold();
    if (handle < 0) return;
    entry.state = State.held;
    entry.handle = handle;
  }

  mark(log: FlashLog, which: number): void {
    this.end(log, which, (handle) => log.mark(handle));
  }

  drop(log: FlashLog, which: number): void {
    this.end(log, which, (handle) => log.drop(handle, DropReason.setAside));
  }

  release(log: FlashLog, which: number): void {
    const entry = this.pick(which);
    if (entry === undefined) return;
    log.release(entry.handle);
    entry.state = State.stored;
  }

  /** After a cut: nothing is held any more. */
  restarted(log: FlashLog): void {
    this.noteDrops(log);
    this.dropsCounted = 0;
    for (const entry of this.entries) if (entry.state === State.held) entry.state = State.stored;
  }

  /** Compares what a log that was mounted has with what it should have. */
  checkRestart(log: FlashLog): void {
    const found = new Set<number>();
    for (let channel = 0; channel < 4; channel++) {
      const waiting = log.waiting(channel);
      let last = -1;
      let count = 0;
      const handles: number[] = [];
      while (log.next(channel)) {
        const number = readSelected(log);
        assert(number > last, `record ${number} comes after record ${last}`);
        last = number;
        count++;
        const entry = this.entries[number]!;
        const { recordRank, recordLength } = log;
        assert.deepEqual([entry.channel, entry.rank, entry.length], [channel, recordRank, recordLength]);
        if (entry.state === State.done && this.returned++ >= this.mayReturn) {
          throw new Error(`record ${number} was done and is here again`);
        }
        found.add(number);
        entry.state = State.stored;
        const handle = log.hold();
        if (handle >= 0) handles.push(handle);
        else {
          // All handles are in use: go on from there by marking.
          log.mark(handles.shift()!);
          handles.push(log.hold());
          throw new Error('the test holds too much');
        }
      }
      assert.equal(count, waiting);
      for (const handle of handles) log.release(handle);
      assert.equal(log.waiting(channel), waiting);
    }
    // One bit of a mark that was cut off looks like damage, as long as the block is there.
    if (this.mayHaveDropped || this.mayReturn > 0) this.tornMarks = Infinity;
    this.tornMarks += this.entries.filter(({ state }) => state === State.ending).length;
    const { corrupt } = log.statistics;
    assert(corrupt <= this.tornMarks, `${corrupt} corrupt records, ${this.tornMarks} marks were cut off`);
    let missing = 0;
    this.entries.forEach((entry, number) => {
      if (found.has(number) || entry.state === State.done) return;
      if (entry.state === State.stored) missing++;
      entry.state = State.done;
    });
    const said = `${missing} records are missing, ${this.drops} were dropped`;
    if (!this.mayHaveDropped) assert(missing <= this.drops, said);
    assert(missing >= this.drops - this.mayReturn, said);
    this.drops = 0;
    this.mayHaveDropped = false;
  }

  private end(log: FlashLog, which: number, how: (handle: number) => void): void {
    const entry = this.pick(which);
    if (entry === undefined) return;
    entry.state = State.ending;
    this.mayHaveDropped = log.statistics.badBlocks > 0 || this.mayReturn > 0;
    how(entry.handle);
    this.mayHaveDropped = false;
    entry.state = State.done;
    this.noteDrops(log);
  }

  private pick(which: number): Entry | undefined {
    const held = this.entries.filter(({ state }) => state === State.held);
    return held[Math.floor(which * held.length)];
  }

  private noteDrops(log: FlashLog): void {
    const { statistics } = log;
    const sum = statistics.droppedFor(DropReason.full) + statistics.droppedFor(DropReason.thinned);
    this.drops += sum - this.dropsCounted;
    this.dropsCounted = sum;
  }
}

const RANKS = [RecordRank.event, RecordRank.message, RecordRank.presence, RecordRank.reading, RecordRank.health];

interface Workload {
  flash: NorFlash;
  model: LogModel;
  log: FlashLog;
}

/** Mounts until it is through: every mount may be cut off too. */
function mount(flash: NorFlash, rule: FullRule, random: () => number): FlashLog {
  for (;;) {
    flash.restorePower();
    if (random() < 0.5) flash.cutAfter(Math.floor(random() * 200));
    try {
      const log = new FlashLog(flash, { rule, maxHeld: 512 });
      flash.cutAfter(Infinity);
      return log;
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
    }
  }
}

function step({ model, log }: Workload, random: () => number, drain: number): void {
  // As the owner of a log does.
  if (log.failing) log.probe(log.probeAt);
  const channel = random() < 0.8 ? 0 : 1 + Math.floor(random() * 3);
  if (random() > drain) {
    const rank = random() < 0.8 ? RecordRank.reading : RANKS[Math.floor(random() * RANKS.length)]!;
    const length = random() < 0.9 ? 12 + Math.floor(random() * 30) : Math.floor(12 + random() * 300);
    model.append(log, channel, rank, length, random() < 0.2);
    return;
  }
  const action = random();
  if (action < 0.6) model.take(log, channel);
  else if (action < 0.9) model.mark(log, random());
  else if (action < 0.95) model.release(log, random());
  else model.drop(log, random());
}

export function runWithCuts(unit: number, rule: FullRule, seed: number, cuts: number, badBlocks = 0): LogModel {
  const random = seededRandom(seed);
  const blocks = 6 + badBlocks + Math.floor(random() * 4);
  const flash = new NorFlash({ blocks, blockLength: 512, unit, random });
  const model = new LogModel(20 * badBlocks);
  for (let cut = 0; cut < cuts; cut++) {
    const log = mount(flash, rule, random);
    model.checkRestart(log);
    const drain = random();
    if (cut < badBlocks) makeBad(flash, cut, random);
    flash.cutAfter(Math.floor(random() ** 2 * 8000));
    try {
      for (let i = 0; i < 300; i++) step({ flash, model, log }, random, drain);
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
    }
    model.restarted(log);
  }
  return model;
}

function makeBad(flash: NorFlash, block: number, random: () => number): void {
  const fault = random() < 0.5 ? 'fails' : 'lies';
  const where = random();
  flash.setFault(block, where < 0.7 ? fault : undefined, where > 0.3 ? fault : undefined);
}
