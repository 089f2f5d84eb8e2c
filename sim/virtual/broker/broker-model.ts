import type { Listener, ServerLink, ServerProgram } from '../network/tcp.js';

/** Hears what a broker does. */
export interface BrokerObserver {
  onConnect?(client: string, cleanSession: boolean): void;
  onDisconnect?(client: string, reason: string, will: boolean): void;
  onPublish?(
    client: string,
    topic: string,
    payload: Uint8Array,
    qos: number,
    dup: boolean,
    retain: boolean,
    packetId: number,
  ): void;
}

/** Accepts everybody and everything, as a first step; answers with CONNACK, PUBACK, SUBACK and PINGRESP. */
export class BrokerModel implements Listener {
  readonly observers: BrokerObserver[] = [];

  constructor(readonly clock: { now(): number }) {}

  get deadline(): number {
    return Infinity;
  }

  tick(_now: number): void {}

  publish(_topic: string, _payload: Uint8Array, _qos: number, _retain: boolean): void {}

  watch(observer: BrokerObserver): void {
    this.observers.push(observer);
  }

  accept(link: ServerLink): ServerProgram {
    return new Connection(this, link);
  }
}

class Connection implements ServerProgram {
  private readonly bytes: number[] = [];
  private client = '';

  constructor(
    private readonly broker: BrokerModel,
    private readonly link: ServerLink,
  ) {}

  receive(bytes: Uint8Array, from: number, to: number): void {
    for (let i = from; i < to; i++) this.bytes.push(bytes[i]!);
    for (;;) {
      let length = 0;
      let at = 1;
      let shift = 0;
      do {
        if (at >= this.bytes.length) return;
        length |= (this.bytes[at]! & 0x7f) << shift;
        shift += 7;
      } while (this.bytes[at++]! & 0x80);
      if (this.bytes.length < at + length) return;
      const packet = Uint8Array.from(this.bytes.splice(0, at + length));
      this.packet(packet, at);
    }
  }

  ended(): void {
    for (const observer of this.broker.observers) observer.onDisconnect?.(this.client, 'ended', false);
  }

  private packet(packet: Uint8Array, at: number): void {
    const id = (i: number): number => (packet[i]! << 8) | packet[i + 1]!;
    switch (packet[0]! >> 4) {
      case 1:
        this.client = text(packet, at + 12, at + 12 + id(at + 10));
        this.link.send(Uint8Array.of(0x20, 2, 0, 0));
        for (const observer of this.broker.observers) observer.onConnect?.(this.client, true);
        return;
      case 3: {
        const qos = (packet[0]! >> 1) & 3;
        const topicEnd = at + 2 + id(at);
        const start = qos > 0 ? topicEnd + 2 : topicEnd;
        const topic = text(packet, at + 2, topicEnd);
        for (const observer of this.broker.observers) {
          const dup = (packet[0]! & 8) !== 0;
          const retain = (packet[0]! & 1) !== 0;
          observer.onPublish?.(this.client, topic, packet.slice(start), qos, dup, retain, qos > 0 ? id(topicEnd) : 0);
        }
        if (qos > 0) this.link.send(Uint8Array.of(0x40, 2, packet[topicEnd]!, packet[topicEnd + 1]!));
        return;
      }
      case 8: {
        const granted = [];
        for (let i = at + 2; i < packet.length; i += 3 + id(i)) granted.push(packet[i + 2 + id(i)]!);
        this.link.send(Uint8Array.of(0x90, 2 + granted.length, packet[at]!, packet[at + 1]!, ...granted));
        return;
      }
      case 10:
        this.link.send(Uint8Array.of(0xb0, 2, packet[at]!, packet[at + 1]!));
        return;
      case 12:
        this.link.send(Uint8Array.of(0xd0, 0));
        return;
      case 14:
        this.link.close(false);
    }
  }
}

function text(bytes: Uint8Array, from: number, to: number): string {
  let result = '';
  for (let i = from; i < to; i++) result += String.fromCharCode(bytes[i]!);
  return result;
}
