import { describe, expect, it } from 'vitest';
import { wholeNumber } from '../support/environment.js';
import { liveThrough } from './week.js';
import type { Ledger, WeekOptions } from './week.js';

/** `npm run campaign:week` takes more of both. */
const TAGS = wholeNumber('TAGWIRE_WEEK_TAGS', 2);
const SEEDS = wholeNumber('TAGWIRE_WEEK_SEEDS', 1);
const FIRST_SEED = wholeNumber('TAGWIRE_WEEK_SEED', 4);
const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** Seconds for which a reading may be in memory alone; see docs/outbox.md. */
const PERSIST = 5;
/** Sent twice at most for each start and each lost connection: a page, and what is in flight. */
const PAGE_READINGS = 6;
const IN_FLIGHT = 8;

/** With 128 blocks of 4 KB for each tag, a day without a link fits. */
const week = (seed: number, settings: WeekOptions['settings'] = {}, blocksPerTag = 128): WeekOptions => ({
  seed,
  days: 7,
  tags: TAGS,
  interval: MINUTE,
  blocks: blocksPerTag * TAGS,
  powerCuts: 2,
  restarts: 2,
  settings,
});

/** What holds whatever is set. */
function expectRight(ledger: Ledger): void {
  const { outOfOrder, wrongIds, wronglyTimeless, worstTime, duplicates, boots, outages, brokerRestarts } = ledger;
  expect({ outOfOrder, wrongIds, wronglyTimeless }).toEqual({ outOfOrder: 0, wrongIds: 0, wronglyTimeless: 0 });
  expect(worstTime).toBeLessThan(SECOND);
  expect(duplicates).toBeLessThanOrEqual((PAGE_READINGS + IN_FLIGHT) * (boots + outages + brokerRestarts));
  expect(boots).toBeGreaterThan(20);
  expect(outages).toBe(7);
}

const sum = (counts: { [name: string]: number }): number =>
  Object.values(counts).reduce((all, count) => all + count, 0);

/** Readings that are missing although no power cut explains it. */
function unexplained({ missing }: Ledger): number {
  return missing.filter(({ cutAfter }) => cutAfter > PERSIST * SECOND).length;
}

describe.each(Array.from({ length: SEEDS }, (_, i) => FIRST_SEED + i))(
  'a week with an outage each day, restarts and power cuts, seed %i',
  (seed) => {
    it('loses no reading but those of the last seconds before a power cut', () => {
      const ledger = liveThrough(week(seed));
      expectRight(ledger);
      expect(ledger.dropped).toEqual({});
      expect(unexplained(ledger)).toBe(0);
      expect(ledger.arrived + ledger.missing.length).toBe(ledger.heard.length);
    });

    it('loses none with persist=0', () => {
      const ledger = liveThrough(week(seed, { persist: 0 }));
      expectRight(ledger);
      expect(ledger.dropped).toEqual({});
      // But those that the cut took from the hand of the device.
      expect(ledger.missing.filter(({ reading }) => reading.taken)).toEqual([]);
      expect(ledger.arrived + ledger.missing.length).toBe(ledger.heard.length);
    });

    it.each([
      ['oldest', 'full'],
      ['newest', 'refused'],
      ['thin', 'thinned'],
    ])('accounts for each reading when the log is too small, with outboxFull=%s', (outboxFull, reason) => {
      const ledger = liveThrough(week(seed, { outboxFull }, 4));
      expectRight(ledger);
      expect(ledger.dropped[reason]).toBeGreaterThan(100);
      expect(unexplained(ledger)).toBeLessThanOrEqual(sum(ledger.dropped));
    });

    it('accounts for each reading with maxAge', () => {
      const ledger = liveThrough(week(seed, { maxAge: 3600 }));
      expectRight(ledger);
      expect(Object.keys(ledger.dropped)).toEqual(['age']);
      expect(unexplained(ledger)).toBeLessThanOrEqual(sum(ledger.dropped));
    });
  },
);
