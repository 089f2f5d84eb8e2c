import { Console } from '../../src/console/console.js';
import { LineEditor } from '../../src/console/line-editor.js';
import type { LineEditorOptions } from '../../src/console/line-editor.js';
import { TerminalOutput } from '../../src/console/terminal-output.js';
import { Bench } from './fakes.js';
import { ADD_STATISTICS_SCRIPT } from './statistics-script.js';
import { describe, expect, it } from 'vitest';

const PROMPT = '[admin@knot] > ';
const UP = '\x1b[A';
const DOWN = '\x1b[B';
const LEFT = '\x1b[D';

/** A terminal: keys in, a screen as bytes out. */
class Terminal {
  readonly bench = new Bench();
  readonly console: Console;
  readonly editor: LineEditor;
  written = '';
  ended = 0;

  constructor(isTerminal: boolean, options: LineEditorOptions = {}, colours = false) {
    const raw = { write: (text: string) => void (this.written += text) };
    const terminal = isTerminal ? new TerminalOutput(raw, { colours, width: 60 }) : undefined;
    this.console = new Console(this.bench.bindings, terminal ?? raw, { deviceName: () => 'knot' });
    this.editor = new LineEditor(this.console, terminal, { onEnd: () => this.ended++, ...options });
  }

  /** What is written for these keys. */
  async keys(text: string): Promise<string> {
    this.send(text);
    await this.editor.idle();
    return this.written;
  }

  send(text: string): void {
    this.written = '';
    const bytes = new TextEncoder().encode(text);
    expect(this.editor.receive(bytes, 0, bytes.length)).toBe(bytes.length);
  }
}

/** The lines that `:put` made of the keys. */
async function put(keys: string): Promise<string> {
  const terminal = new Terminal(true);
  const written = await terminal.keys(keys + '\r');
  return written.split('\r\n').slice(1, -1).join('|');
}

