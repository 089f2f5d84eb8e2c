import type { SdkSntp, SntpCallback } from '../../../../boards/moddable/time-service.js';
import type { VirtualBoard } from './platform.js';

/** What a server does: seconds since 1970, silence, or a name that does not resolve, at once or later. */
export type Answer = number | 'silent' | 'unknown' | 'unknown at once' | 'no socket';

/** The SDK's module `sntp`, as modules/network/sntp/sntp.js says: it closes itself after an answer or an error. */
export class ScriptedSntp {
  readonly servers: Record<string, Answer> = {};
  readonly asked: string[] = [];
  open = 0;
  readonly Sntp: SdkSntp;

  constructor(board: VirtualBoard) {
    this.Sntp = scriptedSntp(this, board);
  }
}

function scriptedSntp(script: ScriptedSntp, board: VirtualBoard): SdkSntp {
  return class {
    private closed = false;

    constructor(
      { host }: { host: string },
      private readonly callback: SntpCallback,
    ) {
      script.asked.push(host);
      const answer = script.servers[host] ?? 'unknown';
      if (answer === 'no socket') throw new Error('no socket');
      script.open++;
      const later = (milliseconds: number, callback: () => void): void =>
        board.timers.create(() => this.closed || callback()).start(milliseconds);
      const unknown = (): void => this.fail('cannot resolve ' + host);
      if (answer === 'unknown at once') {
        unknown();
      } else if (answer === 'unknown') {
        later(100, unknown);
      } else if (typeof answer === 'number') {
        later(50, () => {
          this.close();
          this.callback(1, answer);
        });
      } else {
        for (let i = 1; i < 5; i++) later(5000 * i, () => this.callback(2));
        later(25000, () => this.fail('no response from SNTP server'));
      }
    }

    close(): void {
      if (this.closed) throw new Error('closed twice');
      this.closed = true;
      script.open--;
    }

    private fail(text: string): void {
      this.callback(-1, text);
      this.close();
    }
  } as unknown as SdkSntp;
}
