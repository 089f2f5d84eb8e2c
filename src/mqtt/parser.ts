import { copyBytes, FirstByte, PacketType, PublishFlag } from './packet.js';
import { CloseReason } from './state.js';
import { checkTopicName, TopicFault } from './topic.js';
import { scanUtf8 } from './utf8.js';

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

  /** Offset of this piece in the whole payload, in bytes. */
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

/** What `Parser.next` found. */
export const enum ParserEvent {
  /** All input is consumed. */
  needMore = 0,
  /** A packet other than PUBLISH and PUBACK: see `type` and `payload[payloadFrom..payloadTo)`, all after the header. */
  packet = 1,
  /** A message, or a piece of one: the parser is that message. */
  message = 2,
  /**
   * A PUBLISH whose topic does not fit the receive buffer is over: see `packetId`, `qos`, `total`, and for the length
   * of the topic `topicFrom` and `topicTo`.
   */
  skipped = 3,
  /** The broker broke the protocol: see `fault`. Only `reset` leads on. */
  fault = 4,
  /** PUBACK: see `packetId`, which is not checked. It has an event of its own because it comes as often as PUBLISH. */
  puback = 5,
}

/** A negative stage is a `CloseReason`: the parser has failed. */
const enum Stage {
  firstByte,
  length,
  /** Collects a whole packet that fits the buffer. */
  body,
  /** Collects topic and identifier of a PUBLISH that does not fit the buffer. */
  publishHeader,
  /** Hands over the payload of such a PUBLISH in pieces. */
  payload,
  /** Discards a PUBLISH whose topic does not fit the buffer. */
  skip,
}

const enum Allowed {
  /** One bit for each packet type that a broker sends to a client of QoS 0 and 1. */
  types = (1 << PacketType.connack) |
    (1 << PacketType.publish) |
    (1 << PacketType.puback) |
    (1 << PacketType.suback) |
    (1 << PacketType.unsuback) |
    (1 << PacketType.pingresp),
}

/**
 * Cuts a byte stream into the packets that a broker sends. The caller pulls: `next` returns one event at a time,
 * so no handler can ever run inside the parser.
 *
 * A packet that is complete in the input is read in place. Otherwise it is collected in the receive buffer.
 * What is delivered does not depend on how the stream was fragmented.
 *
 * The parser is itself the message that it has found, because a further object would cost memory.
 */
export class Parser implements IncomingMessage {
  topic: Uint8Array;
  topicFrom = 0;
  topicTo = 0;
  payload: Uint8Array;
  payloadFrom = 0;
  payloadTo = 0;
  offset = 0;
  qos = 0;
  retain = false;
  dup = false;
  packetId = 0;

  /** The index after the input that is consumed. */
  position = 0;
  /** The `PacketType`. */
  type = 0;

  private readonly buffer: Uint8Array;
  private stage: Stage = Stage.firstByte;
  private remaining = 0;
  /** Bytes of the length, and then of the body, that are consumed. */
  private consumed = 0;
  /** Bytes of topic and identifier, with the topic's length. */
  private headerSize = 0;

  /** `buffer` is the receive buffer: it holds any whole packet but a large PUBLISH, of which it holds the topic. */
  constructor(buffer: Uint8Array) {
    this.buffer = buffer;
    this.topic = buffer;
    this.payload = buffer;
  }

  get total(): number {
    return this.remaining - this.headerSize;
  }

  /** True between two packets. */
  get atPacketStart(): boolean {
    return this.stage === Stage.firstByte;
  }

  /** Why the broker is wrong, after `ParserEvent.fault`. */
  get fault(): CloseReason {
    return -this.stage;
  }

  /** Forgets a packet that was begun; for a new connection. */
  reset(): void {
    this.stage = Stage.firstByte;
  }

