import { existsSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Browser, Locator, Page } from 'playwright-core';
import { writeFlashPage } from '../../../sim/flash/flash-page.js';
import { readImage } from '../../../sim/flash/image.js';
import { serveFolder } from '../../../sim/flash/serve-folder.js';
import type { FolderServer } from '../../../sim/flash/serve-folder.js';
import { thisWorkshop } from '../../../sim/flash/workshop.js';
import { launchChromium, missingChromium } from '../../support/chromium.js';
import { EmulatedBoard } from '../../support/emulated-board.js';
import { espImage, writeBuild } from '../../support/esp-image.js';
import { describeUnless } from '../../support/require.js';
import { makeTemporaryFolder } from '../../support/temp.js';
import { plugIn } from '../../support/web-serial.js';
import { violations } from './axe.js';

/** As `writeBuild` writes it. */
const APPLICATION = espImage(0, 40_000);
/** For a board in virtual time, on a machine that is busy. */
const PATIENCE = { timeout: 180_000 };

const missing = existsSync('dist/flash-page/index.html') ? missingChromium : 'the page is missing: npm run build';

let browser: Browser;
let server: FolderServer;
let folder: ReturnType<typeof makeTemporaryFolder>;
let board: EmulatedBoard;

interface Opened {
  page: Page;
  /** Requests that left this computer's page, and what went wrong in it. */
  strange: string[];
}

async function open(options: { plugged?: boolean } & Parameters<Browser['newContext']>[0] = {}): Promise<Opened> {
  const { plugged = true, ...context } = options;
  const page = await (await browser.newContext({ reducedMotion: 'reduce', ...context })).newPage();
  const strange: string[] = [];
  // Of the first question of the SDK of Improv to a board that is empty; nobody waits for it any more.
  page.on('pageerror', ({ message }) => void (message.endsWith('TIMEOUT') || strange.push(message)));
  page.on('request', (request) => {
    if (!request.url().startsWith(server.url) && !request.url().startsWith('data:')) strange.push(request.url());
  });
  page.on('console', (message) => {
    if (/Content.Security.Policy/i.test(message.text())) strange.push(message.text());
  });
  if (plugged) await plugIn(page, board);
  await page.goto(server.url);
  await page.getByText('Version 0.1.0 for ESP32').waitFor();
  return { page, strange };
}

/** The last word of the page on what was to be stored. */
function outcome(page: Page): Locator {
  return page.getByRole('status');
}

async function fill(page: Page, values: Record<string, string>): Promise<void> {
  for (const [label, value] of Object.entries(values))
    await page.getByLabel(label, { exact: false }).first().fill(value);
}

async function store(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Connect and store' }).click();
}

