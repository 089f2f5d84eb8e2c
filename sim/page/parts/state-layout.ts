/**
 * Places the states of a machine on a grid and draws its steps as curves that stay clear of the boxes between. Pure
 * geometry, in the units of an SVG's view box.
 */

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A state, and its cell of the grid. */
export interface StateCell {
  readonly state: number;
  readonly label: string;
  readonly column: number;
  readonly row: number;
}

export interface MachineStep {
  readonly from: number;
  readonly to: number;
  readonly cause: string;
}

/** A state with its place: the upper left corner. */
export interface StateBox extends StateCell, Point {}

/** A step with its way: a cubic curve from the edge of one box to the edge of another. */
export interface StepArrow extends MachineStep {
  readonly curve: readonly [Point, Point, Point, Point];
}

export interface MachineLayout {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly StateBox[];
  readonly arrows: readonly StepArrow[];
}

export const BOX_WIDTH = 92;
export const BOX_HEIGHT = 30;
const GAP_X = 34;
const GAP_Y = 46;
/** Room for loops and for arrows round the outside. */
const MARGIN = 24;
/** How far an arrow stays away from boxes it does not belong to. */
const CLEARANCE = 4;
/** What is tried for the bends of an arrow, near its beginning and near its end: to the left or right of its way. */
const BENDS = [0, 14, -14, 30, -30, 52, -52, 80, -80, 115, -115, 160, -160];
/** So near are two arrows the same one for the eye. */
const NEAR = 5;
const SAMPLES = 24;

/** Steps between the same two states become one arrow, with all causes. */
export function layOut(states: readonly StateCell[], steps: readonly MachineStep[]): MachineLayout {
  const boxes = states.map((cell) => ({
    ...cell,
    x: MARGIN + cell.column * (BOX_WIDTH + GAP_X),
    y: MARGIN + cell.row * (BOX_HEIGHT + GAP_Y),
  }));
  const merged: MachineStep[] = [];
  for (const step of steps) {
    const at = merged.findIndex(({ from, to }) => from === step.from && to === step.to);
    if (at < 0) merged.push(step);
    else merged[at] = { ...step, cause: `${merged[at]!.cause}, ${step.cause}` };
  }
  const boxOf = (state: number): StateBox => boxes.find((box) => box.state === state)!;
  // Short ways are drawn first, so that the long ones bend round them; loops are drawn last.
  const length = ({ from, to }: MachineStep): number => (from === to ? 99 : far(boxOf(from), boxOf(to)));
  const order = [...merged].sort((a, b) => length(a) - length(b));
  const drawn = new Map<MachineStep, StepArrow>();
  for (const step of order) {
    const from = boxOf(step.from);
    const to = boxOf(step.to);
    const curve = from === to ? loop(from, [...drawn.values()]) : best(from, to, boxes, [...drawn.values()]);
    drawn.set(step, { ...step, curve });
  }
  return {
    width: Math.max(...boxes.map(({ x }) => x)) + BOX_WIDTH + MARGIN,
    height: Math.max(...boxes.map(({ y }) => y)) + BOX_HEIGHT + MARGIN,
    boxes,
    arrows: merged.map((step) => drawn.get(step)!),
  };
}

/** The `d` of an SVG path. */
export function pathOf({ curve: [a, b, c, d] }: StepArrow): string {
  const text = ({ x, y }: Point): string => `${x.toFixed(1)} ${y.toFixed(1)}`;
  return `M${text(a)}C${text(b)} ${text(c)} ${text(d)}`;
}

/** Points of the curve, its ends among them. */
export function pointsOf({ curve }: Pick<StepArrow, 'curve'>): Point[] {
  return Array.from({ length: SAMPLES + 1 }, (_, i) => {
    const t = i / SAMPLES;
    return blossom(curve, t, t, t);
  });
}

export function isInside({ x, y }: Point, box: Point, clearance: number): boolean {
  return (
    x > box.x - clearance &&
    x < box.x + BOX_WIDTH + clearance &&
    y > box.y - clearance &&
    y < box.y + BOX_HEIGHT + clearance
  );
}

function far(a: StateBox, b: StateBox): number {
  return Math.hypot(a.column - b.column, a.row - b.row);
}

