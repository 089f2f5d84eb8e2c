import type { Clock } from '../../hal/board.js';
import { numberOption } from '../../mqtt/options.js';
import { copyBytes } from '../../mqtt/packet.js';
import { importMessage } from '../../mqtt/persistence.js';
import type { Session } from '../../mqtt/session.js';
import { Refusal } from '../../mqtt/state.js';
import { checkTopicName, TopicFault } from '../../mqtt/topic.js';
import { DropReason, FullRule, RecordRank } from './flash-log.js';
import type { FlashLog } from './flash-log.js';
import { checkMessageRecord, MessageFlag, MessageOffset } from './message-record.js';
import { Outbox, RECORD_OVERHEAD } from './outbox.js';

/** What a `MessageQueue` publishes through: a `Connection` is one. */
export interface MessageConnection {
  /** Absent: nothing is sent under the packet identifier that it had before a restart. */
  readonly session?: Session;

  /** See `Session.publishRange`. */
  publishRange(
    topic: Uint8Array,
    topicFrom: number,
    topicTo: number,
    payload: Uint8Array,
    payloadFrom: number,
    payloadTo: number,
    qos: number,
    retain: boolean,
  ): number;
}

/** Sizes and rules of a `MessageQueue`. */
export interface MessageQueueOptions {
  /**
   * What the messages are for, as one number: a hash of host, port, client identifier and name. A message that was kept
   * for another place is dropped, and never sent.
   */
  place: number;
  /** Bytes of memory for messages that wait or are in flight, 64 to 16777216. Default 2048. */
  capacity?: number;
  /** Bytes of the longest message, topic and payload. It must fit the session's arena. Default 480. */
  maxMessageLength?: number;
  /** Messages that may wait, in memory and in the log, 1 to 1000000. Default 250. */
  maxMessages?: number;
  /** True: a full queue drops its oldest message for a new one. Default false: it refuses the new one. */
  dropsOldest?: boolean;
  /** See `OutboxOptions.persistSeconds`. */
  persistSeconds?: number;
  /** Messages that the session takes at once, `maxInFlight` of its options. Default 8. */
  maxInFlight?: number | undefined;
}

/** Why messages were dropped. */
export const enum MessageDrop {
  /** To make room for others, or the log could not read them. */
  full = 0,
  /** They were kept for another place. */
  elsewhere = 1,
  /** They are older than they may be. */
  expired = 2,
  /** The session can never take them: too long for its arena; or another firmware wrote them. */
  unsuitable = 3,
  /** The broker ends the connection whenever it gets them. */
  setAside = 4,

  count = 5,
}

/** Hears what becomes of the messages of a queue. A call must not throw, and must not call the queue, except
 * `oldestWaiting`. */
export interface MessageQueueHandler {
  /** The session has message `number` (0: one of an earlier run) under `packetId`. */
  onSent(number: number, packetId: number): void;

  /** `count` messages were dropped. `number` is that of a single one of this run, else 0. */
  onDropped(count: number, reason: MessageDrop, number: number): void;
}

/** Bytes of a record beside topic and payload. */
export const MESSAGE_OVERHEAD = MessageOffset.topic + RECORD_OVERHEAD;

const QOS = 1;
const TWO_32 = 0x100000000;

/**
 * Messages of QoS 1 on their way to one broker, first in, first out: kept in memory, and in the log of a board that has
 * one, until their PUBACK. See `Outbox` for what a power cut loses.
 *
 * Its owner tells it of the connection and of time, and calls `publishWaiting` after `add`. A message that is handed to
 * the session stays here too: the session sends it again after a reconnection, and after a restart of the program this
 * queue does so, in a persistent session under its old packet identifier with DUP [MQTT-4.4.0-1], in a clean one as a
 * new message.
 *
 * Nothing but the constructor allocates.
 */
