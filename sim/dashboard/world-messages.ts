import { CapturedTransport } from '../virtual/index.js';
import type { ConnectionWatcher, Tap, TappedParts, TappedStart, WatchedConnection } from '../virtual/index.js';
import type { Acknowledgements, MessageSeen, MessagesUpdate } from '../page/protocol.js';

/** Messages in one update; more of them are counted. */
export const MOST_MESSAGES = 100;
/** Messages that a page is told when it opens. */
const HISTORY = 200;
/** Bytes of a payload that are told. */
const SHOWN = 4096;
/** Bytes of a PUBLISH before its payload: topic and packet identifier. */
const LONGEST_HEADER = 2 + 65_535 + 2;
/** Messages of a connection that may wait for their acknowledgement. */
const MOST_WAITING = 256;

const CONNECT = 1;
const PUBLISH = 3;
const PUBACK = 4;

/** A message, before it is made ready for people. */
export interface SeenMessage {
  readonly gateway: number | undefined;
  readonly direction: 'up' | 'down';
  readonly topic: string;
  readonly payload: Uint8Array;
  /** Of the whole payload. */
  readonly length: number;
  readonly qos: number;
  readonly retain: boolean;
  readonly dup: boolean;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const LOSSY = new TextDecoder();

/** Messages for the page: those of the last update interval, and the last ones for a page that opens. */
export class MessageLog {
  private lastId = 0;
  private fresh: MessageSeen[] = [];
  private left = 0;
  private acknowledged: { id: number; after: number }[] = [];
  private readonly history: MessageSeen[] = [];
  /** Of those in `history`, by their ids. */
  private readonly afters = new Map<number, number>();

  /** Returns its id; 0: there are too many to tell it. `make` is called only for one that is told. */
  add(time: number, make: () => SeenMessage): number {
    if (this.fresh.length === MOST_MESSAGES) {
      this.left++;
      return 0;
    }
    const { gateway, direction, topic, payload, length, qos, retain, dup } = make();
    const text = textOf(payload);
    const message: MessageSeen = {
      id: ++this.lastId,
      time: Math.floor(time),
      ...(gateway !== undefined && { gateway }),
      direction,
      topic,
      payload: text ?? hexOf(payload),
      ...(text === undefined && { hex: true }),
      length,
      qos,
      ...(retain && { retain }),
      ...(dup && { dup }),
    };
    this.fresh.push(message);
    this.history.push(message);
    if (this.history.length > HISTORY) this.afters.delete(this.history.shift()!.id);
    return message.id;
  }

  acknowledge(id: number, after: number): void {
    const rounded = Math.round(after * 10) / 10;
    this.acknowledged.push({ id, after: rounded });
    if (id >= (this.history[0]?.id ?? Infinity)) this.afters.set(id, rounded);
  }

  /** What is new since the last call. */
  take(): (MessagesUpdate | Acknowledgements)[] {
    const { fresh, left, acknowledged } = this;
    const updates: (MessagesUpdate | Acknowledgements)[] = [];
    if (fresh.length > 0 || left > 0) {
      updates.push({ type: 'messages', messages: fresh, ...(left > 0 && { left }) });
      this.fresh = [];
      this.left = 0;
    }
    if (acknowledged.length > 0) {
      updates.push({ type: 'acknowledged', messages: acknowledged });
      this.acknowledged = [];
    }
    return updates;
  }

  /** The last ones that were taken, with their acknowledgements. */
  past(): (MessagesUpdate | Acknowledgements)[] {
    const first = this.fresh[0]?.id ?? Infinity;
    const messages = this.history.filter(({ id }) => id < first);
    const acknowledged = messages.flatMap(({ id }) => {
      const after = this.afters.get(id);
      return after === undefined ? [] : [{ id, after }];
    });
    return [
      { type: 'messages', messages },
      { type: 'acknowledged', messages: acknowledged },
    ];
  }
}

/**
 * Sees the messages of the devices where these hand bytes to their network, and get bytes from it: also those that a
 * dead connection swallows, and how long an acknowledgement takes to come back.
 */
export class MessageTap implements Tap, ConnectionWatcher {
  /** Client identifiers with which devices have connected. */
  readonly clientIds = new Map<string, number>();

  constructor(
    readonly log: MessageLog,
    readonly now: () => number,
  ) {}

  wrap<P extends TappedParts>(parts: P, start: TappedStart): P {
    return { ...parts, makeTransport: () => new CapturedTransport(parts.makeTransport(), this, start) };
  }

