import { describe, expect, it } from 'vitest';
import { celsiusAt, positionAt } from '../../../sim/world/motion.js';
import type { WorldTag } from '../../../sim/world/world-file.js';
import { meanRssi, reportedRssi } from '../../../sim/world/world.js';

const tag: WorldTag = {
  address: '00:00:00:00:00:01',
  name: 'tag',
  format: 'mikrotik-tg-bt5',
  intervalMilliseconds: 1000,
  rssiAt1m: -59,
  batteryPercent: 50,
};

const at = (moved: Partial<WorldTag>, seconds: number): number[] => {
  const into = new Float64Array(3);
  positionAt({ ...tag, ...moved }, seconds, into);
  return Array.from(into);
};

describe('position', () => {
  it('stays, or goes on with its velocity', () => {
    expect(at({ position: [1, 2, 3] }, 99)).toEqual([1, 2, 3]);
    expect(at({ position: [1, 2, 3], velocity: [0.5, 0, -1] }, 10)).toEqual([6, 2, -7]);
  });

  it.each([
    [0, [0, 0, 0]],
    [1, [2, 0, 0]],
    [2, [4, 0, 0]],
    [3, [4, 2, 0]],
    [3.5, [4, 3, 0]],
    [4, [4, 2, 0]],
    [7, [0, 0, 0]],
    [8, [2, 0, 0]],
    [7000, [0, 0, 0]],
  ])('on a path there and back, after %s s', (seconds, expected) => {
    // 4 m and 3 m at 2 m/s.
    const points: [number, number, number][] = [
      [0, 0, 0],
      [4, 0, 0],
      [4, 0, 0],
      [4, 3, 0],
    ];
    expect(at({ path: { points, metersPerSecond: 2 } }, seconds)).toEqual(expected);
  });

  it('is defined on a path without length', () => {
    expect(
      at(
        {
          path: {
            points: [
              [1, 1, 1],
              [1, 1, 1],
            ],
            metersPerSecond: 2,
          },
        },
        5,
      ),
    ).toEqual([1, 1, 1]);
  });
});

describe('temperature', () => {
  it('drifts to its limit', () => {
    const warming = { ...tag, temperature: { celsius: 4, driftPerHour: 10, limitCelsius: 20 } };
    expect(celsiusAt(warming, 0)).toBe(4);
    expect(celsiusAt(warming, 1800)).toBe(9);
    expect(celsiusAt(warming, 36_000)).toBe(20);
    const cooling = { ...tag, temperature: { celsius: 4, driftPerHour: -10, limitCelsius: -20 } };
    expect(celsiusAt(cooling, 360)).toBe(3);
    expect(celsiusAt(cooling, 36_000)).toBe(-20);
    expect(celsiusAt({ ...tag, temperature: { celsius: 4, driftPerHour: 10 } }, 36_000)).toBe(104);
    expect(celsiusAt(tag, 0)).toBeNaN();
  });
});

describe('path loss', () => {
  it('is 10 n dB a decade, from the value at 1 m', () => {
    expect(meanRssi(-59, 2, 1)).toBe(-59);
    expect(meanRssi(-59, 2, 10)).toBeCloseTo(-79);
    expect(meanRssi(-59, 3, 100)).toBeCloseTo(-119);
    expect(meanRssi(-59, 2, 0.1)).toBeCloseTo(-39);
    expect(meanRssi(-59, 2, 0)).toBeCloseTo(-39);
  });

  it('is reported in whole dBm within the range of a controller', () => {
    expect(reportedRssi(-59.4)).toBe(-59);
    expect(reportedRssi(-200)).toBe(-127);
    expect(reportedRssi(50)).toBe(20);
  });
});