export class MessageQueue {
  /** What new messages are for, and those that are sent. */
  place: number;
  /** Since construction: messages dropped, by `MessageDrop`. */
  readonly dropped = new Uint32Array(MessageDrop.count);
  /** Since construction: messages that were not taken. */
  refused = 0;
  /** Messages of an earlier run that were found at construction. */
  readonly found: number;
  readonly maxMessageLength: number;

  private readonly outbox: Outbox;
  private readonly clock: Clock;
  private readonly handler: MessageQueueHandler;
  /** Tells messages of this queue from those of one before a restart: the log has no record that is younger. */
  private readonly run: number;
  private readonly maxMessages: number;
  private readonly dropsOldest: boolean;
  private connection: MessageConnection | undefined;
  /** Messages may go to the session. */
  private open = false;
  private publishing = false;
  /** The number that was given last. */
  private number = 0;
  /** Those that the outbox dropped by itself, as far as the handler knows. */
  private toldDropped = 0;

  /** `channel` is this queue's in the log. Throws a RangeError that names the option and what is allowed. */
  constructor(
    options: MessageQueueOptions,
    clock: Clock,
    handler: MessageQueueHandler,
    log: FlashLog | undefined,
    channel: number,
  ) {
    const { place, persistSeconds } = options;
    const capacity = numberOption(options.capacity, 'capacity of a message queue', 2048, 64, 16777216);
    const longest = Math.min(numberOption(options.maxMessageLength, 'maxMessageLength', 480, 1, 60000), capacity);
    this.maxMessages = numberOption(options.maxMessages, 'maxMessages', 250, 1, 1000000);
    const maxInFlight = numberOption(options.maxInFlight, 'maxInFlight', 8, 1, 65534);
    this.maxMessageLength = Math.min(longest, capacity - MESSAGE_OVERHEAD);
    this.place = place >>> 0;
    this.run = log ? log.nextSequence : 0;
    this.dropsOldest = options.dropsOldest === true;
    this.clock = clock;
    this.handler = handler;
    const rule = this.dropsOldest ? FullRule.oldest : FullRule.newest;
    const maxRecordLength = this.maxMessageLength + MessageOffset.topic;
    const sizes = { capacity, maxRecordLength, maxInFlight, rule };
    this.outbox = new Outbox(
      persistSeconds === undefined ? sizes : Object.assign({ persistSeconds }, sizes),
      log,
      channel,
    );
    this.found = this.outbox.waitingCount;
  }

  /** Messages that wait for the session to take them. */
  get waiting(): number {
    return this.outbox.waitingCount;
  }

  /** Messages that the session has and that are not acknowledged. */
  get inFlight(): number {
    return this.outbox.inFlightCount;
  }

  /** When `tick` must be called at the latest, in milliseconds of `Clock.now`; Infinity when nothing is due. */
  get deadline(): number {
    return this.outbox.deadline;
  }

