import type { SdkFiles, SdkStorageFile } from '../../../boards/desktop/file-flash.js';
import type { SeededRandom } from '../../world/random.js';
import type { PowerSupply } from './power.js';

/** Bytes of a page of the operating system: what of a write reaches the disk, or does not, as a whole. */
const PAGE = 4096;

/**
 * A file on the disk of a computer, as the SDK's `embedded:storage/files` opens it: what was written is in the cache of
 * the operating system until `flush`, and a power cut loses any of its pages. It outlives a start; its folder has no
 * other.
 */
export class DiskFile {
  /** A fault: every write fails. */
  broken = false;
  /** Calls of `flush`. */
  flushes = 0;

  private exists = false;
  /** What programs read, and what the disk has. */
  private content = new Uint8Array(0);
  private disk = new Uint8Array(0);
  private readonly dirty = new Set<number>();

  constructor(
    private readonly power: PowerSupply,
    private readonly random: SeededRandom,
  ) {}

  /** For one start of the device. */
  get files(): SdkFiles {
    return { openFile: ({ mode }) => this.open(mode) };
  }

  /** The power is gone: of each page that was not flushed, the disk has the old bytes or the new ones. */
  lose(): void {
    for (const page of this.dirty) if (this.random.unit() < 0.5) this.save(page);
    this.dirty.clear();
    this.content = this.disk.slice();
  }

  private open(mode: 'r+' | 'w+'): SdkStorageFile {
    this.power.check();
    if (mode === 'r+' && !this.exists) throw new Error('no such file');
    if (mode === 'w+') {
      this.exists = true;
      this.content = new Uint8Array(0);
      this.disk = new Uint8Array(0);
    }
    return {
      read: (buffer, position) => {
        this.power.check();
        const end = Math.min(this.content.length, position + buffer.length);
        buffer.set(this.content.subarray(position, end));
        return Math.max(0, end - position);
      },
      write: (buffer, position) => this.write(buffer, position),
      status: () => ({ size: this.content.length }),
      flush: () => {
        this.power.check();
        this.flushes++;
        for (const page of this.dirty) this.save(page);
        this.dirty.clear();
      },
    };
  }

  private write(buffer: Uint8Array, position: number): void {
    this.power.check();
    if (this.broken) throw new Error('write failed');
    const end = position + buffer.length;
    if (end > this.content.length) {
      const longer = new Uint8Array(end);
      longer.set(this.content);
      this.content = longer;
    }
    this.content.set(buffer, position);
    for (let page = Math.floor(position / PAGE); page * PAGE < end; page++) this.dirty.add(page);
    if (this.power.failsWithin()) this.power.cut();
  }

  private save(page: number): void {
    const bytes = this.content.subarray(page * PAGE, (page + 1) * PAGE);
    if (this.disk.length < this.content.length) {
      const longer = new Uint8Array(this.content.length);
      longer.set(this.disk);
      this.disk = longer;
    }
    this.disk.set(bytes, page * PAGE);
  }
}
