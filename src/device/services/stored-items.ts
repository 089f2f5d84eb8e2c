import type { Store } from '../../hal/index.js';
import { encodeUtf8 } from '../../mqtt/encode-utf8.js';
import { scanUtf8, Utf8Finding } from '../../mqtt/utf8.js';
import { crc32 } from '../../telemetry/crc32.js';
import { decodeUtf8 } from '../decode-utf8.js';

/** Properties of an item, by name. */
export type Properties = { [name: string]: string };

/** A record is its version, JSON as UTF-8, and a CRC-32 over both, least significant byte first. */
const VERSION = 1;
const CRC_SIZE = 4;
const OVERHEAD = 1 + CRC_SIZE;
/** A script of 8,192 characters, each escaped, and its other properties. What is longer is not read into memory. */
const LONGEST = 65536;
const EMPTY = new Uint8Array(0);

/**
 * Items of a list in a board's store, each in an entry of its own, so that damage to one leaves the others alone. An
 * item has a number from 0 on, which it keeps; the entry is named `<prefix>-<number>`.
 */
export class StoredItems {
  /** `what` names an item for people: `script`. `prefix` has 1 to 12 characters; at most `most` items, up to 100. */
  constructor(
    private readonly store: Store,
    private readonly what: string,
    private readonly prefix: string,
    private readonly most: number,
  ) {}

  /** The least number that is not `taken`. Throws a RangeError of one line when there is none. */
  freeNumber(taken: readonly number[]): number {
    for (let number = 0; number < this.most; number++) if (!taken.includes(number)) return number;
    throw new RangeError('too many ' + this.what + 's (at most ' + this.most + ')');
  }

  /** Stores an item. Throws a RangeError of one line when the store does not take it. */
  write(number: number, properties: Properties): void {
    let text: Uint8Array;
    try {
      text = encodeUtf8(JSON.stringify(properties));
    } catch {
      throw new RangeError(this.what + ': half of a character cannot be stored');
    }
    const record = new Uint8Array(OVERHEAD + text.length);
    record[0] = VERSION;
    record.set(text, 1);
    const end = record.length - CRC_SIZE;
    let crc = crc32(record, 0, end, 0);
    for (let i = end; i < record.length; i++) {
      record[i] = crc & 0xff;
      crc >>>= 8;
    }
    if (record.length <= LONGEST && this.store.write(this.key(number), record, 0, record.length)) return;
    throw new RangeError('the store did not take the ' + record.length + ' bytes of the ' + this.what);
  }

  remove(number: number): void {
    this.store.remove(this.key(number));
  }

  /**
   * Gives `take` every item that is stored. For one that is damaged, or that `take` throws for, `notice` gets one line
   * for people without its content; it stays in the store until its number is used again.
   */
  restore(take: (number: number, properties: Properties) => void, notice: (text: string) => void): void {
    for (let number = 0; number < this.most; number++) {
      const length = this.store.read(this.key(number), EMPTY);
      if (length < 0) continue;
      try {
        take(number, this.read(number, length));
      } catch (error) {
        notice('stored ' + this.what + ' ' + number + ' is left out: ' + (error as Error).message);
      }
    }
  }

  private read(number: number, length: number): Properties {
    if (length < OVERHEAD || length > LONGEST) throw new Error('it has ' + length + ' bytes');
    const record = new Uint8Array(length);
    if (this.store.read(this.key(number), record) !== length) throw new Error('it cannot be read');
    const end = length - CRC_SIZE;
    let crc = 0;
    for (let i = length - 1; i >= end; i--) crc = crc * 256 + record[i]!;
    if (crc !== crc32(record, 0, end, 0)) throw new Error('its checksum is wrong');
    if (record[0] !== VERSION) throw new Error('its version is ' + record[0] + '; this firmware reads ' + VERSION);
    const properties = parse(record, end);
    if (!properties) throw new Error('it does not describe a ' + this.what);
    return properties;
  }

  private key(number: number): string {
    return this.prefix + '-' + number;
  }
}

function parse(record: Uint8Array, end: number): Properties | undefined {
  if (scanUtf8(record, 1, end) & Utf8Finding.malformed) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(decodeUtf8(record, 1, end));
  } catch {
    return undefined; // the parser's own words would show what is stored
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const properties = value as Properties;
  for (const name of Object.keys(properties)) if (typeof properties[name] !== 'string') return undefined;
  return properties;
}
