import { encodeUtf8 } from '../../src/mqtt/index.js';
import type { IncomingMessage } from '../../src/mqtt/index.js';

/** A message as a session hands it over, in the middle of a buffer; `parts` replaces what is not as usual. */
export function incoming(
  topic: string,
  payload: string | Uint8Array,
  parts: Partial<IncomingMessage> = {},
): IncomingMessage {
  const name = encodeUtf8(topic);
  const bytes = typeof payload === 'string' ? encodeUtf8(payload) : payload;
  const buffer = new Uint8Array(3 + name.length + bytes.length + 3).fill(0x2a);
  buffer.set(name, 3);
  buffer.set(bytes, 3 + name.length);
  return {
    topic: buffer,
    topicFrom: 3,
    topicTo: 3 + name.length,
    payload: buffer,
    payloadFrom: 3 + name.length,
    payloadTo: 3 + name.length + bytes.length,
    offset: 0,
    total: bytes.length,
    qos: 0,
    retain: false,
    dup: false,
    packetId: 0,
    ...parts,
  };
}
