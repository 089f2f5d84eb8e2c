import { CloseReason, isViolation } from './close-reason.js';
import { encodeConnect } from './connect-packet.js';
import type { ConnectOptions } from './connect-packet.js';
import { ControlQueue } from './control-queue.js';
import { copyBytes } from './copy-bytes.js';
import { Counters } from './counters.js';
import { Deadline, Deadlines, NEVER } from './deadlines.js';
import { PacketType, PublishFlag } from './packet-type.js';
import { Parser, ParserEvent } from './parser.js';
import type { PayloadSource } from './payload-source.js';
import { publishHeaderSize, publishLength, writePublishHeader } from './publish-packet.js';
import { Refusal } from './refusal.js';
import { MAX_REMAINING_LENGTH } from './remaining-length.js';
import { checkMessages } from './saved-messages.js';
import type { SessionHandler } from './session-handler.js';
import { sizeOption } from './session-options.js';
import type { SessionOptions } from './session-options.js';
import { ILLEGAL, nextSessionState, SessionEvent, SessionState } from './state.js';
import { Subscriptions, subscribeSize } from './subscriptions.js';
import { checkTopicFilter, checkTopicName, TopicFault } from './topic.js';
import { TransmitArena } from './transmit-arena.js';

/** What `next` last offered to write. */
const enum Output {
  none,
  connect,
  control,
  arena,
}

/**
 * An MQTT 3.1.1 client session as a pure state machine for QoS 0 and 1: bytes in, events out, bytes out.
 *
 * The caller owns time and I/O. It opens a transport, then calls `open`; hands what arrives to `receive`; writes
 * what `next` offers and says how much with `sent`; calls `tick` not later than `deadline`; and calls `lost` when
 * the transport is gone. Times are milliseconds of one clock that never goes back.
 * State and transitions are described in state.ts. Nothing here allocates after construction.
 */
export class Session {
  readonly counters = new Counters();

  /** After `next`: the bytes to write are `output[outputFrom..outputTo)`. */
  output: Uint8Array;
  outputFrom = 0;
  outputTo = 0;

  /** The return code of the last CONNACK. */
  returnCode = 0;

  private readonly handler: SessionHandler;
  private readonly parser: Parser;
  private readonly arena: TransmitArena;
  private readonly control: ControlQueue;
  private readonly subscriptions: Subscriptions;
  private readonly maxInFlight: number;
  private readonly deadlines: Deadlines;

  private connectPacket: Uint8Array;
  private cleanSession = true;
  /** What `configure` said, for the next connection. */
  private nextConnectPacket: Uint8Array;
  private nextCleanSession = true;
  private nextKeepAlive = 0;

  private state: SessionState = SessionState.idle;
  private outputKind: Output = Output.none;
  private connectSent = 0;
  private disconnectQueued = false;
  private inHandler = false;
  private roomWanted = false;
  private roomFreed = false;

  /** Throws a RangeError that names the option for sizes, times and CONNECT fields outside their limits. */
  constructor(options: SessionOptions, handler: SessionHandler) {
    this.handler = handler;
    const receiveBufferSize = sizeOption(options, 'receiveBufferSize');
    const maxFilters = Math.min(sizeOption(options, 'maxFiltersPerPacket'), receiveBufferSize - 2);
    this.maxInFlight = sizeOption(options, 'maxInFlight');
    this.parser = new Parser(new Uint8Array(receiveBufferSize));
    this.arena = new TransmitArena(
      sizeOption(options, 'transmitArenaSize'),
      this.maxInFlight + sizeOption(options, 'maxQueued'),
    );
    this.control = new ControlQueue(sizeOption(options, 'maxPendingAcknowledgements'));
    this.subscriptions = new Subscriptions(sizeOption(options, 'maxSubscriptions'), maxFilters);
    this.deadlines = new Deadlines(options);
    this.nextConnectPacket = encodeConnect(options);
    this.configure(options);
    this.connectPacket = this.nextConnectPacket;
    this.output = this.connectPacket;
  }

