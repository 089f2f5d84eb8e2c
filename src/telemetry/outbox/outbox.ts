import { checkInteger, checkNumber } from '../../tags/check-range.js';
import { FullRule, LogResult } from './flash-log.js';
import type { FlashLog } from './flash-log.js';
import { DropReason, RANKS, REASONS, RecordRank } from './log-statistics.js';

/** What became of a record given to the outbox. */
export const enum AppendResult {
  stored = 1,
  /** Stored, after one or more waiting records were dropped to make room. */
  storedAfterDrop = 2,
  /** Refused: no room, and all that is stored is in flight, or outlives it by the rule; or it is too long. */
  refused = 3,
}

/** The channels of a board's log. */
export const enum LogChannel {
  /** The gateway's reports. */
  reports = 0,
  /** What the parts of the gateway publish: answers of RPC. */
  gateway = 1,
  /** The first broker's; the others follow. */
  brokers = 2,
}

/** Size and rules of an `Outbox`. */
export interface OutboxOptions {
  /** Bytes of memory for records, from `RECORD_OVERHEAD` + `maxRecordLength` to 16777216; default 6144. */
  capacity?: number;
  /** Bytes of the longest record, 1 to 65000; default 512. With a log the outbox takes so many beside its capacity. */
  maxRecordLength?: number;
  /**
   * Seconds after which a record that was not acknowledged is written to the log, 0 to 86400; 0: each one at once.
   * Default 5. Of no effect without a log.
   */
  persistSeconds?: number;
  /** What is dropped when memory is full and there is no log, or the log takes no more. Default: the oldest. */
  rule?: FullRule;
  /** Records of the log that can be in flight at once, 1 to 65534; default 8. */
  maxInFlight?: number;
}

/** How long what waits for the broker is kept, as it is configured. */
export interface Retention {
  /** See `OutboxOptions.persistSeconds`. */
  persistSeconds: number;
  /** What is dropped when there is no room, in memory and on flash. */
  rule: FullRule;
  /** Seconds after which it is dropped; 0: never. */
  maxAgeSeconds: number;
}

/** Bytes of memory that a record takes beside its own. */
export const RECORD_OVERHEAD = 11;

const MAX_CAPACITY = 16777216;
const MAX_RECORD = 65000;
const NONE = -1;
/** `taken` is the record of the log that lies in the stage. */
const STAGED = -2;
/** Bytes that a chip programs in one go. So many are gathered in memory while there is no connection. */
const PAGE = 256;
const TWO_32 = 0x100000000;
/** Records in a row that cannot be read from the log before a `take` gives up. */
const MAX_UNREADABLE = 64;
/** After so many milliseconds a log that took nothing is tried again, unless its flash fails: see `FlashLog.probe`. */
const RETRY = 5000;
/** Thinning keeps at least one of 2^8 records of a tag. */
const MAX_THINNING = 8;

/*
 * A record in memory, numbers low byte first:
 *
 *   0  u16  length with this header
 *   2  u8   RecordState
 *   3  u8   RecordRank
 *   4  u16  packet identifier, 0 unless in flight
 *   6  u8   ordinal
 *   7  u32  when it was appended, milliseconds, modulo 2^32
 *  11       the record
 */
const enum Offset {
  length = 0,
  state = 2,
  rank = 3,
  packetId = 4,
  ordinal = 6,
  time = 7,
  record = 11,
}

/** The first four bytes read as one number: length, state and rank. */
const enum Head {
  length = 0xffff,
  stateShift = 16,
  state = 0xff,
  rankShift = 24,
}

/** Where a record is on its way. */
const enum RecordState {
  waiting = 1,
  inFlight = 2,
  /** Acknowledged, dropped, or in the log; its bytes are free. */
  done = 3,
}

/**
 * Records on their way to a broker, in a fixed piece of memory and, where a board has flash, in a log behind it. What a
 * record says is its owner's business: a report (`report-record.ts`), a message.
 *
 * A record is waiting, then in flight under a packet identifier, then acknowledged and gone. What the broker
 * acknowledges soon never touches flash. A record goes to the log
 *
 * - at once, when `persistSeconds` is 0;
 * - when it was not acknowledged for `persistSeconds`;
 * - while there is no connection, as soon as a page of them was gathered;
 * - when memory is filled to three quarters.
 *
 * They go there in the order of their arrival, and a record is in one of the two places only. So a power cut loses at
 * most a page of records, of at most `persistSeconds`; without a log it loses all of them.
 *
 * `take` gives events first, then what is in memory, then what waits in the log, each in the order of arrival. When
 * there is no room for a new record, the rule says which waiting ones are dropped; each is counted by its reason. One
 * that is in flight is never dropped, since the broker may have it. Nothing but the constructor allocates.
 *
 * Records lie in memory in the order of their arrival from `head` to `tail`. One that is done leaves a hole, and when
 * the tail reaches the end, the records close up. This moves bytes that a ring would not move, but records vary in
 * length and leave from the middle, where a ring could not use their room.
 *
 * It has no timer: its owner calls `tick` not later than `deadline`. All times are milliseconds of `Clock.now`.
 */
