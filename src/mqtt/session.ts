import { Counter, Deadline, FilterLayout, Layout, RecordLayout, Timestamp } from './layout.js';
import { numberOption } from './options.js';
import type { ConnectOptions, SessionOptions } from './options.js';
import {
  ConnectFlag,
  connectFlagsIndex,
  copyBytes,
  encodeConnect,
  FirstByte,
  packetSize,
  PacketType,
  writePublishHeader,
} from './packet.js';
import { Parser, ParserEvent } from './parser.js';
import type { IncomingMessage } from './parser.js';
import { CloseReason, isViolation, nextSessionState, Refusal, SessionEvent, SessionState, Step } from './state.js';
import { Subscriptions } from './subscriptions.js';
import { checkTopicFilter, TopicFault } from './topic.js';
import { TransmitArena, WriteResult } from './transmit-arena.js';
import { scanUtf8 } from './utf8.js';
import type { ViewedBytes } from './viewed-bytes.js';

/**
 * The events of a session. They are called from inside `open`, `receive`, `sent`, `tick`, `disconnect` and `lost`. A
 * handler may publish, subscribe and disconnect: these calls only queue packets. It must not call `receive` or `open`,
 * and must not throw: an error passes through the session to its caller, who then has to call `lost`.
 */
export interface SessionHandler {
  /** CONNACK accepted the connection. The session subscribes again by itself when `sessionPresent` is false. */
  onConnected(sessionPresent: boolean): void;

  /** A message, or a piece of one. QoS 1 is acknowledged after the call for its last piece. */
  onMessage(message: IncomingMessage): void;

  /**
   * A message was dropped because its topic of `topicLength` bytes did not fit the receive buffer. With QoS 1 it is
   * acknowledged all the same. `total` is the length of its payload in bytes.
   */
  onSkipped(topicLength: number, total: number): void;

  /** The PUBACK for `packetId` came. */
  onAcknowledged(packetId: number): void;

  /**
   * SUBACK: `returnCode` is the granted QoS, 0 to 2, which may differ from what was asked, or 0x80 when the broker
   * refused the filter. The session retries a refused filter by itself. Further refusals on the same connection are
   * counted but not reported; a later grant is reported.
   */
  onSubscribed(filter: Uint8Array, returnCode: number): void;

  onUnsubscribed(filter: Uint8Array): void;

  /**
   * A call was refused with `Refusal.full` or `Refusal.streaming`, and room has been freed since; perhaps not enough.
   */
  onRoom(): void;

  /** The connection has ended; the owner must close the transport. Called once for each connection. */
  onClosed(reason: CloseReason): void;
}

/** Conditions of a session that change while it runs. */
const enum Flag {
  disconnectQueued = 1,
  /** A handler is being called. */
  inHandler = 2,
  roomWanted = 4,
  roomFreed = 8,
  /** From the moment PINGREQ is queued until PINGRESP. */
  pinging = 16,
  /** PINGREQ waits to be written. */
  pingQueued = 32,
  /** The caller does not read, so answers of the broker cannot arrive and have no deadline. */
  paused = 64,
  /** A packet has been received in part. */
  midPacket = 256,
  /** The broker may have begun the packet that is being received before it got our last request. */
  backlog = 128,
  /** What CONNECT asked for. */
  cleanSession = 1024,
  /** The next message is only encoded: see `pass`. */
  passing = 2048,
  /** The last connection that was opened got no accepting CONNACK. Kept after the connection has ended. */
  unanswered = 512,
}

/** Bits of what `TransmitArena.sent` returns. */
const enum Written {
  request = (1 << PacketType.subscribe) | (1 << PacketType.unsubscribe),
  pingreq = 1 << PacketType.pingreq,
  disconnect = 1 << PacketType.disconnect,
  watched = request | pingreq | disconnect,
}

const enum SizeLimit {
  buffer = 268435455,
  milliseconds = 3600000,
}

/** The largest number that a word holds. */
const MOST = 0xffffffff;

/**
 * An MQTT 3.1.1 client session as a pure state machine for QoS 0 and 1: bytes in, events out, bytes out.
 *
 * The caller owns time and I/O. It opens a transport, then calls `open`; passes received bytes to `receive`; writes the
 * bytes that `next` offers, and reports with `sent` how many the transport took; calls `tick` no later than `deadline`;
 * and calls `lost` when the transport has closed. Times are milliseconds of one monotonic clock. State and transitions
 * are described in state.ts. Nothing here allocates after construction.
 */
export class Session {
  /** After `next`: the bytes to write are `output[outputFrom..outputTo)`. */
  output: Uint8Array;
  outputFrom = 0;
  outputTo = 0;

  /** For payload-stream.ts, persistence.ts and set-aside.ts alone. */
  readonly arena: TransmitArena;

  private readonly handler: SessionHandler;
  /** By `Layout`; the counters come first. */
  private readonly words: Uint32Array;
  private readonly parser: Parser;
  private readonly subscriptions: Subscriptions;
  /** By `Deadline` and `Timestamp`. */
  private readonly times: Float64Array;
  /** For the next connection. */
  private connectPacket: Uint8Array;
  private state: SessionState = SessionState.idle;
  private flags = 0;

