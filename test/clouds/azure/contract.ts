import { createHmac } from 'node:crypto';
import { connect } from 'mqtt';
import { AZURE_LIMITS } from '../../../src/cloud/azure/limits.js';
import type { Certificates } from '../../support/certificates.js';
import { CloudBroker } from '../cloud-broker.js';
import type { CloudBrokerOptions, CloudConnect, CloudMessage } from '../cloud-broker.js';

/** The name that this hub has; its certificate is for it. */
export const HUB = 'localhost';
/** Not authorized (MQTT 3.1.1, 3.2.2.3). */
const REFUSED = 5;

/** A device, or a module, of the hub. */
export interface Registered {
  /** Base64; absent: it logs in with a certificate whose common name is its id. */
  key?: string;
}

type Json = { [name: string]: unknown };

/** The properties behind `/messages/events/`, decoded. */
export function propertiesOf(topic: string): { [name: string]: string } {
  const bag = topic.slice(topic.indexOf('/messages/events/') + '/messages/events/'.length).replace(/\/$/, '');
  const pairs = bag.split('&').filter((pair) => pair !== '');
  return Object.fromEntries(pairs.map((pair) => pair.split('=').map(decodeURIComponent) as [string, string]));
}

/** Checks a token as the hub does. Returns when it expires, in seconds since 1970, or what is wrong. */
export function checkToken(token: string, resource: string, key: string): number | string {
  const match = /^SharedAccessSignature (.*)$/.exec(token);
  if (!match) return 'no token';
  const parts = Object.fromEntries(match[1]!.split('&').map((part) => part.split(/=(.*)/s).slice(0, 2)));
  const { sr, sig, se } = parts as { [name: string]: string };
  if (sr === undefined || sig === undefined || !/^\d+$/.test(se ?? '')) return 'incomplete';
  if (decodeURIComponent(sr).toLowerCase() !== resource.toLowerCase()) return `for ${decodeURIComponent(sr)}`;
  const wanted = createHmac('sha256', Buffer.from(key, 'base64')).update(`${sr}\n${se}`).digest('base64');
  if (decodeURIComponent(sig) !== wanted) return 'wrong signature';
  return Number(se) * 1000 > Date.now() ? Number(se) : 'expired';
}

/** Connects as the device `shed` with a certificate, uses `topic`, and returns when that has ended its connection. */
export async function endAt(
  kind: 'publish' | 'subscribe',
  topic: string,
  url: string,
  username: string,
  certificates: Certificates,
): Promise<void> {
  const { certificate, key } = await certificates.ca.issue({ commonName: 'shed' });
  const ca = certificates.ca.certificate;
  const device = connect(url, { clientId: 'shed', username, ca, cert: certificate, key, reconnectPeriod: 0 });
  await new Promise<void>((resolve) => device.once('connect', () => resolve()));
  const over = new Promise<void>((resolve) => device.once('close', () => resolve()));
  if (kind === 'publish') device.publish(topic, 'x', { qos: 1 }, () => undefined);
  else device.subscribe(topic, () => undefined);
  await over;
  await device.endAsync(true);
}

/** A hub that enforces what "Communicate with an IoT hub using the MQTT protocol" says: contract emulation. */
export class AzureHub {
  broker!: CloudBroker;
  readonly desired: Json = { $version: 1 };
  readonly reported: Json = { $version: 1 };
  /** Reported patches, as they came. */
  readonly patches: Json[] = [];
  /** Why logins were refused. */
  readonly refusals: string[] = [];
  /** Statuses with which the next questions about the twin are answered instead. */
  readonly twinFaults: number[] = [];
  /** Patches of desired are not sent: the network lost them. */
  losePatches = false;
  private readonly answers = new Map<string, (answer: { status: number; payload: string }) => void>();
  private readonly expiries = new Set<NodeJS.Timeout>();
  private calls = 0;

  private constructor(private readonly devices: { [clientId: string]: Registered }) {}

  static async start(
    devices: { [clientId: string]: Registered },
    certificates: Certificates,
    options: Partial<CloudBrokerOptions> = {},
  ): Promise<AzureHub> {
    const hub = new AzureHub(devices);
    hub.broker = await CloudBroker.start({
      limits: AZURE_LIMITS,
      tls: { server: certificates.server, ca: certificates.ca.certificate, required: false },
      authenticate: (connect) => hub.authenticate(connect),
      mayPublish: (clientId, topic) => hub.mayPublish(clientId, topic),
      maySubscribe: (clientId, filter) => (hub.maySubscribe(clientId, filter) ? true : 'close'),
      onPublish: (message) => hub.take(message),
      ...options,
    });
    return hub;
  }

  get url(): string {
    return `mqtts://${HUB}:${this.broker.port}`;
  }

  async close(): Promise<void> {
    for (const timer of this.expiries) clearTimeout(timer);
    await this.broker.close();
  }

  /** Messages of devices by `kind`, with their properties. */
  events(kind: string): { properties: { [name: string]: string }; payload: Json }[] {
    return this.broker.published
      .filter(({ topic }) => topic.includes('/messages/events/'))
      .map(({ topic, payload }) => ({ properties: propertiesOf(topic), text: payload.toString() }))
      .filter(({ properties }) => properties['kind'] === kind)
      .map(({ properties, text }) => ({ properties, payload: JSON.parse(text) as Json }));
  }

