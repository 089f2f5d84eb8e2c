import type { Store } from '../../src/hal/index.js';
import { checkStoreKey } from './store-key.js';

/** A store that is forgotten with its object. A key that breaks the rule throws a RangeError. */
export class MemoryStore implements Store {
  private readonly values = new Map<string, Uint8Array>();
  private used = 0;

  /** `capacity`: the most bytes that all values together may take; unlimited when absent. */
  constructor(private readonly capacity = Infinity) {}

  read(key: string, into: Uint8Array): number {
    checkStoreKey(key);
    const value = this.values.get(key);
    if (value === undefined) return -1;
    if (value.length <= into.length) into.set(value);
    return value.length;
  }

  write(key: string, bytes: Uint8Array, from: number, to: number): boolean {
    checkStoreKey(key);
    const used = this.used - (this.values.get(key)?.length ?? 0) + (to - from);
    if (used > this.capacity) return false;
    this.values.set(key, bytes.slice(from, to));
    this.used = used;
    return true;
  }

  remove(key: string): void {
    checkStoreKey(key);
    this.used -= this.values.get(key)?.length ?? 0;
    this.values.delete(key);
  }
}
