import type { StreamSocket } from './tcp-socket.js';

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
