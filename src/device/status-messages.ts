import { writeDecimal } from '../bytes/decimal.js';
import { put, putByte, writeNumber, writeText } from '../bytes/json-writer.js';
import type { Entropy, Store } from '../hal/index.js';
import type { ConnectOptions } from '../mqtt/options.js';
import { encodeUtf8 } from '../mqtt/utf8.js';

/** How often the device started: an entry of the store, 4 bytes, least significant first. */
const KEY = 'boots';
const LENGTH = 4;
const HYPHEN = 0x2d;
/** `4294967295-4294967295` */
const TEXT_LENGTH = 21;

/**
 * A number for each attempt to connect, `12-3`: the third attempt since the twelfth start. The will of a connection and
 * the birth message that follows have the same one, so a will that comes late, after the next birth, is recognised: it
 * has a lower number. An attempt counts, not only a connection, because the broker may have taken a CONNECT whose
 * answer was lost, and its will comes then.
 *
 * The starts are counted in the store, the attempts in memory: flash is written once a start, however often the device
 * must connect. When the store fails the first number is a random one above 2^31, so it is unlike any other, but says
 * nothing of the order.
 */
export class SessionNumber {
  /** Starts of the device, this one included; 0 when the store failed. */
  boots = 0;
  /**
   * The first number: `boots`, or when the store failed a random one above 2^31. Tells this start from all others, so
   * reports are named by it as well.
   */
  readonly boot: number;
  /** Attempts since the start. */
  attempts = 0;
  /** The text is `text[0..length)`, ASCII. */
  readonly text = new Uint8Array(TEXT_LENGTH);
  length = 0;

  /** Counts a start of the device. */
  constructor(store: Store, entropy: Entropy) {
    const record = new Uint8Array(LENGTH);
    const view = new DataView(record.buffer);
    const boots = store.read(KEY, record) === LENGTH ? (view.getUint32(0, true) + 1) % 0x80000000 : 1;
    view.setUint32(0, boots, true);
    if (store.write(KEY, record, 0, LENGTH)) this.boots = boots;
    this.boot = this.boots > 0 ? boots : (entropy.uint32() | 0x80000000) >>> 0;
    this.write();
  }

  /** An attempt to connect begins. */
  next(): void {
    this.attempts++;
    this.write();
  }

  private write(): void {
    let at = writeDecimal(this.boot, 0, this.text, 0, TEXT_LENGTH);
    this.text[at++] = HYPHEN;
    this.length = writeDecimal(this.attempts, 0, this.text, at, TEXT_LENGTH);
  }
}

const QUOTE = 0x22;
const CLOSE = 0x7d;
const ONLINE = encodeUtf8('{"status":"online","session":"');
const OFFLINE = encodeUtf8('{"status":"offline","session":"');
const FIRMWARE = encodeUtf8('"firmware":');
const BOARD = encodeUtf8('"board":');
const BOOTS = encodeUtf8('"boots":');
const RESTART = encodeUtf8('"restart":');
const TIME = encodeUtf8('"time":');
const NOTICE = encodeUtf8('"notice":');
const OFFLINE_LENGTH = OFFLINE.length + 21 + 2;

/** What a device says of itself at birth; empty texts are left out. */
export interface DeviceIdentity {
  firmware: string;
  /** See `Board.name`. */
  board: string;
  /** See `Health.restartReason`. */
  restartReason?: string;
  /** Something that happened before this start, such as `trialText`. */
  notice?: string;
}

/** What a will is configured on: a `Connection`. */
export interface Configurable {
  configure(options: ConnectOptions): void;
}

/**
 * The messages of a status topic: the birth, the will and the farewell of one connection have one session number.
 *
 *     {"status":"online","session":"12-3","firmware":"0.1.0","board":"esp32","boots":12,"restart":"power on",
 *      "time":1790000000000,"notice":"settings: on trial"}
 *     {"status":"offline","session":"12-3"}
 *
 * (each in one line). What is not known is left out. Writing them allocates nothing; a new will costs the encoding of
 * CONNECT, once an attempt to connect.
 */
export class StatusMessages {
  private readonly session: SessionNumber;
  private readonly options: ConnectOptions;
  private readonly firmware: Uint8Array;
  private readonly board: Uint8Array;
  private readonly restartReason: Uint8Array;
  private readonly notice: Uint8Array;

  /** `options` are those of the connection, with a will whose payload is replaced; they are kept. */
  constructor(session: SessionNumber, identity: DeviceIdentity, options: ConnectOptions) {
    this.session = session;
    this.firmware = encodeUtf8(identity.firmware);
    this.board = encodeUtf8(identity.board);
    this.restartReason = encodeUtf8(identity.restartReason ?? '');
    this.notice = encodeUtf8(identity.notice ?? '');
    this.options = options;
  }

  /**
   * An attempt to connect begins (`ConnectionHandler.onAttempt`): it gets the next session number, and a will that has
   * it. CONNECT is sent after that.
   */
  attempt(connection: Configurable): void {
    this.session.next();
    const { will } = this.options;
    if (!will) return;
    const payload = new Uint8Array(OFFLINE_LENGTH);
    will.payload = payload.slice(0, this.writeOffline(payload, 0, OFFLINE_LENGTH));
    connection.configure(this.options);
  }

  /**
   * Writes the birth message to `into[from..to)` and returns its length, or -1 when it does not fit. Where there is no
   * room for all of it, it has status and session alone. `unixTime`: the time of day in milliseconds, 0 when it is not
   * known.
   */
  writeOnline(unixTime: number, into: Uint8Array, from: number, to: number): number {
    let at = this.writeSession(ONLINE, into, from, to);
    const { firmware, board, restartReason, notice, session } = this;
    if (firmware.length > 0) at = writeText(FIRMWARE, firmware, into, at, to);
    if (board.length > 0) at = writeText(BOARD, board, into, at, to);
    if (session.boots > 0) at = writeNumber(BOOTS, session.boots, 0, into, at, to);
    if (restartReason.length > 0) at = writeText(RESTART, restartReason, into, at, to);
    if (unixTime > 0) at = writeNumber(TIME, unixTime, 0, into, at, to);
    if (notice.length > 0) at = writeText(NOTICE, notice, into, at, to);
    at = putByte(CLOSE, into, at, to);
    if (at < 0) at = putByte(CLOSE, into, this.writeSession(ONLINE, into, from, to), to);
    return at < 0 ? -1 : at - from;
  }

  /** Writes the will, which is also the farewell, in the same way. */
  writeOffline(into: Uint8Array, from: number, to: number): number {
    const at = putByte(CLOSE, into, this.writeSession(OFFLINE, into, from, to), to);
    return at < 0 ? -1 : at - from;
  }

  private writeSession(head: Uint8Array, into: Uint8Array, from: number, to: number): number {
    const { text, length } = this.session;
    let at = put(head, into, from, to);
    for (let i = 0; i < length; i++) at = putByte(text[i]!, into, at, to);
    return putByte(QUOTE, into, at, to);
  }
}
