import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { killCommands, runTagwire, startTagwire } from '../../support/cli.js';
import type { Command } from '../../support/cli.js';
import { makeTemporaryFolder } from '../../support/temp.js';

const folder = makeTemporaryFolder();
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await killCommands();
});
afterAll(() => folder.remove());

describe('tagwire sim --console', () => {
  it('executes the lines of a pipe and ends', async () => {
    const lines = [
      '/system identity print',
      '/system identity set name=hall',
      ':put [/system identity get name]',
      '/foo',
    ];
    const { code, stdout, stderr } = await runTagwire(['sim', '--console', '--gateway', 'shed'], lines.join('\n'));
    expect(stdout.toString().split('\n')).toEqual(['  name: shed', 'hall', expect.stringMatching(/^bad command/), '']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('waits for what the pipe has begun', async () => {
    const { stdout } = await runTagwire(['sim', '--console'], ':put 1\n:delay 100ms\n:put 2');
    expect(stdout.toString()).toBe('1\n2\n');
  });

  it('says in /log what happens', async () => {
    const count = (text: string): string => `[/log print count-only where message~"${text}"]`;
    // Which of the two comes first depends on the machine.
    const both = `:while (${count('connected to')} < 1 || ${count('dBm')} < 1) do={:delay 50ms}`;
    const script = `/log print where message~"nothing"\n${both}\n/log print\n`;
    const { stdout } = await runTagwire(['sim', '--console'], script);
    const lines = stdout.toString().split('\n');
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d system,info tagwire: sim-gateway on sim/);
    expect(lines).toContainEqual(
      expect.stringMatching(/ system,info gateway sim-gateway, broker mqtt:\/\/127\.0\.0\.1:\d+/),
    );
    expect(lines).toContainEqual(expect.stringMatching(/ mqtt,info connected to mqtt:/));
    expect(lines).toContainEqual(expect.stringMatching(/ bluetooth,info tag [0-9A-F:]{17} \S+ -\d+ dBm$/));
  });

  it('talks to the broker of the simulation', async () => {
    const sim = startTagwire(['sim', '--console-port', '0', '--json']);
    await sim.until(() => consolePort(sim) > 0);
    const broker = /"broker":"mqtt:\/\/127\.0\.0\.1:(\d+)"/.exec(sim.lines.join())![1]!;
    const client = new Client(consolePort(sim));
    client.send(
      `${login(sim)}/iot mqtt brokers add name=b address=127.0.0.1 port=${broker}\n` +
        '/iot mqtt subscribe broker=b topic="t/#"\n' +
        '/iot mqtt publish broker=b topic=t/1 message=hello\n' +
        ':while ([/iot mqtt subscriptions recv print count-only] < 1) do={:delay 20ms}\n' +
        '/iot mqtt subscriptions recv print\n',
    );
    await client.until((text) => text.includes('data="hello"'));
  });

  it('keeps in its store what outlives a restart', async () => {
    const args = ['sim', '--console', '--store', folder.file('store')];
    await runTagwire(args, '/system script add name=a source=":put kept"\n/iot mqtt brokers add name=b address=h\n');
    const { stdout } = await runTagwire(args, '/system script run a\n:put [/iot mqtt brokers get b address]\n');
    expect(stdout.toString()).toBe('kept\nh\n');
  });

  it('goes on after the pipe for as long as it was told', async () => {
    const { code, stdout } = await runTagwire(['sim', '--console', '--duration', '1'], ':put 1\n');
    expect([code, stdout.toString()]).toEqual([0, '1\n']);
  });

  it.each<[string[], RegExp]>([
    [['--console', '--json'], /--console and --json exclude each other/],
    [['--console', '--engine', 'xs'], /--console and --engine xs exclude each other/],
    [['--console-port', '0', '--engine', 'xs'], /--console-port and --engine xs exclude each other/],
    [['--console-port', '65536'], /from 0 to 65535/],
    [['--console-token', 'abcdefgh'], /--console-token needs --console-port/],
    [['--console-port', '0', '--console-token', 'secret'], /--console-token must be 8 to 64 letters, digits, - or _/],
    [['--store', 'package.json'], /store folder package\.json: cannot be made \(EEXIST\)/],
    [['--set', 'x=secret'], /^tagwire: --set "x" is not a configuration key; did you mean/],
  ])('refuses %j', async (args, said) => {
    const { code, stdout, stderr } = await runTagwire(['sim', ...args]);
    // Whoever asked for JSON gets the message as JSON, too.
    const printed = args.includes('--json')
      ? `${JSON.stringify({ error: stderr.trim().slice('tagwire: '.length) })}\n`
      : '';
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 2, stdout: printed });
    expect(stderr).toMatch(said);
    expect(stderr).not.toContain('secret');
  });
});

