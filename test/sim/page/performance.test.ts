import { connectAsync } from 'mqtt';
import type { MqttClient } from 'mqtt';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startEmbeddedBroker } from '../../../sim/broker.js';
import type { EmbeddedBroker } from '../../../sim/broker.js';
import { FleetSource } from '../../../sim/dashboard/fleet-source.js';
import { serveDashboard } from '../../../sim/dashboard/server.js';
import type { DashboardServer } from '../../../sim/dashboard/server.js';
import type { TagState, ToPage } from '../../../sim/page/protocol.js';
import { launchChromium, missingChromium } from '../../support/chromium.js';
import { describeUnless } from '../../support/require.js';
import { SmallSource } from '../dashboard/small-source.js';
import { openPage } from './page.js';
import { hex, manyTags, serveWorld } from './worlds.js';
import type { ServedWorld } from './worlds.js';

let browser: Browser;
let served: ServedWorld | undefined;

/** What a page did for a while. */
interface Figures {
  readonly frames: number;
  /** Frames that came more than 50 ms after the one before, for whatever reason: other programs run here as well. */
  readonly slowFrames: number;
  /** CPU time of each task of the page's main thread that took more than 50 ms of it, milliseconds. */
  readonly longTasks: readonly number[];
  /** CPU time of that thread as a share of the time that passed. */
  readonly busy: number;
}

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds of CPU time. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/** The expression counts the frames of a page for so many seconds. */
const frames = (seconds: number): string => `new Promise((resolve) => {
  const start = performance.now();
  let last = start, frames = 0, slowFrames = 0;
  const frame = () => {
    const now = performance.now();
    frames++;
    if (now - last > 50) slowFrames++;
    last = now;
    if (now - start < ${seconds * 1000}) requestAnimationFrame(frame);
    else resolve({ frames, slowFrames });
  };
  requestAnimationFrame(frame);
})`;

/**
 * Counts the frames of a page while `action` goes on, and what the page itself has to do with their length: its CPU
 * time, since the time that passes depends on what else this computer does.
 */
async function observe(page: Page, seconds: number, action?: () => Promise<unknown>): Promise<Figures> {
  await browser.startTracing(page, { categories: ['toplevel', 'disabled-by-default-devtools.timeline'] });
  const [counted] = await Promise.all([
    page.evaluate<Pick<Figures, 'frames' | 'slowFrames'>>(frames(seconds)),
    action?.(),
  ]);
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  const threads = traceEvents.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain');
  const isPage = ({ pid, tid }: TraceEvent): boolean => threads.some((main) => main.pid === pid && main.tid === tid);
  const tasks = traceEvents.filter(
    (event) => event.name === 'ThreadControllerImpl::RunTask' && event.tdur !== undefined && isPage(event),
  );
  const durations = tasks.map(({ tdur }) => tdur! / 1000);
  return {
    ...counted,
    longTasks: durations.filter((duration) => duration > 50),
    busy: durations.reduce((sum, duration) => sum + duration, 0) / (seconds * 1000),
  };
}

/** Tasks above 50 ms of CPU time in ten seconds, such as a collection of garbage. */
const LONG_TASKS = 2;
/** Of one core. */
const BUSY = 0.5;

const rows = (page: Page) => page.getByRole('grid', { name: 'Tags' }).locator('tbody [role=row]');

function advertisements({ source }: ServedWorld): { readonly time: number; readonly count: number } {
  const state = source.snapshot().find((text) => text.type === 'state')!;
  return { time: source.now(), count: state.gateways[0]!.counts.advertisements! };
}

const EPOCH = Date.UTC(2026, 0, 1);

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);

