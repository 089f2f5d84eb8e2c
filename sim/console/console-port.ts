import type { DeviceConsole } from '../../src/console/index.js';
import type { Clock, Timers } from '../../src/hal/index.js';
import { BadInput } from '../bad-input.js';
import { ConsoleLogin, TokenGuard } from './console-login.js';
import { EditorFeed } from './editor-feed.js';
import { TELNET_OFFER, TelnetFilter } from './telnet.js';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

const CTRL_C = Uint8Array.of(0x03);
const MAX_CLIENTS = 16;
/** Bytes that may wait for a client that does not read, before it is dropped. */
const MAX_WAITING = 1 << 20;
/** Milliseconds to log in. */
const LOGIN_TIME = 30_000;
const PROMPT = 'token: ';

export interface ConsolePortOptions {
  /** 0 for a free one. */
  port: number;
  /** What a client must send first, see `isToken`. */
  token: string;
  platform: { clock: Pick<Clock, 'now'>; timers: Timers };
  /** Gets a line for each connection that was refused. */
  onNotice: (text: string) => void;
}

/**
 * A device's console on a TCP port of 127.0.0.1, for several clients at once, each of which sends the token first. A
 * client that answers the offer of Telnet gets a terminal: prompt, echo, completion, history. Any other sends lines,
 * and gets what they write.
 */
export class ConsolePort {
  private readonly sockets = new Set<Socket>();
  private readonly guard: TokenGuard;

  private constructor(
    private readonly device: DeviceConsole,
    private readonly options: ConsolePortOptions,
    private readonly server: Server,
  ) {
    this.guard = new TokenGuard(options.token, options.platform.clock);
    server.on('connection', (socket) => this.serve(socket));
  }

  /** Rejects with `BadInput` when the port cannot be had. */
  static open(device: DeviceConsole, options: ConsolePortOptions): Promise<ConsolePort> {
    const { port } = options;
    const server = createServer();
    server.maxConnections = MAX_CLIENTS;
    return new Promise((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => {
        const why = error.code === 'EADDRINUSE' ? 'it is in use' : (error.code ?? error.message);
        reject(
          new BadInput(
            `--console-port ${port}: cannot listen on 127.0.0.1 (${why}); it must be a free port, or 0 for any`,
          ),
        );
      });
      server.listen(port, '127.0.0.1', () => resolve(new ConsolePort(device, options, server)));
    });
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private serve(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.setNoDelay(true);
    const write = (bytes: string | Uint8Array): void => {
      if (socket.destroyed || socket.writableEnded) return;
      if (socket.writableLength > MAX_WAITING) socket.destroy();
      else socket.write(bytes);
    };
    const filter = new TelnetFilter(write);
    const login = new ConsoleLogin(this.guard);
    const refuse = (text: string, notice: string): void => {
      timeout.stop();
      this.options.onNotice(`console: connection from ${socket.remoteAddress}:${socket.remotePort} closed: ${notice}`);
      write(text);
      socket.destroySoon();
    };
    const timeout = this.options.platform.timers.create(() => {
      refuse(`no token within ${LOGIN_TIME / 1000} s\r\n`, `no token within ${LOGIN_TIME / 1000} s`);
    });
    timeout.start(LOGIN_TIME);
    write(TELNET_OFFER);
    let feed: EditorFeed | undefined;
    let prompted = false;
    const begin = (): EditorFeed => {
      timeout.stop();
      const onEnd = (): void => void socket.end();
      const settings = filter.isTelnet ? { terminal: { colours: true }, onEnd } : { onEnd };
      const editor = this.device.attach({ write }, settings);
      if (filter.isTelnet) write('\r\n');
      editor.start();
      return new EditorFeed(editor, socket, filter.isTelnet);
    };
    socket.once('close', () => {
      timeout.stop();
      this.sockets.delete(socket);
      // Nobody waits any more for what a terminal has begun.
      if (filter.isTelnet) feed?.take(CTRL_C);
    });
    socket.on('data', (bytes) => {
      const data = filter.take(bytes);
      if (feed) return feed.take(data);
      // A program that sends lines must not find a prompt among what they write.
      if (filter.isTelnet && !prompted) write(PROMPT);
      prompted = filter.isTelnet;
      const result = login.take(data);
      if (result.kind === 'refused') return refuse(result.text, result.notice);
      if (result.kind === 'wrong') write(filter.isTelnet ? `\r\nwrong token\r\n${PROMPT}` : 'wrong token\n');
      if (result.kind !== 'accepted') return;
      feed = begin();
      feed.take(result.rest);
    });
    socket.on('end', () => void (feed ? feed.end() : socket.end()));
  }
}
