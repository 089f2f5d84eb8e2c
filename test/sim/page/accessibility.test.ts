import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Browser } from 'playwright-core';
import { launchChromium, missingChromium } from '../../support/chromium.js';
import { describeUnless } from '../../support/require.js';
import { violations } from './axe.js';
import { openPage } from './page.js';
import { manyTags, serveWorld } from './worlds.js';
import type { ServedWorld } from './worlds.js';

const SIZES = {
  desktop: { width: 1440, height: 900 },
  phone: { width: 360, height: 740 },
};

let browser: Browser;
let served: ServedWorld;

describeUnless(missingChromium)('for whom the page can be used', () => {
  beforeAll(async () => {
    browser = await launchChromium();
    served = await serveWorld(manyTags(12, 1000));
  });

  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
  });

  afterAll(async () => {
    await browser?.close();
    await served?.server.close();
  });

  for (const [device, viewport] of Object.entries(SIZES)) {
    for (const colorScheme of ['light', 'dark'] as const) {
      test(`axe finds nothing in any part, and no part is too wide: ${device}, ${colorScheme}`, async () => {
        const { page, errors } = await openPage(browser, served.server.url, { colorScheme, viewport });
        const isFitting = (): Promise<boolean> =>
          page.evaluate(`[document.documentElement, ...document.querySelectorAll('.area, .panel')].every(
            ({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth,
          )`);
        await page.getByRole('heading', { name: 'Gateway', exact: true }).waitFor();
        const part = async (name: string): Promise<void> => {
          if (device !== 'phone') return;
          await page.getByRole('navigation', { name: 'Parts of the page' }).getByRole('button', { name }).click();
          expect(await violations(page), name).toEqual([]);
          expect(await isFitting(), name).toBe(true);
        };
        await part('Gateway');
        await part('Traffic');
        for (const tab of await page.getByRole('tab').all()) {
          await tab.click();
          const name = await tab.textContent();
          if (device === 'phone') expect(await violations(page), name!).toEqual([]);
          expect(await isFitting(), name!).toBe(true);
        }
        await part('Tags');
        await page.getByRole('grid', { name: 'Tags' }).locator('tbody [role=row]').first().click();
        await page.getByRole('heading', { name: /^tag-\d+$/ }).waitFor();
        await page.locator('.decision').first().waitFor();
        expect(await violations(page), 'a tag').toEqual([]);
        expect(await isFitting(), 'a tag').toBe(true);
        expect(errors).toEqual([]);
      });
    }
  }

  test('axe finds nothing while there is no connection', async () => {
    const { page } = await openPage(browser, `${served.server.url.split('#')[0]}#wrong-token`);
    await page.getByRole('banner').getByText('refused').waitFor();
    expect(await violations(page)).toEqual([]);
  });

  test('nothing moves for somebody who wants less motion', async () => {
    const { page } = await openPage(browser, served.server.url, { reducedMotion: 'reduce' });
    await page.getByRole('heading', { name: 'Gateway', exact: true }).waitFor();
    const moving = `[...document.querySelectorAll('*')].filter((element) => {
      const { transitionDuration, animationName, scrollBehavior } = getComputedStyle(element);
      return parseFloat(transitionDuration) > 0 || animationName !== 'none' || scrollBehavior === 'smooth';
    }).length`;
    expect(await page.evaluate(moving)).toBe(0);
  });
});