  /**
   * `memory` is what will write `output`; with its `allocate` it makes the buffer for that, of `size` bytes or more.
   * Throws a RangeError that names the option for sizes, times and CONNECT fields outside their limits.
   */
  constructor(options: SessionOptions, handler: SessionHandler, memory?: { allocate?(size: number): ArrayBuffer }) {
    const received = numberOption(options.receiveBufferSize, 'receiveBufferSize', 512, 16, SizeLimit.buffer);
    const ring = numberOption(options.transmitArenaSize, 'transmitArenaSize', 512, 16, SizeLimit.buffer);
    const draft = numberOption(options.draftSize, 'draftSize', 0, 0, SizeLimit.buffer);
    const maxInFlight = numberOption(options.maxInFlight, 'maxInFlight', 8, 1, 65534);
    const queued = numberOption(options.maxQueued, 'maxQueued', 8, 1, 65535);
    const pubacks = numberOption(options.maxPendingAcknowledgements, 'maxPendingAcknowledgements', 8, 1, 65535);
    const filters = numberOption(options.maxSubscriptions, 'maxSubscriptions', 8, 0, 65535);
    const perPacket = numberOption(options.maxFiltersPerPacket, 'maxFiltersPerPacket', 8, 1, 1000);
    const records = Layout.subscriptions + filters * FilterLayout.size;
    const count = records + RecordLayout.size * (maxInFlight + queued);
    // Behind the ring there is room for the PUBACKs, a PINGREQ and a DISCONNECT.
    const draftFrom = ring + 4 * pubacks + 4;
    // Times, words and bytes in one buffer, since on XS each takes three slots.
    const wordsFrom = 8 * Timestamp.count;
    const bytesFrom = wordsFrom + 4 * count;
    const size = bytesFrom + draftFrom + draft;
    const buffer = memory?.allocate?.(size) ?? new ArrayBuffer(size);
    this.times = new Float64Array(buffer, 0, Timestamp.count).fill(Infinity);
    const words = new Uint32Array(buffer, wordsFrom, count);
    const bytes: ViewedBytes = new Uint8Array(buffer, bytesFrom);
    bytes.view = new DataView(buffer, bytesFrom);
    words[Layout.ring] = ring;
    words[Layout.maxInFlight] = maxInFlight;
    words[Layout.head] = words[Layout.records] = records;
    words[Layout.recordsEnd] = count;
    // A SUBACK of more codes would not fit the receive buffer.
    words[Layout.filtersPerPacket] = Math.min(perPacket, received - 2);
    words[Layout.timeouts + Deadline.connack] = timeOption(options.connackTimeout, 'connackTimeout', 10000);
    words[Layout.timeouts + Deadline.pingresp] = timeOption(options.pingrespTimeout, 'pingrespTimeout', 10000);
    words[Layout.timeouts + Deadline.suback] = timeOption(options.subackTimeout, 'subackTimeout', 10000);
    const retry = timeOption(options.subscribeRetryMinimum, 'subscribeRetryMinimum', 10000);
    const most = options.subscribeRetryMaximum;
    words[Layout.retryMinimum] = retry;
    words[Layout.retryMaximum] = numberOption(most, 'subscribeRetryMaximum', 600000, retry, SizeLimit.milliseconds);
    words[Layout.timeouts + Deadline.stall] = timeOption(options.stallTimeout, 'stallTimeout', 20000);
    words[Layout.timeouts + Deadline.closing] = timeOption(options.closingTimeout, 'closingTimeout', 2000);
    words[Layout.probeTimeout] = numberOption(options.probeTimeout, 'probeTimeout', 10000, 0, SizeLimit.milliseconds);
    const puback = numberOption(options.pubackTimeout, 'pubackTimeout', 60000, 0, SizeLimit.milliseconds);
    words[Layout.pubackTimeout] = words[Layout.pubackPatience] = puback;
    words[Layout.backlogTimeout] = timeOption(options.backlogTimeout, 'backlogTimeout', 300000);
    words[Layout.minReceiveRate] = numberOption(options.minReceiveRate, 'minReceiveRate', 100, 1, 1000000);
    this.handler = handler;
    this.words = words;
    words[Layout.draft] = draftFrom;
    words[Layout.end] = draftFrom + draft;
    this.arena = new TransmitArena(bytes, words);
    this.connectPacket = this.output = encodeConnect(options);
    words[Layout.jitter] = seedOf(this.output);
    this.parser = new Parser(new Uint8Array(received));
    this.subscriptions = new Subscriptions(words, filters);
  }

  /**
   * Sets the fields of CONNECT for the next connection, for example new credentials. Throws a RangeError that names the
   * option when one is invalid; then nothing is changed.
   */
  configure(options: ConnectOptions): void {
    this.connectPacket = encodeConnect(options);
  }

  get connected(): boolean {
    return this.state === SessionState.connected;
  }

  /**
   * An array in which the caller may write a topic and a payload before it publishes them: in the `draftSize` bytes (an
   * option) from `draftFrom` on. It is the array of the transmit arena, so that one native `copyWithin` copies each.
   * The session itself never uses this range.
   */
  get draft(): Uint8Array {
    return this.arena.bytes;
  }

  /** See `draft`. */
  get draftFrom(): number {
    return this.words[Layout.draft]!;
  }

  /** True when no connection is open. */
  get idle(): boolean {
    return this.state === SessionState.idle;
  }

  /** The return code of the last CONNACK (MQTT 3.1.1, 3.2.2.3). */
  get returnCode(): number {
    return this.words[Layout.returnCode]!;
  }

  /** QoS 1 messages without a PUBACK. */
  get inFlight(): number {
    return this.words[Layout.inFlight]!;
  }

