import { checkReportPolicy } from '../../../src/telemetry/index.js';
import { describe, expect, it } from 'vitest';

const policy = { minimumInterval: 1000, maximumInterval: 60000 };

describe('checkReportPolicy', () => {
  it('takes what is allowed', () => {
    const none = { minimumInterval: 0, maximumInterval: 0 };
    const equal = { minimumInterval: 5, maximumInterval: 5 };
    for (const allowed of [policy, none, equal]) expect(checkReportPolicy(allowed)).toBe(allowed);
  });

  it.each([
    [-1, 0, 'minimum interval -1: allowed are milliseconds from 0'],
    [NaN, 0, 'minimum interval NaN: allowed are milliseconds from 0'],
    [1000, 999, 'maximum interval 999: allowed are milliseconds from the minimum interval 1000, or 0 for none'],
    [0, Infinity, 'maximum interval Infinity: allowed are milliseconds from the minimum interval 0, or 0 for none'],
  ])('refuses %d and %d', (minimumInterval, maximumInterval, message) => {
    expect(() => checkReportPolicy({ minimumInterval, maximumInterval })).toThrow(message);
  });
});
