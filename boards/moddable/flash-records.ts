import { crc32 } from '../../src/telemetry/crc32.js';

/**
 * A partition of NOR flash, as `open` of the SDK's `embedded:storage/flash` gives it. Offsets are bytes from its start.
 * Every method throws when the medium fails.
 */
export interface SdkFlash {
  /** Fills `buffer`. */
  read(buffer: Uint8Array, byteOffset: number): unknown;

  /** Writes all of `buffer`; bits only go from 1 to 0. */
  write(buffer: Uint8Array, byteOffset: number): void;

  /** Sets every bit of a block to 1. */
  eraseBlock(block: number): void;

  status(): {
    /** Bytes of an erase block: 4,096 on ESP32. */
    blockLength: number;
    blocks: number;
  };
}

/**
 * Bytes that are read or written at once. Everything lies on its multiples and is written once between two erasures:
 * no access crosses a block, and one buffer of this size is enough.
 */
export const UNIT = 32;

/*
 * A record is a header of one unit and its value in as many units as it takes. The header, numbers low byte first:
 *
 *   0  u32   generation of the half
 *   4  u32   bytes of the value
 *   8  u32   CRC-32 of the value
 *  12  15 B  key, filled up with zeros
 *  27  u8    RecordKind
 *  28  u32   CRC-32 of the 28 bytes before it
 */
const enum HeaderOffset {
  generation = 0,
  length = 4,
  valueCrc = 8,
  key = 12,
  kind = 27,
  crc = 28,
}

/** Bytes of a key in a header. */
export const KEY_SIZE = 15;

/** What a record is. The numbers are on the flash. */
export const enum RecordKind {
  /** First in a half, at its very beginning: this half counts. */
  start = 1,
  value = 2,
  /** The key has no value any more. */
  removed = 3,
}

const ERASED = 0xff;

/**
 * Reads and writes records on flash; which of them count is the business of `FlashStore`. The fields are those of the
 * header that was read last. Nothing but the constructor allocates.
 */
export class FlashRecords {
  /** Length of one of the two halves of the partition. */
  readonly halfLength: number;

  generation = 0;
  kind = 0;
  length = 0;
  valueCrc = 0;

  private readonly flash: SdkFlash;
  private readonly blockLength: number;
  private readonly unit: Uint8Array;
  private readonly view: DataView;

  /** Throws a RangeError when the partition is too small or its blocks are not usable. */
  constructor(flash: SdkFlash) {
    const { blockLength, blocks } = flash.status();
    if (!(blocks >= 2)) throw new RangeError('the flash partition must have at least 2 blocks, got ' + blocks);
    if (!(blockLength >= 4 * UNIT && blockLength % UNIT === 0)) {
      throw new RangeError(
        'the block length of the flash must be a multiple of ' + UNIT + ' from 128, got ' + blockLength,
      );
    }
    this.flash = flash;
    this.blockLength = blockLength;
    this.halfLength = Math.floor(blocks / 2) * blockLength;
    this.unit = new Uint8Array(UNIT);
    this.view = new DataView(this.unit.buffer);
  }

  /** Bytes that a record with a value of `length` bytes takes. */
  recordLength(length: number): number {
    return UNIT + Math.ceil(length / UNIT) * UNIT;
  }

  /** Reads the header at `at` into the fields. False when there is none. */
  readHeader(at: number): boolean {
    this.flash.read(this.unit, at);
    const view = this.view;
    if (view.getUint32(HeaderOffset.crc, true) !== crc32(this.unit, 0, HeaderOffset.crc, 0)) return false;
    this.generation = view.getUint32(HeaderOffset.generation, true);
    this.length = view.getUint32(HeaderOffset.length, true);
    this.valueCrc = view.getUint32(HeaderOffset.valueCrc, true);
    this.kind = this.unit[HeaderOffset.kind]!;
    return true;
  }

  /** True when what `readHeader` read last was erased flash. */
  get erased(): boolean {
    for (let i = 0; i < UNIT; i++) if (this.unit[i] !== ERASED) return false;
    return true;
  }

