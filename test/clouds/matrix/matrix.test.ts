import { describe, expect, it } from 'vitest';
import { CLOUDS } from '../../../src/cloud/index.js';
import { mikrotik } from '../../device/hand-scanner.js';
import { Conversation, readingsOf } from './conversation.js';
import type { ConversationOptions } from './conversation.js';
import { PROFILES } from './profiles.js';
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
    expect(whole.cloud.pending()).toEqual([]);
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
      for (const what of outcome.cloud.pending()) faults.push(`${index} ${packet}: pending ${what}`);
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