export class Outbox {
  /** When `tick` must be called at the latest; Infinity when nothing is due. */
  deadline = Infinity;
  /** Since construction: records given to `reserve`, whatever became of them, and those that the log had. */
  appendedCount = 0;
  /** Since construction: records that were acknowledged, or needed no acknowledgement. */
  acknowledgedCount = 0;
  /** Since construction: records for which the cloud has no message. */
  notCarriedCount = 0;
  /** Since construction: new records refused. */
  refusedCount = 0;
  /** Since construction: records that were written to the log. */
  spilledCount = 0;

  /** The record that `take` gave is `bytes[takenAt..takenAt + takenLength)`, until the next call of any method. */
  takenAt = 0;
  /** The memory, and the place of records that come from the log. `view` is of the whole buffer. */
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Bytes there are for records. */
  readonly capacity: number;
  readonly maxRecordLength: number;

  private readonly log: FlashLog | undefined;
  private readonly channel: number;
  private readonly persist: number;
  private readonly rule: FullRule;
  /** There is no connection. */
  private away = true;

  private head = 0;
  private tail = 0;
  /** Bytes of holes between head and tail. */
  private holes = 0;
  /** No record before this one waits. */
  private firstWaiting = 0;
  /** Records in memory that wait and that are in flight. */
  private waiting = 0;
  private inFlight = 0;
  /** Bytes and number of the records in memory that wait, by rank. */
  private readonly waitingBytes: Uint32Array;
  private readonly waitingRanks: Uint32Array;
  /** The last thinning kept one of 2^thinning. */
  private thinning = 0;
  /** The latest time that was heard of. */
  private now = 0;
  /** What `commit` returns. */
  private result = AppendResult.stored;
  /** What `commit` stores. */
  private reservedLength = 0;
  private reservedRank: RecordRank = RecordRank.event;
  private reservedOrdinal = 0;

  /** The record that `take` gave last, NONE when it is no longer there to be sent. */
  private taken = NONE;
  /** The log's handle of the record in the stage, -1 without one. */
  private staged = NONE;
  private stagedLength = 0;
  private stagedRank: RecordRank = RecordRank.event;
  private stagedPacketId = 0;

  /** Records of the log that are in flight: under which identifier, and the log's handles. */
  private readonly packetIds: Uint16Array;
  private readonly handles: Int32Array;
  private flying = 0;
  /** Records in flight that share their identifier with another one, without the first of each. */
  private shared = 0;
  /** The log took nothing, and is not tried again before. */
  private retryAt = -Infinity;
  /** Records that the log had at the start, and those that it got; and those that left it by this outbox's word. */
  private logged = 0;
  private leftLog = 0;
  /** Damaged records that the log found before this was made. */
  private readonly corruptBefore: number;
  /**
   * Of the records that were dropped from memory, or by `drop` and `gaveUp`: how many for each `DropReason`; behind
   * these, without those that were in the log and with those that were refused, how many of each `RecordRank`.
   */
  private readonly dropped: Uint32Array;

