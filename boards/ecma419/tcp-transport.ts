import type { Timer, Timers } from '../../src/hal/board.js';
import { TransportFailure } from '../../src/hal/transport.js';
import type { Endpoint, Transport, TransportHandler } from '../../src/hal/transport.js';

/** One line of at most 160 characters about what was thrown. The SDK throws errors with short texts, or with none. */
export function errorText(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  let line = '';
  for (let i = 0; i < text.length && i < 160; i++) {
    const code = text.charCodeAt(i);
    line += code >= 0x20 && code < 0x7f ? text.charAt(i) : ' ';
  }
  return line || 'no reason given';
}

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

/** Settings of a `TcpTransport`. */
export interface TcpTransportOptions {
  /** Calls of the handler that fall due inside a call of the transport wait for a timer of 0 ms. */
  timers: Timers;
  /** Bytes read from the socket at once, 1 to 65535. Default 512. */
  receive?: number;
  /** Bytes written to the socket at once, out of what `allocate` made, 1 to 65535. Default 512. */
  send?: number;
}

/** How far a connection is. */
const enum Stage {
  closed,
  connecting,
  /** Connected, and the handler does not know yet. */
  connected,
  open,
}

/**
 * A transport over the TCP class of ECMA-419; see `TcpSocket` for its peculiarities.
 *
 * A read or a write makes no object: a read goes into a resizable buffer that was made at its largest size, with a view
 * that follows its length, and a write goes through such a view of the end of the buffer that `allocate` made.
 * A buffer is shrunk for the call only: a collection keeps no more of it than its length, and to grow it again would
 * take memory. Bytes that the handler does not consume stay in the receive buffer; the socket is not read meanwhile.
 *
 * The class does not say why a connection ended, so the end of an open one is always `TransportFailure.ended`, unless
 * a write failed. It is its own listener and makes one closure, for its timer, because memory is short.
 */
export class TcpTransport implements Transport, SocketListener {
  protected readonly tcp: TcpClass;
  private readonly timer: Timer;
  private readonly receiveSize: number;
  private readonly received: Uint8Array & { view?: DataView };
  private readonly sendSize: number;
  /** The view of the end of a buffer that `allocate` made, as long as a write. */
  private sending: Uint8Array | undefined;

  private handler: TransportHandler | undefined;
  private socket: StreamSocket | undefined;
  private address = '';
  private endpoint: Endpoint | undefined;
  /** Tells one connection from the next, whatever a handler did meanwhile. */
  private connection = 0;
  private stage: Stage = Stage.closed;
  /** Bytes that the socket holds for us. */
  private available = 0;
  /** Bytes that the socket takes. */
  private room = 0;
  /** Not consumed yet: `received[restFrom..restTo)`. */
  private restFrom = 0;
  private restTo = 0;
  /** The handler consumed less than it was offered: nothing more until `resume`. */
  private held = false;
  /** `resume` was called, and the timer runs. */
  private resuming = false;
  /** `write` took less than it was offered. */
  private refused = false;
  private delivering = false;
  /** Inside a call of the transport or of the handler. */
  private busy = false;
  private scheduled = false;
  /** Why the connection ended, told when all that arrived before was consumed; 0: it has not ended. */
  private cause: TransportFailure | 0 = 0;
  private detail = '';

  /** Throws a RangeError that names the option and what is allowed. */
  constructor(tcp: TcpClass, options: TcpTransportOptions) {
    this.tcp = tcp;
    this.receiveSize = bufferSize('receive', options.receive);
    this.received = new Uint8Array(resizableBuffer(this.receiveSize));
    this.received.view = new DataView(this.received.buffer);
    this.sendSize = bufferSize('send', options.send);
    this.timer = options.timers.create(() => this.wake());
  }

  allocate(size: number): ArrayBuffer {
    return resizableBuffer(size + this.sendSize);
  }

