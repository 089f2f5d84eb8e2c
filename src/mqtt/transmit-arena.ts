import { RecordWord, Word } from './layout.js';
import { PacketType, PublishFlag, writeFixedHeader, writeUint16 } from './packet.js';
import type { PayloadStream } from './payload-stream.js';
import { MessageEvent, MessageState, nextMessageState } from './state.js';

/** What `TransmitArena.sent` reports beside the packet types, in the bit of the type that does not exist. */
export const enum Sent {
  roomFreed = 1,
}

const enum FirstByte {
  /** Type and QoS, for any DUP and RETAIN. */
  typeAndQos = 0xf6,
  publishQos1 = (PacketType.publish << 4) | PublishFlag.qos1,
}

/** The first word of a record: the state above the packet identifier. */
const enum StateWord {
  shift = 16,
  packetId = 0xffff,
}

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
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  /** The packet whose payload comes from a source. */
  stream: PayloadStream | undefined = undefined;

  /**
   * The ring is `bytes[0..words[Word.ring])`; what is behind it takes the control packets. The words of `Word` say how
   * many records there are, and where.
   */
  constructor(bytes: Uint8Array, words: Uint32Array) {
    this.bytes = bytes;
    this.words = words;
    this.resetControl();
  }

  /** True in the middle of a packet of the ring. */
  get midPacket(): boolean {
    return this.words[Word.partial]! > 0;
  }

  /** True when a control packet waits. */
  get controlWaits(): boolean {
    return this.words[Word.controlTo]! > this.words[Word.controlFrom]!;
  }

  /** True when another PUBACK has room, and a PINGREQ and a DISCONNECT behind it. */
  get hasRoomForPuback(): boolean {
    const words = this.words;
    return this.bytes.length - words[Word.ring]! - (words[Word.controlTo]! - words[Word.controlPacket]!) >= 8;
  }

  /** Where a packet of `size` bytes can be written, or -1 when there is no room. The room is not taken yet. */
  room(size: number): number {
    const words = this.words;
    const count = words[Word.count]!;
    const ring = words[Word.ring]!;
    const tail = words[Word.tail]!;
    if (RecordWord.size * count === words[Word.recordsEnd]! - words[Word.records]!) return -1;
    if (count === 0) return size <= ring ? 0 : -1;
    const start = words[words[Word.head]! + RecordWord.start]!;
    if (tail <= start) return start - tail >= size ? tail : -1;
    if (ring - tail >= size) return tail;
    return start >= size ? 0 : -1;
  }

  /** Queues the packet that lies at `bytes[start..end)`, where `room` said; `packetId` 0 for QoS 0. */
  commit(start: number, end: number, packetId: number): void {
    const words = this.words;
    const record = this.record(words[Word.count]!++);
    words[record] = packetId + (MessageState.queued << StateWord.shift);
    words[record + RecordWord.start] = start;
    words[record + RecordWord.end] = end;
    words[Word.tail] = end;
    if (this.isQos1(record)) words[Word.inFlight]!++;
  }

  /** A packet identifier that is not 0 and not in use [MQTT-2.3.1-2]. */
  nextPacketId(): number {
    const words = this.words;
    let id = words[Word.lastId]!;
    do {
      id = id === 65535 ? 1 : id + 1;
    } while (id === words[Word.pendingId] || this.has(id));
    words[Word.lastId] = id;
    return id;
  }

  /** True when a packet of the ring has this identifier. */
  has(packetId: number): boolean {
    const words = this.words;
    for (let i = words[Word.count]! - 1; i >= 0; i--) {
      const state = words[this.record(i)]!;
      if ((state & StateWord.packetId) === packetId && state !== packetId) return true;
    }
    return false;
  }

  /** Queues a control packet: PUBACK with its identifier, or one without a body when `packetId` is 0. */
  control(type: PacketType, packetId: number): void {
    const words = this.words;
    let to = words[Word.controlTo]!;
    if (to + 4 > this.bytes.length) {
      const ring = words[Word.ring]!;
      const moved = words[Word.controlPacket]! - ring;
      this.bytes.copyWithin(ring, ring + moved, to);
      words[Word.controlPacket] = ring;
      words[Word.controlFrom]! -= moved;
      to -= moved;
    }
    const end = writeFixedHeader(this.bytes, to, type << 4, packetId > 0 ? 2 : 0);
    words[Word.controlTo] = packetId > 0 ? writeUint16(this.bytes, end, packetId) : end;
  }

  /**
   * Finds the bytes to write next, and sets `Word.from` and `Word.to`. Returns 1, or 0 when there are none now, or -1
   * when the source of a payload failed. Packets that lie one behind the other are found together. With `ending`,
   * a packet of the ring is only found when it is half written.
   */
  next(ending: boolean): number {
    const words = this.words;
    const midPacket = this.midPacket;
    const controlWaits = this.controlWaits;
    if (!midPacket && controlWaits) {
      words[Word.from] = words[Word.controlFrom]!;
      words[Word.to] = words[Word.controlTo]!;
      return 1;
    }
    if (!midPacket && ending) return 0;
    const count = words[Word.count]!;
    let i = words[Word.cursor]!;
    while (i < count && words[this.record(i)]! <= StateWord.packetId) i++;
    words[Word.cursor] = i;
    if (i === count) return 0;
    const record = this.record(i);
    if (this.isStream(record)) return this.stream!.next(this, record);
    let to = words[record + RecordWord.end]!;
    words[Word.from] = words[record + RecordWord.start]! + words[Word.partial]!;
    while (++i < count && !controlWaits && !ending) {
      const following = this.record(i);
      if (words[following + RecordWord.start] !== to || this.isStream(following)) break;
      if (words[following]! >> StateWord.shift !== MessageState.queued) break;
      to = words[following + RecordWord.end]!;
    }
    words[Word.to] = to;
    return 1;
  }

  /**
   * The first `count` bytes that `next` found were written at time `now`. Returns a bit, `1 << type`, for each type of
   * packet that this finished, and `Sent.roomFreed`; `counters` counts the packets by type.
   */
  sent(count: number, now: number): number {
    const words = this.words;
    let types = 0;
    if (words[Word.from]! >= words[Word.ring]!) {
      let packet = words[Word.controlPacket]!;
      const from = (words[Word.controlFrom]! += count);
      for (;;) {
        const end = packet + 2 + this.bytes[packet + 1]!;
        if (packet === words[Word.controlTo] || end > from) break;
        types |= this.countPacket(packet);
        packet = end;
      }
      words[Word.controlPacket] = packet;
      if (packet === words[Word.controlTo]) this.resetControl();
      return types;
    }
    while (count > 0) {
      const record = this.record(words[Word.cursor]!);
      const stream = this.isStream(record) ? this.stream : undefined;
      const start = words[record + RecordWord.start]!;
      const size = stream ? stream.size(start) : words[record + RecordWord.end]! - start;
      const left = size - words[Word.partial]!;
      if (count < left) {
        words[Word.partial]! += count;
        break;
      }
      count -= left;
      types |= this.countPacket(start);
      this.finish(record, now, stream);
    }
    return this.reclaim() ? types | Sent.roomFreed : types;
  }

  /** A PUBACK came at time `now`. Returns the time since its PUBLISH was written, or -1 when none waits for it. */
  acknowledge(packetId: number, now: number): number {
    const words = this.words;
    for (let i = 0; i < words[Word.cursor]!; i++) {
      const record = this.record(i);
      if (words[record] !== packetId + (MessageState.awaitingPuback << StateWord.shift)) continue;
      this.step(record, MessageEvent.puback);
      words[Word.inFlight]!--;
      if (this.isStream(record)) this.stream = undefined;
      const latency = (now - words[record + RecordWord.writtenAt]!) >>> 0;
      this.reclaim();
      return latency;
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
    const words = this.words;
    const bytes = this.bytes;
    const stream = this.stream;
    let redelivered = 0;
    for (let i = 0; i < words[Word.count]!; i++) {
      const record = this.record(i);
      const state = words[record]! >> StateWord.shift;
      if (state === MessageState.done) continue;
      const start = words[record + RecordWord.start]!;
      const givenUp = this.isStream(record) && stream!.failed;
      if (bytes[start]! >> 4 !== PacketType.publish || givenUp) {
        if (givenUp) this.stream = undefined;
        if (this.isQos1(record)) words[Word.inFlight]!--;
        words[record] = MessageState.done;
        continue;
      }
      const attempted = state !== MessageState.queued || (i === words[Word.cursor] && this.midPacket);
      if (this.isQos1(record)) {
        if (cleanSession) bytes[start]! &= ~PublishFlag.dup;
        else if (attempted) bytes[start]! |= PublishFlag.dup;
        if (attempted) redelivered++;
      }
      this.step(record, MessageEvent.connectionLost);
    }
    words[Word.cursor] = 0;
    words[Word.partial] = 0;
    this.stream?.rewind();
    this.resetControl();
    this.reclaim();
    return redelivered;
  }

  /** Index in the words of the record that is `i` behind the oldest. */
  record(i: number): number {
    const words = this.words;
    const end = words[Word.recordsEnd]!;
    const index = words[Word.head]! + RecordWord.size * i;
    return index < end ? index : index - end + words[Word.records]!;
  }

  /** True for a PUBLISH with QoS 1. */
  isQos1(record: number): boolean {
    return (this.bytes[this.words[record + RecordWord.start]!]! & FirstByte.typeAndQos) === FirstByte.publishQos1;
  }

  /** True for the packet whose payload comes from a source. */
  isStream(record: number): boolean {
    return this.stream?.record === record;
  }

  private countPacket(packet: number): number {
    const type = this.bytes[packet]! >> 4;
    this.words[type]!++;
    return 1 << type;
  }

  private step(record: number, event: MessageEvent): void {
    const words = this.words;
    const word = words[record]!;
    const next = nextMessageState(word >> StateWord.shift, event);
    words[record] = (word & StateWord.packetId) + (next << StateWord.shift);
  }

  private finish(record: number, now: number, stream: PayloadStream | undefined): void {
    const words = this.words;
    const qos1 = this.isQos1(record);
    this.step(record, qos1 ? MessageEvent.writtenQos1 : MessageEvent.writtenQos0);
    words[record + RecordWord.writtenAt] = now;
    if (qos1) stream?.rewind();
    else if (stream) this.stream = undefined;
    words[Word.cursor]!++;
    words[Word.partial] = 0;
  }

  private resetControl(): void {
    const words = this.words;
    words[Word.controlFrom] = words[Word.controlTo] = words[Word.controlPacket] = words[Word.ring]!;
  }

  /** Forgets the oldest records as far as they are done. Returns true when there were any. */
  private reclaim(): boolean {
    const words = this.words;
    const before = words[Word.count]!;
    while (words[Word.count]! > 0 && words[words[Word.head]!]! <= StateWord.packetId) {
      words[Word.head] = this.record(1);
      words[Word.count]!--;
      if (words[Word.cursor]! > 0) words[Word.cursor]!--;
    }
    return words[Word.count] !== before;
  }
}
