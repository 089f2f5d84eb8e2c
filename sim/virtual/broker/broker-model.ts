import type { BrokerClient, BrokerObserver, ReceivedPublish } from './observer.js';
import { DisconnectReason, DropReason, PublishOutcome } from './observer.js';
import type { BrokerFaults, BrokerModelOptions } from './options.js';
import { defaultOptions, noFaults, PublishAccess } from './options.js';
import type { BrokerLink } from './output.js';
import { Output } from './output.js';
import type { ConnectRequest, Will } from './packets.js';
import {
  ConnackCode,
  decodeConnect,
  decodeSubscribe,
  decodeUnsubscribe,
  Packet,
  SUBACK_FAILURE,
  Violation,
} from './packets.js';
import type { BrokerMessage, Delivery, SessionOutput } from './session.js';
import { Acknowledged, Session } from './session.js';
import { encodeText, hasDiscouragedCharacter } from './text.js';
import type { Topic } from './topics.js';
import { isTopicFilter, topicMatches, TopicTable } from './topics.js';

/** The broker's end of a connection: what its link calls. */
export interface BrokerConnection {
  /** Takes `bytes[from..to)`, in any pieces. */
  receive(bytes: Uint8Array, from: number, to: number): void;
  /** The client ended the connection, or it broke. */
  ended(): void;
}

/** Takes what matches the filter of `BrokerModel.subscribe`. */
export type MessageReceiver = (message: BrokerMessage) => void;

/** What a broker holds for a client identifier. */
export interface SessionSummary {
  readonly connected: boolean;
  readonly cleanSession: boolean;
  /** Granted QoS by filter. */
  readonly subscriptions: ReadonlyMap<string, number>;
  readonly inflight: number;
  readonly queued: number;
  /** Messages dropped because the queue was full. */
  readonly dropped: number;
}

/** Who receives the messages on a topic, and with which highest QoS. */
interface Receiver {
  readonly session: Session;
  readonly qos: number;
}

interface InnerSubscription {
  readonly levels: readonly string[];
  readonly receive: MessageReceiver;
}

/**
 * An MQTT 3.1.1 server as a state machine: bytes in, bytes out. It has no socket, timer or chance of its own; equal
 * calls at equal times give equal bytes. `clock` counts milliseconds.
 *
 * Where the standard leaves a choice: a packet that must not be is answered by closing; QoS 2 is distributed at PUBREL;
 * an unknown PUBACK or PUBCOMP is ignored, an unknown PUBREC has its PUBREL, as in Mosquitto.
 */
export class BrokerModel {
  /** Faults; all off at first. `changeFaults` switches them. */
  readonly faults: Readonly<BrokerFaults> = noFaults();
  readonly options: BrokerModelOptions;

  readonly observers: BrokerObserver[] = [];
  readonly topics = new TopicTable();
  private readonly sessions = new Map<string, Session>();
  private readonly retainedMessages = new Map<string, BrokerMessage>();
  private inner: readonly InnerSubscription[] = [];
  /** Open connections, in the order in which they were accepted, and closed ones whose output still trickles. */
  private connections: Connection[] = [];
  private accepted = 0;
  private assignedIds = 0;
  /** Raised by every change of a subscription: what topics remember is stale then. */
  private generation = 0;
  private earliest = Infinity;
  /** Calls into the broker that are under way; when the last one ends, all output leaves. */
  private depth = 0;
  private readonly unsent: Connection[] = [];

  constructor(
    readonly clock: { now(): number },
    options: Partial<BrokerModelOptions> = {},
  ) {
    this.options = Object.assign(defaultOptions(), options);
  }

  /** Takes a new connection. */
  accept(link: BrokerLink): BrokerConnection {
    const connection = new Connection(this, link, ++this.accepted);
    this.connections.push(connection);
    this.expectAt(connection.deadline);
    return connection;
  }

  /**
   * When `tick` is due next, ms of the clock; Infinity for never. It may be earlier than necessary (a client that sends
   * moves its keep alive on), and changes with every call.
   */
  get deadline(): number {
    return this.earliest;
  }

  /** Does what is due at `now`: keep alive, CONNECT in time, delayed answers, trickled output, expiry of sessions. */
  tick(now: number): void {
    if (now < this.earliest) return;
    this.enter();
    for (const connection of this.connections.slice()) connection.tick(now);
    this.earliest = Infinity;
    for (const connection of this.connections) this.expectAt(connection.deadline);
    this.expireSessions(now);
    this.leave();
  }

