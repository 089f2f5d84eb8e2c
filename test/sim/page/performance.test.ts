import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Browser, Page } from 'playwright-core';
import { launchChromium, missingChromium } from '../../support/chromium.js';
import { describeUnless } from '../../support/require.js';
import { openPage } from './page.js';
import { manyTags, serveWorld } from './worlds.js';
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
});
