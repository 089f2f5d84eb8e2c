import { describe, expect, it } from 'vitest';
import { connectionReset, powerCut, randomFaults, randomWorld, RecordTap } from '../../../../sim/virtual/index.js';
import { replay, run } from '../../../../sim/virtual/index.js';
import type { BoardName, Fault, SimulatedWorld } from '../../../../sim/virtual/index.js';

import { Chance } from '../../../../sim/virtual/random.js';

const MINUTE = 60_000;

async function record(
  world: SimulatedWorld,
  faults: readonly Fault[],
  seed: number,
  hours: number,
): Promise<{ file: Buffer; hash: string; heard: number }> {
  const parts: Buffer[] = [];
  const tap = new RecordTap((bytes) => void parts.push(Buffer.from(bytes)));
  const { hash, figures } = await run(world, faults, seed, { hours, rules: [], taps: [tap] });
  tap.finish();
  return { file: Buffer.concat(parts), hash, heard: figures.heard };
}

describe('a recording', () => {
  it.each(['esp32', 'esp8266', 'desktop'] as BoardName[])('replays %s with equal states', async (board) => {
    const world = randomWorld(3, { board, tags: 5 });
    const faults = (): Fault[] => [
      connectionReset(5 * MINUTE),
      powerCut(10 * MINUTE, 0, 2),
      powerCut(15 * MINUTE),
    ];
    const { hash } = await run(world, faults(), 3, { hours: 0.5, rules: [] });
    const recorded = await record(world, faults(), 3, 0.5);
    expect(recorded.hash).toBe(hash);
    const { starts, events, difference, problem } = await replay(recorded.file);
    expect({ difference, problem }).toEqual({});
    expect(starts).toBe(3);
    expect(events).toBeGreaterThan(recorded.heard);
    console.log(board, recorded.file.length, events, starts);
  });

  it('replays random faults', async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const world = randomWorld(seed);
      const recorded = await record(world, randomFaults(new Chance(seed).stream('faults'), world, 2, 12), seed, 2);
      const { starts, events, difference, problem } = await replay(recorded.file);
      console.log(seed, recorded.file.length, events, starts, difference, problem);
    }
  }, 100000);
});
