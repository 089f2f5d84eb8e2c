import { decodeUtf8 } from '../bytes/utf8.js';
import { scanUtf8, Utf8Finding } from '../mqtt/utf8.js';

/**
 * What a terminal can send beside characters. A key that Ctrl and a letter stand for has the code that these send; the
 * letters are those of RouterOS and of Emacs. Other control characters mean nothing.
 */
export const enum Key {
  /** Ctrl-A */
  home = 0x01,
  /** Ctrl-B */
  left = 0x02,
  /** Ctrl-C */
  cancel = 0x03,
  /** Ctrl-D */
  eof = 0x04,
  /** Ctrl-E */
  end = 0x05,
  /** Ctrl-F */
  right = 0x06,
  /** Ctrl-H */
  backspace = 0x08,
  tab = 0x09,
  /** Ctrl-K: removes what stands behind the cursor. */
  killAfter = 0x0b,
  /** Ctrl-L: clears the screen. */
  clear = 0x0c,
  enter = 0x0d,
  /** Ctrl-N */
  down = 0x0e,
  /** Ctrl-P */
  up = 0x10,
  /** Ctrl-U: removes what stands before the cursor. */
  killBefore = 0x15,
  /** Ctrl-W: removes the word before it. */
  killWord = 0x17,
  character = 0x80,
  delete = 0x81,
}

const ESCAPE = 0x1b;
/** What the key Backspace sends on most terminals. */
const DELETE = 0x7f;
const MAX_SEQUENCE = 8;

/** Makes keys of the bytes of a terminal: UTF-8, control characters and escape sequences, in any pieces. */
export class KeyDecoder {
  /** The character of `Key.character`. */
  character = '';
  /** Bytes of an escape sequence after `ESC`; undefined outside of one. */
  private sequence: string | undefined;
  /** The bytes of a character, and how many of them are missing. */
  private readonly bytes = new Uint8Array(4);
  private length = 0;
  private missing = 0;
  private afterReturn = false;

  /** The key that this byte ends; 0 when there is none yet. */
  take(byte: number): Key | 0 {
    if (this.sequence !== undefined) return this.continueSequence(byte);
    const afterReturn = this.afterReturn;
    this.afterReturn = byte === 0x0d;
    if (byte === 0x0a) return afterReturn ? 0 : Key.enter;
    if (byte === 0x0d) return Key.enter;
    if (byte === ESCAPE) {
      this.sequence = '';
      return 0;
    }
    if (byte < 0x20) return byte as Key;
    return byte === DELETE ? Key.backspace : this.takeText(byte);
  }

  private takeText(byte: number): Key | 0 {
    const isFirst = (byte & 0xc0) !== 0x80 || this.missing === 0;
    if (isFirst) {
      this.length = 0;
      this.missing = byte < 0xc0 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    }
    this.bytes[this.length++] = byte;
    if (--this.missing > 0) return 0;
    const isMalformed = (scanUtf8(this.bytes, 0, this.length) & Utf8Finding.malformed) !== 0;
    this.character = isMalformed ? '\ufffd' : decodeUtf8(this.bytes, 0, this.length);
    return Key.character;
  }

  private continueSequence(byte: number): Key | 0 {
    const before = this.sequence!;
    const opens = before === '' && (byte === 0x5b || byte === 0x4f);
    if (opens) {
      this.sequence = '[';
      return 0;
    }
    const text = before + String.fromCharCode(byte);
    // A final byte ends it (ECMA-48, 5.4); anything that is no sequence is dropped.
    const ends = before === '' || byte < 0x20 || byte >= 0x40 || text.length > MAX_SEQUENCE;
    this.sequence = ends ? undefined : text;
    return ends ? sequenceKey(text) : 0;
  }
}

/** The key of an ECMA-48 control sequence, given as `[` and what follows `ESC [` or `ESC O`; 0 for others. */
function sequenceKey(sequence: string): Key | 0 {
  switch (sequence) {
    case '[A':
      return Key.up;
    case '[B':
      return Key.down;
    case '[C':
      return Key.right;
    case '[D':
      return Key.left;
    case '[H':
    case '[1~':
    case '[7~':
      return Key.home;
    case '[F':
    case '[4~':
    case '[8~':
      return Key.end;
    case '[3~':
      return Key.delete;
    default:
      return 0;
  }
}
