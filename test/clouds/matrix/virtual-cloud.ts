import type { IPublishPacket, Packet } from 'mqtt-packet';
import { generate } from 'mqtt-packet';
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

/**
 * A broker in virtual time that knows filters and holds clients to the limits of a cloud (contract emulation): at a
 * violation the link ends. It numbers the packets of the whole conversation, and can cut the link at one of them.
 */
export class VirtualCloud extends VirtualBroker {
  readonly violations: { rule: keyof CloudLimits; value: number | string }[] = [];
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

  private readonly filters = new Map<VirtualLink, Set<string>>();
  private messageId = 1;
  private isLost = false;

  constructor(
    private readonly limits: CloudLimits,
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

  override ended(link: VirtualLink): void {
    super.ended(link);
    this.filters.delete(link);
  }

  protected override answer(link: VirtualLink, packet: Packet): void {
    const side = this.pass('>', packet);
    if (side === 'before') return this.lose(link);
    const isAllowed = this.allows(packet);
    if (packet.cmd === 'publish' && isAllowed && !this.forbids(packet) && !this.loses) this.take(packet);
    if (!isAllowed || side === 'after') return this.lose(link);
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
    if (side !== 'before') link.send(generate(packet));
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

  /** Holds a packet to the limits. */
  private allows(packet: Packet): boolean {
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
      if (packet.will?.retain && limits.willRetain === false) {
        this.violations.push({ rule: 'willRetain', value: packet.will.topic });
      }
    } else if (packet.cmd === 'publish') {
      name(packet.topic);
      atMost('payloadBytes', packet.payload.length);
      atMost('maxQos', packet.qos);
      if (packet.retain && limits.retain === false) this.violations.push({ rule: 'retain', value: packet.topic });
    } else if (packet.cmd === 'subscribe') {
      atMost('filtersPerSubscribe', packet.subscriptions.length);
      for (const { topic, qos } of packet.subscriptions) {
        name(topic);
        atMost('maxQos', qos);
      }
    }
    return this.violations.length === before;
  }
}
