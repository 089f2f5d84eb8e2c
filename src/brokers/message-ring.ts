import { RECORD_HEADER, RecordQueue } from '../bytes/record-queue.js';
import { decodeUtf8Lossy } from '../bytes/utf8.js';
import { copyBytes, writeUint16 } from '../mqtt/packet.js';
import type { IncomingMessage } from '../mqtt/parser.js';
import { numberOption } from '../mqtt/options.js';

/** What a record has before topic and payload, each as a big-endian integer. */
const enum Header {
  tag = 0,
  /** Milliseconds since 1970. */
  unixTime = 4,
  /** Bytes of the payload before it was shortened. */
  total = 10,
  topicLength = 14,

  size = 16,
}

const TWO_TO_32 = 4294967296;

/** Bytes that a message takes in the queue beside topic and payload. */
const OVERHEAD = Header.size + RECORD_HEADER;

/** Messages in order of arrival, counted from the oldest, 0. Only `topic` and `payload` allocate. */
export class MessageRing {
  private readonly queue: RecordQueue;

  /** For `capacity` bytes of topics and payloads, and `entries` messages; both at least 1. */
  constructor(
    readonly capacity: number,
    readonly entries: number,
  ) {
    this.queue = new RecordQueue(capacity + entries * OVERHEAD);
  }

  /** Messages in the ring. */
  get count(): number {
    return this.queue.count;
  }

  /** True when a message of `length` bytes, topic and payload, has room now. */
  fits(length: number): boolean {
    const { count, used } = this.queue;
    return count < this.entries && length <= this.capacity - (used - count * OVERHEAD);
  }

  /**
   * Appends a message, which must fit: `topic[topicFrom..topicTo)` and `payload[payloadFrom..payloadTo)`, the beginning
   * of a payload of `total` bytes. `tag` is any 32-bit number, `unixTime` milliseconds since 1970 or 0.
   */
  push(
    tag: number,
    unixTime: number,
    total: number,
    topic: Uint8Array,
    topicFrom: number,
    topicTo: number,
    payload: Uint8Array,
    payloadFrom: number,
    payloadTo: number,
  ): void {
    const { queue } = this;
    const at = queue.append(Header.size + topicTo - topicFrom + payloadTo - payloadFrom);
    const { bytes } = queue;
    const high = Math.floor(unixTime / TWO_TO_32);
    writeUint32(bytes, at + Header.tag, tag);
    writeUint16(bytes, at + Header.unixTime, high);
    writeUint32(bytes, at + Header.unixTime + 2, unixTime - high * TWO_TO_32);
    writeUint32(bytes, at + Header.total, total);
    writeUint16(bytes, at + Header.topicLength, topicTo - topicFrom);
    copyBytes(bytes, copyBytes(bytes, at + Header.size, topic, topicFrom, topicTo), payload, payloadFrom, payloadTo);
  }

  /** Drops the oldest message; there must be one. */
  shift(): void {
    this.queue.shift();
  }

  clear(): void {
    this.queue.clear();
  }

  tag(index: number): number {
    return readUint32(this.queue.bytes, this.queue.from(index) + Header.tag);
  }

  setTag(index: number, tag: number): void {
    writeUint32(this.queue.bytes, this.queue.from(index) + Header.tag, tag);
  }

  unixTime(index: number): number {
    const { bytes } = this.queue;
    const at = this.queue.from(index) + Header.unixTime;
    return readUint16(bytes, at) * TWO_TO_32 + readUint32(bytes, at + 2);
  }

  /** Bytes of the payload before it was shortened. */
  total(index: number): number {
    return readUint32(this.queue.bytes, this.queue.from(index) + Header.total);
  }

  /** A copy of the topic's bytes. */
  topic(index: number): Uint8Array {
    const from = this.queue.from(index) + Header.size;
    return this.queue.bytes.slice(from, this.topicEnd(index));
  }

  /** A copy of the payload's bytes. */
  payload(index: number): Uint8Array {
    return this.queue.bytes.slice(this.topicEnd(index), this.queue.to(index));
  }

  private topicEnd(index: number): number {
    const at = this.queue.from(index);
    return at + Header.size + readUint16(this.queue.bytes, at + Header.topicLength);
  }
}

/** Sizes of the ring of received messages. */
export interface ReceivedMessagesOptions {
  /** Bytes for topics and payloads, 64 to 1048576. Default 4096. */
  capacity?: number;
  /** Messages, 1 to 65535. Default 32. */
  entries?: number;
  /** Bytes of one message, topic and payload; a longer payload is cut. Default a quarter of the capacity. */
  maxLength?: number;
}

/** The tag of messages whose broker was removed. */
const NO_BROKER = 0xffffffff;

/**
 * The last messages from all brokers, for people to look at; the oldest are overwritten. `add` does not allocate; the
 * rest is for consoles. Messages are counted from the oldest, 0.
 */
export class ReceivedMessages {
  /** Messages that were overwritten, or whose topic alone is too long. */
  lost = 0;
  /** Messages whose payload was shortened: longer than `maxLength`, or than the receive buffer. */
  cut = 0;

