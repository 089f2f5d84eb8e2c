import type { HistogramRecord } from './histogram.js';

/** What a thread measures of itself. */
export interface LoopFigures {
  /** How long events waited for the event loop; all since the start. */
  readonly delay: HistogramRecord;
  /** Share of the time in which it was busy, 0 to 1, of the last second. */
  readonly busy: number;
}

/** The numbers of the devices of a thread, or of all, since the start. */
export interface DeviceFigures {
  devices: number;
  /** Were told to connect. */
  started: number;
  /** Have a connection now. */
  connected: number;
  /** Connections that the broker accepted. */
  connects: number;
  /** CONNECTs that the broker refused by a return code. */
  refused: number;
  /** Attempts that failed otherwise, and connections that ended. */
  failed: number;
  /** Of both: how often which line for people, at most so many different ones as `MOST_FAILURES`. */
  failures: { [text: string]: number };
  /** Readings and presence reports: each has a number of its own. */
  readings: number;
  published: number;
  acknowledged: number;
  waiting: number;
  inFlight: number;
  dropped: number;
  /** Faults that happened to devices, and readings that power cuts took from their memory. */
  faults: number;
  cut: number;
}

/** What a thread of devices tells once a second, and at the end. */
export interface GeneratorFigures {
  readonly devices: DeviceFigures;
  /** Connections that the broker accepted, by the second after the barrier. */
  readonly connectsBySecond: readonly number[];
  /** All since the start. */
  readonly acknowledgement: HistogramRecord;
  /** How late timers fired, all since the start. */
  readonly lag: HistogramRecord;
  readonly loop: LoopFigures;
}

/** What the subscriber tells once a second, and at the end. */
export interface SubscriberFigures {
  readonly connected: boolean;
  /** Connections that ended and were made again. */
  readonly interruptions: number;
  /** Readings that were not received before. */
  readonly received: number;
  readonly duplicates: number;
  /** Messages on the topics of the fleet without counter and time. */
  readonly unreadable: number;
  /** From the time in the payload until it was received; all since the start. */
  readonly delivery: HistogramRecord;
  readonly loop: LoopFigures;
}

/** Different failures that are told apart. */
export const MOST_FAILURES = 20;

export function noDevices(): DeviceFigures {
  return {
    ...{ devices: 0, started: 0, connected: 0, connects: 0, refused: 0, failed: 0, failures: {}, readings: 0 },
    ...{ published: 0, acknowledged: 0, waiting: 0, inFlight: 0, dropped: 0, faults: 0, cut: 0 },
  };
}

/** Counts one `text`, or as `other failures` where there are too many different ones already. */
export function countFailure(failures: { [text: string]: number }, text: string, count = 1): void {
  const isNew = failures[text] === undefined;
  const name = isNew && Object.keys(failures).length >= MOST_FAILURES ? 'other failures' : text;
  failures[name] = (failures[name] ?? 0) + count;
}

/** All of them together. */
export function sumDevices(parts: readonly DeviceFigures[]): DeviceFigures {
  const all = noDevices();
  for (const part of parts) {
    for (const key of Object.keys(all) as (keyof DeviceFigures)[]) {
      if (key !== 'failures') all[key] += part[key];
    }
    for (const [text, count] of Object.entries(part.failures)) countFailure(all.failures, text, count);
  }
  return all;
}

/** Second by second. */
export function sumSeconds(parts: readonly (readonly number[])[]): number[] {
  const all: number[] = [];
  for (const part of parts) part.forEach((count, second) => (all[second] = (all[second] ?? 0) + count));
  return Array.from(all, (count) => count ?? 0);
}
