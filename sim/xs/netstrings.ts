const COLON = 0x3a;
const COMMA = 0x2c;
const DIGIT_0 = 0x30;
/** The most digits that xsnap-worker reads, too. */
const MOST_DIGITS = 9;

/** One netstring (`<length>:<bytes>,`) of a first byte and bytes behind it. */
export function netstring(first: number, bytes: Uint8Array): Buffer {
  const head = `${bytes.length + 1}:`;
  const result = Buffer.allocUnsafe(head.length + bytes.length + 2);
  let at = result.write(head, 'latin1');
  result[at++] = first;
  result.set(bytes, at);
  result[at + bytes.length] = COMMA;
  return result;
}

/** Takes netstrings out of a stream of bytes. */
export class NetstringReader {
  private waiting: Buffer = Buffer.alloc(0);

  /** `longest`: bytes of the longest one that is accepted. */
  constructor(
    private readonly longest: number,
    private readonly onString: (bytes: Buffer) => void,
  ) {}

  /** Calls back for each netstring that is complete. Throws an error of one line when these are not netstrings. */
  receive(chunk: Buffer): void {
    let bytes = this.waiting.length === 0 ? chunk : Buffer.concat([this.waiting, chunk]);
    for (;;) {
      const from = bodyAt(bytes);
      if (from === undefined) break;
      const length = Number(bytes.toString('latin1', 0, from - 1));
      if (length > this.longest)
        throw new Error(`a netstring of ${length} bytes; at most ${this.longest} are accepted`);
      const to = from + length;
      if (bytes.length <= to) break;
      if (bytes[to] !== COMMA) throw new Error('a netstring without a comma at its end');
      const body = bytes.subarray(from, to);
      bytes = bytes.subarray(to + 1);
      this.onString(body);
    }
    this.waiting = bytes;
  }
}

/** Where the body begins; undefined when the length is not complete. */
function bodyAt(bytes: Buffer): number | undefined {
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte === COLON && i > 0) return i + 1;
    if (!(byte >= DIGIT_0 && byte <= DIGIT_0 + 9) || i === MOST_DIGITS) {
      throw new Error('no netstring: its length is not a number of 1 to 9 digits');
    }
  }
  return undefined;
}
