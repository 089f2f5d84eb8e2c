import { request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { createServer } from 'node:net';
import { mkdirSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { BadInput } from '../../../sim/bad-input.js';
import { serveDashboard } from '../../../sim/dashboard/server.js';
import type { DashboardServer } from '../../../sim/dashboard/server.js';
import { CLOSED, LONGEST_REQUEST } from '../../../sim/page/protocol.js';
import type { Answer } from '../../../sim/page/protocol.js';
import { freePort } from '../../support/ports.js';
import { makeTemporaryFolder } from '../../support/temp.js';
import { PageSocket } from './page-socket.js';
import { logLine, SmallSource } from './small-source.js';

const folder = makeTemporaryFolder();
const pageFolder = folder.file('page');
beforeAll(() => {
  mkdirSync(pageFolder);
  writeFileSync(`${pageFolder}/index.html`, '<!doctype html><title>Tagwire</title>');
  writeFileSync(`${pageFolder}/page.js`, 'export {};');
  writeFileSync(`${pageFolder}/page.css`, 'body {}');
});
afterAll(() => folder.remove());

const servers: DashboardServer[] = [];
const pages: PageSocket[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const page of pages.splice(0)) page.end();
  for (const server of servers.splice(0)) await server.close();
});

async function serve(source = new SmallSource()): Promise<DashboardServer & { source: SmallSource }> {
  const server = await serveDashboard(source, { pageFolder });
  servers.push(server);
  return Object.assign(server, { source });
}

function open(server: DashboardServer, options?: ConstructorParameters<typeof PageSocket>[1]): PageSocket {
  const page = new PageSocket(server.url, options);
  pages.push(page);
  return page;
}

interface Response {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A request as it stands, with no header that is not asked for but Host. */
function ask(
  server: DashboardServer,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const { port } = server;
    const request = httpRequest({ host: '127.0.0.1', port, path, method, headers, agent: false });
    request.once('error', reject);
    request.once('response', (response: IncomingMessage) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.once('end', () =>
        resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(parts).toString() }),
      );
    });
    request.end();
  });
}