describe('tagwire sim --console-port', () => {
  it('serves lines and Telnet, several at once, and refuses a port that is taken', async () => {
    const sim = startTagwire(['sim', '--console-port', '0', '--json']);
    await sim.until(() => consolePort(sim) > 0);
    const port = consolePort(sim);
    const plain = new Client(port);
    const telnet = new Client(port);
    telnet.send(Uint8Array.of(255, 253, 1, 255, 253, 3));
    await telnet.until((text) => text === 'token: ');
    telnet.send('not this\r\0');
    await telnet.until((text) => text.endsWith('\r\nwrong token\r\ntoken: '));
    telnet.send(login(sim));
    await telnet.until((text) => text.includes('[admin@sim-gateway] > '));
    telnet.send('/sys\tid\tpr\t\r\0');
    await telnet.until((text) => text.includes('  name: sim-gateway\r\n'));
    plain.send(login(sim) + '/system identity set name=hall\n:put done\n');
    await plain.until((text) => text === 'done\n');
    telnet.send('\r\0');
    await telnet.until((text) => text.includes('[admin@hall] > '));
    telnet.send('\x04');
    await telnet.ended;
    plain.end();
    await plain.ended;
    // What a page in a browser can send.
    const page = new Client(port);
    page.send('POST / HTTP/1.1\r\nContent-Length: 44\r\n\r\n/system identity set name=evil\n:put done\n');
    await page.ended;
    expect(page.text).toBe('');
    await sim.until(() => /closed: not a console client: it speaks HTTP/.test(sim.lines.join()));

    const second = await runTagwire(['sim', '--console-port', String(port)]);
    expect(second.code).toBe(2);
    expect(second.stderr).toBe(
      `tagwire: --console-port ${port}: cannot listen on 127.0.0.1 (it is in use); it must be a free port, ` +
        'or 0 for any\n',
    );
    sim.process.kill('SIGINT');
    expect((await sim.finished).code).toBe(0);
  });
});

function consolePort(sim: Command): number {
  return Number(/console on 127\.0\.0\.1 port (\d+)/.exec(sim.lines.join('\n'))?.[1] ?? 0);
}

/** The first line of a client. */
function login(sim: Command): string {
  return / token ([\w-]+)/.exec(sim.lines.join('\n'))![1]! + '\n';
}

/** A client of the port. `text` is without the offer of Telnet. */
class Client {
  readonly ended: Promise<void>;
  private readonly socket: Socket;
  private bytes = Buffer.alloc(0);
  private check = (): void => {};

  constructor(port: number) {
    this.socket = connect({ host: '127.0.0.1', port });
    sockets.push(this.socket);
    this.socket.on('data', (bytes: Buffer) => {
      this.bytes = Buffer.concat([this.bytes, bytes]);
      this.check();
    });
    this.ended = new Promise((resolve) => this.socket.once('end', resolve));
  }

  get text(): string {
    return this.bytes.subarray(6).toString();
  }

  send(text: string | Uint8Array): void {
    this.socket.write(text);
  }

  end(): void {
    this.socket.end();
  }

  until(condition: (text: string) => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.check = () => {
        if (condition(this.text)) resolve();
      };
      this.check();
    });
  }
}
