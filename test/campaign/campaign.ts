import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { BadInput } from '../../sim/bad-input.js';
import { integer, positive } from '../../sim/cli/parse-values.js';
import { readWorld, simulationOfWorld } from '../../sim/read-world.js';
import { timeText } from '../../sim/virtual/index.js';
import type { BoardName } from '../../sim/virtual/index.js';
import { findXsWorker } from '../../sim/xs/engine-paths.js';
import type { WorldFile } from '../../sim/world/world-file.js';
import { runSeeds } from './pool.js';
import { endEngines, runOn } from './search.js';
import type { EngineName, SeedResult } from './search.js';
import { failureText, replayCommand, Summary } from './summary.js';
import type { CampaignOptions } from './summary.js';

const program = new Command('campaign')
  .description('runs whole worlds in virtual time, each from a seed, and checks what must always hold')
  .option('--seeds <from..to>', 'seeds to run', seedRange, { from: 1, to: 20 })
  .option('--hours <n>', 'virtual hours of each', integer(1, 8760), 24)
  .option('--tags <n>', 'tags of each world', integer(0, 4096), 20)
  .addOption(new Option('--board <name>', 'whose firmware').choices(['esp32', 'esp8266', 'desktop']).default('esp32'))
  .addOption(
    new Option('--engine <name>', 'which engine runs it; both: the hashes must be equal')
      .choices(['node', 'xs', 'both'])
      .default('node'),
  )
  .option('--world <file>', 'a world file instead of random worlds, with its faults and what it expects')
  .option('--no-faults', 'let nothing go wrong')
  .option(
    '--faults-per-hour <n>',
    'random faults of a virtual hour, on average (default: 6; with --world none)',
    positive,
  )
  .option(
    '--visits-per-hour <n>',
    'calls, bursts, messages and lines at the console in a virtual hour (default: 4; with --world none)',
    integer(0, 3600),
  )
  .option('--workers <n>', 'processes', integer(1, 256), availableParallelism())
  .option('--shrink-runs <n>', 'runs to spend on the shrinking of each failure, 0 for none', integer(0, 10_000), 100)
  .option('--replay <seed>', 'run one seed and print every event in words', integer(0, 2 ** 32 - 1))
  .option('--only <places>', 'with --replay: leave out all faults and visits of the seed but these', places)
  .option('--trace', 'run one seed after the other, and print every event in words')
  .option('--json', 'print one JSON object for each seed, then one with the figures')
  .addHelpText(
    'after',
    `
A failure is printed with its seed, the rule that broke, the faults that are left when all others are taken out, and the
command that replays it. Ctrl-C ends the campaign with the figures up to then.
Exit codes: 0 all rules held, 1 a rule broke, 2 bad input, 130 ended by Ctrl-C.

Examples:
  $ npm run campaign -- --seeds 1..500 --hours 24
  $ npm run campaign -- --board esp8266 --no-faults
  $ npm run campaign -- --world sim/worlds/warehouse.json --seeds 1..10 --hours 8
  $ npm run campaign -- --replay 17 --hours 24 --only 3,21
  $ npm run campaign -- --seeds 1..20 --hours 2 --engine both
  $ npm run --silent campaign -- --seeds 1..100 --json`,
  )
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .allowExcessArguments(false)
  .parse();

const flags = program.opts<{
  seeds: { from: number; to: number };
  hours: number;
  tags: number;
  board: BoardName;
  engine: EngineName;
  faults: boolean;
  faultsPerHour?: number;
  visitsPerHour?: number;
  world?: string;
  workers: number;
  shrinkRuns: number;
  replay?: number;
  only?: number[];
  trace?: boolean;
  json?: boolean;
}>();
if (flags.only && flags.replay === undefined) program.error('error: --only needs --replay');

const options: CampaignOptions = {
  hours: flags.hours,
  tags: flags.tags,
  board: flags.board,
  engine: flags.engine,
  faults: flags.faults,
  faultsPerHour: flags.faultsPerHour ?? (flags.world === undefined ? 6 : 0),
  ...(flags.visitsPerHour !== undefined && { visitsPerHour: flags.visitsPerHour }),
  ...worldOptions(),
  shrinkRuns: flags.shrinkRuns,
};
const seeds = flags.replay === undefined ? flags.seeds : { from: flags.replay, to: flags.replay };
const total = seeds.to - seeds.from + 1;
const summary = new Summary();
const begin = performance.now();
const ended = new AbortController();
process.on('SIGINT', () => ended.abort());

if (flags.trace || flags.replay !== undefined) {
  const trace = { line: (time: number, text: string) => void process.stdout.write(`${timeText(time)} ${text}\n`) };
  for (const seed of range()) {
    if (ended.signal.aborted) break;
    const started = performance.now();
    const outcome = await runOn(seed, options, flags.only, trace);
    hear({ ...outcome, seconds: (performance.now() - started) / 1000 });
  }
  await endEngines();
} else {
  const workers = Math.min(flags.workers, total);
  await runSeeds(range(), options, { workers, signal: ended.signal, onResult: hear });
}
report();

/** What is told before the first seed: that the world file is wrong, or the engine is not there. */
function worldOptions(): { world: string; file: WorldFile } | undefined {
  try {
    if (flags.engine !== 'node') findXsWorker();
    const { world, hours } = flags;
    if (world === undefined) return undefined;
    const file = readWorld(world);
    simulationOfWorld(file, world, 1, hours);
    return { world, file };
  } catch (error) {
    if (!(error instanceof BadInput)) throw error;
    return program.error('error: ' + error.message);
  }
}

function* range(): Generator<number> {
  for (let seed = seeds.from; seed <= seeds.to; seed++) yield seed;
}

function hear(result: SeedResult): boolean {
  summary.add(result);
  const failed = result.broken.length > 0;
  if (flags.json) {
    console.log(JSON.stringify({ ...result, ...(failed && { replay: replayCommand(result, options) }) }));
    return false;
  }
  clearProgress();
  if (failed) console.log(failureText(result, options));
  const progress = `${summary.seeds} of ${total} seeds, ${summary.faults} faults, ${summary.failures.length} failed`;
  if (process.stderr.isTTY) process.stderr.write(progress);
  else if (summary.seeds % Math.ceil(total / 20) === 0) process.stderr.write(progress + '\n');
  return false;
}

function clearProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
}

function report(): void {
  const milliseconds = performance.now() - begin;
  const { failures, ...figures } = summary;
  if (flags.json) {
    const failed = failures.map(({ seed }) => seed).sort((a, b) => a - b);
    console.log(JSON.stringify({ ...figures, failed, ended: ended.signal.aborted, seconds: milliseconds / 1000 }));
  } else {
    clearProgress();
    console.log(summary.text(milliseconds));
    if (ended.signal.aborted) console.log('ended early');
  }
  process.exitCode = failures.length > 0 ? 1 : ended.signal.aborted ? 130 : 0;
}

function seedRange(text: string): { from: number; to: number } {
  const [, from, to = from] = /^(\d{1,10})(?:\.\.(\d{1,10}))?$/.exec(text) ?? [];
  const range = { from: Number(from), to: Number(to) };
  if (range.from <= range.to && range.to < 2 ** 32) return range;
  throw new InvalidArgumentError('It must be FROM..TO or one seed, from 0 to 4294967295, for example 1..500.');
}

function places(text: string): number[] {
  if (/^\d{1,6}(,\d{1,6})*$/.test(text)) return text.split(',').map(Number);
  throw new InvalidArgumentError('It must be places in the list of faults, for example 3,21.');
}
