import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { makeTemporaryFolder } from '../support/temp.js';
import { isDistStale } from './build-dist.js';

const folder = makeTemporaryFolder();
afterAll(() => folder.remove());

const INPUTS = ['build/src/mqtt/index.js', 'build/boards/esp32/main.js', 'build/sim/index.d.ts', 'sim/page/page.css'];
const OTHERS = [
  ...['rollup.config.js', 'package.json', 'test/sizes.json'],
  ...['sim/page/main.tsx', 'build/src/mqtt.tsbuildinfo'],
];
const OUTPUTS = [
  ...['cli.js', 'firmware-sizes.json', 'xsnap-firmware.js', 'xsnap-replay.js', 'xs-lockstep.js'],
  ...['page/page.js', 'page/index.html', 'sim.d.ts'],
];

function write(path: string, seconds: number): void {
  mkdirSync(dirname(folder.file(path)), { recursive: true });
  writeFileSync(folder.file(path), '');
  utimesSync(folder.file(path), seconds, seconds);
}

it('builds dist for npm start when it is not there, or older than what it is made of', () => {
  for (const path of [...INPUTS, ...OTHERS]) write(path, 100);
  expect(isDistStale(folder.path)).toBe(true);
  for (const path of OUTPUTS) write(`dist/${path}`, 200);
  expect(isDistStale(folder.path)).toBe(false);
  for (const path of [...INPUTS, ...OTHERS.slice(0, 3)]) {
    write(path, 300);
    expect([path, isDistStale(folder.path)]).toEqual([path, true]);
    write(path, 100);
  }
  // The compiler has looked at these, and what it wrote has not changed.
  write('sim/page/main.tsx', 300);
  write('build/src/mqtt.tsbuildinfo', 300);
  expect(isDistStale(folder.path)).toBe(false);
  write('dist/page/page.js', 50);
  expect(isDistStale(folder.path)).toBe(true);
});
