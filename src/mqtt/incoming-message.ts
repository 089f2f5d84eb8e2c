const NOTHING = new Uint8Array(0);

/**
 * A received message, or one piece of it. There is one object a session, and it is reused:
 * it and the bytes that it points to are valid only until the handler returns.
 *
 * A message that fits the receive buffer comes whole: `offset` 0 and `payloadTo - payloadFrom` equal to `total`.
 * A larger one comes in pieces, in order, none longer than the receive buffer; each has the topic, its offset
 * and the total. The last piece is the one that reaches `total`.
 */
export class IncomingMessage {
  /** The topic name is `topic[topicFrom..topicTo)`, checked UTF-8. */
  topic: Uint8Array = NOTHING;
  topicFrom = 0;
  topicTo = 0;

  /** This piece of the payload is `payload[payloadFrom..payloadTo)`; it may be empty. */
  payload: Uint8Array = NOTHING;
  payloadFrom = 0;
  payloadTo = 0;

  /** Where this piece lies in the whole payload, in bytes. */
  offset = 0;
  /** Bytes of the whole payload. */
  total = 0;

  /** 0 or 1. */
  qos = 0;
  retain = false;
  /** The broker sent it before, perhaps. After PUBACK the same identifier is a new message [MQTT-4.3.2-2]. */
  dup = false;
  /** 0 with QoS 0. */
  packetId = 0;
}
