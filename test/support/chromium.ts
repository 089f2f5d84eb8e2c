import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';

const PLACES = [
  process.env['TAGWIRE_CHROMIUM'] ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

const executablePath = PLACES.find((path) => path !== '' && existsSync(path));

/** For `describeUnless`: what has to be installed; undefined when nothing has to be. */
export const missingChromium =
  executablePath === undefined ? 'Chromium is missing: apt-get install chromium, or set TAGWIRE_CHROMIUM' : undefined;

/** Starts Chromium without a window. One is enough for a file of tests; a test opens a context of its own in it. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: executablePath!,
    // A sandbox of its own cannot be had as root, as in most containers, whose shared memory is small besides.
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  });
}