  /** Publishes as a client inside the broker. Throws a RangeError for an invalid topic. */
  publish(topic: string, payload: Uint8Array, qos: number, retain: boolean): void {
    this.enter();
    this.distribute({ topic: this.topicOf(topic), payload: payload.slice(), qos, retain, publisher: '' });
    this.leave();
  }

  /**
   * Subscribes inside the broker: `receive` gets every message that is distributed on a matching topic, in that order,
   * and no retained ones. Independent of sessions and limits. Returns what ends it. Throws a RangeError for an invalid
   * filter.
   */
  subscribe(filter: string, receive: MessageReceiver): () => void {
    if (!isTopicFilter(filter)) throw new RangeError(`invalid topic filter ${filter}`);
    const subscription: InnerSubscription = { levels: filter.split('/'), receive };
    this.inner = [...this.inner, subscription];
    return () => {
      this.inner = this.inner.filter((other) => other !== subscription);
    };
  }

  /** Tells an observer everything from now on. */
  watch(observer: BrokerObserver): void {
    this.observers.push(observer);
  }

  /**
   * Ends all links at once, as a broker does whose process ends: no will is sent. Sessions (those with CleanSession 0)
   * and retained messages stay or are lost.
   */
  restart(keepSessions: boolean, keepRetained = keepSessions): void {
    this.enter();
    for (const connection of this.connections.slice()) connection.end(DisconnectReason.restart, true);
    this.connections = [];
    if (!keepSessions) for (const session of [...this.sessions.values()]) this.endSession(session);
    if (!keepRetained) this.retainedMessages.clear();
    for (const observer of this.observers) observer.onRestart?.(keepSessions);
    this.leave();
  }

  /** Cuts the connection of a client, or of all; their wills are sent. Returns how many connections ended. */
  disconnect(clientId?: string, abort = true): number {
    this.enter();
    let count = 0;
    for (const connection of this.connections.slice()) {
      if (!connection.isOpen || (clientId !== undefined && connection.clientId !== clientId)) continue;
      connection.end(DisconnectReason.fault, abort);
      count++;
    }
    this.leave();
    return count;
  }

  /** Loses the session of a client that is not connected. False when there is none. */
  loseSession(clientId: string): boolean {
    const session = this.sessions.get(clientId);
    if (session === undefined || session.output !== undefined) return false;
    this.endSession(session);
    return true;
  }

  /** What is held for a client; undefined when there is no session. */
  session(clientId: string): SessionSummary | undefined {
    const session = this.sessions.get(clientId);
    if (session === undefined) return undefined;
    const { cleanSession, dropped, queued } = session;
    const subscriptions = new Map([...session.subscriptions].map(([filter, { qos }]) => [filter, qos]));
    const connected = session.output !== undefined;
    return { connected, cleanSession, subscriptions, inflight: session.inflight.size, queued, dropped };
  }

  /** Client identifiers that have a session, connected or not. */
  get clientIds(): readonly string[] {
    return [...this.sessions.keys()];
  }

  /** The retained message of a topic. */
  retained(topic: string): BrokerMessage | undefined {
    return this.retainedMessages.get(topic);
  }

  /**
   * Switches faults on or off. What waits because of a fault that is off now (an answer, a CONNACK, a trickle) is due
   * at once: `deadline` says so.
   */
  changeFaults(changes: Partial<BrokerFaults>): void {
    Object.assign(this.faults, changes);
    this.expectAt(this.clock.now());
  }

  /** Switches all faults off. */
  endFaults(): void {
    this.changeFaults(noFaults());
  }

  // What connections call.

  enter(): void {
    this.depth++;
  }

  /** Lets all output go at the end of the outermost call, so that packets of one call leave together. */
  leave(): void {
    if (this.depth === 1) {
      const now = this.clock.now();
      for (const connection of this.unsent) connection.flush(now);
      this.unsent.length = 0;
    }
    this.depth--;
  }

  hasOutput(connection: Connection): void {
    this.unsent.push(connection);
  }

  expectAt(deadline: number): void {
    if (deadline < this.earliest) this.earliest = deadline;
  }

  forget(connection: Connection): void {
    const index = this.connections.indexOf(connection);
    if (index >= 0) this.connections.splice(index, 1);
  }

