import type { Store } from '../../hal/index.js';
import { checkInteger } from '../../tags/check-range.js';
import { crc32 } from '../crc32.js';
import type { Report } from '../report/report.js';
import {
  checkRecord,
  MAX_RECORD_LENGTH,
  partsOf,
  readRecord,
  recordLength,
  RecordOffset,
  RecordState,
  writeParts,
  writeRecord,
} from './outbox-record.js';

/** What became of a reading given to the outbox. */
export const enum AppendResult {
  stored = 1,
  /** Stored, after one or more of the oldest waiting readings were dropped to make room. */
  storedAfterDrop = 2,
  /** Refused: too little room, and all that is stored is in flight. */
  refused = 3,
}

/** Why `Outbox.restore` took nothing from what it found. */
export const enum RestoreFault {
  /** It is larger than this outbox, whose capacity was reduced since. */
  tooLong = -1,
  /** Another version of the firmware wrote it, or something else did. */
  otherVersion = -2,
  /** It was damaged. */
  corrupt = -3,
}

/** Size of an `Outbox`. */
export interface OutboxOptions {
  /**
   * Bytes for reports, from `MAX_RECORD_LENGTH` to 16777216; default 6144. A reading takes 30 bytes, 5 for each value
   * (9 for the few that f32 does not hold exactly), its identity, 3 for mean and maximum of the signal strength and 4
   * for a distance: 68 for one of a MikroTik tag. A tag that arrived takes 29 bytes, one that is away 35.
   */
  capacity?: number;
}

const NONE = -1;
const MAX_CAPACITY = 16777216;

/*
 * What `persist` writes, little-endian: the header, for which there is room in front of the records, and the records as
 * they lie in memory. The version counts changes of this header, of the records and of the meaning of field numbers.
 */
const enum PersistedOffset {
  magic = 0,
  version = 4,
  count = 8,
  /** CRC-32 of the twelve bytes before it and of all records. */
  crc = 12,
  records = 16,
}

const MAGIC = 0x58424f54;
const VERSION = 2;
/** Where the first record lies. */
const FIRST = PersistedOffset.records;

/**
 * Readings on their way to the broker, first in, first out, in a fixed piece of memory.
 *
 * A reading is waiting, then in flight under a packet identifier, then acknowledged and gone. When there is no room
 * for a new one, the oldest waiting readings are dropped, and counted: what is new says more than what is old.
 * One that is in flight is never dropped, since the broker may have it. Nothing but the constructor allocates.
 *
 * `persist` writes all readings, waiting or in flight, to a store that outlives a restart, and `restore` reads them
 * back. All of them wait then, with their original times, so what was in flight is sent twice (QoS 1 allows that).
 *
 * Records lie in the order of their arrival from `head` to `tail`. One that is done leaves a hole, and when the tail
 * reaches the end, the records close up. This moves bytes that a ring would not move, but records vary in length and
 * leave from the middle, where a ring could not use their room.
 */
export class Outbox {
  /** Readings that wait to be published. */
  waitingCount = 0;
  /** Readings that are published and not yet acknowledged. */
  inFlightCount = 0;
  /** Since construction: readings given to `append`, whatever became of them, and readings restored. */
  appendedCount = 0;
  /** Since construction: readings that were acknowledged, or needed no acknowledgement. */
  acknowledgedCount = 0;
  /** Since construction: waiting readings dropped for newer ones. */
  droppedCount = 0;
  /** Since construction: new readings refused. */
  refusedCount = 0;

  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private head: number = FIRST;
  private tail: number = FIRST;
  /** Bytes of holes between head and tail. */
  private holes = 0;
  /** No record before this one waits. */
  private firstWaiting: number = FIRST;
  /** The record that `take` gave last, NONE when it is no longer there to be sent. */
  private taken = NONE;

