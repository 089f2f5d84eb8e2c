import type { IConnectPacket, IPublishPacket, Packet, Parser } from 'mqtt-packet';
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

/** The virtual clock in milliseconds, and its timers. */
export interface CloudTime {
  now(): number;
  later(milliseconds: number, callback: () => void): void;
}

/** What a cloud says to a message. */
export type Answer = (
  topic: string,
  payload: Buffer,
  say: (topic: string, payload: string, qos: 0 | 1) => void,
) => void;

export type Rule = Exclude<keyof CloudLimits, 'source' | 'told'>;

/**
 * What a cloud does with a message beyond a limit, where it does not end the connection. `discard`: it is lost, without
 * PUBACK. `delay`: it is taken, and acknowledged, later.
 */
export type Punishments = { readonly [rule in Rule]?: 'discard' | 'delay' };

/** Topics of what is asked or said anew on each connection, also while the last time is still to be sent again. */
const QUESTION = /\/request\/|^v1\/gateway\/(dis)?connect$|^\$aws\//;
/** CONNACK return code (MQTT 3.1.1, 3.2.2.3). */
const NOT_AUTHORIZED = 5;
/** How long a message beyond a limit is delayed. */
const DELAY = 3000;

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
 * violation the link ends, where `punishments` says nothing else. It checks every field of `CloudLimits`, and the rules
 * of MQTT 3.1.1 for messages that are sent again. It numbers the packets of the whole conversation, and can cut the
 * link at one of them.
 */
export class VirtualCloud extends VirtualBroker {
  readonly violations: { rule: Rule | 'redelivery' | 'login' | 'contract'; value: number | string }[] = [];
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
  punishments: Punishments = {};
  /** True: the message is lost, without PUBACK, and the connection lives on. */
  discards: (packet: IPublishPacket) => boolean = () => false;
  /** When the credentials of a CONNECT expire, in milliseconds of the virtual clock: then the connection ends. */
  expiresAt: (packet: IConnectPacket) => number = () => Infinity;
  /** Data points in a message. */
  pointsOf: (packet: IPublishPacket) => number = () => 1;
  /** CONNECT packets, by the virtual clock. */
  readonly connectTimes: number[] = [];

  /** Messages that were sent a second time, with DUP. */
  redelivered = 0;

  private readonly filters = new Map<VirtualLink, Set<string>>();
  /** The filters of the session that a client with CleanSession 0 left; undefined: there is none. */
  private session: Set<string> | undefined;
  /** Reads what a client sent behind the packet at which its link was lost: that counts as sent, not as received. */
  private readonly shadows = new Map<VirtualLink, Parser>();
  /** QoS 1 messages of the client's session whose PUBACK did not reach it, by packet identifier. */
  private readonly unacknowledged = new Map<number, { text: string; connection: number }>();
  /** Packet identifiers of the QoS 1 messages that were accepted on this connection and have no PUBACK. */
  private readonly accepted = new Set<number>();
  private readonly messageRate = new Rate();
  private readonly byteRate = new Rate();
  private readonly pointRate = new Rate();
  private readonly connectRate = new Rate();
  private messageId = 1;
  private isLost = false;

  constructor(
    readonly limits: CloudLimits,
    private readonly time: CloudTime,
    private readonly cloudAnswer?: Answer,
  ) {
    super();
  }

  /** QoS 1 messages that were accepted on this connection and have no PUBACK. */
  get inFlight(): number {
    return this.accepted.size;
  }

  /** What the cloud waits for, in words. */
  pending(): string[] {
    return [];
  }

  /** Publishes to those that subscribed; returns to how many. */
  say(topic: string, payload: string | Buffer, qos: 0 | 1): number {
    let count = 0;
    for (const [link, filters] of [...this.filters]) {
      if (!this.links.has(link) || ![...filters].some((filter) => fits(filter, topic))) continue;
      const packet: IPublishPacket = { cmd: 'publish', topic, payload, qos, retain: false, dup: false };
      this.send(link, qos === 0 ? packet : { ...packet, messageId: this.messageId++ });
      count++;
    }
    return count;
  }

