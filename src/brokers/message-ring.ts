import type { IncomingMessage } from '../mqtt/parser.js';
import { numberOption } from '../mqtt/options.js';
import { decodeUtf8Lossy } from '../bytes/utf8.js';

/** The words of an entry. */
const enum Field {
  /** Index of the first byte. */
  start,
  topicLength,
  payloadLength,
  tag,
  /** Milliseconds since 1970, divided by 2^32, and the rest. */
  unixTimeHigh,
  unixTimeLow,

  count,
}

const TWO_TO_32 = 4294967296;

/**
 * Messages in order of arrival, in memory that is taken once: a ring of bytes, and a ring of entries that say where
 * each begins. A message may wrap around the end of the bytes. Entries are counted from the oldest, 0. Only `topic` and
 * `payload` allocate.
 */
export class MessageRing {
  /** Messages in the ring. */
  count = 0;

  private readonly bytes: Uint8Array;
  private readonly words: Uint32Array;
  /** Index of the oldest entry. */
  private first = 0;
  private used = 0;

  /** For `capacity` bytes and `entries` messages; both at least 1. */
  constructor(
    readonly capacity: number,
    readonly entries: number,
  ) {
    this.bytes = new Uint8Array(capacity);
    this.words = new Uint32Array(entries * Field.count);
  }

  /** True when a message of `length` bytes, topic and payload, has room now. */
  fits(length: number): boolean {
    return this.count < this.entries && length <= this.capacity - this.used;
  }

  /**
   * Appends a message, which must fit: `topic[topicFrom..topicTo)` and `payload[payloadFrom..payloadTo)`. `tag` is any
   * 32-bit number, `unixTime` milliseconds since 1970 or 0.
   */
  push(
    tag: number,
    unixTime: number,
    topic: Uint8Array,
    topicFrom: number,
    topicTo: number,
    payload: Uint8Array,
    payloadFrom: number,
    payloadTo: number,
  ): void {
    const words = this.words;
    const at = this.entry(this.count);
    const start = this.count === 0 ? 0 : this.end();
    words[at + Field.start] = start;
    words[at + Field.topicLength] = topicTo - topicFrom;
    words[at + Field.payloadLength] = payloadTo - payloadFrom;
    words[at + Field.tag] = tag;
    words[at + Field.unixTimeHigh] = Math.floor(unixTime / TWO_TO_32);
    words[at + Field.unixTimeLow] = unixTime % TWO_TO_32;
    this.write(this.write(start, topic, topicFrom, topicTo), payload, payloadFrom, payloadTo);
    this.used += topicTo - topicFrom + payloadTo - payloadFrom;
    this.count++;
  }

  /** Drops the oldest message; there must be one. */
  shift(): void {
    const at = this.entry(0);
    this.used -= this.words[at + Field.topicLength]! + this.words[at + Field.payloadLength]!;
    this.first = this.first + 1 === this.entries ? 0 : this.first + 1;
    this.count--;
  }

  clear(): void {
    this.count = 0;
    this.used = 0;
  }

  tag(index: number): number {
    return this.words[this.entry(index) + Field.tag]!;
  }

  setTag(index: number, tag: number): void {
    this.words[this.entry(index) + Field.tag] = tag;
  }

  unixTime(index: number): number {
    const at = this.entry(index);
    return this.words[at + Field.unixTimeHigh]! * TWO_TO_32 + this.words[at + Field.unixTimeLow]!;
  }

  /** A copy of the topic's bytes. */
  topic(index: number): Uint8Array {
    const at = this.entry(index);
    return this.copy(this.words[at + Field.start]!, this.words[at + Field.topicLength]!);
  }

  /** A copy of the payload's bytes. */
  payload(index: number): Uint8Array {
    const at = this.entry(index);
    const topicLength = this.words[at + Field.topicLength]!;
    return this.copy(this.words[at + Field.start]! + topicLength, this.words[at + Field.payloadLength]!);
  }

  /** Where the words of the entry `index` after the oldest begin. */
  private entry(index: number): number {
    const at = this.first + index;
    return (at < this.entries ? at : at - this.entries) * Field.count;
  }

  /** Where the bytes after the newest message begin. */
  private end(): number {
    const words = this.words;
    const at = this.entry(this.count - 1);
    const end = words[at + Field.start]! + words[at + Field.topicLength]! + words[at + Field.payloadLength]!;
    return end < this.capacity ? end : end - this.capacity;
  }

  private write(at: number, source: Uint8Array, from: number, to: number): number {
    const { bytes, capacity } = this;
    for (let i = from; i < to; i++) {
      bytes[at++] = source[i]!;
      if (at === capacity) at = 0;
    }
    return at;
  }

  private copy(start: number, length: number): Uint8Array {
    const copy = new Uint8Array(length);
    for (let i = 0; i < length; i++) copy[i] = this.bytes[(start + i) % this.capacity]!;
    return copy;
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
  /** Messages whose payload was cut. */
  cut = 0;
  /** Messages longer than a receive buffer, which came in several pieces; they are not in the ring. */
  skipped = 0;

  private readonly ring: MessageRing;
  private readonly maxLength: number;
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

  /** The payload as text; bytes that are not UTF-8 become U+FFFD. */
  text(index: number): string {
    return decodeUtf8Lossy(this.ring.payload(this.check(index)));
  }

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
    this.skipped = 0;
  }

  /** For `Brokers`: names broker number `broker`; undefined when it was removed, and another may get the number. */
  setName(broker: number, name: string | undefined): void {
    this.names[broker] = name;
    if (name !== undefined) return;
    for (let i = 0; i < this.ring.count; i++) if (this.ring.tag(i) === broker) this.ring.setTag(i, NO_BROKER);
  }

  /** Adds a message from broker number `broker` that arrived at `unixTime`. */
  add(broker: number, message: IncomingMessage, unixTime: number): void {
    const { payload, payloadFrom } = message;
    let payloadTo = message.payloadTo;
    if (payloadTo - payloadFrom !== message.total) {
      if (message.offset === 0) this.skipped++;
      return;
    }
    const ring = this.ring;
    const topicLength = message.topicTo - message.topicFrom;
    if (topicLength > this.maxLength) {
      this.lost++;
      return;
    }
    const max = payloadFrom + this.maxLength - topicLength;
    if (payloadTo > max) {
      payloadTo = characterStart(payload, payloadFrom, max);
      this.cut++;
    }
    while (!ring.fits(topicLength + payloadTo - payloadFrom)) {
      ring.shift();
      this.lost++;
    }
    ring.push(broker, unixTime, message.topic, message.topicFrom, message.topicTo, payload, payloadFrom, payloadTo);
  }

  private check(index: number): number {
    if (index >= 0 && index < this.ring.count && index % 1 === 0) return index;
    throw new RangeError('no message ' + index + ': there are ' + this.ring.count);
  }
}

/** `at`, or the start of the character that lies across it, at most three bytes before. */
function characterStart(bytes: Uint8Array, from: number, at: number): number {
  for (let start = at; start > from && start >= at - 3; start--) if ((bytes[start]! & 0xc0) !== 0x80) return start;
  return at;
}
