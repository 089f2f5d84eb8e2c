import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { randomWorld, VirtualWorld } from '../../../sim/virtual/index.js';
import type { Tap } from '../../../sim/virtual/index.js';
import { TOP } from '../../support/folders.js';

const SECOND = 1000;

/** Takes the console away from the parts of a board, as main-without-console.ts does. */
const leaveOutConsole: Tap = {
  wrap(parts) {
    const rest: typeof parts & { makeConsole?: unknown } = { ...parts };
    delete rest.makeConsole;
    return rest;
  },
};

async function linesOf(settings: object, taps: Tap[]): Promise<string[]> {
  const world = randomWorld(1, { tags: 1, board: 'esp32' });
  const [gateway] = world.gateways;
  const gateways = [{ ...gateway!, settings: { ...gateway!.settings, ...settings }, people: [] }];
  const simulation = new VirtualWorld({ ...world, gateways }, [], 1, { taps });
  const lines: string[] = [];
  simulation.deviceObservers.push({ onLine: (_device, text) => void lines.push(text) });
  await simulation.runUntil(30 * SECOND);
  return lines;
}

describe('an ESP32 without a console in its link', () => {
  const line = 'serialConsole: this firmware was linked without a console';

  it('starts and connects, and says so when one is wanted', async () => {
    const lines = await linesOf({ serialConsole: true }, [leaveOutConsole]);
    expect(lines.filter((text) => text.endsWith(line))).toHaveLength(1);
    expect(lines.some((text) => text.includes('connected to mqtt'))).toBe(true);
  });

  it('says nothing when none is wanted, nor with one', async () => {
    expect((await linesOf({ serialConsole: false }, [leaveOutConsole])).join()).not.toContain(line);
    expect((await linesOf({ serialConsole: true }, [])).join()).not.toContain(line);
  });

  it('has nothing of it in its module', () => {
    const help = 'quality of service';
    const codeOf = (board: string): string =>
      readFileSync(join(TOP, 'dist/moddable/release', board, 'main.js'), 'utf8');
    expect(codeOf('esp32')).toContain(help);
    expect(codeOf('esp32-without-console')).not.toContain(help);
  });
});
