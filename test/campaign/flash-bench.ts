import { NorFlash, PowerCut } from '../../sim/virtual/memory/nor-flash.js';
import type { SeededRandom } from '../../sim/world/random.js';
import { DropReason, FlashLog, FullRule, LOG_CHANNELS, RecordRank } from '../../src/telemetry/outbox/flash-log.js';
import type { LogStatistics } from '../../src/telemetry/outbox/flash-log.js';

/** What a log must never do. */
export const FAULTS = ['lost', 'torn', 'reordered', 'duplicated', 'miscounted', 'wrong'] as const;
export type Fault = (typeof FAULTS)[number];

export class Violation extends Error {
  constructor(
    readonly fault: Fault,
    message: string,
  ) {
    super(message);
  }
}

/** A record that the log accepted, or is asked to accept. */
interface Entry {
  id: number;
  channel: number;
  rank: RecordRank;
  ordinal: number;
  length: number;
  /** Under which a message was sent; 0: under none. */
  packetId: number;
  /** Of the log; -1 when it is not held. */
  handle: number;
}

type Fate = 'marked' | 'dropped';

/** What a bench did, and what it found. */
export interface Figures {
  appended: number;
  marked: number;
  dropped: number;
  refused: number;
  restarts: number;
  cuts: number;
  cutsDuringRecovery: number;
  /** Records that were held at a cut and wait again, and the most of one cut. */
  sentAgain: number;
  mostSentAgain: number;
  /** Records that were marked and came back all the same. */
  duplicates: number;
  /** How often a record was not given that waits on the flash: on bad blocks the next start gives it. */
  delayed: number;
  /** Bits that turned over. */
  flips: number;
  /** Records that a damaged bit cost, and those that the log counted as damaged. */
  damaged: number;
  countedDamaged: number;
  badBlocks: number;
  /** How often the ring went round, and what was erased. */
  erasures: number;
}

export function noFigures(): Figures {
  return {
    appended: 0,
    marked: 0,
    dropped: 0,
    refused: 0,
    restarts: 0,
    cuts: 0,
    cutsDuringRecovery: 0,
    sentAgain: 0,
    mostSentAgain: 0,
    duplicates: 0,
    delayed: 0,
    flips: 0,
    damaged: 0,
    countedDamaged: 0,
    badBlocks: 0,
    erasures: 0,
  };
}

/** Adds the figures of one bench to those of others. */
export function addFigures(sum: Figures, figures: Figures): void {
  for (const name of Object.keys(sum) as (keyof Figures)[]) {
    if (name === 'mostSentAgain') sum[name] = Math.max(sum[name], figures[name]);
    else sum[name] += figures[name];
  }
}

export interface BenchOptions {
  rule: FullRule;
  channels: number;
  maxHeld: number;
  /** The longest record that is appended. */
  maxLength: number;
  /** Steps that take or acknowledge, for each that appends: the log fills up with few. */
  drain: number;
  /** Bad blocks may not take marks, and records come back. Default false. */
  comeBack?: boolean;
}

/** Bytes at the beginning of a record that tell what has to follow. */
const ID_LENGTH = 4;
const RANK_CHANCES = [0.05, 0.2, 0.35, 0.95, 1];
/** Tags whose reports are counted apart. */
const TAGS = 3;

/**
 * A `FlashLog` on a chip that fails, beside a list of what the log has to hold. Every call is compared with the list.
 * After a start, and after what may have dropped records, all that is on the flash is. Throws a `Violation`.
 */
export class FlashBench {
  figures = noFigures();
  log!: FlashLog;