  private readonly ring: MessageRing;
  private readonly maxLength: number;
  /** The payload of a message that was skipped. */
  private readonly topicLength = new Uint8Array(2);
  /** By the number of a broker. */
  private readonly names: (string | undefined)[] = [];

  /** Throws a RangeError that names the option and what is allowed. */
  constructor(options: ReceivedMessagesOptions = {}) {
    const capacity = numberOption(options.capacity, 'received.capacity', 4096, 64, 1048576);
    this.ring = new MessageRing(capacity, numberOption(options.entries, 'received.entries', 32, 1, 65535));
    this.maxLength = numberOption(options.maxLength, 'received.maxLength', Math.floor(capacity / 4), 16, capacity);
  }

  get count(): number {
    return this.ring.count;
  }

  /** The name of the message's broker; empty when that was removed. */
  broker(index: number): string {
    const tag = this.ring.tag(this.check(index));
    return tag === NO_BROKER ? '' : (this.names[tag] ?? '');
  }

  topic(index: number): string {
    return decodeUtf8Lossy(this.ring.topic(this.check(index)));
  }

  /**
   * The payload for people: bytes that are not UTF-8 become U+FFFD, and a shortened one ends in its true length. For a
   * message that was skipped, why.
   */
  text(index: number): string {
    const { ring } = this;
    const payload = ring.payload(this.check(index));
    const total = ring.total(index);
    if (ring.topic(index).length === 0) {
      const topicLength = (payload[0]! << 8) | payload[1]!;
      return 'skipped: topic of ' + topicLength + ' bytes exceeds the receive buffer (payload of ' + total + ' bytes)';
    }
    return decodeUtf8Lossy(payload) + (payload.length < total ? '… (' + total + ' bytes)' : '');
  }

  /** The true length of the payload. */
  length(index: number): number {
    return this.ring.total(this.check(index));
  }

  /** As much of the payload as there was room for. */
  payload(index: number): Uint8Array {
    return this.ring.payload(this.check(index));
  }

  /** When it arrived, in milliseconds since 1970; 0 when the time of day was not known. */
  unixTime(index: number): number {
    return this.ring.unixTime(this.check(index));
  }

  /** Drops all messages and resets the counters. */
  clear(): void {
    this.ring.clear();
    this.lost = 0;
    this.cut = 0;
  }

  /** For `Brokers`: names broker number `broker`; undefined when it was removed, and another may get the number. */
  setName(broker: number, name: string | undefined): void {
    this.names[broker] = name;
    if (name !== undefined) return;
    for (let i = 0; i < this.ring.count; i++) if (this.ring.tag(i) === broker) this.ring.setTag(i, NO_BROKER);
  }

  /** Adds a message from broker number `broker` that arrived at `unixTime`; of one in pieces the first. */
  add(broker: number, message: IncomingMessage, unixTime: number): void {
    if (message.offset > 0) return;
    const { payload, payloadFrom, topicFrom, topicTo, total } = message;
    let payloadTo = message.payloadTo;
    const topicLength = topicTo - topicFrom;
    if (topicLength > this.maxLength) {
      this.lost++;
      return;
    }
    const max = payloadFrom + this.maxLength - topicLength;
    if (payloadTo > max) payloadTo = max;
    if (payloadTo - payloadFrom < total) {
      payloadTo = characterEnd(payload, payloadFrom, payloadTo);
      this.cut++;
    }
    this.makeRoom(topicLength + payloadTo - payloadFrom);
    this.ring.push(broker, unixTime, total, message.topic, topicFrom, topicTo, payload, payloadFrom, payloadTo);
  }

  /** Adds a line for a message that the session skipped: a topic of `topicLength` bytes, a payload of `total`. */
  addSkipped(broker: number, topicLength: number, total: number, unixTime: number): void {
    const length = this.topicLength;
    writeUint16(length, 0, topicLength);
    this.makeRoom(length.length);
    // No topic is empty, so that is how it is known.
    this.ring.push(broker, unixTime, total, length, 0, 0, length, 0, length.length);
  }

  private makeRoom(length: number): void {
    while (!this.ring.fits(length)) {
      this.ring.shift();
      this.lost++;
    }
  }

  private check(index: number): number {
    if (index >= 0 && index < this.ring.count && index % 1 === 0) return index;
    throw new RangeError('no message ' + index + ': there are ' + this.ring.count);
  }
}

function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  writeUint16(bytes, at, value >>> 16);
  writeUint16(bytes, at + 2, value);
}

function readUint32(bytes: Uint8Array, at: number): number {
  return readUint16(bytes, at) * 0x10000 + readUint16(bytes, at + 2);
}

function readUint16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

/** `to`, or the start of the last character in `bytes[from..to)` when that is not whole. */
function characterEnd(bytes: Uint8Array, from: number, to: number): number {
  for (let start = to - 1; start >= from && start > to - 4; start--) {
    const first = bytes[start]!;
    if ((first & 0xc0) === 0x80) continue;
    const length = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    return start + length > to ? start : to;
  }
  return to;
}
