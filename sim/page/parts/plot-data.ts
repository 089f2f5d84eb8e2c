/** What a plot of readings shows, made of the series of the store. Times are milliseconds since 1970. */

/** A field of a tag that is drawn. */
export interface PlotLine {
  readonly tag: string;
  readonly field: string;
}

/** Points over time; `values` has null where the line is interrupted. */
export interface PlotPoints {
  readonly times: readonly number[];
  readonly values: readonly (number | null)[];
}

/** What uPlot takes: times, then for each line a value, null for a gap, undefined where only others have one. */
export type AlignedValues = [number[], ...(number | null | undefined)[][]];

/** So many lines can still be told apart; the style sheet has a colour for each. */
export const MOST_LINES = 6;

/** Dashes, so that colours are not the only sign. */
export const DASHES: readonly (readonly number[])[] = [[], [7, 3], [2, 3], [9, 3, 2, 3], [4, 4], [12, 4]];

/** A tag that is silent for so many times its usual interval has sent nothing, and the line is interrupted. */
const MISSED = 2.5;

/**
 * After how long without a point a line is interrupted. `heartbeat`: when a reading comes at the latest, if known; else
 * the interval that nine of ten are shorter than counts. Infinity for less than four points.
 */
export function gapAfter(times: readonly number[], heartbeat?: number): number {
  if (heartbeat !== undefined && heartbeat > 0 && isFinite(heartbeat)) return heartbeat * 1.5;
  if (times.length < 4) return Infinity;
  const intervals = times.slice(1).map((time, i) => time - times[i]!);
  intervals.sort((a, b) => a - b);
  return MISSED * intervals[Math.floor((intervals.length - 1) * 0.9)]!;
}

/** The points, with a null in the middle of each gap, and after the last point where it is that long ago. */
export function withGaps(times: readonly number[], values: readonly number[], gap: number, now: number): PlotPoints {
  const outTimes: number[] = [];
  const outValues: (number | null)[] = [];
  times.forEach((time, i) => {
    const before = times[i - 1];
    if (before !== undefined && time - before > gap) {
      outTimes.push((before + time) / 2);
      outValues.push(null);
    }
    outTimes.push(time);
    outValues.push(values[i]!);
  });
  const last = times[times.length - 1];
  if (last !== undefined && now - last > gap) {
    outTimes.push(last + gap / 2);
    outValues.push(null);
  }
  return { times: outTimes, values: outValues };
}

/** Several lines over the times of all of them. */
export function align(lines: readonly PlotPoints[]): AlignedValues {
  const times = [...new Set(lines.flatMap((line) => line.times))].sort((a, b) => a - b);
  const columns = lines.map((line) => {
    let at = 0;
    return times.map((time) => {
      let value: number | null | undefined;
      // Of several points of one moment the last one counts.
      while (at < line.times.length && line.times[at]! <= time) value = line.values[at++];
      return value;
    });
  });
  return [times, ...columns];
}

/** Of the points in a time: the least and the most; undefined: there are none. */
export function rangeOf(
  times: readonly number[],
  values: readonly number[],
  from: number,
  to: number,
): { readonly least: number; readonly most: number } | undefined {
  let least = Infinity;
  let most = -Infinity;
  for (let at = 0; at < times.length; at++) {
    if (times[at]! < from || times[at]! > to) continue;
    least = Math.min(least, values[at]!);
    most = Math.max(most, values[at]!);
  }
  return least <= most ? { least, most } : undefined;
}

/** A stretch of time. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** Nearer (`factor` below 1) or farther, about the middle; at least a second. */
export function zoomed({ from, to }: Window, factor: number): Window {
  const middle = (from + to) / 2;
  const half = Math.max(500, ((to - from) / 2) * factor);
  return { from: middle - half, to: middle + half };
}

/** Earlier (`share` below 0) or later, by a share of its length. */
export function moved({ from, to }: Window, share: number): Window {
  const by = (to - from) * share;
  return { from: from + by, to: to + by };
}

/** The time that a plot shows when it follows what comes: the last `span`, or all that there is. */
export function following(first: number | undefined, now: number, span: number): Window {
  const from = isFinite(span) ? now - span : (first ?? now - 60_000);
  return { from: Math.min(from, now - 1000), to: now };
}
