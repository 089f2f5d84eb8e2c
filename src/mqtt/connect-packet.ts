import { copyBytes } from './copy-bytes.js';
import { PacketType } from './packet-type.js';
import { remainingLengthSize, writeRemainingLength } from './remaining-length.js';
import { checkTopicName, TopicFault } from './topic.js';
import { topicFaultText } from './topic-fault-text.js';
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

const CLEAN_SESSION = 0x02;
const WILL = 0x04;
const WILL_RETAIN = 0x20;
const PASSWORD = 0x40;
const USER_NAME = 0x80;

/**
 * Encodes CONNECT once; every connection sends these bytes again.
 * Throws a RangeError that names the option and what is allowed; a password is never part of the text.
 */
export function encodeConnect(options: ConnectOptions): Uint8Array {
  const level = options.protocolLevel ?? 4;
  const cleanSession = options.cleanSession ?? true;
  const keepAlive = options.keepAliveSeconds ?? 60;
  if (level !== 3 && level !== 4) throw new RangeError('protocolLevel ' + level + ': allowed are 3 and 4');
  if (!(keepAlive >= 0 && keepAlive <= 65535 && keepAlive % 1 === 0)) {
    throw new RangeError('keepAliveSeconds ' + keepAlive + ': allowed are whole numbers from 0 to 65535');
  }
  const clientId = field('clientId', options.clientId);
  if (clientId.length === 0 && (level === 3 || !cleanSession)) {
    throw new RangeError('clientId is empty: allowed only with cleanSession and protocol level 4');
  }
  if (level === 3 && options.clientId.length > 23) {
    throw new RangeError('clientId "' + options.clientId + '": MQTT 3.1 allows 1 to 23 characters');
  }

  const fields: Uint8Array[] = [clientId];
  let flags = cleanSession ? CLEAN_SESSION : 0;
  const will = options.will;
  if (will) {
    const qos = will.qos ?? 0;
    if (qos !== 0 && qos !== 1 && qos !== 2) throw new RangeError('will.qos ' + qos + ': allowed are 0, 1 and 2');
    const topic = typeof will.topic === 'string' ? field('will.topic', will.topic) : will.topic;
    const fault = checkTopicName(topic, 0, topic.length);
    if (fault !== TopicFault.none) throw new RangeError('will.topic: ' + topicFaultText(fault));
    fields.push(topic, payload('will.payload', will.payload ?? ''));
    flags |= WILL | (qos << 3) | (will.retain ? WILL_RETAIN : 0);
  }
  if (options.username !== undefined) {
    fields.push(field('username', options.username));
    flags |= USER_NAME;
  }
  if (options.password !== undefined) {
    if (options.username === undefined) throw new RangeError('password needs a username [MQTT-3.1.2-22]');
    fields.push(payload('password', options.password));
    flags |= PASSWORD;
  }

  const name = encodeUtf8(level === 3 ? 'MQIsdp' : 'MQTT');
  let length = 2 + name.length + 4;
  for (const part of fields) length += 2 + part.length;
  const packet = new Uint8Array(1 + remainingLengthSize(length) + length);
  packet[0] = PacketType.connect << 4;
  let at = writeField(packet, writeRemainingLength(packet, 1, length), name);
  packet[at++] = level;
  packet[at++] = flags;
  packet[at++] = keepAlive >> 8;
  packet[at++] = keepAlive & 255;
  for (const part of fields) at = writeField(packet, at, part);
  return packet;
}

function payload(name: string, value: string | Uint8Array): Uint8Array {
  const bytes = typeof value === 'string' ? encoded(name, value) : value;
  if (bytes.length > 65535) throw new RangeError(name + ' has ' + bytes.length + ' bytes: allowed are 65535');
  return bytes;
}

function field(name: string, value: string): Uint8Array {
  const bytes = encoded(name, value);
  if (bytes.includes(0)) throw new RangeError(name + ' has a U+0000, which MQTT does not allow [MQTT-1.5.3-2]');
  return payload(name, bytes);
}

function encoded(name: string, value: string): Uint8Array {
  try {
    return encodeUtf8(value);
  } catch (error) {
    throw new RangeError(name + ': ' + (error as Error).message);
  }
}

function writeField(packet: Uint8Array, at: number, bytes: Uint8Array): number {
  packet[at++] = bytes.length >> 8;
  packet[at++] = bytes.length & 255;
  return copyBytes(packet, at, bytes, 0, bytes.length);
}
