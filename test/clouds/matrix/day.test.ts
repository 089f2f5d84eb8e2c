import { describe, expect, it } from 'vitest';
import { CLOUDS } from '../../../src/cloud/index.js';
import { SeededEntropy } from '../../connection/virtual-platform.js';
import { Conversation, readingsOf, textsOf } from './conversation.js';
import type { TakenReading } from './conversation.js';
import {
  DAY,
  due,
  dueReports,
  FEWEST_HOURS,
  formatOf,
  FORMATS,
  live,
  PRESENCE_REPORTS,
  TAGS,
  WHOLE_DAY,
} from './day.js';
import type { TagFormat } from './day.js';
import { PROFILES } from './profiles.js';
import type { ProfileCase } from './profiles.js';
import type { Cut } from './virtual-cloud.js';

/** One of so many packets, drawn by the seed, is a place of a cut. `npm run campaign:clouds` takes each. */
const STRIDE = Number(process.env['TAGWIRE_CLOUD_STRIDE'] ?? 4);
const SEED = Number(process.env['TAGWIRE_CLOUD_SEED'] ?? 1);

/** What ThingsBoard's devices are called in the example of the gateway. */
const NAMES: { [format in TagFormat]?: string } = { mikrotik: 'Cold store', bthome2: 'Doorbell' };

/** Pings are left out: nothing is lost at them. */
function isPing(packet: string): boolean {
  return packet.includes(' ping');
}

/** True when a message says of which tag it is. */
function names(text: string, format: TagFormat): boolean {
  const address = TAGS[format];
  const letters = text.toUpperCase();
  const name = NAMES[format];
  return (
    letters.includes(address) ||
    letters.includes(address.replaceAll(':', '')) ||
    (name !== undefined && text.includes(name))
  );
}

function temperaturesOf(readings: readonly TakenReading[], format: TagFormat): number[] {
  return readings.filter(({ temperature }) => formatOf(temperature) === format).map(({ temperature }) => temperature);
}

/** Reports for which a profile has no place. */
function notCarried({ tags = FORMATS, presenceNotCarried = 0 }: ProfileCase): number {
  const others = FORMATS.filter((format) => !tags.includes(format));
  return others.reduce((sum, format) => sum + dueReports(format, WHOLE_DAY), 0) + presenceNotCarried;
}

describe.each(CLOUDS.map(({ name }) => name))('%s, a day (contract emulation)', (name) => {
  const profile = PROFILES[name]!;
  const { events, tags = FORMATS, call } = profile;
  const whole = new Conversation(name, { raw: DAY });
  live(whole, WHOLE_DAY);
  const readings = readingsOf(whole);
  const texts = textsOf(whole);

  it.each(FORMATS)('takes each reading of %s once and in order, or leaves all of them out', (format) => {
    expect(temperaturesOf(readings, format)).toEqual(tags.includes(format) ? due(format, WHOLE_DAY) : []);
    for (const { temperature, text } of readings) {
      if (formatOf(temperature) === format) expect(names(text, format), text).toBe(true);
    }
  });

  it('finds no violation, answers the call, and accounts for every report', () => {
    expect(whole.cloud.violations).toEqual([]);
    expect(readings.map(({ temperature }) => formatOf(temperature))).not.toContain(undefined);
    expect(whole.answers).toBe(call ? 1 : 0);
    const reports = FORMATS.reduce((sum, format) => sum + dueReports(format, WHOLE_DAY), PRESENCE_REPORTS);
    expect(whole.appended).toBe(reports);
    expect(whole.lost).toBe(0);
    expect(whole.cloud.pending()).toEqual([]);
    expect(whole.notCarried).toBe(notCarried(profile));
  });

  it.each([
    ['button', 1],
    ['alarm', 1],
    ['arrived', 2],
    ['away', 1],
  ] as const)('tells of an event in its shape: %s', (event, count) => {
    const pattern = events[event];
    expect(texts.filter((text) => pattern?.test(text))).toHaveLength(pattern ? count : 0);
  });

  it('tells of its health each hour', () => {
    const { health } = events;
    expect(texts.filter((text) => health?.test(text)).length).toBeGreaterThanOrEqual(health ? WHOLE_DAY : 0);
  });

  // QoS 0: what was on its way when the link broke is lost, as documented.
  const atMostOnce = !whole.cloud.taken.some(({ topic, qos }) => qos === 1 && profile.readings.test(topic));
  const sides = ['before', 'after', 'restart'];
  if (!profile.isClean) sides.push('before, kept session', 'after, kept session');

  it.each(sides)('loses nothing of a shorter day at a sample of its packets: %s', (side) => {
    const raw = side.endsWith('kept session') ? { ...DAY, cleanSession: false } : DAY;
    const shorter = new Conversation(name, { raw });
    live(shorter, FEWEST_HOURS);
    const entropy = new SeededEntropy(SEED + side.length);
    const faults: string[] = [];
    let cuts = 0;
    for (const [index, packet] of shorter.cloud.conversation.entries()) {
      if (isPing(packet) || entropy.uint32() % STRIDE !== 0) continue;
      cuts++;
      const cut: Cut = { index, side: side.startsWith('before') ? 'before' : 'after' };
      const restarts = side === 'restart';
      const talk = new Conversation(name, { raw, restarts, prepare: (cloud) => void (cloud.cut = cut) });
      live(talk, FEWEST_HOURS);
      const fault = (text: string): void => void faults.push(`${index} ${packet}: ${text}`);
      let missing = 0;
      const taken = readingsOf(talk);
      for (const format of tags) {
        const temperatures = [...new Set(temperaturesOf(taken, format))];
        const lost = due(format, FEWEST_HOURS).filter((value) => !temperatures.includes(value));
        missing += lost.length;
        if (lost.length > (atMostOnce && !restarts ? 1 : 0)) fault(`lost ${lost.join()}`);
        const sorted = due(format, FEWEST_HOURS).filter((value) => temperatures.includes(value));
        if (temperatures.join() !== sorted.join()) fault(`order ${temperatures.join()}`);
      }
      const places = taken.map(({ temperature, connection }) => `${connection} ${temperature}`);
      const repeated = places.filter((place, i) => places.indexOf(place) !== i);
      if (repeated.length > 0) fault(`twice on a connection: ${repeated.join()}`);
      if (call && talk.answers === 0) fault('no answer');
      const said = textsOf(talk);
      for (const event of ['button', 'alarm', 'arrived', 'away'] as const) {
        const pattern = events[event];
        const count = said.filter((text) => pattern?.test(text)).length;
        // A restart forgets who was here: docs/policies.md.
        const needed = event === 'arrived' ? 2 : event === 'away' && restarts ? 0 : 1;
        if (!pattern || count >= needed) continue;
        // The alarm is in a reading, which is counted already.
        if (atMostOnce && !restarts && (event === 'alarm' || ++missing <= 1)) continue;
        fault(`${event} ${count} times`);
      }
      if (talk.lost > 0) fault(`not acknowledged ${talk.lost}`);
      for (const what of talk.cloud.pending()) fault(`pending ${what}`);
      for (const { rule, value } of talk.cloud.violations) fault(`${rule} ${value}`);
    }
    expect(faults).toEqual([]);
    expect(cuts).toBeGreaterThan(0);
  });
});
