import { spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { FileFlash, MAX_FILE_FLASH_BLOCKS } from '../../../sim/hal/file-flash.js';
import { flashContract } from '../../contracts/flash.contract.js';
import { TOP } from '../../support/folders.js';
import { makeTemporaryFolder } from '../../support/temp.js';

const temporary = makeTemporaryFolder();
afterAll(() => temporary.remove());

const BLOCK = 4096;
let files = 0;
const newPath = (): string => temporary.file(`flash-${files++}`);

flashContract('FileFlash', () => {
  const path = newPath();
  let flash = new FileFlash(path, 4);
  return {
    flash,
    reopen() {
      flash.close();
      return (flash = new FileFlash(path, 4));
    },
    release: () => flash.close(),
  };
});

/** A program that opens the file as another process. */
function programFor(path: string, then: string): string[] {
  const url = pathToFileURL(join(TOP, 'build/sim/hal/file-flash.js')).href;
  const code = `import { FileFlash } from '${url}';
    try { const flash = new FileFlash('${path}', 4); ${then} } catch (error) { console.log(error.message); }`;
  return ['--input-type=module', '-e', code];
}

describe('FileFlash', () => {
  const opened: FileFlash[] = [];
  const open = (path: string, blocks?: number): FileFlash => {
    const flash = new FileFlash(path, blocks);
    opened.push(flash);
    return flash;
  };
  afterEach(() => opened.splice(0).forEach((flash) => flash.close()));

  it('is erased at first, and a file of its length', () => {
    const path = newPath();
    open(path, 3);
    expect(readFileSync(path)).toEqual(Buffer.alloc(3 * BLOCK, 0xff));
    expect(open(newPath()).blocks).toBe(256);
  });

  it('clears bits only', () => {
    const flash = open(newPath(), 2);
    flash.program(4, Uint8Array.of(0xf0, 0xf0, 0xff, 0), 0, 4);
    flash.program(4, Uint8Array.of(0x0f, 0xff, 0xa5, 0xff), 0, 4);
    const into = new Uint8Array(4);
    flash.read(4, into, 0, 4);
    expect([...into]).toEqual([0, 0xf0, 0xa5, 0]);
  });

  it.skipIf(process.platform === 'win32')('lets only its owner read, also a file that others could', () => {
    const path = newPath();
    const flash = open(path, 2);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(`${path}.lock`).mode & 0o777).toBe(0o600);
    flash.close();
    chmodSync(path, 0o644);
    open(path, 2);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  const STORE = `flash.program(${BLOCK}, Uint8Array.of(1, 2, 3, 4), 0, 4); flash.erase(0);
    flash.program(${BLOCK + 4}, Uint8Array.of(5, 6, 7, 8), 0, 4);`;
  it.each([
    ['is killed after the turn', "setImmediate(() => process.kill(process.pid, 'SIGKILL'));"],
    ['is killed in a promise behind it', "await undefined; setImmediate(() => process.kill(process.pid, 'SIGKILL'));"],
    ['exits within the turn', 'process.exit();'],
    ['ends by an exception', "setImmediate(() => { throw new Error('broken'); });"],
  ])('has in the file what its calls took, when the process %s', async (_what, end) => {
    const path = newPath();
    const child = spawn(process.execPath, programFor(path, STORE + end));
    await once(child, 'exit');
    // The lock of a process that has ended is no hindrance.
    expect(existsSync(`${path}.lock`)).toBe(true);
    const into = new Uint8Array(8);
    open(path, 4).read(BLOCK, into, 0, 8);
    expect([...into]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('writes in the order of the calls, also when more waits than a turn may hold', async () => {
    const path = newPath();
    const flash = open(path, 128);
    // The block that is changed last is also the first one: that change must not come before the others.
    flash.program(0, new Uint8Array(4), 0, 4);
    for (let block = 1; block < 128; block++) flash.program(block * BLOCK, new Uint8Array(BLOCK), 0, BLOCK);
    flash.program(4, new Uint8Array(4), 0, 4);
    const during = readFileSync(path);
    expect(during.subarray(0, 4)).toEqual(Buffer.alloc(4));
    expect(during.subarray(4, 8)).toEqual(Buffer.alloc(4, 0xff));
    expect(during[BLOCK]).toBe(0);
    expect(during[127 * BLOCK]).toBe(0xff);
    await new Promise((resolve) => setImmediate(resolve));
    expect(
      readFileSync(path)
        .subarray(BLOCK)
        .equals(Buffer.alloc(127 * BLOCK)),
    ).toBe(true);
    expect(readFileSync(path).subarray(0, 8)).toEqual(Buffer.alloc(8));
  });

  it('is refused while another process has it, and leaves that one alone', async () => {
    const path = newPath();
    const child = spawn(process.execPath, programFor(path, "console.log('open'); setInterval(() => {}, 1000);"));
    try {
      await once(child.stdout, 'data');
      expect(() => open(path, 4)).toThrow(
        `flash file ${path}: in use by process ${child.pid}; if that is not tagwire, remove ${path}.lock`,
      );
      expect(readFileSync(`${path}.lock`, 'latin1')).toMatch(new RegExp(`^${child.pid} `));
    } finally {
      child.kill('SIGKILL');
    }
    await once(child, 'exit');
    expect(open(path, 4).blocks).toBe(4);
  });

  it('is refused while this process has it, here and in another process', () => {
    const path = newPath();
    const flash = open(path, 4);
    expect(() => open(path, 4)).toThrow(`flash file ${path}: in use by process ${process.pid}`);
    const other = spawnSync(process.execPath, programFor(path, "console.log('open');"), { encoding: 'latin1' });
    expect(other.stdout).toContain(`flash file ${path}: in use by process ${process.pid}`);
    flash.close();
    expect(existsSync(`${path}.lock`)).toBe(false);
    const later = spawnSync(process.execPath, programFor(path, "console.log('open');"), { encoding: 'latin1' });
    expect(later.stdout).toBe('open\n');
  });

  it.each([
    ['of a process that got the number of the one that ended', `${process.ppid} 1`],
    ['of this process in a former life', `${process.pid} 1`],
    ['that was not written', ''],
    ['that holds something else', 'hello there'],
  ])('takes over a lock %s', (_what, text) => {
    const path = newPath();
    writeFileSync(`${path}.lock`, text);
    expect(open(path, 4).blocks).toBe(4);
    expect(readFileSync(`${path}.lock`, 'latin1')).toMatch(new RegExp(`^${process.pid} `));
    expect(readdirSync(temporary.path).filter((name) => name.includes('.lock.'))).toEqual([]);
  });

  it.each([
    ['shorter', 2 * BLOCK],
    ['torn', 2 * BLOCK + 100],
    ['empty', 0],
  ])('fills up a file that is %s', (_what, length) => {
    const path = newPath();
    const flash = open(path, 4);
    for (let block = 0; block < 4; block++) flash.program(block * BLOCK, new Uint8Array(BLOCK), 0, BLOCK);
    flash.close();
    truncateSync(path, length);
    const after = open(path, 4);
    expect(after.blocks).toBe(4);
    const into = new Uint8Array(4 * BLOCK);
    after.read(0, into, 0, into.length);
    expect(into.subarray(0, length).every((byte) => byte === 0)).toBe(true);
    expect(into.subarray(length).every((byte) => byte === 0xff)).toBe(true);
    expect(readFileSync(path)).toEqual(Buffer.from(into));
  });

  it('keeps the blocks of a file that is longer than asked for', () => {
    const path = newPath();
    const flash = open(path, 6);
    flash.program(5 * BLOCK, Uint8Array.of(1, 2, 3, 4), 0, 4);
    flash.close();
    const after = open(path, 2);
    expect(after.blocks).toBe(6);
    const into = new Uint8Array(4);
    after.read(5 * BLOCK, into, 0, 4);
    expect([...into]).toEqual([1, 2, 3, 4]);
    after.close();
    appendFileSync(path, 'x');
    expect(open(path, 2).blocks).toBe(7);
  });

  it.each([0, 1.5, MAX_FILE_FLASH_BLOCKS + 1, Number.NaN])('does not take %s blocks', (blocks) => {
    const path = newPath();
    expect(() => open(path, blocks)).toThrow(
      new RangeError(`flash file ${path}: blocks must be an integer from 1 to 16384, got ${blocks}`),
    );
    expect(existsSync(path)).toBe(false);
  });

  it('names the path that cannot be used', () => {
    const folder = newPath();
    mkdirSync(folder);
    expect(() => open(folder, 2)).toThrow(`flash file ${folder}: cannot be used (EISDIR)`);
    expect(existsSync(`${folder}.lock`)).toBe(false);
    const inside = join(newPath(), 'flash');
    expect(() => open(inside, 2)).toThrow(`flash file ${inside}: cannot be used (ENOENT)`);
    const large = newPath();
    writeFileSync(large, '');
    truncateSync(large, (MAX_FILE_FLASH_BLOCKS + 1) * BLOCK);
    expect(() => open(large, 2)).toThrow(`flash file ${large}: has 67112960 bytes; at most 67108864 can be used`);
    expect(() => open('/dev/null', 2)).toThrow(/^flash file \/dev\/null: /);
  });

  it('is synchronized with the disk a second after a write, once for all of that second', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const flash = open(newPath(), 2);
      flash.flush();
      expect(vi.getTimerCount()).toBe(0);
      for (let i = 0; i < 3; i++) {
        flash.program(4 * i, new Uint8Array(4), 0, 4);
        flash.flush();
        vi.advanceTimersByTime(300);
      }
      expect(vi.getTimerCount()).toBe(1);
      vi.advanceTimersByTime(100);
      // Comes behind the one that is under way.
      await new Promise<void>((resolve) => flash.sync(resolve));
      expect(flash.syncs).toBe(2);
      flash.program(16, new Uint8Array(4), 0, 4);
      await new Promise<void>((resolve) => flash.sync(resolve));
      expect([flash.syncs, vi.getTimerCount()]).toEqual([3, 0]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('stores and reads nothing once it is closed, and answers sync', async () => {
    const path = newPath();
    const flash = open(path, 2);
    const during = new Promise<void>((resolve) => flash.sync(resolve));
    flash.close();
    flash.close();
    expect(flash.program(0, new Uint8Array(4), 0, 4)).toBe(false);
    expect(flash.erase(0)).toBe(false);
    expect(flash.read(0, new Uint8Array(4), 0, 4)).toBe(false);
    await during;
    await new Promise<void>((resolve) => flash.sync(resolve));
    expect(flash.failedSyncs).toBe(0);
    expect(readFileSync(path)).toEqual(Buffer.alloc(2 * BLOCK, 0xff));
  });

  it.skipIf(process.platform !== 'linux')('answers false when the disk fails, and does not throw', async () => {
    const path = newPath();
    const flash = new FileFlash(path, 2);
    const numbers = readdirSync('/proc/self/fd').filter((number) => {
      try {
        return readlinkSync(`/proc/self/fd/${number}`) === path;
      } catch {
        return false;
      }
    });
    closeSync(Number(numbers[0]));
    flash.program(0, new Uint8Array(4), 0, 4);
    await new Promise<void>((resolve) => flash.sync(resolve));
    expect(flash.failedSyncs).toBe(1);
    expect(flash.program(0, new Uint8Array(4), 0, 4)).toBe(false);
    expect(flash.erase(1)).toBe(false);
  });
});
