/** Control packet types: the high four bits of a packet's first byte (MQTT 3.1.1, table 2.1). */
export const enum PacketType {
  connect = 1,
  connack = 2,
  publish = 3,
  puback = 4,
  pubrec = 5,
  pubrel = 6,
  pubcomp = 7,
  subscribe = 8,
  suback = 9,
  unsubscribe = 10,
  unsuback = 11,
  pingreq = 12,
  pingresp = 13,
  disconnect = 14,
}

/** Bits of the first byte of a PUBLISH (MQTT 3.1.1, 3.3.1). */
export const enum PublishFlag {
  retain = 0x01,
  qos1 = 0x02,
  qos2 = 0x04,
  qosMask = 0x06,
  dup = 0x08,
}

const enum Limit {
  /** See MAX_REMAINING_LENGTH. */
  remainingLength = 268435455,
}

/** The largest remaining length of a packet (MQTT 3.1.1, 2.2.3). */
export const MAX_REMAINING_LENGTH = Limit.remainingLength;

/** Bytes of a packet with this remaining length, 0 to MAX_REMAINING_LENGTH: fixed header and the rest. */
export function packetSize(length: number): number {
  return length + (length < 128 ? 2 : length < 16384 ? 3 : length < 2097152 ? 4 : 5);
}

/**
 * Copies `source[from..to)` to `target[at..)` and returns the index behind the copy.
 * A view for `set` would cost slots on XS, so only a whole array goes through it.
 */
export function copyBytes(target: Uint8Array, at: number, source: Uint8Array, from: number, to: number): number {
  if (from === 0 && to === source.length) {
    target.set(source, at);
    return at + to;
  }
  while (from < to) target[at++] = source[from++]!;
  return at;
}

/** Writes a fixed header at `bytes[at]` and returns the index behind it. */
export function writeFixedHeader(bytes: Uint8Array, at: number, first: number, length: number): number {
  bytes[at++] = first;
  while (length > 127) {
    bytes[at++] = (length & 127) | 128;
    length >>>= 7;
  }
  bytes[at++] = length;
  return at;
}

/** Writes a 16-bit number, most significant byte first, and returns the index behind it. */
export function writeUint16(bytes: Uint8Array, at: number, value: number): number {
  bytes[at++] = value >> 8;
  bytes[at++] = value & 255;
  return at;
}

/** Writes `source[from..to)` with its length before it (MQTT 3.1.1, 1.5.3) and returns the index behind it. */
export function writeField(bytes: Uint8Array, at: number, source: Uint8Array, from: number, to: number): number {
  return copyBytes(bytes, writeUint16(bytes, at, to - from), source, from, to);
}

/** The remaining length of a PUBLISH. */
export function publishLength(topicLength: number, qos: number, payloadLength: number): number {
  return 2 + topicLength + (qos > 0 ? 2 : 0) + payloadLength;
}

/**
 * Writes everything of a PUBLISH but its payload at `bytes[at]`, with DUP 0, and returns the index behind it.
 * `packetId` counts only with QoS 1 [MQTT-2.3.1-5]. The caller has checked topic and room.
 */
export function writePublishHeader(
  bytes: Uint8Array,
  at: number,
  topic: Uint8Array,
  topicFrom: number,
  topicTo: number,
  qos: number,
  retain: boolean,
  packetId: number,
  payloadLength: number,
): number {
  const first = (PacketType.publish << 4) | (qos << 1) | (retain ? PublishFlag.retain : 0);
  at = writeFixedHeader(bytes, at, first, publishLength(topicTo - topicFrom, qos, payloadLength));
  at = writeField(bytes, at, topic, topicFrom, topicTo);
  return qos > 0 ? writeUint16(bytes, at, packetId) : at;
}
