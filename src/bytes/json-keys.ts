import { encodeUtf8 } from '../mqtt/utf8.js';

const COMMA = 0x2c;
/** Bytes of a word. */
const WORD = 8;

/**
 * Bytes with a view of them beside: writers that know of it put eight bytes with one call, where a loop takes a dozen
 * instructions for each. Without a view they write the same.
 */
export interface ViewedBytes extends Uint8Array {
  view?: DataView;
}

/** Gives `bytes` a view, and returns them. Allocates; for start-up. */
export function withView(bytes: Uint8Array): Uint8Array {
  (bytes as ViewedBytes).view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return bytes;
}

/**
 * Names by number, ready to be written as keys and texts of JSON: the UTF-8 of `"name":` for each, in one array. Each
 * begins at a multiple of eight, so that it can be copied in words.
 *
 * The functions that write put a text into `into[at..to)` and return the next index, or -1 when there is too little
 * room or `at` is negative. For a number without a name they write the first one. They allocate nothing.
 */
export class JsonKeys {
  /** The text of name i begins at `words[starts[i]]`, and has `lengths[i]` bytes. */
  private readonly starts: Uint16Array;
  private readonly lengths: Uint8Array;
  private readonly text: Uint8Array;
  /** The same bytes. No text of JSON is a NaN, so a number carries each word unchanged. */
  private readonly words: Float64Array;

  /**
   * Allocates; for start-up. At most 65,535 words, and 252 bytes of a name. A name is printable, and without characters
   * that JSON escapes; a number that is left out has an empty one.
   */
  constructor(names: readonly (string | undefined)[]) {
    const { length } = names;
    this.starts = new Uint16Array(length);
    this.lengths = new Uint8Array(length);
    let words = 0;
    for (let i = 0; i < length; i++) {
      this.starts[i] = words;
      this.lengths[i] = encodeUtf8(names[i] ?? '').length + 3;
      words += Math.ceil(this.lengths[i]! / WORD);
    }
    this.words = new Float64Array(words);
    this.text = new Uint8Array(this.words.buffer);
    for (let i = 0; i < length; i++) this.text.set(encodeUtf8('"' + (names[i] ?? '') + '":'), WORD * this.starts[i]!);
  }

  /** True when there is a name of this number. */
  has(number: number): boolean {
    return number >= 0 && number < this.lengths.length && number % 1 === 0;
  }

  /** Bytes of a name that there is, without its quotes. */
  length(number: number): number {
    return this.lengths[number]! - 3;
  }

  /** Writes the name. */
  put(number: number, into: Uint8Array, at: number, to: number): number {
    const length = this.lengths[number];
    if (length === undefined) return this.put(0, into, at, to);
    const { text } = this;
    const end = at + length - 3;
    if (at < 0 || end > to) return -1;
    let from = WORD * this.starts[number]! + 1;
    while (at < end) into[at++] = text[from++]!;
    return end;
  }

  /** Writes the name in quotes. */
  putQuoted(number: number, into: Uint8Array, at: number, to: number): number {
    const length = this.lengths[number];
    if (length === undefined) return this.putQuoted(0, into, at, to);
    const end = at + length - 1;
    return at < 0 || end > to ? -1 : this.copy(number, into, at, end, to);
  }

  /** Writes a comma, the name in quotes and a colon, as before the value of a member. The name must be there. */
  putMember(number: number, into: ViewedBytes, at: number, to: number): number {
    const end = at + 1 + this.lengths[number]!;
    if (at < 0 || end > to) return -1;
    into[at] = COMMA;
    at++;
    const view = into.view;
    // Each payload has a dozen of them: the loop is here once more, to save the call.
    if (view === undefined || end + 7 > to) return this.copy(number, into, at, end, to);
    const words = this.words;
    let word = this.starts[number]!;
    do {
      view.setFloat64(at, words[word]!, true);
      word++;
      at += 8;
    } while (at < end);
    return end;
  }

  /** Copies the text from its beginning to `into[at..end)`, and returns `end`. */
  private copy(number: number, into: ViewedBytes, at: number, end: number, to: number): number {
    const { view } = into;
    let word = this.starts[number]!;
    // The last word may reach behind the text, where the next value is written over it.
    if (view !== undefined && end + 7 <= to) {
      const { words } = this;
      do {
        view.setFloat64(at, words[word++]!, true);
        at += 8;
      } while (at < end);
      return end;
    }
    const { text } = this;
    for (word *= WORD; at < end; word++) into[at++] = text[word]!;
    return end;
  }
}