  /** A client identifier for a client that has none [MQTT-3.1.3-6]. */
  assignClientId(): string {
    let id;
    do id = `assigned-${++this.assignedIds}`;
    while (this.sessions.has(id));
    return id;
  }

  /** The session for an accepted CONNECT, and whether it existed [MQTT-3.1.2-4] [MQTT-3.1.2-6] [MQTT-3.2.2-2]. */
  openSession(clientId: string, cleanSession: boolean): [session: Session, present: boolean] {
    for (const other of this.connections) {
      // The client identifier is used once [MQTT-3.1.4-2].
      if (other.isOpen && other.clientId === clientId) {
        other.end(DisconnectReason.takenOver, false);
        break;
      }
    }
    const before = this.sessions.get(clientId);
    if (before !== undefined && !cleanSession) return [before, true];
    if (before !== undefined) this.endSession(before);
    const session = new Session(clientId, cleanSession, this.options);
    this.sessions.set(clientId, session);
    return [session, false];
  }

  endSession(session: Session): void {
    this.sessions.delete(session.clientId);
    this.generation++;
    for (const observer of this.observers) observer.onSessionEnd?.(session.clientId);
  }

  /** The client of a session with CleanSession 0 has gone. */
  sessionWaits(session: Session): void {
    session.offlineSince = this.clock.now();
    this.expectAt(session.offlineSince + this.options.sessionExpiry);
  }

  subscriptionsChanged(): void {
    this.generation++;
  }

  topicOf(text: string): Topic {
    const bytes = encodeText(text);
    const topic = bytes.length > 65535 ? undefined : this.topics.find(bytes, 0, bytes.length);
    if (topic === undefined) throw new RangeError(`invalid topic ${text}`);
    return topic;
  }

  /** Whether the hook `mayPublish` lets the will of a client out. */
  maySend(client: BrokerClient, { topic, qos, retain }: Will): boolean {
    const { mayPublish } = this.options;
    return mayPublish === undefined || mayPublish(client, topic, qos, retain) === PublishAccess.accept;
  }

  /** Gives a message to everybody who is subscribed, and keeps it when it is to be retained (MQTT 3.1.1, 3.3.1.3). */
  distribute(message: BrokerMessage): void {
    const { topic, qos } = message;
    for (const observer of this.observers) observer.onDistribute?.(message);
    if (message.retain) {
      if (message.payload.length === 0) this.retainedMessages.delete(topic.text);
      else this.retainedMessages.set(topic.text, message);
    }
    for (const { levels, receive } of this.inner) if (topicMatches(levels, topic.levels)) receive(message);
    if (topic.generation !== this.generation) {
      topic.receivers = this.findReceivers(topic);
      topic.generation = this.generation;
    }
    for (const { session, qos: highest } of topic.receivers as readonly Receiver[]) {
      this.offer(session, message, Math.min(qos, highest), false);
    }
  }

  /** Gives the retained messages that match a filter to a session [MQTT-3.3.1-6]. */
  offerRetained(session: Session, levels: readonly string[], granted: number): void {
    for (const message of this.retainedMessages.values()) {
      if (!topicMatches(levels, message.topic.levels)) continue;
      this.offer(session, message, Math.min(message.qos, granted), true);
    }
  }

  private offer(session: Session, message: BrokerMessage, qos: number, retain: boolean): void {
    if (session.offer(message, qos, retain)) return;
    const offline = qos === 0 && session.output === undefined && !this.options.queuesQos0;
    const reason = offline ? DropReason.offline : DropReason.queueFull;
    for (const observer of this.observers) observer.onDrop?.(session.clientId, message, reason);
  }

  private findReceivers(topic: Topic): Receiver[] {
    const receivers: Receiver[] = [];
    const each = this.options.overlapping === 'each';
    for (const session of this.sessions.values()) {
      let highest = -1;
      for (const { levels, qos } of session.subscriptions.values()) {
        if (!topicMatches(levels, topic.levels)) continue;
        if (each) receivers.push({ session, qos });
        else highest = Math.max(highest, qos);
      }
      if (highest >= 0) receivers.push({ session, qos: highest });
    }
    return receivers;
  }

  private expireSessions(now: number): void {
    const { sessionExpiry } = this.options;
    if (sessionExpiry === Infinity) return;
    for (const session of [...this.sessions.values()]) {
      if (session.output !== undefined) continue;
      if (now >= session.offlineSince + sessionExpiry) this.endSession(session);
      else this.expectAt(session.offlineSince + sessionExpiry);
    }
  }
}

