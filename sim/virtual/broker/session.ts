import type { Topic } from './topics.js';

/** An application message, as the broker took it. */
export interface BrokerMessage {
  readonly topic: Topic;
  readonly payload: Uint8Array;
  /** As it was published; each receiver has its own, which may be lower. */
  readonly qos: number;
  readonly retain: boolean;
  /** Client identifier of the publisher; empty for the broker itself. */
  readonly publisher: string;
}

/** A message on its way to a client. */
export interface Delivery {
  readonly message: BrokerMessage;
  readonly qos: number;
  /** True for a retained message that a new subscription caused [MQTT-3.3.1-8] [MQTT-3.3.1-9]. */
  readonly retain: boolean;
  /** 0 until it is in flight, and with QoS 0. */
  packetId: number;
  /** PUBREC came: PUBREL follows, no PUBLISH any more [MQTT-4.3.3-1]. */
  released: boolean;
}

/** A topic filter of a session. */
export interface Subscription {
  readonly filter: string;
  readonly levels: readonly string[];
  /** Granted: 0, 1 or 2. */
  readonly qos: number;
}

/** What an acknowledgement of a client did. */
export const enum Acknowledged {
  /** It fits a message in flight. */
  fits,
  /** No message in flight has this packet id. */
  unknown,
  /** It does not belong to the QoS of the message, or to the step that the message is in. */
  wrongType,
}

/** Where a session sends to while its client is connected. */
export interface SessionOutput {
  /** `dup`: it was sent before, on a connection that has ended [MQTT-3.3.1-1]. */
  sendPublish(delivery: Delivery, dup: boolean): void;
  sendRelease(packetId: number): void;
}

/** How much a session may hold. */
export interface SessionLimits {
  /** Messages with QoS 1 and 2 in flight to a client. */
  readonly inflightMessages: number;
  /** Messages with QoS 1 and 2 that wait for a client, besides those in flight while it is connected. */
  readonly queuedMessages: number;
  /** Keeps messages with QoS 0 for a client that is not connected, as far as `queuedMessages` allows. */
  readonly queuesQos0: boolean;
}

/** The session state that a server keeps for a client (MQTT 3.1.1, 4.1), and the sender's side of QoS 1 and 2. */
export class Session {
  readonly subscriptions = new Map<string, Subscription>();
  /** In flight, in the order of sending, by packet id. */
  readonly inflight = new Map<number, Delivery>();
  /** Messages with QoS 2 from the client that are not released, by packet id; null for one that was dropped. */
  readonly received = new Map<number, BrokerMessage | null>();
  /** Packet ids of messages with QoS 1 that were taken, and whose PUBACK was not sent. */
  readonly unanswered = new Set<number>();
  /** Undefined while the client is not connected. */
  output: SessionOutput | undefined;
  /** When the client's last connection ended, ms. */
  offlineSince = 0;
  /** Messages that did not fit in the queue. */
  dropped = 0;

  private queue: Delivery[] = [];
  private lastId = 0;

  constructor(
    readonly clientId: string,
    readonly cleanSession: boolean,
    private readonly limits: SessionLimits,
  ) {}

  /** Messages that wait, without those in flight. */
  get queued(): number {
    return this.queue.length;
  }

  /** Sends a message, or keeps it until it can be sent. False when it is dropped. */
  offer(message: BrokerMessage, qos: number, retain: boolean): boolean {
    const delivery: Delivery = { message, qos, retain, packetId: 0, released: false };
    const { output, limits } = this;
    if (output !== undefined) {
      if (qos === 0) {
        output.sendPublish(delivery, false);
        return true;
      }
      if (this.queue.length === 0 && this.inflight.size < limits.inflightMessages) {
        this.launch(delivery, output);
        return true;
      }
    } else if (qos === 0 && !limits.queuesQos0) {
      return false;
    }
    const waiting = this.queue.length + (output === undefined ? this.inflight.size : 0);
    if (waiting >= limits.queuedMessages) {
      this.dropped++;
      return false;
    }
    this.queue.push(delivery);
    return true;
  }

  /**
   * Sends again what was in flight, in the same order and with the same packet ids, then what waited
   * [MQTT-4.4.0-1] [MQTT-4.6.0-1].
   */
  resume(output: SessionOutput): void {
    this.output = output;
    for (const delivery of this.inflight.values()) {
      if (delivery.released) output.sendRelease(delivery.packetId);
      else output.sendPublish(delivery, true);
    }
    this.fill();
  }

  /** PUBACK. */
  acknowledge(packetId: number): Acknowledged {
    const delivery = this.inflight.get(packetId);
    if (delivery === undefined) return Acknowledged.unknown;
    if (delivery.qos !== 1) return Acknowledged.wrongType;
    this.finish(packetId);
    return Acknowledged.fits;
  }

  /** PUBREC. The caller sends PUBREL, which is due to an unknown packet id too. */
  receiveRecord(packetId: number): Acknowledged {
    const delivery = this.inflight.get(packetId);
    if (delivery === undefined) return Acknowledged.unknown;
    if (delivery.qos !== 2) return Acknowledged.wrongType;
    delivery.released = true;
    return Acknowledged.fits;
  }

  /** PUBCOMP. */
  complete(packetId: number): Acknowledged {
    const delivery = this.inflight.get(packetId);
    if (delivery === undefined) return Acknowledged.unknown;
    if (delivery.qos !== 2 || !delivery.released) return Acknowledged.wrongType;
    this.finish(packetId);
    return Acknowledged.fits;
  }

  private finish(packetId: number): void {
    this.inflight.delete(packetId);
    this.fill();
  }

  private fill(): void {
    const { output, queue, inflight } = this;
    if (output === undefined || queue.length === 0) return;
    let next = 0;
    while (next < queue.length) {
      const delivery = queue[next]!;
      if (delivery.qos > 0 && inflight.size >= this.limits.inflightMessages) break;
      next++;
      if (delivery.qos === 0) output.sendPublish(delivery, false);
      else this.launch(delivery, output);
    }
    if (next > 0) queue.splice(0, next);
  }

  private launch(delivery: Delivery, output: SessionOutput): void {
    // The next identifier that no message in flight has [MQTT-2.3.1-2].
    do this.lastId = this.lastId === 65535 ? 1 : this.lastId + 1;
    while (this.inflight.has(this.lastId));
    delivery.packetId = this.lastId;
    this.inflight.set(delivery.packetId, delivery);
    output.sendPublish(delivery, false);
  }
}
