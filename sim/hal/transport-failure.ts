import { TransportFailure } from '../../src/hal/index.js';

/** How far a connection had come when it failed. */
export const enum ConnectionStage {
  /** The TCP connection is being made. */
  connecting = 1,
  /** TCP is connected, the TLS handshake is under way. */
  handshake = 2,
  /** Open. */
  open = 3,
  /** TLS is open, and nothing was heard behind the handshake yet. */
  unheard = 4,
}

/** Why a connection failed: what `TransportHandler.onClose` is told. */
export interface ConnectionFailure {
  cause: TransportFailure;
  detail: string;
}

/**
 * Maps an error of node:net or node:tls. `peer` names the other side for people.
 *
 * A peer that refuses our certificate under TLS 1.3 says so after the handshake is done on our side (RFC 8446,
 * section 4.4.2.4), so an open connection can still fail with `TransportFailure.tls`.
 */
export function connectionFailure(
  error: NodeJS.ErrnoException & { reason?: string },
  stage: ConnectionStage,
  peer: string,
): ConnectionFailure {
  const code = error.code ?? '';
  const certificate = certificateDetail(error, code, peer);
  if (certificate !== undefined) return { cause: TransportFailure.tls, detail: certificate };
  if (isTlsCode(code)) return { cause: TransportFailure.tls, detail: tlsDetail(error, code, peer) };
  if (stage === ConnectionStage.handshake) {
    const detail = `${peer} closed the connection during the TLS handshake; is TLS spoken on this port?`;
    return { cause: TransportFailure.tls, detail };
  }
  if (stage === ConnectionStage.connecting) {
    return { cause: TransportFailure.unreachable, detail: unreachableDetail(error, code, peer) };
  }
  if (stage === ConnectionStage.unheard) {
    // The reset often outruns the alert, so this is a guess; `reset` stays the cause.
    const detail = `${peer} broke the connection after the TLS handshake; does it want another client certificate?`;
    return { cause: TransportFailure.reset, detail };
  }
  const detail = `the connection to ${peer} broke (${code || oneLine(error.message)})`;
  return { cause: TransportFailure.reset, detail };
}

function unreachableDetail(error: Error, code: string, peer: string): string {
  switch (code) {
    case 'ECONNREFUSED':
      return `${peer} refused the connection: nothing listens there`;
    case 'ETIMEDOUT':
      return `${peer} does not answer`;
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
    case 'ENETDOWN':
    case 'EADDRNOTAVAIL':
      return `there is no route to ${peer} (${code})`;
    default:
      return `cannot connect to ${peer} (${code || oneLine(error.message)})`;
  }
}

/** The codes of OpenSSL's certificate verification (X509_V_ERR_*), and of Node's check of the name. */
function certificateDetail(error: Error & { reason?: string }, code: string, peer: string): string | undefined {
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return `the certificate of ${peer} has expired`;
    case 'CERT_NOT_YET_VALID':
      return `the certificate of ${peer} is not valid yet; is the clock right?`;
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `the certificate of ${peer} is for another name: ${oneLine(error.reason ?? error.message)}`;
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'CERT_SIGNATURE_FAILURE':
    case 'CERT_UNTRUSTED':
      return `the certificate of ${peer} is not signed by a trusted authority (${code})`;
    case 'CERT_REVOKED':
    case 'CERT_REJECTED':
    case 'CERT_CHAIN_TOO_LONG':
    case 'INVALID_CA':
    case 'INVALID_PURPOSE':
    case 'PATH_LENGTH_EXCEEDED':
    case 'HOSTNAME_MISMATCH':
    case 'UNABLE_TO_DECRYPT_CERT_SIGNATURE':
    case 'UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY':
    case 'ERROR_IN_CERT_NOT_BEFORE_FIELD':
    case 'ERROR_IN_CERT_NOT_AFTER_FIELD':
      return `the certificate of ${peer} was not accepted (${code})`;
    default:
      return undefined;
  }
}

function isTlsCode(code: string): boolean {
  return code === 'EPROTO' || /^ERR_(SSL|TLS|OSSL)_/.test(code);
}

function tlsDetail(error: Error & { reason?: string }, code: string, peer: string): string {
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG') {
    return `${peer} does not speak TLS on this port`;
  }
  const reason = oneLine(error.reason ?? error.message);
  // An alert comes from the peer: it refused us, not we it.
  if (code.includes('ALERT')) return `${peer} refused the TLS connection: ${reason}`;
  return `the TLS handshake with ${peer} failed: ${reason}`;
}

/** The other side wrote parts of these texts: its certificate's names may hold anything. */
function oneLine(text: string): string {
  // eslint-disable-next-line no-control-regex
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim();
  return line.length > 200 ? `${line.slice(0, 197)}...` : line;
}