  /**
   * `channel` tells the outboxes of one log apart; what the log has of it waits. Throws a RangeError that names the
   * option and what is allowed.
   */
  constructor(options: OutboxOptions, log?: FlashLog, channel?: number) {
    const maxRecordLength = options.maxRecordLength ?? 512;
    checkInteger('maxRecordLength', maxRecordLength, 1, MAX_RECORD);
    const capacity = options.capacity ?? 6144;
    checkInteger('outbox capacity', capacity, RECORD_OVERHEAD + maxRecordLength, MAX_CAPACITY);
    const persistSeconds = options.persistSeconds ?? 5;
    checkNumber('persistSeconds', persistSeconds, 0, 86400, '(0: at once)');
    const maxInFlight = options.maxInFlight ?? 8;
    checkInteger('maxInFlight', maxInFlight, 1, 65534);
    this.capacity = capacity;
    this.maxRecordLength = maxRecordLength;
    this.bytes = new Uint8Array(log ? capacity + maxRecordLength : capacity);
    this.view = new DataView(this.bytes.buffer);
    this.persist = persistSeconds * 1000;
    this.rule = options.rule ?? FullRule.oldest;
    this.log = log;
    this.channel = channel ?? 0;
    const flying = log ? maxInFlight : 0;
    // One buffer costs less than five.
    const handlesAt = 4 * (3 * RANKS + REASONS);
    const words = new ArrayBuffer(handlesAt + 6 * flying);
    this.waitingBytes = new Uint32Array(words, 0, RANKS);
    this.waitingRanks = new Uint32Array(words, 4 * RANKS, RANKS);
    this.dropped = new Uint32Array(words, 8 * RANKS, REASONS + RANKS);
    this.handles = new Int32Array(words, handlesAt, flying);
    this.packetIds = new Uint16Array(words, handlesAt + 4 * flying, flying);
    this.corruptBefore = log ? log.statistics.corrupt : 0;
    if (log) this.appendedCount = this.logged = log.waiting(this.channel);
  }

  /** Bytes of the record that `take` gave, until the next call of any method; so are those below. */
  get takenLength(): number {
    const taken = this.taken;
    if (taken === STAGED) return this.stagedLength;
    return taken === NONE ? 0 : this.view.getUint16(taken + Offset.length, true) - Offset.record;
  }

  get takenRank(): RecordRank {
    const taken = this.taken;
    if (taken === STAGED) return this.stagedRank;
    return taken === NONE ? RecordRank.event : this.bytes[taken + Offset.rank]!;
  }

  /** The packet identifier under which it was sent before a restart; 0: it was not. */
  get takenPacketId(): number {
    return this.taken === STAGED ? this.stagedPacketId : 0;
  }

  /** True when there is a record that waits to be published. */
  get hasWaiting(): boolean {
    return this.waiting > 0 || (this.log !== undefined && this.backlogCount > 0);
  }

  /** Records that wait to be published. */
  get waitingCount(): number {
    return this.waiting + this.backlogCount;
  }

  /** Of those: how many are in the log. */
  get backlogCount(): number {
    if (!this.log) return 0;
    return this.log.waiting(this.channel) + (this.staged === NONE ? 0 : 1);
  }

  /** Records that are published and not yet acknowledged. */
  get inFlightCount(): number {
    return this.inFlight + this.flying;
  }

  /** Since construction: records dropped, for whatever reason; those that were refused are not among them. */
  get droppedCount(): number {
    let count = this.logged - this.leftLog - this.flying - this.backlogCount;
    for (let reason = 0; reason < REASONS; reason++) count += this.dropped[reason]!;
    return count;
  }

  /** Of `droppedCount`: those that were dropped for this reason. */
  droppedFor(reason: DropReason): number {
    let count = this.dropped[reason]!;
    const { log } = this;
    if (!log) return count;
    if (reason === DropReason.thinned) return count + log.statistics.dropped(reason, RecordRank.reading);
    if (reason === DropReason.corrupt) return count + log.statistics.corrupt - this.corruptBefore;
    if (reason !== DropReason.full) return count;
    // What the log drops of its own accord is dropped for want of room.
    count = this.droppedCount;
    for (let other = DropReason.full + 1; other < REASONS; other++) count -= this.droppedFor(other);
    return count > 0 ? count : 0;
  }

  /**
   * Of the records that were dropped or refused: those of `rank`. Those that the log dropped of other channels count
   * too, but they are messages.
   */
  droppedOf(rank: RecordRank): number {
    let count = this.dropped[REASONS + rank]!;
    if (!this.log) return count;
    // What the log refuses is counted as memory drops it.
    for (let reason = 0; reason < REASONS; reason++) {
      if (reason === DropReason.refused || reason === DropReason.tooLong) continue;
      count += this.log.statistics.dropped(reason, rank);
    }
    return count;
  }

  /** Records that a power cut loses, waiting and in flight. */
  get memoryCount(): number {
    return this.waiting + this.inFlight;
  }

  /** Bytes that records take in memory. */
  get used(): number {
    return this.tail - this.head - this.holes;
  }

  /** True when the log takes the records; else a restart loses them. */
  get logging(): boolean {
    return this.log !== undefined;
  }

