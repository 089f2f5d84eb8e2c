import { createHmac } from 'node:crypto';
import { AZURE_LIMITS } from '../../../src/cloud/azure/limits.js';
import type { CloudConnect, CloudMessage, CloudRules, CloudVoice, Fault } from '../cloud-rules.js';

/** The name that this hub has; its certificate is for it. */
export const HUB = 'localhost';
/** Not authorized (MQTT 3.1.1, 3.2.2.3). */
const REFUSED = 5;
const TWIN_ANSWERS = '$iothub/twin/res/#';

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

/**
 * Checks a token as the hub does at `now`, in ms since 1970. Returns when it expires, in seconds since 1970, or what
 * is wrong.
 */
export function checkToken(token: string, resource: string, key: string, now: number): number | string {
  const match = /^SharedAccessSignature (.*)$/.exec(token);
  if (!match) return 'no token';
  const parts = Object.fromEntries(match[1]!.split('&').map((part) => part.split(/=(.*)/s).slice(0, 2)));
  const { sr, sig, se } = parts as { [name: string]: string };
  if (sr === undefined || sig === undefined || !/^\d+$/.test(se ?? '')) return 'incomplete';
  if (decodeURIComponent(sr).toLowerCase() !== resource.toLowerCase()) return `for ${decodeURIComponent(sr)}`;
  const wanted = createHmac('sha256', Buffer.from(key, 'base64')).update(`${sr}\n${se}`).digest('base64');
  if (decodeURIComponent(sig) !== wanted) return 'wrong signature';
  return Number(se) * 1000 > now ? Number(se) : 'expired';
}

/** A hub as "Communicate with an IoT hub using the MQTT protocol" describes it, with one twin: contract emulation. */
export class AzureRules implements CloudRules {
  readonly limits = AZURE_LIMITS;
  readonly faults: Fault[] = [];
  voice!: CloudVoice;
  readonly desired: Json = { $version: 1 };
  readonly reported: Json = { $version: 1 };
  /** Reported patches, as they came. */
  readonly patches: Json[] = [];
  /** Statuses with which the next questions about the twin are answered instead. */
  readonly twinFaults: number[] = [];
  /** Patches of desired are not sent: the network lost them. */
  losePatches = false;
  private readonly answers = new Map<string, (answer: { status: number; payload: string }) => void>();
  private readonly messages: CloudMessage[] = [];
  private readonly expiries = new WeakMap<CloudConnect, number>();
  /** Clients that hear answers about their twin. */
  private readonly listening = new Set<string>();
  private calls = 0;

  /** `now`: ms since 1970. `host`: the name of the hub. */
  constructor(
    private readonly devices: { [clientId: string]: Registered },
    private readonly now: () => number = Date.now,
    private readonly host = HUB,
  ) {}

  /** Why logins were refused. */
  get refusals(): string[] {
    return this.faults.filter(({ id }) => id === 'login').map(({ detail }) => detail);
  }

  /** Messages of devices by `kind`, with their properties. */
  events(kind: string): { properties: { [name: string]: string }; payload: Json }[] {
    return this.messages
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
    await this.voice.publish(topic, JSON.stringify({ ...patch, $version: version }));
  }

  /** Calls a direct method. */
  async call(method: string, payload: string): Promise<{ status: number; payload: string }> {
    const id = (++this.calls).toString(16);
    const answer = new Promise<{ status: number; payload: string }>((resolve) => this.answers.set(id, resolve));
    await this.voice.publish(`$iothub/methods/POST/${method}/?$rid=${id}`, payload, 0);
    return answer;
  }

  /** Sends a cloud-to-device message. */
  async send(deviceId: string, payload: string): Promise<void> {
    const to = encodeURIComponent(`/devices/${deviceId}/messages/deviceBound`);
    await this.voice.publish(
      `devices/${deviceId}/messages/devicebound/%24.mid=7&%24.to=${to}&iothub-ack=none`,
      payload,
    );
  }

  authenticate(connect: CloudConnect): number {
    const why = this.findWrongLogin(connect);
    if (why !== undefined) {
      this.faults.push({ id: 'login', detail: why });
      return REFUSED;
    }
    if (connect.clean) this.listening.delete(connect.clientId);
    return 0;
  }

  expiresAt(connect: CloudConnect): number | undefined {
    return this.expiries.get(connect);
  }

  mayPublish(clientId: string, topic: string): boolean {
    const query = String.raw`\?\$rid=[^&]+`;
    const may =
      topic.startsWith(`${resourceOf(clientId)}/messages/events/`) ||
      new RegExp(String.raw`^\$iothub/twin/(GET|PATCH/properties/reported)/${query}$`).test(topic) ||
      new RegExp(String.raw`^\$iothub/methods/res/\d+/${query}$`).test(topic);
    if (!may) this.faults.push({ id: 'topic', detail: topic });
    return may;
  }

  maySubscribe(clientId: string, filter: string): true | 'close' {
    const filters = [TWIN_ANSWERS, '$iothub/twin/PATCH/properties/desired/#', '$iothub/methods/POST/#'];
    if (filters.includes(filter) || filter === `${resourceOf(clientId)}/messages/devicebound/#`) return true;
    this.faults.push({ id: 'topic', detail: filter });
    return 'close';
  }

  onSubscribe(clientId: string, filter: string): void {
    if (filter === TWIN_ANSWERS) this.listening.add(clientId);
  }

  onPublish(message: CloudMessage): void {
    const { clientId, topic, payload } = message;
    this.messages.push(message);
    const id = /\?\$rid=([^&]+)$/.exec(topic)?.[1] ?? '';
    const method = /^\$iothub\/methods\/res\/(\d+)\//.exec(topic);
    if (method) {
      this.answers.get(id)?.({ status: Number(method[1]), payload: payload.toString() });
      this.answers.delete(id);
      return;
    }
    // Who asks before it listens hears nothing.
    if (!topic.startsWith('$iothub/twin/') || !this.listening.has(clientId)) return;
    const answer = (status: number, more: string, text: string): void => {
      void this.voice.publish(`$iothub/twin/res/${status}/?$rid=${id}${more}`, text, 0);
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

  /** What is wrong with a login; undefined: nothing. */
  private findWrongLogin(connect: CloudConnect): string | undefined {
    const { clientId, username, password, certificate, will } = connect;
    const device = this.devices[clientId];
    if (!device) return 'unknown device';
    const start = `${this.host}/${clientId}/`;
    const query = username?.startsWith(start) ? username.slice(start.length).replace(/^\?/, '') : '';
    if (!/^api-version=20\d\d-\d\d-\d\d(&|$)/.test(query)) return 'user name';
    if (will && !will.topic.startsWith(`${resourceOf(clientId)}/messages/events/`)) return 'will';
    if (device.key === undefined) {
      return certificate === clientId.split('/')[0] && !password ? undefined : 'certificate';
    }
    const expiry = checkToken(password ?? '', `${this.host}/${resourceOf(clientId)}`, device.key, this.now());
    if (typeof expiry === 'string') return expiry;
    this.expiries.set(connect, expiry * 1000);
    return undefined;
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