  /** What waits or is held, in the order of its arrival. */
  private live: Entry[] = [];
  private readonly gone = new Map<number, { entry: Entry; fate: Fate }>();
  /** Records that were gone and came back, on bad blocks: they may go again. */
  private readonly revived = new Set<Entry>();
  /** What the log was doing; a cut leaves it done or not done. */
  private doing: { what: 'append' | 'appendHeld' | 'mark' | 'drop' | 'noteSent'; entry: Entry } | undefined;
  /** Records counted as dropped that are on the flash all the same, in bad blocks. */
  private surplus = 0;
  /** The highest rank for which they were dropped. */
  private surplusRank = RecordRank.health;
  private tornMarks = 0;
  private tornErasures = 0;
  private erasuresTaken = 0;
  private lastId = 0;
  private lastPacketId = 0;
  private readonly ordinals: number[];
  private readonly payload: Uint8Array;
  private readonly into: Uint8Array;

  constructor(
    private readonly options: BenchOptions,
    private readonly random: SeededRandom,
    readonly chip: NorFlash,
  ) {
    this.payload = new Uint8Array(options.maxLength);
    this.into = new Uint8Array(options.maxLength + 1);
    this.ordinals = Array.from({ length: TAGS }, () => 0);
  }

  /** The figures since this was called last. */
  takeFigures(): Figures {
    const { figures, chip } = this;
    figures.erasures = chip.eraseCalls - this.erasuresTaken;
    this.erasuresTaken = chip.eraseCalls;
    this.figures = noFigures();
    return figures;
  }

  /** Starts the log on what is on the chip. Throws a PowerCut where the chip does. */
  mount(): void {
    const { maxHeld, rule } = this.options;
    this.log = new FlashLog(this.chip, { maxHeld, rule });
  }

  /** Compares the log that `mount` started with the list. `cut`: the power was cut before. */
  recovered(cut: boolean): void {
    const { figures, log } = this;
    figures.restarts++;
    const held = this.live.filter(({ handle }) => handle >= 0);
    if (cut) {
      figures.sentAgain += held.length;
      figures.mostSentAgain = Math.max(figures.mostSentAgain, held.length);
    }
    this.compare();
    for (const entry of held) entry.handle = -1;
    this.tornErasures += this.chip.eraseCalls - this.chip.erasedBytes / this.chip.blockLength;
    // A mark of which a cut left one bit looks like a bit that turned over, and an erasure that was cut like damage.
    const mayLookDamaged = this.options.comeBack || this.tornErasures > 0 ? Infinity : this.tornMarks;
    if (log.statistics.corrupt > mayLookDamaged) {
      throw new Violation('miscounted', `${log.statistics.corrupt} records are called damaged, and none is`);
    }
    this.checkWaiting();
  }

  /**
   * Takes all records from the log, on whose chip so many bits turned over: each may cost a record or bring one back.
   * What was lost is counted as damaged, but for a mark that is set while the log runs.
   */
  damaged(bits: number, running: boolean): void {
    const { log, figures } = this;
    figures.flips += bits;
    const found = this.readAll(log, this.live, undefined, false);
    const missing = this.live.filter(({ id }) => !found.has(id)).length;
    figures.damaged += missing;
    figures.countedDamaged += log.statistics.corrupt + log.statistics.torn;
    // The last record of all looks as if a cut had torn it.
    const counted = log.statistics.corrupt + log.statistics.torn;
    if (missing > counted && !running) throw new Violation('miscounted', `${missing} lost, and ${counted} counted`);
    if (missing + figures.duplicates > bits) {
      throw new Violation('lost', `${missing} lost and ${figures.duplicates} came back by ${bits} bits`);
    }
  }

  /** One thing that a board does with its log. */
  step(): void {
    const { log } = this;
    if (log.failing && this.random.unit() < 0.3) log.probe(log.probeAt);
    const choice = this.random.unit() * (1 + this.options.drain);
    const held = this.live.filter(({ handle }) => handle >= 0);
    const some = held[this.below(held.length)];
    if (choice < 0.9) this.append(false);
    else if (choice < 1) this.append(true);
    else {
      const part = (choice - 1) / this.options.drain;
      if (!some || part < 0.45) this.take();
      else if (part < 0.85) this.finish(some, 'mark');
      else if (part < 0.9) this.release(some);
      else if (part < 0.95) this.noteSent(some);
      else if (part < 0.97) this.finish(some, 'drop');
      else this.checkWaiting();
    }
  }

