import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { TlsOptions } from 'node:tls';

/** How a `PeerServer` behaves. */
export interface PeerServerOptions {
  /** Present: TLS. */
  tls?: TlsOptions;
  /** True: the peer's end does not end the server's side. */
  allowHalfOpen?: boolean;
}

/** The other side of a transport test: a listening socket of Node on 127.0.0.1. */
export interface PeerServer {
  readonly port: number;
  /** The next connection that is open (for TLS: after the handshake), in the order in which they came. */
  accept(): Promise<Socket>;
  /** Breaks all connections with a TCP RST. */
  reset(): void;
  /** The next failed handshake of a TLS server, as Node describes it. */
  handshakeFailure(): Promise<Error>;
  /** Cuts all connections and listens no more. */
  close(): Promise<void>;
}

export async function startPeerServer(options: PeerServerOptions = {}): Promise<PeerServer> {
  const allowHalfOpen = options.allowHalfOpen === true;
  const tls = options.tls;
  const server: Server =
    tls === undefined ? createServer({ allowHalfOpen }) : createTlsServer({ ...tls, allowHalfOpen });
  const rawSockets = new Set<Socket>();
  const opened = new Waiting<Socket>();
  const failures = new Waiting<Error>();
  server.on('connection', (socket: Socket) => {
    rawSockets.add(socket);
    socket.once('close', () => rawSockets.delete(socket));
    // Tests break connections on purpose, and expect the outcome at the transport.
    socket.on('error', () => undefined);
  });
  server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
    socket.on('error', () => undefined);
    opened.put(socket);
  });
  server.on('tlsClientError', (error: Error) => failures.put(error));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve());
  });
  return {
    port: (server.address() as AddressInfo).port,
    accept: () => opened.take(),
    handshakeFailure: () => failures.take(),
    reset: () => {
      for (const socket of rawSockets) socket.resetAndDestroy();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of rawSockets) socket.destroy();
      }),
  };
}

/** Things that came, and those who wait for one. */
class Waiting<T> {
  private readonly things: T[] = [];
  private readonly takers: ((thing: T) => void)[] = [];

  put(thing: T): void {
    const taker = this.takers.shift();
    if (taker === undefined) this.things.push(thing);
    else taker(thing);
  }

  take(): Promise<T> {
    const thing = this.things.shift();
    return thing === undefined ? new Promise((resolve) => this.takers.push(resolve)) : Promise.resolve(thing);
  }
}