  /** There is a connection. */
  connected(): void {
    this.away = false;
  }

  /** There is none any more. */
  disconnected(now: number): void {
    this.away = true;
    this.note(now);
    this.spillWhenDue();
  }

  /**
   * Makes room for a record of `length` bytes and returns the index in `bytes` at which its owner writes it, before
   * `commit`; or -1 when it is refused. `ordinal` counts the records of one source, so that thinning leaves out evenly;
   * only its low 8 bits count.
   */
  reserve(rank: RecordRank, ordinal: number, length: number): number {
    this.appendedCount++;
    const at = this.tail + Offset.record;
    this.result = AppendResult.stored;
    if (length > this.maxRecordLength || at + length > this.capacity) {
      this.result = this.makeRoom(rank, Offset.record + length);
      if (this.result === AppendResult.refused) {
        this.refusedCount++;
        this.dropped[REASONS + rank]!++;
        return NONE;
      }
    }
    this.reservedLength = length;
    this.reservedRank = rank;
    this.reservedOrdinal = ordinal;
    return this.tail + Offset.record;
  }

  /** True when `reserve` finds room for the longest record without moving or dropping another one. */
  get hasRoom(): boolean {
    return this.tail + Offset.record + this.maxRecordLength <= this.capacity;
  }

  /** Stores the record that was written where `reserve` said, with all of the bytes or the first `written` of them. */
  commit(now: number, written?: number): AppendResult {
    this.now = now;
    const view = this.view;
    const tail = this.tail;
    const length = Offset.record + (written === undefined ? this.reservedLength : written);
    const rank = this.reservedRank;
    const head = length | (RecordState.waiting << Head.stateShift) | (rank << Head.rankShift);
    view.setUint32(tail + Offset.length, head, true);
    // The packet identifier is 0.
    view.setUint32(tail + Offset.packetId, this.reservedOrdinal << 16, true);
    view.setUint32(tail + Offset.time, now % TWO_32, true);
    this.tail = tail + length;
    if (this.waiting === 0) this.thinning = 0;
    this.waiting++;
    this.waitingBytes[rank]! += length;
    this.waitingRanks[rank]!++;
    if (this.head === tail) this.setDeadline();
    this.spillWhenDue();
    return this.result;
  }

  /**
   * Selects the record to be published next; see `takenAt`. False when none waits. The record goes on waiting, and
   * comes again, until `sent`, `sentUnacknowledged` or `drop` says what became of it.
   */
  take(): boolean {
    this.taken = NONE;
    if (this.waiting > 0) {
      const hasEvent = this.waitingRanks[RecordRank.event]! > 0;
      this.takeFromMemory(hasEvent ? this.findWaiting(RecordRank.event) : this.seekWaiting());
      return true;
    }
    return this.takeStaged();
  }

  /**
   * As `take`, but selects the record that was appended first: to look at its age, or to publish strictly in order.
   * False also when as many of the log are in flight as can be.
   */
  takeOldest(): boolean {
    this.taken = NONE;
    // What is in the log came before what is in memory.
    if (this.takeStaged()) return true;
    if (this.waiting === 0 || this.backlogCount > 0) return false;
    this.takeFromMemory(this.seekWaiting());
    return true;
  }

  /**
   * The record that `take` gave was published with QoS 1 under `packetId` (1 to 65535) and is in flight. False, and
   * nothing changes, when no record was taken, it was dropped since, or the identifier is not allowed or in flight.
   */
  sent(packetId: number): boolean {
    const record = this.taken;
    if (record === NONE || !(packetId >= 1 && packetId <= 65535)) return false;
    if (this.inFlight > 0 && this.findInFlight(packetId) !== NONE) return false;
    if (this.flying > 0 && this.findFlying(packetId) !== NONE) return false;
    this.taken = NONE;
    if (record === STAGED) {
      this.fly(this.staged, packetId, this.stagedRank);
      this.staged = NONE;
      return true;
    }
    this.countWaiting(record, -1);
    this.bytes[record + Offset.state] = RecordState.inFlight;
    this.view.setUint16(record + Offset.packetId, packetId, true);
    this.inFlight++;
    return true;
  }

  /** The record that `take` gave was published with QoS 0 and is gone. False when there is none, as in `sent`. */
  sentUnacknowledged(): boolean {
    if (this.taken === NONE) return false;
    this.acknowledgedCount++;
    this.finish(this.taken);
    return true;
  }

