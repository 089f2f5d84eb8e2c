import { describe, expect, it } from 'vitest';
import { align, following, gapAfter, moved, rangeOf, withGaps, zoomed } from '../../../sim/page/parts/plot-data.js';

describe('a gap', () => {
  it('is longer than the heartbeat, where that is known', () => {
    expect(gapAfter([0, 10, 20, 30], 60_000)).toBe(90_000);
  });

  it('is else a few times what is usual; one outage does not change that', () => {
    const times = Array.from({ length: 40 }, (_, i) => i * 1000 + (i > 20 ? 600_000 : 0));
    expect(gapAfter(times)).toBe(2500);
    expect(gapAfter([0, 1000, 90_000])).toBe(Infinity);
  });

  it('interrupts the line', () => {
    expect(withGaps([0, 10, 100, 110], [1, 2, 3, 4], 50, 115)).toEqual({
      times: [0, 10, 55, 100, 110],
      values: [1, 2, null, 3, 4],
    });
  });

  it('is also at the end, when nothing comes any more', () => {
    expect(withGaps([0, 10], [1, 2], 50, 61)).toEqual({ times: [0, 10, 35], values: [1, 2, null] });
    expect(withGaps([], [], 50, 1000)).toEqual({ times: [], values: [] });
  });
});

it('lines have the times of all; what another line has is no gap', () => {
  const one = { times: [0, 20, 20], values: [1, null, 2] };
  const two = { times: [10, 20], values: [5, 6] };
  expect(align([one, two])).toEqual([
    [0, 10, 20],
    [1, undefined, 2],
    [undefined, 5, 6],
  ]);
});

it('the range is that of the points in sight', () => {
  expect(rangeOf([0, 10, 20], [5, -1, 9], 0, 10)).toEqual({ least: -1, most: 5 });
  expect(rangeOf([0, 10], [5, 6], 11, 20)).toBeUndefined();
});

describe('the time that is shown', () => {
  it('is zoomed about its middle, and not without end', () => {
    expect(zoomed({ from: 0, to: 100_000 }, 0.5)).toEqual({ from: 25_000, to: 75_000 });
    expect(zoomed({ from: 0, to: 1000 }, 0.001)).toEqual({ from: 0, to: 1000 });
  });

  it('is moved by a share', () => {
    expect(moved({ from: 0, to: 100 }, -0.5)).toEqual({ from: -50, to: 50 });
  });

  it('follows what comes', () => {
    expect(following(50, 100_000, 10_000)).toEqual({ from: 90_000, to: 100_000 });
    expect(following(50, 100_000, Infinity)).toEqual({ from: 50, to: 100_000 });
    expect(following(undefined, 100_000, Infinity)).toEqual({ from: 40_000, to: 100_000 });
  });
});
