import { createContext, runInContext } from 'node:vm';
import { beforeAll, describe, expect, it } from 'vitest';
import { connectionReset, powerCut, randomWorld, run } from '../../../sim/virtual/index.js';
import { XsWorker } from '../../../sim/xs/worker.js';
import { findXsWorker } from '../../../sim/xs/engine-paths.js';
import { bundleSimulation, runExpression } from './bundle.js';

const MINUTES = 60_000;

describe('the simulation as one script', () => {
  let script: string;
  beforeAll(async () => {
    script = await bundleSimulation();
  });

  async function expected(seed: number, hours: number): Promise<string> {
    const faults = [connectionReset(10 * MINUTES), powerCut(20 * MINUTES, 0, 2), powerCut(25 * MINUTES)];
    return (await run(randomWorld(seed), faults, seed, { hours })).hash;
  }

  it('needs nothing but the language, and gives the same hash without Node', async () => {
    const context = createContext({});
    runInContext(script, context);
    const { hash } = (await runInContext(runExpression(3, 1), context)) as { hash: string };
    expect(hash).toBe(await expected(3, 1));
  });

  it('gives the same hash on XS', { timeout: 120_000 }, async () => {
    const worker = new XsWorker({ path: findXsWorker(), computeLimit: 0xffff_ffff });
    try {
      await worker.evaluate(script + '\nglobalThis.simulation = simulation;');
      await worker.evaluate(`
        ${runExpression(3, 0.5)}.then((outcome) => (globalThis.hash = outcome.hash));`);
      // The worker answers when no job is left.
      const { bytes } = await worker.evaluate('Uint8Array.from(hash, (digit) => digit.charCodeAt(0)).buffer');
      expect(Buffer.from(bytes).toString()).toBe(await expected(3, 0.5));
    } finally {
      await worker.quit();
    }
  });
});
