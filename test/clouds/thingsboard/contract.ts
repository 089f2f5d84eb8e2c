import { readFileSync } from 'node:fs';
import { THINGSBOARD_LIMITS } from '../../../src/cloud/thingsboard/limits.js';
import { CloudBroker } from '../cloud-broker.js';
import type { CloudBrokerOptions } from '../cloud-broker.js';
import type { CloudConnect, CloudMessage } from '../cloud-rules.js';

const TELEMETRY = 'v1/devices/me/telemetry';
const GATEWAY_TELEMETRY = 'v1/gateway/telemetry';
const GATEWAY_PUBLISH = /^v1\/gateway\/(connect|disconnect|telemetry|attributes|attributes\/request|claim|rpc)$/;
const GATEWAY_SUBSCRIBE = /^v1\/gateway\/(attributes|attributes\/response|rpc)$/;
const ATTRIBUTES = 'v1/devices/me/attributes';
const ATTRIBUTES_REQUEST = /^v1\/devices\/me\/attributes\/request\/(\d+)$/;
const REQUEST = /^v1\/devices\/me\/rpc\/request\/(\d+)$/;
export const MAY_PUBLISH =
  /^v1\/devices\/me\/(telemetry|attributes|claim|attributes\/request\/\d+|rpc\/(request|response)\/\d+)$/;
export const MAY_SUBSCRIBE = /^v1\/devices\/me\/(attributes|attributes\/response\/\+|rpc\/(request|response)\/\+)$/;

/** What people have set, by server. */
export const sharedAttributes = new WeakMap<CloudBroker, { [name: string]: string | number | boolean }>();

/** The same by device of a gateway. */
export const sharedOfDevices = new WeakMap<CloudBroker, { [device: string]: { [name: string]: unknown } }>();

/** What people may claim devices with: by device, the secret and for how many milliseconds. */
export type Claims = Map<string, { secretKey: string; durationMs: number }>;

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

/** Data points of a message; what is no telemetry has none. */
function pointsOf({ topic, payload }: CloudMessage): number {
  try {
    let items: Telemetry[] = [];
    if (topic === TELEMETRY) items = telemetryOf(payload);
    else if (topic === GATEWAY_TELEMETRY) items = gatewayTelemetryOf(payload).flatMap(([, each]) => each);
    return items.reduce((sum, { values }) => sum + Object.keys(values).length, 0);
  } catch {
    return 0;
  }
}

/** The telemetry of a gateway's devices in a message. Throws when the server would not take it. */
function gatewayTelemetryOf(payload: Buffer): [device: string, Telemetry[]][] {
  return Object.entries(JSON.parse(payload.toString()) as object).map(([device, items]) => {
    if (!Array.isArray(items)) throw new Error('the telemetry of a device must be an array');
    return [device, telemetryOf(Buffer.from(JSON.stringify(items)))];
  });
}

/** The rate for one second in a text such as `200:1,6000:60`. */
function perSecond(rates: string | undefined): number | undefined {
  const found = rates?.split(',').find((rate) => rate.endsWith(':1'));
  return found === undefined ? undefined : Number(found.split(':')[0]);
}

/**
 * ThingsBoard as its MQTT Device API Reference and the source of its transport describe it: contract emulation. A
 * device logs in with its access token (CONNACK 4 without user name, 5 with an unknown one); what is no JSON, or on
 * another topic, ends the connection. The limits that it tells of are those that it enforces.
 */
export async function startThingsBoard(
  tokens: readonly string[],
  limits: SessionLimitsAnswer | undefined,
  options: Partial<CloudBrokerOptions> = {},
): Promise<CloudBroker> {
  const messagesPerSecond = perSecond((limits?.gatewayRateLimits ?? limits?.rateLimits)?.messages);
  const pointsPerSecond = perSecond((limits?.gatewayRateLimits ?? limits?.rateLimits)?.telemetryDataPoints);
  return CloudBroker.start({
    limits: {
      ...THINGSBOARD_LIMITS,
      ...(limits && { payloadBytes: limits.maxPayloadSize, inFlight: limits.maxInflightMessages }),
      ...(messagesPerSecond !== undefined && { messagesPerSecond }),
      ...(pointsPerSecond !== undefined && { pointsPerSecond }),
    },
    isolated: true,
    authenticate: ({ username }: CloudConnect) => (!username ? 4 : tokens.includes(username) ? 0 : 5),
    mayPublish: (_client, topic) => MAY_PUBLISH.test(topic),
    maySubscribe: (_client, filter) => MAY_SUBSCRIBE.test(filter),
    pointsOf,
    onPublish: (message, broker) => answerDevice(message, broker, limits),
    ...options,
  });
}

/** Checks what a device sent, and answers its calls. */
export function answerDevice(
  message: CloudMessage,
  broker: CloudBroker,
  limits: SessionLimitsAnswer | undefined,
): void {
  const { clientId, topic, payload } = message;
  try {
    if (topic === TELEMETRY || topic === ATTRIBUTES) telemetryOf(payload);
  } catch {
    broker.violations.push({ clientId, rule: 'topic', value: `${topic}: ${payload.toString()}` });
    broker.kick(clientId);
  }
  const asked = ATTRIBUTES_REQUEST.exec(topic)?.[1];
  if (asked !== undefined) {
    const { sharedKeys } = JSON.parse(payload.toString()) as { sharedKeys: string };
    const all = Object.entries(sharedAttributes.get(broker) ?? {});
    const shared = Object.fromEntries(all.filter(([name]) => sharedKeys.split(',').includes(name)));
    void broker.publish(`v1/devices/me/attributes/response/${asked}`, JSON.stringify({ shared }));
  }
  const id = REQUEST.exec(topic)?.[1];
  if (id === undefined || !limits) return;
  const { method } = JSON.parse(payload.toString()) as { method: string };
  const answer = method === 'getSessionLimits' ? limits : { error: `unknown method ${method}` };
  void broker.publish(`v1/devices/me/rpc/response/${id}`, JSON.stringify(answer));
}

