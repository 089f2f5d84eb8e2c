import { expect, it } from 'vitest';
import { outboxCuts } from './outbox-campaign.js';

it.each([
  [0, 'none'],
  [1, 'at most what came in the last second'],
  [5, 'at most what came in the last five'],
])('an outbox that persists after %d seconds loses %s by a power cut', (persistSeconds) => {
  const sum = { spilled: 0, acknowledged: 0, lost: 0 };
  for (let seed = 1; seed <= 20; seed++) {
    const figures = outboxCuts(seed, persistSeconds, 10);
    sum.spilled += figures.spilled;
    sum.acknowledged += figures.acknowledged;
    sum.lost += figures.lost;
  }
  expect(Math.min(sum.spilled, sum.acknowledged)).toBeGreaterThan(500);
  expect(sum.lost > 0).toBe(persistSeconds > 0);
});
