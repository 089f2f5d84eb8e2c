import type { Store } from '../../hal/index.js';
import { decodeJsonRecord, encodeJsonRecord } from '../../settings/json-record.js';

/** Properties of an item, by name. */
export type Properties = { [name: string]: string };

/** Bytes of a script of 8,192 characters, each escaped, and its other properties. What is longer is never read. */
const MAX_RECORD = 65536;
const EMPTY = new Uint8Array(0);

/**
 * Items of a list in a board's store, each in an entry of its own, so that damage to one leaves the others alone. An
 * item has a number from 0 on, which it keeps; the entry is named `<prefix>-<number>`.
 */
export class PersistedItems {
  /** `what` names an item for people: `script`. `prefix` has 1 to 12 characters; at most `max` items, up to 100. */
  constructor(
    private readonly store: Store,
    private readonly what: string,
    private readonly prefix: string,
    private readonly max: number,
  ) {}

  /** The smallest number that is not `taken`. Throws a RangeError of one line when there is none. */
  freeNumber(taken: readonly (number | undefined)[]): number {
    for (let number = 0; number < this.max; number++) if (!taken.includes(number)) return number;
    throw new RangeError('too many ' + this.what + 's (at most ' + this.max + ')');
  }

  /** Persists an item. Throws a RangeError of one line when the store does not take it. */
  write(number: number, properties: Properties): void {
    let record: Uint8Array;
    try {
      record = encodeJsonRecord(properties);
    } catch {
      throw new RangeError(this.what + ' contains half of a character (an unpaired surrogate)');
    }
    if (record.length > MAX_RECORD) {
      throw new RangeError(this.what + ' must have at most ' + MAX_RECORD + ' bytes, got ' + record.length);
    }
    if (this.store.write(this.key(number), record, 0, record.length)) return;
    throw new RangeError(this.what + ' not stored: no room for ' + record.length + ' bytes');
  }

  /** Throws a RangeError of one line when the store does not remove it; then it is there after a restart. */
  remove(number: number): void {
    if (this.store.remove(this.key(number))) return;
    throw new RangeError(this.what + ' not removed: the store failed');
  }

  /**
   * Gives `take` every item that is persisted. For one that is damaged, or that `take` throws for, `notice` gets one
   * line for people without its content; it stays in the store until its number is used again.
   */
  restore(take: (number: number, properties: Properties) => void, notice: (text: string) => void): void {
    for (let number = 0; number < this.max; number++) {
      const length = this.store.read(this.key(number), EMPTY);
      if (length < 0) continue;
      try {
        take(number, this.read(number, length));
      } catch (error) {
        notice('stored ' + this.what + ' ' + number + ' ignored: ' + (error as Error).message);
      }
    }
  }

  private read(number: number, length: number): Properties {
    if (length > MAX_RECORD) throw new Error('it has ' + length + ' bytes');
    const record = new Uint8Array(length);
    if (this.store.read(this.key(number), record) !== length) throw new Error('it cannot be read');
    const properties = decodeJsonRecord(record);
    if (!isProperties(properties)) throw new Error('it does not describe a ' + this.what);
    return properties;
  }

  private key(number: number): string {
    return this.prefix + '-' + number;
  }
}

function isProperties(value: unknown): value is Properties {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  for (const name of Object.keys(value)) if (typeof (value as Properties)[name] !== 'string') return false;
  return true;
}
