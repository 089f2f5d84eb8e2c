import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Store } from '../../src/hal/index.js';

/** Throws a RangeError when `key` breaks the rule of `Store`: 1 to 15 characters from a-z, 0-9 and `-`. */
function checkStoreKey(key: string): void {
  if (!/^[a-z0-9-]{1,15}$/.test(key)) {
    throw new RangeError(`store key must have 1 to 15 characters of a-z, 0-9 and -, got ${JSON.stringify(key)}`);
  }
}

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

  remove(key: string): boolean {
    checkStoreKey(key);
    this.used -= this.values.get(key)?.length ?? 0;
    this.values.delete(key);
    return true;
  }
}

/**
 * A store in a folder, one file `<key>.bin` per value. A value is written to `<key>.tmp`, synchronised with the
 * disk, and renamed, so that a crash leaves the old value or the new one. A `.tmp` file is never read; the next
 * write of its key replaces it. The files are readable by their owner only, because settings hold passwords.
 * A key that breaks the rule of `Store` throws a RangeError. One folder serves one process.
 */
export class DiskStore implements Store {
  /** Makes the folder when it is absent. Throws an error that names the folder when that is not possible. */
  constructor(private readonly folder: string) {
    try {
      mkdirSync(folder, { recursive: true });
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? String(error);
      throw new Error(`store folder ${folder}: cannot be made (${code}); a folder that can be written is needed`);
    }
  }

  read(key: string, into: Uint8Array): number {
    checkStoreKey(key);
    let value: Uint8Array;
    try {
      value = readFileSync(this.path(key));
    } catch {
      return -1;
    }
    if (value.length <= into.length) into.set(value);
    return value.length;
  }

  write(key: string, bytes: Uint8Array, from: number, to: number): boolean {
    checkStoreKey(key);
    const temporary = join(this.folder, `${key}.tmp`);
    try {
      writeThrough(temporary, bytes, from, to);
      renameSync(temporary, this.path(key));
    } catch {
      return false;
    }
    this.synchronizeFolder();
    return true;
  }

  remove(key: string): boolean {
    checkStoreKey(key);
    try {
      rmSync(this.path(key), { force: true });
    } catch {
      return false;
    }
    this.synchronizeFolder();
    return true;
  }

  private path(key: string): string {
    return join(this.folder, `${key}.bin`);
  }

  /** A rename outlives a power failure only once the folder itself is on the disk. */
  private synchronizeFolder(): void {
    try {
      const descriptor = openSync(this.folder, 'r');
      try {
        fsyncSync(descriptor);
      } finally {
        closeSync(descriptor);
      }
    } catch {
      // Windows opens no folders; the file's own content is safe all the same.
    }
  }
}

function writeThrough(path: string, bytes: Uint8Array, from: number, to: number): void {
  const descriptor = openSync(path, 'w', 0o600);
  try {
    let at = from;
    while (at < to) at += writeSync(descriptor, bytes, at, to - at);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