  /** The value of a counter since construction or the last `resetCounters`; it wraps at 2^32. */
  counter(counter: Counter): number {
    return this.words[counter]!;
  }

  /** Sets all counters to 0. */
  resetCounters(): void {
    this.words.fill(0, 0, Counter.count);
  }

  /**
   * True when every packet is written, every message acknowledged and every subscription answered, so that `disconnect`
   * loses nothing.
   */
  get drained(): boolean {
    const words = this.words;
    return (
      words[Layout.cursor] === words[Layout.count] &&
      words[Layout.inFlight] === 0 &&
      words[Layout.pendingId] === 0 &&
      !this.arena.controlWaits &&
      !this.subscriptions.due
    );
  }

  /**
   * With true, the session sends the next packet only when no QoS 1 message waits for its PUBACK. If the broker then
   * closes the connection, it is certain which message it closed it at.
   */
  set oneAtATime(value: boolean) {
    this.words[Layout.oneAtATime] = value ? 1 : 0;
  }

  /**
   * Limits how many PUBLISH packets, and how many bytes of them, `next` offers until `allow` is called again; Infinity
   * is no limit. With `anySize` the first packet may be longer than `bytes`. A packet that was begun is finished. See
   * `held`.
   */
  allow(messages: number, bytes: number, anySize: boolean): void {
    const words = this.words;
    words[Layout.paced] = 1;
    words[Layout.held] = 0;
    words[Layout.allowedSize] = anySize ? 1 : 0;
    words[Layout.allowedMessages] = messages < MOST ? messages : MOST;
    words[Layout.allowedBytes] = bytes < MOST ? bytes : MOST;
  }

  /** True when the last `next` held a packet back because of the limits given to `allow`. */
  get held(): boolean {
    return this.words[Layout.held]! > 0;
  }

  /** Packets that wait to be written, including one that is partly written. */
  get unwritten(): number {
    return this.words[Layout.count]! - this.words[Layout.cursor]!;
  }

  /** Bytes of the PUBLISH packets written since the first call of `allow`; wraps at 2^32. */
  get publishedBytes(): number {
    return this.words[Layout.publishedBytes]!;
  }

  /** The latest time at which `tick` must be called; Infinity when there is nothing to wait for. */
  get deadline(): number {
    const times = this.times;
    return Math.min(
      this.pingDue,
      this.pubackDue,
      times[Timestamp.retryAt]!,
      times[Deadline.connack]!,
      times[Deadline.pingresp]!,
      times[Deadline.suback]!,
      times[Deadline.stall]!,
      times[Deadline.closing]!,
    );
  }

  /** The transport is open. Returns 0, or `Refusal.wrongState` when a connection is open already. */
  open(now: number): number {
    if (this.flags & Flag.inHandler || !this.step(SessionEvent.open)) return this.refuse(Refusal.wrongState);
    this.resetConnection(now);
    this.words[Counter.connections]!++;
    this.request(Deadline.connack, now);
    this.tellRoom();
    return 0;
  }

  /** Publishes the whole array `payload` under the topic name `topic`. See `publishRange`. */
  publish(topic: Uint8Array, payload: Uint8Array, qos: number, retain: boolean): number {
    return this.publishRange(topic, 0, topic.length, payload, 0, payload.length, qos, retain);
  }

  /**
   * Publishes the payload `payload[payloadFrom..payloadTo)`, which may be empty, under `topic[topicFrom..topicTo)`.
   * The bytes are copied. QoS 1 is also taken while there is no connection, and kept until its PUBACK.
   * Returns the packet identifier with QoS 1, 0 with QoS 0, or a `Refusal`. A larger payload goes out with
   * `publishStream`.
   */
  publishRange(
    topic: Uint8Array,
    topicFrom: number,
    topicTo: number,
    payload: Uint8Array,
    payloadFrom: number,
    payloadTo: number,
    qos: number,
    retain: boolean,
  ): number {
    const arena = this.arena;
    const bytes = arena.bytes;
    const topicLength = topicTo - topicFrom;
    const length = payloadTo - payloadFrom;
    const rest = topicLength + length + (qos > 0 ? 4 : 2);
    const size = rest < 128 ? rest + 2 : packetSize(rest);
    const refusal = this.admit(topicLength, qos, size);
    if (refusal < 0) return this.refuse(refusal);
    let start = arena.room(size);
    if (start < 0) return this.refuse(Refusal.full);
    const passing = qos === 0 && (this.flags & Flag.passing) !== 0;
    if (passing && size <= bytes.length - this.words[Layout.end]!) start = this.words[Layout.end]!;
    const packetId = qos > 0 ? arena.nextPacketId() : 0;
    const at = writePublishHeader(bytes, start, topic, topicFrom, topicTo, qos, retain, packetId, length);
    // Checked after copying, because the arena can be read in 32-bit words.
    const topicEnd = qos > 0 ? at - 2 : at;
    if (scanUtf8(bytes, topicEnd - topicLength, topicEnd) !== 0) return this.refuse(Refusal.invalidTopic);
    if (payloadFrom === 0 && length === payload.length) bytes.set(payload, at);
    else copyBytes(bytes, at, payload, payloadFrom, payloadTo);
    if (passing) {
      this.output = bytes;
      this.outputFrom = start;
      this.outputTo = start + size;
    } else arena.commit(start, start + size, packetId);
    return packetId;
  }

