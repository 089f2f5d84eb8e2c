import type { Readable } from 'node:stream';

/**
 * Reads lines of bytes from a stream, as many as the taker takes: `take` returns false when it wants no more now,
 * and the stream is held back until `resume`. A line ends with \n, which is not part of it; the last one may end
 * with the stream.
 */
export class LineReader {
  private readonly input: Readable;
  private readonly take: (line: Buffer) => boolean;
  private readonly onEnd: () => void;
  /** What was read and not taken. */
  private rest: Buffer = Buffer.alloc(0);
  /** Up to where `rest` is known to have no end of line. */
  private searched = 0;
  private ended = false;
  private finished = false;

  constructor(input: Readable, take: (line: Buffer) => boolean, onEnd: () => void) {
    this.input = input;
    this.take = take;
    this.onEnd = onEnd;
    input.on('data', (chunk: Buffer) => {
      this.rest = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
      this.resume();
    });
    const end = (): void => {
      this.ended = true;
      this.resume();
    };
    input.on('end', end);
    input.on('error', end);
  }

  /** Goes on after `take` returned false. */
  resume(): void {
    if (this.finished) return;
    let from = 0;
    let full = false;
    for (;;) {
      const end = this.rest.indexOf(0x0a, Math.max(from, this.searched));
      if (end < 0) break;
      if (!this.take(this.rest.subarray(from, end))) {
        full = true;
        break;
      }
      from = end + 1;
    }
    this.rest = this.rest.subarray(from);
    this.searched = full ? 0 : this.rest.length;
    if (full) {
      this.input.pause();
      return;
    }
    if (!this.ended) {
      this.input.resume();
      return;
    }
    if (this.rest.length > 0) {
      if (!this.take(this.rest)) return;
      this.rest = Buffer.alloc(0);
    }
    this.finished = true;
    this.onEnd();
  }

  /** Reads no more; lines that were not taken are forgotten. */
  stop(): void {
    this.finished = true;
    this.input.destroy();
  }
}
