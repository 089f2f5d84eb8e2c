import type { ConsoleOutput } from '../../src/console/console.js';
import type { LineEditor, LineEditorOptions } from '../../src/console/line-editor.js';
import type { TerminalOptions } from '../../src/console/terminal-output.js';
import type { Log } from '../../src/hal/index.js';
import { SerialPort } from './serial-port.js';
import type { SerialClass, SerialListener, SerialPortOptions } from './serial-port.js';

/** What serves a person at a terminal: a `DeviceConsole` is one. */
export interface ConsoleHost {
  attach(output: ConsoleOutput, settings: LineEditorOptions & { terminal: TerminalOptions }): LineEditor;
}

/** Takes what arrives before the console does, and hands on to `SerialConsole.take` what is meant for it. */
export interface LineFilter {
  receive(bytes: Uint8Array, from: number, to: number): void;
}

/** Lines that are remembered, and UTF-16 units of the longest: memory is short. */
const HISTORY = 8;
const MAX_LENGTH = 2048;

/** Software flow control (DC3 and DC1 of ISO 6429): asks the terminal to stop, and to go on. */
const XOFF = '\x13';
const XON = '\x11';

/**
 * The console at a board's serial port, for a terminal program: with echo, editing, history and completion, without
 * colours, 80 columns wide. There is no login: who holds the board holds the console. Ctrl-D begins anew, in the top
 * menu and with an empty history. A terminal that sends faster than lines are executed is stopped with XOFF.
 */
export class SerialConsole implements SerialListener, ConsoleOutput {
  /** Undefined: all that arrives is for the console. */
  filter: LineFilter | undefined;

  private readonly host: ConsoleHost;
  private readonly port: SerialPort;
  private editor: LineEditor;
  /** Bytes of output that are known to be lost. */
  private lost = 0;
  /** Asked of the terminal last; empty: nothing yet. */
  private flow = '';

  /** Opens the port and shows the first prompt. Throws what `SerialPort` throws. */
  constructor(host: ConsoleHost, serial: SerialClass, options: SerialPortOptions) {
    this.host = host;
    this.port = new SerialPort(serial, options, this);
    this.editor = this.begin();
    this.editor.start();
  }

  /** As the constructor; a port that cannot be opened is a line on the log, and the result is undefined. */
  static open(host: ConsoleHost, serial: SerialClass, options: SerialPortOptions, log: Log): SerialConsole | undefined {
    try {
      return new SerialConsole(host, serial, options);
    } catch (error) {
      log.line('console: ' + (error as Error).message + '; there is none');
      return undefined;
    }
  }

  close(): void {
    this.port.close();
  }

  // ConsoleOutput

  write(text: string): void {
    this.port.write(text);
  }

  /** Sends bytes that are no text: all, or none where there is no room for them and `kept` bytes more. */
  send(bytes: Uint8Array, kept: number): void {
    void this.port.writeBytes(bytes, kept);
  }

  /** What is typed. */
  take(bytes: Uint8Array, from: number, to: number): void {
    this.editor.receive(bytes, from, to);
  }

  // SerialListener

  onReceived(bytes: Uint8Array, from: number, to: number): void {
    if (this.filter) this.filter.receive(bytes, from, to);
    else this.take(bytes, from, to);
  }

  onDrained(): void {
    const { dropped } = this.port;
    this.write(
      '\r\n(' + (dropped - this.lost) + ' bytes of output did not fit: ask for less at once, with "where")\r\n',
    );
    this.lost = dropped;
    // It may have been among the output that was dropped.
    this.write(this.flow);
    void this.prompt(this.editor);
  }

  private begin(): LineEditor {
    return this.host.attach(this, {
      terminal: {},
      history: HISTORY,
      maxLength: MAX_LENGTH,
      onEnd: () => this.restart(),
      onFlow: (stop) => this.write((this.flow = stop ? XOFF : XON)),
    });
  }

  private restart(): void {
    this.write('\r\n');
    this.editor = this.begin();
    this.editor.start();
  }

  /** Once a command has ended that is waited for. */
  private async prompt(editor: LineEditor): Promise<void> {
    await editor.idle();
    if (editor === this.editor) editor.start();
  }
}
