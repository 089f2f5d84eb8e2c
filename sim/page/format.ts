/** How times and quantities are written on the page. All times of day are UTC: that is what payloads and logs have. */

/** `11:43:02`. */
export function timeOfDay(time: number): string {
  return Number.isFinite(time) ? new Date(time).toISOString().slice(11, 19) : '';
}

/** `11:43:02.118`. */
export function exactTimeOfDay(time: number): string {
  return Number.isFinite(time) ? new Date(time).toISOString().slice(11, 23) : '';
}

/** `2026-11-30`. */
export function dateOf(time: number): string {
  return Number.isFinite(time) ? new Date(time).toISOString().slice(0, 10) : '';
}

/** A length of time in its largest two units: `42 s`, `3 min 5 s`, `2 d 4 h`. */
export function lengthOfTime(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const units: [string, number][] = [
    ['d', 86_400],
    ['h', 3_600],
    ['min', 60],
    ['s', 1],
  ];
  const at = units.findIndex(([, length]) => seconds >= length);
  if (at < 0) return '0 s';
  const [unit, length] = units[at]!;
  const next = units[at + 1];
  const rest = next ? Math.floor((seconds % length) / next[1]) : 0;
  return `${Math.floor(seconds / length)} ${unit}${rest > 0 && next ? ` ${rest} ${next[0]}` : ''}`;
}

const thousands = new Intl.NumberFormat('en', { maximumFractionDigits: 3 });

/** `1,234.5`; text and truth as they are. */
export function valueText(value: number | string | boolean): string {
  return typeof value === 'number' ? thousands.format(value) : String(value);
}

/** `21.5 °C`. */
export function quantity(value: number | string | boolean, unit?: string): string {
  return unit ? `${valueText(value)} ${unit}` : valueText(value);
}

/** `paused`, `1×`, `60×`, `as fast as possible`. */
export function speedText(speed: number): string {
  if (speed === 0) return 'paused';
  return speed >= 1e9 ? 'as fast as possible' : `${thousands.format(speed)}×`;
}
