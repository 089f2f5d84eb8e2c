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
    [-1, 0, 'minimum interval must be 0 ms or more, got -1'],
    [NaN, 0, 'minimum interval must be 0 ms or more, got NaN'],
    [1000, 999, 'maximum interval must be 0 (none) or at least the minimum interval of 1000 ms, got 999'],
    [0, Infinity, 'maximum interval must be 0 (none) or at least the minimum interval of 0 ms, got Infinity'],
  ])('refuses %d and %d', (minimumInterval, maximumInterval, message) => {
    expect(() => checkReportPolicy({ minimumInterval, maximumInterval })).toThrow(message);
  });
});
