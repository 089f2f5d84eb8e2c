import { AWS_LIMITS } from '../../../src/cloud/aws/limits.js';
import type { CloudLimits } from '../../../src/cloud/index.js';
import type { CloudConnect, CloudMessage, CloudRules, CloudVoice, Fault } from '../cloud-rules.js';

const ALPN = 'x-amzn-mqtt-ca';
/** Not authorized (MQTT 3.1.1, 3.2.2.3). */
const REFUSED = 5;
/** The client identifier, and the common name of the certificate, of a device that is no thing yet. */
export const CLAIM = 'claim';
/** "Client token … must not be longer than 64 bytes" (Developer Guide, Device Shadow service documents). */
const LONGEST_TOKEN = 64;
/** What a device may set in `UpdateJobExecution`, and the longest name and value of `statusDetails`. */
const STATUSES = ['IN_PROGRESS', 'FAILED', 'SUCCEEDED', 'REJECTED'];
const LONGEST_NAME = 128;
const LONGEST_DETAIL = 1024;

/** Reserved topics below `$aws/things/{thing}/` that a device publishes to, and those that it hears. */
const REQUEST = /^(shadow\/(name\/[^/]+\/)?(get|update|delete)|jobs\/(get|start-next|[^/]+\/(get|update)))$/;
const ANSWER =
  /^(shadow\/(name\/[^/]+\/)?(get|update|delete)\/(accepted|rejected|delta|documents|\+)|jobs\/(notify|notify-next|(get|start-next|[^/]+\/(get|update))\/(accepted|rejected|\+)))$/;

export interface AwsRulesOptions {
  /** The policy allows `iot:RetainPublish`. Default false. */
  retainPublish?: boolean;
  /** As port 443: without the protocol in ALPN there is no connection. */
  needsAlpn?: boolean;
  /** CONNECTs may follow each other within a second: for programs that a test runs one after the other. */
  anyPace?: boolean;
  /** Signs a request for a certificate, PEM, for fleet provisioning. */
  sign?(request: string, commonName: string): Promise<string>;
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
 * name of the certificate. Of reserved topics there are those that the guide lists.
 */
export class AwsRules implements CloudRules {
  readonly limits: CloudLimits;
  readonly faults: Fault[] = [];
  /** Nobody hears what the services say before there is a broker. */
  voice: CloudVoice = { publish: () => undefined };
  /** Updates that were refused because of their version. */
  conflicts = 0;
  private changing = '';
  /** Things by the certificate with which they were registered, and certificates by their ownership token. */
  private readonly things = new Map<string, string>();
  private readonly tokens = new Map<string, string>();
  private readonly shadows = new Map<string, ShadowState>();
  private readonly jobs = new Map<string, Job[]>();

  constructor(private readonly options: AwsRulesOptions = {}) {
    const { connectsPerSecond, ...withoutPace } = AWS_LIMITS;
    const limits = options.anyPace ? withoutPace : { ...withoutPace, connectsPerSecond: connectsPerSecond! };
    this.limits = options.retainPublish ? limits : { ...limits, retain: false, willRetain: false };
  }

  authenticate(connect: CloudConnect): number {
    const why = this.findWrongLogin(connect);
    if (why === undefined) return 0;
    this.fault('login', why);
    return REFUSED;
  }

  mayPublish(clientId: string, topic: string): boolean {
    return this.allow(topic, isAllowed(clientId, topic, REQUEST));
  }

  maySubscribe(clientId: string, filter: string): boolean {
    return this.allow(filter, isAllowed(clientId, filter, ANSWER));
  }

  /** The state of a shadow; undefined: there is none. */
  shadow(thing: string, name = ''): ShadowState | undefined {
    return this.shadows.get(`${thing}/${name}`);
  }

  /** Sets desired values as an application does, and tells the device of the difference. */
  async desire(thing: string, desired: Values, name = ''): Promise<void> {
    await this.update(thing, name, { state: { desired } });
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

  /** Jobs that are open, and shadows with a difference of which the device says nothing. */
  pending(): string[] {
    const open = [...this.jobs].flatMap(([thing, jobs]) =>
      jobs.filter(isOpen).map(({ jobId, status }) => `job ${jobId} of ${thing}: ${status}`),
    );
    const silent = [...this.shadows].filter(
      ([, shadow]) => Object.keys(difference(shadow)).length > 0 && shadow.reported['refused'] === undefined,
    );
    return [...open, ...silent.map(([name, shadow]) => `shadow ${name} ${JSON.stringify(shadow)}`)];
  }

  onPublish({ clientId, topic, payload }: CloudMessage): void {
    // A will comes here unasked.
    if (!isAllowed(clientId, topic, REQUEST)) return this.fault('topic', topic);
    if (!topic.startsWith('$')) return;
    const document = documentOf(payload);
    if (!document) return this.fault('document', `${topic}: ${payload.toString()}`);
    const { clientToken = '' } = document;
    if (typeof clientToken !== 'string' || Buffer.byteLength(clientToken) > LONGEST_TOKEN) {
      return this.fault('clientToken', JSON.stringify(clientToken));
    }
    if (clientId === CLAIM) return void this.provision(topic, document);
    const found = /^\$aws\/things\/([^/]+)\/(shadow|jobs)\/(?:name\/([^/]+)\/)?(.+)$/.exec(topic);
    const [, thing, service, name = '', operation] = found as unknown as [string, string, string, string, string];
    if (service === 'jobs') this.takeJob(thing, operation, document);
    else if (operation === 'get') this.get(thing, name, document);
    else if (operation === 'update') this.update(thing, name, document);
  }

  private get(thing: string, name: string, { clientToken }: Values): void {
    const base = shadowTopic(thing, name);
    const shadow = this.shadow(thing, name);
    if (!shadow) {
      const message = `No shadow exists with name: '${name || thing}'`;
      this.say(`${base}get/rejected`, { code: 404, message, timestamp: 1, clientToken });
      return;
    }
    const { desired, reported, version } = shadow;
    const delta = difference(shadow);
    const state = { desired, reported, ...(Object.keys(delta).length > 0 && { delta }) };
    if (this.changing === thing) {
      this.changing = '';
      shadow.version++;
    }
    this.say(`${base}get/accepted`, { state, metadata: {}, version, timestamp: 1, clientToken });
  }

  private update(thing: string, name: string, document: Values): unknown {
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
      const message = 'Version conflict';
      return this.say(`${base}update/rejected`, { code: 409, message, timestamp: 1, clientToken });
    }
    merge(shadow.desired, state.desired);
    merge(shadow.reported, state.reported);
    shadow.version++;
    this.shadows.set(key, shadow);
    const said = { state, metadata: {}, version: shadow.version, timestamp: 1, clientToken };
    const sent = this.say(`${base}update/accepted`, said);
    const delta = difference(shadow);
    if (Object.keys(delta).length === 0) return sent;
    return this.say(`${base}update/delta`, { state: delta, metadata: {}, version: shadow.version, timestamp: 1 });
  }

