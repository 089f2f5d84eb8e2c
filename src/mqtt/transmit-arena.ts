import { PacketType, PublishFlag } from './packet-type.js';
import type { PayloadSource } from './payload-source.js';
import { endOfMessage, packetIdOfMessage } from './saved-messages.js';
import { MessageEvent, MessageState, nextMessageState } from './state.js';

/**
 * The outgoing packets of a session, encoded, in the order in which they go on the wire.
 *
 * The bytes lie in a ring; each packet is contiguous, so that it can be written, and written again, as it is.
 * A ring of records beside it says what each packet is. The records before `cursor` are written; those of QoS 1
 * stay until their PUBACK. Redelivery sets the cursor back: no packet is ever encoded twice.
 */
export class TransmitArena {
  readonly bytes: Uint8Array;

  /** After `next`: what to write is `bytes[from..to)`. */
  from = 0;
  to = 0;

  /** QoS 1 messages in the arena: queued, or written and not acknowledged. */
  inFlight = 0;

  /** Index in the arrays below of the oldest record. */
  private head = 0;
  private count = 0;
  private readonly packetIds: Uint16Array;
  private readonly starts: Uint32Array;
  private readonly ends: Uint32Array;
  private readonly states: Uint8Array;
  private readonly writtenAt: Float64Array;

  /** Behind the newest record in `bytes`. */
  private tail = 0;
  /** Records before this one, counted from the head, are written. */
  private cursor = 0;
  /** Bytes of the record at the cursor that are written. */
  private partial = 0;
  private lastId = 0;

  /** The one packet whose payload comes from a source: its record holds the header and a stage for pieces. */
  private source: PayloadSource | undefined;
  private sourceRecord = 0;
  private sourceHeaderEnd = 0;
  private sourceTotal = 0;
  /** Payload bytes that were read from the source. */
  private sourceOffset = 0;
  private stageFrom = 0;
  private stageTo = 0;
  /** Its message is given up at the next `rewind`: it would fail on every connection. */
  private sourceFailed = false;

  constructor(size: number, records: number) {
    this.bytes = new Uint8Array(size);
    this.packetIds = new Uint16Array(records);
    this.starts = new Uint32Array(records);
    this.ends = new Uint32Array(records);
    this.states = new Uint8Array(records);
    this.writtenAt = new Float64Array(records);
  }

  get empty(): boolean {
    return this.count === 0;
  }

  /** True when nothing waits to be written. Messages may still wait for their PUBACK. */
  get allWritten(): boolean {
    return this.cursor === this.count;
  }

  /** True in the middle of a packet. */
  get midPacket(): boolean {
    return this.partial > 0;
  }

  /** True while a packet with a source is in the arena. */
  get streaming(): boolean {
    return this.source !== undefined;
  }

  /** Where a packet of `size` bytes can be written, or -1 when there is no room. The room is not taken yet. */
  room(size: number): number {
    if (this.count === this.states.length) return -1;
    if (this.count === 0) return size <= this.bytes.length ? 0 : -1;
    const start = this.starts[this.head]!;
    if (this.tail <= start) return start - this.tail >= size ? this.tail : -1;
    if (this.bytes.length - this.tail >= size) return this.tail;
    return start >= size ? 0 : -1;
  }

  /** Queues the packet that lies at `bytes[start..end)`, where `room` said; `packetId` 0 for QoS 0. */
  commit(start: number, end: number, packetId: number): void {
    const record = this.record(this.count++);
    this.packetIds[record] = packetId;
    this.starts[record] = start;
    this.ends[record] = end;
    this.states[record] = MessageState.queued;
    this.tail = end;
    if (this.isQos1(record)) this.inFlight++;
  }

  /**
   * Queues a PUBLISH whose header lies at `bytes[start..headerEnd)`; the room up to `end` takes its payload
   * of `total` bytes in pieces.
   */
  commitStream(
    start: number,
    headerEnd: number,
    end: number,
    packetId: number,
    source: PayloadSource,
    total: number,
  ): void {
    this.sourceRecord = this.record(this.count);
    this.commit(start, end, packetId);
    this.source = source;
    this.sourceHeaderEnd = headerEnd;
    this.sourceTotal = total;
    this.rewindSource();
  }

  /** A packet identifier that is not 0 and not in the arena; `taken` is in use elsewhere [MQTT-2.3.1-2]. */
  nextPacketId(taken: number): number {
    let id = this.lastId;
    do {
      id = id === 65535 ? 1 : id + 1;
    } while (id === taken || this.has(id));
    this.lastId = id;
    return id;
  }