  append(hold: boolean): void {
    const wasFailing = this.log.failing;
    const entry = this.nextEntry();
    const { id, channel, rank, ordinal, length } = entry;
    const { log, payload } = this;
    fillPayload(payload, id, length);
    const dropped = droppedToMakeRoom(log.statistics);
    this.doing = { what: hold ? 'appendHeld' : 'append', entry };
    const result = hold
      ? log.appendHeld(channel, rank, ordinal, payload, 0, length)
      : log.append(channel, rank, ordinal, payload, 0, length);
    this.doing = undefined;
    if (hold ? result >= 0 : result > 0) {
      if (hold) entry.handle = result;
      this.live.push(entry);
      this.figures.appended++;
    } else {
      this.figures.refused++;
      this.gone.set(id, { entry, fate: 'dropped' });
    }
    if (droppedToMakeRoom(log.statistics) === dropped) return;
    if (wasFailing) throw new Violation('lost', 'records were dropped to make room while the flash fails');
    this.compare(dropped, entry.rank);
  }

  /**
   * The flash failed as a whole, and works again: after the next probe all blocks are in use, what is to be there is,
   * and nothing that is gone. No more than `mostBad` blocks are left out.
   */
  worksAgain(mostBad: number): void {
    const { log } = this;
    if (!log.probe(Infinity)) throw new Violation('wrong', 'the log does not use a flash that works again');
    const { badBlocks } = log.statistics;
    if (badBlocks > mostBad) throw new Violation('wrong', `${badBlocks} blocks are left out that work again`);
    const { maxHeld, rule } = this.options;
    const found = this.readAll(new FlashLog(this.chip.copy(), { maxHeld, rule }), this.live, undefined);
    const missing = this.live.filter((entry) => !found.has(entry.id) && !this.revived.has(entry));
    if (missing.length > this.surplus) throw new Violation('lost', `${missing.length}, ${show(missing[0])}`);
    const returned = [...found].filter((id) => this.gone.has(id));
    if (returned.length > 0) {
      const { entry, fate } = this.gone.get(returned[0]!)!;
      throw new Violation('duplicated', `${returned.length} are on the flash; one was ${fate}: ${show(entry)}`);
    }
  }

  take(): void {
    const { log } = this;
    const channel = this.below(this.options.channels);
    const expected = this.live.find((entry) => entry.channel === channel && entry.handle < 0);
    const found = log.next(channel);
    if (found !== (expected !== undefined)) {
      if (this.options.comeBack) {
        this.figures.delayed++;
        return;
      }
      throw new Violation(found ? 'wrong' : 'lost', `next(${channel}) is ${found}, expected ${show(expected)}`);
    }
    if (!expected) return;
    if (log.recordLength >= this.into.length || !log.read(this.into, 1)) {
      // What came back when a block could not be erased may be in pieces. A record that is lost shows at a restart.
      if (this.options.comeBack) return;
      throw new Violation('torn', `it cannot be read: ${show(expected)}`);
    }
    const id = idOf(this.into, 1, log.recordLength);
    const gone = this.gone.get(id);
    if (this.options.comeBack && gone) {
      this.figures.duplicates++;
      gone.entry.handle = log.hold();
      this.finish(gone.entry, 'mark');
      return;
    }
    // What the log dropped from a bad block is on the flash until the next start.
    const given = this.options.comeBack ? this.live.find((entry) => entry.id === id && entry.handle < 0) : expected;
    if (given !== expected) this.figures.delayed++;
    if (id !== given?.id) throw new Violation('reordered', `record ${id}, expected ${show(expected)}`);
    checkRecord(log, given, this.options.comeBack);
    const handle = log.hold();
    if (handle < 0) {
      const held = this.live.filter((entry) => entry.handle >= 0).length;
      if (held !== this.options.maxHeld && !this.options.comeBack)
        throw new Violation('wrong', `hold refused, with ${held} held`);
      return;
    }
    if (this.live.some((entry) => entry.handle === handle)) {
      throw new Violation('wrong', `handle ${handle} given twice`);
    }
    given.handle = handle;
  }

