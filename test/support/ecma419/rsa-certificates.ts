import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';
import type { Authority, CertificateOptions, Certificates, Credentials } from '../certificates.js';

const ALGORITHM = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength: 2048,
  publicExponent: Uint8Array.of(1, 0, 1),
};
const DAY_MILLISECONDS = 86_400_000;
let serialNumber = 1;

/**
 * As `makeCertificates`, with RSA keys, the only ones that the SDK's TLS knows. A server's certificate comes with its
 * authority's behind it, because the SDK's TLS accepts no certificate that comes alone.
 */
export async function makeRsaCertificates(): Promise<Certificates> {
  const [ca, otherCa] = await Promise.all([makeAuthority('Tagwire test CA'), makeAuthority('Other test CA')]);
  const altNames = ['localhost', '127.0.0.1'];
  const [server, expired, wrongHost, client, strangerClient] = await Promise.all([
    ca.issue({ commonName: 'localhost', altNames }),
    ca.issue({ commonName: 'localhost', altNames, validFromDays: -3, validToDays: -1 }),
    ca.issue({ commonName: 'broker.example', altNames: ['broker.example'] }),
    ca.issue({ commonName: 'tagwire-client' }),
    otherCa.issue({ commonName: 'stranger' }),
  ]);
  return { ca, otherCa, server, expired, wrongHost, client, strangerClient };
}

async function makeAuthority(commonName: string): Promise<Authority> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: nextSerialNumber(),
      name: `CN=${commonName}`,
      notBefore: daysFromNow(-10),
      notAfter: daysFromNow(30),
      signingAlgorithm: ALGORITHM,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  return {
    certificate: `${certificate.toString('pem')}\n`,
    key: await privateKeyPem(keys.privateKey),
    issue: (options) => issue(certificate, keys.privateKey, options),
  };
}

async function issue(
  issuer: x509.X509Certificate,
  signingKey: webcrypto.CryptoKey,
  options: CertificateOptions,
): Promise<Credentials> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const extensions: x509.Extension[] = [
    new x509.BasicConstraintsExtension(false, undefined, true),
    await x509.AuthorityKeyIdentifierExtension.create(issuer, false, webcrypto),
  ];
  if (options.altNames !== undefined) {
    const names = options.altNames.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value }) as const);
    extensions.push(new x509.SubjectAlternativeNameExtension(names));
  }
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber: nextSerialNumber(),
      subject: `CN=${options.commonName}`,
      issuer: issuer.subject,
      notBefore: daysFromNow(options.validFromDays ?? -1),
      notAfter: daysFromNow(options.validToDays ?? 30),
      signingAlgorithm: ALGORITHM,
      publicKey: keys.publicKey,
      signingKey,
      extensions,
    },
    webcrypto,
  );
  const chain = options.altNames === undefined ? '' : `${issuer.toString('pem')}\n`;
  return { certificate: `${certificate.toString('pem')}\n${chain}`, key: await privateKeyPem(keys.privateKey) };
}

async function privateKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  const bytes = await webcrypto.subtle.exportKey('pkcs8', key);
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`;
}

function nextSerialNumber(): string {
  return (serialNumber++).toString(16).padStart(8, '0');
}

function daysFromNow(days: number): Date {
  return new Date(Date.now() + days * DAY_MILLISECONDS);
}
