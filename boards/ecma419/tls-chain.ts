/** The SDK's X.509 decoder, `x509` (modules/crypt/etc/x509.js), in the part that is used here. */
export interface X509Decoder {
  decode(certificate: Uint8Array): { tbs: Uint8Array };
  /** Times in milliseconds since 1970. */
  decodeTBS(tbs: Uint8Array): { validity: { from: number; to: number } };
  decodeSPKI(certificate: Uint8Array): unknown;
  /** The content of an extension; undefined when it is absent. */
  decodeExtension(certificate: Uint8Array, identifier: number[]): Uint8Array | undefined;
}

/** The SDK's `ssl/cert` (modules/crypt/ssl/ssl_cert.js), in the part that is used here. */
export type CertificateManagerClass = new (options: { verify: boolean }) => {
  /** True when the certificate `decoded` is signed with the key `spki`. */
  _verify(spki: unknown, decoded: unknown): boolean;
};

/** What checks signatures and dates. */
export interface CertificateTools {
  X509: X509Decoder;
  CertificateManager: CertificateManagerClass;
}

/** Basic constraints (RFC 5280, section 4.2.1.9). */
const BASIC_CONSTRAINTS = [2, 5, 29, 19];

/** The type of a TLS record with handshake messages. */
const HANDSHAKE_RECORD = 22;

const enum HandshakeType {
  certificate = 11,
}

/**
 * Checks what a server sends of its chain, before the SDK does.
 *
 * The SDK's own check (ssl_cert.js of 8.2.3) passes over a certificate whose signature or dates are wrong when the one
 * behind it is in order, does not look whether an issuer is an authority, and trusts its own list of authorities
 * besides the one that it was given. So a stranger's certificate with a public chain behind it would be accepted. What
 * is left to the SDK is the name, and that the chain ends in its list where no authority was given.
 *
 * `record` is a whole TLS record (RFC 5246, section 6.2.1) that is not encrypted. As for the SDK, a message does not
 * cross records. Throws an Error of one line without a name.
 */
export function checkCertificateRecord(
  record: Uint8Array,
  authority: Uint8Array | undefined,
  tools: CertificateTools,
): void {
  if (record[0] !== HANDSHAKE_RECORD) return;
  let at = 5;
  while (at + 4 <= record.length) {
    const length = uint24(record, at + 1);
    if (record[at] === HandshakeType.certificate) checkChain(certificatesOf(record, at + 4, length), authority, tools);
    at += 4 + length;
  }
}

/** The certificates of a Certificate message (RFC 5246, section 7.4.2), without copying them. */
function certificatesOf(record: Uint8Array, from: number, length: number): Uint8Array[] {
  const to = from + length;
  const chain: Uint8Array[] = [];
  for (let at = from + 3; at + 3 <= to;) {
    const size = uint24(record, at);
    at += 3;
    if (at + size > to || to > record.length) throw new Error('certificate: the chain is cut short');
    chain.push(record.subarray(at, at + size));
    at += size;
  }
  return chain;
}

function checkChain(chain: Uint8Array[], authority: Uint8Array | undefined, tools: CertificateTools): void {
  const { X509 } = tools;
  const manager = new tools.CertificateManager({ verify: false });
  const now = Date.now();
  // With no authority given, the SDK says whether it knows who signed the last one.
  let trusted = authority === undefined;
  for (let i = 0; i < chain.length; i++) {
    const certificate = chain[i]!;
    const decoded = X509.decode(certificate);
    if (authority === undefined || !trusted) checkDates(X509.decodeTBS(decoded.tbs).validity, now);
    trusted ||= manager._verify(X509.decodeSPKI(authority!), decoded);
    if (i + 1 === chain.length) break;
    const issuer = chain[i + 1]!;
    if (!isAuthority(issuer, X509) || !manager._verify(X509.decodeSPKI(issuer), decoded)) {
      throw new Error('certificate: not signed by the one behind it');
    }
  }
  // The SDK compares no name then, and never accepts it.
  if (trusted && chain.length === 1) throw new Error('certificate: sent alone');
  if (!trusted) throw new Error('certificate: not signed by a trusted authority');
}

function checkDates(validity: { from: number; to: number }, now: number): void {
  if (!(validity.from < now)) throw new Error('certificate: not valid yet');
  if (!(now < validity.to)) throw new Error('certificate: expired');
}

/** True for a certificate with cA TRUE in its basic constraints: SEQUENCE, BOOLEAN, not 0. */
function isAuthority(certificate: Uint8Array, X509: X509Decoder): boolean {
  const constraints = X509.decodeExtension(certificate, BASIC_CONSTRAINTS);
  if (constraints === undefined) return false;
  const bytes = new Uint8Array(constraints);
  return bytes.length >= 5 && bytes[0] === 0x30 && bytes[2] === 0x01 && bytes[3] === 1 && bytes[4] !== 0;
}

function uint24(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
}
