const QUOTE = 0x22;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/**
 * A JSON text that is longer than there is memory for: it is written from the beginning each time, and what is in
 * a window of it lands in memory. With an empty window, `position` tells the length. What is written must be the same
 * each time. Allocates nothing but at construction.
 */
export class WindowedJson {
  /** Bytes written so far, in the window or not. */
  position = 0;

  private into: Uint8Array;
  private at = 0;
  private from = 0;
  private end = 0;
  private comma = false;

  constructor() {
    this.into = new Uint8Array(0);
  }

  /** Begins anew; what is written from position `offset` on lands in `into[from..to)`, as far as it has room. */
  begin(offset: number, into: Uint8Array, from: number, to: number): void {
    this.into = into;
    this.at = from;
    this.from = offset;
    this.end = offset + to - from;
    this.position = 0;
    this.comma = false;
  }

  putByte(byte: number): void {
    const { position } = this;
    if (position >= this.from && position < this.end) this.into[this.at++] = byte;
    this.position = position + 1;
  }

  put(bytes: Uint8Array, from: number, to: number): void {
    for (let i = from; i < to; i++) this.putByte(bytes[i]!);
  }

  open(): void {
    this.putByte(OPEN);
    this.comma = false;
  }

  close(): void {
    this.putByte(CLOSE);
    this.comma = true;
  }

  /** Begins the name of a member, UTF-8 that needs no escape; the caller writes it, and `endName` ends it. */
  beginName(): void {
    if (this.comma) this.putByte(COMMA);
    this.putByte(QUOTE);
    this.comma = true;
  }

  endName(): void {
    this.putByte(QUOTE);
    this.putByte(COLON);
  }

  /** Ends a string. */
  endMember(): void {
    this.putByte(QUOTE);
  }
}