const enum State {
  /** Waits for CONNECT. */
  accepted,
  /** CONNECT came, and its CONNACK is delayed: what comes now waits. */
  authenticating,
  connected,
  ended,
}

/** An answer that waits, with all behind it. */
interface DelayedAnswer {
  /** When it would have been sent without the delay, ms. */
  readonly since: number;
  readonly type: Packet;
  readonly packetId: number;
  /** Return codes of a SUBACK. */
  readonly codes: readonly number[];
}

const NO_CODES: readonly number[] = [];

class Connection implements BrokerConnection, BrokerClient, SessionOutput {
  clientId = '';
  username: string | undefined;

  private state = State.accepted;
  private session: Session | undefined;
  private will: Will | undefined;
  private keepAlive = 0;
  private lastPacket: number;
  private request: ConnectRequest | undefined;
  /** Bytes of a packet that has not come as a whole, or that wait for CONNACK. */
  private pending = new Uint8Array(0);
  private pendingLength = 0;
  private readonly output: Output;
  private linkGone = false;
  private answers: DelayedAnswer[] = [];
  /** Answers to messages with QoS 1 and 2 in `answers`. */
  private unanswered = 0;

  constructor(
    private readonly broker: BrokerModel,
    link: BrokerLink,
    readonly connection: number,
  ) {
    this.output = new Output(link, broker.faults);
    this.lastPacket = broker.clock.now();
  }

  get isOpen(): boolean {
    return this.state !== State.ended;
  }

  get deadline(): number {
    const due = Math.min(this.answersDue, this.output.deadline);
    switch (this.state) {
      case State.accepted:
        return Math.min(due, this.lastPacket + this.broker.options.connectTimeout);
      case State.authenticating:
        return this.connackDue;
      case State.connected:
        return this.keepAlive === 0 ? due : Math.min(due, this.lastPacket + this.keepAlive * 1500);
      case State.ended:
        return this.output.deadline;
    }
  }

  private get connackDue(): number {
    return this.lastPacket + this.broker.faults.connackDelay;
  }

  /** When the first of the answers that wait is due. */
  private get answersDue(): number {
    const first = this.answers[0];
    if (first === undefined) return Infinity;
    const { subscribeAnswerDelay, publishAnswerDelay } = this.broker.faults;
    return first.since + (isSubscribeAnswer(first.type) ? subscribeAnswerDelay : publishAnswerDelay);
  }

  receive(bytes: Uint8Array, from: number, to: number): void {
    if (this.state === State.ended) return;
    this.broker.enter();
    if (this.state === State.authenticating || this.pendingLength > 0) {
      this.keep(bytes, from, to);
      if (this.state !== State.authenticating) this.takePending();
    } else {
      const rest = this.takePackets(bytes, from, to);
      if (rest < to) this.keep(bytes, rest, to);
    }
    this.broker.leave();
  }

  ended(): void {
    this.linkGone = true;
    this.output.stop();
    if (this.state === State.ended) {
      this.broker.forget(this);
      return;
    }
    this.broker.enter();
    this.end(this.session === undefined ? DisconnectReason.notConnected : DisconnectReason.lost, true);
    this.broker.leave();
  }

  tick(now: number): void {
    this.output.tick(now);
    if (this.state === State.ended) {
      if (this.output.deadline === Infinity) this.broker.forget(this);
      return;
    }
    if (this.state === State.authenticating) {
      if (now < this.connackDue) return;
      this.acceptConnect(this.request!);
      this.takePending();
      return;
    }
    this.sendAnswers(now);
    if (this.state === State.accepted) {
      if (now >= this.lastPacket + this.broker.options.connectTimeout) {
        this.end(DisconnectReason.notConnected, false, 'no CONNECT in time');
      }
    } else if (this.keepAlive > 0 && now >= this.lastPacket + this.keepAlive * 1500) {
      this.end(DisconnectReason.keepAlive, false);
    }
  }