  /** Throws a RangeError that names the capacity's range. */
  constructor(options: OutboxOptions = {}) {
    const capacity = options.capacity ?? 6144;
    checkInteger('outbox capacity', capacity, MAX_RECORD_LENGTH, MAX_CAPACITY);
    this.bytes = new Uint8Array(FIRST + capacity);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Bytes that stored readings take. */
  get used(): number {
    return this.tail - this.head - this.holes;
  }

  /** Bytes there are for readings. */
  get capacity(): number {
    return this.bytes.length - FIRST;
  }

  /** Readings that were acknowledged, dropped or refused: all that came and is no longer here. */
  get departedCount(): number {
    return this.acknowledgedCount + this.droppedCount + this.refusedCount;
  }

  /** Stores a report: a reading with all that is known about it, or an event of presence. */
  append(report: Report): AppendResult {
    const { kind, reading, address, rssi, rssiMean, rssiMax, distance, unixTime, lastSeen, sequence } = report;
    const parts = partsOf(kind, rssiMean, distance, lastSeen);
    const length = recordLength(reading, parts);
    const result = this.makeRoom(length);
    if (result === AppendResult.refused) return result;
    writeRecord(this.view, this.tail, length, parts, reading, address, 0, rssi, unixTime, sequence);
    writeParts(this.view, this.tail, rssiMean, rssiMax, distance, lastSeen);
    this.tail += length;
    this.waitingCount++;
    return result;
  }

  /**
   * Fills `report` with the oldest waiting reading and returns true; false when none waits. The reading goes on
   * waiting, and comes again, until `sent` or `sentUnacknowledged` says that it was published.
   */
  take(report: Report): boolean {
    this.taken = NONE;
    if (this.waitingCount === 0) return false;
    this.seekWaiting();
    this.taken = this.firstWaiting;
    readRecord(this.bytes, this.view, this.taken, report);
    return true;
  }

  /**
   * The reading that `take` gave was published with QoS 1 under `packetId` (1 to 65535) and is in flight. False, and
   * nothing changes, when no reading was taken, it was dropped since, or the identifier is not allowed or in flight.
   */
  sent(packetId: number): boolean {
    const record = this.taken;
    if (record === NONE || !(packetId >= 1 && packetId <= 65535) || this.findInFlight(packetId) !== NONE) return false;
    this.taken = NONE;
    this.bytes[record + RecordOffset.state] = RecordState.inFlight;
    this.view.setUint16(record + RecordOffset.packetId, packetId, true);
    this.waitingCount--;
    this.inFlightCount++;
    return true;
  }

  /** The reading that `take` gave was published with QoS 0 and is gone. False when there is none, as in `sent`. */
  sentUnacknowledged(): boolean {
    const record = this.taken;
    if (record === NONE) return false;
    this.waitingCount--;
    this.acknowledgedCount++;
    this.release(record);
    return true;
  }

  /** The reading that `take` gave can never be published; it is dropped, and counted. False as in `sent`. */
  drop(): boolean {
    const record = this.taken;
    if (record === NONE) return false;
    this.waitingCount--;
    this.droppedCount++;
    this.release(record);
    return true;
  }

  /** The broker has acknowledged `packetId`; its reading is gone. False when no reading is in flight under it. */
  acknowledged(packetId: number): boolean {
    const record = this.findInFlight(packetId);
    if (record === NONE) return false;
    this.inFlightCount--;
    this.acknowledgedCount++;
    this.release(record);
    return true;
  }

  /** The reading in flight under `packetId` was given up by the session; it is dropped. False when there is none. */
  gaveUp(packetId: number): boolean {
    const record = this.findInFlight(packetId);
    if (record === NONE) return false;
    this.inFlightCount--;
    this.droppedCount++;
    this.release(record);
    return true;
  }

  /** All readings in flight wait again, in their original order: for a session that was lost. Returns how many. */
  returnToWaiting(): number {
    const count = this.inFlightCount;
    this.taken = NONE;
    if (count === 0) return 0;
    for (let record = this.head; record < this.tail; record = this.after(record)) {
      if (this.bytes[record + RecordOffset.state] !== RecordState.inFlight) continue;
      this.bytes[record + RecordOffset.state] = RecordState.waiting;
      this.view.setUint16(record + RecordOffset.packetId, 0, true);
    }
    this.firstWaiting = this.head;
    this.waitingCount += count;
    this.inFlightCount = 0;
    return count;
  }

  /**
   * Writes all readings to `store` under `key`, from this outbox's own memory; nothing here changes. Returns false when
   * the store has no room or fails; then it still has what was persisted before.
   */
  persist(store: Store, key: string): boolean {
    this.closeUp();
    this.view.setUint32(PersistedOffset.magic, MAGIC, true);
    this.view.setUint32(PersistedOffset.version, VERSION, true);
    this.view.setUint32(PersistedOffset.count, this.waitingCount + this.inFlightCount, true);
    this.view.setUint32(PersistedOffset.crc, this.persistedCrc(this.tail), true);
    return store.write(key, this.bytes, 0, this.tail);
  }

  /**
   * Reads back what `persist` wrote, before anything is appended: all or nothing. Returns how many readings now wait, 0
   * also when nothing was persisted or this outbox is not empty, or a `RestoreFault`. The store keeps its copy.
   */
  restore(store: Store, key: string): number {
    if (this.head !== this.tail) return 0;
    const length = store.read(key, this.bytes);
    if (length < 0) return 0;
    if (length > this.bytes.length) return RestoreFault.tooLong;
    if (length < FIRST) return RestoreFault.corrupt;
    if (this.view.getUint32(PersistedOffset.magic, true) !== MAGIC) return RestoreFault.otherVersion;
    if (this.view.getUint32(PersistedOffset.version, true) !== VERSION) return RestoreFault.otherVersion;
    if (this.view.getUint32(PersistedOffset.crc, true) !== this.persistedCrc(length)) return RestoreFault.corrupt;
    let count = 0;
    for (let at: number = FIRST; at < length; count++) {
      const recordLength = checkRecord(this.bytes, this.view, at, length);
      if (recordLength < 0) return RestoreFault.corrupt;
      this.bytes[at + RecordOffset.state] = RecordState.waiting;
      this.view.setUint16(at + RecordOffset.packetId, 0, true);
      at += recordLength;
    }
    if (count !== this.view.getUint32(PersistedOffset.count, true)) return RestoreFault.corrupt;
    this.tail = length;
    this.waitingCount = count;
    this.appendedCount += count;
    return count;
  }

  /** Counts a new record, and makes room for it at the tail, unless that cannot be. */
  private makeRoom(length: number): AppendResult {
    this.appendedCount++;
    let result = AppendResult.stored;
    if (this.capacity - this.used < length) {
      if (!this.canFree(length)) {
        this.refusedCount++;
        return AppendResult.refused;
      }
      while (this.capacity - this.used < length) this.dropOldestWaiting();
      result = AppendResult.storedAfterDrop;
    }
    if (this.bytes.length - this.tail < length) this.closeUp();
    return result;
  }

  private persistedCrc(to: number): number {
    return crc32(this.bytes, FIRST, to, crc32(this.bytes, 0, PersistedOffset.crc, 0));
  }

  private after(record: number): number {
    return record + this.view.getUint16(record + RecordOffset.length, true);
  }

  private seekWaiting(): void {
    let record = this.firstWaiting;
    while (this.bytes[record + RecordOffset.state] !== RecordState.waiting) record = this.after(record);
    this.firstWaiting = record;
  }

  private findInFlight(packetId: number): number {
    let left = this.inFlightCount;
    for (let record = this.head; left > 0; record = this.after(record)) {
      if (this.bytes[record + RecordOffset.state] !== RecordState.inFlight) continue;
      if (this.view.getUint16(record + RecordOffset.packetId, true) === packetId) return record;
      left--;
    }
    return NONE;
  }

  /** True when dropping what waits makes room for `length` bytes. */
  private canFree(length: number): boolean {
    // In flight are few, so it is their bytes that are added up.
    let free = this.capacity;
    let left = this.inFlightCount;
    for (let record = this.head; left > 0; record = this.after(record)) {
      if (this.bytes[record + RecordOffset.state] !== RecordState.inFlight) continue;
      free -= this.view.getUint16(record + RecordOffset.length, true);
      left--;
    }
    return free >= length;
  }

  private dropOldestWaiting(): void {
    this.seekWaiting();
    this.waitingCount--;
    this.droppedCount++;
    this.release(this.firstWaiting);
  }

  /** Makes a hole of a record, and takes the holes at both ends away. */
  private release(record: number): void {
    if (record === this.taken) this.taken = NONE;
    this.bytes[record + RecordOffset.state] = RecordState.done;
    this.holes += this.view.getUint16(record + RecordOffset.length, true);
    while (this.head < this.tail && this.bytes[this.head + RecordOffset.state] === RecordState.done) {
      const next = this.after(this.head);
      this.holes -= next - this.head;
      this.head = next;
    }
    if (this.head === this.tail) {
      this.head = FIRST;
      this.tail = FIRST;
      this.firstWaiting = FIRST;
    } else if (this.firstWaiting < this.head) {
      this.firstWaiting = this.head;
    }
  }

  /** Moves the records to the front, so that all free bytes lie behind the tail. */
  private closeUp(): void {
    let to: number = FIRST;
    let record = this.head;
    let firstWaiting = NONE;
    let taken = NONE;
    while (record < this.tail) {
      const next = this.after(record);
      const state = this.bytes[record + RecordOffset.state];
      if (state !== RecordState.done) {
        if (record === this.taken) taken = to;
        if (firstWaiting === NONE && state === RecordState.waiting) firstWaiting = to;
        this.bytes.copyWithin(to, record, next);
        to += next - record;
      }
      record = next;
    }
    this.head = FIRST;
    this.tail = to;
    this.holes = 0;
    this.firstWaiting = firstWaiting === NONE ? to : firstWaiting;
    this.taken = taken;
  }
}
