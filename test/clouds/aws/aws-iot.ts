import 'reflect-metadata';
import { createPrivateKey, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { CLOUDS } from '../../../src/cloud/index.js';
import { makeRsaCertificates } from '../../support/certificates.js';
import type { Certificates, Credentials } from '../../support/certificates.js';
import { CloudBroker } from '../cloud-broker.js';
import type { CloudConnect, CloudMessage } from '../cloud-rules.js';

export const AWS = CLOUDS.find(({ name }) => name === 'aws')!;
const ALPN = 'x-amzn-mqtt-ca';
const NOT_AUTHORIZED = 5;
const DAY = 86_400_000;
const RSA = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
/** The client identifier, and the common name of the certificate, of a device that is no thing yet. */
export const CLAIM = 'claim';

/** Made once, since RSA keys take their time. */
let made: Promise<Certificates> | undefined;

export interface AwsIotOptions {
  /** The policy allows `iot:RetainPublish`. Default false. */
  retainPublish?: boolean;
  /** As port 443: without the protocol in ALPN there is no connection. */
  needsAlpn?: boolean;
  /** Instead of closing the connection at a limit, AWS may also acknowledge and drop. */
  punish?: 'close' | 'drop';
  /** CONNECTs may follow each other within a second: for programs that a test runs one after the other. */
  anyPace?: boolean;
}

export interface Values {
  [name: string]: unknown;
}

/** A shadow: flat values, which is as far as devices go here. */
export interface ShadowState {
  desired: Values;
  reported: Values;
  version: number;
}

export interface Job {
  jobId: string;
  jobDocument: object;
  status: string;
  statusDetails: Values;
  versionNumber: number;
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
  /** Updates that were refused because of their version. */
  conflicts = 0;
  private changing = '';
  /** Things by the certificate with which they were registered, and certificates by their ownership token. */
  private readonly things = new Map<string, string>();
  private readonly tokens = new Map<string, string>();
  private readonly shadows = new Map<string, ShadowState>();
  private readonly jobs = new Map<string, Job[]>();

  private constructor(certificates: Certificates, options: AwsIotOptions) {
    this.certificates = certificates;
    this.options = options;
  }

  static async start(options: AwsIotOptions = {}): Promise<AwsIot> {
    const certificates = await (made ??= makeRsaCertificates());
    const may = options.retainPublish ?? false;
    const aws = new AwsIot(certificates, options);
    const { connectsPerSecond, ...withoutPace } = AWS.limits;
    const limits = options.anyPace ? withoutPace : { ...withoutPace, connectsPerSecond: connectsPerSecond! };
    aws.broker = await CloudBroker.start({
      limits: may ? limits : { ...limits, retain: false, willRetain: false },
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
    return clientId === (this.things.get(certificate ?? '') ?? certificate) ? 0 : NOT_AUTHORIZED;
  }

  /** The state of a shadow; undefined: there is none. */
  shadow(thing: string, name = ''): ShadowState | undefined {
    return this.shadows.get(`${thing}/${name}`);
  }

  /** Sets desired values as an application does, and tells the device of the difference. */
  desire(thing: string, desired: Values, name = ''): Promise<void> {
    return this.update(thing, name, { state: { desired } });
  }

  /** An application changes the shadow right after the device has read it for the next time. */
  changeAfterGet(thing: string): void {
    this.changing = thing;
  }

  /** A job for a thing. */
  async queue(thing: string, jobId: string, jobDocument: object): Promise<void> {
    const jobs = this.jobsOf(thing);
    jobs.push({ jobId, jobDocument, status: 'QUEUED', statusDetails: {}, versionNumber: 1 });
    if (jobs.filter(isOpen).length === 1) await this.notifyNext(thing);
  }

  job(thing: string, jobId: string): Job {
    return this.jobsOf(thing).find((job) => job.jobId === jobId)!;
  }

  private take({ topic, payload }: CloudMessage): void {
    if (topic.startsWith('$aws/certificates/') || topic.startsWith('$aws/provisioning-templates/')) {
      void this.provision(topic, JSON.parse(payload.toString()) as { [name: string]: unknown });
      return;
    }
    const found = /^\$aws\/things\/([^/]+)\/(shadow|jobs)\/(?:name\/([^/]+)\/)?(.+)$/.exec(topic);
    if (!found) return;
    const [, thing, service, name = '', operation] = found as unknown as [string, string, string, string, string];
    const document = JSON.parse(payload.toString() || '{}') as { [name: string]: unknown };
    if (service === 'jobs') void this.takeJob(thing, operation, document);
    else if (operation === 'get') void this.get(thing, name, document);
    else if (operation === 'update') void this.update(thing, name, document);
  }

  private async get(thing: string, name: string, { clientToken }: { clientToken?: unknown }): Promise<void> {
    const base = shadowTopic(thing, name);
    const shadow = this.shadow(thing, name);
    if (!shadow) {
      const message = `No shadow exists with name: '${name || thing}'`;
      await this.say(`${base}get/rejected`, { code: 404, message, timestamp: 1, clientToken });
      return;
    }
    const { desired, reported, version } = shadow;
    const delta = difference(shadow);
    const state = { desired, reported, ...(Object.keys(delta).length > 0 && { delta }) };
    if (this.changing === thing) {
      this.changing = '';
      shadow.version++;
    }
    await this.say(`${base}get/accepted`, { state, metadata: {}, version, timestamp: 1, clientToken });
  }

  private async update(thing: string, name: string, document: { [name: string]: unknown }): Promise<void> {
    const base = shadowTopic(thing, name);
    const {
      state = {},
      version,
      clientToken,
    } = document as {
      state?: { desired?: Values; reported?: Values };
      version?: number;
      clientToken?: string;
    };
    const key = `${thing}/${name}`;
    const shadow = this.shadows.get(key) ?? { desired: {}, reported: {}, version: 0 };
    if (version !== undefined && version !== shadow.version) {
      this.conflicts++;
      await this.say(`${base}update/rejected`, { code: 409, message: 'Version conflict', timestamp: 1, clientToken });
      return;
    }
    merge(shadow.desired, state.desired);
    merge(shadow.reported, state.reported);
    shadow.version++;
    this.shadows.set(key, shadow);
    const said = { state, metadata: {}, version: shadow.version, timestamp: 1, clientToken };
    await this.say(`${base}update/accepted`, said);
    const delta = difference(shadow);
    if (Object.keys(delta).length === 0) return;
    await this.say(`${base}update/delta`, { state: delta, metadata: {}, version: shadow.version, timestamp: 1 });
  }

  /** A certificate for a key that the device has made, then the thing: its name is the parameter `SerialNumber`. */
  private async provision(topic: string, document: { [name: string]: unknown }): Promise<void> {
    if (topic === '$aws/certificates/create-from-csr/json') {
      const certificateId = `pending-${this.tokens.size + 1}`;
      const certificatePem = await this.sign(String(document['certificateSigningRequest']), certificateId);
      const certificateOwnershipToken = `token of ${certificateId}`;
      this.tokens.set(certificateOwnershipToken, certificateId);
      await this.say(`${topic}/accepted`, { certificateId, certificatePem, certificateOwnershipToken });
      return;
    }
    const { SerialNumber } = (document['parameters'] ?? {}) as { SerialNumber?: string };
    const certificateId = this.tokens.get(String(document['certificateOwnershipToken']));
    if (SerialNumber === undefined || certificateId === undefined) {
      const errorMessage = certificateId ? 'parameter SerialNumber is missing' : 'invalid ownership token';
      await this.say(`${topic}/rejected`, { statusCode: 400, errorCode: 'InvalidRequest', errorMessage });
      return;
    }
    this.things.set(certificateId, SerialNumber);
    await this.say(`${topic}/accepted`, { deviceConfiguration: {}, thingName: SerialNumber });
  }

  /** Throws when the request is not signed with its own key. */
  private async sign(request: string, commonName: string): Promise<string> {
    const asked = new x509.Pkcs10CertificateRequest(request);
    if (!(await asked.verify(webcrypto))) throw new Error('the request is not signed with its own key');
    const { certificate, key } = this.certificates.ca;
    const der = createPrivateKey(key).export({ type: 'pkcs8', format: 'der' });
    const signingKey = await webcrypto.subtle.importKey('pkcs8', der, RSA, false, ['sign']);
    const signed = await x509.X509CertificateGenerator.create(
      {
        subject: `CN=${commonName}`,
        issuer: new x509.X509Certificate(certificate).subject,
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

  private async takeJob(thing: string, operation: string, document: { [name: string]: unknown }): Promise<void> {
    const base = `$aws/things/${thing}/jobs/`;
    const { clientToken } = document;
    if (operation === 'start-next') {
      const next = this.jobsOf(thing).find(isOpen);
      if (next?.status === 'QUEUED') next.status = 'IN_PROGRESS';
      await this.say(`${base}start-next/accepted`, { ...(next && { execution: next }), timestamp: 1, clientToken });
      return;
    }
    const jobId = /^([^/]+)\/update$/.exec(operation)?.[1];
    const job = this.jobsOf(thing).find((each) => each.jobId === jobId);
    if (jobId === undefined) return;
    if (!job || !isOpen(job)) {
      await this.say(`${base}${jobId}/update/rejected`, { code: 'InvalidStateTransition', clientToken, timestamp: 1 });
      return;
    }
    const { status, statusDetails = {} } = document as Partial<Job>;
    Object.assign(job, { status, statusDetails, versionNumber: job.versionNumber + 1 });
    await this.say(`${base}${jobId}/update/accepted`, { timestamp: 1, clientToken });
    if (!isOpen(job)) await this.notifyNext(thing);
  }

  private async notifyNext(thing: string): Promise<void> {
    const next = this.jobsOf(thing).find(isOpen);
    await this.say(`$aws/things/${thing}/jobs/notify-next`, { timestamp: 1, ...(next && { execution: next }) });
  }

  private jobsOf(thing: string): Job[] {
    const jobs = this.jobs.get(thing) ?? [];
    this.jobs.set(thing, jobs);
    return jobs;
  }

  /** A service publishes; those that subscribed hear it. */
  private say(topic: string, document: object): Promise<void> {
    return this.broker.publish(topic, JSON.stringify(document));
  }
}

function shadowTopic(thing: string, name: string): string {
  return `$aws/things/${thing}/shadow/${name === '' ? '' : `name/${name}/`}`;
}

function isOpen({ status }: Job): boolean {
  return status === 'QUEUED' || status === 'IN_PROGRESS';
}

/** Null deletes. */
function merge(into: Values, changes: Values | undefined): void {
  for (const [name, value] of Object.entries(changes ?? {})) {
    if (value === null) delete into[name];
    else into[name] = value;
  }
}

function difference({ desired, reported }: ShadowState): Values {
  return Object.fromEntries(Object.entries(desired).filter(([name, value]) => value !== reported[name]));
}

/**
 * For provisioning there is a claim, which may do nothing else. Of reserved topics those of the thing; of others those
 * below `…/{thing}/`.
 */
function isAllowed(thing: string, topic: string): boolean {
  if (thing === CLAIM) return /^\$aws\/(certificates|provisioning-templates)\//.test(topic);
  if (topic.startsWith('$')) return topic.startsWith(`$aws/things/${thing}/`);
  return topic.split('/').includes(thing);
}
