import type { Endpoint, TlsOptions } from '../../src/hal/transport.js';
import { errorText } from './tcp-transport.js';
import type { TlsSecureOptions } from './tls-connection.js';

/** What a PEM label says, and what it is called in messages. */
export const enum PemLabel {
  certificate = 'CERTIFICATE',
  /** PKCS #8 (RFC 5958), not encrypted. */
  privateKey = 'PRIVATE KEY',
}

const BEGIN = '-----BEGIN ';
const END = '-----END ';
const DASHES = '-----';

/**
 * The DER of all blocks of `label` in PEM text (RFC 7468), or of all that follow one another in DER bytes; the latter
 * are not copied when there is only one.
 * Throws an Error of one line that says what is wrong and where, and quotes nothing.
 */
export function derBlocks(source: string | Uint8Array, label: PemLabel): Uint8Array[] {
  return typeof source === 'string' ? pemBlocks(source, label) : derSequences(source, label);
}

function pemBlocks(text: string, label: PemLabel): Uint8Array[] {
  const blocks: Uint8Array[] = [];
  for (let at = text.indexOf(BEGIN); at >= 0; at = text.indexOf(BEGIN, at)) {
    const labelFrom = at + BEGIN.length;
    const labelTo = text.indexOf(DASHES, labelFrom);
    if (labelTo < 0 || labelTo - labelFrom > 64)
      throw new Error('the BEGIN line of ' + lineOf(text, at) + ' has no end');
    const found = text.slice(labelFrom, labelTo);
    if (found !== label) throw new Error(wrongLabel(found, label, lineOf(text, at)));
    const from = labelTo + DASHES.length;
    const to = text.indexOf(END + label + DASHES, from);
    if (to < 0) throw new Error('the block of ' + lineOf(text, at) + ' has no line ' + END + label + DASHES);
    const der = decodeBase64(text, from, to);
    const length = sequenceLength(der, 0);
    if (length !== der.length) {
      throw new Error('the block of ' + lineOf(text, at) + ' ' + wrongLength(der, 0, length));
    }
    blocks.push(der);
    at = to + END.length;
  }
  if (blocks.length === 0) throw new Error('holds no line ' + BEGIN + label + DASHES);
  return blocks;
}

function wrongLabel(found: string, label: PemLabel, line: string): string {
  const begins = line + ' begins a block of another kind than ' + label;
  if (label !== PemLabel.privateKey || !found.endsWith(label)) return begins;
  const how = found === 'ENCRYPTED PRIVATE KEY' ? 'an encrypted key' : 'a key that is not PKCS #8';
  return line + ' begins ' + how + '; convert it with openssl pkcs8 -topk8 -nocrypt';
}

function derSequences(bytes: Uint8Array, label: PemLabel): Uint8Array[] {
  const blocks: Uint8Array[] = [];
  let at = 0;
  do {
    const length = sequenceLength(bytes, at);
    if (length < 0 || length > bytes.length - at) throw new Error(wrongLength(bytes, at, length));
    blocks.push(length === bytes.length ? bytes : bytes.slice(at, at + length));
    at += length;
  } while (at < bytes.length);
  if (label === PemLabel.privateKey && blocks.length > 1)
    throw new Error('holds ' + blocks.length + ' keys instead of 1');
  return blocks;
}

/** Bytes from tag to end of the DER SEQUENCE at `bytes[at]` (X.690, 8.1); -1 when there is none. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  if (bytes.length - at < 2 || bytes[at] !== 0x30) return -1;
  const first = bytes[at + 1]!;
  if (first < 0x80) return 2 + first;
  const count = first & 0x7f;
  if (count === 0 || count > 3 || bytes.length - at < 2 + count) return -1;
  let length = 0;
  for (let i = 0; i < count; i++) length = (length << 8) | bytes[at + 2 + i]!;
  return 2 + count + length;
}

function wrongLength(bytes: Uint8Array, at: number, length: number): string {
  if (length >= 0) return 'is a DER SEQUENCE of ' + length + ' bytes, but ' + (bytes.length - at) + ' are there';
  if (bytes.length === at) return 'is empty';
  const pem = bytes[at] === 0x2d ? ' (PEM is given as text, not as bytes)' : '';
  return 'is not a DER SEQUENCE: byte ' + at + ' is 0x' + bytes[at]!.toString(16) + pem;
}

/** RFC 4648, section 4, with white space; nothing is passed over in silence. */
function decodeBase64(text: string, from: number, to: number): Uint8Array {
  let digits = 0;
  let padding = 0;
  for (let i = from; i < to; i++) {
    const code = text.charCodeAt(i);
    if (isSpace(code)) continue;
    if (code === 0x3d && padding < 2) padding++;
    else if (padding > 0 || sextet(code) < 0) throw new Error('no base64 at ' + placeOf(text, i));
    else digits++;
  }
  if ((digits + padding) % 4 !== 0 || (padding === 0 && digits % 4 !== 0)) {
    throw new Error('base64 ends in the midst of four characters at ' + placeOf(text, to));
  }
  const bytes = new Uint8Array((digits * 3) >> 2);
  let at = 0;
  let bits = 0;
  let held = 0;
  for (let i = from; i < to; i++) {
    const value = sextet(text.charCodeAt(i));
    if (value < 0) continue;
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = held >> bits;
    }
  }
  return bytes;
}

function sextet(code: number): number {
  if (code >= 0x41 && code <= 0x5a) return code - 0x41;
  if (code >= 0x61 && code <= 0x7a) return code - 0x61 + 26;
  if (code >= 0x30 && code <= 0x39) return code - 0x30 + 52;
  if (code === 0x2b) return 62;
  return code === 0x2f ? 63 : -1;
}

function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}

function lineOf(text: string, at: number): string {
  let line = 1;
  for (let i = text.indexOf('\n'); i >= 0 && i < at; i = text.indexOf('\n', i + 1)) line++;
  return 'line ' + line;
}

function placeOf(text: string, at: number): string {
  return lineOf(text, at) + ', column ' + (at - text.lastIndexOf('\n', at - 1));
}

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
    if (authorities.length > 1) throw new Error('ca must be a single certificate, got ' + authorities.length);
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
    throw new Error('alpn: a protocol name must have 1 to 255 characters, got ' + name.length);
  }
}

/** `key` is PrivateKeyInfo (RFC 5958, section 2) with an RSAPrivateKey (RFC 8017, appendix A.1.2) in it. */
function checkKey(key: Uint8Array, certificate: Uint8Array): void {
  const identifier = indexOf(key, RSA_IDENTIFIER, 0, Math.min(key.length, 32));
  if (identifier < 0) throw new Error('key must be an RSA key: this board supports no other kind');
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

/** True when a certificate is verified somewhere, which has a beginning and an end in time. */
export function needsTime(endpoints: readonly Endpoint[]): boolean {
  for (const endpoint of endpoints) if (endpoint.tls && endpoint.tls.verify !== false) return true;
  return false;
}
