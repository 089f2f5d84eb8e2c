import 'reflect-metadata';
import { randomBytes, sign, webcrypto, X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';

const ECDSA = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const RSA = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength: 2048,
  publicExponent: Uint8Array.of(1, 0, 1),
};
const SERVER_AUTHENTICATION = '1.3.6.1.5.5.7.3.1';
const CLIENT_AUTHENTICATION = '1.3.6.1.5.5.7.3.2';
const DAY_MILLISECONDS = 86_400_000;

/** A certificate and its private key, both PEM text (the key as PKCS #8). */
export interface Credentials {
  certificate: string;
  key: string;
}

/** What a certificate says. */
export interface CertificateOptions {
  commonName: string;
  /** DNS names and IP addresses of a server; empty: it has no alternative name. Absent: a client's certificate. */
  altNames?: readonly string[];
  /** An RSA key of so many bits, whatever the authority's key is. */
  rsaBits?: number;
  /** From when to when it is valid, in days from now. Default -1 and 30. */
  validFromDays?: number;
  validToDays?: number;
}

type Algorithm = typeof ECDSA | typeof RSA;

/** An authority that issues certificates. */
export interface Authority extends Credentials {
  issue(options: CertificateOptions): Promise<Credentials>;
}

/** What TLS tests need, made anew for each run. */
export interface Certificates {
  ca: Authority;
  /** Trusted by nobody who trusts `ca`. */
  otherCa: Authority;
  /** For localhost, 127.0.0.1 and ::1, from `ca`. */
  server: Credentials;
  /** For localhost and 127.0.0.1, from `ca`, valid until yesterday. */
  expired: Credentials;
  /** For broker.example only, from `ca`. */
  wrongHost: Credentials;
  /** A client's, common name `tagwire-client`, from `ca`. */
  client: Credentials;
  /** A client's, from `otherCa`. */
  strangerClient: Credentials;
}

/** An authority with an RSA key. */
export function makeRsaAuthority(commonName: string): Promise<Authority> {
  return makeAuthority(commonName, RSA);
}

/** With ECDSA keys on P-256. */
export function makeCertificates(): Promise<Certificates> {
  return makeAll(ECDSA);
}

/**
 * With RSA keys, the only ones that the SDK's TLS knows. A server's certificate comes with its authority's behind it,
 * because the SDK's TLS accepts no certificate that comes alone.
 */
export async function makeRsaCertificates(): Promise<Certificates> {
  const all = await makeAll(RSA);
  const chained = ({ certificate, key }: Credentials): Credentials => ({
    certificate: certificate + all.ca.certificate,
    key,
  });
  const { server, expired, wrongHost } = all;
  return { ...all, server: chained(server), expired: chained(expired), wrongHost: chained(wrongHost) };
}

async function makeAll(algorithm: Algorithm): Promise<Certificates> {
  const [ca, otherCa] = await Promise.all([
    makeAuthority('Tagwire test CA', algorithm),
    makeAuthority('Other test CA', algorithm),
  ]);
  const altNames = ['localhost', '127.0.0.1', '::1'];
  const [server, expired, wrongHost, client, strangerClient] = await Promise.all([
    ca.issue({ commonName: 'localhost', altNames }),
    ca.issue({ commonName: 'localhost', altNames, validFromDays: -3, validToDays: -1 }),
    ca.issue({ commonName: 'broker.example', altNames: ['broker.example'] }),
    ca.issue({ commonName: 'tagwire-client' }),
    otherCa.issue({ commonName: 'stranger' }),
  ]);
  return { ca, otherCa, server, expired, wrongHost, client, strangerClient };
}

export async function makeAuthority(commonName: string, algorithm: Algorithm = ECDSA): Promise<Authority> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: serialNumber(),
      name: `CN=${commonName}`,
      notBefore: daysFromNow(-10),
      notAfter: daysFromNow(30),
      signingAlgorithm: algorithm,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  return {
    certificate: `${certificate.toString('pem')}\n`,
    key: await privateKeyPem(keys.privateKey),
    issue: (options) => issue(certificate, keys.privateKey, algorithm, options),
  };
}

/** What takes the place of SHA-256 in a certificate, by the last byte of its object identifier. */
const DIGESTS = { md5: 4, sha1: 5 } as const;

/**
 * The same certificate, signed by `authority` with MD5 or SHA-1, which makers of certificates refuse. Both must have
 * RSA keys of 2048 bits, and the certificate SHA-256.
 */
export function signWeakly(
  credentials: Credentials,
  authority: Credentials,
  digest: keyof typeof DIGESTS,
): Credentials {
  const der = Buffer.from(new X509Certificate(credentials.certificate).raw);
  const identifier = Buffer.from('2a864886f70d01010b', 'hex');
  for (let at = der.indexOf(identifier); at >= 0; at = der.indexOf(identifier, at)) der[at + 8] = DIGESTS[digest];
  const signature = der.subarray(der.length - 256);
  // The certificate's header is of 4 bytes; behind it is what is signed, with a header of its own.
  const signed = der.subarray(4, 8 + der.readUInt16BE(6));
  signature.set(sign(digest, signed, authority.key));
  return { certificate: pemOf('CERTIFICATE', der), key: credentials.key };
}

/** Writes `<name>.crt` and `<name>.key` into `folder`, the key readable by its owner only. Returns both paths. */
export function writeCredentials(folder: string, name: string, credentials: Credentials): Credentials {
  const paths = { certificate: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) };
  writeFileSync(paths.certificate, credentials.certificate);
  writeFileSync(paths.key, credentials.key, { mode: 0o600 });
  return paths;
}

async function issue(
  issuer: x509.X509Certificate,
  signingKey: webcrypto.CryptoKey,
  algorithm: Algorithm,
  options: CertificateOptions,
): Promise<Credentials> {
  const own = options.rsaBits === undefined ? algorithm : { ...RSA, modulusLength: options.rsaBits };
  const keys = await webcrypto.subtle.generateKey(own, true, ['sign', 'verify']);
  const isServer = options.altNames !== undefined;
  const extensions: x509.Extension[] = [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([isServer ? SERVER_AUTHENTICATION : CLIENT_AUTHENTICATION]),
    await x509.AuthorityKeyIdentifierExtension.create(issuer, false, webcrypto),
  ];
  if (options.altNames !== undefined && options.altNames.length > 0) {
    const names = options.altNames.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value }) as const);
    extensions.push(new x509.SubjectAlternativeNameExtension(names));
  }
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber: serialNumber(),
      subject: `CN=${options.commonName}`,
      issuer: issuer.subject,
      notBefore: daysFromNow(options.validFromDays ?? -1),
      notAfter: daysFromNow(options.validToDays ?? 30),
      signingAlgorithm: algorithm,
      publicKey: keys.publicKey,
      signingKey,
      extensions,
    },
    webcrypto,
  );
  return { certificate: `${certificate.toString('pem')}\n`, key: await privateKeyPem(keys.privateKey) };
}

async function privateKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  return pemOf('PRIVATE KEY', Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key)));
}

function pemOf(kind: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${kind}-----\n${lines.join('\n')}\n-----END ${kind}-----\n`;
}

/** Positive, as RFC 5280, section 4.1.2.2 asks: the first bit is 0. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes.readUInt8(0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}

function daysFromNow(days: number): Date {
  return new Date(Date.now() + days * DAY_MILLISECONDS);
}
