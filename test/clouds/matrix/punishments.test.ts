import { describe, expect, it } from 'vitest';
import { CLOUDS } from '../../../src/cloud/index.js';
import { mikrotik } from '../../device/hand-scanner.js';
import { Conversation, readingsOf } from './conversation.js';
import type { ConversationOptions } from './conversation.js';

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
