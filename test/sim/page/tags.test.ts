import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Browser, Page } from 'playwright-core';
import { serveDashboard } from '../../../sim/dashboard/server.js';
import type { DashboardServer } from '../../../sim/dashboard/server.js';
import type { TagState } from '../../../sim/page/protocol.js';
import { launchChromium, missingChromium } from '../../support/chromium.js';
import { describeUnless } from '../../support/require.js';
import { SmallSource } from '../dashboard/small-source.js';
import { eventually, openPage } from './page.js';

const FORMATS = ['ibeacon', 'ruuvi-rawv2', 'mikrotik-tg-bt5'];
const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);

/** The `place`th of many tags; each quantity is in another order. */
function tagAt(place: number, change: Partial<TagState> = {}): TagState {
  const address = `DC:2C:6E:00:${hex(place >> 8)}:${hex(place & 255)}`;
  return {
    id: `${address} ${FORMATS[place % 3]}`,
    address,
    name: `tag-${place}`,
    format: FORMATS[place % 3]!,
    heard: [{ gateway: 0, rssi: -40 - ((place * 7) % 50), at: NOW, count: 1 }],
    fields: [{ name: 'temperature', value: 20 + (place % 10) / 10, unit: '°C' }],
    presence: place % 4 === 0 ? 'away' : 'here',
    heartbeatAt: NOW + 60_000 + ((place * 13) % 100) * 1000,
    ...change,
  };
}

const hex = (value: number): string => value.toString(16).toUpperCase().padStart(2, '0');

let browser: Browser;
let source: SmallSource;
let server: DashboardServer;

const rowsOf = (page: Page) => page.getByRole('grid', { name: 'Tags' }).locator('tbody [role=row]');
const namesOf = async (page: Page): Promise<string[]> => rowsOf(page).locator('[role=rowheader]').allTextContents();
const heading = (page: Page, name: string) => page.getByRole('columnheader', { name }).getByRole('button');

const hasFocus = (page: Page, selector: string): Promise<boolean> =>
  page.evaluate(`document.activeElement?.matches(${JSON.stringify(selector)}) ?? false`);

/** Opens the page with so many tags. */
async function openTags(count: number, options = {}): Promise<Page> {
  source.controls = ['why', 'moveTag', 'warmTag', 'removeTag', 'pressButton', 'tagBattery'];
  source.first = [
    { type: 'state', now: NOW, speed: 1, gateways: [], brokers: [], faults: [] },
    { type: 'tags', tags: Array.from({ length: count }, (_, place) => tagAt(place)) },
  ];
  const { page } = await openPage(browser, server.url, options);
  if (count > 0) await rowsOf(page).first().waitFor();
  else await page.getByRole('grid', { name: 'Tags' }).waitFor();
  return page;
}

