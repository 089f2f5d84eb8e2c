import type { LineEditor } from '../../src/console/index.js';

/** Gives what arrives from a stream to a `LineEditor`, and holds the stream back while that has no room. */
export class EditorFeed {
  private done: Promise<void> = Promise.resolve();

  constructor(
    private readonly editor: LineEditor,
    private readonly source: { pause(): unknown; resume(): unknown },
  ) {}

  take(bytes: Uint8Array): void {
    this.done = this.done.then(() => this.give(bytes));
  }

  /** The stream has ended: resolves when all of it is executed. */
  end(): Promise<void> {
    this.done = this.done.then(() => this.editor.idle()).then(() => this.editor.end());
    return this.done;
  }

  private async give(bytes: Uint8Array): Promise<void> {
    let at = this.editor.receive(bytes, 0, bytes.length);
    if (at === bytes.length) return;
    this.source.pause();
    while (at < bytes.length) {
      await this.editor.idle();
      at += this.editor.receive(bytes, at, bytes.length);
    }
    this.source.resume();
  }
}
