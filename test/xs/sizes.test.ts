import { beforeAll, expect, it } from 'vitest';
import { requireXs } from './host/require.js';
import { measureOperations } from './measure-operations.js';
import { differences, measureSizes, overBudget, readSizes, UPDATE } from './sizes.js';
import type { Sizes } from './sizes.js';

/** A first build of the host on a busy machine. */
const BUILD_MILLISECONDS = 300_000;

requireXs(32)('the table test/sizes.json', () => {
  const table = readSizes();
  let measured: Sizes;

  beforeAll(async () => {
    measured = await measureSizes();
  }, BUILD_MILLISECONDS);

  it('says what is measured', () => {
    // What grew has to shrink again or be accepted, and what shrank must not grow back: either way by UPDATE.
    expect(differences(measured, table), `write down what is meant to be so: ${UPDATE}`).toEqual([]);
  });

  it('keeps the budgets', () => {
    expect(overBudget(table)).toEqual([]);
  });
});

requireXs(64)('the operations on 64 bits', () => {
  it(
    'cost what they cost on 32',
    async () => {
      expect(await measureOperations(64)).toMatchObject(withoutBudgets(readSizes()));
    },
    BUILD_MILLISECONDS,
  );
});

function withoutBudgets({ operations }: Sizes): object {
  return Object.fromEntries(
    Object.entries(operations).map(([name, { slots, chunkBytes, compute }]) => [name, { slots, chunkBytes, compute }]),
  );
}
