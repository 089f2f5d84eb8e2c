import { decodeUtf8Lossy } from '../../../src/bytes/utf8.js';
import { encodeUtf8 } from '../../../src/mqtt/utf8.js';
import { crc32 } from '../../../src/telemetry/crc32.js';
import type { FileSink } from './pcap-file.js';

/*
 * A recording is a header of 8 bytes, `TAGWREC` and the version, and blocks. A block is the length of its content and
 * its CRC-32, each of 4 bytes with the low byte first, and the content: records, each of which is in one block as a
 * whole.
 *
 * | type | written as |
 * |---|---|
 * | u8 | a byte |
 * | uint | 7 bits in each byte, lowest first, the highest bit set in all but the last (LEB128); below 2^53 |
 * | int | uint of 2n, or for a negative n of -2n - 1 |
 * | word | 4 bytes, low byte first |
 * | bytes, text | uint, and so many bytes; text is UTF-8 |
 * | value | u8 0 none, 1 int, 2 text, 3 bytes, 4 a number that is no int as float64, and the value |
 *
 * A record is a `RecordCode` as u8, and its fields:
 *
 * | record | fields |
 * |---|---|
 * | begin | uint device, text name, text board or `sim`, text settings (JSON; of `sim`: `SimConditions`), |
 * | | text restart reason, text hardware address, |
 * | | u8 abilities of the radio (`RadioAbility`), uint ms of the world. A start begins with the event of its launch |
 * | end | uint device, uint calls of the event under way that were made or 0 between two events, u8 `EndCause` |
 * | select | uint device: what follows is of that one |
 * | clock | u8 1 and int ms that the time of day is ahead of the device's clock, or u8 0: it is not known |
 * | event | u8 `EventCode`, uint object, uint ms since the device's event before, and what that event has |
 * | result | uint call, value: what that call of the event returned, where it is not what it usually does |
 * | failure | uint call, text: what that call threw |
 * | state + flags | a word for each `Lane` whose hash the event has changed, the lowest flag first. It ends the event |
 * | finish | uint events: the recording is whole |
 */

export const VERSION = 1;
/** `TAGWREC`. */
const MAGIC = [0x54, 0x41, 0x47, 0x57, 0x52, 0x45, 0x43];
export const HEADER_LENGTH = 8;
const BLOCK_HEADER = 8;
/** A block is written when it has so many bytes. */
const BLOCK_LENGTH = 4096;
/** No record is longer: a console takes 128 bytes, a read from flash a page, a value of a store a few thousand. */
const LONGEST_BLOCK = 1 << 24;
const TWO_53 = 0x20_0000_0000_0000;

/** What a record is. */
export const enum RecordCode {
  begin = 1,
  end = 2,
  select = 3,
  clock = 4,
  event = 5,
  result = 6,
  failure = 7,
  finish = 8,
  /** To 0x4f: the lowest four bits are flags. */
  state = 0x40,
}

/** Why a start ended. */
export const enum EndCause {
  power = 0,
  restart = 1,
  stopped = 2,
}

/** What a call returned that is no object. */
export type Value = undefined | number | string | Uint8Array;

const enum ValueCode {
  none = 0,
  int = 1,
  text = 2,
  bytes = 3,
  float = 4,
}

/** Writes a recording. */
export class RecordingWriter {
  private buffer = new Uint8Array(2 * BLOCK_LENGTH);
  private length = BLOCK_HEADER;

  constructor(private readonly sink: FileSink) {
    sink(Uint8Array.of(...MAGIC, VERSION));
  }

  /** Between two records: the block may end here. `must`: it ends here. */
  between(must = false): void {
    const { buffer, length } = this;
    if (length === BLOCK_HEADER || (!must && length < BLOCK_LENGTH)) return;
    const view = new DataView(buffer.buffer);
    view.setUint32(0, length - BLOCK_HEADER, true);
    view.setUint32(4, crc32(buffer, BLOCK_HEADER, length, 0), true);
    this.sink(buffer.subarray(0, length));
    this.length = BLOCK_HEADER;
  }

  u8(value: number): void {
    this.need(1);
    this.buffer[this.length++] = value;
  }

  uint(value: number): void {
    this.need(8);
    while (value >= 0x80) {
      this.buffer[this.length++] = (value % 0x80) | 0x80;
      value = Math.floor(value / 0x80);
    }
    this.buffer[this.length++] = value;
  }

  int(value: number): void {
    this.uint(value < 0 ? -2 * value - 1 : 2 * value);
  }

  word(value: number): void {
    this.need(4);
    for (let shift = 0; shift < 32; shift += 8) this.buffer[this.length++] = value >>> shift;
  }

  raw(bytes: Uint8Array, from: number, to: number): void {
    this.need(to - from);
    for (let i = from; i < to; i++) this.buffer[this.length++] = bytes[i]!;
  }

  bytes(bytes: Uint8Array, from: number, to: number): void {
    this.uint(to - from);
    this.raw(bytes, from, to);
  }

