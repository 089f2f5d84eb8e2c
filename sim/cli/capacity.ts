import { Option } from 'commander';
import type { Command } from 'commander';
import { CYCLES } from '../capacity/capacity.js';
import { CHIPS } from '../capacity/chips.js';
import type { ChipName } from '../capacity/chips.js';
import { CORE_COSTS } from '../capacity/core-costs.js';
import { capacityOf, LIMITS, renderCapacity } from '../capacity/report.js';
import { BadInput } from '../bad-input.js';
import { integer, positive, seconds } from './parse-values.js';

const EXAMPLES = `
Says how much of a board's processor a site takes, at how many advertisements a second it is full, and how long a
battery lasts. --interval is the time between reports of a tag, and between readings of a node that has a sensor of its
own and hears no tags. The currents are those of docs/capacity.md.

${LIMITS}

Examples:
  $ tagwire capacity --board esp32c3 --tags 200 --rate 2 --interval 30
  $ tagwire capacity --board esp32 --tags 20 --rate 1 --interval 60 --others 100
  $ tagwire capacity --board esp8266 --interval 600 --battery 1200 --json

Exit codes: 0 success, 2 bad input.
`;

const MOST_TAGS = 1_000_000;
const DEFAULTS = { rate: 1, interval: 30, battery: 2000 };

interface CapacityFlags {
  board: ChipName;
  tags?: number;
  rate?: number;
  interval: number;
  others?: number;
  battery: number;
  cycles: number;
  json?: boolean;
}

const COUNTS = { rv32: CORE_COSTS.rv32.instructions, lx106: CORE_COSTS.lx106.instructions };

/** Adds `tagwire capacity`. `counts` and `write` are for the documents, which show what it prints. */
export function addCapacityCommand(
  program: Command,
  counts: Parameters<typeof capacityOf>[1] = COUNTS,
  write: (text: string) => void = (text) => void process.stdout.write(text),
): void {
  program
    .command('capacity')
    .description('compute how many advertisements a board can process, and how long a battery lasts')
    .addOption(new Option('--board <name>', 'the board').choices(Object.keys(CHIPS)).makeOptionMandatory())
    .option('--tags <n>', 'tags that the gateway knows', integer(1, MOST_TAGS))
    .option('--rate <n>', `advertisements of each tag in a second (default: ${DEFAULTS.rate})`, positive)
    .option('--interval <s>', 'seconds between reports of a tag, or readings of a node', seconds, DEFAULTS.interval)
    .option('--others <n>', 'further advertisements in a second, which a filter refuses (default: 0)', positive)
    .option('--battery <mAh>', 'capacity of the battery', positive, DEFAULTS.battery)
    .option('--cycles <n>', 'cycles that an instruction takes, estimated', positive, CYCLES)
    .option('--json', 'print one JSON object')
    .addHelpText('after', EXAMPLES)
    .action((flags: CapacityFlags) => {
      const capacity = capacityOf(questionOf(flags), counts);
      write(flags.json ? `${JSON.stringify(capacity)}\n` : renderCapacity(capacity));
    });
}

function questionOf(flags: CapacityFlags): Parameters<typeof capacityOf>[0] {
  const { board, tags, rate, others, interval, battery, cycles } = flags;
  const { bluetooth, title } = CHIPS[board];
  for (const [name, value] of Object.entries({ tags, rate, others })) {
    if (value === undefined) continue;
    if (!bluetooth) throw new BadInput(`--${name} is for boards that hear tags: an ${title} has no Bluetooth`);
    if (tags === undefined) throw new BadInput(`--${name} needs --tags, the tags that the gateway knows`);
  }
  const site = tags === undefined ? undefined : { tags, rate: rate ?? DEFAULTS.rate, interval, others: others ?? 0 };
  return { board, site, interval, battery, cycles };
}