  /** The cloud has no message for the record that `take` gave, and it is gone. False as in `sent`. */
  leaveOut(): boolean {
    if (this.taken === NONE) return false;
    this.notCarriedCount++;
    this.finish(this.taken);
    return true;
  }

  /** What `take` gave is done with, and waits no longer. */
  private finish(record: number): void {
    if (record === STAGED) {
      this.markLogged(this.unstage());
    } else {
      this.countWaiting(record, -1);
      this.release(record);
    }
  }

  /**
   * The record that `take` gave goes into a message with others: it waits no longer, and `take` gives the next one.
   * `sentTogether` or `scatter` must follow before anything else happens to the outbox. False as in `sent`.
   */
  gather(): boolean {
    const record = this.taken;
    if (record === NONE) return false;
    this.taken = NONE;
    if (record === STAGED) {
      this.fly(this.staged, 0, this.stagedRank);
      this.staged = NONE;
      return true;
    }
    this.countWaiting(record, -1);
    this.view.setUint8(record + Offset.state, RecordState.inFlight);
    this.view.setUint16(record + Offset.packetId, 0, true);
    this.inFlight++;
    return true;
  }

  /**
   * The gathered records were published in one message, with QoS 1 under `packetId`, or with QoS 0 and are gone:
   * `packetId` is 0, then.
   */
  sentTogether(packetId: number): void {
    if (packetId === 0) {
      while (this.acknowledgeOne(0)) {
        // As many as there are.
      }
      return;
    }
    let count = 0;
    for (let record = this.findInFlight(0); record !== NONE; record = this.findInFlight(0)) {
      this.view.setUint16(record + Offset.packetId, packetId, true);
      count++;
    }
    for (let place = 0; place < this.flying; place++) {
      if (this.packetIds[place] !== 0) continue;
      this.packetIds[place] = packetId;
      count++;
    }
    if (count > 1) this.shared += count - 1;
  }

  /** The gathered records wait again: the message could not be published. */
  scatter(): void {
    this.taken = NONE;
    // The oldest of the log comes first again.
    if (this.staged !== NONE) this.log!.release(this.unstage());
    for (let place = this.flying - 1; place >= 0; place--) {
      if (this.packetIds[place] === 0) this.log!.release(this.land(place));
    }
    for (let record = this.findInFlight(0); record !== NONE; record = this.findInFlight(0)) {
      this.view.setUint8(record + Offset.state, RecordState.waiting);
      this.inFlight--;
      this.countWaiting(record, 1);
      this.firstWaiting = this.head;
    }
  }

  /** The record that `take` gave will never be published; it is dropped, and counted. False as in `sent`. */
  drop(reason: DropReason): boolean {
    const record = this.taken;
    if (record === NONE) return false;
    this.dropped[reason]!++;
    if (record === STAGED) {
      this.dropLogged(this.unstage(), reason);
    } else {
      this.noteRankDropped(record);
      this.countWaiting(record, -1);
      this.release(record);
    }
    return true;
  }

  /** The broker has acknowledged `packetId`; its records are gone. False when none is in flight under it. */
  acknowledged(packetId: number): boolean {
    if (!this.acknowledgeOne(packetId)) return false;
    // Only then there can be another one.
    while (this.shared > 0 && this.acknowledgeOne(packetId)) this.shared--;
    return true;
  }

  private acknowledgeOne(packetId: number): boolean {
    const record = this.findInFlight(packetId);
    if (record !== NONE) {
      this.inFlight--;
      this.release(record);
    } else {
      const place = this.findFlying(packetId);
      if (place === NONE) return false;
      this.markLogged(this.land(place));
    }
    this.acknowledgedCount++;
    return true;
  }

  /** The session gave up what is in flight under `packetId`; it is dropped. False when there is nothing. */
  gaveUp(packetId: number): boolean {
    if (!this.giveUpOne(packetId)) return false;
    while (this.shared > 0 && this.giveUpOne(packetId)) this.shared--;
    return true;
  }

  private giveUpOne(packetId: number): boolean {
    const record = this.findInFlight(packetId);
    if (record !== NONE) {
      this.inFlight--;
      this.noteRankDropped(record);
      this.release(record);
    } else {
      const place = this.findFlying(packetId);
      if (place === NONE) return false;
      this.dropLogged(this.land(place), DropReason.setAside);
    }
    this.dropped[DropReason.setAside]!++;
    return true;
  }

