import { RecordLayout, Layout } from './layout.js';
import { copyBytes, packetSize, PacketType, PublishFlag, publishLength, writePublishHeader } from './packet.js';
import type { Session } from './session.js';
import { MessageState, Refusal } from './state.js';
import { idDistance, MAX_SPAN } from './transmit-arena.js';
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
 * Takes back what `exportMessages` wrote, before the first connection and before anything is published. It may come in
 * parts, in the order of the export, each a whole number of messages. All of a part is taken or nothing.
 * Returns how many messages were taken, or `Refusal.malformed`, `tooLarge` or `wrongState`.
 */
export function importMessages(session: Session, bytes: Uint8Array, from: number, to: number): number {
  const arena = session.arena;
  const words = arena.words;
  if (!acceptsImport(session)) return session.refuse(Refusal.wrongState);
  const count = countMessages(bytes, from, to, firstImported(session), words[Layout.lastId]!);
  if (count < 0) return session.refuse(Refusal.malformed);
  if (!hasRoomForImport(session, count, to - from)) return session.refuse(Refusal.tooLarge);
  for (let at = from; at < to;) {
    const end = endOfMessage(bytes, at, to);
    const start = arena.room(end - at);
    arena.commit(start, copyBytes(arena.bytes, start, bytes, at, end), packetIdOfMessage(bytes, at, end));
    at = end;
  }
  words[Layout.imported]! += count;
  return count;
}

/**
 * Takes one message that an earlier run of the program sent under `packetId`, before the first connection and before
 * anything is published: one after the other in the order in which they were sent. In a persistent session it goes out
 * again under this identifier with DUP, in a clean one as a new message. The arguments are those of
 * `Session.publishRange`.
 * Returns `packetId`, or `Refusal.wrongState`, `tooLarge` for want of room, `invalidTopic`, or `malformed` for an
 * identifier that is 0, too large, or not behind the one before it (after 65535 comes 1).
 */
export function importMessage(
  session: Session,
  topic: Uint8Array,
  topicFrom: number,
  topicTo: number,
  payload: Uint8Array,
  payloadFrom: number,
  payloadTo: number,
  retain: boolean,
  packetId: number,
): number {
  const arena = session.arena;
  const words = arena.words;
  if (!acceptsImport(session)) return session.refuse(Refusal.wrongState);
  if (checkTopicName(topic, topicFrom, topicTo) !== TopicFault.none) return session.refuse(Refusal.invalidTopic);
  const first = firstImported(session);
  const ordered = first === 0 || isBehind(first, words[Layout.lastId]!, packetId);
  if (!(packetId >= 1 && packetId <= 65535) || !ordered) return session.refuse(Refusal.malformed);
  const length = payloadTo - payloadFrom;
  const size = packetSize(publishLength(topicTo - topicFrom, 1, length));
  if (!hasRoomForImport(session, 1, size)) return session.refuse(Refusal.tooLarge);
  const start = arena.room(size);
  const at = writePublishHeader(arena.bytes, start, topic, topicFrom, topicTo, 1, retain, packetId, length);
  arena.bytes[start]! |= PublishFlag.dup;
  arena.commit(start, copyBytes(arena.bytes, at, payload, payloadFrom, payloadTo), packetId);
  words[Layout.imported]!++;
  return packetId;
}

/**
 * How many well-formed QoS 1 PUBLISH packets `bytes[from..to)` holds, in the order of their identifiers, as a session
 * gives them (after 65535 comes 1); -1 otherwise.
 */
export function checkMessages(bytes: Uint8Array, from: number, to: number): number {
  return countMessages(bytes, from, to, 0, 0);
}

/** As `checkMessages`, for messages that follow others, the oldest of which is `first` (0: none), the newest `last`. */
function countMessages(bytes: Uint8Array, from: number, to: number, first: number, last: number): number {
  if (to > bytes.length) return -1;
  let count = 0;
  for (let at = from; at < to; count++) {
    const end = endOfMessage(bytes, at, to);
    if (end < 0) return -1;
    const packetId = packetIdOfMessage(bytes, at, end);
    if (first === 0) first = packetId;
    else if (!isBehind(first, last, packetId)) return -1;
    last = packetId;
    at = end;
  }
  return count;
}

/** True when a session gives `packetId` after `last` while `first` is its oldest message. */
function isBehind(first: number, last: number, packetId: number): boolean {
  const span = idDistance(first, last);
  return span <= MAX_SPAN && idDistance(first, packetId) > span;
}

/** True when no connection was opened, and all that is in the arena was imported. */
function acceptsImport(session: Session): boolean {
  const words = session.arena.words;
  return session.idle && words[Layout.count] === words[Layout.imported];
}

/** The identifier of the oldest message that was imported; 0 when there is none. */
function firstImported(session: Session): number {
  const words = session.arena.words;
  return words[Layout.count]! > 0 ? words[words[Layout.head]!]! & 0xffff : 0;
}

/** Imported packets lie one behind the other from the beginning of the ring. */
function hasRoomForImport(session: Session, count: number, size: number): boolean {
  const words = session.arena.words;
  const used = words[Layout.count]! > 0 ? words[Layout.tail]! : 0;
  return words[Layout.inFlight]! + count <= words[Layout.maxInFlight]! && used + size <= words[Layout.ring]!;
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