describe('files', () => {
  it('are served without a token, since there is no secret in them', async () => {
    const server = await serve();
    expect(server.url).toMatch(new RegExp(`^http://127\\.0\\.0\\.1:${server.port}/#[\\w-]{43}$`));
    const index = await ask(server, '/');
    expect(index).toMatchObject({ status: 200, body: '<!doctype html><title>Tagwire</title>' });
    expect(index.headers['content-type']).toBe('text/html; charset=utf-8');
    expect((await ask(server, '/page.js?again')).headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect((await ask(server, '/page.css')).headers['content-type']).toBe('text/css; charset=utf-8');
    const head = await ask(server, '/page.css', {}, 'HEAD');
    expect(head).toMatchObject({ status: 200, body: '' });
    expect(head.headers['content-length']).toBe('7');
  });

  it.each(['/', '/absent'])('come with headers that keep other origins and inline code away, at %s', async (path) => {
    const server = await serve();
    const { headers } = await ask(server, path);
    const policy = String(headers['content-security-policy']);
    const directives = new Map(
      policy.split('; ').map((directive) => {
        const [name, ...sources] = directive.split(' ');
        return [name, sources];
      }),
    );
    expect(directives.get('default-src')).toEqual(["'none'"]);
    expect(directives.get('script-src')).toEqual(["'self'"]);
    expect(directives.get('style-src')).toEqual(["'self'"]);
    expect(directives.get('frame-ancestors')).toEqual(["'none'"]);
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    const { port } = server;
    const own = ["'self'", "'none'", 'data:', `ws://127.0.0.1:${port}`, `ws://localhost:${port}`];
    for (const sources of directives.values()) expect(own).toEqual(expect.arrayContaining(sources));
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-store',
    });
  });

  it.each(['/package.json', '/../package.json', '/%2e%2e/package.json', '/page', '//page.js', '/__proto__', '*'])(
    'other than those of the page are absent: %s',
    async (path) => {
      expect((await ask(await serve(), path)).status).toBe(404);
    },
  );

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])('are not to be had by %s', async (method) => {
    const { status, headers } = await ask(await serve(), '/', {}, method);
    expect({ status, allow: headers.allow }).toEqual({ status: 405, allow: 'GET, HEAD' });
  });

  it('are for those who asked for this server by its name', async () => {
    const server = await serve();
    const status = async (host: string): Promise<number> => (await ask(server, '/', { host })).status;
    expect(await status(`localhost:${server.port}`)).toBe(200);
    for (const host of [
      ...['127.0.0.1', `127.0.0.1:${server.port + 1}`, 'localhost', 'evil.example'],
      ...[`evil.example:${server.port}`, `127.0.0.1.evil.example:${server.port}`, `[::1]:${server.port}`],
    ]) {
      expect([host, await status(host)]).toEqual([host, 403]);
    }
  });

  it('are not for the pages of other sites', async () => {
    const server = await serve();
    const { origin } = new URL(server.url);
    const status = async (headers: Record<string, string>): Promise<number> =>
      (await ask(server, '/page.js', headers)).status;
    expect(await status({ origin })).toBe(200);
    for (const other of ['http://evil.example', 'null', `https://127.0.0.1:${server.port}`, 'http://127.0.0.1']) {
      expect([other, await status({ origin: other })]).toEqual([other, 403]);
    }
    expect(await status({ 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' })).toBe(200);
    expect(await status({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' })).toBe(403);
    expect(await status({ 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' })).toBe(403);
    expect(await status({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' })).toBe(200);
  });
});

describe('who may see it', () => {
  it('is told all there is, then what is new', async () => {
    const server = await serve();
    const page = open(server);
    expect(await page.take('hello')).toEqual(server.source.hello());
    expect(await page.take('log')).toEqual(logLine('snapshot'));
    expect(page.socket.protocol).toBe('tagwire');
    server.source.tell(logLine('new'));
    expect(await page.take('log')).toEqual(logLine('new'));
  });

  it('has the token; who has not is told so by a close code', async () => {
    const server = await serve();
    const token = new URL(server.url).hash.slice(1);
    for (const wrong of ['', 'x', token.slice(1), `${token}x`, token.toUpperCase()]) {
      const page = open(server, { token: wrong });
      const { code, text } = await page.closed;
      expect([wrong, code, text]).toEqual([wrong, CLOSED.token, expect.stringContaining('wrong token')]);
      expect(page.texts).toEqual([]);
    }
    expect(server.pages).toBe(0);
    expect(server.source.snapshots).toBe(0);
    const other = await serve();
    expect(new URL(other.url).hash).not.toBe(new URL(server.url).hash);
  });

  it('comes from the page itself, even with the token', async () => {
    const server = await serve();
    for (const origin of ['http://evil.example', 'null', `http://localhost:${server.port}`, 'http://127.0.0.1']) {
      const { text } = await open(server, { origin }).closed;
      expect([origin, text]).toEqual([origin, 'Unexpected server response: 403']);
    }
    expect((await open(server, { path: '/other' }).closed).text).toBe('Unexpected server response: 404');
    const { status } = await ask(server, '/socket');
    expect(status).toBe(426);
  });

  it('sends an Origin and our Host with a WebSocket', async () => {
    const server = await serve();
    const { host, origin } = new URL(server.url);
    const token = new URL(server.url).hash.slice(1);
    const handshake = (lines: readonly string[]): Promise<string> =>
      new Promise((resolve, reject) => {
        const socket = connect(server.port, '127.0.0.1');
        socket.once('error', reject);
        socket.once('data', (bytes) => {
          socket.destroy();
          resolve(bytes.toString().split('\r\n', 1)[0]!);
        });
        const key = 'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==';
        const all = ['GET /socket HTTP/1.1', ...lines, 'connection: upgrade', 'upgrade: websocket', key];
        const rest = ['sec-websocket-version: 13', `sec-websocket-protocol: tagwire, ${token}`];
        socket.write([...all, ...rest, '', ''].join('\r\n'));
      });
    expect(await handshake([`host: ${host}`, `origin: ${origin}`])).toBe('HTTP/1.1 101 Switching Protocols');
    expect(await handshake([`host: ${host}`])).toBe('HTTP/1.1 403 Forbidden');
    // A name of another site that leads here.
    const rebound = `evil.example:${server.port}`;
    expect(await handshake([`host: ${rebound}`, `origin: http://${rebound}`])).toBe('HTTP/1.1 403 Forbidden');
  });

  it('is on this computer', async () => {
    const server = await serve();
    const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
    const outside = addresses.filter(({ internal }) => !internal);
    for (const { address, scopeid } of outside as { address: string; scopeid?: number }[]) {
      if (scopeid) continue;
      const refused = new Promise((resolve) => {
        connect(server.port, address)
          .once('connect', () => resolve('connected'))
          .once('error', () => resolve('refused'));
      });
      expect([address, await refused]).toEqual([address, 'refused']);
    }
  });
});

describe('requests', () => {
  it('come to the source, and their answers go to the page that asked', async () => {
    const server = await serve();
    const { source } = server;
    const [one, other] = [open(server), open(server)];
    await Promise.all([one.take('hello'), other.take('hello')]);
    source.answering = ({ id }) => Promise.resolve({ type: 'answer', id, error: 'no such gateway' });
    const request = { id: 7, name: 'wifi', parameters: { gateway: 3, on: false } };
    one.send(request);
    expect(await one.take('answer')).toEqual({ type: 'answer', id: 7, error: 'no such gateway' });
    expect(source.requests).toEqual([request]);
    source.tell(logLine('end'));
    await other.until(() => other.texts.some((text) => JSON.stringify(text).includes('"end"')));
    expect(other.texts.some(({ type }) => type === 'answer')).toBe(false);
  });

  it('that the source does not offer are refused', async () => {
    const server = await serve();
    const page = open(server);
    await page.take('hello');
    const speed = { name: 'speed', parameters: { speed: 2 } };
    page.send({ id: 1, ...speed });
    expect((await page.take('answer')).error).toBe('speed is not to be had here');
    server.source.controls = ['speed'];
    server.source.tell(server.source.hello());
    page.send({ id: 2, ...speed });
    expect((await page.take('answer')).error).toBeUndefined();
    expect(server.source.requests.map(({ id }) => id)).toEqual([2]);
  });

  it('that fail do not end the server', async () => {
    const server = await serve();
    server.source.answering = () => Promise.reject(new TypeError('x is undefined'));
    const page = open(server);
    page.send({ id: 1, name: 'why', parameters: { tag: 'a' } });
    expect((await page.take('answer')).error).toBe('why failed: x is undefined');
    server.source.answering = ({ id }) => Promise.resolve({ type: 'answer', id });
    page.send({ id: 2, name: 'why', parameters: { tag: 'a', gateway: 0 } });
    expect(await page.take('answer')).toEqual({ type: 'answer', id: 2 });
  });

  it.each([
    [{ id: 1, name: 'toString', parameters: {} }, /^name must be one of wifi, broker/],
    [{ id: 1, name: 'wifi' }, 'wifi: parameters must be an object'],
    [{ id: 1, name: 'wifi', parameters: [] }, 'wifi: parameters must be an object'],
    [{ id: 1, name: 'wifi', parameters: { on: true } }, 'wifi: gateway must be an integer from 0'],
    [{ id: 1, name: 'wifi', parameters: { gateway: -1, on: true } }, 'wifi: gateway must be an integer from 0'],
    [{ id: 1, name: 'wifi', parameters: { gateway: 0, on: 'no' } }, 'wifi: on must be true or false'],
    [
      { id: 1, name: 'wifi', parameters: { gateway: 0, on: true, off: 1 } },
      'wifi: there is no parameter off; use gateway, on',
    ],
    [
      { id: 1, name: 'broker', parameters: { broker: 0, action: 'burn' } },
      'broker: action must be one of restart, kill, start',
    ],
    [
      { id: 1, name: 'moveTag', parameters: { tag: 'a', position: [1, null] } },
      'moveTag: position must be two numbers, in metres',
    ],
    ['{"id":1,"name":"warmTag","parameters":{"tag":"a","temperature":1e999}}', 'warmTag: temperature must be a number'],
    ['{"id":1,"name":"wifi","parameters":{"__proto__":1}}', /^wifi: there is no parameter __proto__/],
  ])('must have the parameters of their control: %j', async (request, error) => {
    const server = await serve();
    const page = open(server);
    page.send(request);
    const answer = await page.take('answer');
    expect(answer).toEqual({ type: 'answer', id: 1, error: expect.stringMatching(error) as string });
    expect(server.source.requests).toEqual([]);
  });

  it.each([
    ['no JSON', 'nonsense', 'a request must be JSON'],
    ['a list', '[1, 2]', 'a request must be an object with id, name and parameters'],
    ['null', 'null', 'a request must be an object with id, name and parameters'],
    ['no id', '{"name":"wifi"}', 'the id of a request must be an integer from 0'],
    ['a wrong id', '{"id":1.5,"name":"wifi"}', 'the id of a request must be an integer from 0'],
    [
      '10 MB',
      `{"id":1,"name":"type","parameters":{"gateway":0,"text":"${'x'.repeat(10_000_000)}"}}`,
      /^a request must/,
    ],
    ['bytes', Buffer.from([1, 2, 3]), 'a request must be text'],
  ])('that are none end the page with a reason: %s', async (_, sent, reason) => {
    const server = await serve();
    const [page, other] = [open(server), open(server)];
    await Promise.all([page.take('hello'), other.take('hello')]);
    page.socket.send(sent);
    expect(await page.closed).toEqual({ code: CLOSED.rubbish, text: expect.stringMatching(reason) as string });
    expect(server.source.requests).toEqual([]);
    // Others do not notice.
    other.send({ id: 1, name: 'why', parameters: { tag: 'a' } });
    expect(await other.take('answer')).toEqual({ type: 'answer', id: 1 });
  });

  it('of more than 1 MB are recordings; those of more than 64 MB are not taken at all', async () => {
    const server = await serve();
    const page = open(server);
    const recording = 'A'.repeat(LONGEST_REQUEST + 4);
    page.send({ id: 1, name: 'replay', parameters: { recording } });
    expect(await page.take('answer')).toEqual({ type: 'answer', id: 1 });
    expect(server.source.requests).toEqual([{ id: 1, name: 'replay', parameters: { recording } }]);
    page.socket.send(Buffer.alloc(65 * 1024 * 1024, 'A'), { binary: false });
    expect((await page.closed).code).toBe(1009);
  });

  it('come at a limited rate, and who does not stop is cut off', async () => {
    const server = await serve();
    const [page, other] = [open(server), open(server)];
    await other.take('hello');
    const ask = (from: number, count: number): void => {
      for (let id = from; id < from + count; id++) page.send({ id, name: 'why', parameters: { tag: 'a' } });
    };
    await page.take('hello');
    ask(0, 500);
    const answers = (): Answer[] => page.texts.filter((text): text is Answer => text.type === 'answer');
    await page.until(() => answers().length === 500);
    const refused = answers().filter(({ error }) => error !== undefined);
    expect(refused.length).toBeGreaterThan(100);
    expect(refused.at(-1)!.error).toBe('too many requests: at most 100 a second');
    expect(server.source.requests.length).toBe(500 - refused.length);
    other.send({ id: 1, name: 'why', parameters: { tag: 'a' } });
    expect(await other.take('answer')).toEqual({ type: 'answer', id: 1 });
    ask(500, 5000);
    expect(await page.closed).toEqual({ code: CLOSED.rubbish, text: 'too many requests: at most 100 a second' });
  });

  it('that are not answered do not pile up', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const server = await serve();
    server.source.answering = () => new Promise(() => undefined);
    const page = open(server);
    await page.take('hello');
    for (let id = 0; id < 300; id++) page.send({ id, name: 'why', parameters: { tag: 'a' } });
    await vi.waitFor(() => expect(server.source.requests.length).toBe(300));
    vi.advanceTimersByTime(1000);
    page.send({ id: 300, name: 'why', parameters: { tag: 'a' } });
    const error = '300 requests of this page are not answered yet';
    expect(await page.take('answer')).toEqual({ type: 'answer', id: 300, error });
  });
});

describe('many pages', () => {
  it('are told what was put into bytes once', async () => {
    const server = await serve();
    const all = Array.from({ length: 20 }, () => open(server));
    await Promise.all(all.map((page) => page.take('hello')));
    let times = 0;
    const counted = { ...logLine('once'), toJSON: () => (times++, logLine('once')) };
    server.source.tell(counted);
    await Promise.all(all.map((page) => page.until(() => JSON.stringify(page.texts).includes('once'))));
    expect(times).toBe(1);
  });

  it('cost nothing when there is none', async () => {
    const server = await serve();
    const page = open(server);
    await page.take('hello');
    page.end();
    await vi.waitFor(() => expect(server.pages).toBe(0));
    server.source.tell({
      ...logLine(''),
      get lines(): never {
        throw new Error('nobody listens');
      },
    });
  });

  it('are at most 100: the next one is told so, and finds room when one has gone', async () => {
    const server = await serve();
    const all = Array.from({ length: 100 }, () => open(server));
    await Promise.all(all.map((page) => page.take('hello')));
    const one = open(server);
    expect(await one.closed).toEqual({
      code: CLOSED.full,
      text: expect.stringContaining('100 pages are open') as string,
    });
    all[50]!.end();
    await vi.waitFor(() => expect(server.pages).toBe(99));
    await open(server).take('hello');
  });
});

describe('a page that does not read', () => {
  it('is told nothing more when a few MB wait for it, and all anew when it has read them', async () => {
    const server = await serve();
    const { source } = server;
    const [slow, other] = [open(server), open(server)];
    await Promise.all([slow.take('log'), other.take('log')]);
    slow.texts.length = 0;
    other.texts.length = 0;
    expect(source.snapshots).toBe(2);
    slow.socket.pause();
    const before = process.memoryUsage().arrayBuffers;
    const piece = 'x'.repeat(100_000);
    for (let i = 0; i < 1000; i++) {
      source.tell(logLine(`${i} ${piece}`));
      if (i % 10 === 9) await other.until(() => other.texts.length === i + 1);
      other.texts.forEach((_, index) => (other.texts[index] = { type: 'answer', id: 0 }));
    }
    // 100 MB were told; what waits for it is a few, beside the buffers of the operating system.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(40_000_000);
    slow.socket.resume();
    await slow.until(() => slow.texts.some(({ type }) => type === 'hello'));
    expect(source.snapshots).toBe(3);
    const place = slow.texts.findIndex(({ type }) => type === 'hello');
    expect(place).toBeLessThan(500);
    // From now on it hears what is new again, with nothing between it and the snapshot.
    source.tell(logLine('new'));
    await slow.until(() => slow.texts.length === place + 3);
    expect(slow.texts.slice(place + 1)).toEqual([logLine('snapshot'), logLine('new')]);
    expect(server.pages).toBe(2);
  });

  it('and does not answer to pings is cut off', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    const server = await serve();
    const [dead, alive] = [open(server), open(server)];
    await Promise.all([dead.take('log'), alive.take('log')]);
    let pings = 0;
    alive.socket.on('ping', () => pings++);
    dead.socket.pause();
    for (let i = 1; i <= 5; i++) {
      vi.advanceTimersByTime(20_000);
      await vi.waitFor(() => expect(pings).toBe(i));
      // Its answer has to come to the server.
      alive.send({ id: i, name: 'why', parameters: { tag: 'a' } });
      await alive.take('answer');
    }
    await vi.waitFor(() => expect(server.pages).toBe(1));
    server.source.tell(logLine('still here'));
    await alive.take('log');
  });
});

describe('the end', () => {
  it('tells the pages, closes the source once, and frees the port', async () => {
    const server = await serve();
    const page = open(server);
    await page.take('hello');
    // Neither a connection that says nothing nor a page that does not listen holds it up.
    const mute = connect(server.port, '127.0.0.1');
    mute.on('error', () => undefined);
    await new Promise<void>((resolve) => mute.once('connect', resolve));
    const deaf = open(server);
    await deaf.take('hello');
    deaf.socket.pause();
    await Promise.all([server.close(), server.close()]);
    expect(await page.closed).toEqual({ code: CLOSED.ended, text: 'the command has ended' });
    expect(server.source.closed).toBe(1);
    const again = await serveDashboard(new SmallSource(), { pageFolder, port: server.port });
    servers.push(again);
    expect(again.port).toBe(server.port);
    mute.destroy();
  });

  it('of what never began: a port that is in use is named, and what to do', async () => {
    const taken = createServer();
    const port = await freePort();
    await new Promise<void>((resolve) => taken.listen(port, '127.0.0.1', resolve));
    const source = new SmallSource();
    const refused = serveDashboard(source, { pageFolder, port });
    await expect(refused).rejects.toBeInstanceOf(BadInput);
    await expect(refused).rejects.toThrow(
      `port ${port} of 127.0.0.1: it is in use by another program; name another one, or leave --page-port out`,
    );
    expect(source.closed).toBe(1);
    await new Promise((resolve) => taken.close(resolve));
  });

  it('comes at once when the page is not built', async () => {
    const source = new SmallSource();
    const empty = folder.file('empty');
    mkdirSync(empty);
    await expect(serveDashboard(source, { pageFolder: empty })).rejects.toThrow(
      /there is no page in .*: run npm run build/,
    );
    expect(source.closed).toBe(1);
  });
});
