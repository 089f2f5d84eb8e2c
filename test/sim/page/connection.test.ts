import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Browser, Page } from 'playwright-core';
import { serveDashboard } from '../../../sim/dashboard/server.js';
import type { DashboardServer } from '../../../sim/dashboard/server.js';
import type { DashboardSource } from '../../../sim/dashboard/source.js';
import { planOfFile } from '../../../sim/dashboard/world-plan.js';
import { WorldSource } from '../../../sim/dashboard/world-source.js';
import { EPOCH } from '../../../sim/virtual/index.js';
import { launchChromium, missingChromium } from '../../support/chromium.js';
import { freePort } from '../../support/ports.js';
import { describeUnless } from '../../support/require.js';
import { quietWorld } from '../dashboard/bench.js';
import { SmallSource, logLine } from '../dashboard/small-source.js';
import { violations } from './axe.js';
import { eventually, openPage } from './page.js';

const TOKEN = 'a-token-of-an-earlier-start';

let browser: Browser;
const open: { close(): Promise<unknown> }[] = [];

async function serve(source: DashboardSource, port = 0, token = TOKEN): Promise<DashboardServer> {
  const server = await serveDashboard(source, { port, token });
  open.push(server);
  return server;
}

const link = (page: Page) => page.getByRole('banner').getByRole('status');

/** Waits until the state of the connection that the page shows matches. */
async function shows(page: Page, text: RegExp): Promise<void> {
  await link(page).filter({ hasText: text }).waitFor();
}