  /**
   * Call this just before publishing a QoS 0 message. True means that nothing is queued before it, so `publish` encodes
   * it without queueing it. If `publish` succeeds, write `output` to the transport at once and call `passed`.
   */
  pass(): boolean {
    const words = this.words;
    if (
      words[Layout.cursor] !== words[Layout.count] ||
      words[Layout.controlFrom] !== words[Layout.controlTo] ||
      words[Layout.mayBeDue] !== 0 ||
      (words[Layout.oneAtATime] !== 0 && words[Layout.awaitingPuback] !== 0) ||
      this.state !== SessionState.connected
    ) {
      // It is still there when the last call of `publish` threw.
      this.flags &= ~Flag.passing;
      return false;
    }
    this.flags |= Flag.passing;
    return true;
  }

  /** Like `sent`, for the message that `pass` announced: bytes that the transport did not take are queued. */
  passed(count: number, now: number): boolean {
    const from = this.outputFrom;
    const size = this.outputTo - from;
    this.flags &= ~Flag.passing;
    this.outputTo = from;
    if (count === size) {
      this.words[Counter.sent + PacketType.publish]!++;
      this.times[Timestamp.lastSent] = now;
      return true;
    }
    const arena = this.arena;
    const start = arena.room(size);
    arena.bytes.copyWithin(start, from, from + size);
    arena.commit(start, start + size, 0);
    this.next(now);
    return this.sent(count, now);
  }

  /**
   * Returns 0, or the `Refusal` for a PUBLISH that needs at least `size` bytes in the arena. Checks neither the free
   * room in the arena nor the bytes of the topic. Queues a subscription that is due, so that it goes before the
   * PUBLISH.
   */
  admit(topicLength: number, qos: number, size: number): number {
    const words = this.words;
    const state = this.state;
    if (qos !== 0 && qos !== 1) return Refusal.invalidQos;
    if (topicLength <= 0 || topicLength > 65535) return Refusal.invalidTopic;
    if (state !== SessionState.connected) {
      if (state === SessionState.disconnecting) return Refusal.wrongState;
      if (qos === 0) return Refusal.notConnected;
    }
    if (size > words[Layout.ring]!) return Refusal.tooLarge;
    if (qos === 1 && words[Layout.inFlight]! >= words[Layout.maxInFlight]!) return Refusal.full;
    // A busy publisher must not take the room that a subscription waits for.
    if (words[Layout.mayBeDue] === 0 || state !== SessionState.connected) return 0;
    const subscriptions = this.subscriptions;
    return subscriptions.due && !subscriptions.encode(this.arena) ? Refusal.full : 0;
  }

  /** Room was freed in the arena, for set-aside.ts. */
  roomFreed(): void {
    this.flags |= Flag.roomFreed;
    if ((this.flags & Flag.inHandler) === 0) this.tellRoom();
  }

  /** Counts a refusal and returns it. */
  refuse(refusal: number): number {
    this.words[Counter.refused]!++;
    this.flags &= ~Flag.passing;
    if (refusal === Refusal.full || refusal === Refusal.streaming) this.flags |= Flag.roomWanted;
    return refusal;
  }

  /** The source of a streamed payload has bytes again after it returned 0; the next call of `next` reads them. */
  sourceReady(now: number): void {
    if (this.times[Deadline.stall] !== Infinity) this.arm(Deadline.stall, now);
  }

  /**
   * Subscribes to `filter`, now or as soon as there is a connection, and again whenever the broker has lost the
   * session. Subscribing again to the same filter changes its QoS. The array is kept, not copied; it must not change.
   * Returns 0 or a `Refusal`; the broker's answer comes as `onSubscribed`.
   */
  subscribe(filter: Uint8Array, qos: number): number {
    let result: number = qos === 0 || qos === 1 ? this.checkFilter(filter) : Refusal.invalidQos;
    if (result === 0) result = this.subscriptions.want(filter, qos);
    return result < 0 ? this.refuse(result) : result;
  }

  /**
   * Unsubscribes from `filter`, even if an earlier run of the program subscribed to it; then the array is kept until
   * the answer. Returns 0 or a `Refusal`; the answer comes as `onUnsubscribed`.
   */
  unsubscribe(filter: Uint8Array): number {
    let result = this.checkFilter(filter);
    if (result === 0) result = this.subscriptions.unwant(filter);
    return result < 0 ? this.refuse(result) : result;
  }

  /**
   * Removes the subscription to `filter` without sending UNSUBSCRIBE, because the next connection goes to another
   * broker. Returns false and does nothing if there is no such subscription, or while a connection is open.
   */
  forget(filter: Uint8Array): boolean {
    return this.idle && this.subscriptions.forget(filter);
  }

