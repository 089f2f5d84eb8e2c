import { writeBase64 } from '../bytes/base64.js';
import type { Cloud } from '../cloud/definition.js';
import type { GatewayPart } from '../cloud/part.js';
import type { Advertisement, Board, Clock, Scanner, ScannerHandler, ScanOptions } from '../hal/index.js';
import type { IncomingMessage } from '../mqtt/index.js';
import { encodeUtf8 } from '../mqtt/utf8.js';
import { isSecret, keysOf } from '../settings/configuration-keys.js';
import type { KeyOwner } from '../settings/configuration-keys.js';

type Methods = NonNullable<Cloud['methods']>;
type Call = Parameters<Methods['run']>[1];

/*
 * The ring has entries, one behind the other. Numbers have the low byte first.
 *
 * | bytes | what they are |
 * |---|---|
 * | 2 | length of the entry, these two included |
 * | 1 | RecorderEntry |
 * | 4 | `Clock.now` in milliseconds, its low 32 bits |
 * | rest | advertisement: RSSI (signed byte), type of the address, 6 bytes of address, data |
 * | | message: bits of RecorderMessage, length of the topic (2), topic, payload |
 */

/** What an entry of the ring tells. */
export const enum RecorderEntry {
  advertisement = 1,
  message = 2,
  connected = 3,
  disconnected = 4,
}

/** Bits of a message in the ring. */
export const enum RecorderMessage {
  qos1 = 1,
  retain = 2,
  /** The payload is left out: it may hold a secret, came in pieces, or is longer than half of the ring. */
  hidden = 4,
}

/** Bytes of an entry before what it is about. */
export const RECORDER_HEADER = 7;
/** Bytes of the ring in one answer. */
const PIECE = 420;
/** Milliseconds for which the ring stands still after a piece was sent, so that the pieces fit together. */
const STILL_MILLISECONDS = 10_000;
/** Words that a payload with a secret has, beside the names of secret keys. */
const SUSPECT = ['secret', 'token', 'password', '"key"', '\\u'];

const NAMES: readonly Uint8Array[] = Object.freeze([encodeUtf8('recorder.dump')]);
const AT = encodeUtf8('at');
const SIZE = encodeUtf8('size');
const NOW = encodeUtf8('now');
const TIME = encodeUtf8('time');
const DATA = encodeUtf8('data');
const QUOTE = 0x22;

/**
 * Keeps the last inputs of a device in a ring of fixed size: advertisements, messages, connections, each with its time.
 * It stands before the scanner, and is a part of the gateway. RPC `recorder.dump {at}` sends the ring in pieces:
 * `{"at":0,"size":5912,"now":731204,"time":1795238838311,"data":"…"}`, Base64 of the bytes from `at` on; `now` and
 * `time` are the device's clocks. A call with `at` 0 or without it begins; the ring stands still until 10 s after the
 * last piece.
 *
 * A payload with the name of a secret key, or a word such as `password`, is left out, whatever its form. Recording
 * allocates nothing.
 */
export class Recorder implements GatewayPart, Methods, ScannerHandler {
  readonly deadline = Infinity;
  readonly names = NAMES;
  /** The board's scanner behind the recorder; undefined without one. */
  readonly scanner: Scanner | undefined;

  private readonly clock: Clock;
  private readonly bytes: Uint8Array;
  private readonly secrets: Uint8Array[];
  /** Where the oldest entry begins, and the bytes of all entries. */
  private first = 0;
  private used = 0;
  /** Where the next byte goes. */
  private next = 0;
  private stillUntil = -Infinity;
  private handler: ScannerHandler | undefined;

  /** A ring of `size` bytes, 256 to 65,536. `clouds`: those whose keys are secret, too. */
  constructor(size: number, board: Pick<Board, 'clock' | 'scanner'>, clouds?: readonly KeyOwner[]) {
    this.clock = board.clock;
    this.bytes = new Uint8Array(size);
    this.scanner = board.scanner && this.before(board.scanner);
    const secrets = SUSPECT.map(encodeUtf8);
    // The name `key` is in too many words; with quotes it is among the others.
    for (const row of keysOf(clouds)) if (isSecret(row) && row.name !== 'key') secrets.push(folded(row.name));
    this.secrets = secrets;
  }

  // ScannerHandler

  onAdvertisement(advertisement: Advertisement): void {
    const { bytes, from, to, address, addressType, rssi } = advertisement;
    if (this.begin(RecorderEntry.advertisement, 8 + to - from)) {
      this.put(rssi);
      this.put(addressType);
      for (let i = 0; i < 6; i++) this.put(address[i]!);
      for (let i = from; i < to; i++) this.put(bytes[i]!);
    }
    this.handler!.onAdvertisement(advertisement);
  }

  // GatewayPart

  start(): void {}

  tick(): void {}

