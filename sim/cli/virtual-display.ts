import { EventKind, timeText } from '../virtual/index.js';
import type { BrokenRule } from '../virtual/index.js';

/** What a world in virtual time has come to. */
export interface VirtualFigures {
  /** Milliseconds of the world. */
  at: number;
  /** Seconds of real time. */
  seconds: number;
  /** Seconds of the world in one of real time: since the last progress, in the summary since the start. */
  speed: number;
  /** Reports: readings that a policy wanted, and what presence tells. */
  readings: {
    made: number;
    /** Those that a broker has, each once. */
    received: number;
    /** Those that came to a broker once more. */
    repeated: number;
    held: number;
    notCarried: number;
    dropped: number;
    /** All that is left: what power cuts took from memory. */
    lost: number;
  };
  droppedBy: { [rule: string]: number };
  faults: number;
  broken: number;
}

/** The same at the end. */
export interface VirtualSummary extends VirtualFigures {
  /** Why it ended. */
  ended: 'until' | 'interrupted';
  world: string;
  seed: number;
  /** Of all events; see `Outcome`. */
  hash: string;
  /** Faults that began, by kind. */
  faultsBy: { [kind: string]: number };
  advertisements: number;
  heard: number;
  /** Messages and connections that came to models of brokers; absent with real ones. */
  messages?: number;
  connects?: number;
  starts: number;
  powerCuts: number;
  restarts: number;
}

/** What there is to say when a world begins. */
export interface VirtualStart {
  world: string;
  gateways: readonly { name: string; board: string }[];
  seed: number;
  /** Milliseconds of the world. */
  until: number;
  /** Infinity: as fast as it goes. */
  speed: number;
  faults: number;
  /** URLs of real brokers; empty: models of brokers. */
  brokers: readonly string[];
  /** False: it ends before the time for which the world file expects something. */
  expects: boolean;
}

/** How `tagwire sim` shows a world in virtual time. */
export interface VirtualDisplay {
  started(start: VirtualStart): void;
  happened(at: number, kind: EventKind, text: string): void;
  /** Once a second. */
  progress(figures: VirtualFigures): void;
  broken(rule: BrokenRule): void;
  summary(summary: VirtualSummary): void;
}

const KINDS: { readonly [kind in EventKind]: string } = {
  [EventKind.line]: 'line',
  [EventKind.output]: 'output',
  [EventKind.boot]: 'boot',
  [EventKind.cut]: 'powercut',
  [EventKind.restart]: 'restart',
  [EventKind.panic]: 'panic',
  [EventKind.connect]: 'connect',
  [EventKind.disconnect]: 'disconnect',
  [EventKind.publish]: 'publish',
  [EventKind.fault]: 'fault',
  [EventKind.heal]: 'heal',
  [EventKind.person]: 'person',
};
/** Too many for a day of a world. */
const VERBOSE: readonly EventKind[] = [EventKind.line, EventKind.output, EventKind.publish];

/** True for what is shown without `--verbose`. */
export function isRare(kind: EventKind): boolean {
  return !VERBOSE.includes(kind);
}

/** For people: lines on standard output, and on a terminal a last line that is renewed. */
export class VirtualText implements VirtualDisplay {
  private readonly terminal = process.stdout.isTTY === true;
  private lastPrinted = 0;

  started({ world, gateways, seed, until, speed, faults, brokers, expects }: VirtualStart): void {
    const names = gateways.map(({ name, board }) => `${name} (${board})`).join(', ');
    let pace = `${number(speed)} times as fast as real time`;
    if (speed === Infinity) pace = 'as fast as possible';
    else if (speed === 1) pace = 'at the pace of real time';
    this.line(`world "${world}" in virtual time, ${pace}, until ${timeText(until)}, seed ${seed}`);
    this.line(`gateways ${names}; planned faults: ${faults}`);
    if (brokers.length > 0) this.line(`broker ${brokers.join(', ')}; only that no firmware panics is judged`);
    else if (!expects) this.line('what the world file expects is left out, since it is expected of a longer run');
  }