  /**
   * Processes the received bytes `bytes[from..to)` at time `now`. Returns how many bytes were consumed. That is fewer
   * than offered when a PUBACK must be written first (write what `next` offers, then offer the rest again), after
   * `pause`, or when the connection has ended. A call from inside a handler consumes nothing.
   */
  receive(bytes: Uint8Array, from: number, to: number, now: number): number {
    const words = this.words;
    const flags = this.flags;
    if (flags & Flag.inHandler) {
      words[Counter.reentered]!++;
      return 0;
    }
    if (from === to) return 0;
    const parser = this.parser;
    const began = (flags & Flag.midPacket) !== 0;
    let midPacket = began;
    let completed = false;
    let at = from;
    let event: ParserEvent;
    this.times[Timestamp.lastReceived] = now;
    this.flags = flags | Flag.inHandler;
    try {
      while (at < to && this.state !== SessionState.idle && (this.flags & Flag.paused) === 0) {
        if (
          (bytes[at]! & FirstByte.typeAndQos) === FirstByte.publishQos1 &&
          !midPacket &&
          !this.arena.hasRoomForPuback
        ) {
          break;
        }
        event = parser.next(bytes, at, to);
        at = parser.position;
        if (event === ParserEvent.puback && this.state === SessionState.connected) {
          midPacket = false;
          completed = true;
          words[Counter.received + PacketType.puback]!++;
          this.processPuback(parser.packetId, now);
          continue;
        }
        midPacket = !parser.atPacketStart;
        if (event === ParserEvent.needMore) break;
        if (!midPacket) {
          completed = true;
          words[Counter.received + parser.type]!++;
        }
        this.process(event, now);
      }
    } finally {
      this.flags &= ~Flag.inHandler;
    }
    if (began || midPacket) this.progress(at - from, began, completed, midPacket, now);
    if (this.flags & Flag.roomFreed) this.tellRoom();
    return at - from;
  }

  /**
   * Sets `output` to the bytes to write next. Returns false when there are none, or none may be written now. The same
   * bytes are offered until `sent` is called; call nothing else between `next` and `sent`, since it may move the bytes.
   */
  next(now: number): boolean {
    const words = this.words;
    const times = this.times;
    if (
      words[Layout.cursor] === words[Layout.count] &&
      words[Layout.controlFrom] === words[Layout.controlTo] &&
      words[Layout.mayBeDue] === 0 &&
      this.state === SessionState.connected
    ) {
      this.outputTo = this.outputFrom;
      times[Deadline.stall] = Infinity;
      return false;
    }
    const found = this.findOutput();
    if (this.state === SessionState.idle) return false;
    if (!found) this.outputTo = this.outputFrom;
    // Half a packet whose source has nothing is waiting as well.
    if (!found && !(this.arena.stream && this.arena.midPacket)) times[Deadline.stall] = Infinity;
    else if (times[Deadline.stall] === Infinity) times[Deadline.stall] = now + words[Layout.timeouts + Deadline.stall]!;
    return found;
  }

  /**
   * Reports that the transport took the first `count` of the bytes that `next` offered, at time `now`. Returns true
   * when these were all; then call `next` again. False means that the transport is full; continue when it has room.
   */
  sent(count: number, now: number): boolean {
    const all = count === this.outputTo - this.outputFrom;
    if (count === 0 || this.outputFrom === this.outputTo || this.state === SessionState.idle) return all;
    const words = this.words;
    const times = this.times;
    times[Timestamp.lastSent] = now;
    times[Deadline.stall] = now + words[Layout.timeouts + Deadline.stall]!;
    if (this.state === SessionState.connecting) {
      this.outputFrom += count;
      if (all) words[Counter.sent + PacketType.connect]!++;
      return all;
    }
    this.outputTo = this.outputFrom;
    const awaited = words[Layout.awaitingPuback]!;
    const types = this.arena.sent(count, now);
    if (awaited === 0 && words[Layout.awaitingPuback]! > 0) times[Timestamp.awaitingSince] = now;
    if (types & Written.watched) this.watch(types, now);
    if (types & WriteResult.roomFreed && this.flags & Flag.roomWanted) this.roomFreed();
    return all;
  }

  /**
   * Starts the deadlines of requests that were written, and ends the connection after DISCONNECT. For `types` see
   * `TransmitArena.sent`.
   */
  private watch(types: number, now: number): void {
    if (types & Written.request && !(this.flags & Flag.paused)) this.request(Deadline.suback, now);
    if (types & Written.pingreq) {
      this.flags &= ~Flag.pingQueued;
      if (this.flags & Flag.paused) this.flags &= ~Flag.pinging;
      else this.request(Deadline.pingresp, now);
    }
    if (types & Written.disconnect) {
      this.step(SessionEvent.disconnected);
      this.over(CloseReason.requested);
    }
  }

  /** Does what is due at time `now`: queues a PINGREQ, or ends a connection whose deadline has passed. */
  tick(now: number): void {
    if (this.state === SessionState.idle) return;
    for (let i = 0; i < Deadline.count; i++) {
      if (this.times[i]! <= now) return this.close(CloseReason.connackTimeout + i, SessionEvent.failed);
    }
    if (this.pubackDue <= now) {
      // A PUBACK may come behind the packet that is being received.
      if ((this.flags & Flag.midPacket) === 0) return this.giveUpWaiting();
      this.times[Timestamp.awaitingSince] = now;
    }
    if (this.pingDue <= now) {
      this.flags |= Flag.pinging | Flag.pingQueued;
      this.arena.control(PacketType.pingreq, 0);
    }
    if (this.times[Timestamp.retryAt]! <= now) this.times[Timestamp.retryAt] = this.subscriptions.retry(now);
  }

  /**
   * Ends the connection with DISCONNECT, after a packet that is partly written. Unacknowledged messages stay in the
   * session; wait for `drained` first if they must be delivered on this connection. `onClosed` follows. Returns 0, or
   * `Refusal.wrongState` when there is no connection.
   */
  disconnect(now: number): number {
    const state = this.state;
    if (state === SessionState.idle || !this.step(SessionEvent.disconnect)) {
      return this.refuse(Refusal.wrongState);
    }
    // Before CONNACK a broker need not read DISCONNECT, so none is sent.
    if (state === SessionState.connecting) this.over(CloseReason.requested);
    else this.arm(Deadline.closing, now);
    return 0;
  }

