import type { AskTime, TimeHandler, TimeQuery } from '../../../../boards/moddable/time-service.js';
import type { Timer } from '../../../../src/hal/index.js';

/** What a server does: seconds since 1970, silence, a name that does not resolve, or a kiss-o'-death. */
export type Answer = number | 'silent' | 'unknown' | 'refuses';

/** What asks time servers, with the timer that it is lent, as boards/ecma419/sntp-client.ts does. */
export class ScriptedTime {
  readonly servers: Record<string, Answer> = {};
  readonly asked: string[] = [];
  open = 0;

  readonly askTime: AskTime = (host, timer, _entropy, handler) => {
    this.asked.push(host);
    return new ScriptedQuery(this, host, timer, handler);
  };
}

class ScriptedQuery implements TimeQuery {
  private readonly answer: Answer;
  private attempts = 0;
  private closed = false;

  constructor(
    private readonly script: ScriptedTime,
    private readonly host: string,
    private readonly timer: Timer,
    private readonly handler: TimeHandler,
  ) {
    this.answer = script.servers[host] ?? 'unknown';
    script.open++;
    timer.start(this.answer === 'silent' ? 5000 : 50);
  }

  wake(): void {
    const { host, answer, handler } = this;
    if (this.closed) throw new Error('woken after the end');
    if (answer === 'silent' && ++this.attempts < 5) return this.timer.start(5000);
    this.close();
    if (typeof answer === 'number') handler.onTime(answer);
    else if (answer === 'silent') handler.onNoTime(`${host}: no answer`, false);
    else if (answer === 'refuses') handler.onNoTime(`${host}: the code RATE`, true);
    else handler.onNoTime(`no address for ${host}`, false);
  }

  close(): void {
    if (this.closed) throw new Error('closed twice');
    this.closed = true;
    this.script.open--;
    this.timer.stop();
  }
}
