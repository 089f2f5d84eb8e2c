import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  readSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { FileFlash } from '../../../boards/desktop/file-flash.js';
import type { SdkFiles, SdkStorageFile } from '../../../boards/desktop/file-flash.js';
import { NodeTimers } from '../../../sim/hal/index.js';
import { VirtualTime } from '../../support/virtual-time.js';
import { flashContract } from '../../contracts/flash.contract.js';
import { makeTemporaryFolder } from '../../support/temp.js';

const BLOCK = 4096;
const temporary = makeTemporaryFolder();
afterAll(() => temporary.remove());
const timers = new NodeTimers();

/** The SDK's `embedded:storage/files` as modules/io/files/posix/files-posix.c says, in the temporary folder. */
class PosixFile implements SdkStorageFile {
  flushes = 0;

  constructor(readonly descriptor: number) {}

  read(buffer: Uint8Array, position: number): number {
    return readSync(this.descriptor, buffer, 0, buffer.length, position);
  }

  write(buffer: Uint8Array, position: number): void {
    writeSync(this.descriptor, buffer, 0, buffer.length, position);
  }

  status(): { size: number } {
    return fstatSync(this.descriptor);
  }

  flush(): void {
    this.flushes++;
    fsyncSync(this.descriptor);
  }
}

const opened: PosixFile[] = [];
const files: SdkFiles = {
  openFile({ path, mode }) {
    const file = new PosixFile(openSync(temporary.file(path), mode));
    opened.push(file);
    return file;
  },
};
afterAll(() => opened.forEach(({ descriptor }) => closeSync(descriptor)));

let count = 0;
const open = (path: string, blocks: number): FileFlash => new FileFlash(files, path, blocks, timers);

flashContract('FileFlash of the desktop board', () => {
  const path = `flash-${count++}`;
  return { flash: open(path, 4), reopen: () => open(path, 4) };
});

describe('FileFlash of the desktop board', () => {
  it('fills up a file that is absent or too short, and keeps what is there', () => {
    const path = temporary.file('short');
    open('short', 4).program(BLOCK, new Uint8Array(BLOCK), 0, BLOCK);
    expect(readFileSync(path).length).toBe(4 * BLOCK);
    truncateSync(path, BLOCK + 100);
    open('short', 4);
    const expected = Buffer.alloc(4 * BLOCK, 0xff).fill(0, BLOCK, BLOCK + 100);
    expect(readFileSync(path)).toEqual(expected);
  });

  it('uses so many blocks of a longer file', () => {
    open('long', 6);
    expect(open('long', 4).blocks).toBe(4);
    expect(readFileSync(temporary.file('long')).length).toBe(6 * BLOCK);
  });

  it('waits for the disk once for all calls of sync before it', async () => {
    const flash = open('sync', 4);
    const file = opened.at(-1)!;
    await Promise.all([1, 2, 3].map(() => new Promise<void>((resolve) => flash.sync(resolve))));
    expect(file.flushes).toBe(1);
    await new Promise<void>((resolve) => flash.sync(resolve));
    expect(file.flushes).toBe(2);
  });

  it('waits for the disk a second after a change, once for all of that second', () => {
    const time = new VirtualTime();
    const flash = new FileFlash(files, 'delayed', 4, time);
    const file = opened.at(-1)!;
    flash.erase(0);
    time.run(600);
    flash.program(0, new Uint8Array(4), 0, 4);
    time.run(399);
    expect(file.flushes).toBe(0);
    time.run(1);
    expect(file.flushes).toBe(1);
    time.run(5000);
    expect(file.flushes).toBe(1);
    flash.program(4, new Uint8Array(4), 0, 4);
    flash.sync(() => undefined);
    time.run(0);
    time.run(5000);
    expect(file.flushes).toBe(2);
  });

  it('answers false when the file fails', () => {
    const flash = open('failing', 4);
    truncateSync(temporary.file('failing'), BLOCK);
    expect(flash.read(BLOCK - 4, new Uint8Array(8), 0, 8)).toBe(false);
    const file = opened.pop()!;
    closeSync(file.descriptor);
    expect(flash.program(0, new Uint8Array(4), 0, 4)).toBe(false);
    expect(flash.erase(0)).toBe(false);
    expect(existsSync(temporary.file('failing'))).toBe(true);
  });
});
