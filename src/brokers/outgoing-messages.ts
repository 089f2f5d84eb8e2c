import type { Connection } from '../connection/connection.js';
import type { NetworkPlatform, Timer } from '../hal/index.js';
import { checkMessages, exportMessages, importMessages } from '../mqtt/persistence.js';
import type { Session } from '../mqtt/session.js';
import { Refusal } from '../mqtt/state.js';
import { refusalText } from '../mqtt/texts.js';
import { MessageDrop, MessageQueue } from '../telemetry/outbox/message-queue.js';
import type { MessageQueueHandler } from '../telemetry/outbox/message-queue.js';
import { LOG_CHANNELS } from '../telemetry/outbox/flash-log.js';
import type { FlashLog } from '../telemetry/outbox/flash-log.js';
import type { BrokerConnectionOptions } from './broker-properties.js';

/** What became of a message that was published. */
export interface Delivery {
  /** True: the broker has acknowledged it (QoS 1), or the session has it (QoS 0). False: it is kept, and sent later. */
  readonly delivered: boolean;
  /** Why it is kept: one line without secrets. Empty when it was delivered. */
  readonly reason: string;
}

/** How the QoS 1 messages of a broker are kept until their PUBACK. */
export interface OutgoingOptions {
  /** Bytes of memory for them, per broker, 64 to 1048576; taken with the first one. Default 2048. */
  capacity?: number;
  /** Messages that may wait, in memory and on flash, per broker, 1 to 1000000. Default 250. */
  maxMessages?: number;
  /** True: a full queue drops its oldest message for a new one. Default false: it refuses the new one. */
  dropsOldest?: boolean;
  /** Seconds after which a message that is not acknowledged is written to the log, 0: at once. Default 5. */
  persistSeconds?: number;
}

/** What the outgoing messages of all brokers of a device have in common. */
export interface OutgoingParts {
  readonly options: BrokerConnectionOptions & {
    outgoing?: OutgoingOptions;
    answerTimeout?: number;
    maxWaiting?: number;
  };
  /** Absent: a restart loses the messages. */
  readonly log: FlashLog | undefined;
}

/** A call of `publish` whose message is not acknowledged. */
interface WaitingPublish {
  readonly number: number;
  /** 0 until the session has the message. */
  packetId: number;
  readonly deadline: number;
  readonly resolve: (delivery: Delivery) => void;
  readonly reject: (error: Error) => void;
}

const DELIVERED: Delivery = Object.freeze({ delivered: true, reason: '' });
const EMPTY = new Uint8Array(0);
/** The place of messages that nobody wants any more: no hash. */
const NOWHERE = -1;
/** Bytes of a QoS 1 PUBLISH beside topic and payload, at most. */
const PACKET_OVERHEAD = 9;
/** When nothing could be sent although nothing is in flight, as while the log serves others. */
const RETRY = 1000;

function dropText(reason: MessageDrop): string {
  switch (reason) {
    case MessageDrop.full:
      return 'queue full';
    case MessageDrop.elsewhere:
      return 'they were for a broker with another name, address, port, ssl or client-id, or one that was removed';
    case MessageDrop.expired:
      return 'too old';
    default:
      return 'longer than the transmit buffer, or written by another version of the firmware';
  }
}

/**
 * The QoS 1 messages of one broker that are not acknowledged, and the calls that wait for that. A broker that never
 * published any takes no memory for them.
 */
export class OutgoingMessages implements MessageQueueHandler {
  private readonly log: FlashLog | undefined;
  private queue: MessageQueue | undefined;
  private connection: Connection | undefined;
  private open = false;
  /** The place when the connection was made. */
  private sessionPlace: number;
  /** What the session of a connection that is gone had in flight, for the next one. */
  private carried = EMPTY;
  private calls: WaitingPublish[] = [];
  private timer: Timer | undefined;
  /** When the timer will fire. */
  private wakeAt = Infinity;
  /** Drops of which nobody was told, by `MessageDrop`. */
  private readonly untold: number[] = [];
  /** A notice says that the queue is full once, and again only after it was empty. */
  private toldFull = false;

  /** `channel` is that of this broker in the log. `notice` takes one line. */
  constructor(
    private readonly parts: OutgoingParts,
    private readonly platform: Pick<NetworkPlatform, 'clock' | 'timers'>,
    private readonly channel: number,
    /** See `MessageQueueOptions.place`. */
    public place: number,
    private readonly notice: (text: string) => void,
  ) {
    this.sessionPlace = place;
    this.log = channel < LOG_CHANNELS ? parts.log : undefined;
    if (this.log && this.log.waiting(channel) > 0) this.make();
  }

