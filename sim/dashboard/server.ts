import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { extname, join } from 'node:path';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { WebSocket, WebSocketServer } from 'ws';
import { BadInput } from '../bad-input.js';
import { CLOSED, LONGEST_REPLAY, SOCKET_PATH, SUBPROTOCOL } from '../page/protocol.js';
import type { Answer, ControlName, Request, ToPage } from '../page/protocol.js';
import { BadRequest, readRequest } from './check-request.js';
import type { DashboardSource } from './source.js';

/** Only programs of this computer reach it. */
const ADDRESS = '127.0.0.1';
/** Pages that may be open at once. */
const MOST_PAGES = 100;
/** Bytes that wait for a page, above which it is told nothing more until it has read all of them. */
const MOST_WAITING = 4 * 1024 * 1024;
/** The same, answers to its own requests included, above which it is cut off. */
const MOST_WAITING_WITH_ANSWERS = 4 * MOST_WAITING;
/** Requests of a page in a second, and at once. */
const REQUESTS_PER_SECOND = 100;
const REQUESTS_AT_ONCE = 300;
/** Requests of a page that are not answered yet. */
const REQUESTS_UNDER_WAY = REQUESTS_AT_ONCE;
/** Requests beyond that after which a page is cut off. */
const MOST_EXCESS = 1000;
const PING_MILLISECONDS = 20_000;
/** A page that sends nothing for so long, not even the answer to a ping, is cut off. */
const DEAF_MILLISECONDS = 60_000;
/** For pages that are told of the end. */
const PATIENCE_MILLISECONDS = 200;

/** How to serve a dashboard. */
export interface DashboardServerOptions {
  /** TCP port on 127.0.0.1, 1 to 65535; absent or 0: a free one. */
  port?: number;
  /** Folder of the built page; absent: the one of this package. */
  pageFolder?: string;
  /** That of an earlier start, whose pages then come back by themselves; absent: a new one. */
  token?: string;
}

/** A dashboard that is served. */
export interface DashboardServer {
  readonly port: number;
  /** For the one person who may see the page: the token is in it. */
  readonly url: string;
  /** Pages that are open. */
  readonly pages: number;
  /** Ends all pages, then the source; legal twice. */
  close(): Promise<void>;
}

/**
 * Serves the page and tells it what `source` tells, on the loopback interface. `source` is the server's from now on: it
 * closes it, also when it does not come about. Rejects with `BadInput` when the port cannot be had or the page is not
 * built.
 */
export async function serveDashboard(
  source: DashboardSource,
  options: DashboardServerOptions = {},
): Promise<DashboardServer> {
  try {
    const files = readPage(options.pageFolder ?? findPage());
    const token = options.token ?? randomBytes(32).toString('base64url');
    const dashboard = new Dashboard(source, files, token, await makeSockets());
    await dashboard.listen(options.port ?? 0);
    return dashboard;
  } catch (error) {
    source.close();
    throw error;
  }
}

const TYPES: { readonly [extension: string]: string } = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.json': 'application/json',
};

/** A file of the page, in memory: nothing of what is asked for becomes a path on a disk. */
interface PageFile {
  readonly type: string;
  readonly body: Buffer;
}

/** Seen from a bundle in `dist` or `dist/shared`, from `build/sim/dashboard`, from the source. */
function findPage(): string {
  const places = ['./page', '../page', '../../../dist/page', '../../dist/page'];
  const folders = places.map((place) => fileURLToPath(new URL(place, import.meta.url)));
  const folder = folders.find((path) => existsSync(join(path, 'index.html')) && existsSync(join(path, 'page.js')));
  if (folder === undefined) throw new BadInput('the page of the dashboard is not built: run npm run build');
  return folder;
}

function readPage(folder: string): ReadonlyMap<string, PageFile> {
  const files = new Map<string, PageFile>();
  for (const name of readdirSync(folder)) {
    const type = TYPES[extname(name)];
    if (type !== undefined) files.set(`/${name}`, { type, body: readFileSync(join(folder, name)) });
  }
  const index = files.get('/index.html');
  if (!index) throw new BadInput(`there is no page in ${folder}: run npm run build`);
  return files.set('/', index);
}

