import { generate } from 'mqtt-packet';
import type { IConnectPacket, IPublishPacket, ISubscribePacket, Packet } from 'mqtt-packet';
import { describe, expect, it } from 'vitest';
import { parseForDesktop } from '../../../sim/cli/configuration-file.js';
import { CLOUDS } from '../../../src/cloud/index.js';
import type { CloudLimits } from '../../../src/cloud/index.js';
import { checkLimits, MQTT_LIMITS } from '../../../src/cloud/limits.js';
import type { TopicUse } from '../../../src/cloud/limits.js';
import type { Endpoint } from '../../../src/hal/index.js';
import type { Configuration, RawConfiguration } from '../../../src/settings/index.js';
import { VirtualPlatform } from '../../connection/virtual-platform.js';
import { mikrotik } from '../../device/hand-scanner.js';
import { Conversation, readingsOf } from './conversation.js';
import { configurationOf, PROFILES } from './profiles.js';
import { VirtualCloud } from './virtual-cloud.js';
import type { Answer, Rule } from './virtual-cloud.js';

/** How a limit is exceeded, by a configuration and by a client that heeds none. */
interface Case {
  /** Begins the line that refuses a configuration; undefined: a rate, which the device keeps (punishments.test.ts). */
  line?(limits: CloudLimits): string;
  /** Makes a configuration, or what a device uses, exceed it. */
  exceed?(configuration: Configuration, uses: TopicUse[], limits: CloudLimits): void;
  /** Keys that exceed it; undefined: no key can, in this cloud. */
  raw?(limits: CloudLimits): RawConfiguration | undefined;
  /** Packets of a client that exceeds it, behind its CONNECT. */
  packets?(limits: CloudLimits): Packet[];
  connect?(limits: CloudLimits): Partial<IConnectPacket>;
  endpoint?: Endpoint;
  /** The cloud acknowledges nothing meanwhile. */
  isMute?: boolean;
}

const PUBLISH: IPublishPacket = {
  cmd: 'publish',
  topic: 't',
  payload: '',
  qos: 0,
  retain: false,
  dup: false,
};
const USE: TopicUse = { topic: 't', purpose: 'a test', kind: 'publish', qos: 1, retain: false, shortenedBy: 'it' };
const NAMED: Endpoint = { host: 'broker.example', port: 8883, tls: {} };

function subscribe(...topics: string[]): ISubscribePacket {
  return { cmd: 'subscribe', messageId: 1, subscriptions: topics.map((topic) => ({ topic, qos: 0 })) } as never;
}

function publishes(count: number, packet: Partial<IPublishPacket> = {}): IPublishPacket[] {
  const { qos = 0 } = packet;
  return Array.from({ length: count }, (_, i) => ({ ...PUBLISH, ...packet, ...(qos > 0 && { messageId: i + 1 }) }));
}

function names(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `f${i}`);
}

