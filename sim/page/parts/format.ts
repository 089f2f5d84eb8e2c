import { lengthOfTime, quantity, valueText } from '../format.js';

/** "0.4 s", and from ten seconds on "12 s", "3 min 5 s", "2 h 10 min": for what counts up or down. */
export function countText(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000;
  return seconds < 9.95 ? `${seconds.toFixed(1)} s` : lengthOfTime(milliseconds);
}

/** "9 ms", "1.25 s", "14 s": how long something took. */
export function latencyText(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  return milliseconds < 9995 ? `${(milliseconds / 1000).toFixed(2)} s` : lengthOfTime(milliseconds);
}

const SCALES: readonly (readonly [name: string, bytes: number])[] = [
  ['KiB', 2 ** 10],
  ['MiB', 2 ** 20],
  ['GiB', 2 ** 30],
];

/** "9,812 B", "15.2 KiB", "3.1 MiB", "20 GiB"; other units as they are. */
export function amountText(value: number, unit: string): string {
  if (unit !== 'B' || Math.abs(value) < 10_000) return quantity(value, value === 1 ? singular(unit) : unit);
  const [name, length] = SCALES.find(([, each]) => Math.abs(value) < 1000 * each) ?? SCALES.at(-1)!;
  return quantity(Math.round((value / length) * 10) / 10, name);
}

/** "report" of "reports"; units that are symbols stay. */
function singular(unit: string): string {
  return unit.length > 3 && unit.endsWith('s') ? unit.slice(0, -1) : unit;
}

/** "3 of 16 messages", "812 B of 64 KiB", "21 %". */
export function shareText(value: number, maximum: number | undefined, unit: string): string {
  if (maximum === undefined) return amountText(value, unit);
  return `${unit === 'B' ? amountText(value, unit) : valueText(value)} of ${amountText(maximum, unit)}`;
}
