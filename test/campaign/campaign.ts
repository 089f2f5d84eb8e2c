import { Command, Option, InvalidArgumentError } from 'commander';
import { integer } from '../../sim/cli/parse-values.js';
import { connectionReset, powerCut, randomWorld, run, timeText } from '../../sim/virtual/index.js';
import type { BoardName, Fault } from '../../sim/virtual/index.js';
import { Chance } from '../../sim/virtual/random.js';

const HOUR = 3_600_000;

const program = new Command('campaign')
  .description('runs whole worlds in virtual time, each from a seed, and checks what must always hold')
  .option('--seeds <from..to>', 'seeds to run', seedRange, { from: 1, to: 20 })
  .option('--hours <n>', 'virtual hours of each', integer(1, 8760), 24)
  .option('--tags <n>', 'tags of each world', integer(0, 4096), 20)
  .addOption(new Option('--board <name>', 'whose firmware').choices(['esp32', 'esp8266', 'desktop']).default('esp32'))
  .option('--no-faults', 'let nothing go wrong')
  .option('--trace', 'print every event in words')
  .option('--json', 'print one JSON object for each seed')
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .parse();

const options = program.opts<{
  seeds: { from: number; to: number };
  hours: number;
  tags: number;
  board: BoardName;
  faults: boolean;
  trace?: boolean;
  json?: boolean;
}>();

function seedRange(text: string): { from: number; to: number } {
  const [, from, to = from] = /^(\d{1,10})(?:\.\.(\d{1,10}))?$/.exec(text) ?? [];
  const range = { from: Number(from), to: Number(to) };
  if (range.from <= range.to && range.to < 2 ** 32) return range;
  throw new InvalidArgumentError('seeds must be FROM..TO, such as 1..500.');
}

/** Two faults an hour of the two families that there are. */
function randomFaults(seed: number, hours: number): Fault[] {
  const random = new Chance(seed).stream('faults');
  const faults: Fault[] = [];
  for (let i = 0; i < 2 * hours; i++) {
    const at = Math.floor(random.unit() * hours * HOUR);
    if (random.unit() < 0.8) faults.push(connectionReset(at));
    else faults.push(powerCut(at, 0, random.unit() < 0.5 ? 0 : 1 + Math.floor(random.unit() * 5)));
  }
  return faults;
}

let failed = false;
const begin = performance.now();
let virtualHours = 0;
for (let seed = options.seeds.from; seed <= options.seeds.to; seed++) {
  const started = performance.now();
  const world = randomWorld(seed, { tags: options.tags, board: options.board });
  const faults = options.faults ? randomFaults(seed, options.hours) : [];
  const trace = options.trace && {
    line: (time: number, text: string) => void process.stdout.write(`${timeText(time)} ${text}\n`),
  };
  const { hash, figures, broken } = await run(world, faults, seed, { hours: options.hours, ...(trace && { trace }) });
  const seconds = (performance.now() - started) / 1000;
  virtualHours += figures.hours;
  failed ||= broken.length > 0;
  if (options.json) {
    console.log(JSON.stringify({ seed, hash, ...figures, broken, seconds }));
    continue;
  }
  console.log(
    `seed ${seed}: ${hash}, ${figures.faults} faults, ${figures.starts} starts, ${figures.heard} of ` +
      `${figures.advertisements} advertisements heard, ${figures.messages} messages, ${figures.connects} connects, ` +
      `${figures.events} events, ${seconds.toFixed(1)} s`,
  );
  for (const { rule, time, detail } of broken) console.log(`  broken: ${rule} at ${timeText(time)}: ${detail}`);
}
const hours = (performance.now() - begin) / HOUR;
if (!options.json) {
  console.log(`${virtualHours} virtual hours, ${Math.round(virtualHours / hours)} an hour of one core`);
}
process.exitCode = failed ? 1 : 0;