/** By rule: a limit that is new to `CloudLimits` does not compile without its case. */
const CASES: { [rule in Rule]: Case } = {
  clientIdBytes: {
    line: ({ clientIdBytes }) => `a client identifier has at most ${clientIdBytes} bytes; yours has`,
    exceed: ({ connection }, _uses, { clientIdBytes = 0 }) => (connection.clientId = 'c'.repeat(clientIdBytes + 1)),
    connect: ({ clientIdBytes = 0 }) => ({ clientId: 'c'.repeat(clientIdBytes + 1) }),
  },
  topicBytes: {
    line: ({ topicBytes }) => `a topic has at most ${topicBytes} bytes; yours has`,
    exceed: (_configuration, uses, { topicBytes = 0 }) => uses.push({ ...USE, topic: 't'.repeat(topicBytes + 1) }),
    raw: ({ topicBytes = 0 }) =>
      topicBytes < 1000
        ? { prefix: 'p'.repeat(128), gateway: 'g'.repeat(64), topic: '{prefix}/{prefix}/{gateway}/{tag}' }
        : undefined,
    packets: ({ topicBytes = 0 }) => [{ ...PUBLISH, topic: 't'.repeat(topicBytes + 1) }],
  },
  topicSlashes: {
    line: ({ topicSlashes }) => `a topic has at most ${topicSlashes} slashes; yours has`,
    exceed: (_configuration, uses, { topicSlashes = 0 }) => uses.push({ ...USE, topic: '/'.repeat(topicSlashes + 1) }),
    // Those of Sparkplug have a fixed depth.
    raw: ({ topicSlashes = 0 }) => (topicSlashes > 4 ? { prefix: 'a/b/c/d/e/f/g/h' } : undefined),
    packets: ({ topicSlashes = 0 }) => [{ ...PUBLISH, topic: '/'.repeat(topicSlashes + 1) }],
  },
  filtersPerSubscribe: {
    // The session makes no larger SUBSCRIBE: see below.
    packets: ({ filtersPerSubscribe = 0 }) => [subscribe(...names(filtersPerSubscribe + 1))],
  },
  subscriptions: {
    line: ({ subscriptions }) => `a connection has at most ${subscriptions} subscriptions; yours has`,
    exceed: (_configuration, uses, { subscriptions = 0 }) =>
      names(subscriptions + 1).forEach((topic) => uses.push({ ...USE, topic, kind: 'subscribe' })),
    packets: ({ subscriptions = 0 }) => names(subscriptions + 1).map((topic) => subscribe(topic)),
  },
  payloadBytes: {
    line: ({ payloadBytes }) => `a payload has at most ${payloadBytes} bytes; yours has`,
    exceed: (configuration, _uses, { payloadBytes = 0 }) => (configuration.maxPayload = payloadBytes + 1),
    // `maxPayload` is at most 65536, which every cloud takes.
    packets: ({ payloadBytes = 0 }) => [{ ...PUBLISH, payload: 'p'.repeat(payloadBytes + 1) }],
  },
  messagesPerSecond: { packets: ({ messagesPerSecond = 0 }) => publishes(messagesPerSecond + 1) },
  bytesPerSecond: {
    packets: ({ bytesPerSecond = 0 }) => publishes(10, { payload: 'p'.repeat(bytesPerSecond / 10 + 1) }),
  },
  pointsPerSecond: { packets: ({ pointsPerSecond = 0 }) => publishes(pointsPerSecond + 1) },
  inFlight: {
    line: ({ inFlight = 0 }) =>
      `a connection has at most ${inFlight} messages in flight; yours has ${inFlight + 1}; lower`,
    exceed: ({ connection }, _uses, { inFlight = 0 }) => (connection.maxInFlight = inFlight + 1),
    raw: ({ inFlight = 0 }) => (inFlight < 1024 ? { inFlight: inFlight + 1 } : undefined),
    packets: ({ inFlight = 0 }) => publishes(inFlight + 1, { qos: 1 }),
    isMute: true,
  },
  keepAliveSeconds: {
    line: ({ keepAliveSeconds }) =>
      `keep alive is from ${keepAliveSeconds!.min} to ${keepAliveSeconds!.max} s; yours is`,
    exceed: ({ connection }, _uses, { keepAliveSeconds }) => (connection.keepAliveSeconds = keepAliveSeconds!.max + 1),
    raw: ({ keepAliveSeconds }) => ({ keepAlive: keepAliveSeconds!.max + 1 }),
    connect: ({ keepAliveSeconds }) => ({ keepalive: keepAliveSeconds!.max + 1 }),
  },
  maxQos: {
    line: ({ maxQos }) => `QoS is at most ${maxQos}; yours is 2 for a test; choose another cloud`,
    exceed: (_configuration, uses) => uses.push({ ...USE, qos: 2 as 1 }),
    packets: () => publishes(1, { qos: 2 }),
  },
  retain: {
    line: () => 'retained messages are refused; yours for a test is; choose another cloud',
    exceed: (_configuration, uses) => uses.push({ ...USE, retain: true }),
    packets: () => publishes(1, { retain: true }),
  },
  willQos: {
    line: ({ willQos }) => `QoS is at most ${willQos}; yours is 2 for a test; choose another cloud`,
    exceed: (_configuration, uses) => uses.push({ ...USE, kind: 'will', qos: 2 as 1 }),
    connect: () => ({ will: { topic: 't', payload: Buffer.from('w'), qos: 2, retain: false } }),
  },
  willRetain: {
    line: () => 'a will must not be retained; yours for a test is; choose another cloud',
    exceed: (_configuration, uses) => uses.push({ ...USE, kind: 'will', retain: true }),
    connect: () => ({ will: { topic: 't', payload: Buffer.from('w'), qos: 0, retain: true } }),
  },
  tls: {
    line: () => 'TLS is required; yours is mqtt://broker; begin broker with mqtts://',
    exceed: ({ connection }) => (connection.endpoints = [{ host: 'broker', port: 1883 }]),
    // The second one is for the certificate that some must have.
    raw: () => ({ broker: 'mqtt://broker,mqtts://spare' }),
    endpoint: { host: 'broker', port: 1883 },
  },
  serverName: {
    line: () =>
      'the server must be named (SNI); yours is the address 10.0.0.1; name a host in broker, or set serverName',
    exceed: ({ connection }) => (connection.endpoints = [{ host: '10.0.0.1', port: 8883, tls: {} }]),
    raw: () => ({ broker: 'mqtts://10.0.0.1' }),
    endpoint: { host: '10.0.0.1', port: 8883, tls: {} },
  },
  connectsPerSecond: {
    packets: ({ connectsPerSecond = 0 }) => Array.from({ length: connectsPerSecond }, () => connectPacket({})),
  },
};

