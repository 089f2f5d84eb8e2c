import type { FleetFigures } from '../fleet/fleet.js';
import { Histogram } from '../fleet/histogram.js';
import type { Shard } from '../fleet/plan.js';
import { percentilesOf, reportJson, reportLines } from '../fleet/report.js';
import type { FleetReport } from '../fleet/report.js';

/** What is said at the start. */
export interface FleetStart {
  readonly devices: number;
  readonly broker: string;
  readonly shard: Shard;
  readonly threads: number;
  readonly checks: boolean;
  /** Where the figures for Prometheus are. */
  readonly metrics?: string;
}

/** How `tagwire fleet` shows what happens. */
export interface FleetDisplay {
  started(start: FleetStart): void;
  /** Once a second, with the figures of the time before. */
  progress(figures: FleetFigures, before: FleetFigures | undefined): void;
  line(text: string): void;
  stopping(): void;
  summary(report: FleetReport): void;
  /** The report of so many shards together, after that of this one. */
  joined(report: FleetReport, shards: number): void;
}

/** For people: on a terminal one line that is renewed, else a line each 5 seconds. */
export class FleetText implements FleetDisplay {
  private readonly terminal = process.stdout.isTTY === true;
  private lastPrinted = 0;

  started({ devices, broker, shard, threads, checks, metrics }: FleetStart): void {
    const part = shard.count > 1 ? `shard ${shard.index} of ${shard.count}: ` : '';
    this.line(
      `${part}${devices} devices in ${threads} thread${threads === 1 ? '' : 's'}, broker ${broker}` +
        (checks ? '' : '; losses are not looked for'),
    );
    if (metrics !== undefined) this.line(`metrics: ${metrics}`);
  }

  progress(figures: FleetFigures, before: FleetFigures | undefined): void {
    if (!this.terminal && figures.seconds - this.lastPrinted < 5) return;
    this.lastPrinted = figures.seconds;
    const text = progressText(figures, before);
    // A line that wraps could not be renewed.
    if (this.terminal) process.stdout.write(`\r\x1b[K${text.slice(0, process.stdout.columns - 1)}`);
    else this.line(text);
  }

  line(text: string): void {
    process.stdout.write(this.terminal ? `\r\x1b[K${text}\n` : `${text}\n`);
  }

  stopping(): void {
    this.line('stopping: waiting for acknowledgements (Ctrl-C again ends at once)');
  }

  summary(report: FleetReport): void {
    for (const line of reportLines(report)) this.line(line);
  }

  joined(report: FleetReport, shards: number): void {
    this.line(`all ${shards} shards:`);
    this.summary(report);
  }
}

function progressText(figures: FleetFigures, before: FleetFigures | undefined): string {
  const { devices, seconds, subscriber } = figures;
  const passed = seconds - (before?.seconds ?? 0);
  const perSecond = (of: 'connects' | 'acknowledged'): string =>
    ((devices[of] - (before?.devices[of] ?? 0)) / passed).toFixed(0);
  const p99 = Histogram.sum([figures.acknowledgement]).percentile(99);
  const waiting = devices.waiting > 0 ? `, ${devices.waiting} waiting` : '';
  const failed = devices.failed + devices.refused;
  return (
    `${seconds.toFixed(0)} s: ${devices.connected} of ${devices.devices} connected (${perSecond('connects')}/s), ` +
    `${perSecond('acknowledged')} readings/s${waiting}, ${devices.acknowledged} acknowledged` +
    (p99 === p99 ? ` (p99 ${p99.toFixed(1)} ms)` : '') +
    (subscriber ? `, ${subscriber.received} received` : '') +
    (failed > 0 ? `, ${failed} failures` : '') +
    `, ${Math.round(figures.memory / 1048576)} MiB`
  );
}

/** For machines: one JSON object a line. */
export class FleetJson implements FleetDisplay {
  started(start: FleetStart): void {
    this.event({ event: 'started', ...start });
  }

  progress({ seconds, devices, subscriber, acknowledgement, memory }: FleetFigures): void {
    this.event({
      event: 'progress',
      seconds,
      ...devices,
      ...(subscriber && { received: subscriber.received }),
      acknowledgementMilliseconds: percentilesOf(acknowledgement),
      memory,
    });
  }

  line(text: string): void {
    this.event({ event: 'log', line: text });
  }

  stopping(): void {
    this.event({ event: 'stopping' });
  }

  summary(report: FleetReport): void {
    this.event({ event: 'summary', ...reportJson(report) });
  }

  joined(report: FleetReport, shards: number): void {
    this.event({ event: 'joined', shards, ...reportJson(report) });
  }

  private event(event: object): void {
    process.stdout.write(JSON.stringify({ time: Date.now(), ...event }) + '\n');
  }
}
