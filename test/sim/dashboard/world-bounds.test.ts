import { MOST_TAGS } from '../../../sim/dashboard/world-tags.js';
import { MOST_MESSAGES } from '../../../sim/dashboard/world-messages.js';
import type { ControlName, ToPage } from '../../../sim/page/protocol.js';
import { planOfName } from '../../../sim/dashboard/world-plan.js';
import { SeededRandom } from '../../../sim/world/random.js';
import type { WorldFile } from '../../../sim/world/world-file.js';
import { describe, expect, it } from 'vitest';
import { Bench } from './bench.js';

/** `count` tags that advertise every `interval` ms round a desktop, which has room for them. */
function crowd(count: number, interval: number): WorldFile {
  return {
    name: 'crowd',
    gateways: [{ name: 'hall', board: 'desktop', position: [0, 0, 2], settings: { tags: 4096, interval: 1 } }],
    tags: Array.from({ length: count }, (_, i) => ({
      address: 'C0:00:00:00:' + [i >> 8, i & 255].map((byte) => byte.toString(16).padStart(2, '0')).join(':'),
      addressType: 'random' as const,
      name: 'tag ' + i,
      format: 'ruuvi' as const,
      intervalMilliseconds: interval,
      position: [(i % 20) - 10, ((i / 20) % 20) - 10, 1],
      rssiAt1m: -50,
      temperature: { celsius: 20, driftPerHour: 1000 },
      batteryMillivolts: 3000,
    })),
  };
}

function size(texts: readonly ToPage[]): number {
  return texts.reduce((sum, text) => sum + JSON.stringify(text).length, 0);
}

describe('updates', () => {
  it('are bounded with 300 tags at 10 advertisements a second, however fast the world runs', async () => {
    const bench = new Bench(crowd(300, 100));
    await bench.run(5);
    for (const { readings } of bench.of('readings')) expect(readings.length).toBeLessThanOrEqual(400);
    for (const { tags } of bench.of('tags')) expect(tags.length).toBeLessThanOrEqual(300);
    // As fast as possible: half a minute between two updates.
    bench.told.length = 0;
    await bench.source.runUntil(bench.source.now() + 30_000);
    bench.source.update();
    const [messages] = bench.of('messages');
    expect(messages!.messages).toHaveLength(MOST_MESSAGES);
    const received = bench.of('state')[0]!.brokers[0]!.messages!;
    expect(messages!.left).toBeGreaterThan(1000);
    // Nothing is missing from the count: every message is told or left.
    const known = bench.source.live.messages['lastId'] + messages!.left!;
    expect(known).toBeGreaterThanOrEqual(received - 2000);
    expect(bench.of('readings')[0]!.readings.length).toBeLessThanOrEqual(400);
    expect(bench.of('log').flatMap(({ lines }) => lines).length).toBeLessThanOrEqual(101);
    expect(bench.of('tags')[0]!.tags).toHaveLength(300);
    expect(bench.told.length).toBeLessThan(10);
    expect(size(bench.told)).toBeLessThan(500_000);
    expect(size(bench.source.snapshot())).toBeLessThan(2_000_000);
  });

  it('tell all of 1,000 tags in turn, and never more than there is room for', async () => {
    const bench = new Bench(crowd(1000, 1000));
    await bench.run(3);
    const told = new Set<string>();
    for (const { tags } of bench.of('tags')) {
      expect(tags.length).toBeLessThanOrEqual(MOST_TAGS);
      for (const { id } of tags) told.add(id);
    }
    expect(told.size).toBe(1000);
    await bench.run(2);
    const again = new Set(bench.of('tags').flatMap(({ tags }) => tags.map(({ id }) => id)));
    expect(again.size).toBe(1000);
  });

  it('count the lines that were left out', async () => {
    const bench = new Bench();
    await bench.run(5);
    bench.told.length = 0;
    for (let i = 0; i < 500; i++) bench.source.live.note({ time: 0, kind: 'device', text: 'line ' + i });
    bench.source.update();
    const lines = bench.lines();
    expect(lines).toHaveLength(101);
    expect(lines.slice(99)).toEqual(['device: line 99', 'world: 400 lines left out']);
    // A page that opens is told the last ones.
    for (let i = 0; i < 100; i++) {
      for (let j = 0; j < 50; j++) bench.source.live.note({ time: 0, kind: 'device', text: 'more' });
      bench.source.update();
    }
    const past = bench.source.snapshot().find((text) => text.type === 'log') as Extract<ToPage, { type: 'log' }>;
    expect(past.lines).toHaveLength(500);
  });
});

