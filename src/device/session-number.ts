import type { Entropy, Store } from '../hal/index.js';
import { writeDecimal } from '../telemetry/decimal.js';

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
  /** Attempts since the start. */
  attempts = 0;
  /** The text is `text[0..length)`, ASCII. */
  readonly text = new Uint8Array(TEXT_LENGTH);
  length = 0;

  private readonly first: number;

  /** Counts a start of the device. */
  constructor(store: Store, entropy: Entropy) {
    const record = new Uint8Array(LENGTH);
    const view = new DataView(record.buffer);
    const boots = store.read(KEY, record) === LENGTH ? (view.getUint32(0, true) + 1) % 0x80000000 : 1;
    view.setUint32(0, boots, true);
    if (store.write(KEY, record, 0, LENGTH)) this.boots = boots;
    this.first = this.boots > 0 ? boots : (entropy.uint32() | 0x80000000) >>> 0;
    this.write();
  }

  /** An attempt to connect begins. */
  next(): void {
    this.attempts++;
    this.write();
  }

  private write(): void {
    let at = writeDecimal(this.first, 0, this.text, 0, TEXT_LENGTH);
    this.text[at++] = HYPHEN;
    this.length = writeDecimal(this.attempts, 0, this.text, at, TEXT_LENGTH);
  }
}