  /** Reads on in `bytes[from..to)` up to one event. */
  next(bytes: Uint8Array, from: number, to: number): ParserEvent {
    if (this.stage === Stage.firstByte) {
      if (bytes[from] === FirstByte.puback && bytes[from + 1] === 2 && to - from > 3) {
        this.type = PacketType.puback;
        this.packetId = (bytes[from + 2]! << 8) | bytes[from + 3]!;
        this.position = from + 4;
        return ParserEvent.puback;
      }
      const event = this.readWhole(bytes, from, to);
      if (event !== ParserEvent.needMore) return event;
    }
    this.position = from;
    for (;;) {
      const stage = this.stage;
      if (stage < 0) return ParserEvent.fault;
      if (stage === Stage.body) return this.readBody(bytes, to);
      // Behind the last byte of the length a body may be empty; everything else needs input.
      if (this.position === to) return ParserEvent.needMore;
      if (stage === Stage.payload) return this.readPayload(bytes, to);
      if (stage === Stage.skip) return this.skip(bytes, to);
      const byte = bytes[this.position++]!;
      if (stage === Stage.firstByte) this.begin(byte);
      else if (stage === Stage.length) this.readLength(byte);
      else this.readPublishHeader(byte);
    }
  }

  /**
   * Reads one of the packets that are nearly all that comes, when all of it is there and in order. Returns
   * `needMore`, with nothing read, for any other: the stages judge that byte by byte.
   */
  private readWhole(bytes: Uint8Array, from: number, to: number): ParserEvent {
    const first = bytes[from]!;
    let at = from + 2;
    if (at > to) return ParserEvent.needMore;
    let length = bytes[from + 1]!;
    if (first >> 4 !== PacketType.publish) {
      if (first !== FirstByte.pingresp || length > 0) return ParserEvent.needMore;
    } else if (length > 127 && at < to) {
      const high = bytes[at++]!;
      length = high > 127 ? Infinity : length - 128 + (high << 7);
    }
    const end = at + length;
    if (end > to || length > this.buffer.length) return ParserEvent.needMore;
    this.payload = bytes;
    this.payloadFrom = at;
    this.payloadTo = end;
    this.position = end;
    this.type = first >> 4;
    if (first >> 4 !== PacketType.publish) return ParserEvent.packet;
    const qos = (first >> 1) & 3;
    const dup = (first & PublishFlag.dup) !== 0;
    if (qos > 1 || (dup && qos === 0) || length < 3 + 2 * qos) return ParserEvent.needMore;
    this.qos = qos;
    this.dup = dup;
    this.retain = (first & PublishFlag.retain) !== 0;
    this.remaining = length;
    if (!this.readTopic(bytes, at)) return ParserEvent.fault;
    this.payloadFrom = at + this.headerSize;
    return ParserEvent.message;
  }

  private fail(reason: CloseReason): false {
    this.stage = -reason;
    return false;
  }

  private begin(first: number): void {
    const type = first >> 4;
    this.type = type;
    this.stage = Stage.length;
    this.remaining = 0;
    this.consumed = 0;
    this.packetId = 0;
    this.qos = (first >> 1) & 3;
    this.retain = (first & PublishFlag.retain) !== 0;
    this.dup = (first & PublishFlag.dup) !== 0;
    if (((Allowed.types >> type) & 1) === 0) this.fail(CloseReason.unexpectedPacket);
    else if (type !== PacketType.publish) {
      if (first & 15) this.fail(CloseReason.invalidFlags);
    } else if (this.qos > 1) this.fail(this.qos === 2 ? CloseReason.qos2 : CloseReason.qos3);
    else if (this.dup && this.qos === 0) this.fail(CloseReason.dupWithQos0);
  }

  private readLength(byte: number): void {
    this.remaining += (byte & 127) << (7 * this.consumed++);
    if (byte & 128) {
      if (this.consumed === 4) this.fail(CloseReason.lengthTooLong);
      return;
    }
    this.consumed = 0;
    const type = this.type;
    const remaining = this.remaining;
    const isPublish = type === PacketType.publish;
    const varies = isPublish || type === PacketType.suback;
    const least = type === PacketType.pingresp ? 0 : varies ? 3 + 2 * this.qos : 2;
    const fits = remaining <= this.buffer.length;
    if (remaining < least || (remaining > least && !varies) || !(fits || isPublish)) {
      this.fail(CloseReason.invalidLength);
    } else {
      this.stage = fits ? Stage.body : Stage.publishHeader;
    }
  }

