import { CLOUDS } from '../../../src/cloud/index.js';
import { makeRsaCertificates } from '../../support/certificates.js';
import type { Certificates, Credentials } from '../../support/certificates.js';
import { CloudBroker } from '../cloud-broker.js';
import type { CloudConnect, CloudMessage } from '../cloud-broker.js';

export const AWS = CLOUDS.find(({ name }) => name === 'aws')!;
const ALPN = 'x-amzn-mqtt-ca';
const NOT_AUTHORIZED = 5;

/** Made once, since RSA keys take their time. */
let made: Promise<Certificates> | undefined;

export interface AwsIotOptions {
  /** The policy allows `iot:RetainPublish`. Default false. */
  retainPublish?: boolean;
  /** As port 443: without the protocol in ALPN there is no connection. */
  needsAlpn?: boolean;
  /** Instead of closing the connection at a limit, AWS may also acknowledge and drop. */
  punish?: 'close' | 'drop';
}

/**
 * AWS IoT Core as its Developer Guide describes it (contract emulation): a certificate logs in, and the policy that
 * `tagwire cloud aws policy` prints counts: the client identifier is the name of the thing, which here is the common
 * name of the certificate.
 */
export class AwsIot {
  broker!: CloudBroker;
  readonly certificates: Certificates;
  private readonly options: AwsIotOptions;

  private constructor(certificates: Certificates, options: AwsIotOptions) {
    this.certificates = certificates;
    this.options = options;
  }

  static async start(options: AwsIotOptions = {}): Promise<AwsIot> {
    const certificates = await (made ??= makeRsaCertificates());
    const may = options.retainPublish ?? false;
    const aws = new AwsIot(certificates, options);
    aws.broker = await CloudBroker.start({
      limits: may ? AWS.limits : { ...AWS.limits, retain: false, willRetain: false },
      ...(options.punish && { punish: options.punish }),
      tls: {
        server: certificates.server,
        ca: certificates.ca.certificate,
        ...(options.needsAlpn && { alpn: [ALPN] }),
      },
      authenticate: (connect) => aws.authenticate(connect),
      mayPublish: (clientId, topic) => isAllowed(clientId, topic),
      maySubscribe: (clientId, filter) => isAllowed(clientId, filter),
      onPublish: (message) => aws.take(message),
    });
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

  private authenticate({ clientId, certificate, alpn }: CloudConnect): number {
    if (this.options.needsAlpn && alpn !== ALPN) return NOT_AUTHORIZED;
    return clientId === certificate ? 0 : NOT_AUTHORIZED;
  }

  private take(_message: CloudMessage): void {}
}

/** Of reserved topics those of the thing; of others those below `…/{thing}/`. */
function isAllowed(thing: string, topic: string): boolean {
  if (topic.startsWith('$')) return topic.startsWith(`$aws/things/${thing}/`);
  return topic.split('/').includes(thing);
}
