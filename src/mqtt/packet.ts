import { numberOption } from './options.js';
import type { ConnectOptions } from './options.js';
import { checkTopicName, TopicFault } from './topic.js';
import { encodeUtf8 } from './utf8.js';

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
  qosMask = 0x06,
  dup = 0x08,
}

/** To recognize packets by their first byte. */
export const enum FirstByte {
  /** Type and QoS, for any DUP and RETAIN. */
  typeAndQos = 0xf6,
  publishQos1 = (PacketType.publish << 4) | PublishFlag.qos1,
  puback = PacketType.puback << 4,
  pingresp = PacketType.pingresp << 4,
}

/** Bits of the connect flags (MQTT 3.1.1, 3.1.2). */
export const enum ConnectFlag {
  cleanSession = 0x02,
  will = 0x04,
  willQosShift = 3,
  willRetain = 0x20,
  password = 0x40,
  username = 0x80,
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
 * Copies `source[from..to)` to `target[at..)` and returns the index after the copy.
 * A view for `set` would cost slots on XS, so only a whole array goes through it. Within one array the ranges may
 * overlap.
 */
export function copyBytes(target: Uint8Array, at: number, source: Uint8Array, from: number, to: number): number {
  if (from === 0 && to === source.length) {
    target.set(source, at);
    return at + to;
  }
  if (source === target) {
    target.copyWithin(at, from, to);
    return at + to - from;
  }
  // Four bytes for each branch take two thirds of the instructions of one by one.
  const last = to - 3;
  while (from < last) {
    target[at] = source[from]!;
    target[at + 1] = source[from + 1]!;
    target[at + 2] = source[from + 2]!;
    target[at + 3] = source[from + 3]!;
    from += 4;
    at += 4;
  }
  while (from < to) target[at++] = source[from++]!;
  return at;
}

/** Writes a fixed header at `bytes[at]` and returns the index after it. */
export function writeFixedHeader(bytes: Uint8Array, at: number, first: number, length: number): number {
  bytes[at] = first;
  while (length > 127) {
    bytes[++at] = (length & 127) | 128;
    length >>>= 7;
  }
  bytes[++at] = length;
  return at + 1;
}

/** Writes a 16-bit number, most significant byte first, and returns the index after it. */
export function writeUint16(bytes: Uint8Array, at: number, value: number): number {
  bytes[at] = value >> 8;
  bytes[at + 1] = value & 255;
  return at + 2;
}

/** Writes `source[from..to)` with its length before it (MQTT 3.1.1, 1.5.3) and returns the index after it. */
export function writeField(bytes: Uint8Array, at: number, source: Uint8Array, from: number, to: number): number {
  return copyBytes(bytes, writeUint16(bytes, at, to - from), source, from, to);
}

/** The remaining length of a PUBLISH. */
export function publishLength(topicLength: number, qos: number, payloadLength: number): number {
  return 2 + topicLength + (qos > 0 ? 2 : 0) + payloadLength;
}

/**
 * Writes everything of a PUBLISH but its payload at `bytes[at]`, with DUP 0, and returns the index after it.
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
  const first = (PacketType.publish << 4) | (qos << 1) | (retain ? PublishFlag.retain : 0);
  const length = topicLength + payloadLength + (qos > 0 ? 4 : 2);
  if (length < 128) {
    bytes[at] = first;
    bytes[at + 1] = length;
    at += 2;
  } else at = writeFixedHeader(bytes, at, first, length);
  bytes[at] = topicLength >> 8;
  bytes[at + 1] = topicLength & 255;
  at += 2;
  if (topicFrom === 0 && topicTo === topic.length) {
    bytes.set(topic, at);
    at += topicLength;
  } else at = copyBytes(bytes, at, topic, topicFrom, topicTo);
  if (qos === 0) return at;
  bytes[at] = packetId >> 8;
  bytes[at + 1] = packetId & 255;
  return at + 2;
}

/**
 * Encodes CONNECT once; every connection sends these bytes again.
 * Throws a RangeError that names the option and its limits; a password is never part of the text.
 */
export function encodeConnect(options: ConnectOptions): Uint8Array {
  const level = numberOption(options.protocolLevel, 'protocolLevel', 4, 3, 4);
  const cleanSession = options.cleanSession ?? true;
  const keepAlive = numberOption(options.keepAliveSeconds, 'keepAliveSeconds', 60, 0, 65535);
  const will = options.will;
  const { clientId, username, password } = options;
  const fields = [field('clientId', clientId)];
  if (clientId === '' && (level === 3 || !cleanSession)) {
    throw new RangeError('clientId must not be empty, except with cleanSession and protocol level 4');
  }
  if (level === 3 && clientId.length > 23) {
    throw new RangeError('clientId must have 1 to 23 characters with MQTT 3.1, got "' + clientId + '"');
  }

  let flags: number = cleanSession ? ConnectFlag.cleanSession : 0;
  if (will) {
    const topic = bytesOf('will.topic', will.topic);
    if (checkTopicName(topic, 0, topic.length) !== TopicFault.none) {
      throw new RangeError('will.topic must be 1 to 65535 bytes of UTF-8 without U+0000, + and #');
    }
    fields.push(topic, bytesOf('will.payload', will.payload ?? ''));
    flags |= ConnectFlag.will | (numberOption(will.qos, 'will.qos', 0, 0, 2) << ConnectFlag.willQosShift);
    if (will.retain) flags |= ConnectFlag.willRetain;
  }
  if (username !== undefined) {
    fields.push(field('username', username));
    flags |= ConnectFlag.username;
  }
  if (password !== undefined) {
    if (username === undefined) throw new RangeError('password requires a username [MQTT-3.1.2-22]');
    fields.push(bytesOf('password', password));
    flags |= ConnectFlag.password;
  }

  const name = encodeUtf8(level === 3 ? 'MQIsdp' : 'MQTT');
  let length = 2 + name.length + 4;
  for (let i = 0; i < fields.length; i++) length += 2 + fields[i]!.length;
  const packet = new Uint8Array(packetSize(length));
  let at = writeField(packet, writeFixedHeader(packet, 0, PacketType.connect << 4, length), name, 0, name.length);
  packet[at++] = level;
  packet[at++] = flags;
  at = writeUint16(packet, at, keepAlive);
  for (let i = 0; i < fields.length; i++) at = writeField(packet, at, fields[i]!, 0, fields[i]!.length);
  return packet;
}

/** Index of the connect flags in an encoded CONNECT; the two bytes after them are the keep alive. */
export function connectFlagsIndex(packet: Uint8Array): number {
  let at = 1;
  while (packet[at]! & 128) at++;
  return at + 4 + packet[at + 2]!;
}

function bytesOf(name: string, value: string | Uint8Array): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = typeof value === 'string' ? encodeUtf8(value) : value;
  } catch (error) {
    throw new RangeError(name + ': ' + (error as Error).message);
  }
  if (bytes.length > 65535) throw new RangeError(name + ' must have at most 65535 bytes, got ' + bytes.length);
  return bytes;
}

function field(name: string, value: string): Uint8Array {
  const bytes = bytesOf(name, value);
  if (bytes.includes(0)) throw new RangeError(name + ' must not contain U+0000 [MQTT-1.5.3-2]');
  return bytes;
}
