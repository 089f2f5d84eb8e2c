import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { CAPACITY_DOCUMENTS, withFigures } from '../docs/capacity-page.js';
import { compilerVersion, coreDifferences, readCoreCosts, UPDATE_CORES, writeCoreCosts } from '../xs/core-costs.js';
import type { CoreCosts } from '../xs/core-costs.js';
import type { Core } from '../xs/host/build.js';
import { ROOT } from '../xs/host/paths.js';
import { supportFor } from '../xs/host/support.js';
import { measureCore } from '../xs/measure-core.js';
import { OPERATIONS } from '../xs/measure-operations.js';
import { readSizes } from '../xs/sizes.js';

const CORES: readonly Core[] = ['rv32', 'lx106'];

const program = new Command('bench:chip')
  .description('counts the instructions that the core of a chip executes for each operation, in an emulator')
  .option('--json', 'print one JSON object')
  .option('--update', 'write what is measured to sim/capacity/core-costs.ts, docs/capacity.md and docs/memory.md')
  .option('--docs', 'measure nothing, and write the documents from the table')
  .addHelpText(
    'after',
    `
XS is compiled for RV32IMC, the instruction set of an ESP32-C3, and for the lx106 of an ESP8266, as the Moddable SDK
does, and runs in QEMU, which counts. A core whose compiler or emulator is missing is left out, and that is said.

Examples:
  $ npm run bench:chip
  $ npm run --silent bench:chip -- --json
  $ ${UPDATE_CORES}`,
  )
  .parse();
const { json, update, docs } = program.opts<{ json?: boolean; update?: boolean; docs?: boolean }>();

try {
  await main();
} catch (error) {
  program.error(`bench:chip: ${error instanceof Error ? error.message : String(error)}`);
}

async function main(): Promise<void> {
  if (docs) return writeDocuments(readCoreCosts());
  const measured: Partial<Record<Core, CoreCosts>> = {};
  const lacking: string[] = [];
  for (const core of CORES) {
    const { missing } = supportFor(core);
    if (missing === undefined) measured[core] = await measure(core);
    else lacking.push(`${core} is left out: ${missing}`);
  }
  if (Object.keys(measured).length === 0) throw new Error(lacking.join('; '));
  if (json) console.log(JSON.stringify(measured));
  else print(measured);
  for (const line of lacking) console.error(line);
  if (update) {
    const costs = { ...readCoreCosts(), ...measured };
    writeCoreCosts(costs);
    writeDocuments(costs);
    if (!json) console.log('\nwritten to sim/capacity/core-costs.ts, docs/capacity.md and docs/memory.md');
  }
}

function writeDocuments(costs: Record<Core, CoreCosts>): void {
  for (const name of CAPACITY_DOCUMENTS) {
    const path = join(ROOT, 'docs', name);
    writeFileSync(path, withFigures(readFileSync(path, 'utf8'), costs));
  }
}

async function measure(core: Core): Promise<CoreCosts> {
  const progress = (name: string): void => {
    if (!json && process.stderr.isTTY) process.stderr.write(`\r${core}: ${name}\x1b[K`);
  };
  const instructions = await measureCore(core, progress);
  if (!json && process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  return { compiler: compilerVersion(core), instructions };
}

/** Each operation with the interpreter's instructions, the core's, and how many of these one of those takes. */
function print(measured: Partial<Record<Core, CoreCosts>>): void {
  const { operations } = readSizes();
  const cores = CORES.filter((core) => measured[core] !== undefined);
  const heads = cores.flatMap((core) => [core, 'each']);
  console.log(row('operation', 'interpreter', ...heads));
  for (const name of OPERATIONS) {
    const { compute } = operations[name];
    const cells = cores.flatMap((core) => {
      const count = measured[core]!.instructions[name];
      return [count.toLocaleString('en'), (count / compute).toFixed(1)];
    });
    console.log(row(name, compute.toLocaleString('en'), ...cells));
  }
  for (const core of cores) {
    console.log(`\n${core}: ${measured[core]!.compiler}`);
    if (update) continue;
    const lines = coreDifferences(measured[core]!, readCoreCosts()[core]);
    for (const line of lines) console.log(`not in sim/capacity/core-costs.ts: ${line}`);
  }
}

function row(name: string, ...cells: string[]): string {
  return name.padEnd(26) + cells.map((cell) => cell.padStart(12)).join('');
}
