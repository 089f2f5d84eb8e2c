import { RecordLayout, Layout } from './layout.js';
import { FirstByte, PacketType, PublishFlag } from './packet.js';
import type { ViewedBytes } from './viewed-bytes.js';
import { MessageState, MessageStep } from './state.js';

/** What `TransmitArena.sent` reports beside the packet types, in the bit of the type that does not exist. */
export const enum WriteResult {
  roomFreed = 1,
}

/** A packet of the arena whose payload comes from a source: see payload-stream.ts, which a board may leave out. */
export interface StreamedPacket {
  /** Its record in the arena. */
  readonly record: number;
  /** The source gave up: the message is dropped at the next connection, since it would fail on every one. */
  readonly failed: boolean;

  /** The packet is to be written again. */
  rewind(): void;

  /** Bytes of the whole packet, which begins at `start`; what is still in the source included. */
  size(start: number): number;

  /** As `TransmitArena.next`. */
  next(arena: TransmitArena, record: number): number;
}

/** The first word of a record: the state above the packet identifier. */
export const enum StateWord {
  shift = 16,
  packetId = 0xffff,
}

/** From the oldest record's identifier to the newest's: the next two are free then, of the 65,535. */
export const MAX_SPAN = 65532;

/**
 * The outgoing packets of a session, encoded, in the order in which they go on the wire.
 *
 * The bytes lie in a ring; each packet is contiguous, so that it can be written, and written again, as it is.
 * A ring of records in the session's words says what each packet is. The records before the cursor are written; those
 * of QoS 1 stay until their PUBACK. Redelivery sets the cursor back: no packet is ever encoded twice.
 *
 * Behind the ring lie the packets that need no answer of their own and must not wait for room: PUBACK, PINGREQ and
 * DISCONNECT. They are written between two packets of the ring, in the order in which they were queued [MQTT-4.6.0-2].
 */
export class TransmitArena {
  readonly bytes: ViewedBytes;
  readonly words: Uint32Array;
  /** The packet whose payload comes from a source. */
  stream: StreamedPacket | undefined = undefined;

  /**
   * The ring is `bytes[0..words[Layout.ring])`; what is behind it, up to `words[Layout.draft]`, takes the control
   * packets. The words, by `Layout`, say how many records there are, and where.
   */
  constructor(bytes: ViewedBytes, words: Uint32Array) {
    this.bytes = bytes;
    this.words = words;
    this.resetControl();
  }

  /** True in the middle of a packet of the ring. */
  get midPacket(): boolean {
    return this.words[Layout.partial]! > 0;
  }

  /** True when a control packet waits. */
  get controlWaits(): boolean {
    return this.words[Layout.controlTo]! > this.words[Layout.controlFrom]!;
  }

  /** True when another PUBACK has room, and a PINGREQ and a DISCONNECT behind it. */
  get hasRoomForPuback(): boolean {
    const words = this.words;
    return words[Layout.draft]! - words[Layout.ring]! - (words[Layout.controlTo]! - words[Layout.controlPacket]!) >= 8;
  }

  /** Where a packet of `size` bytes can be written, or -1 when there is no room. The room is not taken yet. */
  room(size: number): number {
    const words = this.words;
    const count = words[Layout.count]!;
    const ring = words[Layout.ring]!;
    if (count === 0) return size <= ring ? 0 : -1;
    if (RecordLayout.size * count === words[Layout.recordsEnd]! - words[Layout.records]!) return -1;
    const head = words[Layout.head]!;
    const span = words[Layout.lastId]! - (words[head]! & StateWord.packetId);
    if (span > MAX_SPAN || (span < 0 && span + 65535 > MAX_SPAN)) return -1;
    const start = words[head + RecordLayout.start]!;
    const tail = words[Layout.tail]!;
    if (tail <= start) return start - tail >= size ? tail : -1;
    if (ring - tail >= size) return tail;
    return start >= size ? 0 : -1;
  }