  /**
   * Another client with the same client identifier connects: the connection ends (MQTT 3.1.1, 3.1.4). Then that one
   * goes, and leaves a session behind only when it is not `clean`.
   */
  takeOver(clean: boolean): void {
    if (clean) this.session = undefined;
    for (const link of [...this.links.keys()]) this.lose(link);
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
    const broken = this.brokenRules(link, packet);
    const ends = broken.some((rule) => this.punishments[rule] === undefined) || !this.accepts(link, packet);
    const isDiscarded = broken.some((rule) => this.punishments[rule] === 'discard');
    if (!ends && packet.cmd === 'publish') {
      if (isDiscarded || this.discards(packet)) return side === 'after' ? this.lose(link) : undefined;
      if (packet.qos > 0) this.accepted.add(packet.messageId!);
      if (broken.length > 0 && side === undefined) return this.time.later(DELAY, () => this.serve(link, packet));
    }
    if (packet.cmd === 'publish' && !ends && !this.forbids(packet) && !this.loses) this.take(packet);
    if (ends || side === 'after') return this.lose(link);
    if (packet.cmd === 'connect') {
      this.accepted.clear();
      if (!this.admits(link, packet)) return;
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
    if (packet.cmd === 'publish' && !this.loses) this.reply(packet);
  }

  /** What the cloud has beside its limits and MQTT: false ends the connection. */
  protected accepts(_link: VirtualLink, _packet: Packet): boolean {
    return true;
  }

  /** Takes a message that was delayed. */
  private serve(link: VirtualLink, packet: IPublishPacket): void {
    if (!this.links.has(link)) return;
    if (!this.loses) this.take(packet);
    super.answer(link, packet);
    if (!this.loses) this.reply(packet);
  }

  /** What the cloud says to a message. */
  private reply(packet: IPublishPacket): void {
    this.cloudAnswer?.(packet.topic, Buffer.from(packet.payload), (topic, payload, qos) => {
      this.say(topic, payload, qos);
    });
  }

  /** False: the credentials have expired, and the client is refused. Else it is, when they expire. */
  private admits(link: VirtualLink, packet: IConnectPacket): boolean {
    const now = this.time.now();
    this.connectTimes.push(now);
    const expiry = this.expiresAt(packet);
    if (expiry <= now) {
      this.violations.push({ rule: 'login', value: `expired ${now - expiry} ms ago` });
      this.send(link, { cmd: 'connack', returnCode: NOT_AUTHORIZED, sessionPresent: false });
      this.lose(link);
      return false;
    }
    if (expiry < Infinity) {
      this.time.later(expiry - now, () => {
        if (!this.links.has(link)) return;
        this.violations.push({ rule: 'login', value: 'expired' });
        this.lose(link);
      });
    }
    return true;
  }

  protected override send(link: VirtualLink, packet: Packet): void {
    if (!this.links.has(link)) return;
    const side = this.pass('<', packet);
    if (side !== 'before') {
      if (packet.cmd === 'puback') {
        this.unacknowledged.delete(packet.messageId!);
        this.accepted.delete(packet.messageId!);
      }
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

  protected take({ topic, payload, dup, qos }: IPublishPacket): void {
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
        if (other !== id && each.text === text && !QUESTION.test(topic))
          fault(`sent again without its identifier ${other}`);
      }
    } else if (old.text !== text) fault('identifier in use');
    else if (old.connection === connection) fault('sent again on the same connection');
    else if (!dup) fault('sent again without DUP');
    else this.redelivered++;
  }

  /** Holds a packet to the limits. */
  private brokenRules(link: VirtualLink, packet: Packet): Rule[] {
    const broken: Rule[] = [];
    const { limits } = this;
    const now = this.time.now();
    const violate = (rule: Rule, value: number | string): void => {
      broken.push(rule);
      this.violations.push({ rule, value });
    };
    const atMost = (rule: Rule, value: number): void => {
      const limit = limits[rule];
      if (typeof limit === 'number' && value > limit) violate(rule, value);
    };
    const name = (topic: string): void => {
      atMost('topicBytes', Buffer.byteLength(topic));
      atMost('topicSlashes', topic.split('/').length - 1);
    };
    if (packet.cmd === 'connect') {
      atMost('connectsPerSecond', this.connectRate.add(now, 1));
      const { host = '', tls } = this.endpoint ?? {};
      if (limits.tls && !tls) violate('tls', host);
      const isNamed = tls?.serverName !== undefined || !/^[0-9.]+$/.test(host);
      if (limits.serverName && tls && !isNamed) violate('serverName', host);
      atMost('clientIdBytes', Buffer.byteLength(packet.clientId));
      const range = limits.keepAliveSeconds;
      const keepAlive = packet.keepalive ?? 0;
      if (range && (keepAlive < range.min || keepAlive > range.max)) {
        violate('keepAliveSeconds', keepAlive);
      }
      if (packet.will) {
        const highest = limits.willQos ?? limits.maxQos ?? 2;
        const qos = packet.will.qos ?? 0;
        if (qos > highest) violate('willQos', qos);
      }
      if (packet.will?.retain && limits.willRetain === false) {
        violate('willRetain', packet.will.topic);
      }
    } else if (packet.cmd === 'publish') {
      name(packet.topic);
      atMost('payloadBytes', packet.payload.length);
      atMost('maxQos', packet.qos);
      atMost('messagesPerSecond', this.messageRate.add(now, 1));
      atMost('bytesPerSecond', this.byteRate.add(now, packet.payload.length));
      atMost('pointsPerSecond', this.pointRate.add(now, this.pointsOf(packet)));
      if (packet.qos > 0) atMost('inFlight', this.accepted.size + 1);
      if (packet.retain && limits.retain === false) violate('retain', packet.topic);
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
    return broken;
  }
}
