import type { DeviceConsole } from '../../src/console/index.js';
import { EditorFeed } from './editor-feed.js';

const CTRL_C = 0x03;

/**
 * A device's console on standard input and output. On a terminal: raw mode, with prompt, editing, completion, history
 * and colours (not with NO_COLOR); Ctrl-D, or Ctrl-C twice in a row, ends. Of a pipe: lines, until it ends.
 */
export class ConsoleTerminal {
  /** True on a terminal. */
  readonly interactive = process.stdin.isTTY === true && process.stdout.isTTY === true;
  private readonly onEnd: () => void;
  private lastByte = 0;
  private closed = false;

  /** `onEnd`: nothing more comes. */
  constructor(onEnd: () => void) {
    this.onEnd = onEnd;
  }

  open(device: DeviceConsole): void {
    const { stdin, stdout } = process;
    const output = { write: (text: string) => void (this.closed || stdout.write(text)) };
    const colours = process.env['NO_COLOR'] === undefined || process.env['NO_COLOR'] === '';
    const end = (): void => {
      this.close();
      this.onEnd();
    };
    const editor = this.interactive
      ? device.attach(output, { terminal: { width: stdout.columns, colours }, onEnd: end })
      : device.attach(output);
    const feed = new EditorFeed(editor, stdin, this.interactive);
    if (this.interactive) stdin.setRawMode(true);
    stdin.on('data', (bytes: Buffer) => {
      if (this.interactive) this.interrupt(bytes);
      if (!this.closed) feed.take(bytes);
    });
    stdin.on('error', end);
    stdin.on('end', () => void feed.end().then(this.interactive ? undefined : end));
    editor.start();
  }

  /** Gives the terminal back; legal twice. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    const { stdin } = process;
    if (this.interactive) {
      stdin.setRawMode(false);
      process.stdout.write('\r\n');
    }
    stdin.destroy();
  }

  /** In raw mode Ctrl-C is a byte; the second in a row is the signal that it is elsewhere. */
  private interrupt(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (byte === CTRL_C && this.lastByte === CTRL_C) {
        this.close();
        process.kill(process.pid, 'SIGINT');
        return;
      }
      this.lastByte = byte;
    }
  }
}
