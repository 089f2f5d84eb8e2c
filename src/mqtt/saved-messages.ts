import { PacketType, PublishFlag } from './packet-type.js';
import { checkTopicName, TopicFault } from './topic.js';

/**
 * Index behind the QoS 1 PUBLISH packet that begins at `bytes[from]`, or -1 when there is none that ends before `to`
 * and is well-formed.
 */
export function endOfMessage(bytes: Uint8Array, from: number, to: number): number {
  const first = bytes[from]!;
  if (first >> 4 !== PacketType.publish || (first & PublishFlag.qosMask) !== PublishFlag.qos1) return -1;
  const body = startOfBody(bytes, from, to);
  if (body < 0) return -1;
  const end = body + remainingLength(bytes, from, body);
  const topicTo = body + 2 + ((bytes[body]! << 8) | bytes[body + 1]!);
  if (end > to || topicTo + 2 > end) return -1;
  if (checkTopicName(bytes, body + 2, topicTo) !== TopicFault.none) return -1;
  return bytes[topicTo]! === 0 && bytes[topicTo + 1]! === 0 ? -1 : end;
}

/** The packet identifier of a packet that `endOfMessage` accepted. */
export function packetIdOfMessage(bytes: Uint8Array, from: number, to: number): number {
  const body = startOfBody(bytes, from, to);
  const topicTo = body + 2 + ((bytes[body]! << 8) | bytes[body + 1]!);
  return (bytes[topicTo]! << 8) | bytes[topicTo + 1]!;
}

/** How many well-formed QoS 1 PUBLISH packets `bytes[from..to)` holds, all with different identifiers; -1 otherwise. */
export function checkMessages(bytes: Uint8Array, from: number, to: number): number {
  if (to > bytes.length) return -1;
  let count = 0;
  for (let at = from; at < to; count++) {
    const end = endOfMessage(bytes, at, to);
    if (end < 0) return -1;
    const packetId = packetIdOfMessage(bytes, at, end);
    for (let other = from; other < at; other = endOfMessage(bytes, other, to)) {
      if (packetIdOfMessage(bytes, other, at) === packetId) return -1;
    }
    at = end;
  }
  return count;
}

/** Index behind the remaining length, or -1 when that is not complete. */
function startOfBody(bytes: Uint8Array, from: number, to: number): number {
  let at = from + 1;
  while (at < to && at < from + 4 && bytes[at]! & 128) at++;
  return at + 2 < to && bytes[at]! < 128 ? at + 1 : -1;
}

function remainingLength(bytes: Uint8Array, from: number, body: number): number {
  let length = 0;
  for (let at = body - 1; at > from; at--) length = length * 128 + (bytes[at]! & 127);
  return length;
}
