import type { Store } from '../hal/index.js';

/**
 * A store whose values an older firmware kept in another one. A value that is read there comes to its new place, and is
 * removed from the old one once the new place has it; so a power cut at any moment leaves it in one of them.
 */
export class MovedStore implements Store {
  constructor(
    private readonly store: Store,
    private readonly old: Store,
  ) {}

  read(key: string, into: Uint8Array): number {
    const length = this.store.read(key, into);
    if (length >= 0) return length;
    const oldLength = this.old.read(key, into);
    const isWhole = oldLength >= 0 && oldLength <= into.length;
    if (isWhole && this.store.write(key, into, 0, oldLength)) this.old.remove(key);
    return oldLength;
  }

  write(key: string, bytes: Uint8Array, from: number, to: number): boolean {
    if (!this.store.write(key, bytes, from, to)) return false;
    // What stays there does not count while there is a newer one, and `remove` comes to it first.
    this.old.remove(key);
    return true;
  }

  remove(key: string): boolean {
    // The old one first: it would count again.
    return this.old.remove(key) && this.store.remove(key);
  }
}