  /**
   * Changes what CONNECT says from the next connection on: new credentials, for example.
   * Throws a RangeError that names the option, and changes nothing then.
   */
  configure(options: ConnectOptions): void {
    this.nextConnectPacket = encodeConnect(options);
    this.nextCleanSession = options.cleanSession ?? true;
    this.nextKeepAlive = options.keepAliveSeconds ?? 60;
  }

  get connected(): boolean {
    return this.state === SessionState.connected;
  }

  /** True when no connection is open. */
  get idle(): boolean {
    return this.state === SessionState.idle;
  }

  /** QoS 1 messages that are not acknowledged. */
  get inFlight(): number {
    return this.arena.inFlight;
  }

  /** True when everything is written, acknowledged and granted: the moment for `disconnect`. */
  get drained(): boolean {
    return (
      this.arena.allWritten &&
      this.arena.inFlight === 0 &&
      this.control.from === this.control.to &&
      this.subscriptions.settled
    );
  }

  /** When `tick` must be called at the latest; Infinity when there is nothing to wait for. */
  get deadline(): number {
    const first = this.deadlines.first;
    const pingDue = this.pingDue;
    return pingDue < first ? pingDue : first;
  }

  /** The transport is open. Returns 0, or `Refusal.wrongState` when a connection is open already. */
  open(now: number): number {
    if (this.inHandler || !this.step(SessionEvent.open)) return this.refuse(Refusal.wrongState);
    this.resetConnection(now);
    this.counters.connections++;
    this.deadlines.arm(Deadline.connack, now);
    return 0;
  }

  /**
   * Publishes `payload` under `topic`: both whole arrays. See `publishRange`.
   */
  publish(topic: Uint8Array, payload: Uint8Array, qos: number, retain: boolean): number {
    return this.publishRange(topic, 0, topic.length, payload, 0, payload.length, qos, retain);
  }

  /**
   * Publishes the payload `payload[payloadFrom..payloadTo)`, which may be empty, under `topic[topicFrom..topicTo)`.
   * The bytes are copied. QoS 1 is also taken while there is no connection, and kept until its PUBACK.
   * Returns the packet identifier with QoS 1, 0 with QoS 0, or a `Refusal`.
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
    const payloadLength = payloadTo - payloadFrom;
    const headerSize = publishHeaderSize(topicTo - topicFrom, qos, payloadLength);
    const refusal = this.refusePublish(topic, topicFrom, topicTo, qos, headerSize + payloadLength);
    if (refusal < 0) return this.refuse(refusal);
    const start = this.arena.room(headerSize + payloadLength);
    if (start < 0) return this.refuse(Refusal.full);
    const packetId = qos > 0 ? this.arena.nextPacketId(this.subscriptions.pendingId) : 0;
    const bytes = this.arena.bytes;
    const at = writePublishHeader(bytes, start, topic, topicFrom, topicTo, qos, retain, packetId, payloadLength);
    this.arena.commit(start, copyBytes(bytes, at, payload, payloadFrom, payloadTo), packetId);
    return packetId;
  }

  /**
   * Publishes a payload of `total` bytes that `source` supplies while it is being written; it may be larger than the
   * arena. One such message at a time. With QoS 1 the source is kept until PUBACK.
   * Returns the packet identifier with QoS 1, 0 with QoS 0, or a `Refusal`.
   */
  publishStream(topic: Uint8Array, source: PayloadSource, total: number, qos: number, retain: boolean): number {
    if (this.arena.streaming) return this.refuse(Refusal.streaming);
    const headerSize = publishHeaderSize(topic.length, qos, total);
    const refusal = this.refusePublish(topic, 0, topic.length, qos, headerSize + (total > 0 ? 1 : 0));
    if (refusal < 0) return this.refuse(refusal);
    if (!(total >= 0 && total % 1 === 0 && publishLength(topic.length, qos, total) <= MAX_REMAINING_LENGTH)) {
      return this.refuse(Refusal.tooLarge);
    }
    // The stage takes half of the arena at most, so that other messages find room as well.
    let size = headerSize + total;
    const most = headerSize + (this.arena.bytes.length >> 1);
    if (size > most) size = most;
    if (size > this.arena.bytes.length) size = this.arena.bytes.length;
    const start = this.arena.room(size);
    if (start < 0) return this.refuse(Refusal.full);
    const packetId = qos > 0 ? this.arena.nextPacketId(this.subscriptions.pendingId) : 0;
    const at = writePublishHeader(this.arena.bytes, start, topic, 0, topic.length, qos, retain, packetId, total);
    this.arena.commitStream(start, at, start + size, packetId, source, total);
    return packetId;
  }