describe('a terminal', () => {
  it('echoes, executes, prompts', async () => {
    const terminal = new Terminal(true);
    terminal.editor.start();
    expect(terminal.written).toBe('\r' + PROMPT + '\x1b[K');
    expect(await terminal.keys(':put 1\r')).toBe(':put 1\r\n1\r\n\r' + PROMPT + '\x1b[K');
  });

  it.each([
    [':put abX\x7fc', 'abc'],
    [':put abX\bc', 'abc'],
    [':put ac' + LEFT + 'b', 'abc'],
    [':put \u00e4\u{1f600}x' + LEFT + LEFT + '\x7f\u20ac', '\u20ac\u{1f600}x'],
    [':put \u{1f600}\u{1f601}\x7f', '\u{1f600}'],
    [':put ab' + LEFT + '\x1b[3~c', 'ac'],
    ['x\x01\x1b[3~:put y\x05z', 'yz'],
    ['junk\x15:put a', 'a'],
    [':put a b c\x17\x17d', 'expected end of command (line 1 column 8)'],
    [':put "a b c\x17\x17d"', 'a d'],
    [':put abc' + LEFT + LEFT + '\x0b', 'a'],
    [':put ab\x1bOD\x1b[5~\x1b[1;5Cx', 'axb'],
    [':put a\x1b[H\x1b[C\x1b[Fb', 'ab'],
    ['\x00\x1f:put \x1bza', 'a'],
    ['gone\x03:put a', '\r' + PROMPT + '\x1b[K:put a|a'],
  ])('edits %j to %j', async (keys, line) => {
    expect(await put(keys)).toBe(line);
  });

  it('takes CR, LF and CRLF as one line end each, in pieces too', async () => {
    const terminal = new Terminal(true);
    const written = await terminal.keys(':put 1\r\n:put 2\n:put 3\r:put 4\r\n\r\n');
    expect(written.match(/\n\d\r/g)).toHaveLength(4);
    expect(written.split(PROMPT)).toHaveLength(6);
  });

  it('puts ill-formed UTF-8 in sight', async () => {
    const terminal = new Terminal(true);
    const bytes = [0x22, 0xc3, 0x28, 0x80, 0xed, 0xa0, 0x80, 0xf0, 0x82, 0x82, 0xac, 0xff, 0x41, 0x22, 0x0d];
    await terminal.keys(':put ');
    terminal.written = '';
    terminal.editor.receive(Uint8Array.from(bytes), 0, bytes.length);
    await terminal.editor.idle();
    expect(terminal.written).toContain('\r\n(\ufffd\ufffd\ufffdA\r\n');
  });

  it('looks back, but never at a password', async () => {
    const terminal = new Terminal(true);
    await terminal.keys(':put 1\r:put 2\r/iot mqtt brokers add name=b address=h password=hunter2\r:put 3\r:put 3\r');
    await terminal.keys(UP + UP + UP + '\r');
    expect(terminal.written).toContain('\r\n1\r\n');
    expect(terminal.written).not.toContain('hunter2');
    await terminal.keys('draft' + UP + UP + DOWN + DOWN + DOWN);
    expect(terminal.written.endsWith('\r' + PROMPT + 'draft\x1b[K')).toBe(true);
    await terminal.keys(UP.repeat(50));
    expect(terminal.written).not.toContain('hunter2');
  });

  it.each(['/iot mqtt brokers add name=b address=h username=A1_t0ken portt=1', ':global token A1_t0ken'])(
    'does not look back at an access token: %s',
    async (line) => {
      const terminal = new Terminal(true);
      await terminal.keys(`:put 1\r${line}\r`);
      expect(await terminal.keys(UP + UP + UP)).not.toContain('A1_t0ken');
    },
  );

  it('keeps a bounded history', async () => {
    const terminal = new Terminal(true, { history: 2 });
    await terminal.keys(':put 1\r:put 2\r:put 3\r');
    expect(await terminal.keys(UP + UP + UP)).not.toContain(':put 1');
  });

  it('completes with Tab, and lists with the second', async () => {
    const terminal = new Terminal(true);
    await terminal.keys('/io\tm\tbro\tadd name=hall address=h\r');
    expect(terminal.bench.brokers.list[0]!.name).toBe('hall');
    expect(await terminal.keys('/iot mqtt sub\t')).toBe('/iot mqtt sub' + '\r' + PROMPT + '/iot mqtt subscri\x1b[K');
    expect(await terminal.keys('\t')).toBe('');
    const subs =
      'subscriptions  subscriptions and received messages\r\nsubscribe      subscribes to a topic filter\r\n';
    expect(await terminal.keys('\t')).toBe('\r\n' + subs + '\r' + PROMPT + '/iot mqtt subscri\x1b[K');
    expect(await terminal.keys('\x15/iot mqtt connect broker=\t')).toContain('broker=hall \x1b[K');
  });

  it('helps with ?, but not within a string', async () => {
    const terminal = new Terminal(true);
    expect(await terminal.keys('/iot ?')).toBe(
      '/iot \r\nbluetooth  Bluetooth tags\r\nmqtt       MQTT client\r\n\r' + PROMPT + '/iot \x1b[K',
    );
    expect(await terminal.keys('\x15:put "why?"\r')).toContain('\r\nwhy?\r\n');
  });

  it('goes on over lines, and takes the paste of a script', async () => {
    const terminal = new Terminal(true);
    expect(await terminal.keys(':if (true) do={\r')).toContain('\r{... \x1b[K');
    expect(await terminal.keys(':put 1\r}\r')).toContain('\r\n1\r\n');
    expect(await terminal.keys(':put (1\r\x03:put 2\r')).toContain('\r\n2\r\n');
    await terminal.keys(ADD_STATISTICS_SCRIPT + '\r');
    expect(terminal.bench.scripts.list.map((script) => script.property('name'))).toEqual(['mqttpublish']);
  });

  it('keeps what is typed while a command waits, and interrupts it', async () => {
    const terminal = new Terminal(true);
    await terminal.keys('/iot mqtt brokers add name=b address=h\r');
    const broker = terminal.bench.brokers.list[0]!;
    const release = broker.hold();
    terminal.send('/iot mqtt connect b\r:put later\r');
    expect(terminal.written).not.toContain('later');
    release();
    await terminal.editor.idle();
    expect(terminal.written).toContain('\r\nlater\r\n');
    broker.hold();
    terminal.send('/iot mqtt connect b\r:put lost\r');
    expect(await terminal.keys('\x03')).toBe('interrupted\r\n\r' + PROMPT + '\x1b[K');
  });

  it('says so when input is lost', async () => {
    const asked: boolean[] = [];
    const terminal = new Terminal(true, { onFlow: (stop) => void asked.push(stop) });
    await terminal.keys('/iot mqtt brokers add name=b address=h\r');
    terminal.bench.brokers.list[0]!.hold();
    terminal.send('/iot mqtt connect b\r' + 'x'.repeat(20000));
    expect(asked).toEqual([true]);
    expect(terminal.written.match(/input too fast: what follows is lost/g)).toHaveLength(1);
    await terminal.keys('\x03');
    expect(asked).toEqual([true, false]);
  });

  it('lets a sender that was stopped go on after a while, so that Ctrl-C can come', async () => {
    const asked: boolean[] = [];
    const terminal = new Terminal(true, { onFlow: (stop) => void asked.push(stop) });
    await terminal.keys('/iot mqtt brokers add name=b address=h\r');
    terminal.bench.brokers.list[0]!.hold();
    // The bench's delay is over at once.
    terminal.send('/iot mqtt connect b\r' + 'x'.repeat(5000));
    await new Promise((resolve) => setImmediate(resolve));
    expect([asked, terminal.bench.delays]).toEqual([[true, false], [5000]]);
    expect(await terminal.keys('\x03')).toContain('interrupted');
  });

  it('takes only what has room when its caller can wait', async () => {
    const terminal = new Terminal(true);
    await terminal.keys('/iot mqtt brokers add name=b address=h\r');
    const release = terminal.bench.brokers.list[0]!.hold();
    terminal.send('/iot mqtt connect b\r');
    const paste = new TextEncoder().encode(':put x\r'.repeat(5000));
    const taken = terminal.editor.receive(paste, 0, paste.length);
    expect(taken).toBe(8192);
    release();
    terminal.written = '';
    for (let at = taken; at < paste.length;) {
      await terminal.editor.idle();
      at += terminal.editor.receive(paste, at, paste.length);
    }
    await terminal.editor.idle();
    expect(terminal.written.match(/\nx\r/g)).toHaveLength(5000);
  });

  it('refuses a line that is too long', async () => {
    const terminal = new Terminal(true, { maxLength: 20 });
    expect(await terminal.keys(':put "' + 'x'.repeat(30) + '"\r:put 1\r')).toContain(
      '\r\nline too long (at most 20 characters)\r\n',
    );
    expect(terminal.written).toContain('\r\n1\r\n');
  });

  it('shows a line wider than the terminal in part', async () => {
    const terminal = new Terminal(true);
    const written = await terminal.keys(':put "' + '0123456789'.repeat(6));
    const last = written.slice(written.lastIndexOf('\r') + 1).replace('\x1b[K', '');
    expect(last).toHaveLength(59);
    expect(last.endsWith('6789')).toBe(true);
    // The cursor is 5 before the end, and the shown part ends there.
    expect((await terminal.keys(LEFT.repeat(5))).endsWith('\x1b[K')).toBe(true);
    expect((await terminal.keys('\x01')).endsWith('\x1b[44D')).toBe(true);
  });

  it('clears the screen, and ends with Ctrl-D on an empty line only', async () => {
    const terminal = new Terminal(true);
    expect(await terminal.keys('ab\x0c')).toContain('\x1b[H\x1b[2J\r' + PROMPT + 'ab');
    await terminal.keys(LEFT + '\x04');
    expect(terminal.ended).toBe(0);
    await terminal.keys('\x15\x04\x04:put 1\r');
    expect(terminal.ended).toBe(1);
    expect(terminal.written).not.toContain('\r\n1');
  });

  it('has colours only when it is told so', async () => {
    expect(await new Terminal(true).keys('foo\r/iot ?')).not.toContain('\x1b[3');
    const written = await new Terminal(true, {}, true).keys('foo\r/iot ?');
    expect(written).toContain('\x1b[31mbad command name foo');
    expect(written).toContain('\x1b[36mmqtt\x1b[0m');
  });
});