  /**
   * The caller stops reading the transport: `receive` consumes nothing until `resume`. Answers of the broker have no
   * deadline meanwhile. PINGREQ is still sent when nothing else is, to keep the connection alive. A new connection is
   * not paused.
   */
  pause(now: number): void {
    if (this.flags & Flag.paused) return;
    this.flags |= Flag.paused;
    this.forgetAnswers(now);
  }

  /** The caller reads the transport again; the deadlines of answers start anew. */
  resume(now: number): void {
    if ((this.flags & Flag.paused) === 0) return;
    this.flags &= ~Flag.paused;
    this.forgetAnswers(now);
    const pendingId = this.words[Layout.pendingId]!;
    this.times[Timestamp.awaitingSince] = now;
    if (!this.idle && pendingId !== 0 && !this.arena.has(pendingId)) this.request(Deadline.suback, now);
  }

  /**
   * Subscribes to all filters again on the next connection, whatever its Session Present says. Call this when the
   * broker closed the connection: it does so when another client uses the same identifier, and the session may then be
   * that client's.
   */
  resubscribe(): void {
    this.subscriptions.connected(false);
  }

  /** The transport has closed. */
  lost(): void {
    this.close(CloseReason.transportLost, SessionEvent.failed);
  }

  /** The only place that resets the state of a connection. Runs at every `open`. */
  private resetConnection(now: number): void {
    const times = this.times;
    const packet = this.connectPacket;
    const flagsAt = connectFlagsIndex(packet);
    const cleanSession = (packet[flagsAt]! & ConnectFlag.cleanSession) !== 0;
    const keepAliveSeconds = (packet[flagsAt + 1]! << 8) | packet[flagsAt + 2]!;
    this.output = packet;
    this.outputFrom = 0;
    this.outputTo = packet.length;
    this.words[Layout.returnCode] = 0;
    // The broker may have made a new session at a CONNECT whose CONNACK was lost. The next CONNACK says Session Present
    // then, but nothing is subscribed.
    if (this.flags & Flag.unanswered) this.subscriptions.connected(false);
    this.flags = (this.flags & (Flag.roomWanted | Flag.roomFreed)) | Flag.unanswered;
    if (cleanSession) this.flags |= Flag.cleanSession;
    times.fill(Infinity);
    times[Timestamp.lastSent] = now;
    times[Timestamp.lastReceived] = now;
    // Three quarters of the keep alive leave a sleeping radio enough time before the broker's limit of one and a half.
    if (keepAliveSeconds > 0) times[Timestamp.pingInterval] = keepAliveSeconds * 750;
    this.parser.reset();
    this.subscriptions.reset();
    const words = this.words;
    const arena = this.arena;
    const before = words[Layout.count]!;
    const streaming = arena.stream !== undefined;
    words[Layout.imported] = 0;
    words[Counter.redelivered]! += arena.rewind(cleanSession);
    if (words[Layout.count]! < before || (streaming && !arena.stream)) this.flags |= Flag.roomFreed;
  }

  /**
   * When PINGREQ is due: when either direction has been idle for the interval. Sending alone does not put it off, since
   * bytes into a dead connection prove nothing; receiving alone does not either, since the broker counts what it
   * receives. A message that waits for PUBACK on a silent link brings it forward.
   */
  private get pingDue(): number {
    const times = this.times;
    const flags = this.flags;
    if (this.state !== SessionState.connected || flags & (Flag.pinging | Flag.pingQueued)) return Infinity;
    const sent = times[Timestamp.lastSent]!;
    const received = times[Timestamp.lastReceived]!;
    if (flags & Flag.paused) return sent + times[Timestamp.pingInterval]!;
    const due = (sent < received ? sent : received) + times[Timestamp.pingInterval]!;
    const words = this.words;
    if (words[Layout.awaitingPuback] === 0) return due;
    const probeTimeout = words[Layout.probeTimeout]!;
    if (probeTimeout === 0) return due;
    const since = times[Timestamp.awaitingSince]!;
    const probe = (since > received ? since : received) + probeTimeout;
    return probe < due ? probe : due;
  }

  /** When the oldest message has waited for its PUBACK for too long. */
  private get pubackDue(): number {
    const words = this.words;
    if (words[Layout.awaitingPuback] === 0) return Infinity;
    const patience = words[Layout.pubackPatience]!;
    if (patience === 0 || this.flags & Flag.paused) return Infinity;
    return this.state === SessionState.connected ? this.times[Timestamp.awaitingSince]! + patience : Infinity;
  }

  /** Ends the connection because the oldest message got no PUBACK; the next connection sends it again. */
  private giveUpWaiting(): void {
    const words = this.words;
    const patience = 2 * words[Layout.pubackPatience]!;
    words[Layout.pubackPatience] = patience < SizeLimit.milliseconds ? patience : SizeLimit.milliseconds;
    this.close(CloseReason.pubackTimeout, SessionEvent.failed);
  }

  /** Starts the deadline of an answer. Packets that the broker had begun or queued before may arrive first. */
  private request(deadline: Deadline, now: number): void {
    this.arm(deadline, now);
    this.times[Timestamp.backlogEnd] = now + this.words[Layout.backlogTimeout]!;
    this.flags |= Flag.backlog;
  }

