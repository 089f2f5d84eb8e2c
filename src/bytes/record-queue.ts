/** Bytes that each record takes beside its own: its length, most significant byte first. */
export const RECORD_HEADER = 4;

/**
 * Records of bytes, first in, first out, in memory that is taken once. Each lies in one piece, so its bytes can be
 * handed on as a range of `bytes`; what is in it is for the owner to say. Records are counted from the oldest, 0.
 *
 * Room behind the newest record runs out before the queue is full; then the records move to the beginning, so an index
 * into `bytes` is valid until the next `append`. Allocates nothing.
 */
export class RecordQueue {
  /** Records in the queue. */
  count = 0;
  readonly bytes: Uint8Array;

  /** Where the header of the oldest record is, and where the next one goes. */
  private first = 0;
  private end = 0;
  /** The record that was looked at last, and its header, so that one after the other costs a step each. */
  private lastIndex = 0;
  private lastHeader = 0;

  /** `capacity` in bytes; a record takes 4 more than its length. */
  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
  }

  /** Bytes that are in use. */
  get used(): number {
    return this.end - this.first;
  }

  /** True when a record of `length` bytes has room now. */
  fits(length: number): boolean {
    return RECORD_HEADER + length <= this.bytes.length - this.used;
  }

  /** Appends a record of `length` bytes, which must fit. Returns the index in `bytes` at which the owner writes it. */
  append(length: number): number {
    const { bytes } = this;
    if (RECORD_HEADER + length > bytes.length - this.end) this.moveToBeginning();
    const at = this.end;
    bytes[at] = length >>> 24;
    bytes[at + 1] = length >> 16;
    bytes[at + 2] = length >> 8;
    bytes[at + 3] = length;
    this.end = at + RECORD_HEADER + length;
    this.count++;
    return at + RECORD_HEADER;
  }

  /** Index in `bytes` of the first byte of record `index`, which must be there. */
  from(index: number): number {
    return this.header(index) + RECORD_HEADER;
  }

  /** Index in `bytes` behind the last byte of record `index`, which must be there. */
  to(index: number): number {
    const header = this.header(index);
    return header + RECORD_HEADER + this.length(header);
  }

  /** Removes the oldest record; there must be one. */
  shift(): void {
    this.first += RECORD_HEADER + this.length(this.first);
    this.count--;
    if (this.count === 0) this.first = this.end = 0;
    this.lastIndex = 0;
    this.lastHeader = this.first;
  }

  /** Removes the newest record; there must be one. */
  pop(): void {
    this.end = this.header(this.count - 1);
    this.count--;
    this.lastIndex = 0;
    this.lastHeader = this.first;
  }

  /** Removes all records. */
  clear(): void {
    this.count = this.first = this.end = this.lastIndex = this.lastHeader = 0;
  }

  private header(index: number): number {
    if (index < this.lastIndex) {
      this.lastIndex = 0;
      this.lastHeader = this.first;
    }
    while (this.lastIndex < index) {
      this.lastHeader += RECORD_HEADER + this.length(this.lastHeader);
      this.lastIndex++;
    }
    return this.lastHeader;
  }

  private length(header: number): number {
    const { bytes } = this;
    return bytes[header]! * 0x1000000 + (bytes[header + 1]! << 16) + (bytes[header + 2]! << 8) + bytes[header + 3]!;
  }

  private moveToBeginning(): void {
    this.bytes.copyWithin(0, this.first, this.end);
    this.end -= this.first;
    this.first = this.lastIndex = this.lastHeader = 0;
  }
}
