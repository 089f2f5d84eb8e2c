import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { Endpoint, TlsOptions } from '../../src/hal/index.js';
import { peerCertificateFault, weaknessOf } from './peer-certificate.js';

/** What people call each setting, for example `--cafile ca.pem`; used in error messages. */
export interface TlsOptionNames {
  ca?: string;
  certificate?: string;
  key?: string;
  serverName?: string;
  alpn?: string;
}

const CERTIFICATE_BLOCK = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;
const CERTIFICATE_EXPECTED = 'PEM text with -----BEGIN CERTIFICATE-----';
const KEY_EXPECTED = 'PEM text with -----BEGIN PRIVATE KEY-----';

/**
 * Throws a one-line error that names the first setting that TLS cannot use, and what is allowed. Checks that the
 * certificates and the key parse and belong together, not that they are valid today. No message quotes a key.
 */
export function checkTlsOptions(options: TlsOptions, names: TlsOptionNames): void {
  parseTlsOptions(options, names);
}

/**
 * The options of tls.connect for `endpoint`, without the address.
 * Throws the errors of `checkTlsOptions`, named after the fields of `TlsOptions`.
 */
export function tlsConnectionOptions(endpoint: Endpoint, options: TlsOptions): ConnectionOptions {
  const connection = parseTlsOptions(options, {});
  const name = withoutFinalDot(options.serverName || endpoint.host);
  // RFC 6066, section 3: an IP address is not permitted as SNI. It is verified all the same.
  if (isIP(name) === 0) connection.servername = name;
  connection.checkServerIdentity = (_host, certificate) => peerCertificateFault(name, certificate);
  connection.rejectUnauthorized = options.verify !== false;
  return connection;
}

function parseTlsOptions(options: TlsOptions, names: TlsOptionNames): ConnectionOptions {
  const connection: ConnectionOptions = {};
  const certificateName = names.certificate ?? 'certificate';
  const keyName = names.key ?? 'key';
  if (options.ca !== undefined) connection.ca = certificates(options.ca, names.ca ?? 'ca').map(pem);
  if (options.certificate !== undefined) {
    const chain = certificates(options.certificate, certificateName);
    if (options.key === undefined) {
      throw new Error(`${certificateName}: a client certificate needs its private key; ${keyName} is missing`);
    }
    const key = privateKey(options.key, keyName);
    if (chain[0] === undefined || !chain[0].checkPrivateKey(key)) {
      throw new Error(`${keyName}: this private key does not belong to the certificate of ${certificateName}`);
    }
    const weakness = weaknessOf(chain);
    if (weakness !== undefined) throw new Error(`${certificateName}: the client certificate ${weakness}`);
    connection.cert = chain.map(pem).join('');
    connection.key = key.export({ type: 'pkcs8', format: 'pem' });
  } else if (options.key !== undefined) {
    privateKey(options.key, keyName);
    throw new Error(`${keyName}: a private key needs its client certificate; ${certificateName} is missing`);
  }
  checkServerName(options.serverName, names.serverName ?? 'serverName');
  if (options.alpn !== undefined && options.alpn.length > 0) {
    checkProtocols(options.alpn, names.alpn ?? 'alpn');
    connection.ALPNProtocols = options.alpn;
  }
  return connection;
}

function certificates(value: string | Uint8Array, name: string): X509Certificate[] {
  const text = pemText(value);
  // One stretch of DER holds one certificate.
  const blocks: readonly (string | Uint8Array)[] = text === undefined ? [value] : (text.match(CERTIFICATE_BLOCK) ?? []);
  if (text !== undefined && blocks.length !== text.split('-----BEGIN CERTIFICATE-----').length - 1) {
    throw new Error(`${name}: a certificate without its end; it must be ${CERTIFICATE_EXPECTED} and its END line`);
  }
  if (blocks.length === 0) throw new Error(`${name}: holds no certificate; it must be ${CERTIFICATE_EXPECTED}`);
  return blocks.map((block, index) => {
    try {
      return new X509Certificate(block);
    } catch {
      throw new Error(`${name}: certificate ${index + 1} does not parse; it must be ${CERTIFICATE_EXPECTED}`);
    }
  });
}

function privateKey(value: string | Uint8Array, name: string): KeyObject {
  const text = pemText(value);
  if (text !== undefined) {
    if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(text)) {
      throw new Error(`${name}: the private key is encrypted; it must be a PEM private key without a passphrase`);
    }
    try {
      return createPrivateKey(text);
    } catch {
      throw new Error(`${name}: holds no private key that parses; it must be ${KEY_EXPECTED}`);
    }
  }
  for (const type of ['pkcs8', 'sec1', 'pkcs1'] as const) {
    try {
      return createPrivateKey({ key: Buffer.from(value as Uint8Array), format: 'der', type });
    } catch {
      // The next container format may fit.
    }
  }
  throw new Error(`${name}: holds no private key that parses; it must be ${KEY_EXPECTED}, or DER`);
}

function checkServerName(serverName: string | undefined, name: string): void {
  if (serverName === undefined || serverName === '' || isIP(serverName) !== 0) return;
  if (serverName.length > 254 || !/^[A-Za-z0-9_*.-]+$/.test(serverName)) {
    const shown = JSON.stringify(serverName.slice(0, 64));
    throw new Error(`${name} must be a host name of letters, digits, -, _ and dots, got ${shown}`);
  }
}

function checkProtocols(protocols: readonly string[], name: string): void {
  for (const protocol of protocols) {
    const length = Buffer.byteLength(protocol);
    if (length < 1 || length > 255) {
      throw new Error(`${name}: a protocol name must have 1 to 255 bytes (RFC 7301, section 3.1), got ${length}`);
    }
  }
}

/** The text of a PEM value, given as text or as bytes; undefined for DER, which starts with a SEQUENCE (0x30). */
function pemText(value: string | Uint8Array): string | undefined {
  if (typeof value === 'string') return value;
  return value[0] === 0x30 ? undefined : Buffer.from(value).toString('latin1');
}

function pem(certificate: X509Certificate): string {
  return certificate.toString();
}

function withoutFinalDot(name: string): string {
  return name.endsWith('.') ? name.slice(0, -1) : name;
}
