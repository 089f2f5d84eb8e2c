/**
 * A byte stream to a broker: TCP, or TLS over TCP.
 *
 * Rules for an implementer:
 * - One object serves many connections, one after another: `open` after `close` starts afresh.
 * - Handler calls never happen inside a call of the transport; they come from the event loop.
 * - After `close()` returns, the handler hears nothing more of that connection. `close` twice is legal.
 * - `onClose` is called exactly once for a connection that was not closed by `close()`,
 *   and also for one that never opened.
 * - Nothing is buffered without bound. `write` takes what fits and says how much that was.
 */
export interface Transport {
  /**
   * Creates a buffer from which the caller then writes: `size` bytes, and behind them bytes that `write` uses. A packet
   * that is written at once may be encoded there. A transport whose socket takes only whole arrays then needs neither a
   * buffer of its own nor an object for each write. Absent if the transport does not need this.
   */
  allocate?(size: number): ArrayBuffer;

  /**
   * Starts to connect. `onOpen` or `onClose` follows. `address` is an IP address (see `Resolver`); `endpoint` gives the
   * port, and for TLS the name to verify.
   */
  open(address: string, endpoint: Endpoint, handler: TransportHandler): void;

  /**
   * Copies `bytes[from..to)` and returns how many bytes were taken, 0 when there is no room. When it took fewer than
   * offered, `onWritable` follows as soon as there is room again.
   */
  write(bytes: Uint8Array, from: number, to: number): number;

  /** Delivers again the bytes that `onReceive` did not consume, and goes on reading. */
  resume(): void;

  /** Closes the connection. Bytes that `write` took are still sent if the platform can do so. */
  close(): void;
}

/** The events of a transport. All calls come from the event loop. */
export interface TransportHandler {
  /** Connected, and for TLS: the peer's certificate was accepted. `write` may be called. */
  onOpen(): void;

  /**
   * Bytes arrived in `bytes[from..to)`, which are valid until the call returns. With a property `view`, a DataView of
   * the same bytes, a session checks topics faster.
   * Returns how many were consumed. When that is fewer than offered, the transport keeps the rest
   * and reads no more from its socket (so that the peer is held back) until `resume()`.
   */
  onReceive(bytes: Uint8Array, from: number, to: number): number;

  /** `write` has room again. */
  onWritable(): void;

  /** The connection ended or could not be opened. `detail` is one line for people, without secrets. */
  onClose(cause: TransportFailure, detail: string): void;
}

/** Why a transport closed. */
export const enum TransportFailure {
  /** The peer closed the stream in an orderly way. */
  ended = 1,
  /** Nothing listens at the address, or it cannot be reached. */
  unreachable = 2,
  /** The connection broke. */
  reset = 3,
  /** The TLS handshake failed: certificate, name, version or alert. */
  tls = 4,
}

/** Where to connect. */
export interface Endpoint {
  /** Host name or IP address. */
  host: string;
  /** TCP port, 1 to 65535. */
  port: number;
  /** Present: TLS is used. */
  tls?: TlsOptions;
}

/** TLS settings. Certificates and keys are PEM text, or DER bytes on boards. */
export interface TlsOptions {
  /** Certificates of the authorities to trust; absent: the platform's own list. */
  ca?: string | Uint8Array;
  /** The client's certificate, with its chain. */
  certificate?: string | Uint8Array;
  /** The client's private key. Never logged. */
  key?: string | Uint8Array;
  /** Name for SNI and for verification; absent: the endpoint's host. */
  serverName?: string;
  /** Application protocols to offer (ALPN, RFC 7301), in order of preference. */
  alpn?: string[];
  /** False accepts any certificate and any name. For experiments only. */
  verify?: boolean;
}
