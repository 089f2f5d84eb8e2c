import { BadInput } from '../bad-input.js';
import type { Answer, Hello, Request, ToPage } from '../page/protocol.js';
import { ReplaySource } from './replay-source.js';
import type { DashboardSource } from './source.js';
import type { WorldSource } from './world-source.js';

/** Bytes in base64. */
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * A world with the control `replay`: a recording takes its place on the pages, while it stands still, until people go
 * back to it.
 */
export class ReplayableWorld implements DashboardSource {
  private replay: ReplaySource | undefined;
  /** Of the world, before the replay. */
  private speed = 1;
  private tell: ((text: ToPage) => void) | undefined;

  constructor(private readonly world: WorldSource) {}

  snapshot(): readonly ToPage[] {
    return (this.replay ?? this.world).snapshot().map(withReplay);
  }

  watch(tell: (text: ToPage) => void): void {
    this.tell = tell;
    this.world.watch((text) => {
      if (!this.replay) tell(withReplay(text));
    });
  }

  async request(request: Request): Promise<Answer> {
    const { id, name, parameters } = request;
    if (name !== 'replay') return (this.replay ?? this.world).request(request);
    try {
      this.show(parameters.recording);
      return { type: 'answer', id };
    } catch (error) {
      if (!(error instanceof BadInput)) throw error;
      return { type: 'answer', id, error: `recording: ${error.message}` };
    }
  }

  close(): void {
    this.replay?.close();
    this.world.close();
  }

  /** Throws `BadInput`. */
  private show(recording: string): void {
    if (recording === '') {
      if (!this.replay) throw new BadInput('none is shown, so that there is nothing to go back from');
      this.replay.close();
      this.replay = undefined;
      this.world.speed = this.speed;
      this.again();
      return;
    }
    if (!BASE64.test(recording)) throw new BadInput('it must be base64');
    const replay = new ReplaySource(Buffer.from(recording, 'base64'), { title: 'replay of a recording' });
    if (this.replay) this.replay.close();
    else this.speed = this.world.speed;
    this.world.speed = 0;
    this.replay = replay;
    replay.watch((text) => {
      if (this.replay === replay) this.tell?.(withReplay(text));
    });
    this.again();
    void replay.run();
  }

  private again(): void {
    for (const text of this.snapshot()) this.tell?.(text);
  }
}

function withReplay(text: ToPage): ToPage {
  return text.type === 'hello' ? ({ ...text, controls: [...text.controls, 'replay'] } satisfies Hello) : text;
}
