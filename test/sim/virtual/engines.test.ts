import { createContext, runInContext } from 'node:vm';
import { beforeAll, describe, expect, it } from 'vitest';
import { connectionReset, powerCut, randomWorld, run } from '../../../sim/virtual/index.js';
import { XsWorker } from '../../../sim/xs/worker.js';
import { findXsWorker } from '../../../sim/xs/engine-paths.js';
import { bundleSimulation, hashExpression } from './bundle.js';

const MINUTES = 60_000;

describe('the simulation as one script', () => {
  let script: string;
  beforeAll(async () => {
    script = await bundleSimulation();
  });

  function expected(seed: number, hours: number): string {
    const faults = [connectionReset(10 * MINUTES), powerCut(20 * MINUTES, 0, 2), powerCut(25 * MINUTES)];
    return run(randomWorld(seed), faults, seed, { hours }).hash;
  }

  it('needs nothing but the language, and gives the same hash without Node', () => {
    const context = createContext({});
    runInContext(script, context);
    expect(runInContext(hashExpression(3, 1), context)).toBe(expected(3, 1));
  });

  it('gives the same hash on XS', { timeout: 120_000 }, async () => {
    const worker = new XsWorker({ path: findXsWorker(), computeLimit: 0xffff_ffff });
    try {
      await worker.evaluate(script + '\nglobalThis.simulation = simulation;');
      const { bytes } = await worker.evaluate(`
        const hash = ${hashExpression(3, 0.5)};
        Uint8Array.from(hash, (digit) => digit.charCodeAt(0)).buffer;`);
      expect(Buffer.from(bytes).toString()).toBe(expected(3, 0.5));
    } finally {
      await worker.quit();
    }
  });
});