  open(address: string, endpoint: Endpoint, handler: TransportHandler): void {
    this.close();
    this.address = address;
    this.endpoint = endpoint;
    this.handler = handler;
    this.stage = Stage.connecting;
    const wasBusy = this.busy;
    this.busy = true;
    try {
      this.socket = this.connect(address, endpoint);
    } catch (error) {
      this.fail(TransportFailure.unreachable, 'cannot connect to ' + this.peer + ': ' + errorText(error));
    }
    this.busy = wasBusy;
  }

  write(bytes: Uint8Array, from: number, to: number): number {
    if (this.stage !== Stage.open || this.cause !== 0) return 0;
    const socket = this.socket!;
    const wasBusy = this.busy;
    this.busy = true;
    let at = from;
    while (at < to && this.room > 0) {
      const length = Math.min(to - at, this.room, this.sendSize);
      let room: unknown;
      try {
        room = this.send(socket, bytes, at, length);
      } catch {
        // It would block after all: `onWritable` follows.
        this.room = 0;
        break;
      }
      if (!((room as number) >= 0)) {
        this.fail(TransportFailure.reset, 'the connection to ' + this.peer + ' broke');
        break;
      }
      this.room = room as number;
      at += length;
    }
    this.busy = wasBusy;
    if (at < to) this.refused = true;
    return at - from;
  }

  /**
   * Writes `bytes[from..from + length)`, for which the socket needs a view of just these bytes. In a buffer that
   * `allocate` made, which is resizable, they are moved to its end, natively, where the view stays, unless they are
   * there. Any other view is garbage of four slots. TLS, which makes far more of it, might collect it while the buffer
   * is short; and what lies at the end itself has to stay, where there is room for a part only, and what is behind that
   * part: a write that fails leaves them to whoever offered them.
   */
  private send(socket: StreamSocket, bytes: Uint8Array, from: number, length: number): unknown {
    if (length === bytes.length) return socket.write(bytes);
    const buffer = bytes.buffer as ArrayBuffer;
    const size = buffer.byteLength;
    const at = size - this.sendSize;
    const spare = at - bytes.byteOffset;
    const mustStay = from > spare || (from === spare && length === this.room);
    if (!buffer.resizable || this.endpoint!.tls !== undefined || mustStay) {
      return socket.write(bytes.subarray(from, from + length));
    }
    if (this.sending?.buffer !== buffer) this.sending = new Uint8Array(buffer, at);
    if (from !== spare) bytes.copyWithin(spare, from, from + length);
    buffer.resize(at + length);
    try {
      return socket.write(this.sending);
    } finally {
      buffer.resize(size);
    }
  }

  resume(): void {
    if (!this.held && !this.delivering) return;
    this.resuming = true;
    this.schedule();
  }

  close(): void {
    const socket = this.socket;
    this.connection++;
    this.stage = Stage.closed;
    this.handler = undefined;
    this.socket = undefined;
    this.endpoint = undefined;
    this.available = 0;
    this.room = 0;
    this.restFrom = 0;
    this.restTo = 0;
    this.held = false;
    this.resuming = false;
    this.refused = false;
    this.cause = 0;
    if (this.scheduled) {
      this.scheduled = false;
      this.timer.stop();
    }
    if (socket !== undefined) socket.close();
  }

  // SocketListener

  socketReadable(socket: StreamSocket, count: number): void {
    if (!this.uses(socket)) return;
    this.available = count;
    // In the midst of a delivery its loop goes on with what has come.
    if (!this.delivering) this.service();
  }

  socketWritable(socket: StreamSocket, count: number): void {
    if (!this.uses(socket)) return;
    this.room = count;
    if (this.stage === Stage.connecting) {
      this.stage = Stage.connected;
      // When the connection was refused, the error is yet to come.
      this.schedule();
    } else if (this.stage === Stage.open) {
      this.service();
    }
  }

  socketBroken(socket: StreamSocket): void {
    if (!this.uses(socket)) return;
    if (this.stage === Stage.open || this.available > 0) {
      this.fail(TransportFailure.ended, this.peer + ' ended the connection, or it broke');
    } else {
      this.fail(TransportFailure.unreachable, 'cannot connect to ' + this.peer + ': refused, or not to be reached');
    }
  }

