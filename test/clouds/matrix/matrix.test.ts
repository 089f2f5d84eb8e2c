import { describe, expect, it } from 'vitest';
import { parseForDesktop } from '../../../sim/cli/configuration-file.js';
import { CLOUDS } from '../../../src/cloud/index.js';
import type { CloudLimits } from '../../../src/cloud/index.js';
import type { RawConfiguration } from '../../../src/settings/index.js';
import { mikrotik } from '../../device/hand-scanner.js';
import { Conversation, readingsOf } from './conversation.js';
import type { ConversationOptions } from './conversation.js';
import { configurationOf, PROFILES } from './profiles.js';
import type { Cut, VirtualCloud } from './virtual-cloud.js';

const TAG = 'DC:2C:6E:0F:C0:3D';
const READINGS = 5;

/** Profiles of `CLOUDS` that the matrix can judge. */
const NAMES = CLOUDS.map(({ name }) => name).filter((name) => PROFILES[name] !== undefined);

it.each(CLOUDS.map(({ name }) => name))('%s has a row in the matrix', (name) => {
  const missing = `cloud "${name}" has no row in PROFILES: add one to test/clouds/matrix/profiles.ts`;
  expect(PROFILES[name], missing).toBeDefined();
});

it('the matrix has no row without a profile', () => {
  expect(Object.keys(PROFILES).filter((row) => !CLOUDS.some(({ name }) => name === row))).toEqual([]);
});

interface Outcome {
  cloud: VirtualCloud;
  /** Temperatures that were taken, the same one again left out. */
  temperatures: number[];
  /** The same reading twice on one connection. */
  repeated: number[];
  answers: number;
}

/** The whole conversation of a profile: connect, subscribe, readings, a call and its answer. */
function converse(name: string, options?: ConversationOptions): Outcome {
  const talk = new Conversation(name, options);
  talk.wait(5000);
  for (let i = 0; i < READINGS; i++) {
    if (i === 2) talk.call();
    talk.hear(TAG, mikrotik(i + 1, (20 + i) * 256));
    talk.wait(2000);
  }
  talk.end();
  const places = new Set<string>();
  const temperatures = new Set<number>();
  const repeated: number[] = [];
  for (const { temperature, connection } of readingsOf(talk)) {
    const place = `${connection} ${temperature}`;
    if (places.has(place)) repeated.push(temperature);
    places.add(place);
    temperatures.add(temperature);
  }
  return { cloud: talk.cloud, temperatures: [...temperatures], repeated, answers: talk.answers };
}

const ALL = Array.from({ length: READINGS }, (_, i) => (20 + i) * 100);

describe.each(NAMES)('%s (contract emulation)', (name) => {
  const whole = converse(name);

  it('takes every reading once and in order, answers the call, and finds no violation', () => {
    expect(whole.cloud.violations).toEqual([]);
    expect(whole.temperatures, whole.cloud.conversation.join('\n')).toEqual(ALL);
    expect(whole.repeated).toEqual([]);
    expect(whole.answers).toBe(PROFILES[name]!.call ? 1 : 0);
  });

  const atMostOnce = !whole.cloud.taken.some(({ topic, qos }) => qos === 1 && PROFILES[name]!.readings.test(topic));

  const wanted = [...(whole.cloud.subscribed.get(1) ?? [])].sort().join();
  const lastReading = Math.max(
    ...whole.cloud.conversation.map((packet, index) =>
      PROFILES[name]!.readings.test(packet.slice('> publish '.length)) ? index : -1,
    ),
  );

  const sides = ['before', 'after', 'restart'];
  if (!PROFILES[name]!.isClean) sides.push('before, kept session', 'after, kept session');

  it.each(sides)('loses nothing at any packet: %s', (side) => {
    const faults: string[] = [];
    const isKept = side.endsWith('kept session');
    const raw = isKept ? { cleanSession: false } : undefined;
    let redelivered = 0;
    let keeps = false;
    for (const [index, packet] of whole.cloud.conversation.entries()) {
      const cut: Cut = { index, side: side.startsWith('before') ? 'before' : 'after' };
      const outcome = converse(name, {
        prepare: (cloud) => void (cloud.cut = cut),
        restarts: side === 'restart',
        ...(raw && { raw }),
      });
      const missing = ALL.filter((value) => !outcome.temperatures.includes(value));
      const ordered = outcome.temperatures.every((value, i, all) => i === 0 || value > all[i - 1]!);
      // With QoS 0, what was on its way when the link broke is lost, as documented.
      if (missing.length > (atMostOnce && side !== 'restart' ? 1 : 0))
        faults.push(`${index} ${packet}: lost ${missing.join()}`);
      if (!ordered) faults.push(`${index} ${packet}: order ${outcome.temperatures.join()}`);
      if (outcome.repeated.length > 0) faults.push(`${index} ${packet}: twice ${outcome.repeated.join()}`);
      if (PROFILES[name]!.call && outcome.answers === 0) faults.push(`${index} ${packet}: no answer`);
      if (index < lastReading) {
        const { connections, subscribed } = outcome.cloud;
        if (connections !== 2) faults.push(`${index} ${packet}: ${connections} connections`);
        const filters = [...(subscribed.get(connections) ?? [])].sort().join();
        if (filters !== wanted) faults.push(`${index} ${packet}: subscribed to ${filters}`);
      }
      for (const { rule, value } of outcome.cloud.violations) faults.push(`${index} ${packet}: ${rule} ${value}`);
      redelivered += outcome.cloud.redelivered;
      keeps ||= outcome.cloud.sessionPresent;
    }
    expect(faults).toEqual([]);
    // Of this, the checks of DUP and identifiers have seen something.
    if (keeps && !atMostOnce) expect(redelivered).toBeGreaterThan(0);
  });

  it.each([
    ['ends each connection after CONNACK', (cloud: VirtualCloud): void => void (cloud.drops = true)],
    ['refuses each login', (cloud: VirtualCloud): void => void (cloud.returnCode = 5)],
  ])('backs off when the broker %s', (_, misbehave) => {
    const { cloud } = converse(name, { prepare: misbehave });
    // Half a second, then twice as much each time: no storm.
    expect(cloud.connections).toBeGreaterThan(1);
    expect(cloud.connections).toBeLessThan(20);
  });

  it('goes on when the broker acknowledged and lost everything', () => {
    const { cloud } = converse(name, { prepare: (each) => void (each.loses = true) });
    expect(cloud.taken).toEqual([]);
    expect(cloud.connections).toBe(1);
  });
});

