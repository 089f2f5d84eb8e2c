import { frozen } from './frozen.js';

const SECOND_NAMES: readonly (readonly [string, number])[] = frozen([
  ['w', 604800],
  ['d', 86400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
]);

/** A length of time. A type of its own, since scripts print it as `00:01:30`. */
export class Duration {
  readonly seconds: number;

  constructor(seconds: number) {
    this.seconds = seconds;
  }
}

/**
 * Seconds of `10s`, `1m30s`, `500ms`, `1d02:00:00` or `00:00:30`; undefined for anything else. A bare number is one of
 * seconds where `bare` is true.
 */
export function parseDuration(text: string, bare: boolean): number | undefined {
  if (bare && /^\d{1,9}(\.\d{1,3})?$/.test(text)) return Number(text);
  const match =
    /^(?:(\d{1,4})w)?(?:(\d{1,5})d)?(?:(\d{1,6}):(\d\d)(?::(\d\d))?|(?:(\d{1,6})h)?(?:(\d{1,7})m(?!s))?(?:(\d{1,9})s)?(?:(\d{1,9})ms)?)$/.exec(
      text,
    );
  if (!match || text === '') return undefined;
  const n = (group: number): number => Number(match[group] ?? 0);
  if (n(4) > 59 || n(5) > 59) return undefined;
  const days = n(1) * 7 + n(2);
  return days * 86400 + (n(3) + n(6)) * 3600 + (n(4) + n(7)) * 60 + n(5) + n(8) + n(9) / 1000;
}

/** As scripts see it: `02:21:18`, `3d02:21:18`, `1w3d02:21:18`. */
export function clockText(seconds: number): string {
  const sign = seconds < 0 ? '-' : '';
  let rest = Math.floor(Math.abs(seconds));
  const weeks = Math.floor(rest / 604800);
  rest %= 604800;
  const days = Math.floor(rest / 86400);
  rest %= 86400;
  const parts = [Math.floor(rest / 3600), Math.floor(rest / 60) % 60, rest % 60];
  const clock = parts.map((part) => String(part).padStart(2, '0')).join(':');
  return sign + (weeks > 0 ? weeks + 'w' : '') + (days > 0 ? days + 'd' : '') + clock;
}

/** As `print` shows it: `10s`, `1m30s`, `2h21m18s`. */
export function shortText(seconds: number): string {
  let rest = Math.floor(seconds);
  let text = '';
  for (const [name, size] of SECOND_NAMES) {
    const count = Math.floor(rest / size);
    rest %= size;
    if (count > 0) text += count + name;
  }
  const milliseconds = Math.round((seconds - Math.floor(seconds)) * 1000);
  if (milliseconds > 0) text += milliseconds + 'ms';
  return text === '' ? '0s' : text;
}

/** `2023-05-22 16:57:00` in UTC; empty for 0, the time that is not known. */
export function dateText(epoch: number): string {
  return epoch > 0 ? new Date(epoch).toISOString().slice(0, 19).replace('T', ' ') : '';
}
