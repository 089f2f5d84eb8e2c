import { encodeUtf8 } from '../mqtt/utf8.js';
import { PAIRS, writeDecimal } from './decimal.js';
import type { ViewedBytes } from '../mqtt/viewed-bytes.js';

const MINUS = 0x2d;
/** Bytes of a word. */
const WORD = 8;
/** Two words are always written: most texts need them, and to ask takes more. They reach so far behind a text. */
const TWO_WORDS = 2 * WORD;
/** What stands around the name of a member that is not the first of its object. */
const BEFORE_KEY = ',"';
const BEHIND_KEY = '":';

/**
 * Names by number, each ready with what stands before and behind it: as they are made by default, the keys of JSON,
 * `,"name":`. Their UTF-8 lies in one array, each from a multiple of eight on, so that it can be copied in words.
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
  /** Bytes before a name, and before it and behind it. */
  private readonly before: number;
  private readonly around: number;

  /**
   * Allocates; for start-up. `textBefore` and `textBehind` stand around each name; default: they make it a key. At most
   * 65,535 words, and 255 bytes of a name with what is around it. A name is printable, and without characters that JSON
   * escapes; a number that is left out has an empty one.
   */
  constructor(names: readonly (string | undefined)[], textBefore?: string, textBehind?: string) {
    const before = textBefore ?? BEFORE_KEY;
    const behind = textBehind ?? BEHIND_KEY;
    const { length } = names;
    this.before = before.length;
    this.around = before.length + behind.length;
    this.starts = new Uint16Array(length);
    this.lengths = new Uint8Array(length);
    let words = 0;
    for (let i = 0; i < length; i++) {
      this.starts[i] = words;
      this.lengths[i] = encodeUtf8(names[i] ?? '').length + this.around;
      words += Math.ceil(this.lengths[i]! / WORD);
    }
    this.words = new Float64Array(words);
    this.text = new Uint8Array(this.words.buffer);
    for (let i = 0; i < length; i++)
      this.text.set(encodeUtf8(before + (names[i] ?? '') + behind), WORD * this.starts[i]!);
    // So that it is all in ROM where it is made when modules are loaded.
    Object.freeze(this);
  }

  /** True when there is a name of this number. */
  has(number: number): boolean {
    return number >= 0 && number < this.lengths.length && number % 1 === 0;
  }

  /** Bytes of a name that there is, without what stands around it. */
  length(number: number): number {
    return this.lengths[number]! - this.around;
  }

  /** Writes the name alone. */
  put(number: number, into: Uint8Array, at: number, to: number): number {
    const length = this.lengths[number];
    if (length === undefined) return this.put(0, into, at, to);
    const text = this.text;
    const end = at + length - this.around;
    if (at < 0 || end > to) return -1;
    let from = WORD * this.starts[number]! + this.before;
    while (at < end) into[at++] = text[from++]!;
    return end;
  }

  /** Writes the name with what stands around it. */
  putWhole(number: number, into: ViewedBytes, at: number, to: number): number {
    const length = this.lengths[number];
    if (length === undefined) return this.putWhole(0, into, at, to);
    const end = at + length;
    if (at < 0 || end > to) return -1;
    const view = into.view;
    let word = this.starts[number]!;
    // What the last word writes behind the text, is written over by what follows.
    if (view && end + TWO_WORDS <= to) {
      const words = this.words;
      view.setFloat64(at, words[word]!, true);
      view.setFloat64(at + WORD, words[word + 1]!, true);
      for (at += TWO_WORDS; at < end; at += WORD) {
        view.setFloat64(at, words[word + 2]!, true);
        word++;
      }
      return end;
    }
    const text = this.text;
    for (word *= WORD; at < end; word++) into[at++] = text[word]!;
    return end;
  }

  /** As `putWhole`, and behind it a number as `writeDecimal` has it: a member. The name must be there. */
  putNumber(number: number, value: number, decimals: number, into: ViewedBytes, at: number, to: number): number {
    const end = at + this.lengths[number]!;
    const view = into.view;
    if (!view || at < 0 || end + TWO_WORDS > to) {
      at = this.putWhole(number, into, at, to);
      return at < 0 ? -1 : writeDecimal(value, decimals, into, at, to);
    }
    // Each payload has a dozen of them: what `putWhole` does is here once more, to save the call.
    const words = this.words;
    let word = this.starts[number]!;
    view.setFloat64(at, words[word]!, true);
    view.setFloat64(at + WORD, words[word + 1]!, true);
    for (at += TWO_WORDS; at < end; at += WORD) {
      view.setFloat64(at, words[word + 2]!, true);
      word++;
    }
    return /*@__INLINE__*/ writeDecimal(value, decimals, into, end, to);
  }

  /**
   * Members as `putNumber` writes them, of the numbers whose bits are set in `bits`, which is not 0: bit i stands for
   * `values[from + i]` with at most `decimals[from + i]` decimals, and for the name `first + from + i`.
   */
  putNumbers(
    first: number,
    from: number,
    bits: number,
    values: Float64Array,
    decimals: Uint8Array,
    into: ViewedBytes,
    at: number,
    to: number,
  ): number {
    if (at < 0) return -1;
    const view = into.view;
    const words = this.words;
    const starts = this.starts;
    const lengths = this.lengths;
    do {
      const number = from + 31 - Math.clz32(bits & -bits);
      bits &= bits - 1;
      const end = at + lengths[first + number]!;
      if (!view || end + TWO_WORDS > to) {
        at = this.putNumber(first + number, values[number]!, decimals[number]!, into, at, to);
        if (at < 0) return -1;
        continue;
      }
      let word = starts[first + number]!;
      view.setFloat64(at, words[word]!, true);
      view.setFloat64(at + WORD, words[word + 1]!, true);
      for (at += TWO_WORDS; at < end; at += WORD) {
        view.setFloat64(at, words[word + 2]!, true);
        word++;
      }
      at = end;
      // What most numbers are, whole and of one or two digits, is written here, to save the call.
      const value = values[number]!;
      let whole = value | 0;
      if (whole !== value || whole <= -100 || whole >= 100) {
        at = writeDecimal(value, decimals[number]!, into, at, to);
        if (at < 0) return -1;
        continue;
      }
      if (whole < 0) {
        into[at++] = MINUS;
        whole = -whole;
      }
      if (whole < 10) {
        into[at] = 0x30 + whole;
        at++;
      } else {
        view.setUint16(at, PAIRS[whole]!, true);
        at += 2;
      }
    } while (bits !== 0);
    return at;
  }
}