  /** All records in flight wait again, in their original order: for a session that was lost. Returns how many. */
  returnToWaiting(): number {
    const count = this.inFlightCount;
    this.taken = NONE;
    // The oldest of the log comes first again.
    if (this.staged !== NONE) this.log!.release(this.unstage());
    while (this.flying > 0) this.log!.release(this.land(this.flying - 1));
    this.shared = 0;
    if (this.inFlight === 0) return count;
    for (let record = this.head; record < this.tail; record = this.after(record)) {
      if (this.bytes[record + Offset.state] !== RecordState.inFlight) continue;
      this.bytes[record + Offset.state] = RecordState.waiting;
      this.view.setUint16(record + Offset.packetId, 0, true);
      this.countWaiting(record, 1);
    }
    this.firstWaiting = this.head;
    this.inFlight = 0;
    return count;
  }

  /** Does what is due. */
  tick(now: number): void {
    this.note(now);
    if (now >= this.deadline) this.spillOld();
  }

  /** Writes all that is in memory to the log: the chip will restart. Returns how many records only memory has. */
  flush(now: number): number {
    this.note(now);
    this.retryAt = -Infinity;
    if (this.log) this.log.probeAt = -Infinity;
    this.spill(0, NONE);
    return this.waiting + this.inFlight;
  }

  private takeFromMemory(record: number): void {
    this.taken = record;
    this.takenAt = record + Offset.record;
  }

  private takeStaged(): boolean {
    if (this.staged === NONE && !this.stage()) return false;
    this.taken = STAGED;
    this.takenAt = this.capacity;
    return true;
  }

  private note(now: number): void {
    this.now = now;
  }

  private after(record: number): number {
    return record + this.view.getUint16(record + Offset.length, true);
  }

  /** Milliseconds since the record was appended. */
  private age(record: number): number {
    return ((this.now % TWO_32) - this.view.getUint32(record + Offset.time, true)) >>> 0;
  }

  /** Notes that the record waits (`by` 1) or does so no longer (-1). */
  private countWaiting(record: number, by: number): void {
    const head = this.view.getUint32(record, true);
    const rank = head >>> Head.rankShift;
    this.waiting += by;
    this.waitingRanks[rank]! += by;
    this.waitingBytes[rank]! += by * (head & Head.length);
  }

  private seekWaiting(): number {
    let record = this.firstWaiting;
    while (this.bytes[record + Offset.state] !== RecordState.waiting) record = this.after(record);
    this.firstWaiting = record;
    return record;
  }

  /** The oldest record of `rank` that waits; there must be one. */
  private findWaiting(rank: RecordRank): number {
    const bytes = this.bytes;
    let record = this.firstWaiting;
    while (bytes[record + Offset.state] !== RecordState.waiting || bytes[record + Offset.rank] !== rank) {
      record = this.after(record);
    }
    return record;
  }

  private findInFlight(packetId: number): number {
    let left = this.inFlight;
    const view = this.view;
    for (let record = this.head; left > 0;) {
      const head = view.getUint32(record, true);
      if (((head >> Head.stateShift) & Head.state) === RecordState.inFlight) {
        if (view.getUint16(record + Offset.packetId, true) === packetId) return record;
        left--;
      }
      record += head & Head.length;
    }
    return NONE;
  }

  /** Makes a hole of a record, and takes the holes at both ends away. */
  private release(record: number): void {
    if (record === this.taken) this.taken = NONE;
    const length = this.view.getUint16(record + Offset.length, true);
    if (record !== this.head || record + length !== this.tail) return this.leaveHole(record, length);
    // The only one, as it is where the broker answers at once.
    this.head = 0;
    this.tail = 0;
    this.firstWaiting = 0;
    this.setDeadline();
  }

  private leaveHole(record: number, length: number): void {
    this.bytes[record + Offset.state] = RecordState.done;
    this.holes += length;
    if (record !== this.head) return;
    while (this.head < this.tail && this.bytes[this.head + Offset.state] === RecordState.done) {
      const next = this.after(this.head);
      this.holes -= next - this.head;
      this.head = next;
    }
    if (this.head === this.tail) {
      this.head = 0;
      this.tail = 0;
      this.firstWaiting = 0;
    } else if (this.firstWaiting < this.head) {
      this.firstWaiting = this.head;
    }
    this.setDeadline();
  }

