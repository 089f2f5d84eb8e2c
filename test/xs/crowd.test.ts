import { afterAll, beforeAll, expect, it } from 'vitest';
import { Machine } from './host/machine.js';
import { requireXs } from './host/require.js';

/** As in programs/crowd.ts. */
const TAGS = 1000;
const PER_SECOND = 10;
const CAPACITY = 256;
const CONFIGURED = 40;
/** Of the policy: one reading of a tag in so many seconds. */
const INTERVAL_SECONDS = 10;
/** So that all together takes less than 20 seconds of processor time. */
const WINDOWS = 7;

/** What the broker had at the end of a window of 10 seconds, and what the machine held, garbage included. */
interface Window {
  readings: number;
  owned: number;
  missed: number;
  slots: number;
  chunkBytes: number;
  collections: number;
}

requireXs(64)('a crowd of 1,000 tags at 10 advertisements a second each, for 70 seconds', () => {
  const windows: Window[] = [];
  let machine: Machine;

  beforeAll(async () => {
    machine = await Machine.start(64, 'crowd');
    for (let window = 0; window < WINDOWS; window++) {
      await machine.call('run', 1000 * INTERVAL_SECONDS);
      const { slots, chunkBytes, collections } = await machine.meter();
      windows.push({
        readings: await machine.call('readingsArrived'),
        owned: await machine.call('ownedArrived'),
        missed: await machine.call('missed', 1000 * INTERVAL_SECONDS),
        slots,
        chunkBytes,
        collections,
      });
    }
  }, 300_000);

  afterAll(() => machine.stop());

  it('is heard', async () => {
    const all = TAGS * PER_SECOND * INTERVAL_SECONDS * WINDOWS;
    expect(await machine.call('advertisements')).toBeGreaterThan(0.99 * all);
    // There is no place for most, and some change their address.
    expect(await machine.call('refused')).toBeGreaterThan(all / 2);
    expect(await machine.call('replaced')).toBeGreaterThan(0);
  });

  it('hides no configured tag, in no 10 seconds', async () => {
    expect(windows.map(({ missed }) => missed)).toEqual(windows.map(() => 0));
    expect(windows.at(-1)!.owned).toBe(CONFIGURED * WINDOWS);
    // The policy, and up to one advertisement more.
    expect(await machine.call('longestSilence')).toBeLessThanOrEqual(1000 * INTERVAL_SECONDS + 1000 / PER_SECOND);
  });

  it('makes as many readings as the table has places, and loses none', async () => {
    windows.forEach(({ readings }, i) => {
      expect(readings - (windows[i - 1]?.readings ?? 0)).toBeLessThanOrEqual(CAPACITY);
    });
    expect(windows.at(-1)!.readings).toBeGreaterThan(0.9 * CAPACITY * WINDOWS);
    expect(await machine.call('dropped')).toBe(0);
  });

  it('takes no memory after the first seconds, and needs no collection', () => {
    const held = windows.map(({ slots, chunkBytes, collections }) => ({ slots, chunkBytes, collections }));
    expect(held).toEqual(held.map(() => held[0]));
    expect(held[0]!.collections).toBe(0);
  });
});