/** What a page is told at a second of a day: of each kind something, with tags and readings that change. */
function updateAt(second: number): ToPage[] {
  const now = EPOCH + second * 1000;
  const id = second / 10;
  const tags = Array.from({ length: 20 }, (_, place): TagState => {
    const address = `DC:2C:6E:00:00:${(16 + place).toString(16)}`;
    return {
      ...{ id: address, address, name: `tag-${place}`, format: 'ruuvi', presence: 'here' },
      heard: [{ gateway: 0, rssi: -50 - ((second + place) % 30), at: now, count: id }],
      fields: [{ name: 'temperature', value: 20 + ((second + place) % 50) / 10, unit: '°C' }],
    };
  });
  const meters = [{ id: 'arena', name: 'transmit arena', value: second % 4096, maximum: 4096, unit: 'B' }];
  return [
    {
      ...{ type: 'state', now, speed: 1, brokers: [], faults: [] },
      gateways: [{ powered: true, connection: second % 7, session: 0, meters, drops: {}, counts: {} }],
    },
    { type: 'tags', tags },
    { type: 'readings', readings: tags.map((tag) => ({ tag: tag.id, time: now, fields: tag.fields })) },
    {
      type: 'messages',
      messages: [
        { id, time: now, direction: 'up', topic: `tags/${id % 20}`, payload: `{"id":${id}}`, length: 12, qos: 1 },
      ],
    },
    { type: 'acknowledged', messages: [{ id, after: 40 }] },
    { type: 'log', lines: [{ time: now, gateway: 0, kind: 'device', text: `line ${id}` }] },
    { type: 'console', gateway: 0, text: `line ${id}\r\n` },
  ];
}

function report(what: string, { frames, slowFrames, longTasks, busy }: Figures): void {
  const percent = Math.round(busy * 100);
  process.stdout.write(
    `${what}: ${frames} frames, ${slowFrames} of them over 50 ms, ${longTasks.length} through the page itself; ` +
      `${percent} % of a core\n`,
  );
}

