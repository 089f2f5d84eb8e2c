import { readFileSync } from 'node:fs';
import { CloudBroker } from '../cloud-broker.js';
import type { CloudBrokerOptions } from '../cloud-broker.js';
import { GATEWAY_TELEMETRY, gatewayTelemetryOf, ThingsBoardGatewayRules } from '../thingsboard-gateway/rules.js';
import type { Claims } from '../thingsboard-gateway/rules.js';
import { TELEMETRY, telemetryOf, ThingsBoardRules } from './rules.js';
import type { SessionLimitsAnswer, Telemetry } from './rules.js';

const servers = new WeakMap<CloudBroker, ThingsBoardRules>();

/** A broker that holds its devices to the rules. */
export async function serve(rules: ThingsBoardRules, options: Partial<CloudBrokerOptions> = {}): Promise<CloudBroker> {
  const pointsOf = rules.pointsOf.bind(rules);
  const broker = await CloudBroker.judge(rules, { isolated: true, pointsOf, ...options });
  servers.set(broker, rules);
  return broker;
}

/** A server that knows devices by their tokens, and tells these limits. */
export function startThingsBoard(
  tokens: readonly string[],
  limits: SessionLimitsAnswer | undefined,
  options: Partial<CloudBrokerOptions> = {},
): Promise<CloudBroker> {
  return serve(new ThingsBoardRules(tokens, limits), options);
}

/** One that knows a gateway by its token. */
export function startThingsBoardGateway(
  token: string,
  limits: SessionLimitsAnswer,
  devices: Set<string>,
  claims: Claims = new Map(),
): Promise<CloudBroker> {
  return serve(new ThingsBoardGatewayRules(token, limits, devices, claims));
}

/** Sets the shared attributes of the device, as people do while it is away. */
export function share(broker: CloudBroker, attributes: ThingsBoardRules['shared']): void {
  servers.get(broker)!.shared = attributes;
}

/** The same for the devices of a gateway. */
export function shareWithDevices(broker: CloudBroker, attributes: ThingsBoardGatewayRules['sharedOfDevices']): void {
  (servers.get(broker) as ThingsBoardGatewayRules).sharedOfDevices = attributes;
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
