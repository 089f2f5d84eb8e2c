import type { IConnectPacket, IPublishPacket, Packet } from 'mqtt-packet';
import { generate } from 'mqtt-packet';
import { topicMatches } from '../../../src/mqtt/topic-match.js';
import { utf8 } from './bytes.js';
import { PacketReader } from './codec.js';

interface Outgoing {
  topic: string;
  payload: string;
  messageId: number;
}

/**
 * A broker for one client, as small as the tests allow. It keeps the session when Clean Session is 0, sends what was
 * not acknowledged again after a reconnection, and writes down what it hears.
 */
export class BrokerModel {
  /** All packets of the present connection. */
  heard: Packet[] = [];
  readonly connects: IConnectPacket[] = [];
  /** All PUBLISH packets of all connections. */
  readonly published: IPublishPacket[] = [];
  readonly subscriptions = new Map<string, number>();
  /** PUBACKs that came, in order. */
  readonly acknowledged: number[] = [];

  /** False: PUBLISH is not answered. */
  acknowledges = true;
  /** False: PINGREQ is not answered. */
  answersPings = true;
  /** False: the session is lost at the next connection. */
  keepsSession = true;
  returnCode = 0;

  private send: ((bytes: Uint8Array) => void) | undefined;
  private reader = new PacketReader();
  private sessionExists = false;
  private nextId = 1;
  private outgoing: Outgoing[] = [];

  get connected(): boolean {
    return this.send !== undefined;
  }

  /** A client's transport opened; `send` takes bytes to it. */
  attach(send: (bytes: Uint8Array) => void): void {
    this.send = send;
    this.heard = [];
    this.reader = new PacketReader();
  }

  /** The transport is gone. */
  detach(): void {
    this.send = undefined;
  }

  receive(bytes: Uint8Array): void {
    for (const packet of this.reader.read(bytes)) {
      this.heard.push(packet);
      this.answer(packet);
    }
  }

  /** Sends a message to the client when a subscription matches; QoS 1 is kept until PUBACK. */
  deliver(topic: string, payload: string, qos: 0 | 1): boolean {
    const granted = this.grantedFor(topic);
    if (granted < 0) return false;
    if (Math.min(qos, granted) === 0) {
      this.put({ cmd: 'publish', topic, payload, qos: 0, dup: false, retain: false });
      return this.connected;
    }
    const message = { topic, payload, messageId: this.nextId };
    this.nextId = this.nextId === 65535 ? 1 : this.nextId + 1;
    this.outgoing.push(message);
    this.put({ cmd: 'publish', ...message, qos: 1, dup: false, retain: false });
    return true;
  }

  /** QoS 1 messages that the client has not acknowledged. */
  get unacknowledged(): number {
    return this.outgoing.length;
  }

  private grantedFor(topic: string): number {
    const bytes = utf8(topic);
    let granted = -1;
    for (const [filter, qos] of this.subscriptions) {
      const pattern = utf8(filter);
      if (topicMatches(pattern, 0, pattern.length, bytes, 0, bytes.length)) granted = Math.max(granted, qos);
    }
    return granted;
  }

  private put(packet: Packet): void {
    this.send?.(new Uint8Array(generate(packet)));
  }

  private answer(packet: Packet): void {
    switch (packet.cmd) {
      case 'connect':
        return this.accept(packet);
      case 'publish':
        this.published.push(packet);
        if (packet.qos === 1 && this.acknowledges) this.put({ cmd: 'puback', messageId: packet.messageId! });
        return;
      case 'subscribe': {
        for (const { topic, qos } of packet.subscriptions) this.subscriptions.set(topic, qos);
        const granted = packet.subscriptions.map(({ qos }) => qos);
        return this.put({ cmd: 'suback', messageId: packet.messageId!, granted });
      }
      case 'unsubscribe':
        for (const topic of packet.unsubscriptions) this.subscriptions.delete(topic);
        return this.put({ cmd: 'unsuback', messageId: packet.messageId!, granted: [] });
      case 'puback':
        this.acknowledged.push(packet.messageId!);
        this.outgoing = this.outgoing.filter(({ messageId }) => messageId !== packet.messageId);
        return;
      case 'pingreq':
        if (this.answersPings) this.put({ cmd: 'pingresp' });
        return;
      case 'disconnect':
        return this.detach();
      default:
        throw new Error('a client does not send ' + packet.cmd);
    }
  }

  private accept(packet: IConnectPacket): void {
    this.connects.push(packet);
    const resumes = this.sessionExists && this.keepsSession && !packet.clean;
    if (!resumes) {
      this.subscriptions.clear();
      this.outgoing = [];
    }
    this.sessionExists = this.keepsSession && !packet.clean;
    const accepted = this.returnCode === 0;
    this.put({ cmd: 'connack', returnCode: this.returnCode, sessionPresent: resumes && accepted });
    for (const message of accepted ? this.outgoing : []) {
      this.put({ cmd: 'publish', ...message, qos: 1, dup: true, retain: false });
    }
  }
}
