import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { MUTANTS } from './mutants.js';
import { runSeeds } from './pool.js';
import { shrink } from './search.js';
import type { SearchOptions, SeedResult } from './search.js';
import { runSeed } from './seed.js';
import { replayCommand } from './summary.js';

const OPTIONS: SearchOptions = {
  hours: 2,
  tags: 6,
  board: 'esp32',
  engine: 'node',
  faults: true,
  faultsPerHour: 10,
  shrinkRuns: 0,
};

describe('a short campaign', () => {
  it('breaks no rule, and a seed comes out the same in another process', async () => {
    const results: SeedResult[] = [];
    const onResult = (result: SeedResult): boolean => results.push(result) < 0;
    await runSeeds([1, 2, 3, 4], OPTIONS, { workers: 2, onResult });
    expect(results.map(({ seed }) => seed).sort()).toEqual([1, 2, 3, 4]);
    for (const { seed, broken } of results) expect(broken, 'seed ' + seed).toEqual([]);
    const second = results.find(({ seed }) => seed === 2)!;
    expect((await runSeed(2, OPTIONS)).hash).toBe(second.hash);
  });

  it('ends when it is told to', async () => {
    const signal = AbortSignal.abort();
    await runSeeds([1], OPTIONS, { workers: 1, signal, onResult: () => expect.fail() });
  });
});

describe('two engines', () => {
  it('are told apart by the rule `engines`: here the firmware on Node has a fault', async () => {
    const mutant = MUTANTS.find(({ name }) => name === 'PUBACK is not counted')!;
    const broken: string[] = [];
    await runSeeds(
      [1],
      { ...OPTIONS, hours: 1, engine: 'both' },
      {
        workers: 1,
        mutant,
        onResult: (result) => broken.push(result.broken[0]!.rule) > 0,
      },
    );
    expect(broken).toEqual(['engines']);
  });

  it('give equal hashes, as campaign:determinism prints', () => {
    const program = fileURLToPath(new URL('../../build/test/campaign/determinism.js', import.meta.url));
    const flags = ['--seeds', '2', '--hours', '1', '--xs-seeds', '1', '--xs-hours', '1', '--tags', '6', '--json'];
    const output = execFileSync(process.execPath, [program, ...flags], { encoding: 'utf8' });
    const comparisons = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { what: string; different: number[] });
    expect(comparisons.map(({ what, different }) => [what.replace(/v[\d.]+/, 'V'), different])).toEqual([
      ['twice on Node V', []],
      ['on Node V and XS', []],
    ]);
  });
});

describe('shrink', () => {
  const items = Array.from({ length: 40 }, (_, place) => place);

  it('leaves only what is needed', async () => {
    const breaks = (left: readonly number[]): Promise<boolean> =>
      Promise.resolve(left.includes(3) && left.includes(31));
    expect((await shrink(items, breaks, 1000)).kept).toEqual([3, 31]);
  });

  it('leaves nothing when nothing is needed, after one run', async () => {
    expect(await shrink(items, () => Promise.resolve(true), 1000)).toEqual({ kept: [], runs: 1 });
  });

  it('stops after so many runs', async () => {
    const { kept, runs } = await shrink(items, (left) => Promise.resolve(left.includes(7)), 3);
    expect(runs).toBe(3);
    expect(kept).toContain(7);
  });
});

it('prints a command that replays what is left', () => {
  const result = { seed: 7, shrunk: { only: [3, 9], faults: [], runs: 2 } } as unknown as SeedResult;
  expect(replayCommand(result, OPTIONS)).toBe(
    'npm run campaign -- --replay 7 --hours 2 --tags 6 --faults-per-hour 10 --only 3,9',
  );
});
