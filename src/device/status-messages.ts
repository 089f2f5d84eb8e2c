import { writeDecimal } from '../bytes/decimal.js';
import { decodeUtf8Lossy } from '../bytes/utf8.js';
import type { CloudProfile, DeviceStatus } from '../cloud/index.js';
import type { Entropy, Store } from '../hal/index.js';
import type { ConnectOptions } from '../mqtt/options.js';
import { isSameTopic } from '../mqtt/topic-match.js';
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

const NOTHING = new Uint8Array(0);
const NONE: readonly Uint8Array[] = Object.freeze([]);

/** Bytes of the longest will. */
const WILL_LENGTH = 96;

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

/** Writes what a device says of itself: a profile. */
type StatusWriter = Pick<CloudProfile, 'writeBirth' | 'writeWill'>;

/**
 * The messages about the device itself: the birth, the will and the farewell of one connection have one session number.
 * The profile writes them, and allocates nothing; a new will costs the encoding of CONNECT, once an attempt to connect.
 */
export class StatusMessages implements DeviceStatus {
  readonly firmware: Uint8Array;
  readonly board: Uint8Array;
  readonly restartReason: Uint8Array;
  notice: Uint8Array;
  unixTime = 0;

  private readonly number: SessionNumber;
  private readonly options: ConnectOptions;
  private readonly writer: StatusWriter;
  /** `notice` of the start. */
  private readonly noticeOfStart: Uint8Array;
  /** Filters that the broker refused on this connection and has not granted since. */
  private refused: readonly Uint8Array[] = NONE;

  /** `options` are those of the connection; when they have a will its payload is replaced. They are kept. */
  constructor(number: SessionNumber, identity: DeviceIdentity, options: ConnectOptions, writer: StatusWriter) {
    this.number = number;
    this.firmware = encodeUtf8(identity.firmware);
    this.board = encodeUtf8(identity.board);
    this.restartReason = encodeUtf8(identity.restartReason ?? '');
    this.noticeOfStart = encodeUtf8(identity.notice ?? '');
    this.notice = this.noticeOfStart;
    this.options = options;
    this.writer = writer;
  }

  // DeviceStatus

  get session(): Uint8Array {
    return this.number.text;
  }

  get sessionLength(): number {
    return this.number.length;
  }

  get boots(): number {
    return this.number.boots;
  }

  get attempts(): number {
    return this.number.attempts;
  }

  /**
   * An attempt to connect begins (`ConnectionHandler.onAttempt`): it gets the next session number, and a will that has
   * it. CONNECT is sent after that, with the options as they are now. The will is written to
   * `scratch` from index `from` on, where it has room for the longest one.
   */
  attempt(connection: Configurable, scratch: Uint8Array, from: number): void {
    this.number.next();
    this.notice = this.noticeOfStart;
    this.refused = NONE;
    const { will } = this.options;
    if (will) {
      const to = Math.min(scratch.length, from + WILL_LENGTH);
      will.payload = scratch.slice(from, from + Math.max(0, this.writeWill(scratch, from, to)));
    }
    connection.configure(this.options);
  }

  /**
   * The broker refused a filter, or granted it: births name those that are refused, until the next attempt to connect.
   * Returns false when that was known.
   */
  noteAnswer(filter: Uint8Array, granted: boolean): boolean {
    const others = this.refused.filter((one) => !isSameTopic(one, filter));
    const known = others.length < this.refused.length;
    if (known !== granted) return false;
    this.refused = granted ? others : [...others, filter];
    const { noticeOfStart, refused } = this;
    this.notice = noticeOfStart;
    if (refused.length === 0) return true;
    const before = noticeOfStart.length > 0 ? decodeUtf8Lossy(noticeOfStart) + '; ' : '';
    const more = refused.length > 1 ? ', and ' + (refused.length - 1) + ' more' : '';
    this.notice = encodeUtf8(before + 'subscription refused: ' + decodeUtf8Lossy(refused[0]!) + more);
    return true;
  }

  /** Births have no notice until the next attempt: it was too long. */
  leaveOutNotice(): void {
    this.notice = NOTHING;
  }

  /**
   * Writes the birth message to `into[from..to)` and returns its length, or -1 when it does not fit. `unixTime`: the
   * time of day in milliseconds, 0 when it is not known.
   */
  writeBirth(unixTime: number, into: Uint8Array, from: number, to: number): number {
    this.unixTime = unixTime;
    return this.writer.writeBirth(this, into, from, to);
  }

  /** Writes the will, which is also the farewell, in the same way. */
  writeWill(into: Uint8Array, from: number, to: number): number {
    return this.writer.writeWill(this, into, from, to);
  }
}