  /** Changes desired properties, as a back end does. */
  async want(patch: Json): Promise<void> {
    merge(this.desired, patch);
    const version = (this.desired['$version'] as number) + 1;
    this.desired['$version'] = version;
    if (this.losePatches) return;
    const topic = `$iothub/twin/PATCH/properties/desired/?$version=${version}`;
    await this.broker.publish(topic, JSON.stringify({ ...patch, $version: version }));
  }

  /** Calls a direct method. */
  async call(method: string, payload: string): Promise<{ status: number; payload: string }> {
    const id = (++this.calls).toString(16);
    const answer = new Promise<{ status: number; payload: string }>((resolve) => this.answers.set(id, resolve));
    await this.broker.publish(`$iothub/methods/POST/${method}/?$rid=${id}`, payload, 0);
    return answer;
  }

  /** Sends a cloud-to-device message. */
  send(deviceId: string, payload: string): Promise<void> {
    const to = encodeURIComponent(`/devices/${deviceId}/messages/deviceBound`);
    return this.broker.publish(
      `devices/${deviceId}/messages/devicebound/%24.mid=7&%24.to=${to}&iothub-ack=none`,
      payload,
    );
  }

  private authenticate(connect: CloudConnect): number {
    const { clientId, username, password, certificate, will } = connect;
    const refuse = (why: string): number => {
      this.refusals.push(why);
      return REFUSED;
    };
    const device = this.devices[clientId];
    if (!device) return refuse('unknown device');
    const start = `${HUB}/${clientId}/`;
    const query = username?.startsWith(start) ? username.slice(start.length).replace(/^\?/, '') : '';
    if (!/^api-version=20\d\d-\d\d-\d\d(&|$)/.test(query)) return refuse('user name');
    if (will && !will.topic.startsWith(`${resourceOf(clientId)}/messages/events/`)) return refuse('will');
    if (device.key === undefined) {
      return certificate === clientId.split('/')[0] && !password ? 0 : refuse('certificate');
    }
    const expiry = checkToken(password ?? '', `${HUB}/${resourceOf(clientId)}`, device.key);
    if (typeof expiry === 'string') return refuse(expiry);
    const timer = setTimeout(
      () => {
        this.expiries.delete(timer);
        // Only the connection that this token opened.
        if (this.broker.connects.filter((each) => each.clientId === clientId).at(-1) === connect)
          this.broker.kick(clientId);
      },
      Math.min(expiry * 1000 - Date.now(), 0x7fffffff),
    );
    this.expiries.add(timer);
    return 0;
  }

  private mayPublish(clientId: string, topic: string): boolean {
    const query = String.raw`\?\$rid=[^&]+`;
    return (
      topic.startsWith(`${resourceOf(clientId)}/messages/events/`) ||
      new RegExp(String.raw`^\$iothub/twin/(GET|PATCH/properties/reported)/${query}$`).test(topic) ||
      new RegExp(String.raw`^\$iothub/methods/res/\d+/${query}$`).test(topic)
    );
  }

  private maySubscribe(clientId: string, filter: string): boolean {
    const filters = ['$iothub/twin/res/#', '$iothub/twin/PATCH/properties/desired/#', '$iothub/methods/POST/#'];
    return filters.includes(filter) || filter === `${resourceOf(clientId)}/messages/devicebound/#`;
  }

  private take({ clientId, topic, payload }: CloudMessage): void {
    const id = /\?\$rid=([^&]+)$/.exec(topic)?.[1] ?? '';
    const method = /^\$iothub\/methods\/res\/(\d+)\//.exec(topic);
    if (method) {
      this.answers.get(id)?.({ status: Number(method[1]), payload: payload.toString() });
      this.answers.delete(id);
      return;
    }
    if (!topic.startsWith('$iothub/twin/')) return;
    const mine = this.broker.subscribed.filter((each) => each.clientId === clientId);
    // Who asks before it listens hears nothing.
    if (!mine.some(({ filter }) => filter === '$iothub/twin/res/#')) return;
    const answer = (status: number, more: string, text: string): void => {
      void this.broker.publish(`$iothub/twin/res/${status}/?$rid=${id}${more}`, text, 0);
    };
    const fault = this.twinFaults.shift();
    if (fault !== undefined) return answer(fault, '', '');
    if (topic.startsWith('$iothub/twin/GET/')) {
      return answer(200, '', JSON.stringify({ desired: this.desired, reported: this.reported }));
    }
    let patch: unknown;
    try {
      patch = JSON.parse(payload.toString());
    } catch {
      return answer(400, '', '');
    }
    this.patches.push(patch as Json);
    merge(this.reported, patch as Json);
    const version = (this.reported['$version'] as number) + 1;
    this.reported['$version'] = version;
    answer(204, `&$version=${version}`, '');
  }
}

function resourceOf(clientId: string): string {
  const [device, module] = clientId.split('/');
  return module === undefined ? `devices/${device}` : `devices/${device}/modules/${module}`;
}

/** As twins are patched: null deletes. */
function merge(into: Json, patch: Json): void {
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete into[name];
    else if (typeof value === 'object' && !Array.isArray(value)) merge((into[name] ??= {}) as Json, value as Json);
    else into[name] = value;
  }
}