  /**
   * Adds a message that is not sent any more after `lifetime` seconds (0: never too old), as far as the time of day is
   * known. Returns its number, or `Refusal.full`, `tooLarge` or `invalidTopic`. `publishWaiting` sends it.
   */
  add(
    topic: Uint8Array,
    topicFrom: number,
    topicTo: number,
    payload: Uint8Array,
    payloadFrom: number,
    payloadTo: number,
    retain: boolean,
    lifetime: number,
  ): number {
    const topicLength = topicTo - topicFrom;
    const length = topicLength + payloadTo - payloadFrom;
    if (checkTopicName(topic, topicFrom, topicTo) !== TopicFault.none) return this.refuse(Refusal.invalidTopic);
    if (length > this.maxMessageLength) return this.refuse(Refusal.tooLarge);
    const { outbox } = this;
    while (outbox.waitingCount >= this.maxMessages) {
      if (!this.dropsOldest || !this.dropNext(MessageDrop.full, DropReason.full)) return this.refuse(Refusal.full);
    }
    const at = outbox.reserve(RecordRank.message, 0, MessageOffset.topic + length);
    if (at < 0) return this.refuse(Refusal.full);
    const { bytes, view } = outbox;
    this.number = (this.number + 1) % TWO_32 || 1;
    const unixTime = lifetime > 0 ? this.clock.unixTime() : 0;
    view.setUint8(at + MessageOffset.flags, MessageFlag.version | (retain ? MessageFlag.retain : 0));
    view.setUint32(at + MessageOffset.place, this.place, true);
    view.setUint32(at + MessageOffset.run, this.run, true);
    view.setUint32(at + MessageOffset.number, this.number, true);
    view.setUint32(at + MessageOffset.expiry, unixTime > 0 ? unixTime / 1000 + lifetime : 0, true);
    view.setUint16(at + MessageOffset.topicLength, topicLength, true);
    copyBytes(
      bytes,
      copyBytes(bytes, at + MessageOffset.topic, topic, topicFrom, topicTo),
      payload,
      payloadFrom,
      payloadTo,
    );
    outbox.commit(this.clock.now());
    this.tellDropped();
    return this.number;
  }

  /**
   * Publishes through `connection`, which was never opened, from `connected` on. With `persistent` its session takes
   * the messages that an earlier run has sent.
   */
  attach(connection: MessageConnection, persistent: boolean): void {
    this.connection = connection;
    const { outbox } = this;
    const { session } = connection;
    while (session && persistent && this.take() && outbox.takenPacketId > 0) {
      if (this.takenPlace() !== this.place) {
        this.drop(MessageDrop.elsewhere, DropReason.setAside);
        continue;
      }
      const { bytes, view, takenAt, takenLength, takenPacketId } = outbox;
      const topicFrom = takenAt + MessageOffset.topic;
      const topicTo = topicFrom + view.getUint16(takenAt + MessageOffset.topicLength, true);
      const to = takenAt + takenLength;
      const retain = (bytes[takenAt + MessageOffset.flags]! & MessageFlag.retain) !== 0;
      // One that has no room becomes a new message.
      if (importMessage(session, bytes, topicFrom, topicTo, bytes, topicTo, to, retain, takenPacketId) < 0) return;
      outbox.sent(takenPacketId);
      this.handler.onSent(0, takenPacketId);
    }
  }

  /** The session is given up: what it had waits again, in order. */
  detach(): void {
    this.open = false;
    this.connection = undefined;
    this.outbox.returnToWaiting();
  }

  /** The broker accepted the connection. */
  connected(): void {
    this.open = true;
    this.outbox.connected();
  }

  /** No further message goes to the session; acknowledgements may come. */
  pause(): void {
    this.open = false;
  }

  /** The connection was lost, or has ended. */
  disconnected(): void {
    this.open = false;
    this.outbox.disconnected(this.clock.now());
    this.tellDropped();
  }

  /** Hands messages to the session, as many as it has room for. */
  publishWaiting(): void {
    const { connection } = this;
    if (!connection || !this.open || this.publishing) return;
    this.publishing = true;
    try {
      while (this.publishOne(connection)) {
        // As many as there are.
      }
    } finally {
      this.publishing = false;
    }
    this.tellDropped();
  }

  /** The broker acknowledged `packetId`. False when it is not that of a message of this queue. */
  acknowledged(packetId: number): boolean {
    return this.outbox.acknowledged(packetId);
  }

  /** The session gave up `packetId`. False when it is not that of a message of this queue. */
  gaveUp(packetId: number): boolean {
    if (!this.outbox.gaveUp(packetId)) return false;
    this.note(1, MessageDrop.setAside, 0);
    return true;
  }

  /** Does what is due. */
  tick(): void {
    this.outbox.tick(this.clock.now());
    this.tellDropped();
  }

  /** Writes what is in memory to the log: the chip will restart. Returns how many messages that loses. */
  flush(): number {
    const lost = this.outbox.flush(this.clock.now());
    this.tellDropped();
    return lost;
  }

