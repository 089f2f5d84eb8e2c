import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { FileStore } from '../../../boards/desktop/file-store.js';
import type { SdkFile, SdkOpenFile } from '../../../boards/desktop/file-store.js';
import { storeContract } from '../../contracts/store.contract.js';

const top = mkdtempSync(join(tmpdir(), 'tagwire-file-store-'));
afterAll(() => rmSync(top, { recursive: true, force: true }));

/** The SDK's module `file` as modules/files/file/lin says: opening to write does not shorten a file. */
class NodeFile implements SdkOpenFile {
  private position = 0;

  constructor(
    private readonly path: string,
    write = false,
  ) {
    if (!existsSync(path)) {
      if (!write) throw new Error('file not found');
      writeFileSync(path, '');
    }
  }

  get length(): number {
    return readFileSync(this.path).length;
  }

  read(): ArrayBuffer {
    if (this.position >= this.length) throw new Error('read past end of file');
    const bytes = readFileSync(this.path).subarray(this.position);
    this.position += bytes.length;
    return new Uint8Array(bytes).buffer;
  }

  write(bytes: ArrayBuffer): void {
    const content = readFileSync(this.path);
    const rest = content.subarray(Math.min(content.length, this.position + bytes.byteLength));
    writeFileSync(this.path, Buffer.concat([content.subarray(0, this.position), Buffer.from(bytes), rest]));
    this.position += bytes.byteLength;
  }

  close(): void {}

  static exists(path: string): boolean {
    return existsSync(path);
  }

  static delete(path: string): boolean {
    const exists = existsSync(path);
    rmSync(path, { force: true });
    return exists;
  }

  static rename(path: string, name: string): boolean {
    renameSync(path, join(dirname(path), name));
    return true;
  }
}

const makeFolder = (): string => `${mkdtempSync(join(top, 'store-'))}/`;

storeContract('FileStore', () => new FileStore(NodeFile, makeFolder()));

it('a file that was left half-written is not read, and is overwritten', () => {
  const folder = makeFolder();
  const store = new FileStore(NodeFile, folder);
  store.write('key', Uint8Array.of(1, 2), 0, 2);
  writeFileSync(join(folder, 'tagwire-key.new'), 'a long rest of a write that was cut off');
  const into = new Uint8Array(8);
  expect([store.read('key', into), into[0], into[1]]).toEqual([2, 1, 2]);
  expect(store.write('key', Uint8Array.of(3), 0, 1)).toBe(true);
  expect([store.read('key', into), into[0]]).toEqual([1, 3]);
  expect(readdirSync(folder)).toEqual(['tagwire-key']);
});

it('a folder that cannot be used is told by write, and empty to read', () => {
  const store = new FileStore(NodeFile as SdkFile, `${top}/nowhere/`);
  expect(store.write('key', Uint8Array.of(1), 0, 1)).toBe(false);
  expect(store.read('key', new Uint8Array(1))).toBe(-1);
  store.remove('key');
});

it('stores of different prefixes share a folder, and no values', () => {
  const folder = makeFolder();
  const [device, user] = [new FileStore(NodeFile, folder), new FileStore(NodeFile, folder, 'tagwire-user-')];
  device.write('key', Uint8Array.of(1), 0, 1);
  user.write('key', Uint8Array.of(2, 2), 0, 2);
  expect([device.read('key', new Uint8Array(2)), user.read('key', new Uint8Array(2))]).toEqual([1, 2]);
});
