import { RecordLayout, Layout } from './layout.js';
import { copyBytes, PacketType, PublishFlag } from './packet.js';
import type { Session } from './session.js';
import { MessageState, Refusal } from './state.js';
import { idDistance } from './transmit-arena.js';
import { checkTopicName, TopicFault } from './topic.js';

/**
 * Copies all QoS 1 messages of the session that are not acknowledged to `into[at..)`, as the PUBLISH packets that they
 * are (DUP set on those that were written), for a store that outlives a restart. A streamed message is left out.
 * Returns the length that this needs. When that is more than there is room for, the copy is incomplete.
 */
export function exportMessages(session: Session, into: Uint8Array, at: number): number {
  const arena = session.arena;
  const words = arena.words;
  let length = 0;
  for (let i = 0; i < words[Layout.count]!; i++) {
    const record = arena.record(i);
    if (words[record]! <= 0xffff || !arena.isQos1(record) || arena.isStream(record)) continue;
    const start = words[record + RecordLayout.start]!;
    const end = words[record + RecordLayout.end]!;
    const queued = words[record]! >> 16 === MessageState.queued;
    const written = !queued || (i === words[Layout.cursor] && arena.midPacket);
    if (at + length + (end - start) <= into.length) {
      copyBytes(into, at + length, arena.bytes, start, end);
      if (written) into[at + length]! |= PublishFlag.dup;
    }
    length += end - start;
  }
  return length;
}

/**
 * Takes back what `exportMessages` wrote, before anything is published. All or nothing.
 * Returns how many messages were taken, or `Refusal.malformed`, `tooLarge` or `wrongState`.
 */
export function importMessages(session: Session, bytes: Uint8Array, from: number, to: number): number {
  const arena = session.arena;
  const words = arena.words;
  if (words[Layout.count]! > 0 || !session.idle) return session.refuse(Refusal.wrongState);
  const count = checkMessages(bytes, from, to);
  if (count < 0) return session.refuse(Refusal.malformed);
  if (count > words[Layout.maxInFlight]! || to - from > words[Layout.ring]!) return session.refuse(Refusal.tooLarge);
  for (let at = from; at < to;) {
    const end = endOfMessage(bytes, at, to);
    const start = arena.room(end - at);
    arena.commit(start, copyBytes(arena.bytes, start, bytes, at, end), packetIdOfMessage(bytes, at, end));
    at = end;
  }
  return count;
}

/**
 * How many well-formed QoS 1 PUBLISH packets `bytes[from..to)` holds, in the order of their identifiers, as a session
 * gives them (after 65535 comes 1); -1 otherwise.
 */
export function checkMessages(bytes: Uint8Array, from: number, to: number): number {
  if (to > bytes.length) return -1;
  let count = 0;
  let first = 0;
  let span = 0;
  for (let at = from; at < to; count++) {
    const end = endOfMessage(bytes, at, to);
    if (end < 0) return -1;
    const packetId = packetIdOfMessage(bytes, at, end);
    if (count === 0) first = packetId;
    else if (idDistance(first, packetId) <= span) return -1;
    span = idDistance(first, packetId);
    at = end;
  }
  return count;
}

/**
 * Index after the QoS 1 PUBLISH packet that begins at `bytes[from]`, or -1 when there is none that ends before `to`
 * and is well-formed.
 */
function endOfMessage(bytes: Uint8Array, from: number, to: number): number {
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
function packetIdOfMessage(bytes: Uint8Array, from: number, to: number): number {
  const body = startOfBody(bytes, from, to);
  const topicTo = body + 2 + ((bytes[body]! << 8) | bytes[body + 1]!);
  return (bytes[topicTo]! << 8) | bytes[topicTo + 1]!;
}

/** Index after the remaining length, or -1 when that is not complete. */
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
