import type { CloudConnect, CloudMessage } from '../cloud-rules.js';
import { telemetryOf, textIn, ThingsBoardRules } from '../thingsboard/rules.js';
import type { SessionLimitsAnswer, Telemetry } from '../thingsboard/rules.js';

export const GATEWAY_TELEMETRY = 'v1/gateway/telemetry';
const CONNECT = 'v1/gateway/connect';
const DISCONNECT = 'v1/gateway/disconnect';
const ATTRIBUTES = 'v1/gateway/attributes';
const QUESTION = 'v1/gateway/attributes/request';
const CLAIM = 'v1/gateway/claim';
const MAY_PUBLISH = /^v1\/gateway\/(connect|disconnect|telemetry|attributes|attributes\/request|claim|rpc)$/;
const MAY_SUBSCRIBE = /^v1\/gateway\/(attributes|attributes\/response|rpc)$/;

/** What people may claim devices with: by device, the secret and for how many milliseconds. */
export type Claims = Map<string, { secretKey: string; durationMs: number }>;

/** The telemetry of a gateway's devices in a message. Throws when the server would not take it. */
export function gatewayTelemetryOf(payload: Buffer): [device: string, Telemetry[]][] {
  return Object.entries(JSON.parse(payload.toString()) as object).map(([device, items]) => {
    if (!Array.isArray(items)) throw new Error('the telemetry of a device must be an array');
    return [device, telemetryOf(Buffer.from(JSON.stringify(items)))];
  });
}

/**
 * The same for a device that is a gateway (Gateway MQTT API Reference). As on the server, a name that it does not know
 * creates a device: `devices` has them all. Unlike there, telemetry, questions and claims of a device that was not said
 * to be connected on this connection are a fault, since without that the device gets neither calls nor attributes. What
 * is sent again goes before all else on a new connection, also without a session that is kept; of a device that was
 * there on an earlier connection it may be said afterwards.
 */
export class ThingsBoardGatewayRules extends ThingsBoardRules {
  /** Shared attributes that people have set, by device. */
  sharedOfDevices: { [device: string]: { [name: string]: unknown } } = {};
  private readonly live = new Set<string>();
  /** Devices that were connected or disconnected on this connection, and on earlier ones. */
  private readonly said = new Set<string>();
  private readonly saidEarlier = new Set<string>();
  /** Devices whose messages came on this connection before that. */
  private readonly owed = new Set<string>();

  constructor(
    token: string,
    told: SessionLimitsAnswer | undefined,
    readonly devices = new Set<string>(),
    readonly claims: Claims = new Map(),
  ) {
    super([token], told);
  }

  override authenticate(connect: CloudConnect): number {
    for (const name of this.said) this.saidEarlier.add(name);
    for (const names of [this.live, this.said, this.owed]) names.clear();
    return super.authenticate(connect);
  }

  override pending(): string[] {
    return [...super.pending(), ...[...this.owed].map((name) => `connect or disconnect of ${name}`)];
  }

  onRestart(): void {
    for (const names of [this.live, this.said, this.saidEarlier, this.owed]) names.clear();
  }

  override onPublish(message: CloudMessage): void {
    const { topic, payload } = message;
    if (!topic.startsWith('v1/gateway/')) return super.onPublish(message);
    if (topic === CONNECT || topic === DISCONNECT) {
      const device = textIn(payload, 'device');
      this.said.add(device);
      this.owed.delete(device);
      if (topic === DISCONNECT) this.live.delete(device);
      else {
        this.live.add(device);
        this.devices.add(device);
      }
    } else if (topic === CLAIM) this.takeClaims(payload);
    else if (topic === QUESTION) this.answer(payload);
    else if (topic === GATEWAY_TELEMETRY) {
      for (const [name] of gatewayTelemetryOf(payload)) {
        this.needsConnect(name, 'telemetry');
        this.devices.add(name);
      }
    }
  }

  protected override telemetryIn(message: Pick<CloudMessage, 'topic' | 'payload'>): Telemetry[] {
    if (message.topic !== GATEWAY_TELEMETRY) return super.telemetryIn(message);
    return gatewayTelemetryOf(message.payload).flatMap(([, each]) => each);
  }

  protected override isTopic(topic: string): boolean {
    return super.isTopic(topic) || MAY_PUBLISH.test(topic);
  }

  protected override isFilter(filter: string): boolean {
    return super.isFilter(filter) || MAY_SUBSCRIBE.test(filter);
  }

  protected override check(topic: string, payload: Buffer): void {
    if (!topic.startsWith('v1/gateway/')) return super.check(topic, payload);
    if (topic === GATEWAY_TELEMETRY) gatewayTelemetryOf(payload);
    else if (topic === CONNECT || topic === DISCONNECT || topic === QUESTION) textIn(payload, 'device');
    else if (topic === ATTRIBUTES) {
      const all = JSON.parse(payload.toString()) as object;
      for (const each of Object.values(all)) telemetryOf(Buffer.from(JSON.stringify(each)));
    } else JSON.parse(payload.toString());
  }

  private needsConnect(device: string, what: string): void {
    if (this.live.has(device)) return;
    if (this.saidEarlier.has(device) && !this.said.has(device)) this.owed.add(device);
    else this.fault(`${what} before connect`, device);
  }

  /** Takes the secrets by which people can claim devices of a gateway. */
  private takeClaims(payload: Buffer): void {
    for (const [name, claim] of Object.entries(JSON.parse(payload.toString()) as Record<string, unknown>)) {
      const { secretKey, durationMs } = claim as { secretKey: unknown; durationMs: unknown };
      this.needsConnect(name, 'claim');
      if (typeof secretKey !== 'string' || typeof durationMs !== 'number') this.fault('claim without secret', name);
      else this.claims.set(name, { secretKey, durationMs });
    }
  }

  /** Answers the question for one attribute of a device; where there is none, without a value. */
  private answer(payload: Buffer): void {
    const { id, device, client, key } = JSON.parse(payload.toString()) as {
      id: unknown;
      device: string;
      client: unknown;
      key: string;
    };
    this.needsConnect(device, 'question');
    const isWhole = Number.isInteger(id) && client === false && typeof key === 'string';
    if (!isWhole) this.fault('question', payload.toString());
    const value = this.sharedOfDevices[device]?.[key];
    void this.voice.publish('v1/gateway/attributes/response', JSON.stringify({ id, device, value }));
  }
}
