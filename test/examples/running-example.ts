import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A compiled example that runs against a broker on `port` of the loopback interface. */
export class RunningExample {
  private readonly process: ChildProcess;
  private readonly lines: AsyncIterator<string, undefined>;

  constructor(name: string, port: number) {
    const program = fileURLToPath(new URL(`../../build/examples/${name}.js`, import.meta.url));
    this.process = spawn(process.execPath, [program, String(port)], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.lines = createInterface(this.process.stdout!)[Symbol.asyncIterator]();
  }

  /** The next line that it prints; undefined when it has ended. */
  async line(): Promise<string | undefined> {
    return (await this.lines.next()).value;
  }

  /** Ends it. Legal when it has ended. */
  async end(): Promise<void> {
    if (this.process.exitCode !== null) return;
    const closed = new Promise((resolve) => this.process.once('close', resolve));
    this.process.kill();
    await closed;
  }
}
