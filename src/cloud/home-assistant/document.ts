import { encodeUtf8 } from '../../mqtt/utf8.js';

const QUOTE = 0x22;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const BACKSLASH = 0x5c;

const STRING = encodeUtf8('":"');

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

  /** True when nothing more lands in the window. */
  get full(): boolean {
    return this.position >= this.end;
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

  /** The name of a member whose value follows: UTF-8 that needs no escape. */
  name(text: Uint8Array): void {
    this.beginName();
    this.put(text, 0, text.length);
    this.endName();
  }

  /** As `name`, from pieces that the caller writes in between. */
  beginName(): void {
    if (this.comma) this.putByte(COMMA);
    this.putByte(QUOTE);
    this.comma = true;
  }

  endName(): void {
    this.putByte(QUOTE);
    this.putByte(COLON);
  }

  /** A member with a string, both of which need no escape. */
  member(name: Uint8Array, value: Uint8Array, from: number, to: number): void {
    this.beginMember(name);
    this.put(value, from, to);
    this.endMember();
  }

  /** A member with a string that the caller writes in pieces that need no escape. */
  beginMember(name: Uint8Array): void {
    this.beginName();
    this.put(name, 0, name.length);
    this.put(STRING, 0, STRING.length);
  }

  endMember(): void {
    this.putByte(QUOTE);
  }

  /** A string of UTF-8 inside quotes, with what JSON must escape. Control characters are left out. */
  escaped(text: Uint8Array): void {
    for (let i = 0; i < text.length; i++) {
      const byte = text[i]!;
      if (byte < 0x20) continue;
      if (byte === QUOTE || byte === BACKSLASH) this.putByte(BACKSLASH);
      this.putByte(byte);
    }
  }
}
