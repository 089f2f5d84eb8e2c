import { beforeAll, describe, expect, it } from 'vitest';
import { BUDGETS, docText, measureFlash, overBudget, readCosts, renderCosts, UPDATE } from '../../bench/flash-costs.js';
import type { FlashCosts } from '../../bench/flash-costs.js';

describe('the table test/flash-costs.json', () => {
  let measured: FlashCosts;

  beforeAll(() => {
    measured = measureFlash(() => {});
  });

  it('says what is measured', () => {
    // What grew has to shrink again or be accepted, and what shrank must not grow back: either way by UPDATE.
    expect(readCosts(), `write down what is meant to be so: ${UPDATE}`).toEqual({ ...measured, budgets: BUDGETS });
  });

  it('keeps the budgets', () => {
    expect(overBudget(measured)).toEqual([]);
  });

  it('is what docs/outbox.md says', () => {
    expect(docText(), `write it anew: ${UPDATE}`).toBe(renderCosts(readCosts()));
  });
});