  finish(entry: Entry, what: 'mark' | 'drop'): void {
    const dropped = droppedToMakeRoom(this.log.statistics);
    this.doing = { what, entry };
    if (what === 'mark') this.log.mark(entry.handle);
    else this.log.drop(entry.handle, DropReason.setAside);
    this.doing = undefined;
    this.forget(entry, what === 'mark' ? 'marked' : 'dropped');
    if (droppedToMakeRoom(this.log.statistics) !== dropped) this.compare(dropped, RecordRank.reading);
  }

  release(entry: Entry): void {
    this.log.release(entry.handle);
    entry.handle = -1;
  }

  noteSent(entry: Entry): void {
    this.lastPacketId = (this.lastPacketId % 0xffff) + 1;
    this.doing = { what: 'noteSent', entry };
    const packetId = this.lastPacketId;
    this.log.noteSent(entry.handle, packetId);
    this.doing = undefined;
    if (this.options.comeBack) return;
    if (entry.rank === RecordRank.message && entry.packetId === 0) entry.packetId = packetId;
  }

  /** Another bench with the same list, on a copy of the chip. Its log has to be mounted. */
  fork(random: SeededRandom): FlashBench {
    const fork = new FlashBench(this.options, random, this.chip.copy());
    const copies = new Map(this.live.map((entry) => [entry, { ...entry }]));
    fork.live = [...copies.values()];
    for (const [id, gone] of this.gone) fork.gone.set(id, gone);
    if (this.doing) {
      const { what, entry } = this.doing;
      fork.doing = { what, entry: copies.get(entry) ?? { ...entry } };
    }
    fork.lastId = this.lastId;
    fork.lastPacketId = this.lastPacketId;
    fork.tornMarks = this.tornMarks;
    fork.tornErasures = this.tornErasures + this.chip.eraseCalls - this.chip.erasedBytes / this.chip.blockLength;
    fork.ordinals.splice(0, TAGS, ...this.ordinals);
    return fork;
  }

  /** Runs `action`; true when the power was cut meanwhile. */
  isCut(action: () => void): boolean {
    try {
      action();
      return false;
    } catch (error) {
      if (error instanceof PowerCut) return true;
      throw error;
    }
  }

  /** The counts of what waits are those of the list. */
  checkWaiting(): void {
    if (this.options.comeBack) return;
    for (let channel = 0; channel < this.options.channels; channel++) {
      const waiting = this.live.filter((entry) => entry.channel === channel && entry.handle < 0).length;
      if (this.log.waiting(channel) !== waiting) {
        throw new Violation('miscounted', `${this.log.waiting(channel)} wait on channel ${channel}, not ${waiting}`);
      }
    }
    if (this.log.live !== this.live.length) {
      throw new Violation('miscounted', `${this.log.live} live, not ${this.live.length}`);
    }
  }