  /** Ends the connection: in order after what was sent, or at once. Sends the will, but for DISCONNECT or a restart. */
  end(reason: DisconnectReason, abort: boolean, detail = ''): void {
    const { broker, session, will } = this;
    const now = broker.clock.now();
    if (this.state === State.ended) {
      if (reason === DisconnectReason.restart) this.output.close(now, true);
      return;
    }
    this.state = State.ended;
    this.pendingLength = 0;
    this.answers = [];
    if (this.linkGone || !this.output.close(now, abort)) broker.forget(this);
    else broker.expectAt(this.output.deadline);
    const willSent =
      will !== undefined &&
      reason !== DisconnectReason.disconnect &&
      reason !== DisconnectReason.restart &&
      broker.maySend(this, will);
    for (const observer of broker.observers) observer.onDisconnect?.(this, reason, willSent, detail);
    if (session === undefined) return;
    session.output = undefined;
    if (session.cleanSession) broker.endSession(session);
    else broker.sessionWaits(session);
    this.session = undefined;
    this.will = undefined;
    if (!willSent) return;
    const { payload, qos, retain } = will;
    broker.distribute({ topic: broker.topicOf(will.topic), payload, qos, retain, publisher: this.clientId });
  }

  flush(now: number): void {
    this.output.flush(now);
    this.broker.expectAt(this.output.deadline);
  }

  // SessionOutput

  sendPublish(delivery: Delivery, dup: boolean): void {
    const { message, qos, retain, packetId } = delivery;
    this.write().publish(message.topic.bytes, message.payload, qos, retain, dup, packetId);
    const { observers } = this.broker;
    for (let i = 0; i < observers.length; i++) observers[i]!.onDeliver?.(this, delivery, dup);
  }

  sendRelease(packetId: number): void {
    this.write().acknowledgement(Packet.pubrel, packetId);
  }

  // Bytes to packets

  private write() {
    const { writer } = this.output;
    if (writer.length === 0) this.broker.hasOutput(this);
    return writer;
  }

  private keep(bytes: Uint8Array, from: number, to: number): void {
    const needed = this.pendingLength + to - from;
    if (needed > this.pending.length) {
      const larger = new Uint8Array(Math.max(needed, 2 * this.pending.length));
      larger.set(this.pending.subarray(0, this.pendingLength));
      this.pending = larger;
    }
    this.pending.set(bytes.subarray(from, to), this.pendingLength);
    this.pendingLength = needed;
  }

  private takePending(): void {
    const { pendingLength } = this;
    const rest = this.takePackets(this.pending, 0, pendingLength);
    if (this.state === State.ended) return;
    this.pending.copyWithin(0, rest, pendingLength);
    this.pendingLength = pendingLength - rest;
  }

  /** Takes all whole packets and returns where the rest begins. */
  private takePackets(bytes: Uint8Array, from: number, to: number): number {
    while (from < to) {
      const first = bytes[from]!;
      if (!this.checkFirstByte(first)) return to;
      let at = from + 1;
      let length = 0;
      for (let shift = 0; ; shift += 7) {
        if (at === to) return from;
        const byte = bytes[at++]!;
        length |= (byte & 127) << shift;
        if (byte < 128) break;
        if (shift === 21) {
          this.violate('remaining length has more than four bytes');
          return to;
        }
      }
      if (at - from + length > this.broker.options.maximumPacketSize) {
        this.end(DisconnectReason.limit, false, `packet of ${at - from + length} bytes`);
        return to;
      }
      if (length > to - at) return from;
      this.takePacket(first, bytes, at, at + length);
      from = at + length;
      if (this.state === State.ended) return to;
      if (this.state === State.authenticating) return from;
      this.lastPacket = this.broker.clock.now();
    }
    return from;
  }

  /** Type and flags, which are known before the packet is there. */
  private checkFirstByte(first: number): boolean {
    const type = first >> 4;
    if (this.state === State.accepted) {
      if (type !== Packet.connect) return this.violate('first packet is not CONNECT [MQTT-3.1.0-1]');
    } else if (type === Packet.connect) {
      return this.violate('second CONNECT [MQTT-3.1.0-2]');
    }
    const flags = first & 15;
    switch (type as Packet) {
      case Packet.publish:
        if ((flags & 6) === 6) return this.violate('PUBLISH with QoS 3 [MQTT-3.3.1-4]');
        if ((flags & 14) === 8) return this.violate('PUBLISH with QoS 0 and DUP [MQTT-3.3.1-2]');
        return true;
      case Packet.connect:
      case Packet.puback:
      case Packet.pubrec:
      case Packet.pubcomp:
      case Packet.pingreq:
      case Packet.disconnect:
        return flags === 0 || this.violate(`flags of packet type ${type} are not 0000 [MQTT-2.2.2-2]`);
      case Packet.pubrel:
      case Packet.subscribe:
      case Packet.unsubscribe:
        return flags === 2 || this.violate(`flags of packet type ${type} are not 0010 [MQTT-2.2.2-2]`);
      default:
        return this.violate(`packet type ${type} from a client`);
    }
  }

