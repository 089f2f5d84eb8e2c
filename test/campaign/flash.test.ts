import { describe, expect, it } from 'vitest';
import { FullRule } from '../../src/telemetry/outbox/flash-log.js';
import { addResult, badBlocks, bitFlips, everyByte, failingFlash, noResult, randomCuts } from './flash-campaign.js';
import type { Result } from './flash-campaign.js';

/* `npm run campaign:flash` in short. */
const SEEDS = 12;

function sum(results: Iterable<Result>): Result {
  const all = noResult();
  for (const result of results) addResult(all, result);
  return all;
}

const each = (run: (seed: number) => Result): Result => sum(Array.from({ length: SEEDS }, (_, i) => run(i + 1)));

describe('a log on flash', () => {
  it('loses nothing and brings nothing back when the power is cut at random bytes, also while it recovers', () => {
    const { findings, figures } = each((seed) => randomCuts(seed, 25));
    expect(findings).toEqual([]);
    expect(figures.cuts).toBeGreaterThanOrEqual(25 * SEEDS);
    expect(Math.min(figures.cutsDuringRecovery, figures.dropped, figures.marked)).toBeGreaterThan(20);
  });

  it.each([1, 4, 16, 32])('with units of %d does so wherever a ring that wraps twice is cut', (unit) => {
    const chip = { blocks: 4, blockLength: 512, unit };
    const workload = { rule: FullRule.oldest, channels: 2, maxHeld: 4, maxLength: 60, drain: 0.8 };
    const steps = everyByte(unit, chip, workload, 199);
    const { findings, figures } = sum([...steps].map(({ result }) => result));
    expect(findings).toEqual([]);
    expect(figures.erasures).toBeGreaterThanOrEqual(12);
    expect(figures.cuts).toBeGreaterThan(50);
  });

  it('leaves bad blocks out, and loses nothing by them', () => {
    const { findings, figures } = each((seed) => badBlocks(seed, 15));
    expect(findings).toEqual([]);
    expect(figures.badBlocks).toBeGreaterThan(0);
  });

  it('keeps what it has while the whole flash fails, also over cuts, and uses all of it when it works again', () => {
    const { findings, figures } = each((seed) => failingFlash(seed, 25));
    expect(findings).toEqual([]);
    expect(figures.cuts).toBeGreaterThan(10 * SEEDS);
  });

  it('loses at most one record by a bit that turns over, and counts it', () => {
    const { findings, figures } = each((seed) => bitFlips(seed, 25));
    expect(findings).toEqual([]);
    expect(figures.flips).toBe(25 * SEEDS);
    expect(Math.min(figures.damaged, figures.countedDamaged)).toBeGreaterThan(50);
  });

  it('counts a record whose damaged length makes other bytes of it look like its mark', () => {
    expect(bitFlips(27, 100).findings).toEqual([]);
  });

  it('gives out a record that a damaged length before it hid for a while', () => {
    expect(bitFlips(712165963, 100).findings).toEqual([]);
  });
});