  connected(): void {
    this.begin(RecorderEntry.connected, 0);
  }

  disconnected(): void {
    this.begin(RecorderEntry.disconnected, 0);
  }

  message(message: IncomingMessage): void {
    const { topic, topicFrom, topicTo, payload, payloadFrom, payloadTo, offset, total, qos, retain } = message;
    if (offset > 0) return;
    const length = topicTo - topicFrom;
    const hidden =
      payloadTo - payloadFrom < total ||
      2 * total > this.bytes.length ||
      this.isSuspect(payload, payloadFrom, payloadTo);
    const shown = hidden ? 0 : total;
    if (!this.begin(RecorderEntry.message, 3 + length + shown)) return;
    this.put(
      (qos > 0 ? RecorderMessage.qos1 : 0) |
        (retain ? RecorderMessage.retain : 0) |
        (hidden ? RecorderMessage.hidden : 0),
    );
    this.put(length);
    this.put(length >> 8);
    for (let i = topicFrom; i < topicTo; i++) this.put(topic[i]!);
    for (let i = 0; i < shown; i++) this.put(payload[payloadFrom + i]!);
  }

  // Methods of RPC

  run(_index: number, call: Call): void {
    const { clock, bytes, first, used } = this;
    const now = clock.now();
    const at = call.integer(AT, 0, now < this.stillUntil ? used : 0, 0);
    if (!(at >= 0)) return;
    this.stillUntil = now + STILL_MILLISECONDS;
    const { result } = call;
    result.openObject();
    result.name(AT);
    result.number(at, 0);
    result.name(SIZE);
    result.number(used, 0);
    result.name(NOW);
    result.number(now, 0);
    result.name(TIME);
    result.number(clock.unixTime(), 0);
    result.name(DATA);
    result.beginValue();
    const from = (first + at) % bytes.length;
    let count = used - at < PIECE ? used - at : PIECE;
    // Up to the end of the memory; the rest is another piece.
    if (count > bytes.length - from) count = bytes.length - from;
    const { at: begin, to, bytes: into } = result;
    const end = begin < to ? writeBase64(bytes, from, from + count, into, begin + 1, to - 1) : -1;
    if (end >= 0) into[begin] = into[end] = QUOTE;
    result.endValue(end < 0 ? -1 : end + 1 - begin);
    result.closeObject();
  }

  private before(scanner: Scanner): Scanner {
    const wrapped: Scanner = {
      start: (options: ScanOptions, handler: ScannerHandler) => {
        this.handler = handler;
        scanner.start(options, this);
      },
      stop: () => scanner.stop(),
    };
    if (scanner.pause) wrapped.pause = () => scanner.pause!();
    if (scanner.resume) wrapped.resume = () => scanner.resume!();
    if (scanner.reset) wrapped.reset = () => scanner.reset!();
    return wrapped;
  }

  /** Begins an entry with `length` bytes behind its header. False when it is not recorded. */
  private begin(entry: RecorderEntry, length: number): boolean {
    const { bytes } = this;
    const now = this.clock.now();
    const size = RECORDER_HEADER + length;
    if (now < this.stillUntil || size > bytes.length) return false;
    while (this.used + size > bytes.length) {
      const oldest = bytes[this.first]! | (bytes[(this.first + 1) % bytes.length]! << 8);
      this.first = (this.first + oldest) % bytes.length;
      this.used -= oldest;
    }
    this.used += size;
    this.put(size);
    this.put(size >> 8);
    this.put(entry);
    this.put(now);
    this.put(now >>> 8);
    this.put(now >>> 16);
    this.put(now >>> 24);
    return true;
  }

  private put(byte: number): void {
    const { bytes, next } = this;
    bytes[next] = byte;
    this.next = next + 1 < bytes.length ? next + 1 : 0;
  }

  /** True when something in `bytes[from..to)` may be a secret; letters are compared without their case. */
  private isSuspect(bytes: Uint8Array, from: number, to: number): boolean {
    const { secrets } = this;
    for (let i = 0; i < secrets.length; i++) {
      const word = secrets[i]!;
      const { length } = word;
      for (let at = from; at + length <= to; at++) {
        let same = 0;
        while (same < length && fold(bytes[at + same]!) === word[same]) same++;
        if (same === length) return true;
      }
    }
    return false;
  }
}

/** The small letter of a capital one; other bytes as they are. */
function fold(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
}

function folded(name: string): Uint8Array {
  return encodeUtf8(name.toLowerCase());
}

/** Makes the recorder that a configuration asks for. */
export function makeRecorder(
  { recorder }: { recorder?: number },
  board: Pick<Board, 'clock' | 'scanner'>,
  clouds?: readonly KeyOwner[],
): Recorder | undefined {
  return recorder === undefined ? undefined : new Recorder(recorder, board, clouds);
}
