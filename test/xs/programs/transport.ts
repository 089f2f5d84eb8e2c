import { TcpTransport } from '../../../boards/ecma419/tcp-transport.js';
import type { TcpSocket, TcpSocketOptions } from '../../../boards/ecma419/index.js';
import type { Endpoint, Timer, TransportHandler } from '../../../src/hal/index.js';

/*
 * The transport over a TCP class that does what the SDK's does, but makes nothing for it. Each export does its
 * operation `count` times and returns how many times it was seen to have happened.
 */

const ENDPOINT: Endpoint = { host: 'broker.example', port: 1883 };

let read = 0;
let written = 0;
let made: FakeTcp | undefined;

class FakeTcp implements TcpSocket {
  target: unknown;
  readonly onReadable: TcpSocketOptions['onReadable'];
  readonly onWritable: TcpSocketOptions['onWritable'];

  constructor(options: TcpSocketOptions) {
    this.target = options.target;
    this.onReadable = options.onReadable;
    this.onWritable = options.onWritable;
    // eslint-disable-next-line @typescript-eslint/no-this-alias
    made = this;
  }

  read(into: Uint8Array): unknown {
    read += into.length;
    return into.length;
  }

  write(bytes: Uint8Array): unknown {
    written += bytes.length;
    return 5744;
  }

  close(): void {}
}

let due: (() => void) | undefined;
const timer: Timer = { start: () => {}, stop: () => {} };
const timers = {
  create(callback: () => void): Timer {
    due = callback;
    return timer;
  },
};

class Consumer implements TransportHandler {
  received = 0;
  opened = 0;

  onOpen(): void {
    this.opened++;
  }

  onReceive(_bytes: Uint8Array, from: number, to: number): number {
    this.received += to - from;
    return to - from;
  }

  onWritable(): void {}
  onClose(): void {}
}

const consumer = new Consumer();
const transport = new TcpTransport(FakeTcp, { timers });
const bytes = new Uint8Array(transport.allocate(600));
const whole = new Uint8Array(200);
connect();

/** 600 bytes arrive, which are two reads. */
export function receive(count: number): number {
  const socket = made!;
  let happened = 0;
  for (let i = 0; i < count; i++) {
    const before = consumer.received;
    socket.onReadable.call(socket, 600);
    if (consumer.received === before + 600 && read >= 600) happened++;
  }
  return happened;
}

/** What a session writes: 600 bytes of its longer array, which are two writes, and a whole one. */
export function write(count: number): number {
  let happened = 0;
  for (let i = 0; i < count; i++) {
    const before = written;
    if (transport.write(bytes, 0, 600) !== 600 || transport.write(whole, 0, 200) !== 200) continue;
    if (written === before + 800 && bytes.length === 600 + 512) happened++;
  }
  return happened;
}

/** A connection, from `open` to `close`. */
export function reconnect(count: number): number {
  let happened = 0;
  for (let i = 0; i < count; i++) {
    const before = consumer.opened;
    connect();
    if (consumer.opened === before + 1) happened++;
  }
  return happened;
}

const kept: TcpTransport[] = [];

/** `count` transports that are not garbage. */
export function construct(count: number): number {
  for (let i = 0; i < count; i++) kept.push(new TcpTransport(FakeTcp, { timers }));
  return count;
}

function connect(): void {
  transport.open('192.0.2.7', ENDPOINT, consumer);
  made!.onWritable.call(made!, 5744);
  due!();
}
