/** What of a world the floor plan shows, and where on the screen that is. */

/** East and north of the origin of the world, metres. */
export type Point = readonly [number, number];

/** Metres. */
export interface Bounds {
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
  readonly top: number;
}

/** Pixels. */
const MARGIN = 20;
/** One that is flat, such as a road, has room for names above each other, and moves little when it becomes higher. */
const LEAST_HIGH = 160;
const HIGHEST = 340;

/**
 * A rectangle with all points, no smaller than ten metres. That from before is kept as long as it has all of them and
 * is not much too large: else the plan would jump with each step of a tag.
 */
export function boundsOf(points: readonly Point[], before?: Bounds): Bounds {
  let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const [x, y] of points) {
    left = Math.min(left, x);
    right = Math.max(right, x);
    bottom = Math.min(bottom, y);
    top = Math.max(top, y);
  }
  if (left > right) [left, right, bottom, top] = [0, 10, 0, 10];
  const wide = Math.max(right - left, 10);
  const high = Math.max(top - bottom, 6);
  const fits = before && before.left <= left && before.right >= right && before.bottom <= bottom && before.top >= top;
  if (fits && (wide > 0.6 * (before.right - before.left) || high > 0.6 * (before.top - before.bottom))) return before;
  // Who left the old one goes on in the same direction.
  const margin = before && !fits ? 0.1 : 0;
  const aside = (wide - (right - left)) / 2 + wide * margin;
  const above = (high - (top - bottom)) / 2 + high * margin;
  return { left: left - aside, right: right + aside, bottom: bottom - above, top: top + above };
}

/** Metres to pixels and back; north is up. */
export class Scale {
  readonly pixels: number;
  readonly height: number;
  /** Pixels below the southern edge, and as many above the northern one. */
  private readonly margin: number;

  constructor(
    readonly bounds: Bounds,
    readonly width: number,
  ) {
    const { left, right, bottom, top } = bounds;
    this.pixels = Math.min((width - 2 * MARGIN) / (right - left), (HIGHEST - 2 * MARGIN) / (top - bottom));
    const high = (top - bottom) * this.pixels;
    this.height = Math.max(LEAST_HIGH, Math.round(high + 2 * MARGIN));
    this.margin = (this.height - high) / 2;
  }

  x(metres: number): number {
    const { left, right } = this.bounds;
    return Math.round((this.width / 2 + (metres - (left + right) / 2) * this.pixels) * 10) / 10;
  }

  y(metres: number): number {
    return Math.round((this.height - this.margin - (metres - this.bounds.bottom) * this.pixels) * 10) / 10;
  }

  /** Within the plan, in decimetres. */
  metres(x: number, y: number): [number, number] {
    const { left, right, bottom, top } = this.bounds;
    const east = (x - this.width / 2) / this.pixels + (left + right) / 2;
    const north = (this.height - this.margin - y) / this.pixels + bottom;
    return [decimetres(clamp(east, left, right)), decimetres(clamp(north, bottom, top))];
  }
}

export const clamp = (value: number, least: number, most: number): number => Math.max(least, Math.min(value, most));
/** Rounded to 0.1 m. */
export const decimetres = (metres: number): number => Math.round(metres * 10) / 10;