  /**
   * Moves the deadlines of answers, which can only arrive behind the packet that is being received. `count` bytes
   * arrived; with `began` the first of them continue a packet, with `midPacket` the last of them belong to an
   * incomplete one.
   */
  private progress(count: number, began: boolean, completed: boolean, midPacket: boolean, now: number): void {
    const words = this.words;
    const times = this.times;
    let flags = this.flags & ~Flag.midPacket;
    let counts = began && (flags & Flag.backlog) !== 0;
    if (midPacket) flags |= Flag.midPacket;
    if (midPacket && (completed || !began)) {
      const mayBeOld = now <= times[Timestamp.backlogEnd]!;
      flags = mayBeOld ? flags | Flag.backlog : flags & ~Flag.backlog;
      if (mayBeOld) counts = true;
    }
    this.flags = flags;
    if (began && completed) this.awaitBehind(now);
    if (!counts) return;
    const paid = (count * 1000) / words[Layout.minReceiveRate]!;
    for (let i = Deadline.pingresp as number; i <= Deadline.suback; i++) {
      const deadline = times[i]!;
      if (deadline === Infinity) continue;
      const latest = now + words[Layout.timeouts + i]!;
      times[i] = deadline + paid < latest ? deadline + paid : latest > deadline ? latest : deadline;
    }
  }

  /** A PUBACK that comes right behind a packet which came in parts has the time of a PINGRESP from its last byte on. */
  private awaitBehind(now: number): void {
    const words = this.words;
    const patience = words[Layout.pubackPatience]!;
    const time = words[Layout.timeouts + Deadline.pingresp]!;
    const since = time < patience ? now + time - patience : now;
    if (this.times[Timestamp.awaitingSince]! < since) this.times[Timestamp.awaitingSince] = since;
  }

  /** 0, or the `Refusal` for a topic filter that cannot be sent in SUBSCRIBE or UNSUBSCRIBE. */
  private checkFilter(filter: Uint8Array): number {
    const length = filter.length;
    if (checkTopicFilter(filter, 0, length) !== TopicFault.none) return Refusal.invalidTopic;
    return packetSize(2 + 2 + length + 1) > this.words[Layout.ring]! ? Refusal.tooLarge : 0;
  }

  private forgetAnswers(now: number): void {
    const times = this.times;
    this.flags &= ~Flag.pinging;
    times[Timestamp.lastReceived] = now;
    times[Deadline.pingresp] = Infinity;
    times[Deadline.suback] = Infinity;
  }

  private arm(deadline: Deadline, now: number): void {
    this.times[deadline] = now + this.words[Layout.timeouts + deadline]!;
  }

  private step(event: SessionEvent): boolean {
    const next = nextSessionState(this.state, event);
    if (next === Step.illegal) return false;
    this.state = next;
    return true;
  }

  private close(reason: CloseReason, event: SessionEvent): void {
    if (!this.step(event)) return;
    if (isViolation(reason)) this.words[Counter.malformed]!++;
    this.over(reason);
  }

  private over(reason: CloseReason): void {
    this.times.fill(Infinity, 0, Deadline.count);
    this.times[Timestamp.retryAt] = Infinity;
    this.outputTo = this.outputFrom;
    this.handler.onClosed(reason);
  }

  private tellRoom(): void {
    const flags = this.flags;
    if ((flags & Flag.roomFreed) === 0) return;
    this.flags = flags & ~(Flag.roomFreed | Flag.roomWanted);
    if ((flags & Flag.roomWanted) === 0) return;
    this.flags |= Flag.inHandler;
    try {
      this.handler.onRoom();
    } finally {
      this.flags &= ~Flag.inHandler;
    }
  }

  private findOutput(): boolean {
    const state = this.state;
    if (state === SessionState.idle) return false;
    if (state === SessionState.connecting) return this.outputFrom < this.outputTo;
    const words = this.words;
    const arena = this.arena;
    const ending = state === SessionState.disconnecting;
    if ((ending || words[Layout.mayBeDue]! > 0) && !arena.midPacket && !arena.controlWaits) {
      if (!ending) this.subscriptions.encode(arena);
      else if ((this.flags & Flag.disconnectQueued) === 0) {
        this.flags |= Flag.disconnectQueued;
        arena.control(PacketType.disconnect, 0);
      }
    }
    const found = arena.next(ending);
    if (found < 0) this.close(CloseReason.payloadSourceFailed, SessionEvent.failed);
    if (found <= 0) return false;
    this.output = arena.bytes;
    this.outputFrom = words[Layout.from]!;
    this.outputTo = words[Layout.to]!;
    return true;
  }

  private process(event: ParserEvent, now: number): void {
    const parser = this.parser;
    const state = this.state;
    if (event === ParserEvent.message && state === SessionState.connected) this.handler.onMessage(parser);
    else {
      if (event === ParserEvent.fault) return this.close(parser.fault, SessionEvent.failed);
      if (event === ParserEvent.packet && parser.type === PacketType.connack) return this.processConnack();
      // By SessionEvent.packet; the state stays what it is.
      if (state !== SessionState.connected && state !== SessionState.disconnecting) {
        return this.close(CloseReason.firstPacketNotConnack, SessionEvent.failed);
      }
      if (event === ParserEvent.packet) return this.processPacket(now);
      if (event === ParserEvent.puback) return this.processPuback(parser.packetId, now);
      if (state === SessionState.disconnecting) return;
      this.words[Counter.skipped]!++;
      this.handler.onSkipped(parser.topicTo - parser.topicFrom, parser.total);
    }
    if (parser.qos === 0 || !parser.atPacketStart) return;
    // Also after the handler called `disconnect`: a message that it got is acknowledged before DISCONNECT.
    if ((this.flags & Flag.disconnectQueued) === 0 && this.state !== SessionState.idle) {
      this.arena.control(PacketType.puback, parser.packetId);
    }
  }

