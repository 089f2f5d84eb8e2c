import 'reflect-metadata';
import { createPrivateKey, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { makeRsaCertificates } from '../../support/certificates.js';
import type { Certificates, Credentials } from '../../support/certificates.js';
import { CloudBroker } from '../cloud-broker.js';
import { AwsRules } from './rules.js';
import type { AwsRulesOptions } from './rules.js';

const ALPN = 'x-amzn-mqtt-ca';
const DAY = 86_400_000;
const RSA = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };

/** Made once, since RSA keys take their time. */
let made: Promise<Certificates> | undefined;

export interface AwsIotOptions extends AwsRulesOptions {
  /** Instead of closing the connection at a limit, AWS may also acknowledge and drop. */
  punish?: 'close' | 'drop';
}

/** An endpoint that holds its things to `AwsRules`, over TLS with client certificates. */
export class AwsIot extends AwsRules {
  broker!: CloudBroker;

  private constructor(
    readonly certificates: Certificates,
    options: AwsIotOptions,
  ) {
    super({ sign: (request, commonName) => sign(certificates, request, commonName), ...options });
  }

  static async start(options: AwsIotOptions = {}): Promise<AwsIot> {
    const certificates = await (made ??= makeRsaCertificates());
    const aws = new AwsIot(certificates, options);
    const { punish, needsAlpn } = options;
    const tls = { server: certificates.server, ca: certificates.ca.certificate, ...(needsAlpn && { alpn: [ALPN] }) };
    aws.broker = await CloudBroker.judge(aws, { tls, ...(punish && { punish }) });
    return aws;
  }

  /** By name, since TLS must ask for it. */
  get url(): string {
    return `mqtts://localhost:${this.broker.port}`;
  }

  get ca(): string {
    return this.certificates.ca.certificate;
  }

  /** A thing with a certificate of its own. */
  issue(thing: string): Promise<Credentials> {
    return this.certificates.ca.issue({ commonName: thing });
  }

  close(): Promise<void> {
    return this.broker.close();
  }
}

/** A certificate for a key that the device has made. Throws when the request is not signed with its own key. */
async function sign({ ca }: Certificates, request: string, commonName: string): Promise<string> {
  const asked = new x509.Pkcs10CertificateRequest(request);
  if (!(await asked.verify(webcrypto))) throw new Error('the request is not signed with its own key');
  const der = createPrivateKey(ca.key).export({ type: 'pkcs8', format: 'der' });
  const signingKey = await webcrypto.subtle.importKey('pkcs8', der, RSA, false, ['sign']);
  const signed = await x509.X509CertificateGenerator.create(
    {
      subject: `CN=${commonName}`,
      issuer: new x509.X509Certificate(ca.certificate).subject,
      notBefore: new Date(Date.now() - DAY),
      notAfter: new Date(Date.now() + DAY),
      signingAlgorithm: RSA,
      publicKey: asked.publicKey,
      signingKey,
    },
    webcrypto,
  );
  return `${signed.toString('pem')}\n`;
}
