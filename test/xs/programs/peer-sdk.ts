import MQTTClient from 'mqttclient';
import type { ClientMessage } from 'mqttclient';
import { acknowledge, CONNACK, MESSAGE, number, PAYLOAD, PUBACK, ROOM, TOPIC_NAME } from './peer-packets.js';
import { run } from './sdk-timer.js';

/*
 * The SDK's own MQTT client over a socket that takes everything, used as sparingly as its interface allows: options and
 * the buffer for payloads are made once. Each export does its operation `count` times and returns how many times it was
 * seen to have happened. test/xs/measure-peer.ts puts the client beside it.
 */

const QOS0 = { topic: TOPIC_NAME, QoS: 0 };
const QOS1 = { topic: TOPIC_NAME, QoS: 1, id: 1 };
/** Fixed header, length of the topic, topic and payload. */
const SIZE = MESSAGE.length - 2;

let written = 0;
let acknowledged = 0;
let messages = 0;

interface Callbacks {
  onReadable(count: number): void;
  onWritable(count: number): void;
}

class Socket {
  format = 'buffer';
  incoming = CONNACK;
  at = 0;
  readonly onReadable: Callbacks['onReadable'];
  readonly onWritable: Callbacks['onWritable'];

  constructor(callbacks: Callbacks) {
    this.onReadable = callbacks.onReadable;
    this.onWritable = callbacks.onWritable;
    // eslint-disable-next-line @typescript-eslint/no-this-alias
    socket = this;
  }

  /** A byte; or fills `into` with the payload, which is all that this program reads so. */
  read(into?: Uint8Array): unknown {
    if (into === undefined) return this.incoming[this.at++];
    into.set(PAYLOAD);
    return into;
  }

  write(bytes: Uint8Array): number {
    written += bytes.byteLength;
    return ROOM;
  }

  close(): void {}
}

let socket: Socket | undefined;
const into = new Uint8Array(PAYLOAD.length);

class Resolver {
  resolve(question: { host: string; onResolved(host: string, address: string): void }): void {
    question.onResolved(question.host, '192.0.2.7');
  }
}

const client = new MQTTClient({
  host: 'broker.example',
  id: 'bench',
  dns: { io: Resolver },
  socket: { io: Socket },
  onControl(message: ClientMessage): void {
    if (message.operation === MQTTClient.PUBACK) acknowledged++;
  },
  onReadable(this: MQTTClient): void {
    this.read(into);
    messages++;
  },
});
socket!.onWritable(ROOM);
arrive(CONNACK);
run();

function arrive(packet: Uint8Array<ArrayBuffer>): void {
  socket!.incoming = packet;
  socket!.at = 0;
  socket!.onReadable(packet.length);
}

export function sdkQos0(count: number): number {
  const before = written;
  for (let i = 0; i < count; i++) client.write(PAYLOAD, QOS0);
  return (written - before) / SIZE;
}

export function sdkQos1(count: number): number {
  const before = acknowledged;
  for (let i = 0; i < count; i++) {
    QOS1.id = 1 + (i % 65535);
    client.write(PAYLOAD, QOS1);
    acknowledge(QOS1.id);
    arrive(PUBACK);
  }
  return acknowledged - before;
}

export function sdkReceive(count: number): number {
  const before = messages;
  const writtenBefore = written;
  for (let i = 0; i < count; i++) {
    number(1 + (i % 65535));
    arrive(MESSAGE);
    run();
  }
  return written - writtenBefore === 4 * count ? messages - before : 0;
}