describeUnless(missingChromium)('the page with many tags', () => {
  beforeAll(async () => {
    browser = await launchChromium();
  });

  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
    await served?.server.close();
    served = undefined;
  });

  afterAll(async () => {
    await browser?.close();
  });

  test('is measured so that a task of its own that takes too long is seen', async () => {
    served = await serveWorld(manyTags(3, 1000));
    const { page } = await openPage(browser, served.server.url);
    await rows(page).first().waitFor();
    const burn = `(() => { let x = 0; const start = performance.now();
      do for (let i = 0; i < 1e7; i++) x += i; while (performance.now() - start < 200); return x; })()`;
    const { longTasks } = await observe(page, 1, () => page.evaluate(burn));
    expect(longTasks.length).toBeGreaterThan(0);
  });

  test('does not stutter with 300 tags that send 10 advertisements a second each', async () => {
    served = await serveWorld(manyTags(300, 100));
    const { page, errors } = await openPage(browser, served.server.url);
    await page.locator('#tags [role=status]', { hasText: /^300$/ }).waitFor();
    // All in sight: the plan, the table, and a tag with its decisions.
    await rows(page).first().click();
    const before = advertisements(served);
    const figures = await observe(page, 10);
    const after = advertisements(served);
    report('300 tags, 10 advertisements a second each', figures);
    const rate = (after.count - before.count) / ((after.time - before.time) / 1000);
    // Of 3,000 that are sent in a second; the others are lost on the air.
    expect(rate).toBeGreaterThan(1_000);
    expect(errors).toEqual([]);
    expect(figures.longTasks.length).toBeLessThanOrEqual(LONG_TASKS);
    expect(figures.busy).toBeLessThan(BUSY);
  });

  test('can be used with 1,000 tags: few elements, and the filter follows the keys', async () => {
    served = await serveWorld(manyTags(1_000, 1_000));
    const { page, errors } = await openPage(browser, served.server.url);
    await page.locator('#tags [role=status]', { hasText: /^1000$/ }).waitFor({ timeout: 60_000 });
    expect(await rows(page).count()).toBeLessThan(60);
    const figures = await observe(page, 5, async () => {
      const filter = page.getByRole('searchbox', { name: 'Filter tags' });
      for (let i = 0; i < 4; i++) {
        await filter.fill('');
        await filter.pressSequentially('tag-77');
        await page.locator('#tags [role=status]', { hasText: /^11 of 1000$/ }).waitFor();
      }
    });
    report('1,000 tags, one advertisement a second each, while somebody types', figures);
    expect(errors).toEqual([]);
    // Each tag has its place on the plan.
    expect(await page.evaluate<number>('document.querySelectorAll("*").length')).toBeLessThan(8_000);
    expect(figures.longTasks.length).toBeLessThanOrEqual(LONG_TASKS);
  });

  test('keeps its memory while it is open for a day of the world', async () => {
    const source = new SmallSource();
    const server = await serveDashboard(source);
    try {
      const { page, errors } = await openPage(browser, server.url);
      await page.getByRole('heading', { name: 'a small world' }).waitFor();
      const session = await page.context().newCDPSession(page);
      await session.send('HeapProfiler.enable');
      const memory = async (): Promise<{ readonly heap: number; readonly nodes: number }> => {
        await session.send('HeapProfiler.collectGarbage');
        const { usedSize } = await session.send('Runtime.getHeapUsage');
        const { nodes } = await session.send('Memory.getDOMCounters');
        return { heap: usedSize, nodes };
      };
      let second = 0;
      /** Tells an hour, of which each update is ten seconds. */
      const tellHour = async (): Promise<void> => {
        for (let update = 0; update < 360; update++) {
          second += 10;
          for (const text of updateAt(second)) source.tell(text);
          // The server leaves out what a page is too slow to take.
          if (update % 90 < 89) continue;
          const time = new Date(EPOCH + second * 1000).toISOString().slice(11, 19);
          await page.getByRole('banner').locator('time', { hasText: time }).waitFor();
        }
      };
      // By then each list of the page is full: see `LIMITS` of its store.
      for (let hour = 0; hour < 9; hour++) await tellHour();
      const before = await memory();
      for (let hour = 9; hour < 24; hour++) await tellHour();
      const after = await memory();
      process.stdout.write(
        `after 9 and 24 hours: ${megabytes(before.heap)} and ${megabytes(after.heap)} MB of heap, ` +
          `${before.nodes} and ${after.nodes} nodes\n`,
      );
      expect(source.snapshots).toBe(1);
      expect(errors).toEqual([]);
      expect(after.heap).toBeLessThan(before.heap * 1.15);
      expect(after.nodes).toBeLessThan(before.nodes * 1.15);
    } finally {
      await server.close();
    }
  });
});