  /** Queues the packet at `bytes[start..end)`, where `room` said; `packetId` 0 for QoS 0. */
  commit(start: number, end: number, packetId: number): void {
    const words = this.words;
    const count = words[Layout.count]!;
    const recordsEnd = words[Layout.recordsEnd]!;
    let record = words[Layout.head]! + RecordLayout.size * count;
    if (record >= recordsEnd) record += words[Layout.records]! - recordsEnd;
    words[Layout.count] = count + 1;
    if (packetId > 0) words[Layout.lastId] = packetId;
    else packetId = words[Layout.lastId]!;
    words[record] = packetId + (MessageState.queued << StateWord.shift);
    words[record + RecordLayout.start] = start;
    words[record + RecordLayout.end] = end;
    words[Layout.tail] = end;
    if ((this.bytes[start]! & FirstByte.typeAndQos) === FirstByte.publishQos1) words[Layout.inFlight]!++;
  }

  /**
   * The packet identifier for the next packet to commit: not 0 and not in use [MQTT-2.3.1-2]. Each packet has the
   * identifier after that of the one before, and `room` sees to it that they do not meet the oldest; so only that of a
   * request which left the ring and waits for its answer can be in use.
   */
  nextPacketId(): number {
    const words = this.words;
    const last = words[Layout.lastId]!;
    const id = last === 65535 ? 1 : last + 1;
    if (id !== words[Layout.pendingId]) return id;
    return id === 65535 ? 1 : id + 1;
  }

  /** True when a packet of the ring has this identifier. */
  has(packetId: number): boolean {
    const record = this.find(packetId);
    return record >= 0 && this.words[record]! > StateWord.packetId;
  }

  /**
   * Index in the words of the record with this identifier, done or not, or -1. Identifiers grow by one from record to
   * record as long as all have one, so the first guess is right; else it is a binary search.
   */
  find(packetId: number): number {
    const words = this.words;
    const count = words[Layout.count]!;
    const first = words[words[Layout.head]!]! & StateWord.packetId;
    const distance = idDistance(first, packetId);
    let from = distance < count ? distance : count;
    if (from === count || !this.isRecordOf(from, packetId)) {
      let to = count;
      from = 0;
      while (from < to) {
        const middle = (from + to) >> 1;
        if (idDistance(first, words[this.record(middle)]! & StateWord.packetId) < distance) from = middle + 1;
        else to = middle;
      }
      if (from === count || !this.isRecordOf(from, packetId)) return -1;
    }
    return this.record(from);
  }

  /** True when the record that is `i` behind the oldest has this identifier, and not only that of one before it. */
  private isRecordOf(i: number, packetId: number): boolean {
    const words = this.words;
    const record = this.record(i);
    if ((words[record]! & StateWord.packetId) !== packetId) return false;
    return this.isQos1(record) || this.bytes[words[record + RecordLayout.start]!]! >> 4 !== PacketType.publish;
  }

  /** Milliseconds since the oldest QoS 1 message was written, when it waits for its PUBACK; else 0. */
  oldestAge(now: number): number {
    const words = this.words;
    const record = words[Layout.head]!;
    if (words[record]! >> StateWord.shift !== MessageState.awaitingPuback) return 0;
    return (now - words[record + RecordLayout.writtenAt]!) >>> 0;
  }

  /** Queues a control packet: PUBACK with its identifier, or one without a body when `packetId` is 0. */
  control(type: PacketType, packetId: number): void {
    const words = this.words;
    let to = words[Layout.controlTo]!;
    if (to + 4 > words[Layout.draft]!) {
      const ring = words[Layout.ring]!;
      const moved = words[Layout.controlPacket]! - ring;
      this.bytes.copyWithin(ring, ring + moved, to);
      words[Layout.controlPacket] = ring;
      words[Layout.controlFrom]! -= moved;
      to -= moved;
    }
    const bytes = this.bytes;
    bytes[to] = type << 4;
    bytes[to + 1] = 0;
    if (packetId > 0) {
      bytes[to + 1] = 2;
      bytes[to + 2] = packetId >> 8;
      bytes[to + 3] = packetId & 255;
      to += 2;
    }
    words[Layout.controlTo] = to + 2;
  }

