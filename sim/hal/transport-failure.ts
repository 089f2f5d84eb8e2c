import type { X509Certificate } from 'node:crypto';
import { TransportFailure } from '../../src/hal/index.js';
import { PeerCertificateError, weaknessOf } from './peer-certificate.js';

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
  /** TCP is open without TLS, and nothing was heard yet. */
  unanswered = 5,
}

/** Why a connection failed: what `TransportHandler.onClose` is told. */
export interface ConnectionFailure {
  cause: TransportFailure;
  detail: string;
}

/**
 * Maps an error of node:net or node:tls. `peer` names the other side for people; `certificates` are those that it
 * showed, if it came so far.
 *
 * A peer that refuses our certificate under TLS 1.3 says so after the handshake is done on our side (RFC 8446,
 * section 4.4.2.4), so an open connection can still fail with `TransportFailure.tls`.
 */
export function connectionFailure(
  error: NodeJS.ErrnoException & { reason?: string },
  stage: ConnectionStage,
  peer: string,
  certificates: readonly X509Certificate[] = [],
): ConnectionFailure {
  const code = error.code ?? '';
  const refusal = certificateDetail(error, code, peer, certificates);
  if (refusal !== undefined) return { cause: TransportFailure.tls, detail: refusal };
  if (isTlsCode(code)) return { cause: TransportFailure.tls, detail: tlsDetail(error, code, peer) };
  if (stage === ConnectionStage.handshake) {
    const detail = `${peer} closed the connection during the TLS handshake; ${IS_TLS_SPOKEN}`;
    return { cause: TransportFailure.tls, detail };
  }
  if (stage === ConnectionStage.connecting) {
    return { cause: TransportFailure.unreachable, detail: unreachableDetail(error, code, peer) };
  }
  if (stage === ConnectionStage.unheard) {
    // The reset often outruns the alert, so this is a guess; `reset` stays the cause.
    const detail = `${peer} broke the connection after the TLS handshake; ${IS_CERTIFICATE_WANTED}`;
    return { cause: TransportFailure.reset, detail };
  }
  const hint = stage === ConnectionStage.unanswered ? ` before it answered; ${IS_TLS_SPOKEN}` : '';
  const detail = `the connection to ${peer} broke (${code || oneLine(error.message)})${hint}`;
  return { cause: TransportFailure.reset, detail };
}

const IS_CERTIFICATE_WANTED = 'does it want another client certificate?';
const IS_TLS_SPOKEN = 'is TLS spoken on this port?';

/** For a peer that says nothing to a ClientHello. */
export function silentHandshakeDetail(peer: string): string {
  return `${peer} does not answer the TLS handshake; ${IS_TLS_SPOKEN}`;
}

/** For a peer that ends a connection before it said anything. */
export function unansweredDetail(peer: string, isEncrypted: boolean): string {
  if (isEncrypted) return `${peer} ended the connection after the TLS handshake; ${IS_CERTIFICATE_WANTED}`;
  return `${peer} ended the connection before it answered; ${IS_TLS_SPOKEN}`;
}

/** For a peer that answers with `isTlsAlert` where no TLS is spoken. */
export function alertOverTcpDetail(peer: string): string {
  return `${peer} speaks TLS on this port; connect with TLS (mqtts://)`;
}

/** Whether the first bytes of a peer are a TLS alert (RFC 8446, section 5.1), with which no MQTT connection begins. */
export function isTlsAlert(bytes: Uint8Array, count: number): boolean {
  return bytes[0] === 0x15 && (count < 2 || bytes[1] === 0x03);
}

function unreachableDetail(error: Error, code: string, peer: string): string {
  switch (code) {
    case 'ECONNREFUSED':
      return `${peer} refused the connection: nothing listens there; is it the port of the broker?`;
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

/** What OpenSSL says without a code of its own (X509_V_ERR_CA_MD_TOO_WEAK and its siblings). */
const TOO_WEAK = /^(CA|EE) (signature digest algorithm|certificate key) too weak$/;

/** The codes of OpenSSL's certificate verification (X509_V_ERR_*), and of our check of the certificate. */
function certificateDetail(
  error: Error & { reason?: string },
  code: string,
  peer: string,
  certificates: readonly X509Certificate[],
): string | undefined {
  if (error instanceof PeerCertificateError) return `the certificate of ${peer} ${oneLine(error.message)}`;
  if (TOO_WEAK.test(error.message)) {
    const weakness = weaknessOf(certificates);
    return `the certificate of ${peer} ${weakness ?? `is too weak (${oneLine(error.message)})`}`;
  }
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return `the certificate of ${peer} has expired`;
    case 'CERT_NOT_YET_VALID':
      return `the certificate of ${peer} is not valid yet; is the clock right?`;
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return (
        `the certificate of ${peer} is for another name: ${oneLine(error.reason ?? error.message)}; ` +
        'connect to a name that it has'
      );
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'CERT_SIGNATURE_FAILURE':
    case 'CERT_UNTRUSTED':
      return (
        `the certificate of ${peer} is not signed by a trusted authority (${code}); ` +
        'is the root that it needs given?'
      );
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
