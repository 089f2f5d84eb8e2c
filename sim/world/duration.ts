/** From the largest on. */
const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const;
const LONGEST = 3650 * 86_400_000;

/** Milliseconds of a time with its unit, such as `90s`, `1.5h` or `7d`: 0 to 10 years; NaN when it is none. */
export function milliseconds(text: string): number {
  // No sign, and no more than six decimals.
  if (!/^\d+(?:\.\d{1,6})?[a-z]+$/.test(text)) return NaN;
  const time = Math.round(parseTime(text));
  return time <= LONGEST ? time : NaN;
}

/** Milliseconds of a text such as `90s`, `-1.5h` or `250ms`, exact and without a limit; NaN when it is none. */
export function parseTime(text: string): number {
  const [, count, name] = /^(-?\d{1,12}(?:\.\d{1,9})?)(d|h|m|s|ms)$/.exec(text) ?? [];
  for (const [unit, length] of UNITS) if (unit === name) return Number(count) * length;
  return NaN;
}

/** Milliseconds as people write them, exact, in the largest unit that fits: `2m`, `90s`, `1500ms`. */
export function timeOf(milliseconds: number): string {
  for (const [unit, length] of UNITS) {
    if (milliseconds % length === 0 && milliseconds !== 0) return milliseconds / length + unit;
  }
  return milliseconds === 0 ? '0s' : milliseconds + 'ms';
}
