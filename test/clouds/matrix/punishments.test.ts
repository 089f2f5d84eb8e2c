import { describe, expect, it } from 'vitest';
import { CLOUDS } from '../../../src/cloud/index.js';
import { mikrotik } from '../../device/hand-scanner.js';
import type { VirtualBoard } from '../../device/virtual-board.js';
import { Conversation, definitionOf, readingsOf } from './conversation.js';
import type { ConversationOptions } from './conversation.js';
import { configurationOf, PROFILES } from './profiles.js';

const TAG = 'DC:2C:6E:0F:C0:3D';
const NAMES = CLOUDS.map(({ name }) => name);

/** Readings with temperatures from 20 °C up in hundredths; the same one again left out. */
function temperatures(talk: Conversation): number[] {
  return [...new Set(readingsOf(talk).map(({ temperature }) => temperature))];
}

/** Lets the device hear so many readings of a tag, one each `every` milliseconds. */
function hear(talk: Conversation, count: number, every: number, from = 0): void {
  for (let i = from; i < from + count; i++) {
    talk.hear(TAG, mikrotik(i + 1, 20 * 256 + i * 64));
    talk.wait(every);
  }
}

function due(count: number): number[] {
  return Array.from({ length: count }, (_, i) => 2000 + 25 * i);
}

function start(name: string, options?: ConversationOptions): Conversation {
  const talk = new Conversation(name, options);
  talk.wait(5000);
  return talk;
}

/** True for profiles whose readings have QoS 0: what is on its way when a connection ends is lost, as documented. */
function isAtMostOnce(talk: Conversation): boolean {
  return !talk.cloud.taken.some(({ topic, qos }) => qos === 1 && talk.profile.readings.test(topic));
}

describe.each(NAMES)('%s, a message without PUBACK (contract emulation)', (name) => {
  it('is delivered all the same, and holds up nothing', () => {
    const talk = start(name);
    hear(talk, 3, 2000);
    if (isAtMostOnce(talk)) return;
    let lost = 0;
    talk.cloud.discards = ({ topic }) => talk.profile.readings.test(topic) && lost++ === 0;
    hear(talk, 60, 10_000, 3);
    expect(lost).toBeGreaterThan(1);
    expect(temperatures(talk).sort((a, b) => a - b)).toEqual(due(63));
    talk.end();
    expect(talk.lost).toBe(0);
  });
});

describe.each(NAMES)('%s, a second client with its identifier (contract emulation)', (name) => {
  const sessions = PROFILES[name]!.isClean ? [true] : [true, false];

  it.each(sessions)('loses nothing when one takes over, with cleanSession %s', (cleanSession) => {
    for (const rivalIsClean of [true, false]) {
      const talk = start(name, { raw: { cleanSession } });
      const subscribed = [...(talk.cloud.subscribed.get(1) ?? [])].sort();
      hear(talk, 3, 2000);
      // In the middle of a reading, and between two.
      talk.hear(TAG, mikrotik(4, 20 * 256 + 3 * 64));
      talk.wait(1);
      talk.cloud.takeOver(rivalIsClean);
      talk.wait(100);
      hear(talk, 3, 2000, 4);
      talk.cloud.takeOver(rivalIsClean);
      talk.wait(100);
      hear(talk, 3, 2000, 7);
      talk.call();
      talk.end();
      const taken = temperatures(talk);
      expect(due(10).filter((value) => !taken.includes(value)).length).toBeLessThanOrEqual(isAtMostOnce(talk) ? 1 : 0);
      expect(talk.cloud.violations).toEqual([]);
      expect([...(talk.cloud.subscribed.get(talk.cloud.connections) ?? [])].sort()).toEqual(subscribed);
      expect(talk.answers).toBe(talk.profile.call ? 1 : 0);
    }
  });

  it('does not fight one that comes back each time', () => {
    const talk = start(name);
    let taken = 0;
    for (let second = 0; second < 600; second++) {
      talk.wait(1000);
      if (talk.cloud.connections === taken) continue;
      taken = talk.cloud.connections;
      talk.cloud.takeOver(true);
    }
    // Each of them waits for up to a minute.
    expect(talk.cloud.connections).toBeLessThan(25);
    expect(talk.cloud.violations).toEqual([]);
    hear(talk, 5, 2000);
    talk.wait(120_000);
    talk.end();
    expect(temperatures(talk)).toEqual(due(5));
  });
});

describe.each(NAMES.filter((name) => definitionOf(name).limits.connectsPerSecond !== undefined))(
  '%s, CONNECT packets in a second (contract emulation)',
  (name) => {
    const interval = 1000 / definitionOf(name).limits.connectsPerSecond!;

    /** The least time between two CONNECT packets. */
    function closest({ cloud }: Conversation): number {
      const { connectTimes } = cloud;
      return Math.min(...connectTimes.slice(1).map((at, i) => at - connectTimes[i]!));
    }

    it.each<[string, (talk: Conversation) => void]>([
      ['a network that comes back at once', ({ virtual }) => flap(virtual)],
      ['a planned reconnection', ({ firmware }) => firmware.gateway.connection.reconnect()],
      ['a turn to the next broker', ({ firmware }) => firmware.gateway.connection.turnToNext()],
      ['a connection that the cloud ends', ({ cloud }) => cloud.takeOver(true)],
    ])('are as few as it takes after %s', (_, lose) => {
      const [first] = configurationOf(name)['broker']!.toString().split(',');
      const talk = start(name, { raw: { broker: `${first},${first}` } });
      for (let i = 0; i < 20; i++) {
        lose(talk);
        talk.wait(10 + 150 * i);
      }
      talk.wait(60_000);
      expect(talk.cloud.connectTimes.length).toBeGreaterThan(2);
      expect(closest(talk)).toBeGreaterThanOrEqual(interval);
      expect(talk.cloud.violations).toEqual([]);
    });
  },
);

/** The network goes down and comes back. */
function flap({ platform }: VirtualBoard): void {
  platform.network.set(false);
  platform.run(5);
  platform.network.set(true);
}