  /** The source of a streamed payload has bytes again after it returned 0; the next `next` asks it. */
  sourceReady(now: number): void {
    if (this.deadlines.isArmed(Deadline.stall)) this.deadlines.arm(Deadline.stall, now);
  }

  /**
   * Subscribes to `filter`, now or as soon as there is a connection, and again whenever the broker has lost the
   * session. The array is kept, not copied; it must not change. A filter that is known gets the new QoS.
   * Returns 0 or a `Refusal`; the broker's answer comes as `onSubscribed`.
   */
  subscribe(filter: Uint8Array, qos: number): number {
    if (qos !== 0 && qos !== 1) return this.refuse(Refusal.invalidQos);
    if (checkTopicFilter(filter, 0, filter.length) !== TopicFault.none) return this.refuse(Refusal.invalidTopic);
    if (subscribeSize(filter.length) > this.arena.bytes.length) return this.refuse(Refusal.tooLarge);
    const result = this.subscriptions.want(filter, qos);
    return result < 0 ? this.refuse(result) : result;
  }

  /** Ends the subscription to `filter`. Returns 0 or a `Refusal`; the answer comes as `onUnsubscribed`. */
  unsubscribe(filter: Uint8Array): number {
    const result = this.subscriptions.unwant(filter);
    return result < 0 ? this.refuse(result) : result;
  }

  /**
   * Processes what arrived, `bytes[from..to)`, at time `now`. Returns how many bytes were consumed: fewer than
   * offered when an acknowledgement must be written first (write what `next` offers, then offer the rest again),
   * after `hold`, or when the connection is closed. Called from inside a handler it consumes nothing.
   */
  receive(bytes: Uint8Array, from: number, to: number, now: number): number {
    if (this.inHandler) {
      this.counters.reentered++;
      return 0;
    }
    const parser = this.parser;
    const begin = from;
    if (to > from) this.deadlines.lastReceived = now;
    while (from < to && this.state !== SessionState.idle && !this.deadlines.held) {
      if (parser.atPacketStart && !this.control.hasRoomForPuback && needsPuback(bytes[from]!)) break;
      const event = parser.next(bytes, from, to);
      from = parser.position;
      if (event === ParserEvent.needMore) break;
      if (parser.atPacketStart) this.counters.received[parser.type]!++;
      this.inHandler = true;
      try {
        this.process(event, now);
      } finally {
        this.inHandler = false;
      }
    }
    this.tellRoom();
    return from - begin;
  }

  /**
   * Finds what to write next; see `output`. Returns false when there is nothing, or nothing may be written now.
   * Offers the same bytes again until `sent` is called; no other call may come between, since it may move them.
   */
  next(now: number): boolean {
    const found = this.state !== SessionState.idle && this.findOutput();
    if (this.idle) return false;
    if (!found) this.outputKind = Output.none;
    if (!found && !(this.arena.midPacket && this.arena.streaming)) this.deadlines.clear(Deadline.stall);
    else if (!this.deadlines.isArmed(Deadline.stall)) this.deadlines.arm(Deadline.stall, now);
    return found;
  }

  /** The first `count` bytes that `next` offered were taken by the transport at time `now`. */
  sent(count: number, now: number): void {
    if (count === 0 || this.outputKind === Output.none) return;
    this.deadlines.lastSent = now;
    this.deadlines.arm(Deadline.stall, now);
    if (this.outputKind === Output.connect) {
      this.connectSent += count;
      if (this.connectSent === this.connectPacket.length) this.counters.sent[PacketType.connect]!++;
    } else if (this.outputKind === Output.control) {
      this.sentControl(count, now);
    } else {
      this.sentArena(count, now);
    }
    this.outputKind = Output.none;
    if (!this.inHandler) this.tellRoom();
  }

