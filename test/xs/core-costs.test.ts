import { beforeAll, describe, expect, it } from 'vitest';
import { compilerVersion, coreDifferences, readCoreCosts, UPDATE_CORES } from './core-costs.js';
import type { CoreCosts } from './core-costs.js';
import { requireCore } from './host/require.js';
import { measureCore } from './measure-core.js';
import { OPERATIONS } from './measure-operations.js';

/** A first build of the host, and an emulator, on a busy machine. */
const MEASURING_MILLISECONDS = 600_000;

describe.each(['rv32', 'lx106'] as const)('the instructions of the core %s', (core) => {
  requireCore(core)('in an emulator', () => {
    let measured: CoreCosts;

    beforeAll(async () => {
      measured = { compiler: compilerVersion(core), instructions: await measureCore(core) };
    }, MEASURING_MILLISECONDS);

    it('are those of sim/capacity/core-costs.ts', () => {
      const differences = coreDifferences(measured, readCoreCosts()[core]);
      expect(differences, `write down what is meant to be so: ${UPDATE_CORES}`).toEqual([]);
    });
  });
});

describe('what is measured and the table', () => {
  const table: CoreCosts = {
    compiler: 'gcc 12.2.0',
    instructions: Object.fromEntries(OPERATIONS.map((name) => [name, 1000])) as CoreCosts['instructions'],
  };
  const measuredWith = (compiler: string, keepAlive: number): CoreCosts => ({
    compiler,
    instructions: { ...table.instructions, keepAlive },
  });

  it('agree to the instruction with the same compiler', () => {
    expect(coreDifferences(table, table)).toEqual([]);
    const lines = ['keepAlive: measured 1001, the table says 1000'];
    expect(coreDifferences(measuredWith('gcc 12.2.0', 1001), table)).toEqual(lines);
    expect(coreDifferences(measuredWith('gcc 12.2.0', 999), table)).toHaveLength(1);
  });

  it('agree roughly with another one', () => {
    expect(coreDifferences(measuredWith('gcc 13.2.0', 1100), table)).toEqual([]);
    expect(coreDifferences(measuredWith('gcc 13.2.0', 1101), table)).toHaveLength(1);
    expect(coreDifferences(measuredWith('gcc 13.2.0', 899), table)).toHaveLength(1);
  });

  it('differ where the table has no such operation', () => {
    const { keepAlive: _, ...others } = table.instructions;
    const old = { ...table, instructions: others as CoreCosts['instructions'] };
    expect(coreDifferences(table, old)).toEqual(['keepAlive: measured 1000, the table says nothing']);
  });
});