  /**
   * Reads all that is on the flash, and brings the list in line with what may have become of it. While the log runs:
   * `droppedBefore` is what it counted before a call, and `added` the rank for which that call made room.
   */
  private compare(droppedBefore = -1, added?: RecordRank): void {
    const { doing } = this;
    this.doing = undefined;
    // Also what is dropped to make room is marked.
    if (doing) this.tornMarks++;
    const appending = doing?.what === 'append' || doing?.what === 'appendHeld' ? doing.entry : undefined;
    const all = appending ? [...this.live, appending] : this.live;
    const { maxHeld, rule } = this.options;
    const log = new FlashLog(this.chip.copy(), { maxHeld, rule });
    const found = this.readAll(log, all, doing?.what === 'noteSent' ? doing.entry : undefined);
    if (appending && found.has(appending.id)) this.live = all;
    // What came back waits again; while the log runs, only the flash has it.
    if (droppedBefore < 0) for (const id of found) this.revive(id);
    const missing = this.live.filter(({ id }) => !found.has(id));
    // A block that turns out to be bad when it is to take a mark has to be replaced.
    let rank = appending?.rank ?? added ?? (this.options.comeBack && doing ? RecordRank.reading : undefined);
    if (this.surplus > 0) rank = Math.min(rank ?? this.surplusRank, this.surplusRank);
    if (rank !== undefined) this.surplusRank = rank;
    const survivors = this.live.filter(({ id }) => found.has(id));
    let dropped = 0;
    for (const entry of missing) {
      if (doing?.entry === entry) {
        this.forget(entry, doing.what === 'mark' ? 'marked' : 'dropped');
        continue;
      }
      if (this.revived.has(entry)) {
        this.forget(entry, 'dropped');
        continue;
      }
      this.checkDrop(entry, rank, survivors);
      dropped++;
      this.forget(entry, 'dropped');
    }
    if (droppedBefore < 0) {
      this.surplus = 0;
      return;
    }
    this.surplus += droppedToMakeRoom(this.log.statistics) - droppedBefore - dropped;
    if (this.options.comeBack ? this.surplus < 0 : this.surplus !== 0) {
      throw new Violation('miscounted', `${dropped} records were dropped, ${this.surplus + dropped} counted`);
    }
  }

  /**
   * Takes all that waits in `log`. Ids of the records, each of which has to be one of `expected`. Not
   * `inOrder`: some may come late, since a damaged length hid them.
   */
  private readAll(log: FlashLog, expected: readonly Entry[], noted: Entry | undefined, inOrder = true): Set<number> {
    const entries = new Map(expected.map((entry) => [entry.id, entry]));
    const found = new Set<number>();
    // Also those that are not used: a damaged record may seem to be on any.
    for (let channel = 0; channel < LOG_CHANNELS; channel++) {
      let last = 0;
      while (log.next(channel)) {
        // A length that is damaged shows when the record is checked.
        if (log.recordLength > this.into.length && log.hold() < 0) continue;
        if (log.recordLength > this.into.length) throw new Violation('torn', `a record of ${log.recordLength} bytes`);
        if (!log.read(this.into, 0)) continue;
        const id = idOf(this.into, 0, log.recordLength);
        const gone = this.gone.get(id);
        if (gone) {
          this.figures.duplicates++;
          if (!this.options.comeBack) throw new Violation('duplicated', `was ${gone.fate}: ${show(gone.entry)}`);
        }
        const entry = gone?.entry ?? entries.get(id);
        if (!entry) throw new Violation('torn', `record ${id} was never appended`);
        if (entry.channel !== channel) throw new Violation('wrong', `on channel ${channel}: ${show(entry)}`);
        checkRecord(log, entry, noted === entry || this.options.comeBack);
        if (found.has(id)) throw new Violation('duplicated', `twice: ${show(entry)}`);
        if (inOrder && id < last) throw new Violation('reordered', `behind ${last}: ${show(entry)}`);
        last = id;
        found.add(id);
        log.mark(log.hold());
      }
    }
    return found;
  }

  private revive(id: number): void {
    const gone = this.gone.get(id);
    if (!gone) return;
    this.gone.delete(id);
    this.revived.add(gone.entry);
    this.live = [...this.live, gone.entry].sort((one, other) => one.id - other.id);
  }

