import { TransportFailure } from '../../src/hal/transport.js';
import type { Endpoint } from '../../src/hal/transport.js';
import { errorText } from './error-text.js';
import type { StreamSocket, TcpClass } from './tcp-socket.js';
import { TcpTransport } from './tcp-transport.js';
import type { TcpTransportOptions } from './tcp-transport.js';
import { TlsConnection } from './tls-connection.js';
import type { TlsListener } from './tls-connection.js';
import { secureOptions } from './tls-options.js';
import type { CertificateTools } from './tls-chain.js';
import { tlsReason } from './tls-reason.js';
import type { TlsClass, TlsSecureOptions } from './tls-socket.js';

/** Settings of a `SocketTransport`. */
export interface SocketTransportOptions extends TcpTransportOptions {
  /** The SDK's `x509` and `ssl/cert`: it does not check a chain as it should. See `checkCertificateRecord`. */
  certificates: CertificateTools;
}

/**
 * A transport over TCP, and over TLS where the endpoint asks for it.
 *
 * Of `TlsOptions`, the SDK's TLS takes one authority and RSA keys only. It knows TLS 1.2 only, refuses a server that
 * sends its certificate without the issuer's, and sends an IP address as SNI, which RFC 6066 does not allow.
 */
export class SocketTransport extends TcpTransport implements TlsListener {
  private readonly tls: TlsClass;
  private readonly tools: CertificateTools;

  constructor(tcp: TcpClass, tls: TlsClass, options: SocketTransportOptions) {
    super(tcp, options);
    this.tls = tls;
    this.tools = options.certificates;
  }

  // TlsListener

  tlsFailed(socket: StreamSocket, error: unknown): void {
    if (!this.uses(socket)) return;
    this.fail(TransportFailure.tls, tlsReason(error, this.peer));
  }

  tlsClosed(socket: StreamSocket): void {
    if (this.uses(socket)) this.fail(TransportFailure.ended, this.peer + ' ended the connection');
  }

  protected override connect(address: string, endpoint: Endpoint): StreamSocket | undefined {
    const options = endpoint.tls;
    if (options === undefined) return super.connect(address, endpoint);
    let secure: TlsSecureOptions;
    try {
      secure = secureOptions(endpoint, options);
    } catch (error) {
      this.fail(TransportFailure.tls, errorText(error));
      return undefined;
    }
    const connection = new TlsConnection(this.tcp, secure, this.tools, this);
    try {
      connection.connect(this.tls, address, endpoint.port);
    } catch (error) {
      if (connection.lower !== undefined) throw error;
      this.fail(TransportFailure.tls, tlsReason(error, this.peer));
      return undefined;
    }
    return connection;
  }
}