/** The package is loaded when a page is served: commands without one would start later for it. */
async function makeSockets(): Promise<WebSocketServer> {
  const { WebSocketServer: Server } = await import('ws');
  return new Server({
    noServer: true,
    perMessageDeflate: false,
    clientTracking: false,
    // Characters outside ASCII have more bytes; base64 has none.
    maxPayload: LONGEST_REPLAY + 1024,
    handleProtocols: (offered) => offered.has(SUBPROTOCOL) && SUBPROTOCOL,
  });
}

class Dashboard implements DashboardServer {
  port = 0;

  private readonly http = createServer((request, response) => this.answer(request, response));
  private readonly connections = new Set<Socket>();
  private readonly open = new Set<Page>();
  private readonly pings: NodeJS.Timeout;
  /** What pages may ask for at the moment. */
  private controls: readonly ControlName[] = [];
  private closing: Promise<void> | undefined;

  constructor(
    private readonly source: DashboardSource,
    private readonly files: ReadonlyMap<string, PageFile>,
    private readonly token: string,
    private readonly sockets: WebSocketServer,
  ) {
    this.http.on('connection', (connection) => {
      this.connections.add(connection);
      connection.once('close', () => this.connections.delete(connection));
    });
    this.http.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head));
    this.http.on('clientError', (_error, socket) => socket.destroy());
    this.http.maxConnections = 4 * MOST_PAGES;
    this.http.headersTimeout = 10_000;
    this.http.requestTimeout = 10_000;
    this.pings = setInterval(() => this.ping(), PING_MILLISECONDS);
    source.watch((text) => this.tell(text));
  }

  get url(): string {
    return `http://${ADDRESS}:${this.port}/#${this.token}`;
  }

  get pages(): number {
    return this.open.size;
  }

  async listen(port: number): Promise<void> {
    try {
      await new Promise<void>((resolve, reject) => {
        this.http.once('error', reject);
        this.http.listen(port, ADDRESS, () => {
          this.http.off('error', reject);
          resolve();
        });
      });
    } catch (error) {
      clearInterval(this.pings);
      const { code } = error as NodeJS.ErrnoException;
      let why = `it cannot be listened on (${code})`;
      if (code === 'EADDRINUSE') why = 'it is in use by another program';
      if (code === 'EACCES') why = 'ports below 1024 need more rights than this user has';
      throw new BadInput(
        `port ${port} of ${ADDRESS}: ${why}; name another one, or leave --page-port out for a free one`,
      );
    }
    this.port = (this.http.address() as AddressInfo).port;
  }

  close(): Promise<void> {
    this.closing ??= (async () => {
      clearInterval(this.pings);
      for (const page of this.open) page.close(CLOSED.ended, 'the command has ended');
      this.source.close();
      const gone = new Promise((resolve) => this.http.close(resolve));
      this.http.closeIdleConnections();
      // Pages have a moment to take the reason.
      const patience = setTimeout(() => {
        for (const connection of this.connections) connection.destroy();
      }, PATIENCE_MILLISECONDS);
      await gone;
      clearTimeout(patience);
    })();
    return this.closing;
  }

  // HTTP

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const refusal = this.refusal(request, true);
    if (refusal !== undefined) return this.say(response, 403, refusal);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return this.say(response, 405, 'only GET and HEAD are answered', { allow: 'GET, HEAD' });
    }
    const path = request.url!.split('?', 1)[0]!;
    const file = this.files.get(path);
    if (!file) {
      if (path !== SOCKET_PATH) return this.say(response, 404, 'there is no such file');
      return this.say(response, 426, 'here is a WebSocket', { upgrade: 'websocket' });
    }
    response.writeHead(200, { ...this.headers(), 'content-type': file.type, 'content-length': file.body.length });
    response.end(request.method === 'HEAD' ? undefined : file.body);
  }

  private say(response: ServerResponse, status: number, text: string, headers: OutgoingHttpHeaders = {}): void {
    // A body that was sent along is not read.
    response.shouldKeepAlive = false;
    response.writeHead(status, { ...this.headers(), 'content-type': 'text/plain; charset=utf-8', ...headers });
    response.end(`${text}\n`);
  }

  private headers(): OutgoingHttpHeaders {
    const policy = [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self' data:",
      // Safari did not count WebSockets as of the same origin for long.
      `connect-src 'self' ws://${ADDRESS}:${this.port} ws://localhost:${this.port}`,
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ];
    return {
      'content-security-policy': policy.join('; '),
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-store',
    };
  }

  /**
   * Why a request is not for us; undefined when it is. A name of another computer that leads here (DNS rebinding) is in
   * Host, the page of another site in Origin or Sec-Fetch-Site.
   */
  private refusal(request: IncomingMessage, originMayBeAbsent: boolean): string | undefined {
    const { host, origin } = request.headers;
    if (host !== `${ADDRESS}:${this.port}` && host !== `localhost:${this.port}`) {
      return `only http://${ADDRESS}:${this.port} is answered: the Host header is that of another server`;
    }
    if (origin === undefined ? !originMayBeAbsent : origin !== `http://${host}`) {
      return `only http://${ADDRESS}:${this.port} is answered: the Origin header is that of another site`;
    }
    const site = request.headers['sec-fetch-site'];
    if (site === undefined || site === 'none' || site === 'same-origin') return undefined;
    // A person who follows a link from elsewhere; the page cannot be framed.
    if (request.headers['sec-fetch-mode'] === 'navigate') return undefined;
    return 'other sites get nothing from here';
  }

  // WebSockets

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const refusal = this.refusal(request, false);
    if (refusal !== undefined) return refuse(socket, '403 Forbidden', refusal);
    if (request.url !== SOCKET_PATH) return refuse(socket, '404 Not Found', 'there is no such WebSocket');
    if (this.closing) return refuse(socket, '503 Service Unavailable', 'the command has ended');
    this.sockets.handleUpgrade(request, socket, head, (webSocket) => {
      // A browser tells its page nothing of a handshake that failed, so that refusals come after it.
      webSocket.on('error', () => undefined);
      if (!this.isToken(offered(request))) {
        return webSocket.close(CLOSED.token, 'wrong token: open the address that the command printed');
      }
      if (this.open.size >= MOST_PAGES) {
        return webSocket.close(CLOSED.full, `${MOST_PAGES} pages are open already: close one, then reload this one`);
      }
      this.welcome(webSocket);
    });
  }

  private isToken(candidates: readonly string[]): boolean {
    let found = false;
    // Digests, since only arrays of equal length can be compared in constant time.
    const expected = digest(this.token);
    for (const candidate of candidates) if (timingSafeEqual(digest(candidate), expected)) found = true;
    return found;
  }

  private welcome(webSocket: WebSocket): void {
    const page = new Page(webSocket, () => this.snapshot());
    this.open.add(page);
    webSocket.on('close', () => this.open.delete(page));
    webSocket.on('pong', () => page.heard());
    webSocket.on('message', (data, isBinary) => void this.take(page, data as Buffer, isBinary));
    page.begin();
  }

  /** What a page that has nothing yet is told. */
  private snapshot(): string[] {
    const texts = this.source.snapshot();
    for (const text of texts) if (text.type === 'hello') this.controls = text.controls;
    return texts.map((text) => JSON.stringify(text));
  }

  /** Tells all pages; what is told is put into bytes once. */
  private tell(text: ToPage): void {
    if (text.type === 'hello') this.controls = text.controls;
    if (this.open.size === 0) return;
    const bytes = Buffer.from(JSON.stringify(text));
    for (const page of this.open) page.tell(bytes);
  }

  /** Does what a page asks for. */
  private async take(page: Page, data: Buffer, isBinary: boolean): Promise<void> {
    if (!page.isOpen) return;
    page.heard();
    const busy = page.admit();
    try {
      if (isBinary) throw new BadRequest('a request must be text');
      const request = readRequest(data.toString());
      page.answer(await this.answerTo(request, page, busy));
    } catch (error) {
      if (!(error instanceof BadRequest)) throw error;
      const { id, message } = error;
      if (id === undefined) page.close(CLOSED.rubbish, message);
      else page.answer({ type: 'answer', id, error: message });
    }
  }

  private async answerTo(request: Request, page: Page, busy: string | undefined): Promise<Answer> {
    const { id, name } = request;
    if (busy !== undefined) return { type: 'answer', id, error: busy };
    if (!this.controls.includes(name)) return { type: 'answer', id, error: `${name} is not to be had here` };
    page.underWay++;
    try {
      return await this.source.request(request);
    } catch (error) {
      // A fault of ours, which the person at the page has to know of, and which must not end the world.
      return { type: 'answer', id, error: `${name} failed: ${error instanceof Error ? error.message : String(error)}` };
    } finally {
      page.underWay--;
    }
  }

  private ping(): void {
    for (const page of this.open) page.ping();
  }
}

