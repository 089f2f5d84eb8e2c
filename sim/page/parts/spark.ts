/** What a small plot of a meter shows. */
export interface Spark {
  /** The `d` of the line; pieces where points are missing. */
  readonly line: string;
  /** Between what the line runs. */
  readonly least: number;
  readonly most: number;
}

/** How long the history of a meter is, in the time of the person at the page. */
export const HISTORY_MILLISECONDS = 600_000;

/** The time of the world that the history shows: ten minutes, or as long as ten minutes of the person are in it. */
export function historySpan(speed: number | undefined): number {
  return HISTORY_MILLISECONDS * Math.max(1, speed ?? 1);
}

/**
 * A line of the points of the last `span` milliseconds before `now`, in a box of `width` and `height`. Zero is at the
 * bottom, `maximum` at the top; without one the largest value that is seen. Of the points in one column the least and
 * the most are drawn, so that no peak is lost.
 */
export function sparkOf(
  times: readonly number[],
  values: readonly number[],
  view: { now: number; span: number; width: number; height: number; maximum?: number | undefined },
): Spark {
  const { now, width, height } = view;
  const begin = Math.max(now - view.span, times[0] ?? now);
  let first = times.length;
  while (first > 0 && times[first - 1]! >= begin) first--;
  // The one before reaches into the picture.
  if (first > 0) first--;
  const length = Math.max(1, now - begin);
  let least = Infinity;
  let most = -Infinity;
  for (let at = first; at < times.length; at++) {
    least = Math.min(least, values[at]!);
    most = Math.max(most, values[at]!);
  }
  if (first === times.length) return { line: '', least: 0, most: 0 };
  const top = Math.max(view.maximum ?? most, 1e-9);
  const bottom = Math.min(0, least);
  const y = (value: number): string =>
    (height - ((Math.min(value, top) - bottom) / (top - bottom)) * height).toFixed(1);
  let line = '';
  let column = -1;
  let low = 0;
  let high = 0;
  let last = 0;
  const draw = (): void => {
    if (column < 0) return;
    line += `${line === '' ? 'M' : 'L'}${column} ${y(low === last ? high : low)}`;
    if (high !== low) line += `L${column} ${y(last)}`;
  };
  for (let at = first; at < times.length; at++) {
    const value = values[at]!;
    const place = Math.max(0, Math.min(width, Math.round(((times[at]! - begin) / length) * width)));
    if (place !== column) {
      draw();
      // A value counts until there is another one.
      if (column >= 0) line += `L${place} ${y(last)}`;
      column = place;
      low = value;
      high = value;
    }
    low = Math.min(low, value);
    high = Math.max(high, value);
    last = value;
  }
  draw();
  return { line: `${line}L${width} ${y(last)}`, least, most };
}
