import { generate, parser as makeParser } from 'mqtt-packet';
import type { IConnectPacket, ISubscription, Packet } from 'mqtt-packet';
import { BrokerModel } from '../../../../sim/virtual/broker/broker-model.js';
import type { BrokerConnection } from '../../../../sim/virtual/broker/broker-model.js';
import { disconnectText } from '../../../../sim/virtual/broker/observer.js';
import type { BrokerModelOptions } from '../../../../sim/virtual/broker/options.js';

export type Qos = 0 | 1 | 2;

/** A broker model with a clock in hand. */
export class Desk {
  now = 0;
  readonly broker: BrokerModel;
  /** What the broker says of each connection that ended, in order. */
  readonly endings: string[] = [];
  readonly notices: string[] = [];

  constructor(options: Partial<BrokerModelOptions> = {}) {
    this.broker = new BrokerModel({ now: () => this.now }, options);
    this.broker.watch({
      onDisconnect: ({ clientId }, reason, willSent, detail) => {
        this.endings.push(`${clientId}: ${disconnectText(reason, detail)}${willSent ? ', will' : ''}`);
      },
      onNotice: ({ clientId }, text) => this.notices.push(`${clientId}: ${text}`),
    });
  }

  /** A network connection, on which nothing was sent. */
  link(): Client {
    return new Client(this.broker);
  }

  /** A client whose CONNECT was accepted; its CONNACK is not among `received`. */
  client(clientId: string, options: Partial<IConnectPacket> = {}): Client {
    const client = this.link();
    client.connect(clientId, options);
    client.take();
    return client;
  }

  /** Lets the time pass, with every deadline in between. */
  advance(milliseconds: number): void {
    const end = this.now + milliseconds;
    for (let deadline = this.broker.deadline; deadline <= end; deadline = this.broker.deadline) {
      this.now = Math.max(this.now, deadline);
      this.broker.tick(this.now);
    }
    this.now = end;
  }
}

/** The client's end of a link, which encodes and decodes by mqtt-packet. */
export class Client {
  readonly received: Packet[] = [];
  /** How the broker ended the link. */
  closed: 'no' | 'in order' | 'at once' = 'no';
  /** Sizes of what came, by call. */
  readonly pieces: number[] = [];

  private readonly parser = makeParser({ protocolVersion: 4 });
  private readonly connection: BrokerConnection;

  constructor(broker: BrokerModel) {
    this.parser.on('packet', (packet) => this.received.push(packet));
    this.parser.on('error', (error) => {
      throw error;
    });
    this.connection = broker.accept({
      send: (bytes) => {
        if (this.closed !== 'no') throw new Error('sent after the end');
        this.pieces.push(bytes.length);
        this.parser.parse(Buffer.from(bytes));
      },
      close: (abort) => {
        this.closed = abort ? 'at once' : 'in order';
      },
    });
  }

  /** What came since the last call. */
  take(): Packet[] {
    return this.received.splice(0);
  }

  /** The same as text, one line a packet. */
  lines(): string[] {
    return this.take().map(showPacket);
  }

  bytes(bytes: Uint8Array): void {
    // In the middle of a larger array, so that an index that forgets `from` is noticed.
    const larger = new Uint8Array(bytes.length + 4).fill(0xff);
    larger.set(bytes, 2);
    this.connection.receive(larger, 2, 2 + bytes.length);
  }

  hex(text: string): void {
    this.bytes(Buffer.from(text.replaceAll(' ', ''), 'hex'));
  }

  send(...packets: Packet[]): void {
    for (const packet of packets) this.bytes(generate(packet));
  }

  connect(clientId: string, options: Partial<IConnectPacket> = {}): void {
    this.send(connectPacket(clientId, options));
  }

  publish(topic: string, payload: string, qos: Qos = 0, messageId = 1, { retain = false, dup = false } = {}): void {
    this.send({ cmd: 'publish', topic, payload, qos, messageId, retain, dup });
  }

  subscribe(messageId: number, ...subscriptions: readonly [topic: string, qos: Qos][]): void {
    const list = subscriptions.map(([topic, qos]): ISubscription => ({ topic, qos }));
    this.send({ cmd: 'subscribe', messageId, subscriptions: list });
  }

  unsubscribe(messageId: number, ...unsubscriptions: string[]): void {
    this.send({ cmd: 'unsubscribe', messageId, unsubscriptions });
  }

  acknowledge(cmd: 'puback' | 'pubrec' | 'pubrel' | 'pubcomp', messageId: number): void {
    this.send({ cmd, messageId });
  }

  /** The network connection breaks. */
  lose(): void {
    this.connection.ended();
  }
}

export function connectPacket(clientId: string, options: Partial<IConnectPacket> = {}): IConnectPacket {
  return { cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clientId, clean: true, keepalive: 0, ...options };
}

/** For example `publish a/b 1 r d #3: text`. */
export function showPacket(packet: Packet): string {
  switch (packet.cmd) {
    case 'connack':
      return `connack ${packet.returnCode}${packet.sessionPresent ? ' present' : ''}`;
    case 'publish': {
      const { topic, qos, retain, dup, messageId, payload } = packet;
      const id = qos > 0 ? ` #${messageId}` : '';
      return `publish ${topic} ${qos}${retain ? ' r' : ''}${dup ? ' d' : ''}${id}: ${payload.toString()}`;
    }
    case 'suback':
      return `suback #${packet.messageId}: ${packet.granted.join(' ')}`;
    case 'pingresp':
      return 'pingresp';
    default:
      return `${packet.cmd} #${packet.messageId}`;
  }
}