  /** Moves the records to the front, so that all free bytes lie behind the tail. */
  private closeUp(): void {
    let to = 0;
    let record = this.head;
    let firstWaiting = NONE;
    let taken = this.taken === STAGED ? STAGED : NONE;
    while (record < this.tail) {
      const next = this.after(record);
      const state = this.bytes[record + Offset.state];
      if (state !== RecordState.done) {
        if (record === this.taken) taken = to;
        if (firstWaiting === NONE && state === RecordState.waiting) firstWaiting = to;
        this.bytes.copyWithin(to, record, next);
        to += next - record;
      }
      record = next;
    }
    this.head = 0;
    this.tail = to;
    this.holes = 0;
    this.firstWaiting = firstWaiting === NONE ? to : firstWaiting;
    this.taken = taken;
  }

  // No room

  /** Makes room for `length` bytes at the tail, unless that cannot be. */
  private makeRoom(rank: RecordRank, length: number): AppendResult {
    if (length > Offset.record + this.maxRecordLength) return AppendResult.refused;
    const limit = this.capacity - length;
    if (this.used > limit) this.spill(this.capacity >> 1, NONE);
    let result = AppendResult.stored;
    if (this.used > limit) {
      const yields = rank === RecordRank.message || rank >= RecordRank.reading;
      if (this.rule === FullRule.newest && yields) return AppendResult.refused;
      if (!this.canFree(rank, this.used - limit)) return AppendResult.refused;
      if (this.rule === FullRule.thin && rank <= RecordRank.reading) this.thin();
      while (this.used > limit) this.dropLeast();
      result = AppendResult.storedAfterDrop;
    }
    if (this.tail > limit) this.closeUp();
    return result;
  }

  /** True when dropping what waits and does not outlive a record of `rank` frees `length` bytes. */
  private canFree(rank: RecordRank, length: number): boolean {
    let freed = 0;
    for (let other: number = rank; other < RANKS; other++) freed += this.waitingBytes[other]!;
    return freed >= length;
  }

  /** Drops the oldest that waits of the lowest rank that there is. */
  private dropLeast(): void {
    let rank = RANKS - 1;
    while (this.waitingRanks[rank] === 0) rank--;
    this.dropWaiting(this.findWaiting(rank), DropReason.full);
  }

  private dropWaiting(record: number, reason: DropReason): void {
    this.dropped[reason]!++;
    this.noteRankDropped(record);
    this.countWaiting(record, -1);
    this.release(record);
  }

  private noteRankDropped(record: number): void {
    this.dropped[REASONS + this.bytes[record + Offset.rank]!]!++;
  }

  /** Drops readings evenly, at first every other one of a tag, until a quarter of the memory is free. */
  private thin(): void {
    const enough = this.capacity - (this.capacity >> 2);
    if (this.thinning === 0) this.thinning = 1;
    this.thinBy(1 << this.thinning);
    while (this.used > enough && this.thinning < MAX_THINNING) {
      this.thinning++;
      this.thinBy(1 << this.thinning);
    }
  }

  private thinBy(kept: number): void {
    const { bytes } = this;
    let left = this.waitingRanks[RecordRank.reading]!;
    let record = this.firstWaiting;
    while (left > 0) {
      const next = this.after(record);
      if (bytes[record + Offset.state] === RecordState.waiting && bytes[record + Offset.rank] === RecordRank.reading) {
        left--;
        if (bytes[record + Offset.ordinal]! % kept !== 0) this.dropWaiting(record, DropReason.thinned);
      }
      record = next;
    }
  }

  // The log

  private setDeadline(): void {
    const log = this.log;
    if (log?.failing) {
      // Also when memory is empty: what was acknowledged has to be marked.
      this.deadline = log.probeAt > this.now ? log.probeAt : this.now;
      return;
    }
    if (!log || this.head === this.tail) {
      this.deadline = Infinity;
      return;
    }
    const due = this.now - this.age(this.head) + this.persist;
    this.deadline = due > this.retryAt ? due : this.retryAt;
  }

  private spillWhenDue(): void {
    if (!this.log || this.now < this.retryAt) return;
    if (this.persist === 0 || (this.away && this.used >= PAGE)) this.spill(0, NONE);
    else if (this.used > this.capacity - (this.capacity >> 2)) this.spill(this.capacity >> 1, NONE);
  }

  /** What waited for `persist`; without a connection all, since the page that they are in is programmed anyway. */
  private spillOld(): void {
    this.spill(0, this.away ? NONE : this.persist);
    this.setDeadline();
    // What is in flight and finds no room in the log stays in memory; to try again at once would be to try for ever.
    if (this.deadline <= this.now) this.deadline = this.now + (this.persist < RETRY ? this.persist || RETRY : RETRY);
  }