/** One page that is open. */
class Page {
  /** Requests that are not answered yet. */
  underWay = 0;

  /** Told nothing until it has read what waits; then told all anew. */
  private behind = false;
  private heardAt = performance.now();
  /** Requests that it may send now, without those that time brings. */
  private allowance = REQUESTS_AT_ONCE;
  private countedAt = this.heardAt;
  /** Requests beyond the allowance since it was full. */
  private excess = 0;

  constructor(
    private readonly socket: WebSocket,
    private readonly snapshot: () => string[],
  ) {}

  get isOpen(): boolean {
    return this.socket.readyState === this.socket.OPEN;
  }

  /** Tells it what there is. */
  begin(): void {
    for (const text of this.snapshot()) this.socket.send(text, this.onSent);
  }

  /** Tells it what is new, unless it is behind. */
  tell(bytes: Buffer): void {
    const { socket } = this;
    if (this.behind || !this.isOpen) return;
    if (socket.bufferedAmount > MOST_WAITING) this.behind = true;
    else socket.send(bytes, { binary: false }, this.onSent);
  }

  answer(answer: Answer): void {
    const { socket } = this;
    if (!this.isOpen) return;
    if (socket.bufferedAmount > MOST_WAITING_WITH_ANSWERS) socket.terminate();
    else socket.send(JSON.stringify(answer), this.onSent);
  }

