import { openTcp } from './tcp-socket.js';
import type { SocketListener, StreamSocket, TcpClass, TcpSocket } from './tcp-socket.js';

/** What stands above a `GuardedTcp`, besides the TLS class. */
export interface TlsGuard {
  readonly tcp: TcpClass;
  /** Set by the `GuardedTcp`, before it connects. */
  lower: GuardedTcp | undefined;
  /** A whole record came that is not encrypted. What is thrown here ends the connection. */
  recordReceived(record: Uint8Array): void;
  /** The TLS class threw in a callback. */
  tlsThrew(error: unknown): void;
  /** A callback of the TLS class returned. */
  tlsReturned(): void;
}

/** What the TLS class passes on, its own callbacks among it. */
interface GuardedTcpOptions {
  address: string;
  port: number;
  guard: TlsGuard;
  onReadable(count: number): void;
  onWritable(count: number): void;
  onError(): void;
}

/** Types of TLS records (RFC 5246, section 6.2.1). */
const enum ContentType {
  changeCipherSpec = 20,
  applicationData = 23,
}

const HEADER_LENGTH = 5;

/** The TCP socket below a `TlsSocket`: catches what that throws, and is in the way of its faults; see there. */
export class GuardedTcp implements SocketListener {
  /** Bytes that can be written, as the TLS class counts. */
  writable = 0;
  /** True makes the TLS class believe that nothing waits here, so that it sets no timer. */
  hidden = false;
  /** The TCP connection came about. */
  connected = false;
  /** The TCP connection ended, or did not come about. */
  ended = false;
  /** ChangeCipherSpec was sent: what follows is encrypted. */
  encrypting = false;

  private readonly guard: TlsGuard;
  private readonly above: GuardedTcpOptions;
  private readonly socket: TcpSocket;
  private closed = false;
  private waiting = 0;
  private room = 0;
  /** What the socket did not take yet, of a handshake. */
  private backlog: Uint8Array | undefined;

  constructor(options: GuardedTcpOptions) {
    this.above = options;
    this.guard = options.guard;
    this.guard.lower = this;
    this.socket = openTcp(this.guard.tcp, options.address, options.port, this);
  }

  /** Bytes that can be read, as the TLS class counts. */
  get readable(): number {
    return this.hidden ? 0 : this.waiting;
  }

  set readable(count: number) {
    this.waiting = count;
  }

  read(into: Uint8Array): unknown {
    const count = this.socket.read(into);
    // The TLS class reads each record to the end of a buffer of its length, the header alone first.
    const whole = into.buffer.byteLength;
    if (!this.encrypting && whole > HEADER_LENGTH && into.byteOffset + into.length === whole) {
      this.guard.recordReceived(new Uint8Array(into.buffer));
    }
    return count;
  }

  write(record: Uint8Array): unknown {
    if (record[0] === ContentType.changeCipherSpec) this.encrypting = true;
    else if (record[0] === ContentType.applicationData && !this.encrypting)
      throw new Error('the handshake was cut short');
    if (this.backlog === undefined && record.length <= this.room) return this.pass(record);
    this.backlog = joined(this.backlog, record);
    this.flush();
    return this.room;
  }

  close(): void {
    this.closed = true;
    this.backlog = undefined;
    this.socket.close();
  }

  /** Gives the TLS class what waits. True when it took something. */
  decode(): boolean {
    const before = this.waiting;
    if (before === 0 || this.closed) return false;
    this.socketReadable(this, before);
    return this.waiting < before;
  }

  // SocketListener

  socketReadable(_socket: StreamSocket, count: number): void {
    if (this.closed) return;
    try {
      this.above.onReadable(count);
    } catch (error) {
      return this.threw(error);
    }
    this.guard.tlsReturned();
  }

  socketWritable(_socket: StreamSocket, count: number): void {
    if (this.closed) return;
    this.connected = true;
    this.room = count;
    try {
      this.flush();
      if (this.backlog !== undefined || this.room === 0) return;
      this.above.onWritable(this.room);
    } catch (error) {
      return this.threw(error);
    }
    this.guard.tlsReturned();
  }

  socketBroken(): void {
    if (this.closed) return;
    this.ended = true;
    try {
      this.above.onError();
    } catch (error) {
      return this.threw(error);
    }
    this.guard.tlsReturned();
  }

  /** What is thrown after `close` inside a callback comes of that. */
  private threw(error: unknown): void {
    if (!this.closed) this.guard.tlsThrew(error);
  }

  private pass(bytes: Uint8Array): unknown {
    const room = this.socket.write(bytes);
    if (!((room as number) >= 0)) {
      // On Linux nothing more is heard after a failed write.
      this.ended = true;
      throw new Error('the connection broke');
    }
    this.room = room as number;
    return room;
  }

  private flush(): void {
    while (this.backlog !== undefined && this.room > 0) {
      const backlog: Uint8Array = this.backlog;
      const length = Math.min(backlog.length, this.room);
      this.pass(backlog.subarray(0, length));
      this.backlog = length < backlog.length ? backlog.slice(length) : undefined;
    }
  }
}

function joined(head: Uint8Array | undefined, tail: Uint8Array): Uint8Array {
  // Always a copy: the TLS class may use its buffer again.
  const from = head === undefined ? 0 : head.length;
  const bytes = new Uint8Array(from + tail.length);
  if (head !== undefined) bytes.set(head);
  bytes.set(tail, from);
  return bytes;
}
