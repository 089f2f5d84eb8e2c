import { THINGSBOARD_LIMITS } from '../../../src/cloud/thingsboard/limits.js';
import { CloudBroker } from '../cloud-broker.js';
import type { CloudBrokerOptions, CloudConnect, CloudMessage } from '../cloud-broker.js';

const TELEMETRY = 'v1/devices/me/telemetry';
const ATTRIBUTES = 'v1/devices/me/attributes';
const REQUEST = /^v1\/devices\/me\/rpc\/request\/(\d+)$/;
const MAY_PUBLISH = /^v1\/devices\/me\/(telemetry|attributes|rpc\/(request|response)\/\d+)$/;
const MAY_SUBSCRIBE = /^v1\/devices\/me\/(attributes|rpc\/(request|response)\/\+)$/;

/** What `getSessionLimits` answers (MQTT Device API Reference). */
export interface SessionLimitsAnswer {
  maxPayloadSize: number;
  maxInflightMessages: number;
  rateLimits: { messages?: string; telemetryMessages?: string; telemetryDataPoints?: string };
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
  if (topic !== TELEMETRY) return 0;
  try {
    return telemetryOf(payload).reduce((sum, { values }) => sum + Object.keys(values).length, 0);
  } catch {
    return 0;
  }
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
  const messagesPerSecond = perSecond(limits?.rateLimits.messages);
  const pointsPerSecond = perSecond(limits?.rateLimits.telemetryDataPoints);
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
    onPublish(message, broker) {
      const { clientId, topic, payload } = message;
      try {
        if (topic === TELEMETRY) telemetryOf(payload);
        else if (topic === ATTRIBUTES) telemetryOf(payload);
      } catch {
        broker.violations.push({ clientId, rule: 'topic', value: `${topic}: ${payload.toString()}` });
        broker.kick(clientId);
      }
      const id = REQUEST.exec(topic)?.[1];
      if (id === undefined || !limits) return;
      const { method } = JSON.parse(payload.toString()) as { method: string };
      const answer = method === 'getSessionLimits' ? limits : { error: `unknown method ${method}` };
      void broker.publish(`v1/devices/me/rpc/response/${id}`, JSON.stringify(answer));
    },
    ...options,
  });
}

/** All telemetry that the server took, in order. */
export function telemetry(broker: CloudBroker): Telemetry[] {
  return broker.published.filter(({ topic }) => topic === TELEMETRY).flatMap(({ payload }) => telemetryOf(payload));
}
