import type { Flash } from '../../src/hal/index.js';
import type { SdkFlash } from './flash-records.js';

/** Bytes that are read or programmed at a time: a page of the usual chips. */
const PAGE = 256;
const UNIT = 4;
/** What a `FlashLog` needs. */
const LEAST_BLOCKS = 4;

/**
 * A partition of the SDK's as the medium of a log. Calls allocate nothing unless the medium fails: the SDK throws then.
 *
 * The SDK takes whole buffers, so the bytes pass through one of this class, which has the length of each transfer.
 */
export class PartitionFlash implements Flash {
  readonly blockLength: number;
  readonly blocks: number;
  /**
   * A word. ESP8266 programs whole words only, and the SDK fills up what is less, so that a word would be programmed
   * twice (`modSPIWrite` in xs/platforms/esp/xsHost.c of the SDK). On ESP32 a program may begin and end anywhere
   * (`esp_flash_write` in esp_flash.h of the ESP-IDF), unless the partition is encrypted (`esp_partition_write`): one
   * that is cannot be used here, since it does not read as ones when it is erased.
   */
  readonly unit = UNIT;

  private readonly flash: SdkFlash;
  /**
   * Takes the length of each transfer: a shorter view would be an object for each. It is at its full length between
   * calls, because a collection takes what it has beyond its length, and growing would then take a new chunk.
   */
  private readonly buffer: ArrayBuffer;
  private readonly bytes: Uint8Array;

  /**
   * Uses the first `most` blocks of the partition, or all when it has fewer. Throws a RangeError when it has fewer than
   * `LEAST_BLOCKS`, or blocks that are no multiple of 256 bytes.
   */
  constructor(flash: SdkFlash, most: number) {
    const { blockLength, blocks } = flash.status();
    if (!(blocks >= LEAST_BLOCKS)) {
      throw new RangeError('the flash partition must have at least ' + LEAST_BLOCKS + ' blocks, got ' + blocks);
    }
    if (!(blockLength >= PAGE && blockLength % PAGE === 0)) {
      throw new RangeError('the block length of the flash must be a multiple of ' + PAGE + ', got ' + blockLength);
    }
    this.flash = flash;
    this.blockLength = blockLength;
    this.blocks = blocks < most ? blocks : most;
    this.buffer = new ArrayBuffer(PAGE, { maxByteLength: PAGE });
    this.bytes = new Uint8Array(this.buffer);
  }

  read(at: number, into: Uint8Array, from: number, to: number): boolean {
    const { buffer, bytes, flash } = this;
    try {
      while (from < to) {
        const count = to - from < PAGE ? to - from : PAGE;
        buffer.resize(count);
        flash.read(bytes, at);
        into.set(bytes, from);
        at += count;
        from += count;
      }
      return true;
    } catch {
      return false;
    } finally {
      buffer.resize(PAGE);
    }
  }

  program(at: number, bytes: Uint8Array, from: number, to: number): boolean {
    const { buffer, bytes: own, flash } = this;
    try {
      while (from < to) {
        // Up to the end of a page: the chip would program a part that goes beyond it in a step of its own.
        const room = PAGE - (at % PAGE);
        const count = to - from < room ? to - from : room;
        buffer.resize(count);
        for (let i = 0; i < count; i++) own[i] = bytes[from + i]!;
        flash.write(own, at);
        at += count;
        from += count;
      }
      return true;
    } catch {
      return false;
    } finally {
      buffer.resize(PAGE);
    }
  }

  erase(block: number): boolean {
    try {
      this.flash.eraseBlock(block);
      return true;
    } catch {
      return false;
    }
  }
}
