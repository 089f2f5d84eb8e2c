import type { ConnectionOptions } from '../../src/connection/index.js';
import type { Flash } from '../../src/hal/index.js';
import type { BoardLimits, ConfigurationTarget, RawConfiguration } from '../../src/settings/configuration.js';

/**
 * What passes between the firmware inside the engine and its host. Numbers are little-endian, text is UTF-8.
 *
 * An event is a command of the host: `EventOffset` says where its fields are. The firmware replies with one u32 for
 * each `Counter`, in the machine's own byte order: both sides run on one machine. The time stands still during an
 * event, so the firmware reads a clock without asking.
 *
 * A call is a command of the firmware, which waits for the host's answer: `CallOffset` says where its fields are. The
 * answer is empty unless the call says otherwise.
 */
export const enum Event {
  /** Collect garbage, so that the meter of the reply says what is in use. */
  collect = 1,
  /** The first one: `XsnapConfiguration` as JSON. The one event that may be longer than `ChannelSize.command`. */
  configure = 2,
  /** Begin to connect and to scan. */
  start = 3,
  /** End in order; the call `stopped` follows. */
  stop = 4,
  /** `small` is 1 when the network is up. */
  network = 5,
  /** `number` is the timer that is due. */
  timer = 6,
  /** The body is an address. */
  resolved = 7,
  /** The body is one line for people. */
  unresolved = 8,
  opened = 9,
  /** The body is what arrived; `Counter.consumed` of the reply says how much of it was taken. */
  received = 10,
  writable = 11,
  /** `small` is a `TransportFailure`, the body one line for people. */
  closed = 12,
  /** The body is `count` times: an `AdvertisementOffset` head, and the AD structures. */
  advertisements = 13,
  /** What `Call.syncFlash` asked for is done. */
  flashSynced = 14,
}

/** Where the fields of an event are. */
export const enum EventOffset {
  /** u8 */
  event = 0,
  /** u8 */
  small = 1,
  /** u16 */
  count = 2,
  /** u32 */
  number = 4,
  /** f64: `Clock.now` */
  now = 8,
  /** f64: `Clock.unixTime` */
  unixTime = 16,
  body = 24,
}

/** The head of an advertisement in `Event.advertisements`. */
export const enum AdvertisementOffset {
  /** u8 */
  addressType = 0,
  /** i8, dBm */
  rssi = 1,
  /** u8, bytes of AD structures */
  length = 2,
  /** 6 bytes, most significant first */
  address = 3,
  bytes = 9,
}

/** Commands of the firmware. The first group are the calls of `src/hal`, the second tells what happened. */
export const enum Call {
  /** `number` is the timer, the body an f64: milliseconds. */
  startTimer = 1,
  /** `number` is the timer. */
  stopTimer = 2,
  /** The body is a host name. */
  resolve = 3,
  cancelResolve = 4,
  /** `index` is the endpoint, see `endpoint`; the body is an address. */
  open = 5,
  /** The body is bytes to send. The answer is empty when all were taken, else a u32: how many were. */
  write = 6,
  resume = 7,
  close = 8,
  /** `small` is 1 for active scanning, the body two f64: interval and window in milliseconds. */
  startScan = 9,
  stopScan = 10,
  /** The answer is a random u32. */
  entropy = 11,
  /**
   * The body is a key, `number` the most bytes wanted. The answer is an i32, the value's length or -1, and behind it
   * the value when it is not longer than wanted.
   */
  readStore = 12,
  /** `small` is the length of the key at the start of the body, the value follows. The answer is empty on success. */
  writeStore = 13,
  /** The body is a key. */
  removeStore = 14,
  /** The body is a line for people. */
  log = 15,
  /** `number` is the offset, `index` the length. The answer is the bytes, or empty when the medium failed. */
  readFlash = 16,
  /** `number` is the offset, the body the bytes. The answer is empty on success. */
  programFlash = 17,
  /** `number` is the block. The answer is empty on success. */
  eraseFlash = 18,
  /** The event `flashSynced` follows. */
  syncFlash = 19,
  /** The body is the JSON of an `Endpoint`, with `PRIVATE_KEY` for a private key. From now on it is number `index`. */
  endpoint = 20,
  /** `index` is the length of the key at the start of the body, the message follows. The answer is its HMAC-SHA256. */
  hmac = 21,
  /** `small` is an `AeadMode`, the body a key. The answer is a u32: the number of the cipher. */
  makeAead = 22,
  /**
   * `number` is the cipher, `small` the length of the header. The body is the nonce, the header, and the text. The
   * answer is the text, encrypted, and the tag.
   */
  seal = 23,
  /** The same with the encrypted text and the tag. The answer is 1 and the text, or empty when it is not authentic. */
  unseal = 24,

  /** `index` is the endpoint. */
  connected = 32,
  /** The body is the JSON of a `FailureReport`. */
  failed = 33,
  /** `small` is the format, `index` the RSSI as i16, the body the address. */
  tag = 34,
  /** `index` is the packet identifier, the body the payload. */
  published = 35,
  stopped = 36,
}

/** Where the fields of a call are. */
export const enum CallOffset {
  /** u8 */
  call = 0,
  /** u8 */
  small = 1,
  /** u16 */
  index = 2,
  /** u32 */
  number = 4,
  body = 8,
}

/** Limits of the channel. */
export const enum ChannelSize {
  /** Bytes of the longest event but `configure`, and of the longest call but `writeStore` and those of ciphers. */
  command = 4096,
}

/** Places of the u32 numbers in the reply to an event. */
export const enum Counter {
  /** Bytes that the firmware took of `Event.received`. */
  consumed = 0,
  advertisements = 1,
  /** Readings that were worth a report. */
  readings = 2,
  published = 3,
  acknowledged = 4,
  inFlight = 5,
  waiting = 6,
  /** Readings that the outbox had no room for. */
  dropped = 7,
  /** Connections that the broker accepted. */
  connects = 8,
  /** Index of the broker in use, or to be tried next. */
  endpoint = 9,
  /** Readings that the store has since an orderly end. */
  persisted = 10,
  /** Of `dropped`: by which rule, in the order of `DROP_RULES`. */
  drops = 11,
  /** Reports for which the cloud has no message. */
  notCarried = 18,
  /** How many there are. */
  size = 19,
}

/** Stands in the engine for a private key, which the host has. */
export const PRIVATE_KEY = '-----BEGIN PRIVATE KEY-----';

/** What the firmware is told at its start. */
export interface XsnapConfiguration {
  /** What is built into it. */
  settings: RawConfiguration;
  /** What it is judged by. */
  limits: BoardLimits & Pick<ConfigurationTarget, 'gateway' | 'unchecked'>;
  /** Names of the clouds that it has. */
  clouds: string[];
  backoff?: ConnectionOptions['backoff'];
  networkUp: boolean;
  /** The host has a flash of this geometry. */
  flash?: Pick<Flash, 'blockLength' | 'blocks' | 'unit'>;
}

/** A `ConnectionFailure` with the index of its endpoint. */
export interface FailureReport {
  kind: number;
  detail: string;
  endpoint: number;
  wasConnected: boolean;
  closeReason: number;
  returnCode: number;
  /** Milliseconds; -1 when there is no next attempt. */
  retryIn: number;
}
