import { SerialConsole } from '../../../boards/moddable/serial-console.js';
import type { ConsoleHost } from '../../../boards/moddable/serial-console.js';
import { Console } from '../../../src/console/console.js';
import { LineEditor } from '../../../src/console/line-editor.js';
import { TerminalOutput } from '../../../src/console/terminal-output.js';
import { Bench } from '../../console/fakes.js';
import { settle } from '../../support/settle.js';
import { LineLog } from './support/platform.js';
import { ScriptedUart } from './support/scripted-serial.js';
import { describe, expect, it } from 'vitest';

const LINE = { baud: 115200, port: 0, transmit: 1, receive: 3 };
const PROMPT = '\r[admin@knot] > \x1b[K';

/** What a device serves its terminals with, over bindings in memory. */
function fakeHost(): ConsoleHost {
  const { bindings } = new Bench();
  return {
    attach(output, { terminal: options, ...settings }) {
      const terminal = new TerminalOutput(output, options);
      return new LineEditor(new Console(bindings, terminal, { deviceName: () => 'knot' }), terminal, settings);
    },
  };
}

class Terminal {
  readonly uart = new ScriptedUart();
  readonly console: SerialConsole;
  private shown = 0;

  constructor(output = 2048) {
    this.console = new SerialConsole(fakeHost(), this.uart.Serial, { ...LINE, output });
  }

  /** What is shown for these keys. */
  async keys(text: string): Promise<string> {
    this.uart.receive(text);
    await settle();
    this.uart.run();
    // What was lost is told when the rest has left.
    await settle();
    this.uart.run();
    const shown = this.uart.text.slice(this.shown);
    this.shown = this.uart.text.length;
    return shown;
  }
}

describe('SerialConsole', () => {
  it('prompts, echoes, executes', async () => {
    const terminal = new Terminal();
    expect(await terminal.keys('')).toBe(PROMPT);
    expect(await terminal.keys(':put (6 * 7)\r')).toBe(':put (6 * 7)\r\n42\r\n' + PROMPT);
  });

  it('completes and asks back without colours', async () => {
    const terminal = new Terminal();
    expect(await terminal.keys('/iot mq\t')).toContain('/iot mqtt ');
    const help = await terminal.keys('?');
    expect(help).toMatch(/\r\nbrokers +configured brokers\r\n/);
    // eslint-disable-next-line no-control-regex
    expect(help).not.toMatch(/\x1b\[\d*m/);
  });

  it('begins anew at Ctrl-D', async () => {
    const terminal = new Terminal();
    await terminal.keys('/iot mqtt\r');
    expect(await terminal.keys('\x04')).toBe('\r\n' + PROMPT);
    expect(await terminal.keys(':put a\r')).toContain('a\r\n' + PROMPT);
  });

  it('says how much of a long output was lost, and prompts', async () => {
    const terminal = new Terminal(256);
    await terminal.keys('');
    const shown = await terminal.keys(':for i from=1 to=90 do={:put "line $i"}\r');
    const lost = /\r\n\((\d+) bytes of output did not fit: ask for less at once, with "where"\)\r\n/.exec(shown);
    expect(Number(lost?.[1])).toBeGreaterThan(0);
    expect(shown.startsWith(':for i from=1')).toBe(true);
    expect(shown.endsWith(PROMPT)).toBe(true);
    expect(await terminal.keys(':put on\r')).toBe(':put on\r\non\r\n' + PROMPT);
  });

  it('is absent, with a line on the log, where the port is in use', () => {
    const log = new LineLog();
    expect(SerialConsole.open(fakeHost(), new ScriptedUart(true).Serial, LINE, log)).toBeUndefined();
    expect(log.lines).toEqual(['console: serial port 0: in use; there is none']);
    expect(SerialConsole.open(fakeHost(), new ScriptedUart().Serial, LINE, log)).toBeInstanceOf(SerialConsole);
  });

  it('is silent once closed', async () => {
    const terminal = new Terminal();
    await terminal.keys('');
    terminal.console.close();
    expect(await terminal.keys(':put 1\r')).toBe('');
  });
});