  /** Messages that wait for a connection, or for room in the session. */
  get waiting(): number {
    return this.queue ? this.queue.waiting : 0;
  }

  /** Messages that wait, and those that the session has and that are not acknowledged. */
  get count(): number {
    return this.queue ? this.queue.waiting + this.queue.inFlight : 0;
  }

  /** Messages that were dropped. */
  get dropped(): number {
    return this.queue ? this.queue.dropped.reduce((sum, count) => sum + count, 0) : 0;
  }

  /** Bytes of the longest message that is kept, topic and payload. */
  get maxMessageLength(): number {
    return (this.queue ?? this.make()).maxMessageLength;
  }

  /**
   * Keeps a message and publishes it as soon as it can be. Resolves with its PUBACK, or says that it is kept: when it
   * is not acknowledged in time, or `settle` is called. With `patient` it waits for the PUBACK as long as one can come.
   * Rejects with an Error of one line when the message will not be sent: it was refused or dropped.
   */
  publish(
    topic: Uint8Array,
    payload: Uint8Array,
    retain: boolean,
    lifetime: number,
    patient: boolean,
  ): Promise<Delivery> {
    const { options } = this.parts;
    const queue = this.queue ?? this.make();
    const isFull = this.calls.length >= (options.maxWaiting ?? 64);
    if (patient && isFull) return Promise.reject(new Error(waitingText('message refused', this.calls.length)));
    const number = queue.add(topic, 0, topic.length, payload, 0, payload.length, retain, lifetime);
    this.tell();
    if (number < 0) {
      const text = number === Refusal.full ? 'queue full (' + queue.waiting + ' waiting)' : refusalText(number);
      return Promise.reject(new Error('message refused: ' + text));
    }
    const timeout = options.answerTimeout ?? 30000;
    const result = isFull
      ? Promise.resolve(kept(waitingText('acknowledgement not awaited', this.calls.length)))
      : new Promise<Delivery>((resolve, reject) => {
          const deadline = patient ? Infinity : this.platform.clock.now() + timeout;
          this.calls.push({ number, packetId: 0, deadline, resolve, reject });
        });
    this.send();
    return result;
  }

  /**
   * Calls resolve now: their messages are kept, for `reason`. Those that are patient only when there is no connection
   * and none comes by itself (`isIdle`).
   */
  settle(reason: string, isIdle = false): void {
    this.settleWhere((call) => isIdle || call.deadline < Infinity, kept(reason));
    this.arm();
  }

  // The connection

  /** A connection was made, and is not started. */
  attach(connection: Connection, persistent: boolean): void {
    const { carried, queue } = this;
    this.connection = connection;
    this.sessionPlace = this.place;
    this.carried = EMPTY;
    if (carried.length > 0 && importMessages(connection.session, carried, 0, carried.length) < 0) queue?.detach();
    queue?.attach(connection, persistent);
  }

  connected(): void {
    this.open = true;
    this.queue?.connected();
    this.send();
  }

  /** It is being ended: no further message goes out. */
  pause(): void {
    this.open = false;
    this.queue?.pause();
  }

  /** It was lost, or has ended. The session keeps what it has. */
  disconnected(): void {
    this.open = false;
    this.queue?.disconnected();
    this.tell();
    this.arm();
  }

  /**
   * The session is given up. The next one goes on with its messages, unless they were for another place. Returns how
   * many are lost that this queue did not have.
   */
  detach(session: Session): number {
    const { queue } = this;
    const { inFlight } = session;
    this.connection = undefined;
    // What was dropped was told.
    if (this.place === NOWHERE) return 0;
    if (this.place !== this.sessionPlace) {
      const kept = queue?.inFlight ?? 0;
      queue?.detach();
      this.move(this.place);
      return inFlight - kept;
    }
    const carried = new Uint8Array(exportMessages(session, EMPTY, 0));
    exportMessages(session, carried, 0);
    this.carried = carried;
    return inFlight - checkMessages(carried, 0, carried.length);
  }

  /** PUBACK. */
  acknowledged(packetId: number): void {
    if (this.queue?.acknowledged(packetId)) this.delivered(packetId);
  }

  /** The session gave up a message, for the reason in `text`. */
  gaveUp(packetId: number, text: string): void {
    if (!this.queue?.gaveUp(packetId)) return;
    this.take((one) => one.packetId === packetId)?.reject(new Error(text));
    this.send();
  }

  /** There may be room in the session. */
  room(): void {
    this.send();
  }

  // The place

  /** The messages are for another place from now on: those that wait are dropped. */
  move(place: number): void {
    this.place = place;
    this.carried = EMPTY;
    this.queue?.move(place);
    this.tell();
    this.arm();
  }

