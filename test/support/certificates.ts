import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
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
  /** DNS names and IP addresses of a server. Absent: a client's certificate. */
  altNames?: readonly string[];
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
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const isServer = options.altNames !== undefined;
  const extensions: x509.Extension[] = [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([isServer ? SERVER_AUTHENTICATION : CLIENT_AUTHENTICATION]),
    await x509.AuthorityKeyIdentifierExtension.create(issuer, false, webcrypto),
  ];
  if (options.altNames !== undefined) {
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
  const bytes = await webcrypto.subtle.exportKey('pkcs8', key);
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`;
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
