import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Browser, Page } from 'playwright-core';
import { launchChromium, missingChromium } from '../../support/chromium.js';
import { killCommands, startProgram, startTagwire } from '../../support/cli.js';
import type { Command } from '../../support/cli.js';
import { TOP } from '../../support/folders.js';
import { describeUnless } from '../../support/require.js';
import { openPage } from '../page/page.js';

/** From the command to the page with its tags, on a built tree. */
const LONGEST_START = 20_000;
/** From the address to the page. */
const LONGEST_LOAD = 2000;

/**
 * With TAGWIRE_NEWCOMER=npm the command is `npm start`, which builds dist anew, and the seconds of each step are
 * printed; else it is what that runs, since other tests use dist.
 */
const isWhole = process.env['TAGWIRE_NEWCOMER'] === 'npm';

let browser: Browser;

function start(): Command {
  return isWhole ? startProgram('npm', ['start'], { cwd: TOP, detached: true }) : startTagwire(['sim']);
}

/** As Ctrl-C does, which reaches all that npm has started. */
async function interrupt(command: Command): Promise<void> {
  if (isWhole) process.kill(-command.process.pid!, 'SIGINT');
  else command.process.kill('SIGINT');
  await command.finished;
}

const ADDRESS = /^page (\S+)$/;

async function addressOf(command: Command): Promise<string> {
  await command.until(() => command.lines.some((line) => ADDRESS.test(line)));
  return ADDRESS.exec(command.lines.find((line) => ADDRESS.test(line))!)![1]!;
}

/** Reports that wait in the outbox, in memory or on flash, as the page shows it. */
async function held(page: Page): Promise<number> {
  return Number.parseInt((await page.locator('[data-meter=outbox] .meter-value').textContent()) ?? '');
}

describeUnless(missingChromium)("a newcomer's path in the README", () => {
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterEach(killCommands);
  afterAll(() => browser.close());

  it('leads from the command to a tag that was not reported, and why', async () => {
    const began = performance.now();
    const steps: string[] = [];
    const done = (what: string, since = began): number => {
      const took = performance.now() - since;
      steps.push(`${(took / 1000).toFixed(1)} s ${what}`);
      return took;
    };
    const command = start();
    const url = await addressOf(command);
    done('until the address is printed');

    const opened = performance.now();
    const { page, errors } = await openPage(browser, url);
    await page.getByRole('heading', { name: 'Controls', exact: true }).waitFor();
    const loaded = done('from there until the page shows the gateway', opened);
    const rows = page.getByRole('grid').locator('tbody [role=row]');
    await rows.nth(5).waitFor();
    const started = done('until the page shows the tags');
    // The token is neither in what the browser shows nor in its history.
    expect(new URL(page.url()).hash).toBe('');

    // The scanner waits for the first connection; before it there is nothing to store.
    await page.locator('[data-machine=Connection][data-state=connected]').waitFor();
    await page.getByRole('button', { name: 'Pull the Wi-Fi' }).click();
    const back = page.getByRole('button', { name: 'Give the Wi-Fi back' });
    await back.waitFor();
    await expect.poll(() => held(page), { timeout: 60_000, interval: 200 }).toBeGreaterThan(5);
    done('until the outbox has filled');
    await back.click();
    await expect.poll(() => held(page), { timeout: 90_000, interval: 200 }).toBeLessThan(3);
    done('until it has drained');

    await rows.first().click();
    const decisions = page.getByRole('list', { name: 'Last advertisements, newest first' });
    const refused = decisions.getByRole('listitem').filter({ hasText: 'not reported' }).first();
    await refused.waitFor();
    expect(await refused.textContent()).toMatch(/by the (policy|filter): \w/);
    done('until it says why a tag was not reported');
    expect(errors).toEqual([]);
    if (isWhole) process.stdout.write(`${steps.join('\n')}\n`);
    else expect(loaded).toBeLessThan(LONGEST_LOAD * 10);
    expect(started).toBeLessThan(LONGEST_START);
    await interrupt(command);
  });
});
