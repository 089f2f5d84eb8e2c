import { generate, parser as makeParser } from 'mqtt-packet';
import type { IConnectPacket, IPublishPacket, Packet, Parser } from 'mqtt-packet';
import { TransportFailure } from '../../src/hal/index.js';
import type { VirtualLink } from './virtual-platform.js';

/** A packet that a broker received. */
export interface ReceivedPacket {
  /** Which connection of the broker, from 1. */
  connection: number;
  packet: Packet;
}

/**
 * The other side of a `VirtualLink`: answers as a broker does, with an independent codec, as far as its switches
 * allow, and writes down what came.
 */
export class VirtualBroker {
  readonly received: ReceivedPacket[] = [];
  connections = 0;

  /** CONNACK return code; undefined: no answer. */
  returnCode: number | undefined = 0;
  sessionPresent = false;
  acknowledges = true;
  answersPings = true;
  answersSubscribe = true;
  /** What SUBACK grants, from the QoS that is asked for and the filter. */
  grants = (qos: number, _filter: string): number => qos;
  /** Ends the connection instead of acknowledging a PUBLISH for which this holds. */
  forbids: (packet: IPublishPacket) => boolean = () => false;
  /** Ends each connection right after its CONNACK. */
  drops = false;

  protected readonly links = new Map<VirtualLink, Parser>();
  private nextId = 1;

  /** Payloads of the PUBLISH packets that came, as text. */
  get payloads(): string[] {
    return this.all('publish').map((packet) => (packet as IPublishPacket).payload.toString());
  }

  /** Connections that are open now. */
  get open(): number {
    return this.links.size;
  }

  get lastConnect(): IConnectPacket {
    return this.all('connect').at(-1) as IConnectPacket;
  }

  count(command: string): number {
    return this.all(command).length;
  }

  all(command: string): Packet[] {
    return this.received.filter(({ packet }) => packet.cmd === command).map(({ packet }) => packet);
  }

  accept(link: VirtualLink): void {
    const connection = ++this.connections;
    const parser = makeParser({ protocolVersion: 4 });
    parser.on('packet', (packet) => {
      this.received.push({ connection, packet });
      this.answer(link, packet);
    });
    parser.on('error', (error) => {
      throw error;
    });
    this.links.set(link, parser);
  }

  receive(link: VirtualLink, bytes: Buffer): void {
    // Packets behind one that made it end the connection are not read.
    this.links.get(link)?.parse(bytes);
  }

  ended(link: VirtualLink): void {
    this.links.delete(link);
  }

  /** Sends a message to every client. */
  publish(topic: string, payload: string, qos: 0 | 1): void {
    const messageId = this.nextId++;
    const packet: IPublishPacket = { cmd: 'publish', topic, payload, qos, retain: false, dup: false };
    this.sendAll(generate(qos === 0 ? packet : { ...packet, messageId }));
  }

  sendAll(bytes: Buffer): void {
    for (const link of this.links.keys()) link.send(bytes);
  }

  /** Ends all connections. */
  drop(cause?: TransportFailure, detail?: string): void {
    for (const link of this.links.keys()) link.cut(cause, detail);
    this.links.clear();
  }

  /** All connections become half-open. */
  freeze(): void {
    for (const link of this.links.keys()) link.freeze();
    this.links.clear();
  }

  private present(packet: IConnectPacket): boolean {
    return this.sessionPresent && !packet.clean && this.returnCode === 0;
  }

  /** Answers a packet that was received. */
  protected answer(link: VirtualLink, packet: Packet): void {
    switch (packet.cmd) {
      case 'connect':
        if (this.returnCode === undefined) return;
        this.send(link, { cmd: 'connack', returnCode: this.returnCode, sessionPresent: this.present(packet) });
        if (this.drops || this.returnCode !== 0) {
          link.cut();
          this.links.delete(link);
        }
        return;
      case 'publish':
        if (this.forbids(packet)) {
          link.cut();
          this.links.delete(link);
          return;
        }
        if (packet.qos === 1 && this.acknowledges) this.send(link, { cmd: 'puback', messageId: packet.messageId! });
        return;
      case 'subscribe': {
        const granted = packet.subscriptions.map(({ qos, topic }) => this.grants(qos, topic) as 0 | 1 | 2);
        if (this.answersSubscribe) this.send(link, { cmd: 'suback', messageId: packet.messageId!, granted });
        return;
      }
      case 'unsubscribe':
        if (this.answersSubscribe) this.send(link, { cmd: 'unsuback', messageId: packet.messageId!, granted: [] });
        return;
      case 'pingreq':
        if (this.answersPings) this.send(link, { cmd: 'pingresp' });
        return;
      case 'disconnect':
        link.cut();
        this.links.delete(link);
        return;
    }
  }

  /** Sends a packet to one client. */
  protected send(link: VirtualLink, packet: Packet): void {
    link.send(generate(packet));
  }
}
