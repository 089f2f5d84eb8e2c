import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { Command, Option } from 'commander';
import { integer } from '../../sim/cli/parse-values.js';
import type { BoardName } from '../../sim/virtual/index.js';
import { runSeeds } from './pool.js';
import type { EngineName, SearchOptions } from './search.js';

const program = new Command('campaign:determinism')
  .description('runs the seeds of a campaign more than once, and compares the hashes of all that happens')
  .option('--seeds <n>', 'seeds to run twice on Node', integer(1, 10_000), 50)
  .option('--hours <n>', 'virtual hours of each', integer(1, 8760), 6)
  .option('--xs-seeds <n>', 'seeds to run on XS as well, 0 for none', integer(0, 10_000), 20)
  .option('--xs-hours <n>', 'virtual hours of each of those', integer(1, 8760), 1)
  .option('--tags <n>', 'tags of each world', integer(0, 1000), 20)
  .option('--node <file...>', 'programs of other versions of Node, to run the seeds once more on each')
  .addOption(new Option('--board <name>', 'whose firmware').choices(['esp32', 'esp8266', 'desktop']).default('esp32'))
  .option('--workers <n>', 'processes', integer(1, 256), availableParallelism())
  .option('--json', 'print one JSON object for each comparison')
  .addHelpText(
    'after',
    `
Exit codes: 0 all hashes were equal, 1 some were not, 2 bad input, 130 ended by Ctrl-C.

Examples:
  $ npm run campaign:determinism
  $ npm run campaign:determinism -- --node /opt/node-24/bin/node
  $ npm run --silent campaign:determinism -- --board desktop --json`,
  )
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .allowExcessArguments(false)
  .parse();
const flags = program.opts<{
  seeds: number;
  hours: number;
  xsSeeds: number;
  xsHours: number;
  tags: number;
  node?: string[];
  board: BoardName;
  workers: number;
  json?: boolean;
}>();

/** The hashes of seeds 1 to `count`. */
async function hashes(count: number, hours: number, engine: EngineName, node?: string): Promise<string[]> {
  const { board, tags, workers } = flags;
  const options: SearchOptions = { hours, tags, board, faults: true, faultsPerHour: 10, shrinkRuns: 0, engine };
  const found: string[] = [];
  await runSeeds(
    Array.from({ length: count }, (_, index) => index + 1),
    options,
    {
      workers: Math.min(workers, count),
      signal: ended.signal,
      ...(node !== undefined && { node }),
      onResult: ({ seed, hash }) => {
        found[seed] = hash;
        return false;
      },
    },
  );
  return found;
}

/** Compares seeds 1 to `count`, and prints what came out. */
function compare(what: string, hours: number, one: readonly string[], other: readonly string[]): void {
  if (ended.signal.aborted) return;
  const different = [...one.keys()].filter((seed) => one[seed] !== other[seed]);
  if (different.length > 0) process.exitCode = 1;
  const seconds = Math.round((performance.now() - begin) / 1000);
  begin = performance.now();
  const seeds = one.length - 1;
  if (flags.json) console.log(JSON.stringify({ what, seeds, hours, seconds, different }));
  else {
    const outcome = different.length === 0 ? 'all hashes equal' : 'OTHER HASHES for seeds ' + different.join(', ');
    console.log(`${seeds} seeds of ${hours} virtual hours, ${what}: ${outcome} (${seconds} s)`);
  }
}

const ended = new AbortController();
process.on('SIGINT', () => ended.abort());
const versions = (flags.node ?? []).map((path) => {
  try {
    return execFileSync(path, ['--version'], { encoding: 'utf8' }).trim();
  } catch {
    return program.error(`error: --node: ${JSON.stringify(path)} does not run`);
  }
});

let begin = performance.now();
const { seeds, hours, xsSeeds, xsHours } = flags;
const first = await hashes(seeds, hours, 'node');
compare(`twice on Node ${process.version}`, hours, first, await hashes(seeds, hours, 'node'));
for (const [index, version] of versions.entries()) {
  const there = await hashes(seeds, hours, 'node', flags.node![index]);
  compare(`on Node ${process.version} and ${version}`, hours, first, there);
}
if (xsSeeds > 0) {
  const onXs = await hashes(xsSeeds, xsHours, 'xs');
  compare(`on Node ${process.version} and XS`, xsHours, await hashes(xsSeeds, xsHours, 'node'), onXs);
}
if (ended.signal.aborted) process.exitCode = 130;
