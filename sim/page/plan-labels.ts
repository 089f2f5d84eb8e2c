/** Where the names on the floor plan stand, so that none covers another one, nor a tag. Pixels throughout. */

export type Side = 'right' | 'left' | 'above' | 'below';

/** Something with a name. */
export interface Named {
  readonly id: string;
  readonly name: string;
  readonly x: number;
  readonly y: number;
  /** Its name stands in bold type, and is there whatever it covers. */
  readonly strong?: boolean;
}

export interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** From the middle of a mark to its name. */
export const GAP = 8;
/** A mark, of a tag or a gateway, from its middle. */
const MARK = 6;
/** Of a character of 11 pixels in the widest of the page's fonts. */
const CHARACTER = 6.8;
const STRONG_CHARACTER = 7.5;
/** Of a line above its baseline and below. */
const ASCENT = 9;
const DESCENT = 3;
const CELL = 32;

const SIDES: readonly Side[] = ['right', 'left', 'above', 'below'];

/** Where a text begins, or has its middle or its end, and its baseline, from the middle of the mark. */
export const ANCHORS: { readonly [side in Side]: { dx: number; dy: number; anchor: 'start' | 'middle' | 'end' } } = {
  right: { dx: GAP, dy: 4, anchor: 'start' },
  left: { dx: -GAP, dy: 4, anchor: 'end' },
  above: { dx: 0, dy: -GAP, anchor: 'middle' },
  below: { dx: 0, dy: GAP + ASCENT, anchor: 'middle' },
};

/** The mark of `one` reaches into `box`. */
export function isNear({ x, y }: Pick<Named, 'x' | 'y'>, { left, right, top, bottom }: Box): boolean {
  return x + MARK > left && x - MARK < right && y + MARK > top && y - MARK < bottom;
}

function boxOf({ name, x, y, strong = false }: Named, side: Side): Box {
  const { dx, dy, anchor } = ANCHORS[side];
  const length = name.length * (strong ? STRONG_CHARACTER : CHARACTER);
  const left = x + dx - (anchor === 'start' ? 0 : anchor === 'end' ? length : length / 2);
  return { left, right: left + length, top: y + dy - ASCENT, bottom: y + dy + DESCENT };
}

/**
 * A side for each name that has room there, the first ones first; of the rest the names are left out. `before`: what it
 * returned last, which is kept where it still has room, so that names do not jump. `taken`: where none may stand.
 */
export function placeNames(
  named: readonly Named[],
  { width, height }: { readonly width: number; readonly height: number },
  taken: readonly Box[],
  before: ReadonlyMap<string, Side>,
): Map<string, Side> {
  const boxes = new Boxes();
  for (const box of taken) boxes.add(box);
  for (const { x, y } of named) boxes.add({ left: x - MARK, right: x + MARK, top: y - MARK, bottom: y + MARK });
  const isWithin = ({ left, right, top, bottom }: Box): boolean =>
    left >= 0 && right <= width && top >= 0 && bottom <= height;

  const sides = new Map<string, Side>();
  const rank = ({ id, strong = false }: Named): number => (strong ? 0 : before.has(id) ? 1 : 2);
  const inOrder = [0, 1, 2].flatMap((level) => named.filter((one) => rank(one) === level));
  for (const one of inOrder) {
    const last = before.get(one.id);
    const tried = last === undefined ? SIDES : [last, ...SIDES.filter((side) => side !== last)];
    const within = tried.filter((side) => isWithin(boxOf(one, side)));
    const side = within.find((each) => boxes.isFree(boxOf(one, each))) ?? (one.strong ? within[0] : undefined);
    if (side === undefined) continue;
    sides.set(one.id, side);
    boxes.add(boxOf(one, side));
  }
  return sides;
}

/** Boxes by the cells of a lattice that they touch. */
class Boxes {
  private readonly cells = new Map<number, Box[]>();

  add(box: Box): void {
    for (const cell of cellsOf(box)) {
      const boxes = this.cells.get(cell);
      if (boxes) boxes.push(box);
      else this.cells.set(cell, [box]);
    }
  }

  isFree(box: Box): boolean {
    for (const cell of cellsOf(box)) {
      for (const other of this.cells.get(cell) ?? []) {
        const isBeside = box.right <= other.left || box.left >= other.right;
        if (!isBeside && box.bottom > other.top && box.top < other.bottom) return false;
      }
    }
    return true;
  }
}

function* cellsOf({ left, right, top, bottom }: Box): Generator<number> {
  for (let y = Math.floor(top / CELL); y <= Math.floor(bottom / CELL); y++) {
    for (let x = Math.floor(left / CELL); x <= Math.floor(right / CELL); x++) yield y * 4096 + x;
  }
}
