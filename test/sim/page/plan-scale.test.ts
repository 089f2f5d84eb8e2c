import { describe, expect, test } from 'vitest';
import { boundsOf, Scale } from '../../../sim/page/plan-scale.js';

describe('what the floor plan shows', () => {
  test('is no smaller than ten metres, with all points', () => {
    expect(boundsOf([])).toEqual({ left: 0, right: 10, bottom: 0, top: 10 });
    expect(boundsOf([[3, 4]])).toEqual({ left: -2, right: 8, bottom: 1, top: 7 });
    expect(
      boundsOf([
        [0, 0],
        [30, 16],
      ]),
    ).toEqual({ left: 0, right: 30, bottom: 0, top: 16 });
  });

  test('stays as it is while somebody walks within it', () => {
    const before = boundsOf([
      [0, 0],
      [30, 16],
    ]);
    expect(
      boundsOf(
        [
          [0, 0],
          [25, 16],
        ],
        before,
      ),
    ).toBe(before);
  });

  test('grows by more than a step when somebody leaves it', () => {
    const before = boundsOf([
      [0, 0],
      [30, 16],
    ]);
    const after = boundsOf(
      [
        [0, 0],
        [30.1, 16],
      ],
      before,
    );
    expect(after.right).toBeGreaterThan(33);
    expect(
      boundsOf(
        [
          [0, 0],
          [31, 16],
        ],
        after,
      ),
    ).toBe(after);
  });

  test('shrinks when most of it is empty', () => {
    const before = { left: 0, right: 90, bottom: 0, top: 40 };
    expect(
      boundsOf(
        [
          [0, 0],
          [22, 16],
        ],
        before,
      ),
    ).toEqual({ left: 0, right: 22, bottom: 0, top: 16 });
  });

  test('is drawn north up, and read back from the screen', () => {
    const scale = new Scale({ left: 0, right: 30, bottom: 0, top: 16 }, 340);
    expect([scale.x(0), scale.x(30)]).toEqual([20, 320]);
    expect([scale.y(0), scale.y(16)]).toEqual([scale.height - 20, 20]);
    expect(scale.metres(scale.x(7.3), scale.y(2.1))).toEqual([7.3, 2.1]);
    // Nothing is put outside of it.
    expect(scale.metres(-100, 10_000)).toEqual([0, 0]);
  });

  test('has room for names where the world is flat, which then lies in the middle', () => {
    const scale = new Scale({ left: 0, right: 100, bottom: 0, top: 6 }, 340);
    expect(scale.height).toBe(160);
    expect(scale.y(3)).toBe(80);
    expect(scale.metres(scale.x(50), scale.y(2))).toEqual([50, 2]);
    expect(scale.metres(20, 0)).toEqual([0, 6]);
  });
});