describeUnless(missingChromium)('the connection of the page', () => {
  beforeAll(async () => {
    browser = await launchChromium();
  });

  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
    for (const each of open.splice(0)) await each.close();
  });

  afterAll(async () => {
    await browser?.close();
  });

  test('comes back when its server is started again on the same port', async () => {
    const first = await serve(new SmallSource());
    const { page } = await openPage(browser, first.url);
    await shows(page, /^connected$/);
    await first.close();
    await shows(page, /^reconnecting…$/);
    // What was there can still be read.
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Tagwire a small world');
    const again = new SmallSource();
    await serve(again, first.port);
    await shows(page, /^connected$/);
    expect(again.snapshots).toBe(1);
  });

  test('comes back to a world that went on meanwhile: told all once, and its controls work', async () => {
    const world = new WorldSource(planOfFile(quietWorld, 'quiet', 1));
    const seconds = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) {
        await world.runUntil(world.now() + 1000);
        world.update();
      }
    };
    // It outlives the server.
    const source: DashboardSource = {
      snapshot: () => world.snapshot(),
      watch: (tell) => world.watch(tell),
      request: (request) => world.request(request),
      close: () => undefined,
    };
    const time = (): string => new Date(EPOCH + world.now()).toISOString();
    const messages = (): number =>
      world.snapshot().reduce((sum, text) => sum + (text.type === 'messages' ? text.messages.length : 0), 0);
    const first = await serve(source);
    await seconds(60);
    const { page, errors } = await openPage(browser, first.url);
    await page.getByRole('grid', { name: 'Tags' }).getByText('fridge').waitFor();
    const filter = "getComputedStyle(document.querySelector('main')).filter";
    const note = page.getByText(/^Not connected to tagwire since \d\d:\d\d:\d\d UTC: what is below is from then/);
    expect(await note.count()).toBe(0);
    expect(await page.evaluate(filter)).toBe('none');
    const before = time();
    await first.close();
    await note.waitFor();
    expect(await page.evaluate(filter)).toBe('grayscale(1)');
    expect(await violations(page)).toEqual([]);
    await seconds(60);
    // What is shown is what was known, and nothing newer.
    expect(await page.locator(`header time[datetime="${before}"]`).count()).toBe(1);
    const again = await serve(source, first.port);
    await shows(page, /^connected$/);
    await page.locator(`header time[datetime="${time()}"]`).waitFor();
    expect(await note.count()).toBe(0);
    await page.locator('.traffic').getByText(`${messages()} messages`, { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Pull the Wi-Fi' }).click();
    await eventually(() => world.world.devices[0]!.accessPoint.present).toBe(false);
    await seconds(1);
    await page.getByRole('button', { name: 'Give the Wi-Fi back' }).waitFor();
    expect(again.pages).toBe(1);
    // Those of the browser, about attempts while nobody was there.
    expect(errors.filter((error) => !error.includes('WebSocket connection to'))).toEqual([]);
  });

  test('says that its token is of an earlier start, and takes the new one without being loaded again', async () => {
    const first = await serve(new SmallSource());
    const { page } = await openPage(browser, first.url);
    await shows(page, /^connected$/);
    await first.close();
    const next = await serve(new SmallSource(), first.port, 'a-token-of-the-next-start');
    await shows(page, /refused: open the address that tagwire printed at its last start/);
    await page.evaluate(`window.stays = true; location.hash = ${JSON.stringify(new URL(next.url).hash)}`);
    await shows(page, /^connected$/);
    expect(await page.evaluate('window.stays')).toBe(true);
  });

  test('is refused without a token, and keeps the one it had in its tab', async () => {
    const server = await serve(new SmallSource());
    const bare = server.url.split('#')[0]!;
    const { page } = await openPage(browser, bare);
    await shows(page, /refused/);
    await page.goto(server.url);
    await shows(page, /^connected$/);
    await page.goto('about:blank');
    await page.goto(bare);
    await shows(page, /^connected$/);
  });

  test('begins anew with each Hello, and takes a text of a type that it does not know', async () => {
    const source = new SmallSource();
    const server = await serve(source);
    const { page, errors } = await openPage(browser, server.url);
    await shows(page, /^connected$/);
    source.tell({ type: 'of a later version' } as never);
    source.tell(logLine('a line'));
    source.tell({ ...source.hello(), title: 'another world' });
    await page.getByRole('heading', { level: 1, name: 'another world' }).waitFor();
    expect(errors).toEqual([]);
  });

  test('a page of another origin gets nothing: neither the socket, nor a file, nor a frame', async () => {
    const source = new SmallSource();
    const server = await serve(source);
    // The worst case: it even knows the token.
    const hostile = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end('<!doctype html><title>hostile</title>');
    });
    const port = await freePort();
    await new Promise<void>((resolve) => hostile.listen(port, '127.0.0.1', resolve));
    open.push({ close: () => new Promise((resolve) => hostile.close(resolve)) });
    const { page } = await openPage(browser, `http://127.0.0.1:${(hostile.address() as AddressInfo).port}/`);
    const got = await page.evaluate(
      `(async () => {
        const origin = 'http://127.0.0.1:${server.port}';
        const socket = (protocols) => new Promise((resolve) => {
          const socket = new WebSocket(origin.replace('http', 'ws') + '/socket', protocols);
          socket.onopen = () => resolve('open');
          socket.onmessage = () => resolve('message');
          socket.onclose = ({ code }) => resolve(code);
        });
        const file = (path, mode) => fetch(origin + path, { mode }).then(
          async (response) => mode === 'no-cors' ? response.type + (await response.text()) : response.status,
          () => 'nothing',
        );
        const script = new Promise((resolve) => {
          const element = document.createElement('script');
          element.src = origin + '/page.js';
          element.onload = () => resolve('loaded');
          element.onerror = () => resolve('nothing');
          document.head.append(element);
        });
        return {
          socket: await socket(['tagwire', '${TOKEN}']),
          bare: await socket([]),
          page: await file('/', 'cors'),
          opaque: await file('/page.js', 'no-cors'),
          script: await script,
        };
      })()`,
    );
    expect(got).toEqual({ socket: 1006, bare: 1006, page: 'nothing', opaque: 'nothing', script: 'nothing' });

    await page.evaluate(`new Promise((resolve) => {
      const frame = document.createElement('iframe');
      frame.src = '${server.url}';
      frame.onload = resolve;
      document.body.append(frame);
    })`);
    const frames = page.frames().filter((frame) => frame !== page.mainFrame());
    expect(frames[0]!.url()).toBe('chrome-error://chromewebdata/');
    expect(await frames[0]!.locator('.brand').count()).toBe(0);
    expect(source.requests).toEqual([]);
    expect(server.pages).toBe(0);
  });
});
