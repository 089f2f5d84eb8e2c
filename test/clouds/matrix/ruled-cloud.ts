import type { IConnectPacket, IPublishPacket, Packet } from 'mqtt-packet';
import { CLOUDS } from '../../../src/cloud/index.js';
import type { CloudLimits } from '../../../src/cloud/index.js';
import type { VirtualLink } from '../../connection/virtual-platform.js';
import { EPOCH } from '../../device/virtual-board.js';
import { AwsRules } from '../aws/rules.js';
import { AzureRules } from '../azure/rules.js';
import type { CloudConnect, CloudRules } from '../cloud-rules.js';
import { EventGridRules } from '../event-grid/rules.js';
import { SparkplugRules } from '../sparkplug/rules.js';
import { ThingsBoardGatewayRules } from '../thingsboard-gateway/rules.js';
import { ThingsBoardRules } from '../thingsboard/rules.js';
import { configurationOf, PROFILES } from './profiles.js';
import { VirtualCloud } from './virtual-cloud.js';
import type { Answer, CloudTime } from './virtual-cloud.js';

/** Not authorized (MQTT 3.1.1, 3.2.2.3). */
const REFUSED = 5;

/** The contract of a cloud for the device of its example; `now`: ms since 1970. */
export type MakeRules = (now: () => number) => CloudRules;

/** By name; what has no row here is held to its limits only. */
const RULES: { [cloud: string]: MakeRules } = {
  aws: () => {
    const rules = new AwsRules({ retainPublish: true });
    // Without rpcAccess the device refuses all of this, and has to say so.
    void rules.desire('shed', { interval: 5 });
    void rules.queue('shed', 'unknown', { method: 'sing' });
    void rules.queue('shed', 'forbidden', { method: 'configuration.set', params: { interval: 5 } });
    return rules;
  },
  azure: (now) => {
    const { deviceId, deviceKey } = configurationOf('azure');
    return new AzureRules({ [String(deviceId)]: { key: String(deviceKey) } }, now, 'contoso.azure-devices.net');
  },
  'event-grid': () => new EventGridRules('tagwire/shed/'),
  sparkplug: (now) => new SparkplugRules(undefined, now),
  // What rates they tell is tried in limits.test.ts.
  thingsboard: () => {
    const rules = new ThingsBoardRules([String(configurationOf('thingsboard').accessToken)], undefined);
    rules.shared = { fw_title: 'other', fw_version: '2', fw_size: 5 };
    return rules;
  },
  'thingsboard-gateway': () =>
    new ThingsBoardGatewayRules(String(configurationOf('thingsboard-gateway').accessToken), undefined),
};

/**
 * A cloud by its name. `limits`: what it enforces; default: its own. `answer`: what it says to messages, in place of
 * what its rules or its profile say. `commonName`: of the certificate, when a client has one.
 */
export function makeCloud(
  name: string,
  time: CloudTime,
  commonName: string,
  limits?: CloudLimits,
  answer?: Answer,
): VirtualCloud {
  const own = CLOUDS.find((each) => each.name === name)!.limits;
  const makeRules = RULES[name];
  if (!makeRules) return new VirtualCloud(limits ?? own, time, answer ?? PROFILES[name]!.answer);
  return new RuledCloud(makeRules, time, limits ?? own, commonName, answer);
}

/** A client that is connected. */
interface Peer {
  connect: CloudConnect;
  /** True after DISCONNECT. */
  hasLeft: boolean;
}

/**
 * A `VirtualCloud` that holds its clients to the rules of a cloud as well, and lets these answer.
 */
export class RuledCloud extends VirtualCloud {
  readonly rules: CloudRules;
  private readonly peers = new Map<VirtualLink, Peer>();
  /** Who sent the message that is taken now. */
  private sender = '';
  /** What the cloud says to it, behind its PUBACK. */
  private answers: (() => void)[] | undefined;
  private faults = 0;
  private lastLogin: CloudConnect | undefined;

