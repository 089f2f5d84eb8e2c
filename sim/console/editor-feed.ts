import type { LineEditor } from '../../src/console/index.js';

const CTRL_C = 0x03;
/** Bytes of a paste that wait at most while a command runs; then the terminal itself is held back. */
const MAX_HELD = 1 << 20;

/**
 * Gives what arrives from a stream to a `LineEditor`, and holds the stream back while that has no room. A terminal is
 * read for a while longer, since a Ctrl-C behind a long paste must end the command that runs.
 */
export class EditorFeed {
  private held: Uint8Array[] = [];
  private size = 0;
  private feeding = false;
  private done: Promise<void> = Promise.resolve();

  constructor(
    private readonly editor: LineEditor,
    private readonly source: { pause(): unknown; resume(): unknown },
    private readonly interactive: boolean,
  ) {}

  take(bytes: Uint8Array): void {
    const interrupt = this.interactive && this.feeding ? bytes.lastIndexOf(CTRL_C) : -1;
    if (interrupt >= 0) {
      this.held = [];
      this.size = 0;
      this.editor.receive(bytes, interrupt, interrupt + 1);
    }
    this.held.push(bytes.subarray(interrupt + 1));
    this.size += bytes.length - interrupt - 1;
    if (!this.feeding) this.done = this.feed();
  }

  /** The stream has ended: resolves when all of it is executed. */
  async end(): Promise<void> {
    await this.done;
    await this.editor.idle();
    await this.editor.end();
  }

  private async feed(): Promise<void> {
    let paused = false;
    this.feeding = true;
    for (;;) {
      const piece = this.held.shift();
      if (!piece) break;
      const taken = this.editor.receive(piece, 0, piece.length);
      this.size -= taken;
      if (taken === piece.length) continue;
      this.held.unshift(piece.subarray(taken));
      if (!paused && (!this.interactive || this.size > MAX_HELD)) {
        paused = true;
        this.source.pause();
      }
      await this.editor.idle();
    }
    this.feeding = false;
    if (paused) this.source.resume();
  }
}