  connect(device: number): WatchedConnection {
    return new MessageWatcher(this, device);
  }
}

/** A QoS 1 message that waits for its PUBACK. */
interface Waiting {
  readonly id: number;
  readonly since: number;
}

class MessageWatcher implements WatchedConnection {
  private readonly up = new PacketReader((first, body, length) => this.took('up', first, body, length));
  private readonly down = new PacketReader((first, body, length) => this.took('down', first, body, length));
  /** Those that the device sent, and those that it got. */
  private readonly waiting = { up: new Map<number, Waiting>(), down: new Map<number, Waiting>() };

  constructor(
    private readonly tap: MessageTap,
    private readonly device: number,
  ) {}

  pass(up: boolean, bytes: Uint8Array, from: number, to: number): void {
    (up ? this.up : this.down).take(bytes, from, to);
  }

  // What was not acknowledged is sent again on another connection, and told as another message.
  end(): void {}
  reset(): void {}

  private took(direction: 'up' | 'down', first: number, body: Uint8Array, length: number): void {
    const { tap, device, waiting } = this;
    const type = first >> 4;
    if (type === CONNECT) {
      // Behind the protocol name, its level, the flags and the keep alive.
      const at = 2 + uint16(body, 0) + 4;
      tap.clientIds.set(LOSSY.decode(body.subarray(at + 2, at + 2 + uint16(body, at))), device);
    } else if (type === PUBACK) {
      const sent = waiting[direction === 'up' ? 'down' : 'up'];
      const message = sent.get(uint16(body, 0));
      sent.delete(uint16(body, 0));
      if (message) tap.log.acknowledge(message.id, tap.now() - message.since);
    } else if (type === PUBLISH) {
      const qos = (first >> 1) & 3;
      const topicTo = 2 + uint16(body, 0);
      const from = topicTo + (qos > 0 ? 2 : 0);
      if (from > body.length) return;
      const since = tap.now();
      const id = tap.log.add(since, () => ({
        gateway: device,
        direction,
        topic: LOSSY.decode(body.subarray(2, topicTo)),
        payload: body.subarray(from, from + SHOWN),
        length: length - from,
        qos,
        retain: (first & 1) !== 0,
        dup: (first & 8) !== 0,
      }));
      const sent = waiting[direction];
      if (qos === 1 && id > 0 && sent.size < MOST_WAITING) sent.set(uint16(body, topicTo), { id, since });
    }
  }
}

/** Cuts a row of bytes into control packets; of what is no MQTT, such as a captive portal's page, it makes nothing. */
class PacketReader {
  private first = 0;
  private remaining = 0;
  private shift = 0;
  private body = new Uint8Array(0);
  private filled = 0;
  private step: 'first' | 'length' | 'body' | 'lost' = 'first';

  /** `packet` gets the first byte, the body as far as it is kept, and the length of the whole body. */
  constructor(private readonly packet: (first: number, body: Uint8Array, length: number) => void) {}

  take(bytes: Uint8Array, from: number, to: number): void {
    let at = from;
    while (at < to && this.step !== 'lost') {
      if (this.step === 'body') at = this.takeBody(bytes, at, to);
      else this.takeHeader(bytes[at++]!);
    }
  }

  private takeHeader(byte: number): void {
    if (this.step === 'first') {
      this.first = byte;
      this.remaining = 0;
      this.shift = 0;
      // 0 and 15 are no types of MQTT 3.1.1.
      this.step = byte < 0x10 || byte >= 0xf0 ? 'lost' : 'length';
      return;
    }
    this.remaining += (byte & 0x7f) * 2 ** this.shift;
    this.shift += 7;
    if (byte & 0x80) {
      if (this.shift === 28) this.step = 'lost';
      return;
    }
    const kept = this.first >> 4 === PUBLISH || this.first >> 4 === CONNECT ? LONGEST_HEADER + SHOWN : 4;
    this.body = new Uint8Array(Math.min(this.remaining, kept));
    this.filled = 0;
    if (this.remaining === 0) this.end();
    else this.step = 'body';
  }

  private takeBody(bytes: Uint8Array, from: number, to: number): number {
    const next = Math.min(to, from + this.remaining - this.filled);
    for (let i = from; i < next && this.filled + i - from < this.body.length; i++) {
      this.body[this.filled + i - from] = bytes[i]!;
    }
    this.filled += next - from;
    if (this.filled === this.remaining) this.end();
    return next;
  }

  private end(): void {
    this.step = 'first';
    this.packet(this.first, this.body, this.remaining);
  }
}

function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

/** Undefined for what is no UTF-8; the last character of a payload that is cut may be missing. */
function textOf(payload: Uint8Array): string | undefined {
  for (let cut = 0; cut < (payload.length === SHOWN ? 4 : 1); cut++) {
    try {
      return UTF8.decode(payload.subarray(0, payload.length - cut));
    } catch {
      // One byte less may be whole.
    }
  }
  return undefined;
}

/** In small letters. */
export function hexOf(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += (byte < 16 ? '0' : '') + byte.toString(16);
  return text;
}
