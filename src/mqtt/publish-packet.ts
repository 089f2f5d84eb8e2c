import { copyBytes } from './copy-bytes.js';
import { PacketType, PublishFlag } from './packet-type.js';
import { remainingLengthSize, writeRemainingLength } from './remaining-length.js';

/** The remaining length of a PUBLISH. */
export function publishLength(topicLength: number, qos: number, payloadLength: number): number {
  return 2 + topicLength + (qos > 0 ? 2 : 0) + payloadLength;
}

/** The bytes of a PUBLISH before its payload. */
export function publishHeaderSize(topicLength: number, qos: number, payloadLength: number): number {
  return 1 + remainingLengthSize(publishLength(topicLength, qos, payloadLength)) + publishLength(topicLength, qos, 0);
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
  const topicLength = topicTo - topicFrom;
  bytes[at++] = (PacketType.publish << 4) | (qos << 1) | (retain ? PublishFlag.retain : 0);
  at = writeRemainingLength(bytes, at, publishLength(topicLength, qos, payloadLength));
  bytes[at++] = topicLength >> 8;
  bytes[at++] = topicLength & 255;
  at = copyBytes(bytes, at, topic, topicFrom, topicTo);
  if (qos > 0) {
    bytes[at++] = packetId >> 8;
    bytes[at++] = packetId & 255;
  }
  return at;
}
