import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  fsync,
  fsyncSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { resolve } from 'node:path';
import type { Flash } from '../../src/hal/index.js';

const ERASED = 0xff;
const BLOCK_LENGTH = 4096;

/** Erase blocks of a `FileFlash` unless another number is asked for: 1 MiB, as the partition of an ESP32. */
export const FILE_FLASH_BLOCKS = 256;
/** The most erase blocks of a `FileFlash`: 64 MiB, all of which is kept in memory as well. */
export const MAX_FILE_FLASH_BLOCKS = 16384;

/** Bytes that wait for their write at most. */
const MOST_WAITING = 1 << 18;
/** Milliseconds after which what was written is synchronized with the disk, when nobody asks for it. */
const SYNC_DELAY = 1000;

/** What is open in this process, by resolved paths. */
const openFiles = new Map<string, FileFlash | undefined>();

/**
 * NOR flash in a file, for a log on the desktop; erased bytes are 0xff in it.
 *
 * Calls change the file's image in memory, from which reads are served. What they took is handed to the system in the
 * same order, in few writes, when the present turn of the event loop ends or 256 KB wait. From then on it outlives this
 * process, even one that is killed. It outlives a power cut once a later synchronization with the disk is done: one
 * follows each write within a second, and `sync` asks for one. When the disk fails, all further calls answer false.
 *
 * The file is readable by its owner only, because messages may hold secrets. A second file, `<path>.lock`, names the
 * process that uses it; processes of different containers do not see each other. A file that is shorter than asked for,
 * or that ends within a block, is filled up with erased bytes. One that is longer keeps its length, since its last
 * blocks may hold readings.
 */
export class FileFlash implements Flash {
  readonly blockLength = BLOCK_LENGTH;
  readonly blocks: number;
  readonly unit = 4;
  /** Synchronizations with the disk, and those of them that the disk did not carry out. */
  syncs = 0;
  failedSyncs = 0;

  private readonly path: string;
  private readonly descriptor: number;
  /** What the file holds. */
  private readonly bytes: Uint8Array;
  private closed = false;
  /** The disk did not take a write: the file has not what memory has. */
  private failed = false;
  private syncing = false;
  /** The writes that wait, in order: where they go, how long they are, and their bytes one behind the other. */
  private readonly writes: { at: number; length: number }[] = [];
  private readonly written = new Uint8Array(MOST_WAITING);
  private writtenLength = 0;
  /** Calls that followed each other on one block become one write, of the range that they touched; -1: none. */
  private runBlock = -1;
  private runFrom = 0;
  private runTo = 0;
  private scheduled = false;
  private syncTimer: NodeJS.Timeout | undefined;
  /** Who waits for the next synchronization. */
  private waiting: (() => void)[] = [];

  /**
   * Opens the file at `path`, makes it when there is none, and locks it. Throws an Error of one line that names the
   * path when the file cannot be used or another process uses it, and a RangeError when `blocks` is not from 1 to
   * `MAX_FILE_FLASH_BLOCKS`.
   */
  constructor(path: string, blocks = FILE_FLASH_BLOCKS) {
    if (!(Number.isInteger(blocks) && blocks >= 1 && blocks <= MAX_FILE_FLASH_BLOCKS)) {
      throw new RangeError(
        `flash file ${path}: blocks must be an integer from 1 to ${MAX_FILE_FLASH_BLOCKS}, got ${blocks}`,
      );
    }
    this.path = resolve(path);
    lock(this.path);
    let descriptor: number | undefined;
    try {
      descriptor = openSync(this.path, constants.O_RDWR | constants.O_CREAT, 0o600);
      this.bytes = load(descriptor, this.path, blocks * BLOCK_LENGTH);
    } catch (error) {
      if (descriptor !== undefined) closeSync(descriptor);
      unlock(this.path);
      throw withPath(this.path, error);
    }
    this.descriptor = descriptor;
    this.blocks = this.bytes.length / BLOCK_LENGTH;
    openFiles.set(this.path, this);
  }