  /** True when a packet of the arena has this identifier. */
  has(packetId: number): boolean {
    for (let i = 0; i < this.count; i++) {
      const record = this.record(i);
      if (this.packetIds[record] === packetId && this.states[record] !== MessageState.done) return true;
    }
    return false;
  }

  /**
   * Finds the bytes to write next; see `from` and `to`. Returns false when there are none now.
   * Packets that lie one behind the other are written together, unless `onePacket`.
   * Returns -1 when the source of a payload failed.
   */
  next(onePacket: boolean): boolean | -1 {
    while (this.cursor < this.count && this.states[this.record(this.cursor)] === MessageState.done) this.cursor++;
    if (this.cursor === this.count) return false;
    const record = this.record(this.cursor);
    if (this.isSource(record)) return this.nextOfSource();
    this.from = this.starts[record]! + this.partial;
    this.to = this.ends[record]!;
    if (onePacket) return true;
    for (let i = this.cursor + 1; i < this.count; i++) {
      const following = this.record(i);
      if (this.starts[following] !== this.to || this.isSource(following)) break;
      if (this.states[following] !== MessageState.queued) break;
      this.to = this.ends[following]!;
    }
    return true;
  }

  /**
   * `count` bytes, of those that `next` found, were written at time `now`. Adds the finished packets to
   * `sentByType`, and the room of QoS 0 packets is free. Returns true when room became free.
   */
  sent(count: number, now: number, sentByType: Uint32Array): boolean {
    while (count > 0) {
      const record = this.record(this.cursor);
      const size = this.isSource(record) ? this.sizeOfStream() : this.ends[record]! - this.starts[record]!;
      const left = size - this.partial;
      if (count < left) {
        this.advance(record, count);
        break;
      }
      count -= left;
      this.finish(record, now, sentByType);
    }
    return this.reclaim();
  }

  /** A PUBACK came at time `now`. Returns the time since its PUBLISH was written, or -1 when none waits for it. */
  acknowledge(packetId: number, now: number): number {
    for (let i = 0; i < this.cursor; i++) {
      const record = this.record(i);
      if (this.packetIds[record] !== packetId || this.states[record] !== MessageState.awaitingPuback) continue;
      this.states[record] = nextMessageState(MessageState.awaitingPuback, MessageEvent.puback);
      this.inFlight--;
      if (this.isSource(record)) this.source = undefined;
      this.reclaim();
      return now - this.writtenAt[record]!;
    }
    return -1;
  }

  /**
   * Prepares for a new connection: every PUBLISH that is not acknowledged is to be written again in the old order,
   * with its old identifier [MQTT-4.4.0-1]. With `cleanSession` each is a new message, so DUP is 0; without, DUP is 1
   * on what was written before, even in part [MQTT-3.3.1-1]. Other packets belonged to the old connection and are
   * dropped, except QoS 0 messages that were not completely written.
   * Returns how many PUBLISH packets are to be redelivered.
   */
  rewind(cleanSession: boolean): number {
    let redelivered = 0;
    if (this.sourceFailed) this.giveUpSource();
    for (let i = 0; i < this.count; i++) {
      const record = this.record(i);
      const state = this.states[record]!;
      if (state === MessageState.done) continue;
      const start = this.starts[record]!;
      if (this.bytes[start]! >> 4 !== PacketType.publish) {
        this.states[record] = MessageState.done;
        continue;
      }
      const attempted = state !== MessageState.queued || (i === this.cursor && this.partial > 0);
      if (this.isQos1(record)) {
        if (cleanSession) this.bytes[start]! &= ~PublishFlag.dup;
        else if (attempted) this.bytes[start]! |= PublishFlag.dup;
        if (attempted) redelivered++;
      }
      this.states[record] = nextMessageState(state, MessageEvent.connectionLost);
    }
    this.cursor = 0;
    this.partial = 0;
    if (this.source) this.rewindSource();
    this.reclaim();
    return redelivered;
  }

