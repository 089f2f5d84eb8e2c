/** Values as text for people. Times are milliseconds. */

/** "0.4 s", "12 s", "3 min 5 s", "2 h 10 min", "3 d 4 h". */
export function durationText(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return two(Math.floor(whole / 60), 'min', whole % 60, 's');
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) return two(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  const hours = Math.round(seconds / 3600);
  return two(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

function two(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** "9 ms", "1.25 s": how long something took. */
export function latencyText(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  return milliseconds < 10_000 ? `${(milliseconds / 1000).toFixed(2)} s` : durationText(milliseconds);
}

/** "14:03:07.250" of a time since 1970, UTC as the world's clock. */
export function clockText(time: number, withMilliseconds = false): string {
  const text = isFinite(time) && Math.abs(time) <= 8.64e15 ? new Date(time).toISOString() : '';
  return text.slice(11, withMilliseconds ? 23 : 19);
}

/** With a narrow no-break space between thousands, and no more digits than tell something. */
export function numberText(value: number, digits = 4): string {
  if (!isFinite(value)) return value > 0 ? '∞' : value < 0 ? '-∞' : '-';
  const rounded = Number.isInteger(value) ? value : Number(value.toPrecision(Math.max(digits, 1)));
  const [whole, fraction] = (Object.is(rounded, -0) ? '0' : String(rounded)).split('.');
  if (whole!.includes('e') || fraction?.includes('e')) return String(rounded);
  const grouped = whole!.replace(/(\d)(?=(\d{3})+$)/g, '$1\u202f');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** "812 B", "1.5 KiB"; other units as they are. */
export function quantityText(value: number, unit: string): string {
  if (unit !== 'B' || Math.abs(value) < 10_000) return unit === '' ? numberText(value) : `${numberText(value)} ${unit}`;
  return Math.abs(value) < 10_240_000
    ? `${numberText(value / 1024, 4)} KiB`
    : `${numberText(value / 1_048_576, 4)} MiB`;
}