  /**
   * Writes records to the log, the oldest first, until at most `least` bytes are left in memory, or until one is
   * younger than `age` milliseconds, unless that is NONE.
   */
  private spill(least: number, age: number): void {
    const log = this.log;
    if (!log || this.now < this.retryAt) return;
    if (log.failing && !log.probe(this.now)) {
      this.setDeadline();
      return;
    }
    let record = this.head;
    while (record < this.tail && this.used > least) {
      const next = this.after(record);
      if (this.bytes[record + Offset.state] !== RecordState.done) {
        if (age !== NONE && this.age(record) < age) return;
        if (!this.move(record, next)) {
          if (!log.failing) this.retryAt = this.now + RETRY;
          this.setDeadline();
          return;
        }
      }
      record = next;
    }
  }

  /**
   * Moves a record to the log, unless it can never be there. One that the log refuses by its rule is dropped, so that
   * what memory has is never older than `persist`. False when the log fails.
   */
  private move(record: number, to: number): boolean {
    const { bytes } = this;
    const from = record + Offset.record;
    const rank = bytes[record + Offset.rank]!;
    const ordinal = bytes[record + Offset.ordinal]!;
    if (bytes[record + Offset.state] === RecordState.inFlight) {
      if (this.flying === this.handles.length) return true;
      const handle = this.log!.appendHeld(this.channel, rank, ordinal, bytes, from, to);
      if (handle < 0) return handle !== LogResult.failed;
      this.fly(handle, this.view.getUint16(record + Offset.packetId, true), rank);
      this.inFlight--;
    } else {
      const result = this.log!.append(this.channel, rank, ordinal, bytes, from, to);
      if (result === LogResult.tooLong) return true;
      if (result === LogResult.full && !this.isWorn()) {
        this.dropWaiting(record, DropReason.refused);
        return true;
      }
      if (result !== LogResult.stored) return false;
      this.countWaiting(record, -1);
    }
    this.logged++;
    this.spilledCount++;
    this.release(record);
    return true;
  }

  /** True when the log has lost most of its blocks: that it is full then is no rule. */
  private isWorn(): boolean {
    const { badBlocks, blocks } = this.log!.statistics;
    return badBlocks > blocks >> 1;
  }

  /** Reads the next record of the log. False when none waits there, or as many as can be are in flight. */
  private stage(): boolean {
    const log = this.log;
    if (!log || this.flying === this.handles.length) return false;
    for (let unreadable = 0; unreadable < MAX_UNREADABLE && log.next(this.channel); unreadable++) {
      const length = log.recordLength;
      const fits = length <= this.maxRecordLength;
      if (fits && !log.read(this.bytes, this.capacity)) continue;
      this.stagedLength = length;
      this.stagedRank = log.recordRank;
      this.stagedPacketId = log.recordPacketId;
      const handle = log.hold();
      if (handle < 0) return false;
      if (fits) {
        this.staged = handle;
        return true;
      }
      // It comes from a firmware with longer records.
      this.dropped[DropReason.tooLong]!++;
      this.dropLogged(handle, DropReason.tooLong);
    }
    return false;
  }

  private unstage(): number {
    const handle = this.staged;
    this.staged = NONE;
    this.taken = NONE;
    return handle;
  }

  private fly(handle: number, packetId: number, rank: RecordRank): void {
    this.handles[this.flying] = handle;
    this.packetIds[this.flying++] = packetId;
    if (rank === RecordRank.message) this.log!.noteSent(handle, packetId);
  }

  private findFlying(packetId: number): number {
    for (let place = 0; place < this.flying; place++) if (this.packetIds[place] === packetId) return place;
    return NONE;
  }

  /** Takes a record of the log out of the table, and returns its handle. */
  private land(place: number): number {
    const handle = this.handles[place]!;
    this.flying--;
    this.handles.copyWithin(place, place + 1, this.flying + 1);
    this.packetIds.copyWithin(place, place + 1, this.flying + 1);
    return handle;
  }

  private markLogged(handle: number): void {
    this.leftLog++;
    this.retryAt = -Infinity;
    this.log!.mark(handle);
    if (this.log!.failing) this.setDeadline();
  }

  private dropLogged(handle: number, reason: DropReason): void {
    this.leftLog++;
    this.log!.drop(handle, reason);
    if (this.log!.failing) this.setDeadline();
  }
}
