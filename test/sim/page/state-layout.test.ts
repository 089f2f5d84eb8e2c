import { describe, expect, it } from 'vitest';
import { connectionMachine, sessionMachine } from '../../../sim/page/parts/machines.js';
import { isInside, layOut, pointsOf, runsAlong } from '../../../sim/page/parts/state-layout.js';
import type { MachineLayout, StateBox, StepArrow } from '../../../sim/page/parts/state-layout.js';

function boxOf({ boxes }: MachineLayout, state: number): StateBox {
  return boxes.find((box) => box.state === state)!;
}

function name({ boxes }: MachineLayout, { from, to }: StepArrow): string {
  return `${boxOf({ boxes } as MachineLayout, from).label} → ${boxOf({ boxes } as MachineLayout, to).label}`;
}

describe.each([connectionMachine, sessionMachine])('the drawing of the $title', ({ layout, steps, nameOf }) => {
  it('has a box for each state and an arrow for each step of the table', () => {
    expect(new Set(layout.boxes.map(({ state }) => state)).size).toBe(layout.boxes.length);
    const wanted = new Set(steps.map(({ from, to }) => `${nameOf(from)} → ${nameOf(to)}`));
    expect(new Set(layout.arrows.map((arrow) => name(layout, arrow)))).toEqual(wanted);
    expect(layout.arrows).toHaveLength(wanted.size);
  });

  it('has arrows that begin and end at the edges of their boxes', () => {
    for (const arrow of layout.arrows) {
      const points = pointsOf(arrow);
      for (const [point, state] of [
        [points[0]!, arrow.from],
        [points.at(-1)!, arrow.to],
      ] as const) {
        expect(isInside(point, boxOf(layout, state), 0.6), name(layout, arrow)).toBe(true);
        expect(isInside(point, boxOf(layout, state), -0.6), name(layout, arrow)).toBe(false);
      }
    }
  });

  it('has no arrow that runs through a box of another state or out of the picture', () => {
    const wrong = layout.arrows.filter((arrow) =>
      pointsOf(arrow).some(
        (point) =>
          point.x < 0 ||
          point.y < 0 ||
          point.x > layout.width ||
          point.y > layout.height ||
          layout.boxes.some((box) => box.state !== arrow.from && box.state !== arrow.to && isInside(point, box, 1)),
      ),
    );
    expect(wrong.map((arrow) => name(layout, arrow))).toEqual([]);
  });

  it('has no arrow that another one hides', () => {
    const ways = layout.arrows.map((arrow) => ({ name: name(layout, arrow), points: pointsOf(arrow) }));
    const hidden: string[] = [];
    ways.forEach((one, i) => {
      for (const other of ways.slice(i + 1)) {
        if (runsAlong(one.points, other.points, 3)) hidden.push(`${one.name} and ${other.name}`);
      }
    });
    expect(hidden).toEqual([]);
  });

  it('is narrow enough for a telephone', () => {
    // The letters are then 11 pixels high at a width of 328.
    expect(layout.width).toBeLessThan(400);
  });
});

it('steps between the same states are one arrow with all causes', () => {
  const cells = [
    { state: 0, label: 'a', column: 0, row: 0 },
    { state: 1, label: 'b', column: 1, row: 0 },
  ];
  const { arrows } = layOut(cells, [
    { from: 0, to: 1, cause: 'first' },
    { from: 0, to: 1, cause: 'second' },
  ]);
  expect(arrows.map(({ cause }) => cause)).toEqual(['first, second']);
});
