import { TransportFailure } from '../../src/hal/transport.js';
import type { Endpoint } from '../../src/hal/transport.js';
import { errorText, TcpTransport } from './tcp-transport.js';
import type { StreamSocket, TcpClass, TcpTransportOptions } from './tcp-transport.js';
import type { CertificateTools } from './tls-chain.js';
import { TlsConnection } from './tls-connection.js';
import type { TlsClass, TlsListener, TlsSecureOptions } from './tls-connection.js';
import { secureOptions } from './tls-options.js';

/**
 * Why TLS with `peer` failed, in one line for people. `error` is what the SDK's TLS class threw (modules/crypt/ssl);
 * undefined when the peer ended the connection during the handshake.
 */
export function tlsReason(error: unknown, peer: string): string {
  if (error === undefined) {
    return peer + ' closed the connection during the TLS handshake; is TLS spoken on this port?';
  }
  const text = errorText(error);
  const certificate = certificateText(text);
  if (certificate !== '') return 'the certificate of ' + peer + ' ' + certificate;
  if (text === 'date validation failed') return 'ca: the certificate is not valid at this time; is the clock right?';
  if (text.startsWith('alert: ')) {
    const description = Number(text.slice(text.lastIndexOf(' ') + 1));
    return peer + ' refused the TLS connection: ' + alertText(description);
  }
  return 'TLS with ' + peer + ' failed: ' + text;
}

/** What is said of a certificate; '' when `text` is about something else. */
function certificateText(text: string): string {
  switch (text) {
    case 'certificate: not valid yet':
      return 'is not valid yet; is the clock right?';
    case 'certificate: expired':
      return 'has expired';
    case 'certificate: not signed by a trusted authority':
      return 'is not signed by a trusted authority';
    case 'certificate: not signed by the one behind it':
      return 'is not signed by a trusted authority: the certificates that were sent make no chain';
    case 'certificate: sent alone':
      return 'came without that of its issuer, which the server has to send too';
    // All else was checked before, see `checkCertificateRecord`.
    case 'certificate: auth err':
      return 'is for another name, or not signed by an authority that the firmware knows';
    default:
      return '';
  }
}

/** The alerts that a client meets (RFC 8446, section 6), by number. */
function alertText(description: number): string {
  switch (description) {
    case 40:
      return 'no cipher suite in common, or it requires a client certificate (alert 40)';
    case 42:
    case 43:
    case 46:
      return 'it does not accept the client certificate (alert ' + description + ')';
    case 45:
      return 'the client certificate has expired (alert 45)';
    case 48:
      return 'it does not know the authority of the client certificate (alert 48)';
    case 70:
      return 'it does not speak TLS 1.2 (alert 70)';
    case 112:
      return 'it does not know this server name (alert 112)';
    case 116:
      return 'it requires a client certificate (alert 116)';
    case 120:
      return 'no application protocol in common (alert 120)';
    default:
      return 'alert ' + description;
  }
}

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
