import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { StateUpdate } from '../../../sim/page/protocol.js';
import { killCommands, startProgram } from '../../support/cli.js';
import { TOP } from '../../support/folders.js';
import { makeTemporaryFolder } from '../../support/temp.js';
import { PageSocket } from './page-socket.js';

const HOUR = 3_600_000;
/** Bytes that the process may hold more at the end of a day than after its second hour. */
const GROWTH = 2_000_000;

const folder = makeTemporaryFolder();
const pages: PageSocket[] = [];
afterEach(async () => {
  for (const page of pages.splice(0)) page.end();
  await killCommands();
});
afterAll(() => folder.remove());

/** A process of its own, so that its heap is nobody else's: prints its address, and what it holds at each hour. */
const PROGRAM = (build: string, pageFolder: string): string => `
import { serveDashboard } from '${build}/sim/dashboard/server.js';
import { planOfFile } from '${build}/sim/dashboard/world-plan.js';
import { WorldSource } from '${build}/sim/dashboard/world-source.js';
import { defaultWorld } from '${build}/sim/world/default-world.js';

const plan = planOfFile(defaultWorld, 'warehouse', 1, { settings: { interval: 2 } });
const source = new WorldSource(plan, { speed: 0 });
const server = await serveDashboard(source, { pageFolder: '${pageFolder}' });
console.log(server.url);
let hour = 0;
setInterval(() => {
  const now = Math.floor(source.now() / ${HOUR});
  if (now === hour) return;
  hour = now;
  gc();
  const { heapUsed, external } = process.memoryUsage();
  console.log(hour + ' ' + (heapUsed + external));
  if (hour >= 25) source.close();
}, 5);
await source.run();
await server.close();
process.exit(0);
`;

describe('a page that is left open', () => {
  it('for a day costs the server no more memory than for two hours', async () => {
    const pageFolder = folder.file('page');
    mkdirSync(pageFolder);
    writeFileSync(`${pageFolder}/index.html`, '');
    const program = folder.file('day.mjs');
    writeFileSync(program, PROGRAM(`${TOP}build`, pageFolder));
    const command = startProgram(process.execPath, ['--expose-gc', program]);
    await command.until(() => command.lines.length > 0);
    const page = new PageSocket(command.lines[0]!);
    pages.push(page);
    await page.take('hello');
    // What the test itself keeps would fill its own memory only.
    let told = 0;
    let last: StateUpdate | undefined;
    page.socket.on('message', () => {
      told++;
      last = page.texts.filter((text): text is StateUpdate => text.type === 'state').at(-1) ?? last;
      page.texts.length = 0;
    });
    page.send({ id: 1, name: 'speed', parameters: { speed: 1e9 } });
    const { code, stderr } = await command.finished;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const held = new Map(command.lines.slice(1).map((line) => line.split(' ').map(Number) as [number, number]));
    const hours = [...held.keys()];
    const early = hours.find((hour) => hour >= 2)!;
    const late = hours.filter((hour) => hour >= 24).at(-1)!;
    expect(late).toBeGreaterThanOrEqual(24);
    expect(early).toBeLessThan(12);
    expect(held.get(late)! - held.get(early)!).toBeLessThan(GROWTH);
    expect(told).toBeGreaterThan(50);
    expect(last!.gateways[0]!.counts.acknowledged).toBeGreaterThan(10_000);
  });
});
