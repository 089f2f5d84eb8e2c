import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { endPeers } from '../../broker/peer.js';
import { killCommands } from '../../support/cli.js';
import { wholeNumber } from '../../support/environment.js';
import { requireMosquitto, startMosquitto } from '../../support/mosquitto.js';
import type { Mosquitto } from '../../support/mosquitto.js';
import { killInOutage, randomKill } from './kill.js';
import type { Kill, Killed } from './kill.js';

/** `npm run campaign:kill` takes 20. */
const KILLS = wholeNumber('TAGWIRE_KILLS', 0);
const SEED = wholeNumber('TAGWIRE_KILL_SEED', 1);
/** At once: a killed gateway waits most of the time. */
const TOGETHER = 4;
/** Seconds for which a reading may be in memory alone, when nothing else is asked for; see docs/outbox.md. */
const PERSIST = 5;
/** Readings of this tag that one page of 256 bytes gathers before it is written, at most. */
const PAGE = 256 / 48;
/** Sent twice at most: those of a page, and those in flight (64). */
const MOST_DUPLICATES = PAGE + 64;

requireMosquitto()('tagwire sim --store, killed in an outage', () => {
  let broker: Mosquitto;

  beforeAll(async () => {
    broker = await startMosquitto({ maxQueuedMessages: 0 });
  });
  afterAll(() => broker.stop());
  afterEach(async () => {
    await killCommands();
    await endPeers();
  });

  /** Nothing is missing but at the end; order, times and ids are right. Returns how many came. */
  function check({ stored, arrived, arrivedBefore, duplicates, altered }: Killed): number {
    const places = arrived.map(({ place }) => place);
    const inOrder = [...places].sort((one, other) => one - other);
    expect(inOrder).toEqual(inOrder.map((_, i) => i));
    const again = places.slice(arrivedBefore);
    expect(again).toEqual([...again].sort((one, other) => one - other));
    expect(new Set(arrived.map(({ id }) => id)).size).toBe(arrived.length);
    const boots = new Set(arrived.map(({ id }) => id.split('/')[0]));
    expect(boots.size).toBe(1);
    expect(duplicates).toBeLessThanOrEqual(MOST_DUPLICATES);
    expect(altered).toBe(0);
    for (const { place, time } of arrived) {
      // It was stored between two lines of progress, which have the time of the same clock.
      const after = stored.find(({ count }) => count > place);
      const before = stored.filter(({ count }) => count <= place).at(-1);
      if (after) expect(time).toBeLessThanOrEqual(after.time);
      if (before) expect(time).toBeGreaterThanOrEqual(before.time);
    }
    return arrived.length;
  }

  /** How many readings had been stored `seconds` before the last but one line of progress. */
  function storedBefore({ stored }: Killed, seconds: number): number {
    // Until the last line, all timers that were due at the last but one were served.
    const until = (stored.at(-2)?.time ?? 0) - seconds * 1000;
    return stored.filter(({ time }) => time <= until).at(-1)?.count ?? 0;
  }

  it('loses nothing with persist=0', async () => {
    const killed = await killInOutage(broker, { seed: 1, persist: 0, gap: 20, outage: 2300 });
    const last = killed.stored.at(-1)!.count;
    expect(last).toBeGreaterThan(50);
    expect(check(killed)).toBeGreaterThanOrEqual(last);
  });

  it('loses less than a page as it is', async () => {
    const killed = await killInOutage(broker, { seed: 2, gap: 20, outage: 2300 });
    const last = killed.stored.at(-1)!.count;
    expect(last).toBeGreaterThan(50);
    expect(check(killed)).toBeGreaterThanOrEqual(last - PAGE);
  });

  it('loses nothing that is older than persist', async () => {
    const killed = await killInOutage(broker, { seed: 3, persist: 1, gap: 700, outage: 4500 });
    const safe = storedBefore(killed, 1);
    expect(safe).toBeGreaterThan(2);
    expect(check(killed)).toBeGreaterThanOrEqual(safe);
  });

  describe.runIf(KILLS > 0)(`${KILLS} times`, () => {
    it('loses nothing but the last seconds as it is, and with persist=0 nothing', async () => {
      const kills = Array.from({ length: KILLS }, (_, i) => randomKill(SEED + i));
      const figures: string[] = [];
      for (let i = 0; i < kills.length; i += TOGETHER) {
        const tried = kills.slice(i, i + TOGETHER).flatMap((kill): Kill[] => [kill, { ...kill, persist: 0 }]);
        const results = await Promise.all(tried.map((kill) => killInOutage(broker, kill)));
        for (const [j, killed] of results.entries()) {
          const { seed, gap, outage, persist } = tried[j]!;
          const last = killed.stored.at(-1)?.count ?? 0;
          const came = check(killed);
          figures.push(
            `seed ${seed}, a reading each ${gap} ms, killed after ${outage} ms, persist ${persist ?? 'default'}: ` +
              `${last} stored until the last line, ${came} came back, ${killed.duplicates} of them twice`,
          );
          if (persist === 0) expect(came, figures.at(-1)).toBeGreaterThanOrEqual(last);
          else {
            expect(came, figures.at(-1)).toBeGreaterThanOrEqual(storedBefore(killed, PERSIST));
            expect(came, figures.at(-1)).toBeGreaterThanOrEqual(last - PAGE);
          }
        }
      }
      console.log(figures.join('\n'));
    }, 1_200_000);
  });
});
