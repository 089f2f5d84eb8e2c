import type { IPublishPacket, Packet, Parser } from 'mqtt-packet';
import { generate, parser as makeParser } from 'mqtt-packet';
import type { CloudLimits } from '../../../src/cloud/index.js';
import type { Endpoint } from '../../../src/hal/index.js';
import { VirtualBroker } from '../../connection/virtual-broker.js';
import type { VirtualLink } from '../../connection/virtual-platform.js';

/** A place in a conversation at which the link is lost: a packet, counted from 0 over both directions. */
export interface Cut {
  index: number;
  /** `before`: the packet is lost. `after`: it arrives, and nothing that follows from it. */
  side: 'before' | 'after';
}

/** What a cloud says to a message. */
export type Answer = (
  topic: string,
  payload: Buffer,
  say: (topic: string, payload: string, qos: 0 | 1) => void,
) => void;

/** True when a topic name fits a topic filter (MQTT 3.1.1, 4.7). */
export function fits(filter: string, topic: string): boolean {
  const levels = topic.split('/');
  const wanted = filter.split('/');
  for (const [i, level] of wanted.entries()) {
    if (level === '#') return true;
    if (levels[i] === undefined || (level !== '+' && level !== levels[i])) return false;
  }
  return levels.length === wanted.length;
}

/** What is done in any second, in virtual time. */
class Rate {
  private entries: { at: number; amount: number }[] = [];

  /** Adds an amount, and returns the sum of the last second. */
  add(at: number, amount: number): number {
    this.entries = [...this.entries.filter((entry) => at - entry.at < 1000), { at, amount }];
    return this.entries.reduce((sum, entry) => sum + entry.amount, 0);
  }
}

/**
 * A broker in virtual time that knows filters and holds a client to the limits of a cloud (contract emulation): at a
 * violation the link ends. It checks every field of `CloudLimits` but `pointsPerSecond` (a matter of the
 * payload), and the rules of MQTT 3.1.1 for messages that are sent again. It
 * numbers the packets of the whole conversation, and can cut the link at one of them.
 */
export class VirtualCloud extends VirtualBroker {
  readonly violations: { rule: keyof CloudLimits | 'redelivery'; value: number | string }[] = [];
  /** Packets of both directions, for people: `> connect`, `< connack`. */
  readonly conversation: string[] = [];
  /** Messages that were taken, in order. */
  readonly taken: { connection: number; topic: string; payload: Buffer; dup: boolean; qos: number }[] = [];
  /** Topic filters that were granted, by connection. */
  readonly subscribed = new Map<number, Set<string>>();
  /** What the last connection was opened to, as the transport saw it. */
  endpoint: Endpoint | undefined;
  cut: Cut | undefined;
  /** What is done instead of a cut. */
  atCut: (() => void) | undefined;
  /** PUBACK, and the message is lost. */
  loses = false;

  /** Messages that were sent a second time, with DUP. */
  redelivered = 0;

  private readonly filters = new Map<VirtualLink, Set<string>>();
  /** The filters of the session that a client with CleanSession 0 left; undefined: there is none. */
  private session: Set<string> | undefined;
  /** Reads what a client sent behind the packet at which its link was lost: that counts as sent, not as received. */
  private readonly shadows = new Map<VirtualLink, Parser>();
  /** QoS 1 messages of the client's session whose PUBACK did not reach it, by packet identifier. */
  private readonly unacknowledged = new Map<number, { text: string; connection: number }>();
  private readonly messageRate = new Rate();
  private readonly byteRate = new Rate();
  private readonly connectRate = new Rate();
  private messageId = 1;
  private isLost = false;

  constructor(
    private readonly limits: CloudLimits,
    private readonly now: () => number,
    private readonly cloudAnswer?: Answer,
  ) {
    super();
  }

  /** Publishes to those that subscribed; returns to how many. */
  say(topic: string, payload: string, qos: 0 | 1): number {
    let count = 0;
    for (const [link, filters] of [...this.filters]) {
      if (!this.links.has(link) || ![...filters].some((filter) => fits(filter, topic))) continue;
      const packet: IPublishPacket = { cmd: 'publish', topic, payload, qos, retain: false, dup: false };
      this.send(link, qos === 0 ? packet : { ...packet, messageId: this.messageId++ });
      count++;
    }
    return count;
  }

  /** The client lost its session: it was restarted. */
  forgetSession(): void {
    this.unacknowledged.clear();
  }

  override accept(link: VirtualLink): void {
    super.accept(link);
    const connection = this.connections;
    const shadow = makeParser({ protocolVersion: 4 });
    shadow.on('packet', (packet) => {
      if (packet.cmd === 'publish') this.judgeRedelivery(packet, connection);
      if (packet.cmd === 'connect' && packet.clean) this.unacknowledged.clear();
    });
    this.shadows.set(link, shadow);
  }

  override receive(link: VirtualLink, bytes: Buffer): void {
    this.shadows.get(link)!.parse(bytes);
    super.receive(link, bytes);
  }

  override ended(link: VirtualLink): void {
    super.ended(link);
    this.filters.delete(link);
  }