  private processPacket(now: number): void {
    const parser = this.parser;
    const body = parser.payload;
    const at = parser.payloadFrom;
    const type = parser.type;
    if (type === PacketType.pingresp) {
      // A PINGRESP that arrives before PINGREQ was written answers nothing.
      if (this.flags & Flag.pingQueued) return;
      this.flags &= ~Flag.pinging;
      this.times[Deadline.pingresp] = Infinity;
      return;
    }
    const packetId = (body[at]! << 8) | body[at + 1]!;
    if (packetId === 0) return this.close(CloseReason.zeroPacketId, SessionEvent.failed);
    this.processSuback(packetId, type === PacketType.suback, now);
  }

  private processConnack(): void {
    const parser = this.parser;
    const flags = parser.payload[parser.payloadFrom]!;
    const code = parser.payload[parser.payloadFrom + 1]!;
    const sessionPresent = flags === 1;
    let fault = CloseReason.none;
    if (this.state !== SessionState.connecting) fault = CloseReason.secondConnack;
    else if (this.outputFrom < this.outputTo) fault = CloseReason.unexpectedPacket;
    else if (flags > 1 || code > 5) fault = CloseReason.invalidConnack;
    else if (sessionPresent && ((this.flags & Flag.cleanSession) !== 0 || code !== 0))
      fault = CloseReason.unexpectedSessionPresent;
    if (fault !== CloseReason.none) return this.close(fault, SessionEvent.failed);
    this.words[Layout.returnCode] = code;
    if (code !== 0) return this.close(CloseReason.refused, SessionEvent.refused);
    this.step(SessionEvent.accepted);
    this.flags &= ~Flag.unanswered;
    this.times[Deadline.connack] = Infinity;
    this.subscriptions.connected(sessionPresent);
    this.handler.onConnected(sessionPresent);
  }

  private processPuback(packetId: number, now: number): void {
    const words = this.words;
    const times = this.times;
    const arena = this.arena;
    const latency = arena.acknowledge(packetId, now);
    if (latency < 0) {
      if (packetId === 0) return this.close(CloseReason.zeroPacketId, SessionEvent.failed);
      words[Counter.unknownAcknowledgements]!++;
      return;
    }
    // Time in which no PUBACK could arrive does not count for the messages behind this one either.
    const since = words[Layout.awaitingPuback] === 0 ? now : now - arena.oldestAge(now);
    if (times[Timestamp.awaitingSince]! < since) times[Timestamp.awaitingSince] = since;
    const inTime = words[Layout.pubackTimeout]!;
    if (latency <= inTime) words[Layout.pubackPatience] = inTime;
    const before = words[Counter.latencyCount]!;
    words[Counter.latencyCount] = before + 1;
    words[Counter.latencySum]! += latency;
    if (before === 0 || latency < words[Counter.latencyMinimum]!) words[Counter.latencyMinimum] = latency;
    if (latency > words[Counter.latencyMaximum]!) words[Counter.latencyMaximum] = latency;
    if (this.flags & Flag.roomWanted) this.flags |= Flag.roomFreed;
    this.handler.onAcknowledged(packetId);
  }

  private processSuback(packetId: number, isSuback: boolean, now: number): void {
    const parser = this.parser;
    const subscriptions = this.subscriptions;
    const asked = packetId === this.words[Layout.pendingId] && isSuback === subscriptions.subscribing;
    // Still in the arena: the request is not written, so this cannot be its answer.
    if (!asked || this.arena.has(packetId)) {
      this.words[Counter.unknownAcknowledgements]!++;
      return;
    }
    const body = parser.payload;
    let code = parser.payloadFrom + 2;
    if (isSuback && !subscriptions.accepts(body, code, parser.payloadTo)) {
      return this.close(CloseReason.invalidSuback, SessionEvent.failed);
    }
    this.times[Deadline.suback] = Infinity;
    subscriptions.draw();
    for (let i = 0; i < subscriptions.capacity && this.state !== SessionState.idle; i++) {
      const filter = subscriptions.pendingFilter(i);
      if (!filter) continue;
      const granted = isSuback ? body[code++]! : 0;
      const refused = granted === 0x80;
      if (refused) this.words[Counter.filtersRefused]!++;
      const news = subscriptions.answered(i, refused, now);
      if (!isSuback) this.handler.onUnsubscribed(filter);
      else if (news) this.handler.onSubscribed(filter, granted);
    }
    // Else the next connection asks for those that a handler has left without their answer: `Subscriptions.reset`.
    if (this.state !== SessionState.idle) {
      this.times[Timestamp.retryAt] = subscriptions.retry(now);
      this.words[Layout.pendingId] = 0;
    }
    this.flags |= Flag.roomFreed;
  }
}

/** FNV-1a hash of a CONNECT packet, never 0, so that other clients draw other waits. */
function seedOf(packet: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < packet.length; i++) hash = Math.imul(hash ^ packet[i]!, 0x01000193);
  return hash >>> 0 || 1;
}

function timeOption(value: number | undefined, name: string, defaultValue: number): number {
  return numberOption(value, name, defaultValue, 1, SizeLimit.milliseconds);
}