  /** The broker was removed: drops everything, at once, since another one may get its channel. */
  end(): void {
    this.queue?.detach();
    this.move(NOWHERE);
    this.queue = undefined;
  }

  /** Writes what is in memory to the log: the chip will restart. */
  flush(): void {
    this.queue?.flush();
  }

  // MessageQueueHandler

  onSent(number: number, packetId: number): void {
    const { calls } = this;
    for (let i = 0; i < calls.length; i++) {
      const call = calls[i]!;
      if (call.number !== number) continue;
      call.packetId = packetId;
      return;
    }
  }

  onDropped(count: number, reason: MessageDrop, number: number): void {
    if (reason === MessageDrop.setAside) return;
    this.untold[reason] = (this.untold[reason] ?? 0) + count;
    const error = new Error('message dropped: ' + dropText(reason));
    if (number > 0) return this.take((call) => call.number === number)?.reject(error);
    const oldest = this.queue!.oldestWaiting();
    const lost = this.calls.filter((call) => call.packetId === 0 && call.number < oldest);
    this.calls = this.calls.filter((call) => !lost.includes(call));
    for (const call of lost) call.reject(error);
  }

  /** Apart from `acknowledged`, where a closure would cost memory for each message of firmware. */
  private delivered(packetId: number): void {
    this.take((call) => call.packetId === packetId)?.resolve(DELIVERED);
    this.send();
  }

  private make(): MessageQueue {
    const { options } = this.parts;
    const { session, outgoing } = options;
    const queue = new MessageQueue(
      {
        ...outgoing,
        place: this.place,
        maxMessageLength: (session?.transmitArenaSize ?? 512) - PACKET_OVERHEAD,
        maxInFlight: session?.maxInFlight,
      },
      this.platform.clock,
      this,
      this.log,
      this.channel,
    );
    this.queue = queue;
    if (queue.found > 0) this.notice('messages from before the restart: ' + queue.found);
    // Nothing of it was sent, so no session has anything of it.
    if (this.connection) queue.attach(this.connection, false);
    if (this.open) queue.connected();
    return queue;
  }

  /** Publishes what can be published, and sets the timer. */
  private send(): void {
    this.queue?.publishWaiting();
    this.tell();
    this.arm();
  }

  /** Tells people of drops. */
  private tell(): void {
    const { queue, untold } = this;
    if (!queue) return;
    if (queue.waiting === 0) this.toldFull = false;
    for (let reason = 0; reason < untold.length; reason++) {
      const count = untold[reason];
      if (!count || (reason === MessageDrop.full && this.toldFull)) continue;
      untold[reason] = 0;
      this.toldFull ||= reason === MessageDrop.full;
      this.notice('messages dropped: ' + count + ': ' + dropText(reason));
    }
  }

  private take(which: (call: WaitingPublish) => boolean): WaitingPublish | undefined {
    const { calls } = this;
    for (let i = 0; i < calls.length; i++) if (which(calls[i]!)) return calls.splice(i, 1)[0];
    return undefined;
  }

  private settleWhere(which: (call: WaitingPublish) => boolean, delivery: Delivery): void {
    const settled = this.calls.filter(which);
    if (settled.length === 0) return;
    this.calls = this.calls.filter((call) => !settled.includes(call));
    for (const call of settled) call.resolve(delivery);
  }

  private wake(): void {
    this.wakeAt = Infinity;
    const { queue, platform, parts } = this;
    const now = platform.clock.now();
    const seconds = Math.ceil((parts.options.answerTimeout ?? 30000) / 1000);
    this.settleWhere((call) => call.deadline <= now, kept('no PUBACK within ' + seconds + ' s'));
    if (queue && queue.deadline <= now) queue.tick();
    this.send();
  }

  /** Only ever sets the timer to an earlier time: one that fires too early does no harm. */
  private arm(): void {
    const { queue } = this;
    if (!queue) return;
    const now = this.platform.clock.now();
    let next = queue.deadline;
    if (this.open && queue.waiting > 0 && queue.inFlight === 0) next = Math.min(next, now + RETRY);
    for (const { deadline } of this.calls) if (deadline < next) next = deadline;
    if (next === Infinity) {
      this.wakeAt = Infinity;
      this.timer?.stop();
    } else if (next < this.wakeAt) {
      this.timer ??= this.platform.timers.create(() => this.wake());
      this.wakeAt = next;
      this.timer.start(next > now ? next - now : 0);
    }
  }
}

function kept(reason: string): Delivery {
  return { delivered: false, reason };
}

function waitingText(what: string, count: number): string {
  return what + ': ' + count + ' messages are waiting, which is the limit';
}