  /** Counts a request, and cuts the page off after far too many. Why it is refused; undefined: it is not. */
  admit(): string | undefined {
    const now = performance.now();
    this.allowance += ((now - this.countedAt) / 1000) * REQUESTS_PER_SECOND;
    this.countedAt = now;
    if (this.allowance >= REQUESTS_AT_ONCE) {
      this.allowance = REQUESTS_AT_ONCE;
      this.excess = 0;
    }
    if (this.allowance >= 1) {
      this.allowance--;
      if (this.underWay < REQUESTS_UNDER_WAY) return undefined;
      return `${REQUESTS_UNDER_WAY} requests of this page are not answered yet`;
    }
    const text = `too many requests: at most ${REQUESTS_PER_SECOND} a second`;
    if (++this.excess > MOST_EXCESS) this.close(CLOSED.rubbish, text);
    return text;
  }

  heard(): void {
    this.heardAt = performance.now();
  }

  /** Asks whether it is still there; cuts it off when it has said nothing for too long. */
  ping(): void {
    const { socket } = this;
    if (!this.isOpen) socket.terminate();
    else if (performance.now() - this.heardAt <= DEAF_MILLISECONDS) socket.ping();
    else this.close(CLOSED.deaf, 'the page did not answer');
  }

  /** `text` is cut to what a close frame has room for. It is cut off with the next ping if it does not obey. */
  close(code: number, text: string): void {
    this.socket.close(code, text.slice(0, 120));
  }

  private readonly onSent = (): void => {
    if (!this.behind || this.socket.bufferedAmount > 0 || !this.isOpen) return;
    this.behind = false;
    this.begin();
  };
}

/** The subprotocols that a page offers, of which one is the token. */
function offered(request: IncomingMessage): string[] {
  return (request.headers['sec-websocket-protocol'] ?? '').split(',').map((text) => text.trim());
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function refuse(socket: Duplex, status: string, text: string): void {
  const body = `${text}\n`;
  const headers = `connection: close\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: ${body.length}`;
  socket.end(`HTTP/1.1 ${status}\r\n${headers}\r\n\r\n${body}`, () => socket.destroy());
}
