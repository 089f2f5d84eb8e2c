import type { ConnectionFailure } from '../../src/connection/index.js';
import type { ConsoleLog } from '../../src/console/index.js';
import { describeFailure } from '../cli/failures.js';
import { TextDisplay } from '../cli/sim-display.js';
import type { SimDisplay, SimFigures } from '../cli/sim-display.js';
import { warn } from '../cli/terminal.js';

/** Shows what happens in the log of a device's console, and by another display. */
export class LogDisplay implements SimDisplay {
  /** Resolves when the gateway was connected for the first time, or could not be. */
  readonly settled: Promise<void>;
  private settle: () => void = () => {};
  private lastFailure = '';

  constructor(
    private readonly ring: ConsoleLog,
    private readonly next: SimDisplay,
  ) {
    this.settled = new Promise((resolve) => (this.settle = resolve));
  }

  started(gateway: string, broker: string, embedded: boolean, source: string): void {
    this.ring.line(
      `gateway ${gateway}, broker ${broker}${embedded ? ', inside this process' : ''}, tags from ${source}`,
    );
    this.next.started(gateway, broker, embedded, source);
  }

  connected(broker: string): void {
    this.lastFailure = '';
    this.ring.add('mqtt,info', `connected to ${broker}`);
    this.next.connected(broker);
    this.settle();
  }

  failed(failure: ConnectionFailure): void {
    const text = describeFailure(failure);
    if (text !== this.lastFailure) this.ring.add('mqtt,error', text);
    this.lastFailure = text;
    this.next.failed(failure);
    this.settle();
  }

  tag(address: string, format: string, rssi: number): void {
    this.ring.add('bluetooth,info', `tag ${address} ${format} ${rssi} dBm`);
    this.next.tag(address, format, rssi);
  }

  reading(packetId: number, payload: Uint8Array): void {
    this.next.reading(packetId, payload);
  }

  progress(figures: SimFigures): void {
    this.next.progress(figures);
  }

  log(line: string): void {
    this.ring.line(line);
    this.next.log(line);
  }

  stopping(): void {
    this.next.stopping();
  }

  died(problem: string): void {
    this.next.died(problem);
  }

  summary(figures: SimFigures, lost: number): void {
    this.next.summary(figures, lost);
  }
}

/**
 * The display beside a console on standard output: only how it begins and ends, since lines in between would stand in
 * what is being typed. With a pipe the output is the console's alone.
 */
export class ConsoleDisplay extends TextDisplay {
  constructor(private readonly interactive: boolean) {
    super(false);
  }

  /** A line before the first prompt. */
  announce(line: string): void {
    if (this.interactive) super.log(line);
    else process.stderr.write(`${line}\n`);
  }

  override started(gateway: string, broker: string, embedded: boolean, source: string): void {
    if (this.interactive) super.started(gateway, broker, embedded, source);
  }

  override connected(): void {}

  override failed(): void {}

  override tag(): void {}

  override reading(): void {}

  override progress(): void {}

  override log(): void {}

  override stopping(): void {
    if (this.interactive) super.stopping();
  }

  override summary(figures: SimFigures, lost: number): void {
    if (this.interactive) super.summary(figures, lost);
    else if (lost > 0) warn(`readings lost: ${lost}`);
  }
}