  private takePacket(first: number, bytes: Uint8Array, from: number, to: number): void {
    const type = (first >> 4) as Packet;
    switch (type) {
      case Packet.connect:
        this.onConnect(bytes, from, to);
        return;
      case Packet.publish:
        this.onPublish(first, bytes, from, to);
        return;
      case Packet.puback:
      case Packet.pubrec:
      case Packet.pubrel:
      case Packet.pubcomp: {
        if (to - from !== 2) {
          this.violate(`remaining length of packet type ${type} is not 2`);
          return;
        }
        const packetId = this.readId(bytes, from, to);
        if (packetId !== 0) this.onAcknowledgement(type, packetId);
        return;
      }
      case Packet.subscribe:
        this.onSubscribe(bytes, from, to);
        return;
      case Packet.unsubscribe:
        this.onUnsubscribe(bytes, from, to);
        return;
      default:
        if (to !== from) this.violate(`remaining length of packet type ${type} is not 0`);
        else if (type === Packet.pingreq) this.onPing();
        else this.end(DisconnectReason.disconnect, false);
    }
  }

  // Packets

  private onConnect(bytes: Uint8Array, from: number, to: number): void {
    const { options, faults, clock } = this.broker;
    const request = decodeConnect(bytes, from, to, options.acceptsMqtt31);
    if (request instanceof Violation) {
      this.violate(request.text);
      return;
    }
    if (typeof request === 'number') {
      this.refuseConnect(request);
      return;
    }
    if (options.refusesControlCharacters) {
      const { clientId, username = '', will } = request;
      if (this.refuseText(clientId + username + (will?.topic ?? ''))) return;
    }
    if (faults.connackDelay > 0) {
      this.state = State.authenticating;
      this.request = request;
      this.lastPacket = clock.now();
      this.broker.expectAt(this.connackDue);
      return;
    }
    this.acceptConnect(request);
  }

  private acceptConnect(request: ConnectRequest): void {
    const { broker } = this;
    const { options, faults } = broker;
    const tooLong = request.clientId.length > options.maximumClientId;
    const code =
      faults.connackCode || (tooLong ? ConnackCode.identifierRejected : (options.authenticate?.(request) ?? 0));
    if (code !== 0) {
      this.refuseConnect(code, request);
      return;
    }
    const clientId = request.clientId || broker.assignClientId();
    const [session, present] = broker.openSession(clientId, request.cleanSession);
    this.state = State.connected;
    this.clientId = clientId;
    this.username = request.username;
    this.will = request.will;
    this.keepAlive = request.keepAlive;
    this.lastPacket = broker.clock.now();
    this.session = session;
    // MQTT 3.1 has no Session Present.
    const sessionPresent = present && request.level === 4;
    this.write().connack(sessionPresent, 0);
    for (const observer of broker.observers) observer.onConnect?.(this, request, 0, sessionPresent);
    broker.expectAt(this.deadline);
    if (faults.endsAfterConnack) this.end(DisconnectReason.fault, false);
    else session.resume(this);
  }

  private refuseConnect(code: number, request?: ConnectRequest): void {
    this.write().connack(false, code);
    if (request) for (const observer of this.broker.observers) observer.onConnect?.(this, request, code, false);
    this.end(DisconnectReason.notConnected, false, `CONNACK ${code}`);
  }

