/** What a terminal can send beside characters; the letters of Ctrl keys are those of RouterOS and of Emacs. */
export const enum Key {
  character = 1,
  enter = 2,
  backspace = 3,
  delete = 4,
  left = 5,
  right = 6,
  up = 7,
  down = 8,
  home = 9,
  end = 10,
  tab = 11,
  /** Ctrl-U: removes what stands before the cursor. */
  killBefore = 12,
  /** Ctrl-K: removes what stands behind it. */
  killAfter = 13,
  /** Ctrl-W: removes the word before it. */
  killWord = 14,
  /** Ctrl-L: clears the screen. */
  clear = 15,
  /** Ctrl-C */
  cancel = 16,
  /** Ctrl-D */
  eof = 17,
}

/** Keys of the control characters 0x00 to 0x17; 0: no key. */
const CONTROLS: readonly (Key | 0)[] = Object.freeze([
  0,
  Key.home, // Ctrl-A
  Key.left, // Ctrl-B
  Key.cancel, // Ctrl-C
  Key.eof, // Ctrl-D
  Key.end, // Ctrl-E
  Key.right, // Ctrl-F
  0,
  Key.backspace, // Ctrl-H
  Key.tab,
  0,
  Key.killAfter, // Ctrl-K
  Key.clear, // Ctrl-L
  0,
  Key.down, // Ctrl-N
  0,
  Key.up, // Ctrl-P
  0,
  0,
  0,
  0,
  Key.killBefore, // Ctrl-U
  0,
  Key.killWord, // Ctrl-W
]);

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
  /** Of a character of several bytes: what is known of its code, and how many bytes are missing. */
  private code = 0;
  private missing = 0;
  private length = 0;
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
    if (byte < 0x20) return CONTROLS[byte] ?? 0;
    return byte === DELETE ? Key.backspace : this.takeText(byte);
  }

  private takeText(byte: number): Key | 0 {
    if (byte < 0x80) {
      this.missing = 0;
      return this.give(byte);
    }
    if ((byte & 0xc0) === 0x80) {
      if (this.missing === 0) return this.give(0xfffd);
      this.code = (this.code << 6) | (byte & 0x3f);
      return --this.missing > 0 ? 0 : this.give(isAllowed(this.code, this.length) ? this.code : 0xfffd);
    }
    this.length = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    this.missing = this.length - 1;
    this.code = byte & (0x7f >> this.length);
    return 0;
  }

  private give(code: number): Key {
    this.character = String.fromCodePoint(code);
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

/** Not overlong, no surrogate, and within Unicode (RFC 3629, 3). */
function isAllowed(code: number, length: number): boolean {
  if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return false;
  return length === 2 ? code >= 0x80 : length === 3 ? code >= 0x800 : code >= 0x10000;
}
