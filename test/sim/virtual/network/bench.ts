import { TransportFailure } from '../../../../src/hal/index.js';
import type { Endpoint, TransportHandler } from '../../../../src/hal/index.js';
import { Internet } from '../../../../sim/virtual/network/internet.js';
import type { Server } from '../../../../sim/virtual/network/internet.js';
import { ordinaryPath } from '../../../../sim/virtual/network/tcp.js';
import type { ServerLink, ServerProgram, TcpConnection } from '../../../../sim/virtual/network/tcp.js';
import { VirtualTransport } from '../../../../sim/virtual/network/transport.js';
import type { NetworkHost } from '../../../../sim/virtual/network/transport.js';
import { Scheduler } from '../../../../sim/virtual/scheduler.js';
import { SeededRandom } from '../../../../sim/world/random.js';

export const ADDRESS = '203.0.113.10';
export const PORT = 1883;

/** The program of a server: writes down what came. */
export class Peer implements ServerProgram {
  readonly received: number[] = [];
  ends = 0;

  constructor(readonly link: ServerLink) {}

  receive(bytes: Uint8Array, from: number, to: number): void {
    for (let i = from; i < to; i++) this.received.push(bytes[i]!);
  }

  ended(): void {
    this.ends++;
  }
}

/** A device's transport and a server at the other end, in virtual time. */
export class TransportBench implements TransportHandler, NetworkHost {
  readonly alive = true;
  /** The interface has an address. */
  up = true;
  readonly scheduler = new Scheduler();
  readonly internet = new Internet();
  readonly path = ordinaryPath();
  readonly random: SeededRandom;
  readonly connections: TcpConnection[] = [];
  readonly transport: VirtualTransport;
  mostConnections = Infinity;
  readonly server: Server;
  readonly peers: Peer[] = [];
  readonly observer = {
    onSegment: (_connection: TcpConnection, _up: boolean, length: number): void => void this.segments.push(length),
    onEnd: (connection: TcpConnection): void => void this.connections.splice(this.connections.indexOf(connection), 1),
    isClientUp: (): boolean => true,
  };
  readonly segments: number[] = [];

  /** Calls of the handler, in order. */
  readonly calls: string[] = [];
  readonly received: number[] = [];
  cause = 0;
  detail = '';
  inside = false;
  nested = 0;
  whenOpen = (): void => {};
  whenWritable = (): void => {};
  consume = (_bytes: Uint8Array, from: number, to: number): number => to - from;

  constructor(seed = 1) {
    this.random = new SeededRandom(seed);
    const accept = (link: ServerLink): Peer => {
      this.peers.push(new Peer(link));
      return this.peers.at(-1)!;
    };
    this.server = this.internet.listen(ADDRESS, PORT, { accept });
    this.transport = new VirtualTransport(this);
  }

  get peer(): Peer {
    return this.peers.at(-1)!;
  }

  isUp(): boolean {
    return this.up;
  }

  enter(call: () => void): void {
    if (this.inside) this.nested++;
    this.inside = true;
    call();
    this.inside = false;
  }

  open(endpoint: Partial<Endpoint> = {}): void {
    // As the firmware does: nothing comes from inside this call.
    const { length } = this.calls;
    this.transport.open(ADDRESS, { host: 'broker', port: PORT, ...endpoint }, this);
    if (this.calls.length !== length) this.nested++;
  }

  connected(): this {
    this.open();
    this.run(1000);
    return this;
  }

  run(milliseconds: number): void {
    this.scheduler.runUntil(this.scheduler.now() + milliseconds);
  }

  write(bytes: Uint8Array): number {
    return this.transport.write(bytes, 0, bytes.length);
  }

  onOpen(): void {
    this.calls.push('open');
    this.whenOpen();
  }

  onReceive(bytes: Uint8Array, from: number, to: number): number {
    this.calls.push('receive');
    const consumed = this.consume(bytes, from, to);
    for (let i = from; i < from + consumed; i++) this.received.push(bytes[i]!);
    return consumed;
  }

  onWritable(): void {
    this.calls.push('writable');
    this.whenWritable();
  }

  onClose(cause: TransportFailure, detail: string): void {
    this.calls.push('close');
    this.cause = cause;
    this.detail = detail;
  }
}

export function pattern(length: number, step = 7): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * step + (i >> 8)) & 0xff);
}
