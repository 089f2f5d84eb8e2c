import { TransportFailure } from '../../../src/hal/transport.js';
import type { Endpoint, Resolver, ResolverHandler, Transport, TransportHandler } from '../../../src/hal/index.js';
import type { SeededRandom } from '../../world/random.js';
import { Task } from '../scheduler.js';
import type { Scheduler } from '../scheduler.js';
import { isAddress } from './internet.js';
import type { Internet, TlsFault } from './internet.js';
import { TcpConnection } from './tcp.js';
import type { ClientProgram, Path, TcpObserver } from './tcp.js';

/** What the network parts of one start of a device share. */
export interface NetworkHost {
  readonly scheduler: Scheduler;
  readonly internet: Internet;
  readonly path: Path;
  readonly random: SeededRandom;
  readonly observer: TcpObserver;
  /** Connections that the device has; it adds and the observer removes. */
  readonly connections: TcpConnection[];
  /** How many of them the stack can hold, see `MOST_CONNECTIONS`. */
  readonly mostConnections: number;
  /** False when this start is over. */
  readonly alive: boolean;
  /** The device's interface has an address. */
  isUp(): boolean;
  /** Runs what the network tells the device, unless that start is over. */
  enter(call: () => void): void;
}

/** Milliseconds after which a stack gives up to connect to an address that does not answer. */
const SYN_TIMEOUT = 75_000;
/** What people read of a failed handshake, by its kind. */
const TLS_DETAILS: { readonly [fault in TlsFault]: string } = Object.freeze({
  expired: 'the certificate has expired',
  name: 'the certificate is for another name',
  untrusted: 'the certificate is not from a trusted authority',
  version: 'no common version',
  alert: 'the server sent an alert',
});

/**
 * True when the stack of `host` has room for another connection: at its limit it forgets the oldest one that its
 * program has closed, as `tcp_alloc` of esp-lwip does. One that its program has is never forgotten.
 */
function makeRoom({ connections, mostConnections }: NetworkHost): boolean {
  const held = connections.filter((connection) => connection.held);
  if (held.length < mostConnections) return true;
  const closed = held.find((connection) => connection.clientGone);
  closed?.abort();
  return closed !== undefined;
}

/** A `Transport` over the virtual network. */
export class VirtualTransport implements Transport, ClientProgram {
  private connection: TcpConnection | undefined;
  private handler: TransportHandler | undefined;
  private readonly step: Task;
  private next: (() => void) | undefined;
  private openedAt = 0;

  constructor(private readonly host: NetworkHost) {
    this.step = new Task(() => {
      // The start of the device may be over.
      if (this.connection?.clientGone === false) this.next?.();
    });
  }

  open(address: string, endpoint: Endpoint, handler: TransportHandler): void {
    this.close();
    const { host } = this;
    if (!host.alive) return;
    this.handler = handler;
    const { scheduler, path, random, observer } = host;
    const connection = new TcpConnection(scheduler, path, random, this, () => host.isUp(), observer);
    this.connection = connection;
    this.openedAt = scheduler.now();
    const hasRoom = makeRoom(host);
    host.connections.push(connection);
    if (!hasRoom) {
      this.plan(0, () => this.fail(TransportFailure.unreachable, 'cannot connect to ' + address + ': no socket'));
      return;
    }
    this.knock(address, endpoint, connection);
  }

  write(bytes: Uint8Array, from: number, to: number): number {
    return this.connection?.write(bytes, from, to) ?? 0;
  }

  resume(): void {
    this.connection?.resume();
  }

  close(): void {
    const { connection } = this;
    this.connection = undefined;
    this.handler = undefined;
    this.next = undefined;
    this.host.scheduler.cancel(this.step);
    connection?.close();
  }

  // ClientProgram

  opened(): void {
    this.host.enter(() => this.handler?.onOpen());
  }

