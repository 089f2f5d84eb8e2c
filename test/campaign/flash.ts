import { Command } from 'commander';
import { integer } from '../../sim/cli/parse-values.js';
import { FullRule } from '../../src/telemetry/outbox/flash-log.js';
import { FAULTS } from './flash-bench.js';
import { addResult, badBlocks, bitFlips, everyByte, failingFlash, noResult, randomCuts } from './flash-campaign.js';
import type { Result } from './flash-campaign.js';

/** Cuts of one chip and workload. */
const CUTS_OF_A_CHIP = 25;
const FLIPS_OF_A_CHIP = 100;
/** Findings that are printed for each part. */
const MAX_FINDINGS = 10;

const program = new Command('campaign:flash')
  .description('cuts the power of a log on simulated NOR flash, damages the flash, and accounts for every record')
  .option('--seed <n>', 'repeat the random parts of a campaign', integer(0, 2 ** 31 - 1), Date.now() % 2 ** 31)
  .option('--cuts <n>', 'cuts at random bytes of random workloads', integer(1, 100_000_000), 10_000)
  .option('--stride <n>', 'where every byte is cut, cut one of so many', integer(1, 100_000), 1)
  .option('--json', 'print one JSON object')
  .addHelpText(
    'after',
    `
Parts:
  cuts    random workloads on random chips, cut at random bytes; half as many cuts again on chips with bad blocks, and
          on chips that fail as a whole for a while
  bytes   a small workload that wraps the ring twice, cut at every byte, and after each at random bytes of the recovery,
          on chips with units of 1, 4, 16 and 32 bytes
  flips   as many single bits that turn over as --cuts, before the log starts and while it runs

Ctrl-C ends it and prints what was found up to then.
Exit codes: 0 no fault, 1 a fault was found (its seed repeats it), 2 bad input, 130 ended by Ctrl-C.

Examples:
  $ npm run campaign:flash
  $ npm run campaign:flash -- --cuts 1000000 --seed 7
  $ npm run --silent campaign:flash -- --json`,
  )
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .parse();
const { seed, cuts, stride, json } = program.opts<{ seed: number; cuts: number; stride: number; json?: boolean }>();

let ended = false;
process.once('SIGINT', () => (ended = true));

const begin = performance.now();
const parts: Record<string, Result> = {};
await run(
  'cuts',
  cuts,
  (part) => part.figures.cuts,
  (i) => randomCuts(seed + i, CUTS_OF_A_CHIP),
);
await run(
  'bad blocks',
  Math.ceil(cuts / 2),
  (part) => part.figures.cuts,
  (i) => badBlocks(seed + i, CUTS_OF_A_CHIP),
);
await run(
  'failing flash',
  Math.ceil(cuts / 2),
  (part) => part.figures.cuts,
  (i) => failingFlash(seed + i, CUTS_OF_A_CHIP),
);
await run(
  'bit flips',
  cuts,
  (part) => part.figures.flips,
  (i) => bitFlips(seed + i, FLIPS_OF_A_CHIP),
);
for (const unit of [1, 4, 16, 32]) await runBytes(unit);
report();

/** Runs a part until it has done `wanted`, one seed after the other. */
async function run(name: string, wanted: number, done: (part: Result) => number, next: (i: number) => Result) {
  const part = (parts[name] = noResult());
  for (let i = 0; done(part) < wanted && !ended; i++) {
    addResult(part, next(i));
    progress(`${name}: ${done(part).toLocaleString('en')} of ${wanted.toLocaleString('en')}`);
    // Ctrl-C arrives between two turns of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function runBytes(unit: number): Promise<void> {
  const name = `every byte, unit ${unit}`;
  const chip = { blocks: 4, blockLength: 512, unit } as const;
  const workload = { rule: FullRule.oldest, channels: 2, maxHeld: 4, maxLength: 60, drain: 0.8 };
  const steps = everyByte(unit, chip, workload, stride);
  const part = (parts[name] = noResult());
  for (const { done, result } of steps) {
    if (ended) break;
    addResult(part, result);
    progress(`${name}: ${Math.floor(done * 100)} %`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function progress(text: string): void {
  if (!json && process.stderr.isTTY) process.stderr.write(`\r${text}\x1b[K`);
}

function report(): void {
  const findings = Object.values(parts).flatMap((part) => part.findings);
  if (json) console.log(JSON.stringify({ seed, ended, parts }));
  else print();
  process.exitCode = findings.length > 0 ? 1 : ended ? 130 : 0;
}

function print(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  const columns = ['cuts', 'cutsDuringRecovery', 'flips', 'appended', 'marked', 'dropped', 'erasures'] as const;
  console.log(row('', ['cuts', 'in recovery', 'flips', 'appended', 'marked', 'dropped', 'erasures']));
  for (const [name, { figures }] of Object.entries(parts)) {
    console.log(
      row(
        name,
        columns.map((column) => figures[column]),
      ),
    );
  }
  console.log(`\n${row('', [...FAULTS, 'crashed'])}`);
  for (const [name, { findings }] of Object.entries(parts)) {
    console.log(
      row(
        name,
        [...FAULTS, 'crashed'].map((fault) => findings.filter((one) => one.fault === fault).length),
      ),
    );
  }
  const all = noResult();
  for (const part of Object.values(parts)) addResult(all, part);
  const { mostSentAgain, duplicates, damaged, countedDamaged, badBlocks: bad } = all.figures;
  console.log(`\nat most ${mostSentAgain} records that were in flight waited again after a cut`);
  console.log(`${damaged} records lost by bits that turned over, ${countedDamaged} counted as damaged`);
  console.log(`${duplicates} records came back whose marks the flash did not take; ${bad} bad blocks`);
  for (const [name, { findings }] of Object.entries(parts)) {
    for (const finding of findings.slice(0, MAX_FINDINGS)) {
      console.log(`${name}, seed ${finding.seed}: ${finding.fault}: ${finding.message}`);
    }
  }
  const seconds = Math.round((performance.now() - begin) / 1000);
  console.log(`${ended ? 'ended early; ' : ''}seed ${seed}, ${seconds} s`);
}

function row(name: string, cells: readonly (string | number)[]): string {
  return name.padEnd(20) + cells.map((cell) => cell.toLocaleString('en').padStart(12)).join('');
}
