import type { DeviceConsole } from '../../src/console/index.js';
import { BadInput } from '../bad-input.js';
import { EditorFeed } from './editor-feed.js';
import { TELNET_OFFER, TelnetFilter } from './telnet.js';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

const CTRL_C = Uint8Array.of(0x03);
const MAX_CLIENTS = 16;
/** Bytes that may wait for a client that does not read, before it is dropped. */
const MAX_WAITING = 1 << 20;

/**
 * A device's console on a TCP port of 127.0.0.1, for several clients at once. A client that answers the offer of
 * Telnet gets a terminal: prompt, echo, completion, history. Any other sends lines, and gets what they write.
 */
export class ConsolePort {
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly device: DeviceConsole,
    private readonly server: Server,
  ) {
    server.on('connection', (socket) => this.serve(socket));
  }

  /** `port`: 0 for a free one. Rejects with `BadInput` when the port cannot be had. */
  static open(device: DeviceConsole, port: number): Promise<ConsolePort> {
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
      server.listen(port, '127.0.0.1', () => resolve(new ConsolePort(device, server)));
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
    write(TELNET_OFFER);
    let feed: EditorFeed | undefined;
    const begin = (): EditorFeed => {
      const onEnd = (): void => void socket.end();
      const settings = filter.isTelnet ? { terminal: { colours: true }, onEnd } : { onEnd };
      const editor = this.device.attach({ write }, settings);
      editor.start();
      return new EditorFeed(editor, socket, filter.isTelnet);
    };
    socket.once('close', () => {
      this.sockets.delete(socket);
      // Nobody waits any more for what a terminal has begun.
      if (filter.isTelnet) feed?.take(CTRL_C);
    });
    // What comes first says what the client is.
    socket.on('data', (bytes) => {
      const data = filter.take(bytes);
      if (data.length === 0 && !filter.isTelnet) return;
      feed ??= begin();
      feed.take(data);
    });
    socket.on('end', () => void (feed ? feed.end() : socket.end()));
  }
}
