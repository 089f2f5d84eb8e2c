import type { Store } from '../../../src/hal/index.js';

/** A store in memory that is taken at construction. */
export class MemoryStore implements Store {
  writes = 0;
  private readonly keys: string[] = [];
  private readonly lengths: number[] = [];
  private readonly values: Uint8Array[] = [];

  constructor(
    entries = 16,
    private readonly entryBytes = 8192,
  ) {
    for (let i = 0; i < entries; i++) {
      this.keys.push('');
      this.lengths.push(-1);
      this.values.push(new Uint8Array(entryBytes));
    }
  }

  read(key: string, into: Uint8Array): number {
    const entry = this.keys.indexOf(key);
    if (entry < 0) return -1;
    const length = this.lengths[entry]!;
    const value = this.values[entry]!;
    if (length <= into.length) for (let i = 0; i < length; i++) into[i] = value[i]!;
    return length;
  }

  write(key: string, bytes: Uint8Array, from: number, to: number): boolean {
    let entry = this.keys.indexOf(key);
    if (entry < 0) entry = this.keys.indexOf('');
    if (entry < 0 || to - from > this.entryBytes) return false;
    this.writes++;
    this.keys[entry] = key;
    this.lengths[entry] = to - from;
    const value = this.values[entry]!;
    for (let at = 0; from < to; at++, from++) value[at] = bytes[from]!;
    return true;
  }

  remove(key: string): boolean {
    const entry = this.keys.indexOf(key);
    if (entry >= 0) this.keys[entry] = '';
    return true;
  }
}
