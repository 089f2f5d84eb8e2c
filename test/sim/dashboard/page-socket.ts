import { WebSocket } from 'ws';
import { SOCKET_PATH, SUBPROTOCOL } from '../../../sim/page/protocol.js';
import type { ToPage } from '../../../sim/page/protocol.js';

/** How a WebSocket ended. */
export interface Closed {
  readonly code: number;
  readonly text: string;
}

/** What a page does with the address that it was opened with. */
export class PageSocket {
  readonly texts: ToPage[] = [];
  readonly socket: WebSocket;
  readonly closed: Promise<Closed>;
  private readonly waiting: { condition: () => boolean; resolve: () => void; reject: (error: Error) => void }[] = [];

  constructor(
    url: string,
    { token = new URL(url).hash.slice(1), origin = new URL(url).origin, path = SOCKET_PATH } = {},
  ) {
    const address = new URL(path, url);
    address.protocol = 'ws:';
    address.hash = '';
    this.socket = new WebSocket(address, [SUBPROTOCOL, ...(token === '' ? [] : [token])], { origin });
    this.socket.on('message', (data: Buffer) => {
      this.texts.push(JSON.parse(data.toString()) as ToPage);
      for (const waiter of [...this.waiting]) {
        if (!waiter.condition()) continue;
        this.waiting.splice(this.waiting.indexOf(waiter), 1);
        waiter.resolve();
      }
    });
    let problem = '';
    this.socket.on('error', (error) => (problem = error.message));
    this.closed = new Promise((resolve) => {
      this.socket.once('close', (code, reason) => {
        resolve({ code, text: reason.toString() || problem });
        const error = new Error(`closed with ${code} ${reason.toString()}${problem}`);
        for (const { reject } of this.waiting.splice(0)) reject(error);
      });
    });
  }

  /** Resolves when `condition` holds, asked after each text; rejects when it is closed before. */
  until(condition: () => boolean): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve, reject) => this.waiting.push({ condition, resolve, reject }));
  }

  /** Resolves with a text of this type, the first one that was not taken before. */
  async take<Type extends ToPage['type']>(type: Type): Promise<Extract<ToPage, { type: Type }>> {
    const find = (): number => this.texts.findIndex((text) => text.type === type);
    await this.until(() => find() >= 0);
    return this.texts.splice(find(), 1)[0] as Extract<ToPage, { type: Type }>;
  }

  /** Sends a request, as soon as it is open. */
  send(value: unknown): void {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    if (this.socket.readyState === WebSocket.CONNECTING) this.socket.once('open', () => this.socket.send(text));
    else this.socket.send(text);
  }

  end(): void {
    this.socket.terminate();
  }
}
