const UNITS: { readonly [unit: string]: number } = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of a time with its unit, such as `90s`, `1.5h` or `7d`: 0 to 10 years; NaN when it is none. */
export function milliseconds(text: string): number {
  const [, amount, unit] = /^(\d{1,12}(?:\.\d{1,6})?)(ms|s|m|h|d)$/.exec(text) ?? [];
  const time = unit === undefined ? NaN : Math.round(Number(amount) * UNITS[unit]!);
  return time <= 3650 * UNITS['d']! ? time : NaN;
}