  /**
   * Finds the bytes to write next, and sets `Layout.from` and `Layout.to`. Returns 1, or 0 when there are none now, or
   * -1 when the source of a payload failed. Contiguous packets are found together. With `ending`,
   * a packet of the ring is only found when it is partly written.
   */
  next(ending: boolean): number {
    const words = this.words;
    const partial = words[Layout.partial]!;
    const controlFrom = words[Layout.controlFrom]!;
    const controlWaits = words[Layout.controlTo]! > controlFrom;
    if (partial === 0) {
      if (controlWaits) {
        words[Layout.from] = controlFrom;
        words[Layout.to] = words[Layout.controlTo]!;
        return 1;
      }
      if (ending) return 0;
    }
    const count = words[Layout.count]!;
    let i = words[Layout.cursor]!;
    if (i === count) return 0;
    // Mostly there is one, and a call takes four times as long.
    let record = i === 0 ? words[Layout.head]! : this.record(i);
    if (words[record]! >> StateWord.shift !== MessageState.queued) {
      while (++i < count && words[this.record(i)]! >> StateWord.shift !== MessageState.queued);
      words[Layout.cursor] = i;
      if (i === count) return 0;
      record = this.record(i);
    }
    const oneAtATime = words[Layout.oneAtATime]! > 0;
    if (oneAtATime && words[Layout.awaitingPuback]! > 0) return 0;
    const paced = words[Layout.paced]! > 0;
    if (paced && partial === 0 && !this.allows(record, 0, 0)) {
      words[Layout.held] = 1;
      return 0;
    }
    const stream = this.stream;
    if (stream !== undefined && stream.record === record) return stream.next(this, record);
    const start = words[record + RecordLayout.start]!;
    let to = words[record + RecordLayout.end]!;
    words[Layout.from] = start + partial;
    if (!controlWaits && !ending && !oneAtATime) {
      const streamed = stream === undefined ? -1 : stream.record;
      const end = words[Layout.recordsEnd]!;
      let messages = paced && this.isPublish(record) ? 1 : 0;
      while (++i < count) {
        record += RecordLayout.size;
        if (record === end) record = words[Layout.records]!;
        if (words[record + RecordLayout.start] !== to || record === streamed) break;
        if (words[record]! >> StateWord.shift !== MessageState.queued) break;
        if (paced) {
          if (!this.allows(record, messages, to - start)) break;
          if (this.isPublish(record)) messages++;
        }
        to = words[record + RecordLayout.end]!;
      }
    }
    words[Layout.to] = to;
    return 1;
  }

  /** True when a packet may be written after so many PUBLISH packets and bytes. Only PUBLISH packets are held back. */
  private allows(record: number, messages: number, bytes: number): boolean {
    if (!this.isPublish(record)) return true;
    const words = this.words;
    const start = words[record + RecordLayout.start]!;
    const size = this.isStream(record) ? this.stream!.size(start) : words[record + RecordLayout.end]! - start;
    if (messages >= words[Layout.allowedMessages]!) return false;
    return bytes + size <= words[Layout.allowedBytes]! || (messages === 0 && words[Layout.allowedSize]! > 0);
  }