describeUnless(missingChromium)('the table of tags', () => {
  beforeAll(async () => {
    browser = await launchChromium();
  });

  beforeEach(async () => {
    source = new SmallSource();
    server = await serveDashboard(source);
  });

  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
    await server.close();
  });

  afterAll(async () => {
    await browser?.close();
  });

  test('shows name, format, RSSI, fields with units, presence and next heartbeat', async () => {
    const page = await openTags(3);
    const cells = await rowsOf(page).nth(1).locator('td').allInnerTexts();
    expect(cells.map((text) => text.replace(/\s+/g, ' ').trim())).toEqual([
      'tag-1',
      'ruuvi-rawv2',
      '-47',
      'temperature 20.1 °C',
      '● here',
      'in 1 min 13 s',
    ]);
  });

  test('follows what is told', async () => {
    const page = await openTags(3);
    source.tell({ type: 'tags', tags: [tagAt(1, { heard: [{ gateway: 0, rssi: -81, at: NOW + 1, count: 2 }] })] });
    await rowsOf(page).filter({ hasText: 'tag-1' }).filter({ hasText: '-81' }).waitFor();
    expect(await rowsOf(page).nth(1).locator('polyline').getAttribute('points')).toMatch(/^\S+ \S+$/);
    source.tell({ type: 'tags', tags: [tagAt(7)], removed: [tagAt(2).id] });
    await rowsOf(page).filter({ hasText: 'tag-7' }).waitFor();
    expect(await namesOf(page)).toEqual(['tag-0', 'tag-1', 'tag-7']);
  });

  test('is sorted by a click on a heading, and the other way by another, numbers in names as numbers', async () => {
    const page = await openTags(12);
    const all = Array.from({ length: 12 }, (_, place) => tagAt(place));
    expect(await namesOf(page)).toEqual(all.map(({ name }) => name));
    await heading(page, 'RSSI').click();
    const byRssi = [...all].sort((a, b) => a.heard[0]!.rssi - b.heard[0]!.rssi).map(({ name }) => name);
    await eventually(() => namesOf(page)).toEqual(byRssi);
    expect(await page.getByRole('columnheader', { name: 'RSSI' }).getAttribute('aria-sort')).toBe('ascending');
    await heading(page, 'RSSI').click();
    await eventually(() => namesOf(page)).toEqual(byRssi.reverse());
    // By the keyboard.
    await heading(page, 'Next heartbeat').focus();
    await page.keyboard.press('Enter');
    const byHeartbeat = [...all].sort((a, b) => a.heartbeatAt! - b.heartbeatAt!).map(({ name }) => name);
    await eventually(() => namesOf(page)).toEqual(byHeartbeat);
  });

  test('puts a tag into its place when its value changes, but not under the pointer', async () => {
    const page = await openTags(3);
    await heading(page, 'RSSI').click();
    await eventually(() => namesOf(page)).toEqual(['tag-2', 'tag-1', 'tag-0']);
    await rowsOf(page).first().hover();
    const weak = tagAt(0, { heard: [{ gateway: 0, rssi: -99, at: NOW + 1, count: 2 }] });
    const update = setInterval(() => source.tell({ type: 'tags', tags: [weak] }), 100);
    try {
      await rowsOf(page).filter({ hasText: '-99' }).waitFor();
      // Longer than after which it would be put elsewhere.
      await page.evaluate('new Promise((resolve) => setTimeout(resolve, 2500))');
      expect(await namesOf(page)).toEqual(['tag-2', 'tag-1', 'tag-0']);
      await page.getByRole('banner').hover();
      await eventually(() => namesOf(page)).toEqual(['tag-0', 'tag-2', 'tag-1']);
    } finally {
      clearInterval(update);
    }
  });

  test('is filtered by words of name, address and format, and by presence', async () => {
    const page = await openTags(40);
    const filter = page.getByRole('searchbox', { name: 'Filter tags' });
    await filter.fill('RUUVI tag-1');
    await eventually(() => namesOf(page)).toEqual(['tag-1', 'tag-10', 'tag-13', 'tag-16', 'tag-19']);
    await page.getByRole('combobox', { name: 'presence' }).selectOption('away');
    await eventually(() => namesOf(page)).toEqual(['tag-16']);
    await filter.fill('6e:00:00:0c');
    await eventually(() => namesOf(page)).toEqual(['tag-12']);
    expect(await page.locator('#tags [role=status]').textContent()).toBe('1 of 40');
    await filter.fill('nothing has this');
    await page.getByText('No tag matches the filter.').waitFor();
  });

  test('goes through its rows with the keyboard, into the panel of a tag and back', async () => {
    const page = await openTags(300);
    const grid = page.getByRole('grid', { name: 'Tags' });
    await heading(page, 'Next heartbeat').focus();
    await page.keyboard.press('Shift+Tab');
    // From the first heading to the table itself.
    for (let i = 0; i < 8 && !(await hasFocus(page, '[role=grid]')); i++) {
      await page.keyboard.press('Shift+Tab');
    }
    const active = async (): Promise<string | null> => {
      const id = await grid.getAttribute('aria-activedescendant');
      return id === null ? null : page.locator(`#${id} [role=rowheader]`).textContent();
    };
    await eventually(active).toBe('tag-0');
    await page.keyboard.press('ArrowDown');
    await eventually(active).toBe('tag-1');
    await page.keyboard.press('End');
    await eventually(active).toBe('tag-299');
    expect(await rowsOf(page).filter({ hasText: 'tag-299' }).isVisible()).toBe(true);
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    const title = page.getByRole('heading', { name: 'tag-1', exact: true });
    await title.waitFor();
    await eventually(() => hasFocus(page, '#tag-title')).toBe(true);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Escape');
    await eventually(() => hasFocus(page, '[role=grid]')).toBe(true);
    await eventually(active).toBe('tag-1');
  });

  test('has few rows in the document, however many tags there are', async () => {
    const page = await openTags(1_000);
    const elements = (): Promise<number> => page.evaluate('document.querySelectorAll("#tags *").length');
    expect(await rowsOf(page).count()).toBeLessThan(60);
    expect(await elements()).toBeLessThan(1_500);
    const grid = page.getByRole('grid', { name: 'Tags' });
    expect(await grid.getAttribute('aria-rowcount')).toBe('1001');
    await page.evaluate('document.querySelector("#tags [role=grid]").scrollTop = 14000');
    await rowsOf(page).filter({ hasText: 'tag-510' }).waitFor();
    expect(await rowsOf(page).count()).toBeLessThan(60);
    await page.getByRole('searchbox', { name: 'Filter tags' }).fill('tag-77');
    await page.locator('#tags [role=status]', { hasText: '11 of 1000' }).waitFor();
    expect(await namesOf(page)).toEqual(['tag-77', ...Array.from({ length: 10 }, (_, at) => `tag-${770 + at}`)]);
  });

  test('keys in a row move a tag all of the way, though its old place is told between them', async () => {
    const page = await openTags(0);
    const tag = tagAt(1, { position: [4, 3] });
    source.tell({ type: 'tags', tags: [tag] });
    await rowsOf(page).first().click();
    await page.getByRole('application').focus();
    await page.keyboard.press('ArrowRight');
    source.tell({ type: 'tags', tags: [tag] });
    source.tell({ type: 'state', now: NOW + 1000, speed: 1, gateways: [], brokers: [], faults: [] });
    await page.locator(`header time[datetime="${new Date(NOW + 1000).toISOString()}"]`).waitFor();
    await page.keyboard.press('ArrowRight');
    const moves = (): unknown[] =>
      source.requests.flatMap((request) => (request.name === 'moveTag' ? [request.parameters.position] : []));
    await eventually(moves).toEqual([
      [4.5, 3],
      [5, 3],
    ]);
  });
});
