import type { IncomingMessage } from '../src/mqtt/index.js';

/**
 * Puts together what `ConnectionHandler.onMessage` brings in pieces: a payload that is longer than the receive buffer.
 * A connection that is lost in the middle of a message leaves nothing of it, since the broker sends it again.
 */
export class WholePayload {
  private bytes = Buffer.alloc(0);

  /** Of a longer payload only the first `longest` bytes are kept; `IncomingMessage.total` tells how many it has. */
  constructor(private readonly longest: number) {}

  /** The payload, which is the caller's from now on; undefined while there is more to come of it. */
  take({ payload, payloadFrom, payloadTo, offset, total }: IncomingMessage): Buffer | undefined {
    if (offset === 0) this.bytes = Buffer.alloc(Math.min(total, this.longest));
    const { bytes } = this;
    const to = Math.min(payloadTo, payloadFrom + Math.max(0, bytes.length - offset));
    if (to > payloadFrom) bytes.set(payload.subarray(payloadFrom, to), offset);
    if (offset + payloadTo - payloadFrom < total) return undefined;
    this.bytes = Buffer.alloc(0);
    return bytes;
  }
}

/** The bytes of the topic, copied: those of the message are used again. */
export function topicBytes({ topic, topicFrom, topicTo }: IncomingMessage): Buffer {
  return Buffer.from(topic.subarray(topicFrom, topicTo));
}