describeUnless(missingChromium)('the page of 1,000 gateways at a broker', () => {
  const GATEWAYS = 1_000;
  /** Of each gateway, heard by two more. */
  const TAGS = 4;
  let broker: EmbeddedBroker;
  let source: FleetSource;
  let client: MqttClient;
  let server: DashboardServer;
  let feeding: NodeJS.Timeout;
  let fed = 0;

  const name = (place: number): string => `gw-${String(place % GATEWAYS).padStart(4, '0')}`;
  const publish = (topic: string, payload: object): void => {
    client.publish(`tagwire/${topic}`, JSON.stringify(payload), { qos: 0 });
  };
  const publishHealth = (place: number): void => {
    const outbox = place % 40 === 7 ? 100 + fed : 0;
    publish(`${name(place)}/health`, {
      ...{ uptime: 500 + fed, outbox, dropped: 0, tags: TAGS, rssi: -40 - (place % 50), scanner: 'scanning' },
      ...{ advertisementsPerSecond: 9, time: Date.now(), firmware: place % 9 ? '0.2.0' : '0.1.0' },
    });
  };
  /** One after the other each gateway reports one of its tags. */
  const publishReport = (): void => {
    const place = fed % GATEWAYS;
    const round = Math.floor(fed / GATEWAYS);
    const tag = ((place + (round % 3)) % GATEWAYS) * TAGS + (round % TAGS);
    const address = `DC:2C:6E:00:${hex(tag >> 8)}:${hex(tag & 255)}`.toUpperCase();
    const rssi = -50 - ((tag * 13 + place * 7 + round) % 45);
    const payload = { address, id: `1/${round}`, rssi, time: Date.now(), temperature: 20 + (round % 50) / 10 };
    publish(`${name(place)}/tags/${address.replaceAll(':', '')}`, payload);
    fed++;
  };

  beforeAll(async () => {
    browser = await launchChromium();
    broker = await startEmbeddedBroker();
    source = new FleetSource({
      connection: { endpoints: [{ host: '127.0.0.1', port: broker.port }], clientId: 'view' },
      ...{ prefix: 'tagwire', version: '1' },
    });
    server = await serveDashboard(source);
    client = await connectAsync(broker.url, { protocolVersion: 4 });
  });

  afterAll(async () => {
    clearInterval(feeding);
    await browser?.close();
    await server?.close();
    client?.end(true);
    await broker?.close();
  });

  test('does not stutter while each reports once a second, and somebody filters, sorts and selects', async () => {
    const { page, errors } = await openPage(browser, server.url);
    await page.locator('.broker-link', { hasText: /^connected$/ }).waitFor();
    for (let place = 0; place < GATEWAYS; place++) {
      publish(`${name(place)}/status`, { status: place % 40 === 3 ? 'offline' : 'online', session: '1-1' });
      publishHealth(place);
    }
    for (let i = 0; i < 3 * TAGS * GATEWAYS; i++) publishReport();
    await page.getByRole('button', { name: 'all 1,000' }).waitFor({ timeout: 60_000 });
    await page.getByRole('button', { name: 'offline 25' }).waitFor({ timeout: 60_000 });
    await page.locator('.coverage').getByText('4,000 tags', { exact: true }).waitFor({ timeout: 60_000 });
    const { reports } = source.counts;
    let place = 0;
    feeding = setInterval(() => {
      for (let i = 0; i < GATEWAYS / 20; i++) publishReport();
      for (let i = 0; i < 5; i++) publishHealth(place++);
    }, 50);
    const rows = page.locator('#fleet-gateways tbody [role=row]');
    const figures = await observe(page, 10, async () => {
      const filter = page.getByLabel('Filter the gateways');
      await filter.pressSequentially('gw-05');
      await page.locator('#fleet-gateways h2', { hasText: 'Gateways 100' }).waitFor();
      await rows.first().click();
      await page.getByRole('region', { name: /^Gateway gw-05/ }).waitFor();
      await filter.fill('');
      for (const column of ['Readings', 'Heard', 'State']) {
        await page.locator('#fleet-gateways').getByRole('button', { name: column }).click();
      }
      await page.getByRole('grid', { name: 'Gateways of the fleet' }).hover();
      await page.mouse.wheel(0, 12_000);
      await page.locator('#fleet-gateways tbody [role=row]', { hasText: /gw-0/ }).first().waitFor();
      await page.getByRole('searchbox', { name: 'Filter the tags by address' }).pressSequentially('DC:2C:6E:00:05');
      await page.locator('.coverage').getByText('256 tags', { exact: true }).waitFor();
    });
    report(`${GATEWAYS} gateways at a broker, one report a second each, while somebody filters and sorts`, figures);
    expect(source.counts).toMatchObject({ gateways: GATEWAYS, tags: TAGS * GATEWAYS });
    // Some of them may still be in the pipe.
    expect(source.counts.reports - reports).toBeGreaterThan(5 * GATEWAYS);
    expect(errors).toEqual([]);
    expect(await rows.count()).toBeLessThan(80);
    expect(await page.locator('*').count()).toBeLessThan(2_500);
    expect(figures.longTasks.length).toBeLessThanOrEqual(LONG_TASKS);
    expect(figures.busy).toBeLessThan(BUSY);
  });
});