  /**
   * The first `count` bytes that `next` found were written at time `now`. Returns a bit, `1 << type`, for each type of
   * packet that this finished, and `WriteResult.roomFreed`; `counters` counts the packets by type.
   */
  sent(count: number, now: number): number {
    const words = this.words;
    if (words[Layout.from]! >= words[Layout.ring]!) return this.sentControl(count);
    const bytes = this.bytes;
    const stream = this.stream;
    const streamed = stream === undefined ? -1 : stream.record;
    const paced = words[Layout.paced]! > 0;
    const recordsEnd = words[Layout.recordsEnd]!;
    let types = 0;
    let cursor = words[Layout.cursor]!;
    let awaiting = words[Layout.awaitingPuback]!;
    let partial = words[Layout.partial]!;
    let record = cursor === 0 ? words[Layout.head]! : this.record(cursor);
    let published = 0;
    // Out of the loop: XS takes three instructions more for a local of a block.
    let first: number;
    let start: number;
    let size: number;
    while (count > 0) {
      start = words[record + RecordLayout.start]!;
      size = record === streamed ? stream!.size(start) : words[record + RecordLayout.end]! - start;
      if (count < size - partial) {
        partial += count;
        break;
      }
      count -= size - partial;
      partial = 0;
      words[record + RecordLayout.writtenAt] = now;
      first = bytes[start]!;
      if ((first & FirstByte.typeAndQos) === FirstByte.publishQos1) {
        published++;
        awaiting++;
        words[record]! += MessageStep.writtenQos1 << StateWord.shift;
        if (record === streamed) stream!.rewind();
      } else {
        if (first >> 4 === PacketType.publish) published++;
        else {
          words[first >> 4]!++;
          types |= 1 << (first >> 4);
        }
        words[record]! &= StateWord.packetId;
        if (record === streamed) this.stream = undefined;
      }
      if (paced && first >> 4 === PacketType.publish) words[Layout.publishedBytes]! += size;
      cursor++;
      record += RecordLayout.size;
      if (record === recordsEnd) record = words[Layout.records]!;
    }
    if (published > 0) {
      words[PacketType.publish]! += published;
      types |= 1 << PacketType.publish;
    }
    words[Layout.cursor] = cursor;
    words[Layout.awaitingPuback] = awaiting;
    words[Layout.partial] = partial;
    const freed = this.reclaim() || (stream !== undefined && this.stream === undefined);
    return freed ? types | WriteResult.roomFreed : types;
  }

  /** As `sent`, of the control packets. */
  private sentControl(count: number): number {
    const words = this.words;
    const bytes = this.bytes;
    const to = words[Layout.controlTo]!;
    const from = words[Layout.controlFrom]! + count;
    let packet = words[Layout.controlPacket]!;
    let types = 0;
    while (packet < to) {
      const end = packet + 2 + bytes[packet + 1]!;
      if (end > from) break;
      const type = bytes[packet]! >> 4;
      words[type]!++;
      types |= 1 << type;
      packet = end;
    }
    words[Layout.controlFrom] = from;
    words[Layout.controlPacket] = packet;
    if (packet === to) this.resetControl();
    return types;
  }

  /** A PUBACK came at time `now`. Returns the time since its PUBLISH was written, or -1 when none waits for it. */
  acknowledge(packetId: number, now: number): number {
    const words = this.words;
    const awaited = packetId + (MessageState.awaitingPuback << StateWord.shift);
    const head = words[Layout.head]!;
    let record = head;
    if (words[record] !== awaited) {
      record = this.find(packetId);
      if (record < 0 || words[record] !== awaited) return -1;
    }
    // By MessageEvent.puback it is done.
    words[record] = packetId;
    words[Layout.inFlight]!--;
    words[Layout.awaitingPuback]!--;
    if (this.stream !== undefined && this.stream.record === record) this.stream = undefined;
    const latency = (now - words[record + RecordLayout.writtenAt]!) >>> 0;
    if (record === head) this.reclaim();
    return latency;
  }

