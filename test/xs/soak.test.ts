import { afterAll, beforeAll, expect, it } from 'vitest';
import { wholeNumber } from '../support/environment.js';
import { Machine } from './host/machine.js';
import { requireXs } from './host/require.js';

/** `npm run soak` takes 30. Every fifth day is compared, so that 10 is the least. */
const DAYS = wholeNumber('TAGWIRE_SOAK_DAYS', 10);
const DAY_SECONDS = 86400;
/** The outages of programs/world.ts are of five kinds. */
const OUTAGE_KINDS = 5;
/** So many days take all packet identifiers once. */
const DAYS_OF_A_WRAP = 7.5;

requireXs(64)(`${DAYS} virtual days with an outage every two hours`, () => {
  let machine: Machine;
  /** In use at the end of each day, garbage left out. */
  const held: { slots: number; chunkBytes: number }[] = [];

  beforeAll(async () => {
    machine = await Machine.start(64, 'firmware');
    await machine.call('makePartition');
    if ((await machine.call('startSoak')) !== 1) throw new Error('the firmware did not start');
    for (let day = 0; day < DAYS; day++) {
      await machine.call('run', DAY_SECONDS);
      const { slots, chunkBytes } = await machine.live();
      held.push({ slots, chunkBytes });
    }
    await machine.call('settle');
  }, 3_600_000);

  afterAll(() => machine.stop());

  it('use up the packet identifiers, more than once in two weeks', async () => {
    const wraps = Math.floor(DAYS / DAYS_OF_A_WRAP);
    expect(wraps).toBeGreaterThan(0);
    expect(await machine.call('wraps')).toBeGreaterThanOrEqual(wraps);
    expect(await machine.call('publishes')).toBeGreaterThan(wraps * 65535);
  });

  it('meet all outages', async () => {
    expect(await machine.call('outages')).toBe(DAYS * 12);
    expect(await machine.call('redelivered')).toBeGreaterThan(3 * DAYS);
  });

  it('lose no reading, and keep their order', async () => {
    expect(await machine.call('dropped')).toBe(0);
    const accepted = await machine.call('accepted');
    expect(accepted).toBe(await machine.call('heard'));
    // The first one may come a little later than a minute after the start.
    expect(accepted).toBeGreaterThanOrEqual(DAYS * 24 * 60 - 1);
    expect(await machine.call('acknowledged')).toBe(accepted);
    expect(await machine.call('arrived')).toBe(accepted);
    expect(await machine.call('outOfOrder')).toBe(0);
    expect(await machine.call('inFlight')).toBe(0);
  });

  it('leave the heap as it was', () => {
    // What is kept of the last outage depends on its kind; every fifth day it is the same one.
    const alike = held.filter((_, day) => (day + 1) % OUTAGE_KINDS === 0);
    expect(alike.length).toBeGreaterThan(1);
    expect(alike).toEqual(alike.map(() => alike[0]));
  });
});
