import type { ConnectionFailure } from '../../src/connection/index.js';
import { describeFailure } from './describe-failure.js';

/** The numbers of a running gateway. */
export interface SimFigures {
  seconds: number;
  advertisements: number;
  tags: number;
  /** Readings that the policy wanted reported. */
  readings: number;
  published: number;
  acknowledged: number;
  inFlight: number;
  /** Readings that wait in the outbox. */
  waiting: number;
  /** Readings that the outbox had no room for. */
  dropped: number;
  reconnections: number;
}

/** How `tagwire sim` shows what happens. */
export interface SimDisplay {
  started(gateway: string, broker: string, embedded: boolean, source: string): void;
  connected(broker: string): void;
  /** Said once per change: the same failure again is not told again until there was a connection. */
  failed(failure: ConnectionFailure): void;
  tag(address: string, format: string, rssi: number): void;
  reading(packetId: number, payload: string): void;
  /** Once a second. */
  progress(figures: SimFigures): void;
  stopping(): void;
  summary(figures: SimFigures, lost: number): void;
}

/** For people: lines on standard output, and on a terminal a last line that is renewed. */
export class TextDisplay implements SimDisplay {
  private readonly terminal = process.stdout.isTTY === true;
  private readonly verbose: boolean;
  private lastFailure = '';
  private lastFigures: SimFigures | undefined;
  private lastPrinted = 0;

  constructor(verbose: boolean) {
    this.verbose = verbose;
  }

  started(gateway: string, broker: string, embedded: boolean, source: string): void {
    this.line(`gateway ${gateway}, tags from ${source}`);
    if (!embedded) return this.line(`broker ${broker}`);
    const port = new URL(broker).port;
    this.line(`broker ${broker}, inside this process; to watch it: tagwire sub -p ${port} -t 'tagwire/#' -v`);
  }

  connected(broker: string): void {
    this.lastFailure = '';
    this.line(`connected to ${broker}`);
  }

  failed(failure: ConnectionFailure): void {
    const text = describeFailure(failure);
    if (text === this.lastFailure) return;
    this.lastFailure = text;
    this.line(`${failure.wasConnected ? 'connection lost' : 'no connection'}: ${text}; trying again`);
  }

  tag(address: string, format: string, rssi: number): void {
    this.line(`tag ${address} ${format} ${rssi} dBm`);
  }

  reading(_packetId: number, payload: string): void {
    if (this.verbose) this.line(payload);
  }

  progress(figures: SimFigures): void {
    const before = this.lastFigures;
    this.lastFigures = figures;
    if (!this.terminal && figures.seconds - this.lastPrinted < 5) return;
    this.lastPrinted = figures.seconds;
    const elapsed = figures.seconds - (before?.seconds ?? 0);
    const perSecond = (now: number, then: number): string => ((now - then) / elapsed).toFixed(1);
    const waiting = figures.waiting > 0 ? `${figures.waiting} waiting, ` : '';
    const text =
      `${figures.seconds.toFixed(0)} s: ${figures.tags} tags, ` +
      `${perSecond(figures.advertisements, before?.advertisements ?? 0)} adv/s, ` +
      `${perSecond(figures.published, before?.published ?? 0)} readings/s, ${waiting}${figures.inFlight} in flight, ` +
      `${figures.acknowledged} acknowledged, ${figures.reconnections} reconnections`;
    // A line that wraps could not be renewed.
    if (this.terminal) process.stdout.write(`\r\x1b[K${text.slice(0, process.stdout.columns - 1)}`);
    else this.line(text);
  }

  stopping(): void {
    this.line('stopping: waiting for acknowledgements (Ctrl-C again ends at once)');
  }

  summary(figures: SimFigures, lost: number): void {
    this.line(
      `ended after ${figures.seconds.toFixed(1)} s: ${figures.advertisements} advertisements seen, ` +
        `${figures.published} readings published, ${figures.acknowledged} acknowledged, ${lost} lost, ` +
        `${figures.reconnections} reconnections`,
    );
  }

  private line(text: string): void {
    process.stdout.write(this.terminal ? `\r\x1b[K${text}\n` : `${text}\n`);
  }
}

/** For machines: one JSON object a line. */
export class JsonDisplay implements SimDisplay {
  started(gateway: string, broker: string, embedded: boolean, source: string): void {
    this.event({ event: 'started', gateway, broker, embedded, source });
  }

  connected(broker: string): void {
    this.event({ event: 'connected', broker });
  }

  failed(failure: ConnectionFailure): void {
    const { wasConnected, retryIn } = failure;
    const problem = describeFailure(failure);
    this.event({ event: 'disconnected', problem, wasConnected, retryInMilliseconds: Math.round(retryIn) });
  }

  tag(address: string, format: string, rssi: number): void {
    this.event({ event: 'tag', address, format, rssi });
  }

  reading(packetId: number, payload: string): void {
    this.event({ event: 'reading', packetId, reading: JSON.parse(payload) as unknown });
  }

  progress(figures: SimFigures): void {
    this.event({ event: 'progress', ...figures });
  }

  stopping(): void {
    this.event({ event: 'stopping' });
  }

  summary(figures: SimFigures, lost: number): void {
    this.event({ event: 'summary', ...figures, lost });
  }

  private event(event: object): void {
    process.stdout.write(JSON.stringify({ time: Date.now(), ...event }) + '\n');
  }
}
