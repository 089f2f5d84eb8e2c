/**
 * The TCP class of ECMA-419 (2nd edition, clause 10.9) as the Moddable SDK has it in `embedded:io/socket/tcp`, in the
 * part that the transports use. It is injected, so that they can be tested without the SDK. What its sources show
 * (modules/io/socket/lin/tcp.c and lwip/tcp.c of 8.2.3):
 *
 * - The first `onWritable` means connected. It may come before the `onError` of a connection that was refused.
 * - `onReadable` tells all that is readable, and comes only when more arrived.
 * - `read(view)` fills the whole view, or throws: a view longer than what is readable is an error.
 * - `write(view)` copies, and returns how much may follow. It throws when the view is longer than what may follow, and
 *   before the connection is there. After a failed write it returns undefined; on Linux nothing more is heard then.
 * - `onError` gives no reason, and comes when all that arrived before was read. On Linux it never comes when bytes were
 *   unread at the time the peer ended: then only the keep alive of the session notices.
 * - Callbacks do not come inside a call. On Linux one that was due can come after `close()`.
 */
export interface TcpSocket extends StreamSocket {
  /** The option `target`. */
  target?: unknown;
}

/** What a transport reads and writes: a `TcpSocket`, or TLS on top of it. */
export interface StreamSocket {
  /** Fills `into` from its start, and returns how many bytes that were. */
  read(into: Uint8Array): unknown;
  /** Takes all of `bytes`, and returns how many may follow; undefined when the connection is broken. */
  write(bytes: Uint8Array): unknown;
  close(): void;
}

/** Hears of a socket, from the event loop. Ignores those that are no longer in use. */
export interface SocketListener {
  /** `count` bytes can be read, those included that were told before. */
  socketReadable(socket: StreamSocket, count: number): void;
  /** `count` bytes can be written. */
  socketWritable(socket: StreamSocket, count: number): void;
  /** The connection ended or did not come about. */
  socketBroken(socket: StreamSocket): void;
}

/** The options of a `TcpSocket`. Callbacks are called with the socket as `this`. */
export interface TcpSocketOptions {
  /** An IPv4 address. */
  address: string;
  port: number;
  nodelay: boolean;
  target: unknown;
  onReadable(this: TcpSocket, count: number): void;
  onWritable(this: TcpSocket, count: number): void;
  onError(this: TcpSocket): void;
}

/** Throws when an option is wrong, or when no socket is free. */
export type TcpClass = new (options: TcpSocketOptions) => TcpSocket;

/** A socket on its way to `address`, whose callbacks go to `listener`. Throws what the class throws. */
export function openTcp(tcp: TcpClass, address: string, port: number, listener: SocketListener): TcpSocket {
  // The callbacks are functions of this module, in ROM on a chip, so that a connection makes no closures.
  return new tcp({ address, port, nodelay: true, target: listener, onReadable, onWritable, onError });
}

function onReadable(this: TcpSocket, count: number): void {
  (this.target as SocketListener).socketReadable(this, count);
}

function onWritable(this: TcpSocket, count: number): void {
  (this.target as SocketListener).socketWritable(this, count);
}

function onError(this: TcpSocket): void {
  (this.target as SocketListener).socketBroken(this);
}