const rows = CLOUDS.flatMap(({ name, title, limits }) =>
  (Object.keys(limits) as (Rule | 'source' | 'told')[])
    .filter((rule) => rule !== 'source' && rule !== 'told')
    .map((rule) => ({ name, title, limits, rule, each: CASES[rule] })),
);

/** A limit that MQTT has itself cannot be exceeded: there is no packet for it. */
function isMqtts({ rule, limits }: (typeof rows)[number]): boolean {
  return JSON.stringify(limits[rule]) === JSON.stringify(MQTT_LIMITS[rule]);
}

function connectPacket(options: Partial<IConnectPacket>): IConnectPacket {
  return {
    cmd: 'connect',
    clientId: 'c',
    keepalive: 60,
    clean: true,
    protocolId: 'MQTT',
    protocolVersion: 4,
    ...options,
  };
}

/** A client without manners sends packets to a cloud. Returns the rules that it broke, and whether it was let go on. */
function send(limits: CloudLimits, endpoint: Endpoint, packets: Packet[], isMute = false): [string[], boolean] {
  const platform = new VirtualPlatform();
  const time = {
    now: () => platform.time.now(),
    later: (milliseconds: number, callback: () => void) => platform.later(milliseconds, callback),
  };
  const cloud = new VirtualCloud(limits, time);
  cloud.endpoint = endpoint;
  cloud.acknowledges = !isMute;
  platform.listen(endpoint.host, endpoint.port, cloud);
  let isOpen = true;
  platform.transport.open(endpoint.host, endpoint, {
    onOpen: () => {
      for (const packet of packets) {
        const bytes = generate(packet);
        platform.transport.write(bytes, 0, bytes.length);
      }
    },
    onReceive: (_bytes, from, to) => to - from,
    onWritable: () => {},
    onClose: () => (isOpen = false),
  });
  platform.run(100);
  return [[...new Set(cloud.violations.map(({ rule }) => rule))], isOpen];
}

/** What a server says of a limit that it tells, and how a device comes near it. */
const TOLD: { [rule in Rule]?: { limit: number; says: object; raw?: RawConfiguration; isMute?: boolean } } = {
  payloadBytes: { limit: 500, says: { maxPayloadSize: 500 }, raw: { batch: 20, batchSeconds: 2, health: 0 } },
  messagesPerSecond: { limit: 20, says: rates({ messages: '20:1' }) },
  pointsPerSecond: { limit: 50, says: rates({ telemetryDataPoints: '50:1' }) },
  inFlight: { limit: 6, says: { maxInflightMessages: 6 }, isMute: true },
};

function rates(rateLimits: object): object {
  return { rateLimits, gatewayRateLimits: rateLimits };
}

const told = CLOUDS.flatMap(({ name, limits }) => (limits.told ?? []).map((rule) => ({ name, rule: rule as Rule })));

