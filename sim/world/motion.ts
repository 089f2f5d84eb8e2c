import { milliseconds } from './duration.js';
import type { Vector, WalkedPath, WorldTag } from './world-file.js';

/** Writes where `tag` is at `seconds` into `into`: x, y, z in metres. */
export function positionAt(tag: WorldTag, seconds: number, into: Float64Array): void {
  if (tag.path !== undefined) {
    walk(tag.path, seconds, into);
    return;
  }
  for (let axis = 0; axis < 3; axis++) {
    into[axis] = (tag.position?.[axis] ?? 0) + (tag.velocity?.[axis] ?? 0) * seconds;
  }
}

/** The temperature of `tag` at `seconds` in °C, or NaN when it has no sensor. */
export function celsiusAt(tag: WorldTag, seconds: number): number {
  const temperature = tag.temperature;
  if (temperature === undefined) {
    return NaN;
  }
  const drift = temperature.driftPerHour ?? 0;
  const celsius = temperature.celsius + (drift * seconds) / 3600;
  const limit = temperature.limitCelsius;
  if (limit === undefined) {
    return celsius;
  }
  return drift < 0 ? Math.max(celsius, limit) : Math.min(celsius, limit);
}

/** How long a press of a button is sent. */
export const PRESS_SECONDS = 2;

/** What a tag sends for a while, with its times as numbers: they are looked at for every advertisement. */
export interface Happening {
  atSeconds: number;
  forSeconds: number;
  /** The flags of a signal, or the press of a button. */
  value: number;
}

/** The signals of `tag`, in the order of its list. */
export function signalsOf({ signals = [] }: WorldTag): Happening[] {
  return signals.map((signal) => ({
    atSeconds: milliseconds(signal.at) / 1000,
    forSeconds: milliseconds(signal.for) / 1000,
    value: signal.flags,
  }));
}

/** The presses of the buttons of `tag`, in the order of its list. */
export function pressesOf({ presses = [] }: WorldTag): Happening[] {
  return presses.map(({ at, button }) => ({
    atSeconds: milliseconds(at) / 1000,
    forSeconds: PRESS_SECONDS,
    value: button,
  }));
}

/** The flags byte of `tag`, which has these signals, at `seconds`. */
export function flagsAt(tag: WorldTag, signals: readonly Happening[], seconds: number): number {
  let flags = tag.flags ?? 0;
  for (const signal of signals) if (isOn(signal, seconds)) flags |= signal.value;
  return flags;
}

/** The press of a button that is sent at `seconds`, or 0. */
export function buttonAt(presses: readonly Happening[], seconds: number): number {
  for (const press of presses) if (isOn(press, seconds)) return press.value;
  return 0;
}

function isOn({ atSeconds, forSeconds }: Happening, seconds: number): boolean {
  const since = seconds - atSeconds;
  return since >= 0 && since < forSeconds;
}

/** Distance between two points in metres. */
export function distance(from: ArrayLike<number>, to: ArrayLike<number>): number {
  let sum = 0;
  for (let axis = 0; axis < 3; axis++) {
    const difference = from[axis]! - to[axis]!;
    sum += difference * difference;
  }
  return Math.sqrt(sum);
}

function walk(path: WalkedPath, seconds: number, into: Float64Array): void {
  const points = path.points;
  let length = 0;
  for (let i = 1; i < points.length; i++) {
    length += distance(points[i - 1]!, points[i]!);
  }
  let walked = length === 0 ? 0 : (path.metersPerSecond * seconds) % (2 * length);
  if (walked > length) {
    walked = 2 * length - walked;
  }
  let from: Vector = points[0]!;
  let to: Vector = from;
  let part = 0;
  for (let i = 1; i < points.length; i++) {
    from = points[i - 1]!;
    to = points[i]!;
    const leg = distance(from, to);
    part = leg === 0 ? 0 : Math.min(1, walked / leg);
    if (walked <= leg) {
      break;
    }
    walked -= leg;
  }
  for (let axis = 0; axis < 3; axis++) {
    into[axis] = from[axis]! + (to[axis]! - from[axis]!) * part;
  }
}