  read(at: number, into: Uint8Array, from: number, to: number): boolean {
    if (this.closed) return false;
    const { bytes } = this;
    for (let i = from; i < to; i++) into[i] = bytes[at++]!;
    return true;
  }

  program(at: number, bytes: Uint8Array, from: number, to: number): boolean {
    if (this.closed || this.failed) return false;
    const own = this.bytes;
    let end = at;
    for (let i = from; i < to; i++) own[end++]! &= bytes[i]!;
    this.changed(at, end);
    return true;
  }

  erase(block: number): boolean {
    if (this.closed || this.failed) return false;
    const at = block * BLOCK_LENGTH;
    this.bytes.fill(ERASED, at, at + BLOCK_LENGTH);
    this.changed(at, at + BLOCK_LENGTH);
    return true;
  }

  /** Calls that come while the disk is busy are answered together, by the next synchronization. */
  sync(done: () => void): void {
    this.waiting.push(done);
    if (!this.syncing) this.synchronize();
  }

  /** Hands what waits to the system. The end of the turn does that, and the end of the process. */
  flush(): void {
    this.endRun();
    let at = 0;
    try {
      for (const { at: offset, length } of this.writes) {
        write(this.descriptor, this.written, at, at + length, offset);
        at += length;
      }
    } catch {
      this.failed = true;
    }
    this.writes.length = 0;
    this.writtenLength = 0;
    // The timer keeps no process alive: `close` synchronizes as well.
    if (at > 0) this.syncTimer ??= setTimeout(() => this.sync(() => undefined), SYNC_DELAY).unref();
  }

  /** Waits for the disk, and lets another process have the file. Nothing can be read or stored afterwards. */
  close(): void {
    if (this.closed) return;
    this.flush();
    this.closed = true;
    clearTimeout(this.syncTimer);
    this.syncs++;
    try {
      fsyncSync(this.descriptor);
    } catch {
      this.failedSyncs++;
    }
    if (!this.syncing) closeSync(this.descriptor);
    unlock(this.path);
  }

  /** The bytes from `from` up to `to`, within a block, are others. */
  private changed(from: number, to: number): void {
    const block = Math.floor(from / BLOCK_LENGTH);
    if (block === this.runBlock) {
      if (from < this.runFrom) this.runFrom = from;
      if (to > this.runTo) this.runTo = to;
    } else {
      this.endRun();
      this.runBlock = block;
      this.runFrom = from;
      this.runTo = to;
    }
    if (this.scheduled) return;
    this.scheduled = true;
    process.nextTick(this.endTurn);
  }

  /** The bytes of the run are kept as they are now: what comes later must not be in the file before what is between. */
  private endRun(): void {
    if (this.runBlock < 0) return;
    this.runBlock = -1;
    const length = this.runTo - this.runFrom;
    if (this.writtenLength + length > MOST_WAITING) this.flush();
    this.written.set(this.bytes.subarray(this.runFrom, this.runTo), this.writtenLength);
    this.writtenLength += length;
    this.writes.push({ at: this.runFrom, length });
  }

  private readonly endTurn = (): void => {
    this.scheduled = false;
    if (!this.closed) this.flush();
  };

  private synchronize(): void {
    const done = this.waiting;
    this.waiting = [];
    // `close` waited for the disk.
    if (this.closed) return void setImmediate(() => done.forEach((call) => call()));
    this.flush();
    clearTimeout(this.syncTimer);
    this.syncTimer = undefined;
    this.syncing = true;
    fsync(this.descriptor, (error) => {
      this.syncing = false;
      this.syncs++;
      if (error) this.failedSyncs++;
      if (this.closed) closeSync(this.descriptor);
      done.forEach((call) => call());
      if (this.waiting.length > 0 && !this.syncing) this.synchronize();
    });
  }
}