describe('each limit that a server tells', () => {
  /** Readings of a moment, from a server that holds the device to the limit, and tells it or not. */
  function meet(name: string, rule: Rule, isTold: boolean): Conversation {
    const { limit, says, raw, isMute = false } = TOLD[rule]!;
    const { limits } = CLOUDS.find((each) => each.name === name)!;
    const answer: Answer = (topic, payload, say) => {
      if (!payload.toString().includes('getSessionLimits') || !isTold) return;
      say(topic.replace('request', 'response'), JSON.stringify(says), 1);
    };
    const all = { outbox: 1_000_000, ...raw };
    const talk = new Conversation(name, { limits: { ...limits, [rule]: limit }, answer, raw: all });
    talk.wait(10_000);
    talk.cloud.acknowledges = !isMute;
    for (let i = 0; i < 40; i++) talk.hear('DC:2C:6E:0F:C0:3D', mikrotik(i + 1, 20 * 256 + i * 64));
    talk.wait(3000);
    talk.cloud.acknowledges = true;
    talk.wait(180_000);
    return talk;
  }

  it.each(told)('$name: $rule is kept, and nothing is lost', ({ name, rule }) => {
    const talk = meet(name, rule, true);
    expect(talk.cloud.violations).toEqual([]);
    expect(new Set(readingsOf(talk).map(({ temperature }) => temperature)).size).toBe(40);
  });

  it.each(told)('$name: $rule is punished when it is not told', ({ name, rule }) => {
    expect(meet(name, rule, false).cloud.violations.map((violation) => violation.rule)).toContain(rule);
  });
});

describe('each limit of each cloud', () => {
  it('has a case, and a rate one in punishments.test.ts', () => {
    for (const { name, rule, each } of rows) expect(each, `${name}: ${rule}`).toBeDefined();
    const kept = Object.entries(CASES).filter(([, each]) => each.line === undefined);
    expect(kept.map(([rule]) => rule).sort()).toEqual([
      'bytesPerSecond',
      'connectsPerSecond',
      'filtersPerSubscribe',
      'messagesPerSecond',
      'pointsPerSecond',
    ]);
  });

  it.each(rows.filter(({ each }) => each.line))('$name: $rule exceeded is refused at start', (row) => {
    const { name, title, limits, each } = row;
    const configuration = parseForDesktop(configurationOf(name), true);
    const uses: TopicUse[] = [];
    each.exceed!(configuration, uses, limits);
    const mistakes: string[] = [];
    checkLimits(title, limits, configuration, uses, mistakes);
    const line = `${title}: ${each.line!(limits)}`;
    expect(
      mistakes.find((mistake) => mistake.startsWith(line)),
      mistakes.join('\n'),
    ).toBeDefined();
    const raw = isMqtts(row) ? undefined : each.raw?.(limits);
    if (!raw) return;
    expect(() => parseForDesktop({ ...configurationOf(name), ...raw }, false)).toThrow(line);
  });

  const punished = rows.filter((row) => !isMqtts(row));

  it.each(punished)('$name: $rule exceeded is punished', ({ name, limits, rule, each }) => {
    const packets = [connectPacket(each.connect?.(limits) ?? {}), ...(each.packets?.(limits) ?? [])];
    const [rules, isOpen] = send(limits, each.endpoint ?? NAMED, packets, each.isMute);
    expect(rules).toContain(rule);
    expect(isOpen).toBe(false);
    expect(PROFILES[name]).toBeDefined();
  });

  // A raw configuration that a device can really have, without the check.
  it.each(punished.filter(({ rule, limits, each }) => rule !== 'inFlight' && each.raw?.(limits)))(
    '$name: $rule exceeded by a device is punished',
    ({ name, limits, rule, each }) => {
      const talk = new Conversation(name, { raw: each.raw!(limits)!, unchecked: true });
      talk.wait(5000);
      talk.hear('DC:2C:6E:0F:C0:3D', mikrotik(1, 20 * 256));
      talk.wait(5000);
      expect(talk.cloud.violations[0]?.rule).toBe(rule);
    },
  );

  it('a device that exceeds none is not punished', () => {
    for (const { limits } of CLOUDS) {
      const packets = [connectPacket({}), { ...PUBLISH, topic: 'a' }, subscribe('b')];
      expect(send(limits, NAMED, packets)).toEqual([[], true]);
    }
  });

  it('filtersPerSubscribe: a device asks for so many at once, and no more', () => {
    const limits: CloudLimits = { ...CLOUDS.find(({ name }) => name === 'aws')!.limits, filtersPerSubscribe: 2 };
    const raw = { shadow: 'classic', jobs: true };
    const heedless = new Conversation('aws', { raw, limits });
    heedless.wait(5000);
    expect(heedless.cloud.violations.map(({ rule }) => rule)).toContain('filtersPerSubscribe');
    const talk = new Conversation('aws', { raw, limits, believed: limits });
    talk.wait(5000);
    expect(talk.cloud.violations).toEqual([]);
    expect([...talk.cloud.subscribed.get(1)!].length).toBeGreaterThan(4);
  });
});