  private onPublish(first: number, bytes: Uint8Array, from: number, to: number): void {
    const { broker } = this;
    const { options } = broker;
    const qos = (first >> 1) & 3;
    const retain = (first & 1) !== 0;
    const dup = (first & 8) !== 0;
    if (to - from < 2) {
      this.violate('PUBLISH ends within its topic');
      return;
    }
    const topicTo = from + 2 + ((bytes[from]! << 8) | bytes[from + 1]!);
    const payloadFrom = qos > 0 ? topicTo + 2 : topicTo;
    if (payloadFrom > to) {
      this.violate('PUBLISH ends within its topic or packet id');
      return;
    }
    const topic = broker.topics.find(bytes, from + 2, topicTo);
    if (topic === undefined) {
      this.violate('topic is empty, not UTF-8, or has U+0000 or a wildcard [MQTT-3.3.2-2]');
      return;
    }
    if (options.refusesControlCharacters && this.refuseText(topic.text)) return;
    const packetId = qos > 0 ? this.readId(bytes, topicTo, to) : 0;
    if (qos > 0 && packetId === 0) return;

    const message: BrokerMessage = {
      topic,
      payload: bytes.slice(payloadFrom, to),
      qos,
      retain,
      publisher: this.clientId,
    };
    const duplicate = qos === 2 && this.session!.received.has(packetId);
    const tooMany = qos > 0 && this.unanswered >= options.receiveMaximum;
    let access = PublishAccess.accept;
    if (qos > options.maximumQos || tooMany) access = PublishAccess.close;
    else if (options.mayPublish) access = options.mayPublish(this, topic.text, qos, retain);
    const outcome =
      access === PublishAccess.close
        ? PublishOutcome.refused
        : duplicate
          ? PublishOutcome.duplicate
          : access === PublishAccess.drop
            ? PublishOutcome.dropped
            : PublishOutcome.taken;
    const publish: ReceivedPublish = { message, dup, packetId, outcome };
    const { observers } = broker;
    for (let i = 0; i < observers.length; i++) observers[i]!.onPublish?.(this, publish);
    if (outcome === PublishOutcome.refused) {
      const why = tooMany ? 'more unanswered messages than the limit' : `PUBLISH not allowed on ${topic.text}`;
      this.end(DisconnectReason.limit, false, why);
      return;
    }
    if (qos > 0) this.checkRepeat(message, packetId, dup, duplicate);
    if (qos < 2) {
      if (outcome === PublishOutcome.taken) broker.distribute(message);
    } else if (!duplicate) {
      this.session!.received.set(packetId, outcome === PublishOutcome.taken ? message : null);
    }
    if (qos === 0) return;
    if (qos === 1) this.session!.unanswered.add(packetId);
    if (broker.faults.cutsBeforeAnswer?.(this, publish)) {
      this.end(DisconnectReason.fault, true, 'cut before the answer');
      return;
    }
    this.answer(qos === 1 ? Packet.puback : Packet.pubrec, packetId, broker.faults.publishAnswerDelay);
  }

  /** Tells observers of packet ids that a client uses as it must not. */
  private checkRepeat(message: BrokerMessage, packetId: number, dup: boolean, duplicate: boolean): void {
    if (dup || this.broker.observers.length === 0) return;
    if (!duplicate && !(message.qos === 1 && this.session!.unanswered.has(packetId))) return;
    this.notice(`PUBLISH with packet id ${packetId}, which is in flight, and DUP 0 [MQTT-3.3.1-1] [MQTT-2.3.1-2]`);
  }

  private onAcknowledgement(type: Packet, packetId: number): void {
    const session = this.session!;
    switch (type) {
      case Packet.pubrel: {
        const message = session.received.get(packetId);
        session.received.delete(packetId);
        if (message === undefined) this.notice(`PUBREL ${packetId}, which is not in flight`);
        else if (message !== null) this.broker.distribute(message);
        this.answer(Packet.pubcomp, packetId, this.broker.faults.publishAnswerDelay);
        return;
      }
      case Packet.pubrec: {
        const result = session.receiveRecord(packetId);
        if (this.checkAcknowledgement(result, type, packetId)) this.sendRelease(packetId);
        return;
      }
      default: {
        const result = type === Packet.puback ? session.acknowledge(packetId) : session.complete(packetId);
        if (!this.checkAcknowledgement(result, type, packetId) || result !== Acknowledged.fits) return;
        for (const observer of this.broker.observers) observer.onAcknowledged?.(this, packetId);
      }
    }
  }

  private checkAcknowledgement(result: Acknowledged, type: Packet, packetId: number): boolean {
    if (result === Acknowledged.wrongType) {
      return this.violate(`packet type ${type} does not fit the message in flight with packet id ${packetId}`);
    }
    if (result === Acknowledged.unknown) this.notice(`packet type ${type} with ${packetId}, which is not in flight`);
    return true;
  }

