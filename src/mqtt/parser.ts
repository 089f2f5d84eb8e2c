import { CloseReason } from './close-reason.js';
import { copyBytes } from './copy-bytes.js';
import { IncomingMessage } from './incoming-message.js';
import { PacketType, PublishFlag } from './packet-type.js';
import { checkTopicName, TopicFault } from './topic.js';

/** What `Parser.next` found. */
export const enum ParserEvent {
  /** All input is consumed. */
  needMore = 0,
  /** A packet other than PUBLISH: see `type` and `body[bodyFrom..bodyTo)`. */
  packet = 1,
  /** A message, or a piece of one: see `message`. */
  message = 2,
  /** A PUBLISH whose topic does not fit the receive buffer is over: see `message.packetId` and `message.qos`. */
  skipped = 3,
  /** The broker broke the protocol: see `fault`. Only `reset` leads on. */
  fault = 4,
}

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
  failed,
}

/** Remaining length that a packet from a broker must have; 255 is checked elsewhere, 254 never comes from one. */
const VARIES = 255;
const NEVER = 254;
// prettier-ignore
const LENGTHS = new Uint8Array([
  NEVER, NEVER, 2, VARIES, 2, NEVER, NEVER, NEVER, NEVER, VARIES, NEVER, 2, NEVER, 0, NEVER, NEVER,
]);

/**
 * Cuts a byte stream into the packets that a broker sends. The caller pulls: `next` returns one event at a time,
 * so no handler can ever run inside the parser.
 *
 * A packet that lies whole in the input is read in place. Otherwise it is collected in the receive buffer.
 * What is delivered does not depend on how the stream was fragmented.
 */
export class Parser {
  /** The index behind the input that is consumed. */
  position = 0;
  type = 0;
  body: Uint8Array;
  bodyFrom = 0;
  bodyTo = 0;
  fault: CloseReason = CloseReason.none;
  readonly message = new IncomingMessage();

  private readonly buffer: Uint8Array;
  private stage: Stage = Stage.firstByte;
  private first = 0;
  private remaining = 0;
  private multiplier = 1;
  /** Bytes of the body that are consumed. */
  private consumed = 0;
  private headerSize = 0;

  /** `buffer` is the receive buffer: it holds any whole packet but a large PUBLISH, of which it holds the topic. */
  constructor(buffer: Uint8Array) {
    this.buffer = buffer;
    this.body = buffer;
  }

  /** True between two packets. */
  get atPacketStart(): boolean {
    return this.stage === Stage.firstByte;
  }

  /** Forgets a packet that was begun; for a new connection. */
  reset(): void {
    this.stage = Stage.firstByte;
    this.fault = CloseReason.none;
  }

  /** Reads on in `bytes[from..to)` up to one event. */
  next(bytes: Uint8Array, from: number, to: number): ParserEvent {
    this.position = from;
    for (;;) {
      switch (this.stage) {
        case Stage.firstByte:
          if (this.position === to) return ParserEvent.needMore;
          this.begin(bytes[this.position++]!);
          break;
        case Stage.length:
          if (this.position === to) return ParserEvent.needMore;
          this.readLength(bytes[this.position++]!);
          break;
        case Stage.body:
          return this.readBody(bytes, to);
        case Stage.publishHeader:
          if (!this.readPublishHeader(bytes, to)) return ParserEvent.needMore;
          break;
        case Stage.payload:
          return this.readPayload(bytes, to);
        case Stage.skip:
          return this.skip(bytes, to);
        default:
          return ParserEvent.fault;
      }
    }
  }

  private fail(reason: CloseReason): false {
    this.fault = reason;
    this.stage = Stage.failed;
    return false;
  }

  private begin(first: number): void {
    const type = first >> 4;
    this.first = first;
    this.type = type;
    this.remaining = 0;
    this.multiplier = 1;
    this.consumed = 0;
    this.stage = Stage.length;
    if (LENGTHS[type] === NEVER) {
      this.fail(CloseReason.unexpectedPacket);
    } else if (type !== PacketType.publish) {
      if (first & 15) this.fail(CloseReason.invalidFlags);
    } else {
      const qos = first & PublishFlag.qosMask;
      if (qos === PublishFlag.qosMask) this.fail(CloseReason.qos3);
      else if (qos === PublishFlag.qos2) this.fail(CloseReason.qos2);
      else if (qos === 0 && first & PublishFlag.dup) this.fail(CloseReason.dupWithQos0);
    }
  }

  private readLength(byte: number): void {
    this.remaining += (byte & 127) * this.multiplier;
    if (byte & 128) {
      this.multiplier *= 128;
      if (this.multiplier > 2097152) this.fail(CloseReason.lengthTooLong);
      return;
    }
    const length = LENGTHS[this.type]!;
    const isPublish = this.type === PacketType.publish;
    const shortest = isPublish && this.first & PublishFlag.qos1 ? 5 : 3;
    if (length === VARIES ? this.remaining < shortest : this.remaining !== length) {
      this.fail(CloseReason.invalidLength);
    } else if (this.remaining <= this.buffer.length) {
      this.stage = Stage.body;
    } else if (isPublish) {
      this.stage = Stage.publishHeader;
    } else {
      this.fail(CloseReason.invalidLength);
    }
  }

