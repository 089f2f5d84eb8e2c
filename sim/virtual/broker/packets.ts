import { decodeText } from './text.js';
import { isTopicFilter, isTopicName } from './topics.js';

/** Control packet types: the high four bits of a packet's first byte (MQTT 3.1.1, table 2.1). */
export const enum Packet {
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

/** Return codes of CONNACK (MQTT 3.1.1, table 3.1). */
export const enum ConnackCode {
  accepted = 0,
  unacceptableProtocol = 1,
  identifierRejected = 2,
  serverUnavailable = 3,
  badLogin = 4,
  notAuthorized = 5,
}

/** The return code of SUBACK for a filter that is refused. */
export const SUBACK_FAILURE = 0x80;

/** The largest control packet: a fixed header of five bytes and the largest remaining length (MQTT 3.1.1, 2.2.3). */
export const LARGEST_PACKET = 5 + 268_435_455;

/** What a client asks to be published when its connection ends without DISCONNECT. */
export interface Will {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: number;
  readonly retain: boolean;
}

/** A CONNECT, as it came. */
export interface ConnectRequest {
  /** 4: MQTT 3.1.1; 3: MQTT 3.1. */
  readonly level: number;
  /** Empty when the client left it to the broker. */
  readonly clientId: string;
  readonly cleanSession: boolean;
  /** Seconds; 0: none. */
  readonly keepAlive: number;
  readonly will: Will | undefined;
  readonly username: string | undefined;
  readonly password: Uint8Array | undefined;
}

/** A filter in a SUBSCRIBE, with the QoS that is asked for. */
export interface SubscribeEntry {
  readonly filter: string;
  readonly qos: number;
}

/** Why a packet is malformed or against the protocol: the connection is closed [MQTT-4.8.0-1]. */
export class Violation {
  constructor(readonly text: string) {}
}

/** Walks the body of a packet. After a field that is not whole or not legal, `fault` is its description. */
class FieldReader {
  fault = '';

  constructor(
    private readonly bytes: Uint8Array,
    private at: number,
    private readonly to: number,
  ) {}

  get atEnd(): boolean {
    return this.at === this.to;
  }

  uint8(): number {
    if (this.at + 1 > this.to) return this.failNumber('packet ends within a field');
    return this.bytes[this.at++]!;
  }

  uint16(): number {
    if (this.at + 2 > this.to) return this.failNumber('packet ends within a field');
    const value = (this.bytes[this.at]! << 8) | this.bytes[this.at + 1]!;
    this.at += 2;
    return value;
  }

  /** Binary data with its length before it; a copy. */
  data(): Uint8Array {
    const length = this.uint16();
    if (this.at + length > this.to) {
      this.fault ||= 'packet ends within a field';
      this.at = this.to;
      return new Uint8Array(0);
    }
    this.at += length;
    return this.bytes.slice(this.at - length, this.at);
  }

  /** A UTF-8 encoded string (MQTT 3.1.1, 1.5.3). */
  text(): string {
    const data = this.data();
    const text = decodeText(data, 0, data.length);
    if (text === undefined) this.fault ||= 'string is not UTF-8 or has U+0000';
    return text ?? '';
  }

  private failNumber(fault: string): number {
    this.fault ||= fault;
    this.at = this.to;
    return 0;
  }
}

/**
 * Reads the variable header and payload of a CONNECT (MQTT 3.1.1, 3.1). The number is the code of a CONNACK that
 * refuses it: `unacceptableProtocol`, after which the rest was not read, or `identifierRejected`.
 */
export function decodeConnect(
  bytes: Uint8Array,
  from: number,
  to: number,
  acceptsMqtt31: boolean,
): ConnectRequest | ConnackCode | Violation {
  const reader = new FieldReader(bytes, from, to);
  const name = reader.text();
  const level = reader.uint8();
  if (reader.fault) return new Violation(reader.fault);
  const mqtt31 = acceptsMqtt31 && name === 'MQIsdp';
  if (name !== 'MQTT' && !mqtt31) return new Violation('protocol name is not MQTT [MQTT-3.1.2-1]');
  if (level !== (mqtt31 ? 3 : 4)) return ConnackCode.unacceptableProtocol;

  const flags = reader.uint8();
  const keepAlive = reader.uint16();
  if (flags & 0x01) return new Violation('reserved connect flag is set [MQTT-3.1.2-3]');
  const hasWill = (flags & 0x04) !== 0;
  const willQos = (flags >> 3) & 3;
  if (willQos === 3) return new Violation('will QoS is 3 [MQTT-3.1.2-14]');
  if (!hasWill && willQos > 0) return new Violation('will QoS without a will [MQTT-3.1.2-13]');
  if (!hasWill && flags & 0x20) return new Violation('will retain without a will [MQTT-3.1.2-15]');
  const hasUsername = (flags & 0x80) !== 0;
  const hasPassword = (flags & 0x40) !== 0;
  if (hasPassword && !hasUsername) return new Violation('password without a user name [MQTT-3.1.2-22]');

  const clientId = reader.text();
  let will: Will | undefined;
  if (hasWill) {
    const topic = reader.text();
    will = { topic, payload: reader.data(), qos: willQos, retain: (flags & 0x20) !== 0 };
    if (!reader.fault && !isTopicName(topic)) return new Violation('will topic is empty or has a wildcard');
  }
  const username = hasUsername ? reader.text() : undefined;
  const password = hasPassword ? reader.data() : undefined;
  if (reader.fault) return new Violation(reader.fault);
  if (!reader.atEnd) return new Violation('bytes after the last field of CONNECT');

  const cleanSession = (flags & 0x02) !== 0;
  if (clientId === '' && (mqtt31 || !cleanSession)) return ConnackCode.identifierRejected;
  return { level, clientId, cleanSession, keepAlive, will, username, password };
}

/** Reads the filters of a SUBSCRIBE, after its packet id (MQTT 3.1.1, 3.8.3). */
export function decodeSubscribe(bytes: Uint8Array, from: number, to: number): SubscribeEntry[] | Violation {
  const reader = new FieldReader(bytes, from, to);
  const entries: SubscribeEntry[] = [];
  while (!reader.atEnd) {
    const filter = reader.text();
    const qos = reader.uint8();
    if (reader.fault) return new Violation(reader.fault);
    if (!isTopicFilter(filter)) return new Violation('invalid topic filter [MQTT-4.7.1-2] [MQTT-4.7.1-3]');
    if (qos > 2) return new Violation('requested QoS is not 0, 1 or 2 [MQTT-3-8.3-4]');
    entries.push({ filter, qos });
  }
  return entries.length === 0 ? new Violation('SUBSCRIBE without a filter [MQTT-3.8.3-3]') : entries;
}

/** Reads the filters of an UNSUBSCRIBE, after its packet id (MQTT 3.1.1, 3.10.3). */
export function decodeUnsubscribe(bytes: Uint8Array, from: number, to: number): string[] | Violation {
  const reader = new FieldReader(bytes, from, to);
  const filters: string[] = [];
  while (!reader.atEnd) {
    const filter = reader.text();
    if (reader.fault) return new Violation(reader.fault);
    if (!isTopicFilter(filter)) return new Violation('invalid topic filter [MQTT-4.7.1-2] [MQTT-4.7.1-3]');
    filters.push(filter);
  }
  return filters.length === 0 ? new Violation('UNSUBSCRIBE without a filter [MQTT-3.10.3-2]') : filters;
}

/** Collects packets that are to be sent. */
export class PacketWriter {
  length = 0;
  private bytes = new Uint8Array(256);

  /** What was written, as an array of its own; the writer is empty then. */
  take(): Uint8Array {
    const taken = this.bytes.slice(0, this.length);
    this.length = 0;
    return taken;
  }

  connack(sessionPresent: boolean, code: number): void {
    this.header(Packet.connack << 4, 2);
    this.bytes[this.length++] = sessionPresent ? 1 : 0;
    this.bytes[this.length++] = code;
  }

  /** A packet whose body is its packet id: PUBACK, PUBREC, PUBREL, PUBCOMP, UNSUBACK. */
  acknowledgement(type: Packet, packetId: number): void {
    // PUBREL has the flags 0010 [MQTT-3.6.1-1].
    this.header((type << 4) | (type === Packet.pubrel ? 2 : 0), 2);
    this.uint16(packetId);
  }

  /** `packetId` counts only with QoS 1 and 2 [MQTT-2.3.1-5]. */
  publish(topic: Uint8Array, payload: Uint8Array, qos: number, retain: boolean, dup: boolean, packetId: number): void {
    const length = 2 + topic.length + (qos > 0 ? 2 : 0) + payload.length;
    this.header((Packet.publish << 4) | (dup ? 8 : 0) | (qos << 1) | (retain ? 1 : 0), length);
    this.uint16(topic.length);
    this.bytes.set(topic, this.length);
    this.length += topic.length;
    if (qos > 0) this.uint16(packetId);
    this.bytes.set(payload, this.length);
    this.length += payload.length;
  }

  suback(packetId: number, codes: readonly number[]): void {
    this.header(Packet.suback << 4, 2 + codes.length);
    this.uint16(packetId);
    for (const code of codes) this.bytes[this.length++] = code;
  }

  pingresp(): void {
    this.header(Packet.pingresp << 4, 0);
  }

  /** Makes room for the whole packet, and writes its fixed header. */
  private header(first: number, length: number): void {
    const needed = this.length + 5 + length;
    if (needed > this.bytes.length) {
      const larger = new Uint8Array(Math.max(needed, 2 * this.bytes.length));
      larger.set(this.bytes);
      this.bytes = larger;
    }
    this.bytes[this.length++] = first;
    while (length > 127) {
      this.bytes[this.length++] = (length & 127) | 128;
      length >>>= 7;
    }
    this.bytes[this.length++] = length;
  }

  private uint16(value: number): void {
    this.bytes[this.length++] = value >> 8;
    this.bytes[this.length++] = value & 255;
  }
}
