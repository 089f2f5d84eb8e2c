import { packetSize, PacketType, writeField, writeFixedHeader, writeUint16 } from './packet.js';
import { numberOption } from './session.js';
import { checkTopicName, TopicFault } from './topic.js';
import { encodeUtf8 } from './utf8.js';

/** The message that the broker publishes when the client is gone without DISCONNECT. */
export interface Will {
  /** Text, or UTF-8. */
  topic: string | Uint8Array;
  /** Text is sent as UTF-8. Absent: empty. At most 65,535 bytes. */
  payload?: string | Uint8Array;
  /** Default 0. */
  qos?: 0 | 1 | 2;
  retain?: boolean;
}

/** What goes into CONNECT (MQTT 3.1.1, 3.1). */
export interface ConnectOptions {
  /** 4 is MQTT 3.1.1, 3 is MQTT 3.1 ("MQIsdp"). Default 4. */
  protocolLevel?: 3 | 4;
  /** Unique at the broker. May be empty only with `cleanSession` and level 4; 1 to 23 characters with level 3. */
  clientId: string;
  /** True (the default) asks the broker to forget the session at the end of the connection. */
  cleanSession?: boolean;
  /** Seconds, 0 (off) to 65535. Default 60. */
  keepAliveSeconds?: number;
  will?: Will;
  username?: string;
  /** Only with `username` [MQTT-3.1.2-22]. */
  password?: string | Uint8Array;
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

/**
 * Encodes CONNECT once; every connection sends these bytes again.
 * Throws a RangeError that names the option and what is allowed; a password is never part of the text.
 */
export function encodeConnect(options: ConnectOptions): Uint8Array {
  const level = numberOption(options.protocolLevel, 'protocolLevel', 4, 3, 4);
  const cleanSession = options.cleanSession ?? true;
  const keepAlive = numberOption(options.keepAliveSeconds, 'keepAliveSeconds', 60, 0, 65535);
  const will = options.will;
  const { clientId, username, password } = options;
  const fields = [field('clientId', clientId)];
  if (clientId === '' && (level === 3 || !cleanSession)) {
    throw new RangeError('clientId is empty: allowed only with cleanSession and protocol level 4');
  }
  if (level === 3 && clientId.length > 23) {
    throw new RangeError('clientId "' + clientId + '": MQTT 3.1 allows 1 to 23 characters');
  }

  let flags: number = cleanSession ? ConnectFlag.cleanSession : 0;
  if (will) {
    const topic = bytesOf('will.topic', will.topic);
    if (checkTopicName(topic, 0, topic.length) !== TopicFault.none) {
      throw new RangeError('will.topic: allowed is UTF-8 of 1 to 65535 bytes without U+0000, + and #');
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
    if (username === undefined) throw new RangeError('password needs a username [MQTT-3.1.2-22]');
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

/** Index of the connect flags in an encoded CONNECT; the two bytes behind them are the keep alive. */
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
  if (bytes.length > 65535) throw new RangeError(name + ' has ' + bytes.length + ' bytes: allowed are 65535');
  return bytes;
}

function field(name: string, value: string): Uint8Array {
  const bytes = bytesOf(name, value);
  if (bytes.includes(0)) throw new RangeError(name + ' has a U+0000, which MQTT does not allow [MQTT-1.5.3-2]');
  return bytes;
}
