import type { Advertisement } from '../../src/hal/index.js';

/** Hears the events of a simulation in words. Calls change nothing. */
export interface Trace {
  /** One line about something of `kind`, at `time` in milliseconds of the world. */
  line(time: number, text: string, kind: EventKind): void;

  /** False: nothing of this kind is put into words. Default: all is. */
  shows?(kind: EventKind): boolean;

  /** A device's firmware is handed an advertisement; there are many, so a trace may leave them out. */
  advertisement?(time: number, receiver: string, advertisement: Advertisement): void;
}

/** What can be told of, beside advertisements and segments. */
export const enum EventKind {
  line = 1,
  output = 2,
  boot = 3,
  cut = 4,
  restart = 5,
  panic = 6,
  connect = 7,
  disconnect = 8,
  publish = 9,
  fault = 10,
  heal = 11,
  person = 12,
}

/** A time of the world for people: hours, minutes and seconds, such as `03:25:07.250`. */
export function timeText(milliseconds: number): string {
  const whole = Math.floor(milliseconds);
  const digits = (value: number, count: number): string => {
    const text = String(value);
    return '000'.slice(0, Math.max(0, count - text.length)) + text;
  };
  const seconds = Math.floor(whole / 1000);
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return digits(hours, 2) + ':' + digits(minutes, 2) + ':' + digits(seconds % 60, 2) + '.' + digits(whole % 1000, 3);
}
