import type { CloudLimits } from '../../../src/cloud/index.js';
import { THINGSBOARD_LIMITS } from '../../../src/cloud/thingsboard/limits.js';
import type { CloudConnect, CloudMessage, CloudRules, CloudVoice, Fault } from '../cloud-rules.js';

export const TELEMETRY = 'v1/devices/me/telemetry';
const ATTRIBUTES = 'v1/devices/me/attributes';
const ATTRIBUTES_REQUEST = /^v1\/devices\/me\/attributes\/request\/(\d+)$/;
const REQUEST = /^v1\/devices\/me\/rpc\/request\/(\d+)$/;
const MAY_PUBLISH =
  /^v1\/devices\/me\/(telemetry|attributes|claim|attributes\/request\/\d+|rpc\/(request|response)\/\d+)$/;
const MAY_SUBSCRIBE = /^v1\/devices\/me\/(attributes|attributes\/response\/\+|rpc\/(request|response)\/\+)$/;
/** Bad user name or password; not authorized (MQTT 3.1.1, 3.2.2.3). */
const NO_TOKEN = 4;
const WRONG_TOKEN = 5;

/** What `getSessionLimits` answers (MQTT Device API Reference). */
export interface SessionLimitsAnswer {
  maxPayloadSize: number;
  maxInflightMessages: number;
  rateLimits: { messages?: string; telemetryMessages?: string; telemetryDataPoints?: string };
  gatewayRateLimits?: SessionLimitsAnswer['rateLimits'];
}

/** What the server has in its own documentation. */
export const DOCUMENTED: SessionLimitsAnswer = {
  maxPayloadSize: 65536,
  maxInflightMessages: 100,
  rateLimits: {
    messages: '200:1,6000:60,14000:3600',
    telemetryMessages: '100:1,3000:60,7000:3600',
    telemetryDataPoints: '200:1,6000:60,14000:3600',
  },
};

/** A value with its time in milliseconds since 1970; without one, the server takes its own. */
export interface Telemetry {
  ts?: number;
  values: { [key: string]: string | number | boolean };
}

/** The telemetry in a message. Throws when the server would not take it. */
export function telemetryOf(payload: Buffer): Telemetry[] {
  const json = JSON.parse(payload.toString()) as unknown;
  const items = Array.isArray(json) ? (json as unknown[]) : [json];
  return items.map((item) => {
    const timed = item as { ts?: number; values?: Telemetry['values'] };
    const isTimed = typeof timed.ts === 'number' && typeof timed.values === 'object';
    const values = (isTimed ? timed.values : item) as Telemetry['values'];
    for (const value of Object.values(values)) {
      if (!['string', 'number', 'boolean'].includes(typeof value)) throw new Error('telemetry must be flat');
    }
    if (Object.keys(values).length === 0) throw new Error('telemetry must not be empty');
    return isTimed ? { ts: timed.ts!, values } : { values };
  });
}

/**
 * ThingsBoard as its MQTT Device API Reference and the source of its transport describe it: contract emulation. A
 * device logs in with its access token (CONNACK 4 without user name, 5 with an unknown one); what is no JSON, or on
 * another topic, ends the connection. The limits that it tells of are those that it enforces.
 */
export class ThingsBoardRules implements CloudRules {
  readonly limits: CloudLimits;
  readonly faults: Fault[] = [];
  voice!: CloudVoice;
  /** The shared attributes that people have set. */
  shared: { [name: string]: string | number | boolean } = {};
  /** The device has said what became of the firmware that is assigned to it. */
  private hasToldOfFirmware = false;

  /** `told`: what it answers to `getSessionLimits`; undefined: nothing. */
  constructor(
    private readonly tokens: readonly string[],
    private readonly told: SessionLimitsAnswer | undefined,
  ) {
    const rates = told?.gatewayRateLimits ?? told?.rateLimits;
    const messagesPerSecond = perSecond(rates?.messages);
    const pointsPerSecond = perSecond(rates?.telemetryDataPoints);
    this.limits = {
      ...THINGSBOARD_LIMITS,
      ...(told && { payloadBytes: told.maxPayloadSize, inFlight: told.maxInflightMessages }),
      ...(messagesPerSecond !== undefined && { messagesPerSecond }),
      ...(pointsPerSecond !== undefined && { pointsPerSecond }),
    };
  }