/**
 * The same for a device that is a gateway (Gateway MQTT API Reference). As on the server, a name that it does not know
 * creates a device: `devices` has them all. Unlike there, telemetry, questions and claims of a device that was not said
 * to be connected on this connection are a violation, since without that the device gets neither calls nor attributes.
 */
export async function startThingsBoardGateway(
  token: string,
  limits: SessionLimitsAnswer,
  devices: Set<string>,
  claims: Claims = new Map(),
): Promise<CloudBroker> {
  let connection = 0;
  const live = new Set<string>();
  return startThingsBoard([token], limits, {
    mayPublish: (_client, topic) => MAY_PUBLISH.test(topic) || GATEWAY_PUBLISH.test(topic),
    maySubscribe: (_client, filter) => MAY_SUBSCRIBE.test(filter) || GATEWAY_SUBSCRIBE.test(filter),
    onPublish(message, broker) {
      const { clientId, topic, payload } = message;
      if (!topic.startsWith('v1/gateway/')) return answerDevice(message, broker, limits);
      if (connection !== broker.connects.length) live.clear();
      connection = broker.connects.length;
      const violate = (value: string): void => void broker.violations.push({ clientId, rule: 'topic', value });
      try {
        const json = JSON.parse(payload.toString()) as { device?: string };
        if (topic === 'v1/gateway/connect') live.add(json.device!);
        if (topic === 'v1/gateway/disconnect') live.delete(json.device!);
        const names = topic === GATEWAY_TELEMETRY ? gatewayTelemetryOf(payload).map(([name]) => name) : [];
        for (const name of names) if (!live.has(name)) violate(`telemetry before connect: ${name}`);
        if (topic === 'v1/gateway/claim') takeClaims(payload, live, claims, violate);
        if (topic === 'v1/gateway/attributes/request') answerDeviceOf(broker, payload, live, violate);
        for (const name of topic === 'v1/gateway/connect' ? [json.device!] : names) devices.add(name);
      } catch {
        violate(`${topic}: ${payload.toString()}`);
        broker.kick(clientId);
      }
    },
  });
}

/** Takes the secrets by which people can claim devices of a gateway. */
function takeClaims(payload: Buffer, live: Set<string>, claims: Claims, violate: (value: string) => void): void {
  for (const [name, claim] of Object.entries(JSON.parse(payload.toString()) as Record<string, unknown>)) {
    const { secretKey, durationMs } = claim as { secretKey: unknown; durationMs: unknown };
    if (!live.has(name)) violate(`claim before connect: ${name}`);
    if (typeof secretKey !== 'string' || typeof durationMs !== 'number') violate(`claim without secret: ${name}`);
    else claims.set(name, { secretKey, durationMs });
  }
}

/** Answers the question of a gateway for one attribute of a device; where there is none, without a value. */
function answerDeviceOf(
  broker: CloudBroker,
  payload: Buffer,
  live: Set<string>,
  violate: (value: string) => void,
): void {
  const { id, device, client, key } = JSON.parse(payload.toString()) as {
    id: unknown;
    device: string;
    client: unknown;
    key: string;
  };
  if (!live.has(device)) violate(`question before connect: ${device}`);
  if (!Number.isInteger(id) || client !== false || typeof key !== 'string') violate(`question: ${payload.toString()}`);
  const value = sharedOfDevices.get(broker)?.[device]?.[key];
  void broker.publish('v1/gateway/attributes/response', JSON.stringify({ id, device, value }));
}

/** Telemetry of a gateway's device that the server took, in order. */
export function deviceTelemetry(broker: CloudBroker, device: string): Telemetry[] {
  return broker.published
    .filter(({ topic }) => topic === GATEWAY_TELEMETRY)
    .flatMap(({ payload }) => gatewayTelemetryOf(payload))
    .flatMap(([name, items]) => (name === device ? items : []));
}

/** The arguments of the first `tagwire sim` on the page of a cloud, or of another one, for this broker and token. */
export function commandOf(cloud: string, broker: CloudBroker, token: string, index = 0): string[] {
  const page = readFileSync(new URL(`../../../docs/clouds/${cloud}.md`, import.meta.url), 'utf8');
  const command = [...page.matchAll(/npx tagwire (sim (?:.*\\\n)*.*)/g)][index]![1]!;
  return command
    .replaceAll('\\\n', ' ')
    .replace('mqtt://thingsboard.cloud', broker.url)
    .replace('TOKEN', token)
    .split(/\s+/);
}

/** All telemetry that the server took, in order. */
export function telemetry(broker: CloudBroker): Telemetry[] {
  return broker.published.filter(({ topic }) => topic === TELEMETRY).flatMap(({ payload }) => telemetryOf(payload));
}
