import type { Store } from '../../hal/index.js';
import { readJsonRecord, writeJsonRecord } from '../../settings/store-record.js';
import type { Entry, EntryList } from '../bindings.js';

/** Properties of an item, by name. */
export type Properties = { [name: string]: string };

/** Bytes of a script of 8,192 characters, each escaped, and its other properties. What is longer is never read. */
const MAX_RECORD = 65536;

/** Stores properties, of what people call `what`. Throws a RangeError of one line when the store does not take them. */
export function writeProperties(store: Store, key: string, what: string, properties: Properties): void {
  writeJsonRecord(store, key, what, properties, MAX_RECORD);
}

/** The properties that are stored; undefined when there are none. Throws an Error of a few words when it cannot. */
export function readProperties(store: Store, key: string, what: string): Properties | undefined {
  const value = readJsonRecord(store, key, MAX_RECORD);
  if (value === undefined || isProperties(value)) return value;
  throw new Error('it does not describe a ' + what);
}

function isProperties(value: unknown): value is Properties {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  for (const name of Object.keys(value)) if (typeof (value as Properties)[name] !== 'string') return false;
  return true;
}

/** An item of a list, with a name. */
export class Item implements Entry {
  runs = 0;

  constructor(
    /** Which it keeps; `NOT_STORED`: it has no entry in the store. */
    readonly number: number,
    public properties: Properties,
  ) {}

  property(name: string): string {
    return name === 'run-count' ? String(this.runs) : (this.properties[name] ?? '');
  }
}

export const NOT_STORED = -1;

/**
 * Items of a list in a board's store, each in an entry of its own, so that damage to one leaves the others alone. The
 * entry of number 0 is named `script-0` where `what` is `script`. Each item has a name of its own.
 */
export abstract class PersistedItems<I extends Item> implements EntryList<I> {
  readonly list: readonly I[];
  protected readonly items: I[] = [];

  constructor(
    private readonly store: Store,
    /** Names an item for people, with 1 to 12 characters. */
    private readonly what: string,
    /** Begins the name of an item to which none is given. */
    private readonly nameBegin: string,
    /** Items in the store, at most; up to 100. */
    private readonly max: number,
  ) {
    this.list = this.items;
  }

  find(name: string): I | undefined {
    return this.items.find((item) => item.property('name') === name);
  }

  /** Throws a RangeError of one line, and then changes nothing. */
  add(properties: Properties): I {
    const number = this.freeNumber();
    const item = this.make(number, { ...properties, name: properties['name'] || this.freeName() });
    this.check(item.properties, undefined);
    this.write(number, item.properties);
    this.insert(item);
    return item;
  }

  /** Throws a RangeError of one line, and then changes nothing. */
  set(item: I, properties: Properties): void {
    const changed = { ...item.properties, ...properties };
    this.check(changed, item);
    this.write(item.number, changed);
    item.properties = changed;
  }

  /** Throws a RangeError of one line when the store does not remove it; then it is there after a restart. */
  remove(item: I): void {
    const index = this.items.indexOf(item);
    if (index < 0) throw new RangeError('no such ' + this.what);
    if (item.number !== NOT_STORED && !this.store.remove(this.key(item.number))) {
      throw new RangeError(this.what + ' not removed: the store failed');
    }
    this.items.splice(index, 1);
  }

  /**
   * Reads every item that is persisted. For one that is damaged or wrong, `notice` gets one line for people without its
   * content; it stays in the store until its number is used again.
   */
  restore(notice: (text: string) => void): void {
    for (let number = 0; number < this.max; number++) {
      try {
        const properties = readProperties(this.store, this.key(number), this.what);
        if (!properties) continue;
        this.check(properties, undefined);
        this.insert(this.make(number, properties));
      } catch (error) {
        notice('stored ' + this.what + ' ' + number + ' ignored: ' + (error as Error).message);
      }
    }
  }

  protected abstract make(number: number, properties: Properties): I;

  /** Throws a RangeError of one line when they are not those of an item in its place, beside `except`. */
  protected check(properties: Properties, except: I | undefined): void {
    const name = properties['name'];
    if (!name) throw new RangeError('name must not be empty');
    const other = this.find(name);
    if (other && other !== except) throw new RangeError('name ' + name + ' is already in use');
  }

  protected insert(item: I): void {
    this.items.push(item);
  }

  private freeNumber(): number {
    for (let number = 0; number < this.max; number++) {
      if (!this.items.some((item) => item.number === number)) return number;
    }
    throw new RangeError('too many ' + this.what + 's (at most ' + this.max + ')');
  }

  private freeName(): string {
    let number = 1;
    while (this.find(this.nameBegin + number)) number++;
    return this.nameBegin + number;
  }

  private write(number: number, properties: Properties): void {
    if (number !== NOT_STORED) writeProperties(this.store, this.key(number), this.what, properties);
  }

  private key(number: number): string {
    return this.what + '-' + number;
  }
}