  /** Does what is due at time `now`: a PINGREQ, or the end of a connection whose deadline has passed. */
  tick(now: number): void {
    if (this.state === SessionState.idle) return;
    const reason = this.deadlines.overdue(now);
    if (reason !== CloseReason.none) return this.close(reason, SessionEvent.failed);
    if (this.pingDue <= now) {
      this.deadlines.pingreqQueued();
      this.control.pingreq();
    }
  }

  /**
   * Ends the connection with DISCONNECT, as soon as the packet that is half written is complete. What is not
   * acknowledged stays in the session; to lose nothing, wait for `drained` first. `onClosed` follows.
   * Returns 0, or `Refusal.wrongState` when there is no connection.
   */
  disconnect(now: number): number {
    const state = this.state;
    if (state === SessionState.idle || !this.step(SessionEvent.disconnect)) {
      return this.refuse(Refusal.wrongState);
    }
    if (state === SessionState.connecting) {
      // Before CONNACK a broker need not read DISCONNECT; the connection just ends.
      this.over(CloseReason.requested);
      return 0;
    }
    this.deadlines.arm(Deadline.closing, now);
    return 0;
  }

  /**
   * The caller stops reading the transport (`held`), or reads again. What the broker sends cannot be heard meanwhile,
   * so its answers are not awaited; PINGREQ still goes out when nothing else does, to keep the session alive.
   */
  hold(held: boolean, now: number): void {
    this.deadlines.hold(held, now);
    const pendingId = this.subscriptions.pendingId;
    const requested = !this.idle && pendingId !== 0 && !this.arena.has(pendingId);
    if (!held && requested) this.deadlines.arm(Deadline.suback, now);
  }

  /** The transport is gone. */
  lost(): void {
    this.close(CloseReason.transportLost, SessionEvent.failed);
  }

  /**
   * Copies all messages that are not acknowledged to `into[at..)`, as the PUBLISH packets that they are, for a store
   * that outlives a restart. A streamed message is left out. Returns the length that this takes, also when it is more
   * than there is room for; then nothing of use was copied.
   */
  exportMessages(into: Uint8Array, at: number): number {
    return this.arena.exportMessages(into, at);
  }

  /**
   * Takes back what `exportMessages` wrote, before anything is published. All or nothing.
   * Returns how many messages were taken, or `Refusal.malformed`, `full` or `wrongState`.
   */
  importMessages(bytes: Uint8Array, from: number, to: number): number {
    if (!this.arena.empty || this.state !== SessionState.idle) return this.refuse(Refusal.wrongState);
    const count = checkMessages(bytes, from, to);
    if (count < 0) return this.refuse(Refusal.malformed);
    if (count > this.maxInFlight || to - from > this.arena.bytes.length) return this.refuse(Refusal.full);
    return this.arena.importMessages(bytes, from, to);
  }

  /** The one place that resets what belongs to a connection. Runs at every `open`. */
  private resetConnection(now: number): void {
    this.connectPacket = this.nextConnectPacket;
    this.cleanSession = this.nextCleanSession;
    this.parser.reset();
    this.control.reset();
    this.subscriptions.reset();
    this.counters.redelivered += this.arena.rewind(this.cleanSession);
    this.deadlines.reset(now, this.nextKeepAlive);
    this.outputKind = Output.none;
    this.connectSent = 0;
    this.returnCode = 0;
    this.disconnectQueued = false;
  }

  private get pingDue(): number {
    return this.state === SessionState.connected ? this.deadlines.pingDue : NEVER;
  }

  private step(event: SessionEvent): boolean {
    const next = nextSessionState(this.state, event);
    if (next === ILLEGAL) return false;
    this.state = next;
    return true;
  }

  private close(reason: CloseReason, event: SessionEvent): void {
    if (!this.step(event)) return;
    if (isViolation(reason)) this.counters.malformed++;
    this.over(reason);
  }

  private over(reason: CloseReason): void {
    this.deadlines.clearAll();
    this.outputKind = Output.none;
    this.handler.onClosed(reason);
  }

  private refuse(refusal: number): number {
    this.counters.refused++;
    if (refusal === Refusal.full || refusal === Refusal.streaming) this.roomWanted = true;
    return refusal;
  }