/** Above or below the box, where the fewest arrows are near. */
function loop({ x, y }: StateBox, drawn: readonly StepArrow[]): StepArrow['curve'] {
  const at = (middle: number, edge: number, out: number): StepArrow['curve'] => [
    { x: middle - 8, y: edge },
    { x: middle - 14, y: edge + out },
    { x: middle + 14, y: edge + out },
    { x: middle + 8, y: edge },
  ];
  const taken = drawn.flatMap(pointsOf);
  const crowd = (curve: StepArrow['curve']): number =>
    pointsOf({ curve }).filter((point) =>
      taken.some((other) => Math.hypot(point.x - other.x, point.y - other.y) < NEAR),
    ).length;
  return [BOX_WIDTH - 16, 16]
    .flatMap((from) => [at(x + from, y, -20), at(x + from, y + BOX_HEIGHT, 20)])
    .reduce((least, curve) => (crowd(curve) < crowd(least) ? curve : least));
}

/** The curve that touches the fewest boxes and arrows, and of those the straightest. */
function best(
  from: StateBox,
  to: StateBox,
  boxes: readonly StateBox[],
  drawn: readonly StepArrow[],
): StepArrow['curve'] {
  const right = Math.max(...boxes.map(({ x }) => x)) + BOX_WIDTH + MARGIN - 2;
  const bottom = Math.max(...boxes.map(({ y }) => y)) + BOX_HEIGHT + MARGIN - 2;
  const others = boxes.filter((box) => box !== from && box !== to);
  let found: StepArrow['curve'] | undefined;
  let least = Infinity;
  for (const first of BENDS) {
    for (const second of BENDS) {
      // Straight or round before wavy.
      let cost = Math.abs(first) + Math.abs(second) + Math.abs(first - second);
      if (cost >= least) continue;
      const curve = bent(from, to, first, second);
      const points = pointsOf({ curve });
      for (const point of points) {
        if (others.some((box) => isInside(point, box, CLEARANCE))) cost += 2000;
        if (point.x < 2 || point.y < 2 || point.x > right || point.y > bottom) cost += 1000;
      }
      if (cost >= least) continue;
      for (const arrow of drawn) if (runsAlong(points, pointsOf(arrow))) cost += 600;
      if (cost >= least) continue;
      least = cost;
      found = curve;
    }
  }
  return found!;
}

/** For a third of its length one cannot be told from the other. */
export function runsAlong(points: readonly Point[], others: readonly Point[], distance = NEAR): boolean {
  const near = points.filter(({ x, y }) => others.some((other) => Math.hypot(x - other.x, y - other.y) < distance));
  return near.length > points.length / 3;
}

/** From edge to edge, with control points that lie so far beside the straight line. */
function bent(from: StateBox, to: StateBox, first: number, second: number): StepArrow['curve'] {
  const a = centre(from);
  const b = centre(to);
  const length = Math.hypot(b.x - a.x, b.y - a.y);
  const beside = (share: number, bend: number): Point => ({
    x: a.x + (b.x - a.x) * share - ((b.y - a.y) / length) * bend,
    y: a.y + (b.y - a.y) * share + ((b.x - a.x) / length) * bend,
  });
  const whole: StepArrow['curve'] = [a, beside(1 / 3, first), beside(2 / 3, second), b];
  const start = leave(from, (t) => blossom(whole, t, t, t));
  const end = 1 - leave(to, (t) => blossom(whole, 1 - t, 1 - t, 1 - t));
  return [
    blossom(whole, start, start, start),
    blossom(whole, start, start, end),
    blossom(whole, start, end, end),
    blossom(whole, end, end, end),
  ];
}

/** The polar form of a cubic curve: with three equal numbers a point of it, else a control point of a part of it. */
function blossom([a, b, c, d]: StepArrow['curve'], r: number, s: number, t: number): Point {
  const mix = (of: (point: Point) => number): number => {
    const between = (from: number, to: number, share: number): number => from + (to - from) * share;
    const first = between(of(a), of(b), r);
    const middle = between(of(b), of(c), r);
    const last = between(of(c), of(d), r);
    return between(between(first, middle, s), between(middle, last, s), t);
  };
  return { x: mix(({ x }) => x), y: mix(({ y }) => y) };
}

function centre({ x, y }: StateBox): Point {
  return { x: x + BOX_WIDTH / 2, y: y + BOX_HEIGHT / 2 };
}

/** Where a way that begins in the box leaves it. */
function leave(box: StateBox, way: (t: number) => Point): number {
  let inside = 0;
  let outside = 1;
  for (let t = 0; t <= 1; t += 1 / 64) {
    if (!isInside(way(t), box, 0)) {
      outside = t;
      break;
    }
    inside = t;
  }
  for (let i = 0; i < 12; i++) {
    const middle = (inside + outside) / 2;
    if (isInside(way(middle), box, 0)) inside = middle;
    else outside = middle;
  }
  return outside;
}
