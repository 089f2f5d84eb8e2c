import { createContext, runInContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FAULTS, faultText, makeFault, randomWorld } from '../../../sim/virtual/index.js';
import type { BoardName } from '../../../sim/virtual/index.js';
import type { WorldFile } from '../../../sim/world/world-file.js';
import { runSeed } from '../../campaign/seed.js';
import type { SeedOptions } from '../../campaign/seed.js';
import { XsEngine } from '../../campaign/xs-engine.js';
import { bundleScript } from './bundle.js';

const MINUTE = 60_000;
const OPTIONS: SeedOptions = { hours: 1, tags: 6, board: 'esp32', faults: true, faultsPerHour: 10 };
/** Between the beginnings of two faults. */
const STEP = 2 * MINUTE;

/** A world in which each kind of fault of a board happens once, one after the other. */
function eachKindOnce(board: BoardName): WorldFile {
  const kinds = FAULTS.filter(({ boards }) => boards.includes(board));
  const { tags } = randomWorld(5, { tags: board === 'esp8266' ? 0 : 4 });
  return {
    name: 'each kind once',
    gateways: [{ name: 'gateway-1', board, position: [0, 0, 3], settings: { health: 30, keepAlive: 20 } }],
    tags: [...tags],
    brokers: [{ name: 'broker.example' }],
    faults: kinds.map(({ kind, time }, index) =>
      faultText(makeFault(kind, MINUTE + index * STEP, time === 'moment' ? undefined : MINUTE)),
    ),
  };
}

it('the simulation needs nothing but the language, and gives the same hash without Node', async () => {
  const context = createContext({});
  runInContext(await bundleScript('build/test/campaign/seed.js', 'seed'), context);
  const other = (await runInContext(`seed.runSeed(3, ${JSON.stringify(OPTIONS)})`, context)) as { hash: string };
  expect(other.hash).toBe((await runSeed(3, OPTIONS)).hash);
});

describe('XS', { timeout: 120_000 }, () => {
  let xs: XsEngine;
  beforeAll(async () => {
    xs = await XsEngine.start();
  });
  afterAll(() => xs.end());

  it('gives the same outcome as Node, and the same lines of a trace', async () => {
    const lines: string[][] = [[], []];
    const trace = (into: string[]): Parameters<typeof runSeed>[3] => ({
      line: (time, text) => void into.push(time + ' ' + text),
    });
    const onNode = await runSeed(3, OPTIONS, undefined, trace(lines[0]!));
    expect(await xs.runSeed(3, OPTIONS, undefined, trace(lines[1]!))).toEqual(onNode);
    expect(lines[1]).toEqual(lines[0]);
    expect(lines[0]!.length).toBeGreaterThan(100);
  });

  it.each(['esp32', 'esp8266', 'desktop'] as const)(
    'goes through each kind of fault of %s as Node does',
    async (board) => {
      const file = eachKindOnce(board);
      const hours = ((file.faults!.length + 2) * STEP) / 3_600_000;
      const options = { ...OPTIONS, hours, faultsPerHour: 0, file };
      const onNode = await runSeed(1, options);
      expect(onNode.figures.faults).toBe(file.faults!.length);
      expect((await xs.runSeed(1, options)).hash).toBe(onNode.hash);
    },
  );
});