  /**
   * Copies every QoS 1 PUBLISH that is not acknowledged to `into[at..)`, DUP set on those that were written.
   * A message with a source is left out. Returns the length that this takes, also when it does not fit;
   * then `into` holds nothing of use.
   */
  exportMessages(into: Uint8Array, at: number): number {
    let length = 0;
    for (let i = 0; i < this.count; i++) {
      const record = this.record(i);
      if (this.states[record] === MessageState.done || !this.isQos1(record) || this.isSource(record)) continue;
      const start = this.starts[record]!;
      const end = this.ends[record]!;
      const written = i < this.cursor || (i === this.cursor && this.partial > 0);
      if (at + length + (end - start) <= into.length) {
        for (let from = start, to = at + length; from < end; from++, to++) into[to] = this.bytes[from]!;
        if (written) into[at + length]! |= PublishFlag.dup;
      }
      length += end - start;
    }
    return length;
  }

  /**
   * Takes the encoded QoS 1 PUBLISH packets `packets[from..to)`, which were checked, into the empty arena.
   * Returns how many there were.
   */
  importMessages(packets: Uint8Array, from: number, to: number): number {
    let count = 0;
    for (; from < to; count++) {
      const end = endOfMessage(packets, from, to);
      const start = this.room(end - from);
      const packetId = packetIdOfMessage(packets, from, end);
      let at = start;
      while (from < end) this.bytes[at++] = packets[from++]!;
      this.commit(start, at, packetId);
    }
    return count;
  }

  /** Index in the arrays of the record that is `i` behind the head. */
  private record(i: number): number {
    const index = this.head + i;
    return index < this.states.length ? index : index - this.states.length;
  }

  private isQos1(record: number): boolean {
    const first = this.bytes[this.starts[record]!]!;
    return first >> 4 === PacketType.publish && (first & PublishFlag.qos1) !== 0;
  }

  private isSource(record: number): boolean {
    return this.source !== undefined && record === this.sourceRecord;
  }

  private rewindSource(): void {
    this.sourceOffset = 0;
    this.stageFrom = this.sourceHeaderEnd;
    this.stageTo = this.sourceHeaderEnd;
  }

  private giveUpSource(): void {
    if (this.isQos1(this.sourceRecord)) this.inFlight--;
    this.states[this.sourceRecord] = MessageState.done;
    this.source = undefined;
    this.sourceFailed = false;
  }

  private nextOfSource(): boolean | -1 {
    const record = this.sourceRecord;
    const headerLeft = this.sourceHeaderEnd - this.starts[record]! - this.partial;
    if (headerLeft > 0) {
      this.from = this.sourceHeaderEnd - headerLeft;
      this.to = this.sourceHeaderEnd;
      return true;
    }
    if (this.stageFrom === this.stageTo) {
      const missing = this.sourceTotal - this.sourceOffset;
      const room = this.ends[record]! - this.sourceHeaderEnd;
      const length = missing < room ? missing : room;
      const stage = this.sourceHeaderEnd;
      const read = this.source!.read(this.sourceOffset, this.bytes, stage, stage + length);
      if (read === 0) return false;
      if (!(read > 0 && read <= length)) {
        this.sourceFailed = true;
        return -1;
      }
      this.sourceOffset += read;
      this.stageFrom = this.sourceHeaderEnd;
      this.stageTo = this.sourceHeaderEnd + read;
    }
    this.from = this.stageFrom;
    this.to = this.stageTo;
    return true;
  }

  /** Bytes of the packet with a source; what is still in the source included. */
  private sizeOfStream(): number {
    return this.sourceHeaderEnd - this.starts[this.sourceRecord]! + this.sourceTotal;
  }

  private advance(record: number, count: number): void {
    if (this.isSource(record) && this.from >= this.sourceHeaderEnd) this.stageFrom += count;
    this.partial += count;
  }

  private finish(record: number, now: number, sentByType: Uint32Array): void {
    const type = this.bytes[this.starts[record]!]! >> 4;
    sentByType[type]!++;
    const qos1 = this.isQos1(record);
    this.states[record] = nextMessageState(
      MessageState.queued,
      qos1 ? MessageEvent.writtenQos1 : MessageEvent.writtenQos0,
    );
    this.writtenAt[record] = now;
    if (this.isSource(record)) {
      if (qos1) this.rewindSource();
      else this.source = undefined;
    }
    this.cursor++;
    this.partial = 0;
  }

  private reclaim(): boolean {
    const before = this.count;
    while (this.count > 0 && this.states[this.head] === MessageState.done) {
      this.head = this.record(1);
      this.count--;
      if (this.cursor > 0) this.cursor--;
    }
    return this.count !== before;
  }
}