  private onSubscribe(bytes: Uint8Array, from: number, to: number): void {
    const packetId = this.readId(bytes, from, to);
    if (packetId === 0) return;
    const entries = decodeSubscribe(bytes, from + 2, to);
    if (entries instanceof Violation) {
      this.violate(entries.text);
      return;
    }
    const { broker } = this;
    const { options } = broker;
    const session = this.session!;
    if (options.refusesControlCharacters && entries.some(({ filter }) => this.refuseText(filter))) return;
    const codes: number[] = [];
    const retained: [levels: readonly string[], granted: number][] = [];
    for (const { filter, qos } of entries) {
      const wanted = Math.min(qos, options.maximumQos);
      const granted = options.grant?.(this, filter, wanted) ?? wanted;
      codes.push(granted);
      for (const observer of broker.observers) observer.onSubscribe?.(this, filter, qos, granted);
      if (granted === SUBACK_FAILURE) continue;
      const levels = filter.split('/');
      session.subscriptions.set(filter, { filter, levels, qos: granted });
      retained.push([levels, granted]);
    }
    broker.subscriptionsChanged();
    const sendRetained = (): void => {
      for (const [levels, granted] of retained) broker.offerRetained(session, levels, granted);
    };
    if (options.retainedFirst) sendRetained();
    this.answer(Packet.suback, packetId, broker.faults.subscribeAnswerDelay, codes);
    if (!options.retainedFirst) sendRetained();
  }

  private onUnsubscribe(bytes: Uint8Array, from: number, to: number): void {
    const packetId = this.readId(bytes, from, to);
    if (packetId === 0) return;
    const filters = decodeUnsubscribe(bytes, from + 2, to);
    if (filters instanceof Violation) {
      this.violate(filters.text);
      return;
    }
    const { broker } = this;
    for (const filter of filters) {
      const existed = this.session!.subscriptions.delete(filter);
      for (const observer of broker.observers) observer.onUnsubscribe?.(this, filter, existed);
    }
    broker.subscriptionsChanged();
    this.answer(Packet.unsuback, packetId, broker.faults.subscribeAnswerDelay);
  }

  private onPing(): void {
    for (const observer of this.broker.observers) observer.onPing?.(this);
    if (this.broker.faults.answersPings) this.write().pingresp();
  }

  // Answers

  /** Sends an answer, or lets it wait; none overtakes another [MQTT-4.6.0-2] [MQTT-4.6.0-3]. */
  private answer(type: Packet, packetId: number, delay: number, codes = NO_CODES): void {
    if (delay <= 0 && this.answers.length === 0) {
      this.sendAnswer(type, packetId, codes);
      return;
    }
    this.answers.push({ since: this.broker.clock.now(), type, packetId, codes });
    if (isPublishAnswer(type)) this.unanswered++;
    this.broker.expectAt(this.answersDue);
  }

  private sendAnswers(now: number): void {
    while (this.answersDue <= now) {
      const { type, packetId, codes } = this.answers.shift()!;
      if (isPublishAnswer(type)) this.unanswered--;
      this.sendAnswer(type, packetId, codes);
    }
  }

  private sendAnswer(type: Packet, packetId: number, codes: readonly number[]): void {
    const writer = this.write();
    if (type === Packet.suback) {
      writer.suback(packetId, codes);
      return;
    }
    writer.acknowledgement(type, packetId);
    if (type === Packet.unsuback) return;
    if (type === Packet.puback) this.session!.unanswered.delete(packetId);
    const { observers } = this.broker;
    for (let i = 0; i < observers.length; i++) observers[i]!.onAnswer?.(this, type, packetId);
  }

  // Faults of the client

  /** The packet id at `bytes[from]`; 0 after the connection was closed for one that is missing or 0 [MQTT-2.3.1-1]. */
  private readId(bytes: Uint8Array, from: number, to: number): number {
    const packetId = from + 2 > to ? 0 : (bytes[from]! << 8) | bytes[from + 1]!;
    if (packetId === 0) this.violate('packet id is missing or 0 [MQTT-2.3.1-1]');
    return packetId;
  }

  private refuseText(text: string): boolean {
    return hasDiscouragedCharacter(text) && !this.violate('control character or non-character in a string');
  }

  /** Closes the connection [MQTT-4.8.0-1]. Returns false. */
  private violate(detail: string): false {
    const reason = DisconnectReason.violation;
    this.end(reason, false, detail);
    return false;
  }

  private notice(text: string): void {
    for (const observer of this.broker.observers) observer.onNotice?.(this, text);
  }
}

function isPublishAnswer(type: Packet): boolean {
  return type === Packet.puback || type === Packet.pubrec;
}

function isSubscribeAnswer(type: Packet): boolean {
  return type === Packet.suback || type === Packet.unsuback;
}