/** The file's bytes, filled up to `length` and to the end of a block. */
function load(descriptor: number, path: string, length: number): Uint8Array {
  const status = fstatSync(descriptor);
  if (!status.isFile()) throw new Error('is not a file');
  const most = MAX_FILE_FLASH_BLOCKS * BLOCK_LENGTH;
  if (status.size > most) throw new Error(`has ${status.size} bytes; at most ${most} can be used`);
  if ((status.mode & 0o077) !== 0) chmodSync(path, 0o600);
  const whole = Math.ceil(status.size / BLOCK_LENGTH) * BLOCK_LENGTH;
  const bytes = new Uint8Array(Math.max(length, whole)).fill(ERASED);
  let at = 0;
  while (at < status.size) {
    const count = readSync(descriptor, bytes, at, status.size - at, at);
    if (count === 0) break;
    at += count;
  }
  if (at < bytes.length) {
    write(descriptor, bytes, at, bytes.length, at);
    fsyncSync(descriptor);
  }
  return bytes;
}

/** Writes `bytes[from..to)` to the file from `offset` on. */
function write(descriptor: number, bytes: Uint8Array, from: number, to: number, offset: number): void {
  let at = from;
  while (at < to) at += writeSync(descriptor, bytes, at, to - at, offset + at - from);
}

function withPath(path: string, error: unknown): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  return new Error(`flash file ${path}: ${code === undefined ? message : `cannot be used (${code})`}`);
}

/**
 * Makes this process the one that uses `path`. The lock of a process that ended without removing it is taken over.
 * Throws an Error when another process has it.
 */
function lock(path: string): void {
  const file = `${path}.lock`;
  for (;;) {
    try {
      writeFileSync(file, `${process.pid} ${startTime(process.pid)}\n`, { flag: 'wx', mode: 0o600 });
      if (openFiles.size === 0) process.on('exit', flushAll);
      openFiles.set(path, undefined);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw withPath(path, error);
    }
    takeAway(path, file);
  }
}

/** Removes the lock `file` when its process has ended; throws an Error when it runs. */
function takeAway(path: string, file: string): void {
  const mine = `${file}.${process.pid}`;
  try {
    const owner = readFileSync(file, 'latin1');
    if (isRunning(owner, path)) throw inUse(path, file, owner);
    // Of several processes that came to this at once, one moves the lock, and another may then move the new one's.
    renameSync(file, mine);
    const moved = readFileSync(mine, 'latin1');
    if (moved === owner) return rmSync(mine);
    renameSync(mine, file);
    throw inUse(path, file, moved);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    // Another process has removed it meanwhile.
    if (code !== 'ENOENT') throw withPath(path, error);
  }
}

function inUse(path: string, file: string, owner: string): Error {
  const process = owner.split(' ', 1)[0];
  return new Error(`flash file ${path}: in use by process ${process}; if that is not tagwire, remove ${file}`);
}

function flushAll(): void {
  for (const flash of openFiles.values()) flash?.flush();
}

function unlock(path: string): void {
  if (!openFiles.delete(path)) return;
  if (openFiles.size === 0) process.off('exit', flushAll);
  try {
    rmSync(`${path}.lock`, { force: true });
  } catch {
    // The next process finds that this one has ended.
  }
}

/** True when the process that wrote `owner` into the lock of `path` still runs. */
function isRunning(owner: string, path: string): boolean {
  const [pidText, started] = owner.trim().split(' ');
  const pid = Number(pidText);
  if (!(Number.isInteger(pid) && pid > 0)) return false;
  // In a container that was started anew, the number is often the same.
  if (pid === process.pid) return openFiles.has(path);
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return startTime(pid) === (started ?? '');
}

/**
 * When a process was started, in the system's own unit, so that one that has got the number of another is not taken for
 * it: proc(5), field 22 of `/proc/<pid>/stat`. Empty for a process that has ended, and on a system without it.
 */
function startTime(pid: number): string {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is a name in parentheses, which may have spaces.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? '' : (fields[19] ?? '');
  } catch {
    return '';
  }
}
