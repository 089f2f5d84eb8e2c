import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Browser, Locator, Page } from 'playwright-core';
import { serveDashboard } from '../../../sim/dashboard/server.js';
import type { DashboardServer } from '../../../sim/dashboard/server.js';
import { planOfName } from '../../../sim/dashboard/world-plan.js';
import { WorldSource } from '../../../sim/dashboard/world-source.js';
import type { TagState, Why } from '../../../sim/page/protocol.js';
import { launchChromium, missingChromium } from '../../support/chromium.js';
import { describeUnless } from '../../support/require.js';
import { eventually, openPage } from './page.js';

let browser: Browser;
let source: WorldSource;
let server: DashboardServer;

/** What the world knows of a tag, not the page. */
function tagNamed(name: string): TagState {
  const tags = source.snapshot().flatMap((text) => (text.type === 'tags' ? text.tags : []));
  return tags.find((tag) => tag.name === name)!;
}

async function whyOf(tag: TagState): Promise<Why> {
  const { why } = await source.request({ id: 1, name: 'why', parameters: { tag: tag.id } });
  return why!;
}

const row = (page: Page, name: string): Locator =>
  page.getByRole('grid', { name: 'Tags' }).locator('tbody [role=row]').filter({ hasText: name });
const panel = (page: Page, name: string): Locator => page.getByRole('region', { name, exact: true });
const dot = (page: Page, name: string): Locator => page.locator('#plan .dot').filter({ hasText: name });
const centre = async (of: Locator): Promise<{ x: number; y: number }> => {
  const { x, y, width, height } = (await of.boundingBox())!;
  return { x: x + width / 2, y: y + height / 2 };
};

/** Opens the page, at the table of tags. */
async function open(options = {}): Promise<Page> {
  const { page } = await openPage(browser, server.url, options);
  await row(page, 'cold-box').waitFor();
  return page;
}

/** Presses Tab until something has the focus whose name, or text, matches. */
async function tabTo(page: Page, name: RegExp, key = 'Tab'): Promise<void> {
  const focused = `(() => {
    const { activeElement } = document;
    return activeElement?.getAttribute('aria-label') ?? activeElement?.textContent ?? '';
  })()`;
  for (let presses = 0; presses < 150; presses++) {
    await page.keyboard.press(key);
    if (name.test(await page.evaluate<string>(focused))) return;
  }
  throw new Error(`${key} does not lead to ${String(name)}`);
}