  protected override answer(link: VirtualLink, packet: Packet): void {
    const side = this.pass('>', packet);
    if (side === 'before') return this.lose(link);
    const isAllowed = this.allows(link, packet);
    if (packet.cmd === 'publish' && isAllowed && !this.forbids(packet) && !this.loses) this.take(packet);
    if (!isAllowed || side === 'after') return this.lose(link);
    if (packet.cmd === 'connect') {
      this.sessionPresent = this.session !== undefined && !packet.clean;
      const mine = this.sessionPresent ? this.session! : new Set<string>();
      this.session = packet.clean ? undefined : mine;
      this.filters.set(link, mine);
      this.subscribed.set(this.connections, mine);
    }
    if (packet.cmd === 'subscribe') {
      const mine = this.filters.get(link) ?? new Set<string>();
      this.filters.set(link, mine);
      for (const { topic } of packet.subscriptions) mine.add(topic);
      this.subscribed.set(this.connections, mine);
    }
    super.answer(link, packet);
    if (packet.cmd !== 'publish' || this.loses) return;
    this.cloudAnswer?.(packet.topic, Buffer.from(packet.payload), (topic, payload, qos) => {
      this.say(topic, payload, qos);
    });
  }

  protected override send(link: VirtualLink, packet: Packet): void {
    if (!this.links.has(link)) return;
    const side = this.pass('<', packet);
    if (side !== 'before') {
      if (packet.cmd === 'puback') this.unacknowledged.delete(packet.messageId!);
      link.send(generate(packet));
    }
    if (side !== undefined) this.lose(link);
  }

  /** Writes a packet down. Returns the side on which the link is to be lost here. */
  private pass(direction: string, packet: Packet): Cut['side'] | undefined {
    const topic = packet.cmd === 'publish' ? ` ${packet.topic}` : '';
    const index = this.conversation.push(`${direction} ${packet.cmd}${topic}`) - 1;
    if (this.isLost || index !== this.cut?.index) return undefined;
    this.isLost = true;
    if (!this.atCut) return this.cut.side;
    this.atCut();
    return undefined;
  }

  private lose(link: VirtualLink): void {
    link.cut();
    this.ended(link);
  }

  private take({ topic, payload, dup, qos }: IPublishPacket): void {
    this.taken.push({ connection: this.connections, topic, payload: Buffer.from(payload), dup, qos });
  }

  /**
   * A message that is sent again on a new connection has DUP 1 and its old packet identifier (MQTT 3.1.1, 3.3.1.1 and
   * 4.4); one that is sent for the first time has DUP 0 and an identifier that is free (2.3.1).
   */
  private judgeRedelivery(packet: IPublishPacket, connection: number): void {
    const { topic, payload, qos, dup, messageId: id = 0 } = packet;
    const text = `${topic} ${Buffer.from(payload).toString('base64')}`;
    const fault = (what: string): void =>
      void this.violations.push({ rule: 'redelivery', value: `${what}: identifier ${id}, ${topic}` });
    if (qos === 0) return dup ? fault('DUP with QoS 0') : undefined;
    const old = this.unacknowledged.get(id);
    this.unacknowledged.set(id, { text, connection });
    if (!old) {
      if (dup) fault('DUP at the first sending');
      for (const [other, each] of this.unacknowledged) {
        if (other !== id && each.text === text) fault(`sent again without its identifier ${other}`);
      }
    } else if (old.text !== text) fault('identifier in use');
    else if (old.connection === connection) fault('sent again on the same connection');
    else if (!dup) fault('sent again without DUP');
    else this.redelivered++;
  }

  /** Holds a packet to the limits. */
  private allows(link: VirtualLink, packet: Packet): boolean {
    const before = this.violations.length;
    const { limits } = this;
    const atMost = (rule: keyof CloudLimits, value: number): void => {
      const limit = limits[rule];
      if (typeof limit === 'number' && value > limit) this.violations.push({ rule, value });
    };
    const name = (topic: string): void => {
      atMost('topicBytes', Buffer.byteLength(topic));
      atMost('topicSlashes', topic.split('/').length - 1);
    };
    if (packet.cmd === 'connect') {
      atMost('connectsPerSecond', this.connectRate.add(this.now(), 1));
      const { host = '', tls } = this.endpoint ?? {};
      if (limits.tls && !tls) this.violations.push({ rule: 'tls', value: host });
      const isNamed = tls?.serverName !== undefined || !/^[0-9.]+$/.test(host);
      if (limits.serverName && tls && !isNamed) this.violations.push({ rule: 'serverName', value: host });
      atMost('clientIdBytes', Buffer.byteLength(packet.clientId));
      const range = limits.keepAliveSeconds;
      const keepAlive = packet.keepalive ?? 0;
      if (range && (keepAlive < range.min || keepAlive > range.max)) {
        this.violations.push({ rule: 'keepAliveSeconds', value: keepAlive });
      }
      if (packet.will) {
        const highest = limits.willQos ?? limits.maxQos ?? 2;
        const qos = packet.will.qos ?? 0;
        if (qos > highest) this.violations.push({ rule: 'willQos', value: qos });
      }
      if (packet.will?.retain && limits.willRetain === false) {
        this.violations.push({ rule: 'willRetain', value: packet.will.topic });
      }
    } else if (packet.cmd === 'publish') {
      name(packet.topic);
      atMost('payloadBytes', packet.payload.length);
      atMost('maxQos', packet.qos);
      atMost('messagesPerSecond', this.messageRate.add(this.now(), 1));
      atMost('bytesPerSecond', this.byteRate.add(this.now(), packet.payload.length));
      if (packet.qos > 0) atMost('inFlight', this.unacknowledged.size);
      if (packet.retain && limits.retain === false) this.violations.push({ rule: 'retain', value: packet.topic });
    } else if (packet.cmd === 'subscribe') {
      atMost('filtersPerSubscribe', packet.subscriptions.length);
      const mine = new Set(this.filters.get(link));
      for (const { topic } of packet.subscriptions) mine.add(topic);
      atMost('subscriptions', mine.size);
      for (const { topic, qos } of packet.subscriptions) {
        name(topic);
        atMost('maxQos', qos);
      }
    }
    return this.violations.length === before;
  }
}