  private readBody(bytes: Uint8Array, to: number): ParserEvent {
    const at = this.position;
    const missing = this.remaining - this.consumed;
    if (this.consumed === 0 && to - at >= missing) {
      this.position = at + missing;
      this.stage = Stage.firstByte;
      return this.deliver(bytes, at, at + missing);
    }
    const end = to - at < missing ? to : at + missing;
    copyBytes(this.buffer, this.consumed, bytes, at, end);
    this.position = end;
    this.consumed += end - at;
    if (this.consumed < this.remaining) return ParserEvent.needMore;
    this.stage = Stage.firstByte;
    return this.deliver(this.buffer, 0, this.remaining);
  }

  private deliver(bytes: Uint8Array, from: number, to: number): ParserEvent {
    if (this.type !== PacketType.publish) {
      this.body = bytes;
      this.bodyFrom = from;
      this.bodyTo = to;
      return ParserEvent.packet;
    }
    if (!this.readTopic(bytes, from, to)) return ParserEvent.fault;
    const message = this.message;
    message.payload = bytes;
    message.payloadFrom = from + this.headerSize;
    message.payloadTo = to;
    message.offset = 0;
    return ParserEvent.message;
  }

  /** Reads topic and identifier of the PUBLISH whose body is `bytes[from..to)`, or begins so. */
  private readTopic(bytes: Uint8Array, from: number, to: number): boolean {
    const message = this.message;
    const topicTo = from + 2 + ((bytes[from]! << 8) | bytes[from + 1]!);
    const qos = (this.first >> 1) & 1;
    this.headerSize = topicTo - from + 2 * qos;
    if (from + this.headerSize > to) return this.fail(CloseReason.invalidLength);
    const fault = checkTopicName(bytes, from + 2, topicTo);
    if (fault !== TopicFault.none) return this.fail(topicReason(fault));
    message.topic = bytes;
    message.topicFrom = from + 2;
    message.topicTo = topicTo;
    message.total = this.remaining - this.headerSize;
    return this.describe(qos, qos === 0 ? 0 : (bytes[topicTo]! << 8) | bytes[topicTo + 1]!);
  }

  private describe(qos: number, packetId: number): boolean {
    const message = this.message;
    message.qos = qos;
    message.retain = (this.first & PublishFlag.retain) !== 0;
    message.dup = (this.first & PublishFlag.dup) !== 0;
    message.packetId = packetId;
    if (qos > 0 && packetId === 0) return this.fail(CloseReason.zeroPacketId);
    return true;
  }

  /** Returns false when the input is used up. */
  private readPublishHeader(bytes: Uint8Array, to: number): boolean {
    const buffer = this.buffer;
    while (this.consumed < 2 || this.consumed < this.headerSize) {
      if (this.position === to) return false;
      buffer[this.consumed++] = bytes[this.position++]!;
      if (this.consumed !== 2) continue;
      this.headerSize = 2 + ((buffer[0]! << 8) | buffer[1]!) + (this.first & PublishFlag.qos1);
      if (this.headerSize > this.remaining) {
        this.fail(CloseReason.invalidLength);
        return true;
      }
      if (this.headerSize > buffer.length) {
        this.message.packetId = 0;
        this.stage = Stage.skip;
        return true;
      }
    }
    if (this.readTopic(buffer, 0, this.remaining)) {
      this.message.offset = 0;
      this.message.payloadFrom = 0;
      this.message.payloadTo = 0;
      this.stage = Stage.payload;
    }
    return true;
  }

  private readPayload(bytes: Uint8Array, to: number): ParserEvent {
    const message = this.message;
    const at = this.position;
    if (at === to) return ParserEvent.needMore;
    let length = this.remaining - this.consumed;
    if (length > to - at) length = to - at;
    if (length > this.buffer.length) length = this.buffer.length;
    message.payload = bytes;
    message.payloadFrom = at;
    message.payloadTo = at + length;
    message.offset = this.consumed - this.headerSize;
    this.position = at + length;
    this.consumed += length;
    if (this.consumed === this.remaining) this.stage = Stage.firstByte;
    return ParserEvent.message;
  }

  private skip(bytes: Uint8Array, to: number): ParserEvent {
    const qos = (this.first >> 1) & 1;
    let packetId = this.message.packetId;
    while (this.position < to && this.consumed < this.remaining) {
      const byte = bytes[this.position++]!;
      const fromIdEnd = this.headerSize - this.consumed++;
      if (qos > 0 && fromIdEnd > 0 && fromIdEnd <= 2) packetId = ((packetId << 8) | byte) & 0xffff;
    }
    this.message.packetId = packetId;
    if (this.consumed < this.remaining) return ParserEvent.needMore;
    this.stage = Stage.firstByte;
    return this.describe(qos, packetId) ? ParserEvent.skipped : ParserEvent.fault;
  }
}

function topicReason(fault: TopicFault): CloseReason {
  switch (fault) {
    case TopicFault.empty:
      return CloseReason.emptyTopic;
    case TopicFault.nul:
      return CloseReason.nulInTopic;
    case TopicFault.wildcard:
      return CloseReason.wildcardInTopic;
    default:
      return CloseReason.malformedTopic;
  }
}
