import type { DashboardSource } from '../../../sim/dashboard/source.js';
import type { Answer, ControlName, Hello, LogUpdate, Request, ToPage } from '../../../sim/page/protocol.js';

/** A source that tells what a test wants. */
export class SmallSource implements DashboardSource {
  /** What it was asked for. */
  readonly requests: Request[] = [];
  closed = 0;
  snapshots = 0;
  controls: ControlName[] = ['wifi', 'why', 'replay', 'type'];
  /** What a page is told after `hello` and a line. */
  first: readonly ToPage[] = [];
  answering: (request: Request) => Promise<Answer> = ({ id }) => Promise.resolve({ type: 'answer', id });

  private teller: ((text: ToPage) => void) | undefined;

  hello(): Hello {
    return {
      ...{ type: 'hello', protocol: 1, version: '1.2.3', source: 'simulation', title: 'a small world' },
      ...{ controls: this.controls, worlds: [], faults: [], formats: [], gateways: [], walls: [] },
    };
  }

  snapshot(): readonly ToPage[] {
    this.snapshots++;
    return [this.hello(), logLine('snapshot'), ...this.first];
  }

  watch(tell: (text: ToPage) => void): void {
    this.teller = tell;
  }

  tell(text: ToPage): void {
    this.teller!(text);
  }

  request(request: Request): Promise<Answer> {
    this.requests.push(request);
    return this.answering(request);
  }

  close(): void {
    this.closed++;
  }
}

/** An update with one line. */
export function logLine(text: string): LogUpdate {
  return { type: 'log', lines: [{ time: 0, kind: 'world', text }] };
}