describeUnless(missing)('the page that flashes', () => {
  beforeAll(async () => {
    browser = await launchChromium();
    folder = makeTemporaryFolder();
    writeBuild(`${folder.path}/built`, 0);
    writeFlashPage(`${folder.path}/page`, [readImage(`${folder.path}/built`, undefined, thisWorkshop())]);
    server = await serveFolder(`${folder.path}/page`, 0);
  });

  beforeEach(() => {
    board = new EmulatedBoard(APPLICATION);
  });

  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
    board.close();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.close();
    folder?.remove();
  });

  test('takes a new board from empty flash to its broker', PATIENCE, async () => {
    const { page, strange } = await open();
    const dialog = page.locator('ewt-install-dialog');
    // Without a wait for the animations of the dialog to end.
    const press = (name: string): Promise<void> =>
      dialog.getByText(name, { exact: true }).last().dispatchEvent('click', undefined, PATIENCE);
    // A text that is in no element of its own.
    const message = (text: string): Promise<void> =>
      expect
        .poll(
          () =>
            page.evaluate(`document.querySelector('ewt-install-dialog').shadowRoot
          .querySelector('ewt-page-message')?.label`),
          PATIENCE,
        )
        .toBe(text);
    await page.getByRole('button', { name: 'Connect and install' }).click();
    await press('Install Tagwire');
    await dialog.locator('ew-checkbox input').dispatchEvent('click', undefined, PATIENCE);
    await press('Next');
    await press('Install');
    await message('Installation complete!');
    const { parts } = readImage(`${folder.path}/built`, undefined, thisWorkshop());
    const expected = Buffer.alloc(board.rom.flash.length, 0xff);
    for (const { bytes, offset } of parts) expected.set(bytes, offset);
    expect(board.rom.flash.equals(expected)).toBe(true);
    await press('Next');
    // The network that the board hears is chosen already.
    await dialog.locator('ew-filled-text-field[name=password] input').fill('wrong horse', PATIENCE);
    await press('Connect');
    await dialog.getByText('Unable to connect').waitFor(PATIENCE);
    await dialog.locator('ew-filled-text-field[name=password] input').fill('correct horse', PATIENCE);
    await press('Connect');
    await message('Device connected to the network!');
    await press('Continue');
    await dialog.getByText('Connected to gateway-1').waitFor(PATIENCE);
    await dialog.locator('ew-icon-button').dispatchEvent('click');
    await dialog.waitFor({ state: 'detached' });

    await fill(page, { 'Broker mqtt': 'mqtt://broker.example', 'Name the level': 'shed' });
    await store(page);
    await outcome(page).getByText('Stored. The device is connected to mqtt://broker.example:1883.').waitFor(PATIENCE);
    expect(board.lines).toContain('tagwire: shed on esp32, started by software');
    expect(strange).toEqual([]);
  });

  test('gives a board all settings at once, with a certificate in pieces', PATIENCE, async () => {
    board.start();
    const { page } = await open();
    await fill(page, {
      'Broker mqtt': 'mqtts://broker.example',
      Network: 'Home',
      'Password of the network': 'correct horse',
    });
    await fill(page, {
      'User name': 'änn',
      'Password at the broker': ' hush ',
      'More settings': 'interval=30\n\n prefix = site ',
    });
    const lines = Array.from({ length: 24 }, (_, i) => String.fromCharCode(65 + i).repeat(64));
    const pem = `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
    await page.getByLabel('CA certificate').setInputFiles({ name: 'ca.pem', mimeType: '', buffer: Buffer.from(pem) });
    await store(page);
    await expect
      .poll(() => board.lines.find((line) => line.startsWith('setup: stored')), PATIENCE)
      .toBe('setup: stored broker, username, brokerPassword, ca, interval, prefix');
    await expect
      .poll(() => board.lines.filter((line) => line.startsWith('broker ')), PATIENCE)
      .toEqual([
        expect.stringMatching(/^broker mqtts:\/\/broker.example:8883, .* with user name, topics site\/.* every 30 s/),
      ]);
  });

  test('says in the device’s words what is wrong, and what is missing', PATIENCE, async () => {
    board.start();
    const { page } = await open();
    await store(page);
    await outcome(page).getByText('nothing to store: every field is empty').waitFor(PATIENCE);
    await fill(page, { 'Broker mqtt': 'http://broker' });
    await store(page);
    await outcome(page).getByText('broker must be mqtt://host[:port]').waitFor(PATIENCE);
    expect(await violations(page)).toEqual([]);
    await fill(page, { 'Broker mqtt': 'mqtt://broker.example' });
    await store(page);
    await outcome(page).getByText('Stored, but the device needs more: ssid is missing').waitFor(PATIENCE);
    await fill(page, { 'Broker mqtt': '', Network: 'Elsewhere', 'Password of the network': 'correct horse' });
    await store(page);
    await outcome(page).getByText('the device cannot connect to “Elsewhere”').waitFor(PATIENCE);
    await fill(page, { Network: 'Home' });
    await store(page);
    await outcome(page).getByText('connected to mqtt://broker.example:1883').waitFor(PATIENCE);
    await page.getByRole('button', { name: 'Check status' }).click();
    await outcome(page).getByText('Tagwire 0.1.0 on ESP32, gateway-1: connected to').waitFor(PATIENCE);
    expect(await violations(page)).toEqual([]);
  });

  test(
    'says that a board without this firmware does not answer, and asks nothing without a port',
    PATIENCE,
    async () => {
      const { page } = await open();
      await page.evaluate('window.noPort = true');
      await page.getByRole('button', { name: 'Check status' }).click();
      expect(await outcome(page).isHidden()).toBe(true);
      await page.evaluate('window.noPort = false');
      await page.getByRole('button', { name: 'Check status' }).click();
      await outcome(page).getByText('the board does not answer').waitFor(PATIENCE);
    },
  );

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [1280, 360]) {
      test(`can be used by everybody: ${colorScheme}, ${width} px wide`, async () => {
        const { page, strange } = await open({ colorScheme, viewport: { width, height: 800 } });
        await page.getByText('What is written to the chip').click();
        await page.getByText('xs_esp32.bin').waitFor();
        expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
        expect(await violations(page)).toEqual([]);
        expect(strange).toEqual([]);
      });
    }
  }

  test('asks for no settings where the chip takes none over its serial line', async () => {
    const image = readImage(`${folder.path}/built`, undefined, thisWorkshop());
    writeFlashPage(`${folder.path}/silent`, [{ ...image, improv: false }]);
    const silent = await serveFolder(`${folder.path}/silent`, 0);
    const page = await (await browser.newContext()).newPage();
    await page.goto(silent.url);
    await page.getByText('Version 0.1.0 for ESP32').waitFor();
    expect(await page.getByRole('heading', { name: '2. Settings' }).isVisible()).toBe(false);
    expect(await page.getByText('Afterwards it asks').isVisible()).toBe(false);
    await silent.close();
  });

  test('says which browsers have Web Serial where there is none', async () => {
    const page = await (await browser.newContext()).newPage();
    await page.addInitScript('delete Navigator.prototype.serial');
    await page.goto(server.url);
    await page.getByRole('alert').getByText('use Chrome or Edge on a computer').waitFor();
    expect(await page.getByRole('button', { name: 'Connect and store' }).isDisabled()).toBe(true);
    expect(await violations(page)).toEqual([]);
  });
});