  authenticate({ username }: CloudConnect): number {
    if (username !== undefined && this.tokens.includes(username)) return 0;
    this.fault('login', String(username));
    return username ? WRONG_TOKEN : NO_TOKEN;
  }

  mayPublish(_clientId: string, topic: string, payload: Buffer): boolean {
    if (!this.isTopic(topic)) return this.fault('topic', topic);
    try {
      this.check(topic, payload);
      return true;
    } catch {
      return this.fault('payload', `${topic}: ${payload.toString()}`);
    }
  }

  maySubscribe(_clientId: string, filter: string): boolean {
    return this.isFilter(filter) || this.fault('topic', filter);
  }

  pending(): string[] {
    const isAssigned = this.shared['fw_title'] !== undefined;
    return isAssigned && !this.hasToldOfFirmware ? [`firmware ${this.shared['fw_title']}: fw_state`] : [];
  }

  onPublish({ topic, payload }: CloudMessage): void {
    if (topic === TELEMETRY) {
      this.hasToldOfFirmware ||= telemetryOf(payload).some(({ values }) => values['fw_state'] === 'FAILED');
    }
    const asked = ATTRIBUTES_REQUEST.exec(topic)?.[1];
    if (asked !== undefined) {
      const { sharedKeys } = JSON.parse(payload.toString()) as { sharedKeys: string };
      const all = Object.entries(this.shared);
      const shared = Object.fromEntries(all.filter(([name]) => sharedKeys.split(',').includes(name)));
      void this.voice.publish(`v1/devices/me/attributes/response/${asked}`, JSON.stringify({ shared }));
    }
    const id = REQUEST.exec(topic)?.[1];
    if (id === undefined || !this.told) return;
    const { method } = JSON.parse(payload.toString()) as { method: string };
    const answer = method === 'getSessionLimits' ? this.told : { error: `unknown method ${method}` };
    void this.voice.publish(`v1/devices/me/rpc/response/${id}`, JSON.stringify(answer));
  }

  /** Data points in a message; what is no telemetry has none. */
  pointsOf(message: Pick<CloudMessage, 'topic' | 'payload'>): number {
    try {
      return this.telemetryIn(message).reduce((sum, { values }) => sum + Object.keys(values).length, 0);
    } catch {
      return 0;
    }
  }

  protected telemetryIn({ topic, payload }: Pick<CloudMessage, 'topic' | 'payload'>): Telemetry[] {
    return topic === TELEMETRY ? telemetryOf(payload) : [];
  }

  protected isTopic(topic: string): boolean {
    return MAY_PUBLISH.test(topic);
  }

  protected isFilter(filter: string): boolean {
    return MAY_SUBSCRIBE.test(filter);
  }

  /** Throws when the server would not take a payload. */
  protected check(topic: string, payload: Buffer): void {
    if (topic === TELEMETRY || topic === ATTRIBUTES) telemetryOf(payload);
    else if (ATTRIBUTES_REQUEST.test(topic)) textIn(payload, 'sharedKeys');
    else if (REQUEST.test(topic)) textIn(payload, 'method');
  }

  protected fault(id: string, detail: string): false {
    this.faults.push({ id, detail });
    return false;
  }
}

/** The member of a JSON object that must be text. Throws when it is none. */
export function textIn(payload: Buffer, name: string): string {
  const value = (JSON.parse(payload.toString()) as { [name: string]: unknown })[name];
  if (typeof value !== 'string') throw new Error(`${name} must be text`);
  return value;
}

/** The rate for one second in a text such as `200:1,6000:60`. */
function perSecond(rates: string | undefined): number | undefined {
  const found = rates?.split(',').find((rate) => rate.endsWith(':1'));
  return found === undefined ? undefined : Number(found.split(':')[0]);
}
