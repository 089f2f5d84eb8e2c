import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { mutate } from './mutant-hooks.js';
import { findMutant, MUTANTS } from './mutants.js';

describe('mutants', () => {
  it('still apply to the compiled firmware, each at one place', () => {
    expect(MUTANTS.length).toBeGreaterThanOrEqual(25);
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
    for (const mutant of MUTANTS) {
      const source = readFileSync(new URL('../../build/src/' + mutant.file, import.meta.url), 'utf8');
      expect(mutate(source, mutant), mutant.name).not.toBe(source);
    }
  });

  it.each([
    ['PUBACK is not counted', 'maxima'],
    ['packet identifiers are used again', 'answered'],
    ['acknowledged records of the log are not marked', 'duplicate'],
  ])('are found by a campaign: %s', async (name, rule) => {
    const mutant = MUTANTS.find((one) => one.name === name)!;
    expect(await findMutant(mutant, { seeds: 1, hours: 4 })).toEqual({ name, rule, seed: 1 });
  });
});
