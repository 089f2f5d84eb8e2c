import type { SimFigures } from '../cli/sim-display.js';
import { TextDisplay } from '../cli/sim-display.js';
import { warn } from '../cli/terminal.js';

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
