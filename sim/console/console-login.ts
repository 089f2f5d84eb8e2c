import type { Clock } from '../../src/hal/index.js';
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const CTRL_C = 0x03;
const CTRL_D = 0x04;
const BACKSPACE = 0x08;
const DELETE = 0x7f;
/** Bytes of the longest first line. */
const MAX_LINE = 128;
/** Wrong tokens of one connection, then it is closed. */
const MAX_TRIES = 3;
/** Wrong tokens in a row, of all connections; then no token counts for a while. */
const MAX_TRIES_IN_A_ROW = 10;
const LOCK_MILLISECONDS = 60_000;

/** A method of HTTP/1 with the space behind it, also of HTTP/2's preface. */
const HTTP = /^[A-Z]{3,7} /;
/** The first byte of a TLS handshake. */
const TLS_HANDSHAKE = 0x16;

/** A token for one run: 96 random bits. */
export function makeToken(): string {
  return randomBytes(12).toString('base64url');
}

/** Whether `text` can be a token: 8 to 64 letters, digits, `-` and `_`. */
export function isToken(text: string): boolean {
  return /^[A-Za-z0-9_-]{8,64}$/.test(text);
}

/** The token of a console, and how often it was missed. One for all connections. */
export class TokenGuard {
  private readonly digest: Uint8Array;
  private wrongInARow = 0;
  private lockedUntil = 0;

  constructor(
    token: string,
    private readonly clock: Pick<Clock, 'now'>,
  ) {
    this.digest = digestOf(token);
  }

  /** Seconds until the next token counts; 0: it counts now. */
  get locked(): number {
    return Math.max(0, Math.ceil((this.lockedUntil - this.clock.now()) / 1000));
  }

  /** Compares in constant time. */
  check(given: string): boolean {
    if (timingSafeEqual(digestOf(given), this.digest)) {
      this.wrongInARow = 0;
      return true;
    }
    if (++this.wrongInARow < MAX_TRIES_IN_A_ROW) return false;
    this.wrongInARow = 0;
    this.lockedUntil = this.clock.now() + LOCK_MILLISECONDS;
    return false;
  }
}

function digestOf(token: string): Uint8Array {
  return createHash('sha256').update(token).digest();
}

/** What became of the bytes that a client sent before it was let in. */
export type LoginResult =
  | { readonly kind: 'waiting' }
  /** Wrong, and another try is allowed. */
  | { readonly kind: 'wrong' }
  /** `rest` is for the console. */
  | { readonly kind: 'accepted'; readonly rest: Uint8Array }
  /** The connection ends: `text` is for the client, empty where it would not understand; `notice` is for the log. */
  | { readonly kind: 'refused'; readonly text: string; readonly notice: string };

/**
 * Reads the token, which is the first line of a connection. A web page can make a browser send a request with any body
 * to a port of its machine, so a request of HTTP ends the connection at once.
 */
export class ConsoleLogin {
  private line = '';
  private first = true;
  private tries = 0;

  constructor(private readonly guard: TokenGuard) {}

  take(bytes: Uint8Array): LoginResult {
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i]!;
      const isEnd = byte === 0x0a || byte === 0x0d;
      if (isEnd && this.line !== '') {
        const result = this.try(bytes.subarray(byte === 0x0d && bytes[i + 1] === 0x0a ? i + 2 : i + 1));
        if (result.kind !== 'wrong' || i + 1 === bytes.length) return result;
      } else if (byte === TLS_HANDSHAKE) {
        return refused('', 'not a console client: it speaks TLS');
      } else if (byte === CTRL_C || byte === CTRL_D) {
        return refused('', 'cancelled');
      } else if (byte === BACKSPACE || byte === DELETE) {
        this.line = this.line.slice(0, -1);
      } else if (!isEnd) {
        this.line += String.fromCharCode(byte);
        if (this.first && HTTP.test(this.line)) return refused('', 'not a console client: it speaks HTTP');
        if (this.line.length > MAX_LINE) return refused('wrong token\r\n', 'wrong token');
      }
    }
    return { kind: 'waiting' };
  }

  private try(rest: Uint8Array): LoginResult {
    const { guard, line } = this;
    this.line = '';
    this.first = false;
    const { locked } = guard;
    if (locked > 0) return refused(`too many wrong tokens: try again in ${locked} s\r\n`, 'too many wrong tokens');
    if (guard.check(line)) return { kind: 'accepted', rest };
    if (++this.tries < MAX_TRIES) return { kind: 'wrong' };
    return refused('wrong token\r\n', `wrong token, ${MAX_TRIES} times`);
  }
}

function refused(text: string, notice: string): LoginResult {
  return { kind: 'refused', text, notice };
}
