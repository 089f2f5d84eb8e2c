import type { Store } from '../../src/hal/index.js';

/** An open file of the SDK's module `file`. */
export interface SdkOpenFile {
  readonly length: number;
  /** Reads the rest. Throws at the end of the file. */
  read(type: typeof ArrayBuffer): unknown;
  write(bytes: ArrayBuffer): void;
  close(): void;
}

/** The SDK's module `file`. */
export interface SdkFile {
  /** Opens a file, to write it as well when `write`: then it is made when there is none, and else keeps its content. */
  new (path: string, write?: boolean): SdkOpenFile;
  exists(path: string): boolean;
  delete(path: string): boolean;
  /** Gives a file another name in its folder; a file of that name is replaced at once. */
  rename(path: string, name: string): boolean;
}

/** A file for each value. (The SDK's `preference` loses what it stores on Linux.) */
export class FileStore implements Store {
  /** `folder` ends with `/`; the names of the files begin with `prefix`. */
  constructor(
    private readonly file: SdkFile,
    private readonly folder: string,
    private readonly prefix = 'tagwire-',
  ) {}

  read(key: string, into: Uint8Array): number {
    const path = this.folder + this.prefix + key;
    if (!this.file.exists(path)) return -1;
    try {
      const file = new this.file(path);
      const length = file.length;
      // Of an empty file nothing can be read.
      if (length > 0 && length <= into.length) into.set(new Uint8Array(file.read(ArrayBuffer) as ArrayBuffer));
      file.close();
      return length;
    } catch {
      return -1;
    }
  }

  write(key: string, bytes: Uint8Array, from: number, to: number): boolean {
    const path = this.folder + this.prefix + key + '.new';
    try {
      this.file.delete(path);
      const file = new this.file(path, true);
      if (to > from) file.write(bytes.slice(from, to).buffer);
      file.close();
      return this.file.rename(path, this.prefix + key);
    } catch {
      return false;
    }
  }

  remove(key: string): boolean {
    const path = this.folder + this.prefix + key;
    try {
      return this.file.delete(path) || !this.file.exists(path);
    } catch {
      return false;
    }
  }
}