  /** The messages are for another place from now on; those that wait are dropped. -1: for none. */
  move(place: number): void {
    this.place = place;
    while (this.take() && this.takenPlace() !== place) this.drop(MessageDrop.elsewhere, DropReason.setAside);
  }

  /**
   * The number of the message of this run that waits longest: those before it were sent or dropped. 0 when one of an
   * earlier run waits longer, Infinity when none waits.
   */
  oldestWaiting(): number {
    if (!this.take()) return Infinity;
    return this.takenNumber();
  }

  private refuse(refusal: Refusal): number {
    this.refused++;
    return refusal;
  }

  /** Publishes or drops the message that waits longest. False when there is none, or no room. */
  private publishOne(connection: MessageConnection): boolean {
    if (!this.take()) return false;
    const { outbox } = this;
    const { bytes, view, takenAt } = outbox;
    if (this.takenPlace() !== this.place) return this.drop(MessageDrop.elsewhere, DropReason.setAside);
    const expiry = view.getUint32(takenAt + MessageOffset.expiry, true);
    // A time of day that is not known is 0.
    if (expiry > 0 && this.clock.unixTime() > expiry * 1000) return this.drop(MessageDrop.expired, DropReason.age);
    const topicFrom = takenAt + MessageOffset.topic;
    const topicTo = topicFrom + view.getUint16(takenAt + MessageOffset.topicLength, true);
    const to = takenAt + outbox.takenLength;
    const retain = (bytes[takenAt + MessageOffset.flags]! & MessageFlag.retain) !== 0;
    const number = this.takenNumber();
    const packetId = connection.publishRange(bytes, topicFrom, topicTo, bytes, topicTo, to, QOS, retain);
    if (packetId === Refusal.tooLarge || packetId === Refusal.invalidTopic) {
      return this.drop(MessageDrop.unsuitable, DropReason.tooLong);
    }
    if (packetId < 0) return false;
    outbox.sent(packetId);
    this.handler.onSent(number, packetId);
    return true;
  }

  /** Selects the message that waits longest. False when none waits. What another firmware wrote is dropped. */
  private take(): boolean {
    const { outbox } = this;
    while (outbox.takeOldest()) {
      const { takenAt, takenLength } = outbox;
      if (checkMessageRecord(outbox.bytes, outbox.view, takenAt, takenAt + takenLength)) return true;
      this.note(1, MessageDrop.unsuitable, 0);
      this.toldDropped++;
      outbox.drop(DropReason.corrupt);
    }
    return false;
  }

  private takenPlace(): number {
    return this.outbox.view.getUint32(this.outbox.takenAt + MessageOffset.place, true);
  }

  /** 0 for a message of an earlier run. */
  private takenNumber(): number {
    const { view, takenAt } = this.outbox;
    if (view.getUint32(takenAt + MessageOffset.run, true) !== this.run) return 0;
    return view.getUint32(takenAt + MessageOffset.number, true);
  }

  private dropNext(drop: MessageDrop, reason: DropReason): boolean {
    return this.take() && this.drop(drop, reason);
  }

  /** Drops the message that `take` selected. Always true. */
  private drop(drop: MessageDrop, reason: DropReason): boolean {
    const number = this.takenNumber();
    this.toldDropped++;
    this.outbox.drop(reason);
    this.note(1, drop, number);
    return true;
  }

  /** Tells of what the outbox dropped by itself. */
  private tellDropped(): void {
    const { droppedCount } = this.outbox;
    const count = droppedCount - this.toldDropped;
    if (count <= 0) return;
    this.toldDropped = droppedCount;
    this.note(count, MessageDrop.full, 0);
  }

  private note(count: number, reason: MessageDrop, number: number): void {
    this.dropped[reason]! += count;
    this.handler.onDropped(count, reason, number);
  }
}
