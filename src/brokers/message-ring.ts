import { decodeUtf8 } from '../bytes/utf8.js';
import { scanUtf8, Utf8Finding } from '../mqtt/utf8.js';

/** What stands for a byte that is not part of UTF-8. */
const REPLACEMENT = '\ufffd';

/** The text of a payload, which may be anything: each byte that is not part of well-formed UTF-8 becomes U+FFFD. */
export function payloadText(bytes: Uint8Array): string {
  const length = bytes.length;
  if ((scanUtf8(bytes, 0, length) & Utf8Finding.malformed) === 0) return decodeUtf8(bytes, 0, length);
  let text = '';
  for (let at = 0; at < length;) {
    const first = bytes[at]!;
    const end = at + (first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4);
    if (end > length || scanUtf8(bytes, at, end) & Utf8Finding.malformed) {
      text += REPLACEMENT;
      at++;
    } else {
      text += decodeUtf8(bytes, at, end);
      at = end;
    }
  }
  return text;
}

/** The words of an entry. */
const enum Field {
  /** Index of its first byte. */
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
 * Messages in the order in which they came, in memory that is taken once: a ring of bytes, and a ring of entries that
 * say where each begins. A message takes its topic and its payload, and may lie around the end of the bytes.
 *
 * Entries are counted from the oldest, 0. Only `take` and the texts allocate.
 */
export class MessageRing {
  /** Messages in the ring. */
  count = 0;

  private readonly bytes: Uint8Array;
  private readonly words: Uint32Array;
  /** Index of the oldest entry. */
  private first = 0;
  private used = 0;

  /** `capacity` in bytes, `entries` in messages; both at least 1. */
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

  /** Forgets the oldest message; there must be one. */
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

  /** Index in the words of the entry that is `index` behind the oldest. */
  private entry(index: number): number {
    const at = this.first + index;
    return (at < this.entries ? at : at - this.entries) * Field.count;
  }

  /** Where the bytes behind the newest message begin. */
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
