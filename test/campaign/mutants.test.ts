import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { mutate } from './mutant-hooks.js';
import { findMutant, MUTANTS } from './mutants.js';

describe('mutants', () => {
  it('still apply to the compiled firmware, each at one place', () => {
    expect(MUTANTS.length).toBeGreaterThanOrEqual(25);
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
    for (const mutant of MUTANTS) {
      const source = readFileSync(new URL('../../build/' + mutant.file, import.meta.url), 'utf8');
      expect(mutate(source, mutant), mutant.name).not.toBe(source);
    }
  });

  it('find nothing in the firmware as it is', async () => {
    const none = { name: 'no mutant', file: 'none', text: '', by: '' };
    expect((await findMutant(none, { seeds: 1, hours: 4 })).rule).toBeUndefined();
  });

  // Which rule breaks first depends on the world of the seed; find-mutants.ts prints it.
  it.each(['PUBACK is not counted', 'packet identifiers are used again', 'a record is gone before it is acknowledged'])(
    'are found by a campaign: %s',
    async (name) => {
      const mutant = MUTANTS.find((one) => one.name === name)!;
      const result = await findMutant(mutant, { seeds: 1, hours: 4 });
      expect(result.rule, name).toBeDefined();
    },
  );
});