describe('a pipe', () => {
  it('executes lines without echo and prompt', async () => {
    const terminal = new Terminal(false);
    expect(await terminal.keys(':put 1\n:put\t"a?"\n\nfoo\n:if (true) do={\n:put 2\n}\n')).toMatch(
      /^1\na\?\nbad command name foo [^\n]*\n2\n$/,
    );
  });

  it('executes a last line without line end, and tells what is incomplete', async () => {
    const terminal = new Terminal(false);
    await terminal.keys(':put 1');
    await terminal.editor.end();
    expect(terminal.written).toBe('1\n');
    const other = new Terminal(false);
    await other.keys(':put "1');
    await other.editor.end();
    expect(other.written).toBe('syntax error (line 2 column 1)\n');
    expect(other.ended).toBe(1);
  });

  it('takes no more than there is room for while a command waits', async () => {
    const terminal = new Terminal(false);
    await terminal.keys('/iot mqtt brokers add name=b address=h\n');
    const broker = terminal.bench.brokers.list[0]!;
    const release = broker.hold();
    terminal.written = '';
    const bytes = new TextEncoder().encode('/iot mqtt connect b\n' + ':put 1\n'.repeat(5000));
    const taken = terminal.editor.receive(bytes, 0, bytes.length);
    expect(taken).toBeLessThan(20000);
    release();
    await terminal.editor.idle();
    for (let at = taken; at < bytes.length; await terminal.editor.idle()) {
      at += terminal.editor.receive(bytes, at, bytes.length);
    }
    expect(terminal.written).toBe('1\n'.repeat(5000));
  });
});