  text(text: string): void {
    const bytes = encodeUtf8(text);
    this.bytes(bytes, 0, bytes.length);
  }

  value(value: Value): void {
    if (value === undefined) {
      this.u8(ValueCode.none);
    } else if (typeof value === 'number' && Number.isSafeInteger(value)) {
      this.u8(ValueCode.int);
      this.int(value);
    } else if (typeof value === 'number') {
      const bytes = new Uint8Array(8);
      new DataView(bytes.buffer).setFloat64(0, value, true);
      this.u8(ValueCode.float);
      this.raw(bytes, 0, 8);
    } else if (typeof value === 'string') {
      this.u8(ValueCode.text);
      this.text(value);
    } else {
      this.u8(ValueCode.bytes);
      this.bytes(value, 0, value.length);
    }
  }

  private need(count: number): void {
    if (this.length + count <= this.buffer.length) return;
    const longer = new Uint8Array(2 * (this.length + count));
    longer.set(this.buffer.subarray(0, this.length));
    this.buffer = longer;
  }
}

/** What is wrong with a recording; the message says at which offset of the file. */
export class BadRecording extends Error {
  override name = 'BadRecording';
}

/** Reads a recording, record by record. */
export class RecordingReader {
  private view: DataView;
  /** The next byte, and where the block under way ends. */
  private at = HEADER_LENGTH;
  private end = HEADER_LENGTH;

  /** Throws `BadRecording` when `bytes` is no recording, or one of another version. */
  constructor(private file: Uint8Array) {
    this.view = new DataView(file.buffer, file.byteOffset, file.byteLength);
    if (!MAGIC.every((byte, i) => file[i] === byte)) {
      throw new BadRecording('at offset 0: a recording begins with TAGWREC');
    }
    if (file[7] !== VERSION) {
      throw new BadRecording('at offset 7: the version must be ' + VERSION + ', got ' + String(file[7]));
    }
  }

  /** Where the next byte is in the file. */
  get offset(): number {
    return this.at;
  }

  /** All that there is so far has been read. */
  get isAtEnd(): boolean {
    return this.at === this.end && this.at === this.file.length;
  }

  /** The file goes on with `blocks`, whole ones, when all before is read. Offsets count from their beginning. */
  goOn(blocks: Uint8Array): void {
    this.file = blocks;
    this.view = new DataView(blocks.buffer, blocks.byteOffset, blocks.byteLength);
    this.at = this.end = 0;
  }

  /** What the next record is, which is not taken yet. Throws `BadRecording` where the file is damaged or ends. */
  peek(): number {
    if (this.at === this.end) this.openBlock();
    return this.file[this.at]!;
  }

  u8(): number {
    if (this.at >= this.end) this.bad('a record goes beyond the end of its block');
    return this.file[this.at++]!;
  }

  uint(): number {
    let value = 0;
    for (let scale = 1; scale < TWO_53; scale *= 0x80) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    return this.bad('a number has more than 53 bits');
  }

  int(): number {
    const value = this.uint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  word(): number {
    if (this.at + 4 > this.end) this.bad('a record goes beyond the end of its block');
    const value = this.view.getInt32(this.at, true);
    this.at += 4;
    return value;
  }

  raw(count: number): Uint8Array {
    if (count > this.end - this.at) this.bad('a record goes beyond the end of its block');
    const { at } = this;
    this.at = at + count;
    return this.file.subarray(at, at + count);
  }

  bytes(): Uint8Array {
    return this.raw(this.uint());
  }

  text(): string {
    return decodeUtf8Lossy(this.bytes());
  }

  value(): Value {
    const code: ValueCode = this.u8();
    switch (code) {
      case ValueCode.none:
        return undefined;
      case ValueCode.int:
        return this.int();
      case ValueCode.text:
        return this.text();
      case ValueCode.bytes:
        return this.bytes();
      case ValueCode.float: {
        const bytes = this.raw(8);
        return new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0, true);
      }
      default:
        return this.bad('a value must be of the kind 0 to 4, got ' + String(code));
    }
  }

  /** Throws for what is wrong with the record that was read last. */
  bad(what: string): never {
    throw new BadRecording('at offset ' + this.at + ': ' + what);
  }

  private openBlock(): void {
    const { file, view, at } = this;
    const bad = (what: string): never => {
      throw new BadRecording('at offset ' + at + ': ' + what);
    };
    if (at + BLOCK_HEADER > file.length) bad('the file ends before the recording does');
    const length = view.getUint32(at, true);
    if (length === 0 || length > LONGEST_BLOCK) bad('the block is damaged: it has ' + length + ' bytes');
    const from = at + BLOCK_HEADER;
    if (from + length > file.length) bad('the file ends before this block does');
    if (crc32(file, from, from + length, 0) !== view.getUint32(at + 4, true)) {
      bad('the block is damaged: its CRC does not match');
    }
    this.at = from;
    this.end = from + length;
  }
}
