import { TcpTransport } from '../../../boards/ecma419/tcp-transport.js';
import type { TcpSocket, TcpSocketOptions } from '../../../boards/ecma419/index.js';
import { Connection } from '../../../src/connection/index.js';
import type { ConnectionHandler } from '../../../src/connection/index.js';
import type { NetworkPlatform, ResolverHandler, Timer, Transport, TransportHandler } from '../../../src/hal/index.js';
import { Session } from '../../../src/mqtt/index.js';
import type { SessionHandler } from '../../../src/mqtt/index.js';
import { acknowledge, CONNACK, MESSAGE, number, PAYLOAD, PUBACK, ROOM, TOPIC } from './peer-packets.js';

/*
 * Our side of the comparison with the SDK's client, three times: the session alone, a connection over a transport that
 * takes everything, and a connection over the transport of the boards and a TCP class that takes everything. Each
 * export does its operation `count` times and returns how many times it was seen to have happened.
 */

let written = 0;
let acknowledged = 0;
let messages = 0;

class Tally implements SessionHandler, ConnectionHandler {
  onConnected(): void {}
  onMessage(): void {
    messages++;
  }
  onAcknowledged(): void {
    acknowledged++;
  }
  onSubscribed(): void {}
  onUnsubscribed(): void {}
  onSkipped(): void {}
  onRoom(): void {}
  onClosed(): void {}
  onFailed(): void {}
  onStopped(): void {}
}

const tally = new Tally();

// The session alone.

const session = new Session({ clientId: 'bench' }, tally);
session.open(0);
drain();
session.receive(CONNACK, 0, CONNACK.length, 0);

function drain(): void {
  while (session.next(0)) {
    written += session.outputTo - session.outputFrom;
    session.sent(session.outputTo - session.outputFrom, 0);
  }
}

export function sessionQos0(count: number): number {
  const before = written;
  for (let i = 0; i < count; i++) {
    session.publish(TOPIC, PAYLOAD, 0, false);
    drain();
  }
  return (written - before) / (MESSAGE.length - 2);
}

export function sessionQos1(count: number): number {
  const before = acknowledged;
  for (let i = 0; i < count; i++) {
    acknowledge(session.publish(TOPIC, PAYLOAD, 1, false));
    drain();
    session.receive(PUBACK, 0, PUBACK.length, 0);
  }
  return acknowledged - before;
}

export function sessionReceive(count: number): number {
  const before = messages;
  const writtenBefore = written;
  for (let i = 0; i < count; i++) {
    number(1 + (i % 65535));
    session.receive(MESSAGE, 0, MESSAGE.length, 0);
    drain();
  }
  return written - writtenBefore === 4 * count ? messages - before : 0;
}

// A connection.

class Sink implements Transport {
  handler: TransportHandler | undefined;

  open(_address: string, _endpoint: unknown, handler: TransportHandler): void {
    this.handler = handler;
  }

  write(_bytes: Uint8Array, from: number, to: number): number {
    written += to - from;
    return to - from;
  }

  resume(): void {}
  close(): void {}
}

class Socket implements TcpSocket {
  target: unknown;
  incoming = CONNACK;
  readonly onReadable: TcpSocketOptions['onReadable'];
  readonly onWritable: TcpSocketOptions['onWritable'];

  constructor(options: TcpSocketOptions) {
    this.target = options.target;
    this.onReadable = options.onReadable;
    this.onWritable = options.onWritable;
    // eslint-disable-next-line @typescript-eslint/no-this-alias
    socket = this;
  }

  read(into: Uint8Array): unknown {
    into.set(this.incoming);
    return into.length;
  }

  write(bytes: Uint8Array): unknown {
    written += bytes.length;
    return ROOM;
  }

  close(): void {}
}

let socket: Socket | undefined;
let due: (() => void) | undefined;
let asked: ResolverHandler | undefined;
const timer: Timer = { start: () => {}, stop: () => {} };
const timers = {
  create(callback: () => void): Timer {
    due = callback;
    return timer;
  },
};

function connect(transport: Transport): Connection {
  const platform: NetworkPlatform = {
    clock: { now: () => 0, unixTime: () => 0 },
    timers: { create: () => timer },
    entropy: { uint32: () => 1 },
    network: { up: true, watch: () => {} },
    resolver: {
      resolve: (_host, handler) => {
        asked = handler;
      },
      cancel: () => {},
    },
    transport,
  };
  const options = { clientId: 'bench', endpoints: [{ host: 'broker.example', port: 1883 }] };
  const made = new Connection(options, platform, tally);
  made.start();
  asked!.onResolved('192.0.2.7');
  return made;
}

const sink = new Sink();
const connection = connect(sink);
sink.handler!.onOpen();
sink.handler!.onReceive(CONNACK, 0, CONNACK.length);

export function connectionQos0(count: number): number {
  const before = written;
  for (let i = 0; i < count; i++) connection.publish(TOPIC, PAYLOAD, 0, false);
  return (written - before) / (MESSAGE.length - 2);
}

export function connectionQos1(count: number): number {
  const before = acknowledged;
  const handler = sink.handler!;
  for (let i = 0; i < count; i++) {
    acknowledge(connection.publish(TOPIC, PAYLOAD, 1, false));
    handler.onReceive(PUBACK, 0, PUBACK.length);
  }
  return acknowledged - before;
}

export function connectionReceive(count: number): number {
  const before = messages;
  const writtenBefore = written;
  const handler = sink.handler!;
  for (let i = 0; i < count; i++) {
    number(1 + (i % 65535));
    handler.onReceive(MESSAGE, 0, MESSAGE.length);
  }
  return written - writtenBefore === 4 * count ? messages - before : 0;
}

// The same over the transport of the boards.

const overTcp = connect(new TcpTransport(Socket, { timers }));
socket!.onWritable(ROOM);
due!();
arrive(socket!, CONNACK);

function arrive(at: Socket, packet: Uint8Array<ArrayBuffer>): void {
  at.incoming = packet;
  at.onReadable(packet.length);
}

export function tcpQos0(count: number): number {
  const before = written;
  for (let i = 0; i < count; i++) overTcp.publish(TOPIC, PAYLOAD, 0, false);
  return (written - before) / (MESSAGE.length - 2);
}

export function tcpQos1(count: number): number {
  const before = acknowledged;
  for (let i = 0; i < count; i++) {
    acknowledge(overTcp.publish(TOPIC, PAYLOAD, 1, false));
    arrive(socket!, PUBACK);
  }
  return acknowledged - before;
}

export function tcpReceive(count: number): number {
  const before = messages;
  const writtenBefore = written;
  for (let i = 0; i < count; i++) {
    number(1 + (i % 65535));
    arrive(socket!, MESSAGE);
  }
  return written - writtenBefore === 4 * count ? messages - before : 0;
}
