import { describe, expect, it } from 'vitest';
import { FullRule } from '../../../src/telemetry/outbox/flash-log.js';
import { runWithCuts } from './log-bench.js';

const RULES = { oldest: FullRule.oldest, newest: FullRule.newest, thin: FullRule.thin };

describe.each([1, 4, 16, 32])('a log on flash with units of %d, cut off at any byte', (unit) => {
  it.each(Object.entries(RULES))('loses nothing but what the rule %s drops', (_name, rule) => {
    const seeds = Number(process.env['TAGWIRE_SEEDS'] ?? 12);
    let appended = 0;
    for (let seed = 0; seed < seeds; seed++) {
      try {
        appended += runWithCuts(unit, rule, 1000 * unit + seed, 40).appended;
      } catch (error) {
        throw new Error(`unit ${unit}, seed ${1000 * unit + seed}: ${(error as Error).stack}`);
      }
    }
    expect(appended).toBeGreaterThan(100 * seeds);
  });

  it('goes on without blocks that turn bad, and loses nothing with them', () => {
    const seeds = Number(process.env['TAGWIRE_SEEDS'] ?? 12);
    for (let seed = 0; seed < seeds; seed++) {
      try {
        runWithCuts(unit, FullRule.oldest, 5000 + 1000 * unit + seed, 40, 3);
      } catch (error) {
        throw new Error(`unit ${unit}, seed ${5000 + 1000 * unit + seed}: ${(error as Error).stack}`);
      }
    }
  });
});
