import { availableParallelism } from 'node:os';
import { Command } from 'commander';
import { integer } from '../../sim/cli/parse-values.js';
import { findMutant, MUTANT_HOURS, MUTANT_SEEDS, MUTANTS } from './mutants.js';
import type { MutantResult } from './mutants.js';

const program = new Command('campaign:mutants')
  .description('puts faults into the firmware, one at a time, and tells which rule of a campaign finds each')
  .option('--seeds <n>', 'seeds to search for each', integer(1, 10_000), MUTANT_SEEDS)
  .option('--hours <n>', 'virtual hours of each seed', integer(1, 8760), MUTANT_HOURS)
  .option('--workers <n>', 'processes', integer(1, 256), availableParallelism())
  .option('--json', 'print one JSON object for each')
  .addHelpText(
    'after',
    `
Exit codes: 0 all were found, 1 some were not, 2 bad input, 130 ended by Ctrl-C.

Examples:
  $ npm run campaign:mutants
  $ npm run --silent campaign:mutants -- --seeds 20 --json`,
  )
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .allowExcessArguments(false)
  .parse();
const { seeds, hours, workers, json } = program.opts<{
  seeds: number;
  hours: number;
  workers: number;
  json?: boolean;
}>();

const ended = new AbortController();
process.on('SIGINT', () => ended.abort());
const results: MutantResult[] = [];
const waiting = [...MUTANTS];
await Promise.all(
  Array.from({ length: workers }, async () => {
    for (let mutant = waiting.shift(); mutant && !ended.signal.aborted; mutant = waiting.shift()) {
      const result = await findMutant(mutant, { seeds, hours, signal: ended.signal });
      if (ended.signal.aborted) return;
      results.push(result);
      const found = result.rule ? `${result.rule}, seed ${result.seed}` : 'NOT FOUND';
      console.log(json ? JSON.stringify(result) : `| ${result.name} | ${found} |`);
    }
  }),
);
const found = results.filter(({ rule }) => rule).length;
if (!json) console.log(`${found} of ${MUTANTS.length} found, ${seeds} seeds of ${hours} virtual hours each`);
process.exitCode = ended.signal.aborted ? 130 : found < MUTANTS.length ? 1 : 0;
