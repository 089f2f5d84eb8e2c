/**
 * A received message, or one piece of it. There is one object a session, and it is reused:
 * it and the bytes that it points to are valid only until the handler returns.
 *
 * A message that fits the receive buffer comes whole: `offset` 0 and `payloadTo - payloadFrom` equal to `total`.
 * A larger one comes in pieces, in order, none longer than the receive buffer; each has the topic, its offset
 * and the total. The last piece is the one that reaches `total`.
 */
export interface IncomingMessage {
  /** The topic name is `topic[topicFrom..topicTo)`, checked UTF-8. */
  topic: Uint8Array;
  topicFrom: number;
  topicTo: number;

  /** This piece of the payload is `payload[payloadFrom..payloadTo)`; it may be empty. */
  payload: Uint8Array;
  payloadFrom: number;
  payloadTo: number;

  /** Where this piece lies in the whole payload, in bytes. */
  offset: number;
  /** Bytes of the whole payload. */
  total: number;

  /** 0 or 1. */
  qos: number;
  retain: boolean;
  /** The broker sent it before, perhaps. After PUBACK the same identifier is a new message [MQTT-4.3.2-2]. */
  dup: boolean;
  /** 0 with QoS 0. */
  packetId: number;
}
