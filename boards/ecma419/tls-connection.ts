import { openTcp } from './tcp-transport.js';
import type { SocketListener, StreamSocket, TcpClass, TcpSocket } from './tcp-transport.js';
import { checkCertificateRecord } from './tls-chain.js';
import type { CertificateTools } from './tls-chain.js';

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

/**
 * The TLS class of the Moddable SDK, `embedded:io/socket/tcp/tls` (examples/io/tcp/tlssocket and modules/crypt/ssl of
 * 8.2.3), in the part that the transport uses: TLS 1.2, for servers with an RSA certificate that send their chain. It
 * is injected, like the TCP class. What its sources show:
 *
 * - It makes a TCP socket of the class `TCP.io`, with all of its own options, and keeps counts in two properties of
 *   that socket, `readable` and `writable`. Its own callbacks have no useful `this`.
 * - Whatever is wrong is thrown inside a callback of the TCP socket: a certificate that is not accepted, an alert, a
 *   record that does not decode. Nobody catches it there, which ends the program.
 * - A second record that waits in the TCP socket is looked for by a timer, where nobody catches either.
 * - The first `onWritable` means that the handshake is done, or that an alert cut it short: then what is written goes
 *   out in clear.
 * - It writes handshake messages whatever the TCP socket takes.
 * - A close_notify calls `onError`, as every other end does.
 * - A read may be partial.
 *
 * `GuardedTcp` stands below it to take the edge off all of these.
 */
export type TlsSocket = StreamSocket;

/** The options of a `TlsSocket`; those that it does not know go on to `TCP.io`. */
export interface TlsSocketOptions {
  address: string;
  port: number;
  host: string;
  secure: TlsSecureOptions;
  TCP: { io: unknown };
  /** For the `GuardedTcp` below. */
  guard: unknown;
  onReadable(count: number): void;
  onWritable(count: number): void;
  onError(): void;
}

/** The options of a session (modules/crypt/ssl/session_419.js and ssl_cert.js). */
export interface TlsSecureOptions {
  /** Name to verify, and for SNI. */
  serverName: string;
  /** The authority to trust besides those of the SDK (modules/crypt/data/ca), DER. */
  certificate?: Uint8Array;
  /** The client's certificate and its chain, DER. */
  clientCertificates?: Uint8Array[];
  /** The client's key: RSA, PKCS #8 DER. */
  clientKey?: Uint8Array;
  applicationLayerProtocolNegotiation?: string[];
  verify?: boolean;
}

/** Any class: its typings in the SDK and in @moddable/typings differ from what it does. */
export type TlsClass = new (options: never) => object;

/** Bytes that a record takes beyond its content, at most: AES-CBC with SHA-256 (RFC 5246, section 6.2.3.2). */
const RECORD_OVERHEAD = 96;
/** What the TLS class takes off by itself from what `write` returns. */
const OVERHEAD_TAKEN_OFF = 32;

/** Hears of a `TlsConnection`. `socketWritable` comes first when the handshake is done. */
export interface TlsListener extends SocketListener {
  /** TLS ended the connection for a reason of its own. */
  tlsFailed(socket: StreamSocket, error: unknown): void;
  /** The peer ended the connection in order, with close_notify. */
  tlsClosed(socket: StreamSocket): void;
}

/** One connection over the TLS class: its callbacks in order, and its failures caught. */
export class TlsConnection implements StreamSocket, TlsGuard {
  lower: GuardedTcp | undefined;
  /** The handshake is done. */
  secured = false;

  private socket: TlsSocket | undefined;
  private room = 0;
  private roomKnown = true;
  /** Bytes of the decoded record that were not read yet. */
  private unread = 0;
  private unreadKnown = true;
  private ended = false;

  constructor(
    readonly tcp: TcpClass,
    private readonly secure: TlsSecureOptions,
    private readonly tools: CertificateTools,
    private readonly listener: TlsListener,
  ) {}

  /** Throws what the classes throw. `lower` is there when that was the TCP class. */
  connect(tls: TlsClass, address: string, port: number): void {
    const secure = this.secure;
    const options: TlsSocketOptions = {
      address,
      port,
      host: secure.serverName,
      secure,
      TCP: { io: GuardedTcp },
      guard: this,
      onReadable: (count) => {
        this.unread = count;
        this.unreadKnown = false;
      },
      onWritable: (count) => {
        this.room = count;
        this.roomKnown = false;
      },
      onError: () => {
        this.ended = true;
      },
    };
    this.socket = new tls(options as never) as TlsSocket;
  }

  read(into: Uint8Array): unknown {
    const lower = this.lower!;
    lower.hidden = true;
    let count: number;
    try {
      count = this.socket!.read(into) as number;
    } finally {
      lower.hidden = false;
    }
    this.unread -= count;
    // The next record that has come, in place of the class's own timer.
    while (this.unread === 0 && !this.ended && lower.decode());
    return count;
  }

  write(bytes: Uint8Array): unknown {
    try {
      const room = (this.socket!.write(bytes) as number) - (RECORD_OVERHEAD - OVERHEAD_TAKEN_OFF);
      return room >= 0 ? room : room < 0 ? 0 : undefined;
    } catch (error) {
      if (!this.lower!.ended) this.tlsThrew(error);
      return undefined;
    }
  }

  close(): void {
    if (this.socket !== undefined) this.socket.close();
  }

  // TlsGuard

  recordReceived(record: Uint8Array): void {
    if (this.secure.verify !== false) checkCertificateRecord(record, this.secure.certificate, this.tools);
  }

  tlsThrew(error: unknown): void {
    this.ended = true;
    if (this.lower!.ended) this.listener.tlsFailed(this, undefined);
    else this.listener.tlsFailed(this, error);
  }

  tlsReturned(): void {
    const lower = this.lower!;
    if (!this.roomKnown) {
      this.roomKnown = true;
      if (!lower.encrypting) return this.tlsThrew(new Error('the handshake was cut short'));
      this.secured = true;
      this.listener.socketWritable(this, this.room);
    }
    if (!this.unreadKnown) {
      this.unreadKnown = true;
      this.listener.socketReadable(this, this.unread);
    }
    if (!this.ended) return;
    if (this.secured && !lower.ended) this.listener.tlsClosed(this);
    else if (this.secured || !lower.connected) this.listener.socketBroken(this);
    else this.listener.tlsFailed(this, undefined);
  }
}
