import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import type { DetailedPeerCertificate, PeerCertificate } from 'node:tls';

const LEAST_RSA_BITS = 2048;
/** More certificates than any chain has. */
const LONGEST_CHAIN = 10;

/**
 * The peer's certificate is refused. The message goes on where "the certificate of …" ends, as in
 * "has an RSA key of 1024 bits". Names from the certificate in it may hold anything.
 */
export class PeerCertificateError extends Error {}

/**
 * What is wrong with the certificate of a peer that is to be called `name`, as far as OpenSSL lets it pass; undefined:
 * nothing. For `checkServerIdentity` of tls.connect.
 */
export function peerCertificateFault(name: string, certificate: PeerCertificate): Error | undefined {
  const chain = chainOf(certificate as DetailedPeerCertificate);
  const [own] = chain;
  if (own === undefined) return new PeerCertificateError('is missing');
  const weakness = weaknessOf(chain);
  if (weakness !== undefined) return new PeerCertificateError(weakness);
  // RFC 9525, section 2: a name in the common name does not count.
  if (own.subjectAltName === undefined) {
    return new PeerCertificateError(
      `has no subject alternative name (SAN), and a common name alone does not count (RFC 9525): ` +
        `make it with subjectAltName=${isIP(name) === 0 ? 'DNS' : 'IP'}:${name}`,
    );
  }
  const subject = Object.values(certificate.subject).flat().join(' ');
  // Node shows an alternative name that is unsafe as a JSON string.
  if (/\p{Cc}/u.test(subject) || /\p{Cc}|\\(?:u00[01]|u007f|[bfnrt])/iu.test(own.subjectAltName)) {
    return new PeerCertificateError('has control characters in a name');
  }
  return checkServerIdentity(name, certificate);
}

/** A peer's certificate and those of its issuers, as far as they are known. */
export function chainOf(certificate: DetailedPeerCertificate): X509Certificate[] {
  const chain: X509Certificate[] = [];
  let current: DetailedPeerCertificate | undefined = certificate;
  // Without a certificate Node gives an object without members; a root is its own issuer.
  while (current?.raw !== undefined && chain.length < LONGEST_CHAIN) {
    chain.push(new X509Certificate(current.raw));
    current = current.issuerCertificate === current ? undefined : current.issuerCertificate;
  }
  return chain;
}

/** The first weakness in a chain of certificates, a peer's own first: a digest that can be forged, or a short key. */
export function weaknessOf(chain: readonly X509Certificate[]): string | undefined {
  for (const [depth, certificate] of chain.entries()) {
    const whose = depth === 0 ? '' : 'has an authority that ';
    const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey;
    const bits = asymmetricKeyDetails?.modulusLength ?? LEAST_RSA_BITS;
    if (asymmetricKeyType === 'rsa' && bits < LEAST_RSA_BITS) {
      return `${whose}has an RSA key of ${bits} bits; it needs at least ${LEAST_RSA_BITS}`;
    }
    // Nobody relies on the signature of a root: it is trusted as it stands.
    const digest = certificate.checkIssued(certificate) ? undefined : weakDigests[signatureAlgorithm(certificate.raw)];
    if (digest !== undefined) return `${whose}is signed with ${digest}, which can be forged; it needs SHA-256`;
  }
  return undefined;
}

/** By the bytes of the object identifier (RFC 8017, appendix A.2.4; RFC 3279, section 2.2.3; RFC 5758). */
const weakDigests: { readonly [identifier: string]: string } = {
  '2a864886f70d010102': 'MD2',
  '2a864886f70d010104': 'MD5',
  '2a864886f70d010105': 'SHA-1',
  '2a8648ce380403': 'SHA-1',
  '2a8648ce3d0401': 'SHA-1',
};

/** The object identifier in Certificate.signatureAlgorithm (RFC 5280, section 4.1), in hexadecimal digits. */
function signatureAlgorithm(der: Uint8Array): string {
  const certificate = element(der, 0);
  const signed = element(der, certificate.from);
  const algorithm = element(der, signed.to);
  const identifier = element(der, algorithm.from);
  return Buffer.from(der.subarray(identifier.from, identifier.to)).toString('hex');
}

/** Where the content of the DER element at `at` lies. */
function element(der: Uint8Array, at: number): { from: number; to: number } {
  const first = der[at + 1] ?? 0;
  if (first < 0x80) return { from: at + 2, to: at + 2 + first };
  let length = 0;
  const from = at + 2 + (first & 0x7f);
  for (let i = at + 2; i < from; i++) length = length * 256 + (der[i] ?? 0);
  return { from, to: from + length };
}
