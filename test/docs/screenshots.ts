import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { serveDashboard } from '../../sim/dashboard/server.js';
import type { DashboardServer } from '../../sim/dashboard/server.js';
import { planOfName } from '../../sim/dashboard/world-plan.js';
import { WorldSource } from '../../sim/dashboard/world-source.js';
import type { ControlName, ControlParameters, Request } from '../../sim/page/protocol.js';
import { launchChromium, missingChromium } from '../support/chromium.js';

/** `npm run screenshots`: pictures of the page for the documents, of a world with a seed at fixed virtual times. */

const IMAGES_FOLDER = 'docs/images';

const DESKTOP = { width: 1440, height: 900 };
const PHONE = { width: 360, height: 740 };
/** A panel is in sight as a whole. */
const TALL = { width: 1440, height: 2400 };

/** A world whose time passes only when it is told to, behind a page. */
class Scene {
  private constructor(
    private readonly source: WorldSource,
    private readonly server: DashboardServer,
    private readonly browser: Browser,
  ) {}

  static async open(browser: Browser, world: string): Promise<Scene> {
    const source = new WorldSource(planOfName(world, 1));
    return new Scene(source, await serveDashboard(source), browser);
  }

  async page(viewport: typeof DESKTOP): Promise<Page> {
    const context = await this.browser.newContext({ viewport, colorScheme: 'light', reducedMotion: 'reduce' });
    const page = await context.newPage();
    await page.goto(this.server.url);
    await this.settled(page);
    return page;
  }

  /** Lets time pass. Each page draws each update, since what it draws may depend on what it drew before. */
  async run(seconds: number, ...pages: readonly Page[]): Promise<void> {
    const end = this.source.now() + seconds * 1000;
    while (this.source.now() < end) {
      await this.source.runUntil(Math.min(end, this.source.now() + 1000));
      this.source.update();
      for (const page of pages) await this.settled(page);
    }
  }

  /** As a click in the page, which other pages see too. */
  async do<Name extends ControlName>(name: Name, parameters: ControlParameters[Name]): Promise<void> {
    const { error } = await this.source.request({ id: 1, name, parameters } as Request);
    if (error !== undefined) throw new Error(error);
  }

  /** Waits until pages show the last decision about a tag, for which they ask once a second. */
  async decided(name: string, ...pages: readonly Page[]): Promise<void> {
    const tags = this.source.snapshot().flatMap((text) => (text.type === 'tags' ? text.tags : []));
    const tag = tags.find((each) => each.name === name)!.id;
    const { why } = await this.source.request({ id: 1, name: 'why', parameters: { tag } });
    const hasText = new Date(why!.decisions[0]!.time).toISOString().slice(11, 23);
    for (const page of pages) await page.locator('.decision').first().filter({ hasText }).waitFor();
  }

  async close(): Promise<void> {
    await this.server.close();
  }

  /** Waits until a page shows the time that it is. */
  private async settled(page: Page): Promise<void> {
    const state = this.source.snapshot().find((text) => text.type === 'state')!;
    const time = new Date(state.now).toISOString().slice(11, 19);
    await page.getByRole('banner').locator('time', { hasText: time }).waitFor();
    await page.evaluate('new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))');
  }
}

async function selectTag(page: Page, name: string): Promise<void> {
  await page.getByRole('grid', { name: 'Tags' }).locator('tbody [role=row]', { hasText: name }).click();
  await page.locator('.decision').first().waitFor();
  // The pointer is on nothing.
  await page.mouse.move(0, 0);
}

/** Makes all pictures in a folder; returns their names. */
async function takeScreenshots(folder: string): Promise<string[]> {
  mkdirSync(folder, { recursive: true });
  const names: string[] = [];
  /** All that is seen, or one element, down to so many pixels. */
  const take = async (page: Page, name: string, selector?: string, highest = Infinity): Promise<void> => {
    const path = join(folder, `${name}.png`);
    if (selector === undefined) await page.screenshot({ path });
    else {
      await page.locator(selector).scrollIntoViewIfNeeded();
      const box = (await page.locator(selector).boundingBox())!;
      await page.screenshot({ path, clip: { ...box, height: Math.min(box.height, highest) } });
    }
    names.push(name);
  };
  const browser = await launchChromium();
  try {
    const scene = await Scene.open(browser, 'warehouse');
    const desktop = await scene.page(DESKTOP);
    const tall = await scene.page(TALL);
    const phone = await scene.page(PHONE);
    await scene.run(120, desktop, tall, phone);
    for (const page of [desktop, tall]) await selectTag(page, 'cold-box');
    await scene.run(60, desktop, tall, phone);
    await scene.decided('cold-box', desktop, tall);
    await take(tall, 'why', '.why', 560);
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const page of [desktop, phone]) await page.emulateMedia({ colorScheme });
      await take(desktop, `dashboard-${colorScheme}`);
      for (const part of ['Gateway', 'Tags']) {
        await phone.getByRole('navigation').getByRole('button', { name: part }).click();
        await take(phone, `phone-${part.toLowerCase()}-${colorScheme}`);
      }
    }
    await desktop.emulateMedia({ colorScheme: 'light' });

    // The newcomer's path: the outbox fills while the Wi-Fi is gone, and drains afterwards.
    await scene.do('wifi', { gateway: 0, on: false });
    await scene.run(120, desktop, tall);
    await scene.decided('cold-box', desktop);
    await take(desktop, 'wifi-pulled');
    await take(tall, 'outbox-filled', '#meters');
    await scene.do('wifi', { gateway: 0, on: true });
    await scene.run(60, tall);
    await take(tall, 'outbox-drained', '#meters');
    await scene.close();
  } finally {
    await browser.close();
  }
  return names;
}

if (missingChromium !== undefined) throw new Error(missingChromium);
for (const name of await takeScreenshots(process.argv[2] ?? IMAGES_FOLDER)) {
  console.log(`wrote ${name}.png`);
}