  /** A certificate for a key that the device has made, then the thing: its name is the parameter `SerialNumber`. */
  private async provision(topic: string, document: Values): Promise<void> {
    if (topic === '$aws/certificates/create-from-csr/json') {
      const certificateId = `pending-${this.tokens.size + 1}`;
      const certificatePem = await this.options.sign!(String(document['certificateSigningRequest']), certificateId);
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

  private takeJob(thing: string, operation: string, document: Values): void {
    const base = `$aws/things/${thing}/jobs/`;
    const { clientToken } = document;
    if (operation === 'start-next') {
      const next = this.jobsOf(thing).find(isOpen);
      if (next?.status === 'QUEUED') next.status = 'IN_PROGRESS';
      this.say(`${base}start-next/accepted`, { ...(next && { execution: next }), timestamp: 1, clientToken });
      return;
    }
    const jobId = /^([^/]+)\/update$/.exec(operation)?.[1];
    const job = this.jobsOf(thing).find((each) => each.jobId === jobId);
    if (jobId === undefined) return;
    if (!job || !isOpen(job)) {
      this.say(`${base}${jobId}/update/rejected`, { code: 'InvalidStateTransition', clientToken, timestamp: 1 });
      return;
    }
    const { status = '', statusDetails = {} } = document as Partial<Job>;
    const isTold = Object.entries(statusDetails).every(
      ([name, value]) => name.length <= LONGEST_NAME && typeof value === 'string' && value.length <= LONGEST_DETAIL,
    );
    if (!STATUSES.includes(status) || !isTold) this.fault('job', JSON.stringify(document));
    Object.assign(job, { status, statusDetails, versionNumber: job.versionNumber + 1 });
    this.say(`${base}${jobId}/update/accepted`, { timestamp: 1, clientToken });
    if (!isOpen(job)) this.notifyNext(thing);
  }

  private notifyNext(thing: string): unknown {
    const next = this.jobsOf(thing).find(isOpen);
    return this.say(`$aws/things/${thing}/jobs/notify-next`, { timestamp: 1, ...(next && { execution: next }) });
  }

  private jobsOf(thing: string): Job[] {
    const jobs = this.jobs.get(thing) ?? [];
    this.jobs.set(thing, jobs);
    return jobs;
  }

  /** What is wrong with a login; undefined: nothing. */
  private findWrongLogin({ clientId, certificate, alpn }: CloudConnect): string | undefined {
    if (this.options.needsAlpn && alpn !== ALPN) return `ALPN ${alpn}`;
    const thing = this.things.get(certificate ?? '') ?? certificate;
    return clientId === thing ? undefined : `${clientId} with a certificate of ${thing}`;
  }

  private allow(topic: string, may: boolean): boolean {
    if (!may) this.fault('topic', topic);
    return may;
  }

  private fault(id: string, detail: string): void {
    this.faults.push({ id, detail });
  }

  /** A service publishes; those that subscribed hear it. */
  private say(topic: string, document: object): unknown {
    return this.voice.publish(topic, JSON.stringify(document));
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

/** A document of a service; undefined: it is none. Nothing stands for an empty one. */
function documentOf(payload: Buffer): Values | undefined {
  try {
    const document = JSON.parse(payload.toString() || '{}') as unknown;
    return typeof document === 'object' && document !== null ? (document as Values) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * For provisioning there is a claim, which may do nothing else. Of reserved topics those of the thing that are
 * `reserved`; of others those below `…/{thing}/`.
 */
function isAllowed(thing: string, topic: string, reserved: RegExp): boolean {
  if (thing === CLAIM) return /^\$aws\/(certificates|provisioning-templates)\//.test(topic);
  const base = `$aws/things/${thing}/`;
  if (topic.startsWith('$')) return topic.startsWith(base) && reserved.test(topic.slice(base.length));
  return topic.split('/').includes(thing);
}