describeUnless(missingChromium)('the page of a world', () => {
  beforeAll(async () => {
    browser = await launchChromium();
  });

  beforeEach(async () => {
    source = new WorldSource(planOfName('warehouse', 1));
    server = await serveDashboard(source);
    // The device has connected, and has heard its tags.
    await source.runUntil(source.now() + 60_000);
    // The pace counts from here on.
    await source.request({ id: 1, name: 'speed', parameters: { speed: 1 } });
    void source.run();
  });

  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
    await server.close();
  });

  afterAll(async () => {
    await browser?.close();
  });

  test('is there within two seconds', async () => {
    // The best of three, since other programs run here as well.
    const times: number[] = [];
    for (let visit = 0; visit < 3; visit++) {
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
      await context.addInitScript(`{
        const look = () => {
          if (document.querySelector('#tags tbody [role=row]')) window.shownAt = performance.now();
          else requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
      }`);
      const page = await context.newPage();
      await page.goto(server.url);
      await row(page, 'cold-box').waitFor();
      // Since the navigation began, by the clock of the page.
      times.push(await page.evaluate<number>('window.shownAt'));
      await context.close();
    }
    expect(Math.min(...times)).toBeLessThan(2_000);
  });

  test('lives: time passes, and tags are heard', async () => {
    const page = await open();
    const time = page.getByRole('banner').locator('time strong');
    const before = await time.textContent();
    await eventually(() => time.textContent()).not.toBe(before);
    const points = row(page, 'cold-box').locator('polyline');
    await eventually(async () => (await points.getAttribute('points'))!.split(' ').length).toBeGreaterThan(2);
  });

  test('a tag is dragged with the mouse, and the gateway hears it elsewhere', async () => {
    const page = await open();
    const from = tagNamed('cold-box').position!;
    const start = await centre(dot(page, 'cold-box').locator('.mark'));
    await page.mouse.move(start.x, start.y);
    await page.mouse.down();
    await page.mouse.move(start.x - 30, start.y - 20, { steps: 5 });
    await page.mouse.up();
    await eventually(() => tagNamed('cold-box').position![0]).toBeLessThan(from[0] - 1);
    expect(tagNamed('cold-box').position![1]).toBeGreaterThan(from[1] + 1);
    // It is where it was dropped, and its panel is open.
    const end = await centre(dot(page, 'cold-box').locator('.mark'));
    expect(Math.abs(end.x - (start.x - 30))).toBeLessThan(3);
    expect(Math.abs(end.y - (start.y - 20))).toBeLessThan(3);
    await panel(page, 'cold-box').waitFor();
  });

  test('a tag is dragged with a finger on a phone, and the page stays where it is', async () => {
    const { page } = await openPage(browser, server.url, {
      viewport: { width: 360, height: 740 },
      hasTouch: true,
      isMobile: true,
    });
    await page.getByRole('navigation').getByRole('button', { name: 'Plan' }).tap();
    const from = tagNamed('cold-box').position!;
    const { x, y } = await centre(dot(page, 'cold-box').locator('.mark'));
    const session = await page.context().newCDPSession(page);
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', dx = 0, dy = 0) =>
      session.send('Input.dispatchTouchEvent', {
        type,
        touchPoints: type === 'touchEnd' ? [] : [{ x: x + dx, y: y + dy }],
      });
    await touch('touchStart');
    for (let step = 1; step <= 6; step++) await touch('touchMove', -5 * step, -6 * step);
    await touch('touchEnd');
    await eventually(() => tagNamed('cold-box').position![0]).toBeLessThan(from[0] - 1);
    expect(tagNamed('cold-box').position![1]).toBeGreaterThan(from[1] + 1);
    expect(await page.evaluate('scrollY')).toBe(0);
    await page.locator('#tag-title', { hasText: 'cold-box' }).waitFor();
  });

  test('a tag is moved with the arrow keys, and what happens is said', async () => {
    const page = await open();
    await row(page, 'freezer').click();
    const [x, y] = tagNamed('freezer').position!;
    await page.getByRole('application').focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowDown');
    await eventually(() => tagNamed('freezer').position).toEqual([x + 1, y - 0.5]);
    await page
      .locator('#plan [role=status]')
      .filter({ hasText: `freezer at ${x + 1} m, ${y - 0.5} m` })
      .waitFor();
    await page.keyboard.press('PageDown');
    await eventually(() => page.locator('#tag-title').textContent()).not.toBe('freezer');
  });

  test('a tag is warmed, and its reading follows; a wrong value is told at the place', async () => {
    const page = await open();
    await row(page, 'freezer').click();
    const temperature = panel(page, 'freezer').getByRole('spinbutton', { name: 'Temperature' });
    await temperature.fill('33');
    await temperature.press('Enter');
    await row(page, 'freezer')
      .filter({ hasText: /33(\.\d+)? °C/ })
      .waitFor();
    await temperature.fill('9999');
    await temperature.press('Enter');
    await panel(page, 'freezer').getByRole('alert').filter({ hasText: 'temperature' }).waitFor();
  });

  test('a tag is removed', async () => {
    const page = await open();
    await row(page, 'badge').click();
    await panel(page, 'badge').getByRole('button', { name: 'Remove the tag' }).click();
    await row(page, 'badge').waitFor({ state: 'detached' });
    await page.getByText('Select a tag in the table').waitFor();
    expect(tagNamed('badge')).toBeUndefined();
  });

  test('says of each advertisement why it was reported, or why not, as the firmware decided', async () => {
    const page = await open();
    await row(page, 'cold-box').click();
    const decisions = panel(page, 'cold-box').getByRole('list', { name: 'Last advertisements' }).locator('.decision');
    await decisions.first().waitFor();
    await panel(page, 'cold-box').getByRole('button', { name: 'Hold' }).click();
    const shown = await decisions.allInnerTexts();
    const { decisions: known } = await whyOf(tagNamed('cold-box'));
    expect(known.length).toBeGreaterThan(0);
    for (const { time, reported, cause, text } of known) {
      const at = new Date(time).toISOString().slice(11, 23);
      const line = shown.find((each) => each.includes(at));
      // What came after Hold is not shown.
      if (line === undefined) continue;
      expect(line).toContain(reported ? '✓ reported' : '– not reported');
      expect(line).toContain(cause);
      expect(line).toContain(text);
    }
    expect(shown.some((text) => text.includes('– not reported'))).toBe(true);
    // Held, while the world goes on.
    const time = page.getByRole('banner').locator('time strong');
    const before = await time.textContent();
    await eventually(() => time.textContent()).not.toBe(before);
    expect(await decisions.allInnerTexts()).toEqual(shown);
  });

  test('can be used with the keyboard alone', async () => {
    const page = await open();
    await tabTo(page, /^Pull the Wi-Fi$/);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Give the Wi-Fi back' }).waitFor();
    await eventually(() => source.world.devices[0]!.accessPoint.present).toBe(false);

    await tabTo(page, /^Tags$/);
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    const decisions = page.locator('.decision');
    await decisions.first().waitFor();
    await eventually(() => page.evaluate('document.activeElement.id')).toBe('tag-title');
    await tabTo(page, /^by the .+, at -\d+ dBm$/);
    await page.keyboard.press('Enter');
    await page.locator('.decision details[open] .hex').waitFor();
    await page.keyboard.press('Escape');
    await eventually(() => page.evaluate('document.activeElement.getAttribute("role")')).toBe('grid');

    await tabTo(page, /^Messages$/);
    await page.keyboard.press('End');
    await eventually(() => page.evaluate('document.activeElement.textContent')).toBe('Console');
    await tabTo(page, /^Keys for the console/);
    await page.keyboard.type('/system identity print');
    await page.keyboard.press('Enter');
    await page
      .getByRole('log', { name: /console/ })
      .filter({ hasText: 'print' })
      .waitFor();
    await page.keyboard.press('Escape');
    expect(await page.evaluate('document.activeElement.tagName')).not.toBe('INPUT');

    await tabTo(page, /^Give the Wi-Fi back$/, 'Shift+Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Pull the Wi-Fi' }).waitFor();
  });
});
