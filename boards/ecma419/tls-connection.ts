import { GuardedTcp } from './guarded-tcp.js';
import type { TlsGuard } from './guarded-tcp.js';
import type { SocketListener, StreamSocket, TcpClass } from './tcp-socket.js';
import { checkCertificateRecord } from './tls-chain.js';
import type { CertificateTools } from './tls-chain.js';
import type { TlsClass, TlsSecureOptions, TlsSocket, TlsSocketOptions } from './tls-socket.js';

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
