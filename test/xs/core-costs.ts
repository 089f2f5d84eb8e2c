import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CORE_COSTS } from '../../sim/capacity/core-costs.js';
import { compilerFor } from './host/build.js';
import type { Core } from './host/build.js';
import { ROOT } from './host/paths.js';
import type { Instructions } from './measure-core.js';
import { OPERATIONS } from './measure-operations.js';

/** What operations cost on a core, and with which compiler XS was made. */
export interface CoreCosts {
  /** First line of what the compiler says of its version. */
  compiler: string;
  instructions: Instructions;
}

/** How to write down what changed. */
export const UPDATE_CORES = 'npm run bench:chip -- --update';

const PATH = join(ROOT, 'sim', 'capacity', 'core-costs.ts');

/** Another compiler makes another interpreter: so far may its counts be from those of the table. */
const TOLERANCE = 0.1;

/** The committed table: of all cores, those that this machine cannot measure included. */
export function readCoreCosts(): Record<Core, CoreCosts> {
  return CORE_COSTS as unknown as Record<Core, CoreCosts>;
}

/** The first line of what the compiler for a core says of its version. */
export function compilerVersion(core: Core): string {
  return spawnSync(compilerFor(core), ['--version'], { encoding: 'utf8' }).stdout.split('\n', 1)[0] ?? '';
}

/** Where `measured` is not what `table` says, one line each: exactly with the same compiler, else roughly. */
export function coreDifferences(measured: CoreCosts, table: CoreCosts): string[] {
  const tolerance = measured.compiler === table.compiler ? 0 : TOLERANCE;
  return OPERATIONS.filter((name) => {
    const said = table.instructions[name] as number | undefined;
    return said === undefined || Math.abs(measured.instructions[name] - said) > tolerance * said;
  }).map((name) => {
    const said = (table.instructions[name] as number | undefined) ?? 'nothing';
    return `${name}: measured ${measured.instructions[name]}, the table says ${said}`;
  });
}

/** Writes the table. */
export function writeCoreCosts(costs: Record<Core, CoreCosts>): void {
  const cores = Object.entries(costs).map(([core, { compiler, instructions }]) => {
    const rows = OPERATIONS.map((name) => `      ${name}: ${instructions[name]},`);
    return [`  ${core}: {`, `    compiler: '${compiler}',`, '    instructions: {', ...rows, '    },', '  },'].join(
      '\n',
    );
  });
  writeFileSync(
    PATH,
    [
      `/** Written by \`${UPDATE_CORES}\`: instructions that a core executes for each operation, on XS 13.3. */`,
      'export const CORE_COSTS = {',
      ...cores,
      '} as const;',
      '',
    ].join('\n'),
  );
}