describe('WorldSource.run', () => {
  it.each([1, 0, 100, Infinity])('tells what is new four times a second at the speed %f', async (speed) => {
    let real = 0;
    let bench: Bench | undefined = undefined as Bench | undefined;
    const realTime = {
      // The computer takes a millisecond for a second of the world.
      now: () => real + (bench ? bench.source.now() / 1000 : 0),
      sleep: (milliseconds: number): Promise<void> => {
        real += milliseconds;
        if (realTime.now() > 10_000) bench!.source.close();
        return Promise.resolve();
      },
    };
    bench = new Bench(undefined, { speed, realTime });
    await bench.source.run();
    const updates = bench.of('state').length;
    expect(updates).toBeGreaterThan(30);
    expect(updates).toBeLessThanOrEqual(41);
    const virtual = bench.source.now();
    if (speed < Infinity) expect(virtual).toBeGreaterThanOrEqual(8500 * speed);
    else expect(virtual).toBeGreaterThan(3_600_000);
  });
});

describe('a world in which people play', () => {
  const NAMES: ControlName[] = [
    'wifi',
    'broker',
    'fault',
    'heal',
    'powerCut',
    'clockJump',
    'pressButton',
    'moveTag',
    'warmTag',
    'tagBattery',
    'addTag',
    'removeTag',
    'policies',
    'type',
    'call',
  ];

  it.each(['warehouse', 'greenhouse'])('breaks no rule, %s', async (world) => {
    const bench = new Bench(planOfName(world, 3));
    const random = new SeededRandom(3, 1);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random.unit() * list.length)]!;
    const hello = bench.source.snapshot()[0] as Extract<ToPage, { type: 'hello' }>;
    const done = new Map<string, number>();
    const ask = (name: ControlName, parameters: unknown): void => {
      void bench.error(name, parameters).then((error) => {
        if (error === undefined) done.set(name, (done.get(name) ?? 0) + 1);
      });
    };
    for (let i = 0; i < 240; i++) {
      await bench.run(pick([0.25, 5, 15, 30]));
      const gateway = Math.floor(random.unit() * hello.gateways.length);
      const all = bench.source.snapshot().find((text) => text.type === 'tags') as Extract<ToPage, { type: 'tags' }>;
      const tag = pick(all.tags)?.id ?? 'none';
      const { activeFaults } = bench.source.world;
      const position = [20 * random.unit(), 20 * random.unit()];
      const name = pick(NAMES);
      if (name === 'wifi') ask(name, { gateway, on: random.unit() < 0.6 });
      else if (name === 'broker') ask(name, { broker: 0, action: pick(['restart', 'kill', 'start', 'start']) });
      else if (name === 'fault') ask(name, { text: pick(hello.faults).kind + pick(['', '+20s', '+2m']) });
      else if (name === 'heal') for (const { id } of [...activeFaults]) ask(name, { id });
      else if (name === 'powerCut') ask(name, { gateway, off: 20_000 * random.unit() });
      else if (name === 'clockJump') ask(name, { gateway, by: pick([-3_600_000, 3_600_000]) });
      else if (name === 'warmTag') ask(name, { tag, temperature: 60 * random.unit() - 20 });
      else if (name === 'tagBattery') ask(name, { tag, percent: Math.floor(random.unit() * 5) * 25 });
      else if (name === 'moveTag') ask(name, { tag, position });
      else if (name === 'addTag') ask(name, { format: pick(hello.formats), position });
      else if (name === 'policies') ask(name, { gateway, text: 'default interval=' + pick([2, 5, 10, 30]) });
      else if (name === 'type')
        ask(name, { gateway, text: pick(['/log print\r', '\t', '\x1b[A', ':put 1\r', '\x03']) });
      else if (name === 'call') ask(name, { gateway, method: pick(['statistics', 'policy.get', 'reboot', 'nothing']) });
      else ask(name, { tag });
    }
    for (const { id } of [...bench.source.world.activeFaults]) ask('heal', { id });
    ask('broker', { broker: 0, action: 'start' });
    await bench.run(900);
    expect(bench.source.world.ledger.broken).toEqual([]);
    expect(bench.source.world.ledger.activeFaults).toBe(0);
    for (let gateway = 0; gateway < hello.gateways.length; gateway++) {
      expect(bench.state(gateway).connection).toBe(6);
    }
    // It was a game worth the name.
    expect([...done.keys()].length).toBeGreaterThan(12);
  });
});