  /** `commonName`: of the certificate, when a client has one. */
  constructor(
    makeRules: MakeRules,
    time: CloudTime,
    limits: CloudLimits,
    private readonly commonName: string,
    answer?: Answer,
  ) {
    const rules = makeRules(() => EPOCH + time.now());
    super(limits, time, answer ?? (() => this.speak()));
    this.rules = rules;
    this.expiresAt = () => (this.rules.expiresAt?.(this.lastLogin!) ?? Infinity) - EPOCH;
    rules.voice = {
      publish: (topic, payload, qos = 1) => {
        const say = (): void => void this.say(topic, Buffer.from(payload as Uint8Array), qos);
        if (this.answers) this.answers.push(say);
        else say();
      },
    };
  }

  override pending(): string[] {
    return this.rules.pending?.() ?? [];
  }

  override forgetSession(): void {
    super.forgetSession();
    this.rules.onRestart?.();
  }

  override ended(link: VirtualLink): void {
    super.ended(link);
    const peer = this.peers.get(link);
    if (!peer) return;
    this.peers.delete(link);
    const { will, clientId } = peer.connect;
    if (will && !peer.hasLeft)
      this.judge(() => this.rules.onPublish({ ...will, clientId, payload: will.bytes, dup: false }));
    this.rules.onEnd?.(clientId);
  }

  protected override answer(link: VirtualLink, packet: Packet): void {
    // A CONNECT counts as soon as it was sent: also one that is lost.
    if (packet.cmd === 'connect') {
      const connect = this.read(packet);
      this.lastLogin = connect;
      if (this.rules.authenticate(connect) === 0) this.peers.set(link, { connect, hasLeft: false });
    }
    const peer = this.peers.get(link);
    this.sender = peer?.connect.clientId ?? '';
    if (peer && packet.cmd === 'disconnect') peer.hasLeft = true;
    super.answer(link, packet);
    this.answers = undefined;
    if (packet.cmd === 'disconnect') this.ended(link);
    if (packet.cmd !== 'subscribe' || !this.links.has(link)) return;
    for (const { topic } of packet.subscriptions) this.rules.onSubscribe?.(this.sender, topic);
  }

  protected override take(packet: IPublishPacket): void {
    super.take(packet);
    const { topic, payload, qos, retain, dup } = packet;
    this.answers = [];
    const message = { clientId: this.sender, topic, payload: Buffer.from(payload), qos, retain, dup };
    this.judge(() => this.rules.onPublish(message));
  }

  protected override accepts(link: VirtualLink, packet: Packet): boolean {
    // What breaks a limit is that first.
    this.judge(() => {});
    const peer = this.peers.get(link);
    if (!peer) {
      this.send(link, { cmd: 'connack', returnCode: REFUSED, sessionPresent: false });
      return false;
    }
    const { clientId } = peer.connect;
    if (packet.cmd === 'publish') {
      return this.judge(() => this.rules.mayPublish?.(clientId, packet.topic, Buffer.from(packet.payload)) ?? true);
    }
    if (packet.cmd !== 'subscribe') return true;
    return packet.subscriptions.every(
      ({ topic }) => this.judge(() => this.rules.maySubscribe?.(clientId, topic) ?? true) === true,
    );
  }

  /** Sends what the cloud says to the message that was taken. */
  private speak(): void {
    const answers = this.answers ?? [];
    this.answers = undefined;
    for (const say of answers) say();
  }

  /** Asks the rules, and counts what they find among the violations. */
  private judge<Verdict>(ask: () => Verdict): Verdict {
    const verdict = ask();
    const { faults } = this.rules;
    for (; this.faults < faults.length; this.faults++) {
      const { id, detail } = faults[this.faults]!;
      this.violations.push({ rule: 'contract', value: `${id}: ${detail}` });
    }
    return verdict;
  }

  /** What a client says in CONNECT and in a handshake. */
  private read({ clientId, username, password, clean, keepalive, will }: IConnectPacket): CloudConnect {
    const { host, tls } = this.endpoint ?? {};
    const isAddress = /^[0-9.]+$/.test(host ?? '');
    return {
      clientId,
      username,
      password: password?.toString(),
      clean: clean !== false,
      keepAliveSeconds: keepalive ?? 0,
      will: will && {
        topic: will.topic,
        payload: will.payload.toString(),
        bytes: Buffer.from(will.payload),
        qos: will.qos ?? 0,
        retain: will.retain ?? false,
      },
      serverName: tls && (tls.serverName ?? (isAddress ? '' : host)),
      alpn: tls?.alpn?.[0],
      certificate: tls?.certificate === undefined ? undefined : this.commonName,
    };
  }
}
