import type { IncomingMessage } from '../mqtt/parser.js';
import { numberOption } from '../mqtt/options.js';
import { MessageRing, payloadText } from './message-ring.js';

/** What the ring of received messages may hold. */
export interface ReceivedMessagesOptions {
  /** Bytes for topics and payloads, 64 to 1048576. Default 4096. */
  capacity?: number;
  /** Messages, 1 to 65535. Default 32. */
  entries?: number;
  /** Bytes of one message, topic and payload; a longer payload is cut. Default a quarter of the capacity. */
  longest?: number;
}

/** The tag of messages whose broker was removed. */
const NO_BROKER = 0xffffffff;

/**
 * The last messages that came from all brokers, for people to look at: when there is no more room, the oldest are
 * overwritten. `store` costs no memory; the rest is for consoles. Messages are counted from the oldest, 0.
 */
export class ReceivedMessages {
  /** Messages that were overwritten, or whose topic alone is too long. */
  lost = 0;
  /** Messages whose payload was cut. */
  cut = 0;
  /** Messages that came in several pieces, because they are longer than a receive buffer; they are not in the ring. */
  skipped = 0;

  private readonly ring: MessageRing;
  private readonly longest: number;
  /** By the number of a broker. */
  private readonly names: (string | undefined)[] = [];

  /** Throws a RangeError that names the option and what is allowed. */
  constructor(options: ReceivedMessagesOptions = {}) {
    const capacity = numberOption(options.capacity, 'received.capacity', 4096, 64, 1048576);
    this.ring = new MessageRing(capacity, numberOption(options.entries, 'received.entries', 32, 1, 65535));
    this.longest = numberOption(options.longest, 'received.longest', Math.floor(capacity / 4), 16, capacity);
  }

  get count(): number {
    return this.ring.count;
  }

  /** The name of the broker that the message came from; empty when that was removed. */
  broker(index: number): string {
    const tag = this.ring.tag(this.check(index));
    return tag === NO_BROKER ? '' : (this.names[tag] ?? '');
  }

  topic(index: number): string {
    return payloadText(this.ring.topic(this.check(index)));
  }

  /** The payload as text; bytes that are not UTF-8 become U+FFFD. */
  text(index: number): string {
    return payloadText(this.ring.payload(this.check(index)));
  }

  payload(index: number): Uint8Array {
    return this.ring.payload(this.check(index));
  }

  /** When it came, in milliseconds since 1970; 0 when the time of day was not known. */
  unixTime(index: number): number {
    return this.ring.unixTime(this.check(index));
  }

  /** Forgets all messages, and counts anew. */
  clear(): void {
    this.ring.clear();
    this.lost = 0;
    this.cut = 0;
    this.skipped = 0;
  }

  /** For `Brokers`: the name of broker number `broker`; undefined: it was removed, and its number may be another's. */
  setName(broker: number, name: string | undefined): void {
    this.names[broker] = name;
    if (name !== undefined) return;
    for (let i = 0; i < this.ring.count; i++) if (this.ring.tag(i) === broker) this.ring.setTag(i, NO_BROKER);
  }

  /** Stores a message from broker number `broker` that came at `unixTime`. */
  store(broker: number, message: IncomingMessage, unixTime: number): void {
    const { payload, payloadFrom } = message;
    let payloadTo = message.payloadTo;
    if (payloadTo - payloadFrom !== message.total) {
      if (message.offset === 0) this.skipped++;
      return;
    }
    const ring = this.ring;
    const topicLength = message.topicTo - message.topicFrom;
    if (topicLength > this.longest) {
      this.lost++;
      return;
    }
    const most = payloadFrom + this.longest - topicLength;
    if (payloadTo > most) {
      payloadTo = characterStart(payload, payloadFrom, most);
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
    throw new RangeError('message ' + index + ': there are ' + this.ring.count);
  }
}

/** `at`, or where the character begins that lies across it: at most three bytes before. */
function characterStart(bytes: Uint8Array, from: number, at: number): number {
  for (let start = at; start > from && start >= at - 3; start--) if ((bytes[start]! & 0xc0) !== 0x80) return start;
  return at;
}