  /**
   * Prepares for a new connection: every PUBLISH that is not acknowledged is to be written again in the old order,
   * with its old identifier [MQTT-4.4.0-1]. With `cleanSession` each is a new message, so DUP is 0; without, DUP is 1
   * on what was written before, even in part [MQTT-3.3.1-1]. Other packets belonged to the old connection and are
   * dropped, except QoS 0 messages that were not completely written.
   * Returns how many PUBLISH packets are to be redelivered.
   */
  rewind(cleanSession: boolean): number {
    const words = this.words;
    const bytes = this.bytes;
    const stream = this.stream;
    const count = words[Layout.count]!;
    const end = words[Layout.recordsEnd]!;
    const partly = words[Layout.partial]! > 0 ? words[Layout.cursor]! : -1;
    let record = words[Layout.head]!;
    let redelivered = 0;
    let word: number;
    let start: number;
    let first: number;
    for (let i = 0; i < count; i++) {
      word = words[record]!;
      if (word > StateWord.packetId) {
        start = words[record + RecordLayout.start]!;
        first = bytes[start]!;
        const isQos1 = (first & FirstByte.typeAndQos) === FirstByte.publishQos1;
        const givenUp = stream !== undefined && stream.record === record && stream.failed;
        if (first >> 4 !== PacketType.publish || givenUp) {
          if (givenUp) this.stream = undefined;
          if (isQos1) words[Layout.inFlight]!--;
          // It keeps its identifier: they must grow along the records, or `find` finds none.
          words[record] = word & StateWord.packetId;
        } else {
          const state = word >> StateWord.shift;
          const attempted = state !== MessageState.queued || i === partly;
          if (isQos1) {
            if (cleanSession) bytes[start] = first & ~PublishFlag.dup;
            else if (attempted) bytes[start] = first | PublishFlag.dup;
            if (attempted) redelivered++;
          }
          if (state === MessageState.awaitingPuback)
            words[record] = word - (MessageStep.writtenQos1 << StateWord.shift);
          else if (state === MessageState.setAside) words[record] = word - (MessageStep.setAside << StateWord.shift);
        }
      }
      record += RecordLayout.size;
      if (record === end) record = words[Layout.records]!;
    }
    words[Layout.cursor] = 0;
    words[Layout.partial] = 0;
    words[Layout.awaitingPuback] = 0;
    this.stream?.rewind();
    this.resetControl();
    this.reclaim();
    return redelivered;
  }

  /** Index in the words of the record that is `i` behind the oldest. */
  record(i: number): number {
    const words = this.words;
    const end = words[Layout.recordsEnd]!;
    const index = words[Layout.head]! + RecordLayout.size * i;
    return index < end ? index : index - end + words[Layout.records]!;
  }

  private isPublish(record: number): boolean {
    return this.bytes[this.words[record + RecordLayout.start]!]! >> 4 === PacketType.publish;
  }

  /** True for a PUBLISH with QoS 1. */
  isQos1(record: number): boolean {
    return (this.bytes[this.words[record + RecordLayout.start]!]! & FirstByte.typeAndQos) === FirstByte.publishQos1;
  }

  /** True for the packet whose payload comes from a source. */
  isStream(record: number): boolean {
    return this.stream?.record === record;
  }

  private resetControl(): void {
    const words = this.words;
    const ring = words[Layout.ring]!;
    words[Layout.controlFrom] = ring;
    words[Layout.controlTo] = ring;
    words[Layout.controlPacket] = ring;
  }

  /** Forgets the oldest records as far as they are done. Returns true when there were any. */
  reclaim(): boolean {
    const words = this.words;
    const before = words[Layout.count]!;
    let head = words[Layout.head]!;
    if (before === 0 || words[head]! > StateWord.packetId) return false;
    const end = words[Layout.recordsEnd]!;
    let count = before;
    do {
      head += RecordLayout.size;
      if (head === end) head = words[Layout.records]!;
      count--;
    } while (count > 0 && words[head]! <= StateWord.packetId);
    const cursor = words[Layout.cursor]! - (before - count);
    words[Layout.head] = head;
    words[Layout.count] = count;
    words[Layout.cursor] = cursor > 0 ? cursor : 0;
    return true;
  }
}

/** How many identifiers `to` is after `from`; after 65535 comes 1. */
export function idDistance(from: number, to: number): number {
  return to >= from ? to - from : to - from + 65535;
}
