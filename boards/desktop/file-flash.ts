import type { Timer, Timers } from '../../src/hal/index.js';
import type { SdkFlash } from '../moddable/flash-records.js';
import { PartitionFlash } from '../moddable/partition-flash.js';

const BLOCK_LENGTH = 4096;
const ERASED = 0xff;
/** Milliseconds after which what was written is synchronized with the disk, when nobody asks for it. */
const SYNC_DELAY = 1000;

/** An open file of the SDK's `embedded:storage/files`. Every method throws when the medium fails. */
export interface SdkStorageFile {
  /** Returns how many bytes there were. */
  read(buffer: Uint8Array, position: number): unknown;
  write(buffer: Uint8Array, position: number): void;
  status(): { size: number };
  /** Waits for the disk. */
  flush(): void;
}

/** The SDK's `embedded:storage/files`: the folder that `files` in the configuration names. */
export interface SdkFiles {
  /** `r+` opens a file that is there, `w+` makes an empty one. Throws when that is not possible. */
  openFile(options: { path: string; mode: 'r+' | 'w+' }): SdkStorageFile;
}

/**
 * The medium of a log in a file. What its calls took outlives this process, and a power cut once
 * the `done` of a later `sync` was called, or that of the one that follows by itself within a second. One
 * synchronization answers all calls that came before it.
 */
export class FileFlash extends PartitionFlash {
  private readonly file: SdkStorageFile;
  private readonly timer: Timer;
  private waiting: (() => void)[] = [];
  private changed = false;

  /** Opens the file `path`, and fills it up to `blocks` with erased bytes. Throws when that is not possible. */
  constructor(files: SdkFiles, path: string, blocks: number, timers: Timers) {
    const file = openFile(files, path, blocks * BLOCK_LENGTH);
    super(new FilePartition(file), blocks);
    this.file = file;
    this.timer = timers.create(() => this.synchronize());
  }

  override program(at: number, bytes: Uint8Array, from: number, to: number): boolean {
    this.change();
    return super.program(at, bytes, from, to);
  }

  override erase(block: number): boolean {
    this.change();
    return super.erase(block);
  }

  sync(done: () => void): void {
    if (this.waiting.push(done) === 1) this.timer.start(0);
  }

  private change(): void {
    if (this.changed) return;
    this.changed = true;
    if (this.waiting.length === 0) this.timer.start(SYNC_DELAY);
  }

  private synchronize(): void {
    const { waiting } = this;
    this.waiting = [];
    this.changed = false;
    try {
      this.file.flush();
    } catch {
      // `sync` has no answer for this; a disk that fails shows itself at the next call.
    }
    for (const done of waiting) done();
  }
}

function openFile(files: SdkFiles, path: string, length: number): SdkStorageFile {
  let file: SdkStorageFile;
  try {
    file = files.openFile({ path, mode: 'r+' });
  } catch {
    file = files.openFile({ path, mode: 'w+' });
  }
  let at = file.status().size;
  while (at < length) {
    const erased = new Uint8Array(Math.min(length - at, BLOCK_LENGTH)).fill(ERASED);
    file.write(erased, at);
    at += erased.length;
  }
  return file;
}

/** A file with the methods of a partition. A byte has what was written last: a log writes it once between erasures. */
class FilePartition implements SdkFlash {
  private readonly erased = new Uint8Array(BLOCK_LENGTH).fill(ERASED);

  constructor(private readonly file: SdkStorageFile) {}

  read(buffer: Uint8Array, byteOffset: number): void {
    if (this.file.read(buffer, byteOffset) !== buffer.length) throw new Error('the file is too short');
  }

  write(buffer: Uint8Array, byteOffset: number): void {
    this.file.write(buffer, byteOffset);
  }

  eraseBlock(block: number): void {
    this.file.write(this.erased, block * BLOCK_LENGTH);
  }

  status(): { blockLength: number; blocks: number } {
    return { blockLength: BLOCK_LENGTH, blocks: Math.floor(this.file.status().size / BLOCK_LENGTH) };
  }
}
