import type { Endpoint, TlsOptions } from '../../src/hal/transport.js';
import { errorText } from './error-text.js';
import { derBlocks, PemLabel } from './pem.js';
import type { TlsSecureOptions } from './tls-socket.js';

/** The object identifier of RSA, 1.2.840.113549.1.1.1, with its tag and length (RFC 8017, appendix C). */
const RSA_IDENTIFIER = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

/**
 * What the SDK's TLS class is given for `options`.
 * Throws an Error of one line that names the option, what is wrong, and what is allowed; it quotes no key.
 */
export function secureOptions(endpoint: Endpoint, options: TlsOptions): TlsSecureOptions {
  const name = options.serverName || endpoint.host;
  const secure: TlsSecureOptions = { serverName: name.endsWith('.') ? name.slice(0, -1) : name };
  if (options.ca !== undefined) {
    const authorities = blocks('ca', options.ca, PemLabel.certificate);
    if (authorities.length > 1) throw new Error('ca: holds ' + authorities.length + ' certificates; allowed is 1 here');
    secure.certificate = authorities[0]!;
  }
  if (options.certificate !== undefined) {
    if (options.key === undefined) throw new Error('certificate: needs its private key; key is missing');
    const chain = blocks('certificate', options.certificate, PemLabel.certificate);
    const key = blocks('key', options.key, PemLabel.privateKey)[0]!;
    checkKey(key, chain[0]!);
    secure.clientCertificates = chain;
    secure.clientKey = key;
  } else if (options.key !== undefined) {
    throw new Error('key: needs its client certificate; certificate is missing');
  }
  if (options.alpn !== undefined && options.alpn.length > 0) {
    options.alpn.forEach(checkProtocol);
    secure.applicationLayerProtocolNegotiation = options.alpn;
  }
  if (options.verify === false) secure.verify = false;
  return secure;
}

function blocks(name: string, source: string | Uint8Array, label: PemLabel): Uint8Array[] {
  try {
    return derBlocks(source, label);
  } catch (error) {
    throw new Error(name + ': ' + errorText(error));
  }
}

function checkProtocol(name: string): void {
  if (name.length < 1 || name.length > 255) {
    throw new Error('alpn: a protocol name of ' + name.length + ' characters; allowed are 1 to 255');
  }
}

/** `key` is PrivateKeyInfo (RFC 5958, section 2) with an RSAPrivateKey (RFC 8017, appendix A.1.2) in it. */
function checkKey(key: Uint8Array, certificate: Uint8Array): void {
  const identifier = indexOf(key, RSA_IDENTIFIER, 0, Math.min(key.length, 32));
  if (identifier < 0) throw new Error('key: is no RSA key, the only kind that is allowed here');
  // The parameters (NULL), then OCTET STRING, SEQUENCE and INTEGER (the version) up to the modulus.
  let at = identifier + RSA_IDENTIFIER.length + 2;
  at = contentOf(key, at, 0x04);
  at = contentOf(key, at, 0x30);
  at = contentOf(key, at, 0x02) + 1;
  const modulus = contentOf(key, at, 0x02);
  const length = contentLength(key, at);
  if (modulus + length > key.length) throw new Error('key: does not parse');
  // The same modulus stands in the certificate (RFC 3279, section 2.3.1).
  if (indexOf(certificate, key.slice(modulus, modulus + length), 0, certificate.length) < 0) {
    throw new Error('key: this private key does not belong to the certificate');
  }
}

/** Where the content of the DER element at `at` begins. */
function contentOf(der: Uint8Array, at: number, tag: number): number {
  if (der[at] !== tag) throw new Error('key: does not parse');
  const length = der[at + 1]!;
  return at + 2 + (length < 0x80 ? 0 : length & 0x7f);
}

function contentLength(der: Uint8Array, at: number): number {
  const first = der[at + 1]!;
  if (first < 0x80) return first;
  let length = 0;
  for (let i = 0; i < (first & 0x7f); i++) length = (length << 8) | der[at + 2 + i]!;
  return length;
}

function indexOf(bytes: Uint8Array, sought: ArrayLike<number>, from: number, to: number): number {
  for (let at = from; at + sought.length <= to; at++) {
    let i = 0;
    while (i < sought.length && bytes[at + i] === sought[i]) i++;
    if (i === sought.length) return at;
  }
  return -1;
}