type Rule = Exclude<keyof CloudLimits, 'source'>;

/** A configuration that exceeds a limit, and what the check says of it; or why there is none. */
type Exceeding = { raw: RawConfiguration; line: string; punished: boolean } | string;

const RATE = 'the outbox keeps the pace';
const NEVER = 'no key changes it; the conversation is held to it';

/** By rule: a limit that is new to `CloudLimits` does not compile without its case. */
const EXCEEDING: { [rule in Rule]: (limits: CloudLimits) => Exceeding } = {
  clientIdBytes: () => 'clientId has at most 128 characters, which is no more than any cloud takes',
  payloadBytes: () => 'maxPayload is at most 65536, which is no more than any cloud takes',
  topicBytes: ({ topicBytes = 0 }) =>
    topicBytes > 1000
      ? 'no topic can be that long'
      : {
          raw: { prefix: 'p'.repeat(128), gateway: 'g'.repeat(64), topic: '{prefix}/{prefix}/{gateway}/{tag}' },
          line: `a topic has at most ${topicBytes} bytes; yours has`,
          punished: true,
        },
  topicSlashes: ({ topicSlashes = 0 }) =>
    topicSlashes < 5
      ? 'its topics have a fixed depth'
      : {
          raw: { prefix: 'a/b/c/d/e/f/g/h' },
          line: `a topic has at most ${topicSlashes} slashes; yours has`,
          punished: true,
        },
  inFlight: ({ inFlight = 0 }) =>
    inFlight >= 1024
      ? 'inFlight is at most 1024'
      : {
          raw: { inFlight: inFlight + 1 },
          line: `a connection has at most ${inFlight} messages in flight; yours has ${inFlight + 1}; lower inFlight`,
          punished: false,
        },
  keepAliveSeconds: ({ keepAliveSeconds }) => {
    const { min, max } = keepAliveSeconds!;
    if (max >= 65535) return 'keepAlive is at most 65535';
    const line = `keep alive is from ${min} to ${max} s; yours is ${max + 1}; change keepAlive`;
    return { raw: { keepAlive: max + 1 }, line, punished: true };
  },
  tls: () => ({
    // The second one is for the certificate that some must have.
    raw: { broker: 'mqtt://broker,mqtts://spare' },
    line: 'TLS is required; yours is mqtt://broker; begin broker with mqtts://',
    punished: true,
  }),
  serverName: () => ({
    raw: { broker: 'mqtts://10.0.0.1' },
    line: 'the server must be named (SNI); yours is the address 10.0.0.1; name a host in broker, or set serverName',
    punished: true,
  }),
  filtersPerSubscribe: () => NEVER,
  subscriptions: () => NEVER,
  maxQos: () => NEVER,
  retain: () => NEVER,
  willQos: () => NEVER,
  willRetain: () => NEVER,
  messagesPerSecond: () => RATE,
  bytesPerSecond: () => RATE,
  pointsPerSecond: () => RATE,
  connectsPerSecond: () => RATE,
};

describe('limits', () => {
  const rows = CLOUDS.filter(({ name }) => NAMES.includes(name)).flatMap(({ name, title, limits }) =>
    (Object.keys(limits) as (Rule | 'source')[])
      .filter((rule) => rule !== 'source')
      .map((rule) => ({ name, title, rule, exceeding: EXCEEDING[rule](limits) })),
  );
  // Where the check is left out altogether, since no configuration is beyond MQTT's own limits.
  const real = rows.flatMap((row) => (typeof row.exceeding === 'string' ? [] : [{ ...row, ...row.exceeding }]));

  it.each(real)('$name: $rule exceeded is refused at start', ({ name, title, line, raw }) => {
    const parse = (): unknown => parseForDesktop({ ...configurationOf(name), ...raw }, false);
    expect(parse).toThrow(`${title}: ${line}`);
  });

  it.each(real.filter(({ punished }) => punished))(
    '$name: $rule exceeded unchecked is punished',
    ({ name, rule, raw }) => {
      const { cloud } = converse(name, { raw, unchecked: true });
      expect(cloud.violations[0]?.rule).toBe(rule);
    },
  );
});