  /** The other side, for people. */
  protected get peer(): string {
    const endpoint = this.endpoint;
    if (endpoint === undefined) return this.address;
    const host = endpoint.host === this.address ? '' : endpoint.host + ' ';
    return host + (host === '' ? this.address : '(' + this.address + ')') + ' port ' + endpoint.port;
  }

  /** Makes the socket; undefined when `fail` was called instead. What it throws is why there is none. */
  protected connect(address: string, endpoint: Endpoint): StreamSocket | undefined {
    if (endpoint.tls === undefined) return openTcp(this.tcp, address, endpoint.port, this);
    this.fail(TransportFailure.tls, 'no TLS to ' + this.peer + ': this firmware was built without it');
    return undefined;
  }

  /** Ends the connection, when all that arrived before was consumed. The first reason counts. */
  protected fail(cause: TransportFailure, detail: string): void {
    if (this.cause !== 0) return;
    this.cause = cause;
    this.detail = detail;
    this.service();
  }

  /** True when `socket` is the one in use: late callbacks of those before it come to nothing. */
  protected uses(socket: StreamSocket): boolean {
    return socket === this.socket || (this.socket === undefined && this.stage === Stage.connecting);
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    this.timer.start(0);
  }

  private wake(): void {
    this.scheduled = false;
    if (this.resuming) {
      this.resuming = false;
      this.held = false;
    }
    if (this.stage === Stage.connected && (this.cause === 0 || this.available > 0)) {
      this.stage = Stage.open;
      const connection = this.connection;
      this.busy = true;
      try {
        this.handler!.onOpen();
      } finally {
        this.busy = false;
      }
      if (connection !== this.connection) return;
    }
    this.service();
  }

  /** Tells the handler what is due; later, when the handler or the transport is at work. */
  private service(): void {
    if (this.busy) return this.schedule();
    const connection = this.connection;
    this.busy = true;
    try {
      if (this.stage === Stage.open) {
        this.deliver(connection);
        if (connection !== this.connection) return;
        if (this.refused && this.room > 0 && this.cause === 0) {
          this.refused = false;
          this.handler!.onWritable();
          if (connection !== this.connection) return;
        }
      }
      if (this.cause !== 0 && this.available === 0 && this.restFrom === this.restTo) this.finish();
    } finally {
      this.busy = false;
    }
  }

  private deliver(connection: number): void {
    this.delivering = true;
    try {
      while (!this.held && (this.restFrom < this.restTo || this.fill())) {
        const from = this.restFrom;
        const consumed = this.handler!.onReceive(this.received, from, this.restTo);
        if (connection !== this.connection) return;
        this.restFrom = from + consumed;
        this.held = this.restFrom < this.restTo;
      }
    } finally {
      this.delivering = false;
    }
  }

  /** Reads from the socket. False when nothing came. */
  private fill(): boolean {
    const count = Math.min(this.available, this.receiveSize);
    if (count === 0) return false;
    const received = this.received;
    const buffer = received.buffer as ArrayBuffer;
    buffer.resize(count);
    this.available -= count;
    let read: unknown;
    try {
      read = this.socket!.read(received);
    } catch (error) {
      this.available = 0;
      this.fail(TransportFailure.reset, 'cannot read from ' + this.peer + ': ' + errorText(error));
      return false;
    } finally {
      buffer.resize(this.receiveSize);
    }
    this.restFrom = 0;
    this.restTo = (read as number) > 0 ? (read as number) : 0;
    return this.restTo > 0;
  }

  private finish(): void {
    const handler = this.handler!;
    const cause = this.cause as TransportFailure;
    this.close();
    handler.onClose(cause, this.detail);
  }
}

function resizableBuffer(size: number): ArrayBuffer {
  return new ArrayBuffer(size, { maxByteLength: size });
}

function bufferSize(name: string, size: number | undefined): number {
  if (size === undefined) return 512;
  if (!(size >= 1 && size <= 65535 && size % 1 === 0)) {
    throw new RangeError(name + ' must be an integer from 1 to 65535, got ' + size);
  }
  return size;
}