  private tellRoom(): void {
    if (!this.roomFreed) return;
    this.roomFreed = false;
    if (!this.roomWanted) return;
    this.roomWanted = false;
    this.inHandler = true;
    try {
      this.handler.onRoom();
    } finally {
      this.inHandler = false;
    }
  }

  /** Everything but room. `size` is what the packet needs in the arena at least. */
  private refusePublish(topic: Uint8Array, from: number, to: number, qos: number, size: number): number {
    if (qos !== 0 && qos !== 1) return Refusal.invalidQos;
    if (checkTopicName(topic, from, to) !== TopicFault.none) return Refusal.invalidTopic;
    if (this.state === SessionState.disconnecting) return Refusal.wrongState;
    if (qos === 0 && this.state !== SessionState.connected) return Refusal.notConnected;
    if (size > this.arena.bytes.length) return Refusal.tooLarge;
    if (qos === 1 && this.arena.inFlight >= this.maxInFlight) return Refusal.full;
    // A busy publisher must not take the room that a subscription waits for.
    const subscriptions = this.subscriptions;
    const mustYield = this.state === SessionState.connected && subscriptions.due && !subscriptions.encode(this.arena);
    return mustYield ? Refusal.full : 0;
  }

  private findOutput(): boolean {
    if (this.state === SessionState.connecting) {
      return this.offer(Output.connect, this.connectPacket, this.connectSent, this.connectPacket.length);
    }
    const control = this.control;
    const controlWaits = control.from < control.to;
    const arena = this.arena;
    if (!arena.midPacket) {
      if (controlWaits) return this.offer(Output.control, control.bytes, control.from, control.to);
      if (this.state === SessionState.disconnecting) return this.offerDisconnect();
      this.subscriptions.encode(arena);
    }
    const found = arena.next(controlWaits || this.state === SessionState.disconnecting);
    if (found === -1) {
      this.close(CloseReason.payloadSourceFailed, SessionEvent.failed);
      return false;
    }
    return found && this.offer(Output.arena, arena.bytes, arena.from, arena.to);
  }

  private offerDisconnect(): boolean {
    const control = this.control;
    if (!this.disconnectQueued) control.disconnect();
    this.disconnectQueued = true;
    return this.offer(Output.control, control.bytes, control.from, control.to);
  }

  private offer(kind: Output, bytes: Uint8Array, from: number, to: number): boolean {
    this.outputKind = kind;
    this.output = bytes;
    this.outputFrom = from;
    this.outputTo = to;
    return to > from;
  }

  private sentArena(count: number, now: number): void {
    const sent = this.counters.sent;
    const requests = sent[PacketType.subscribe]! + sent[PacketType.unsubscribe]!;
    if (this.arena.sent(count, now, sent)) this.roomFreed = true;
    if (sent[PacketType.subscribe]! + sent[PacketType.unsubscribe]! !== requests && !this.deadlines.held) {
      this.deadlines.arm(Deadline.suback, now);
    }
  }

  private sentControl(count: number, now: number): void {
    const sent = this.counters.sent;
    const pings = sent[PacketType.pingreq]!;
    this.control.sent(count, sent);
    if (sent[PacketType.pingreq] !== pings) this.deadlines.pingreqSent(now);
    if (this.disconnectQueued && this.control.from === this.control.to) {
      this.step(SessionEvent.disconnected);
      this.over(CloseReason.requested);
    }
  }

  private process(event: ParserEvent, now: number): void {
    if (event === ParserEvent.packet) return this.processPacket(now);
    if (event === ParserEvent.fault) return this.close(this.parser.fault, SessionEvent.failed);
    const wanted = this.state !== SessionState.disconnecting;
    if (!this.step(SessionEvent.packet)) return this.close(CloseReason.firstPacketNotConnack, SessionEvent.failed);
    if (!wanted) return;
    const message = this.parser.message;
    if (event === ParserEvent.message) this.handler.onMessage(message);
    else this.counters.skipped++;
    if (!this.parser.atPacketStart || message.qos === 0) return;
    // Also when the handler has called disconnect: what it has seen is acknowledged before DISCONNECT.
    if (!this.disconnectQueued && !this.idle) this.control.puback(message.packetId);
  }

