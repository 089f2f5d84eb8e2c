import type { PayloadSource } from '../../mqtt/payload-stream.js';

/** A payload that lies in memory and is larger than a session's arena. */
export class BytesSource implements PayloadSource {
  constructor(private readonly bytes: Uint8Array) {}

  read(offset: number, into: Uint8Array, from: number, to: number): number {
    const { bytes } = this;
    for (let at = from; at < to; at++) into[at] = bytes[offset + at - from]!;
    return to - from;
  }
}