  private readBody(bytes: Uint8Array, to: number): ParserEvent {
    let at = this.position;
    const end = at + this.remaining - this.consumed;
    if (this.consumed > 0 || end > to) {
      const available = end > to ? to : end;
      this.consumed = copyBytes(this.buffer, this.consumed, bytes, at, available);
      this.position = available;
      if (end > to) return ParserEvent.needMore;
      bytes = this.buffer;
      at = 0;
    }
    this.position = end;
    this.stage = Stage.firstByte;
    this.payload = bytes;
    this.payloadFrom = at;
    this.payloadTo = at + this.remaining;
    if (this.type === PacketType.puback) {
      this.packetId = (bytes[at]! << 8) | bytes[at + 1]!;
      return ParserEvent.puback;
    }
    if (this.type !== PacketType.publish) return ParserEvent.packet;
    if (!this.readTopic(bytes, at)) return ParserEvent.fault;
    this.payloadFrom = at + this.headerSize;
    return ParserEvent.message;
  }

  /** Reads topic and identifier of the PUBLISH whose body begins at `bytes[from]`. */
  private readTopic(bytes: Uint8Array, from: number): boolean {
    const qos = this.qos;
    const topicFrom = from + 2;
    const topicTo = topicFrom + ((bytes[from]! << 8) | bytes[from + 1]!);
    const headerSize = topicTo - from + 2 * qos;
    const total = this.remaining - headerSize;
    this.headerSize = headerSize;
    this.offset = 0;
    this.topic = bytes;
    this.topicFrom = topicFrom;
    this.topicTo = topicTo;
    if (total < 0) return this.fail(CloseReason.invalidLength);
    if (topicTo === topicFrom || scanUtf8(bytes, topicFrom, topicTo) !== 0) {
      const fault = checkTopicName(bytes, topicFrom, topicTo);
      return this.fail(CloseReason.emptyTopic - TopicFault.empty + fault);
    }
    const packetId = qos > 0 ? (bytes[topicTo]! << 8) | bytes[topicTo + 1]! : 0;
    this.packetId = packetId;
    return qos === 0 || packetId > 0 || this.fail(CloseReason.zeroPacketId);
  }

  private hasPacketId(): boolean {
    return this.qos === 0 || this.packetId > 0 || this.fail(CloseReason.zeroPacketId);
  }

  private readPublishHeader(byte: number): void {
    const buffer = this.buffer;
    buffer[this.consumed++] = byte;
    if (this.consumed === 2) {
      this.headerSize = 2 + ((buffer[0]! << 8) | byte) + 2 * this.qos;
      if (this.headerSize > this.remaining) {
        this.fail(CloseReason.invalidLength);
        return;
      }
      if (this.headerSize > buffer.length) this.stage = Stage.skip;
    }
    if (this.consumed >= 2 && this.consumed === this.headerSize && this.readTopic(buffer, 0)) {
      this.stage = Stage.payload;
    }
  }

  private readPayload(bytes: Uint8Array, to: number): ParserEvent {
    const at = this.position;
    let length = this.remaining - this.consumed;
    if (length > to - at) length = to - at;
    if (length > this.buffer.length) length = this.buffer.length;
    this.payload = bytes;
    this.payloadFrom = at;
    this.payloadTo = at + length;
    this.offset = this.consumed - this.headerSize;
    this.position = at + length;
    this.consumed += length;
    if (this.consumed === this.remaining) this.stage = Stage.firstByte;
    return ParserEvent.message;
  }

  private skip(bytes: Uint8Array, to: number): ParserEvent {
    this.topicFrom = 0;
    this.topicTo = this.headerSize - 2 - 2 * this.qos;
    while (this.position < to && this.consumed < this.remaining) {
      const byte = bytes[this.position++]!;
      const toHeaderEnd = this.headerSize - this.consumed++;
      if (this.qos > 0 && toHeaderEnd > 0 && toHeaderEnd <= 2) this.packetId = (this.packetId << 8) | byte;
    }
    if (this.consumed < this.remaining) return ParserEvent.needMore;
    this.stage = Stage.firstByte;
    return this.hasPacketId() ? ParserEvent.skipped : ParserEvent.fault;
  }
}