  private processPacket(now: number): void {
    const parser = this.parser;
    if (parser.type === PacketType.connack) {
      return this.processConnack(parser.body[parser.bodyFrom]!, parser.body[parser.bodyFrom + 1]!);
    }
    if (!this.step(SessionEvent.packet)) return this.close(CloseReason.firstPacketNotConnack, SessionEvent.failed);
    if (parser.type === PacketType.pingresp) return this.deadlines.pingrespReceived();
    const packetId = (parser.body[parser.bodyFrom]! << 8) | parser.body[parser.bodyFrom + 1]!;
    if (packetId === 0) return this.close(CloseReason.zeroPacketId, SessionEvent.failed);
    if (parser.type === PacketType.puback) this.processPuback(packetId, now);
    else this.processSuback(packetId, parser.type === PacketType.suback);
  }

  private processConnack(flags: number, code: number): void {
    if (this.state !== SessionState.connecting) return this.close(CloseReason.secondConnack, SessionEvent.failed);
    if (this.connectSent < this.connectPacket.length) {
      return this.close(CloseReason.unexpectedPacket, SessionEvent.failed);
    }
    if (flags > 1 || code > 5) return this.close(CloseReason.invalidConnack, SessionEvent.failed);
    const sessionPresent = flags === 1;
    if (sessionPresent && (this.cleanSession || code !== 0)) {
      return this.close(CloseReason.unexpectedSessionPresent, SessionEvent.failed);
    }
    this.returnCode = code;
    if (code !== 0) return this.close(CloseReason.refused, SessionEvent.refused);
    this.step(SessionEvent.accepted);
    this.deadlines.clear(Deadline.connack);
    this.subscriptions.connected(sessionPresent);
    this.handler.onConnected(sessionPresent);
  }

  private processPuback(packetId: number, now: number): void {
    const latency = this.arena.acknowledge(packetId, now);
    if (latency < 0) {
      this.counters.unknownAcknowledgements++;
      return;
    }
    this.counters.acknowledged(latency);
    this.roomFreed = true;
    this.handler.onAcknowledged(packetId);
  }

  private processSuback(packetId: number, isSuback: boolean): void {
    const subscriptions = this.subscriptions;
    const asked = packetId === subscriptions.pendingId && isSuback === subscriptions.pendingSubscribe;
    // Still in the arena: the request is not written, so this cannot be its answer.
    if (!asked || this.arena.has(packetId)) {
      this.counters.unknownAcknowledgements++;
      return;
    }
    const body = this.parser.body;
    let code = this.parser.bodyFrom + 2;
    if (isSuback && !this.validSuback(code, this.parser.bodyTo)) {
      return this.close(CloseReason.invalidSuback, SessionEvent.failed);
    }
    this.deadlines.clear(Deadline.suback);
    for (let i = 0; i < subscriptions.capacity && this.state !== SessionState.idle; i++) {
      const filter = subscriptions.pendingFilter(i);
      if (!filter) continue;
      const granted = isSuback ? body[code++]! : 0;
      subscriptions.answered(i, granted === 0x80);
      if (isSuback) this.handler.onSubscribed(filter, granted);
      else this.handler.onUnsubscribed(filter);
    }
    subscriptions.pendingId = 0;
    this.roomFreed = true;
  }

  /** One code a filter, and none above what was asked for [MQTT-3.8.4-5] [MQTT-3.9.3-2]. */
  private validSuback(from: number, to: number): boolean {
    const subscriptions = this.subscriptions;
    if (to - from !== subscriptions.pendingCount) return false;
    for (let i = 0; i < subscriptions.capacity; i++) {
      if (!subscriptions.pendingFilter(i)) continue;
      const code = this.parser.body[from++]!;
      if (code !== 0x80 && code > subscriptions.requestedQos(i)) return false;
    }
    return true;
  }
}

/** True for the first byte of a QoS 1 PUBLISH. */
function needsPuback(first: number): boolean {
  return first >> 4 === PacketType.publish && (first & PublishFlag.qosMask) === PublishFlag.qos1;
}
