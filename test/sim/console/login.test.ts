import { ConsoleLogin, isToken, makeToken, TokenGuard } from '../../../sim/console/console-login.js';
import { ConsolePort } from '../../../sim/console/console-port.js';
import { VirtualDevice } from '../../console/bindings/virtual-device.js';
import { VirtualTime } from '../../support/virtual-time.js';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';

const TOKEN = 'right-token';
const OFFER = '\xff\xfb\x01\xff\xfb\x03';

class Bench {
  time = 0;
  readonly guard = new TokenGuard(TOKEN, { now: () => this.time });
  login = new ConsoleLogin(this.guard);

  /** What becomes of the pieces: the last result, shortly. */
  send(...pieces: string[]): string {
    let shown = '';
    for (const piece of pieces) {
      const result = this.login.take(Buffer.from(piece, 'latin1'));
      shown = result.kind;
      if (result.kind === 'accepted') return 'accepted:' + Buffer.from(result.rest).toString();
      if (result.kind === 'refused') return 'refused:' + result.text.trim() + ':' + result.notice;
    }
    return shown;
  }
}

describe('ConsoleLogin', () => {
  it.each([
    [[TOKEN + '\n:put 1\n'], 'accepted::put 1\n'],
    [[TOKEN + '\r\n:put 1\n'], 'accepted::put 1\n'],
    [[TOKEN + '\r'], 'accepted:'],
    [['right', '-toke', 'nn\x7f\n'], 'accepted:'],
    [['\n\n' + TOKEN + '\n'], 'accepted:'],
    [['wrong\n'], 'wrong'],
    [['wrong\n' + TOKEN + '\n'], 'accepted:'],
    [[':put 1\n:put 2\n'], 'wrong'],
    [['a\nb\nc\n' + TOKEN + '\n'], 'refused:wrong token:wrong token, 3 times'],
    [['x'.repeat(200)], 'refused:wrong token:wrong token'],
    [['\x03'], 'refused::cancelled'],
    [['POST / HTTP/1.1\r\n'], 'refused::not a console client: it speaks HTTP'],
    [['GE', 'T', ' '], 'refused::not a console client: it speaks HTTP'],
    [['OPTIONS * HTTP/1.1\r\n'], 'refused::not a console client: it speaks HTTP'],
    [['PRI * HTTP/2.0\r\n'], 'refused::not a console client: it speaks HTTP'],
    [['\x16\x03\x01\x02\x00'], 'refused::not a console client: it speaks TLS'],
  ])('%j: %s', (pieces, result) => {
    expect(new Bench().send(...pieces)).toBe(result);
  });

  it('takes no token for a minute after ten wrong ones in a row', () => {
    const bench = new Bench();
    for (let i = 0; i < 10; i++) {
      bench.login = new ConsoleLogin(bench.guard);
      expect(bench.send('wrong\n')).toBe('wrong');
    }
    bench.time = 500;
    expect(bench.send(TOKEN + '\n')).toMatch(/^refused:too many wrong tokens: try again in 60 s:/);
    bench.time = 60_000;
    bench.login = new ConsoleLogin(bench.guard);
    expect(bench.send(TOKEN + '\n')).toBe('accepted:');
  });

  it('makes tokens that nobody guesses', () => {
    expect(makeToken()).not.toBe(makeToken());
    expect(makeToken()).toHaveLength(16);
    expect([isToken(makeToken()), isToken('short'), isToken('with space'), isToken('x'.repeat(65))]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});

/** Collects what arrives. */
class Client {
  text = '';
  readonly closed: Promise<void>;
  private readonly socket: Socket;
  private arrived = (): void => {};

  constructor(port: number) {
    this.socket = connect({ host: '127.0.0.1', port });
    this.socket.on('data', (bytes) => {
      this.text += bytes.toString('latin1');
      this.arrived();
    });
    this.closed = new Promise((resolve) => this.socket.once('close', () => resolve()));
  }

  send(text: string): void {
    this.socket.write(text);
  }

  until(end: string): Promise<void> {
    return new Promise((resolve) => {
      this.arrived = () => {
        if (this.text.endsWith(end)) resolve();
      };
      this.arrived();
    });
  }
}

it('closes a connection that has sent no token for 30 seconds, and no other', async () => {
  const time = new VirtualTime();
  const notices: string[] = [];
  const onNotice = (text: string): void => void notices.push(text);
  const platform = { clock: time, timers: time };
  const port = await ConsolePort.open(new VirtualDevice().console, { port: 0, token: TOKEN, platform, onNotice });
  const idle = new Client(port.port);
  const known = new Client(port.port);
  known.send(TOKEN + '\n:put done\n');
  await Promise.all([known.until('done\n'), idle.until(OFFER)]);
  time.run(29_999);
  expect(notices).toEqual([]);
  time.run(1);
  await idle.closed;
  expect(idle.text).toBe(OFFER + 'no token within 30 s\r\n');
  expect(notices).toEqual([
    expect.stringMatching(/^console: connection from 127\.0\.0\.1:\d+ closed: no token within 30 s$/),
  ]);
  known.send(':put more\n');
  await known.until('more\n');
  expect(time.pending).toBe(0);
  port.close();
});