  received(bytes: Uint8Array, from: number, to: number): number {
    let consumed = to - from;
    this.host.enter(() => {
      if (this.handler) consumed = this.handler.onReceive(bytes, from, to);
    });
    return consumed;
  }

  writable(): void {
    this.host.enter(() => this.handler?.onWritable());
  }

  closed(cause: TransportFailure, detail: string): void {
    const { handler } = this;
    this.connection = undefined;
    this.handler = undefined;
    this.next = undefined;
    this.host.scheduler.cancel(this.step);
    this.host.enter(() => handler?.onClose(cause, detail));
  }

  /** The handshake of TCP, and then of TLS. */
  private knock(address: string, endpoint: Endpoint, connection: TcpConnection): void {
    const { host } = this;
    const { path, scheduler } = host;
    const server = host.internet.portal ? undefined : host.internet.find(address, endpoint.port);
    const listener = host.internet.portal ?? server?.listener;
    const isSilent = path.down || !host.isUp() || server?.state === 'silent';
    if (isSilent) {
      // SYN is sent again while nobody answers.
      this.plan(3000, () => {
        if (scheduler.now() - this.openedAt >= SYN_TIMEOUT)
          this.fail(TransportFailure.unreachable, 'no answer from ' + address + ':' + endpoint.port);
        else this.knock(address, endpoint, connection);
      });
      return;
    }
    const roundTrip = 2 * path.latency + path.jitter * host.random.unit();
    if (!listener || server?.state === 'refuses') {
      this.plan(roundTrip, () =>
        this.fail(TransportFailure.unreachable, 'connection refused by ' + address + ':' + endpoint.port),
      );
      return;
    }
    if (!endpoint.tls) {
      this.plan(roundTrip, () => {
        connection.establish(listener);
        this.opened();
      });
      return;
    }
    // Two round trips, and some 5 KB of certificates.
    this.plan(3 * roundTrip + 5_000_000 / path.bytesPerSecond, () => {
      const fault = server?.tls !== true ? 'wrong version number' : server.tlsFault && TLS_DETAILS[server.tlsFault];
      if (fault && endpoint.tls?.verify !== false) return this.fail(TransportFailure.tls, fault);
      connection.establish(listener);
      this.opened();
    });
  }

  private plan(milliseconds: number, next: () => void): void {
    this.next = next;
    this.host.scheduler.plan(this.step, this.host.scheduler.now() + milliseconds);
  }

  private fail(cause: TransportFailure, detail: string): void {
    const { connection } = this;
    this.connection = undefined;
    connection?.close();
    this.closed(cause, detail);
  }
}

/** A `Resolver` that asks the name servers of the virtual network. */
export class VirtualResolver implements Resolver {
  private readonly answer: Task;
  private reply: (() => void) | undefined;

  constructor(private readonly host: NetworkHost) {
    this.answer = new Task(() => host.enter(() => this.reply?.()));
  }

  resolve(host: string, handler: ResolverHandler): void {
    const { internet, scheduler, path } = this.host;
    const begin = scheduler.now();
    if (isAddress(host)) {
      this.reply = () => handler.onResolved(host);
      scheduler.plan(this.answer, begin);
      return;
    }
    this.reply = () => {
      const record = internet.names.get(host);
      if (record?.hangs) return;
      if (path.down || !this.host.isUp() || record?.silent) {
        // As the UDP resolver of the boards: three questions, 2 s apart.
        if (scheduler.now() - begin >= 6000) handler.onUnresolved(host + ': no answer from a name server');
        else scheduler.plan(this.answer, scheduler.now() + 2000);
        return;
      }
      const [address, ...further] = record?.addresses ?? [];
      if (address === undefined) handler.onUnresolved(host + ': no such name');
      else handler.onResolved(address, further);
    };
    scheduler.plan(this.answer, begin + internet.resolveTime + path.latency);
  }

  cancel(): void {
    this.reply = undefined;
    this.host.scheduler.cancel(this.answer);
  }
}