  happened(at: number, _kind: EventKind, text: string): void {
    this.line(`${timeText(at)} ${text}`);
  }

  progress(figures: VirtualFigures): void {
    if (!this.terminal && figures.seconds - this.lastPrinted < 5) return;
    this.lastPrinted = figures.seconds;
    const { at, speed, readings, faults, broken } = figures;
    const text =
      `${timeText(at).slice(0, -4)}, ${number(speed)} times real time: ${readings.received} received, ` +
      `${readings.held} held, ${readings.dropped} dropped, ${counted(faults, 'fault')}, ` +
      `${counted(broken, 'broken rule')}`;
    // A line that wraps could not be renewed.
    if (this.terminal) process.stdout.write(`\r\x1b[K${text.slice(0, process.stdout.columns - 1)}`);
    else this.line(text);
  }

  broken({ rule, time, detail }: BrokenRule): void {
    this.line(`${timeText(time)} RULE BROKEN: ${rule}: ${detail}`);
  }

  summary(summary: VirtualSummary): void {
    const { at, seconds, speed, ended, readings, droppedBy, faults, faultsBy, broken, hash, seed } = summary;
    const { made, received, repeated, held, notCarried, dropped, lost } = readings;
    const why = ended === 'interrupted' ? 'ended early, at' : 'ended at';
    this.line(`${why} ${timeText(at)}, after ${seconds.toFixed(1)} s of real time: ${number(speed)} times as fast`);
    this.line(
      `readings: ${made} made, ${received} received, ${held} held, ${dropped} dropped${listed(droppedBy)}, ` +
        (notCarried > 0 ? `${notCarried} not carried by the cloud, ` : '') +
        `${lost} lost in power cuts, ${repeated} received again`,
    );
    const { messages, connects } = summary;
    this.line(
      `advertisements: ${summary.advertisements} sent, ${summary.heard} heard; ` +
        (messages === undefined ? '' : `${counted(messages, 'message')}, `) +
        (connects === undefined ? '' : `${counted(connects, 'connection')}, `) +
        `${counted(summary.starts, 'start')} (${counted(summary.powerCuts, 'power cut')}, ` +
        `${counted(summary.restarts, 'restart')})`,
    );
    this.line(`faults: ${faults}${listed(faultsBy)}`);
    this.line(`rules broken: ${broken}; hash ${hash} with seed ${seed}`);
  }

  private line(text: string): void {
    process.stdout.write(this.terminal ? `\r\x1b[K${text}\n` : `${text}\n`);
  }
}

/** For machines: one JSON object a line. Times are of the world, so that the same seed says the same. */
export class VirtualJson implements VirtualDisplay {
  started(start: VirtualStart): void {
    const speed = start.speed === Infinity ? 'max' : start.speed;
    this.event({ at: 0, event: 'started', ...start, speed });
  }

  happened(at: number, kind: EventKind, text: string): void {
    this.event({ at: exact(at), event: KINDS[kind], text });
  }

  progress(figures: VirtualFigures): void {
    this.event({ event: 'progress', ...figures, at: exact(figures.at) });
  }

  broken({ rule, time, detail }: BrokenRule): void {
    this.event({ at: exact(time), event: 'broken', rule, detail });
  }

  summary(summary: VirtualSummary): void {
    this.event({ event: 'summary', ...summary, at: exact(summary.at) });
  }

  private event(event: object): void {
    process.stdout.write(JSON.stringify(event) + '\n');
  }
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** To a microsecond. */
function exact(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}

function listed(counts: { readonly [name: string]: number }): string {
  const parts = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

/** With commas between thousands; below ten with one decimal. */
function number(value: number): string {
  return value < 10 ? String(Math.round(value * 10) / 10) : Math.round(value).toLocaleString('en-US');
}