  /** `entry` was dropped to make room for a record of `rank`; `survivors` were not. */
  private checkDrop(entry: Entry, rank: RecordRank | undefined, survivors: readonly Entry[]): void {
    const { rule, comeBack } = this.options;
    if (entry.handle >= 0) throw new Violation('lost', `dropped, though it is held: ${show(entry)}`);
    if (rank === undefined) throw new Violation('lost', show(entry));
    const mayLeave = rule === FullRule.newest ? entry.rank > rank : entry.rank >= rank;
    if (!mayLeave || (rule === FullRule.newest && rank >= RecordRank.reading)) {
      throw new Violation('lost', `${show(entry)}, dropped for rank ${rank} by rule ${rule}`);
    }
    // A bad block takes no marks, so what is in it stays; thinning leaves every second one.
    if (comeBack || rule === FullRule.thin) return;
    const older = survivors.find((other) => other.id < entry.id && other.rank >= entry.rank && other.handle < 0);
    if (older) throw new Violation('lost', `${show(entry)}, dropped before ${show(older)}`);
  }

  private forget(entry: Entry, fate: Fate): void {
    this.live = this.live.filter((other) => other !== entry);
    entry.handle = -1;
    this.gone.set(entry.id, { entry, fate });
    this.figures[fate]++;
  }

  private nextEntry(): Entry {
    const choice = this.random.unit();
    const rank = RANK_CHANCES.findIndex((chance) => choice < chance);
    const tag = this.below(TAGS);
    const length = ID_LENGTH + this.below(this.options.maxLength - ID_LENGTH + 1);
    const channel = this.below(this.options.channels);
    return { id: ++this.lastId, channel, rank, ordinal: this.ordinals[tag]!++ & 0xff, length, packetId: 0, handle: -1 };
  }

  private below(count: number): number {
    return Math.floor(this.random.unit() * count);
  }
}

/** Stored records that the rule for a full log dropped. */
function droppedToMakeRoom(statistics: LogStatistics): number {
  return statistics.droppedFor(DropReason.full) + statistics.droppedFor(DropReason.thinned);
}

function show(entry: Entry | undefined): string {
  if (!entry) return 'none';
  const { id, channel, rank, ordinal, length, handle } = entry;
  const held = handle < 0 ? '' : `, held as ${handle}`;
  return `record ${id} (channel ${channel}, rank ${rank}, ordinal ${ordinal}, ${length} bytes${held})`;
}

/** The record that the log selected has to be `entry`; `noting`: its packet identifier was being written. */
function checkRecord(log: FlashLog, entry: Entry, noting: boolean | undefined): void {
  const { recordLength, recordRank, recordOrdinal, recordPacketId } = log;
  if (recordLength !== entry.length || recordRank !== entry.rank || recordOrdinal !== entry.ordinal) {
    const found = `${recordLength} bytes, rank ${recordRank}, ordinal ${recordOrdinal}`;
    throw new Violation('torn', `${found}, expected ${show(entry)}`);
  }
  if (noting) entry.packetId = recordPacketId;
  if (recordPacketId !== entry.packetId) {
    throw new Violation('wrong', `packet identifier ${recordPacketId}, expected ${entry.packetId}: ${show(entry)}`);
  }
}

function fillPayload(bytes: Uint8Array, id: number, length: number): void {
  for (let i = 0; i < ID_LENGTH; i++) bytes[i] = id >>> (8 * i);
  for (let i = ID_LENGTH; i < length; i++) bytes[i] = Math.imul(id + i, 0x9e3779b1) >>> 24;
}

/** The id of a record, whose bytes have to be those that it was given. */
function idOf(bytes: Uint8Array, from: number, length: number): number {
  let id = 0;
  for (let i = 0; i < ID_LENGTH; i++) id |= bytes[from + i]! << (8 * i);
  for (let i = ID_LENGTH; i < length; i++) {
    if (bytes[from + i] !== Math.imul(id + i, 0x9e3779b1) >>> 24)
      throw new Violation('torn', `record ${id}, byte ${i}`);
  }
  return id;
}