  /** True when the header that was read last has this key, of `KEY_SIZE` bytes. */
  hasKey(key: Uint8Array): boolean {
    for (let i = 0; i < KEY_SIZE; i++) if (this.unit[HeaderOffset.key + i] !== key[i]) return false;
    return true;
  }

  /** Copies the key of the header that was read last. */
  copyKey(key: Uint8Array): void {
    for (let i = 0; i < KEY_SIZE; i++) key[i] = this.unit[HeaderOffset.key + i]!;
  }

  /** True when the value behind the header at `at` has the length and the CRC of the header that was read last. */
  valueIsWhole(at: number): boolean {
    const length = this.length;
    let crc = 0;
    for (let done = 0; done < length; done += UNIT) {
      this.flash.read(this.unit, at + UNIT + done);
      crc = crc32(this.unit, 0, length - done < UNIT ? length - done : UNIT, crc);
    }
    return crc === this.valueCrc;
  }

  /** Copies the value of `length` bytes behind the header at `at` to the start of `into`. */
  readValue(at: number, length: number, into: Uint8Array): void {
    for (let done = 0; done < length; done += UNIT) {
      this.flash.read(this.unit, at + UNIT + done);
      const part = length - done < UNIT ? length - done : UNIT;
      for (let i = 0; i < part; i++) into[done + i] = this.unit[i]!;
    }
  }

  /** Writes the header that makes a half count, at its very beginning. */
  writeStart(at: number, generation: number): void {
    this.unit.fill(0);
    this.writeHeader(at, generation, RecordKind.start, 0, 0);
  }

  /** Writes a record at `at`, in erased flash, and reads it again. False when it is not what was written. */
  writeRecord(
    at: number,
    generation: number,
    kind: RecordKind,
    key: Uint8Array,
    bytes: Uint8Array,
    from: number,
    to: number,
  ): boolean {
    for (let i = 0; i < KEY_SIZE; i++) this.unit[HeaderOffset.key + i] = key[i]!;
    this.writeHeader(at, generation, kind, to - from, crc32(bytes, from, to, 0));
    let unitAt = at + UNIT;
    for (let next = from; next < to; next += UNIT) {
      for (let i = 0; i < UNIT; i++) this.unit[i] = next + i < to ? bytes[next + i]! : ERASED;
      this.flash.write(this.unit, unitAt);
      unitAt += UNIT;
    }
    return this.readHeader(at) && this.generation === generation && this.valueIsWhole(at);
  }

  /**
   * Copies the value at `from`, whose header was read last, to `at`, in erased flash, for another generation, and
   * reads it again. False when it is not what was written.
   */
  copyRecord(from: number, at: number, generation: number): boolean {
    const length = this.length;
    this.readHeader(from);
    this.writeHeader(at, generation, RecordKind.value, length, this.valueCrc);
    for (let done = UNIT; done < this.recordLength(length); done += UNIT) {
      this.flash.read(this.unit, from + done);
      this.flash.write(this.unit, at + done);
    }
    return this.readHeader(at) && this.generation === generation && this.valueIsWhole(at);
  }

  /** Erases the blocks that begin after `at`, up to and with `end`, but nothing from `limit` on. */
  eraseAhead(at: number, end: number, limit: number): void {
    const first = (Math.floor(at / this.blockLength) + 1) * this.blockLength;
    for (let block = first; block <= end && block < limit; block += this.blockLength) this.erase(block);
  }

  /** Erases the block that begins at `at`. */
  erase(at: number): void {
    this.flash.eraseBlock(at / this.blockLength);
  }

  /** Writes a header whose key lies in the unit already. */
  private writeHeader(at: number, generation: number, kind: RecordKind, length: number, valueCrc: number): void {
    const view = this.view;
    view.setUint32(HeaderOffset.generation, generation, true);
    view.setUint32(HeaderOffset.length, length, true);
    view.setUint32(HeaderOffset.valueCrc, valueCrc, true);
    this.unit[HeaderOffset.kind] = kind;
    view.setUint32(HeaderOffset.crc, crc32(this.unit, 0, HeaderOffset.crc, 0), true);
    this.flash.write(this.unit, at);
  }
}
