import { Command, Option } from 'commander';
import { VECTORS_FILE } from '../tags/examples.js';
import { benchCodec } from './codec.js';
import type { Comparison } from './compare.js';
import { benchLog } from './log.js';
import type { LogRate } from './log.js';
import { benchPublish } from './publish.js';
import { benchStore } from './store.js';
import { benchTags } from './tags.js';
import type { DecodingRate } from './tags.js';

/** The budgets of the architecture: ours / peer, at least. */
const BUDGETS: Record<string, number> = {
  'encode PUBLISH / mqtt-packet': 5,
  'decode PUBLISH / mqtt-packet': 5,
  'publish QoS 0 / MQTT.js': 3,
  'publish QoS 1 / mosquitto_pub -l': 1,
  'gateway --store / without it': 0.9,
};

const PARTS = ['codec', 'publish', 'store', 'log', 'tags'] as const;

const program = new Command('bench')
  .description('compares the core with its peers, each pair measured in turn in this run, and decodes advertisements')
  .addOption(new Option('--only <part>', 'measure one part').choices(PARTS))
  .option('--json', 'print one JSON object')
  .addHelpText(
    'after',
    '\nExamples:\n  $ npm run bench\n  $ npm run bench -- --only tags\n  $ npm run --silent bench -- --json',
  )
  .parse();
const { json, only } = program.opts<{ json?: boolean; only?: (typeof PARTS)[number] }>();
const wanted = (part: (typeof PARTS)[number]): boolean => only === undefined || only === part;

const comparisons: Comparison[] = [];
if (wanted('codec')) comparisons.push(...benchCodec());
if (wanted('publish')) comparisons.push(...(await benchPublish(progress)));
if (wanted('store')) comparisons.push(...(await benchStore(progress)));
const logging = wanted('log') ? await benchLog(progress) : [];
const decoding = wanted('tags') ? benchTags(progress) : [];
if (json) {
  console.log(JSON.stringify({ comparisons: comparisons.map(withBudget), logging, decoding }));
} else {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  if (comparisons.length > 0) print(comparisons);
  if (logging.length > 0) printLogging(logging);
  if (wanted('tags')) printDecoding(decoding);
}

function progress(text: string): void {
  if (!json && process.stderr.isTTY) process.stderr.write(`\r${text}\x1b[K`);
}

function withBudget(comparison: Comparison): Comparison & { budget?: number } {
  const budget = BUDGETS[`${comparison.what} / ${comparison.peer}`];
  return budget === undefined ? comparison : { ...comparison, budget };
}

function print(rows: Comparison[]): void {
  console.log('operation              ours/s       peer                 peer/s     ratio   budget');
  for (const row of rows.map(withBudget)) {
    const budget = row.budget === undefined ? '' : `≥ ${row.budget} ${row.ratio >= row.budget ? 'met' : 'NOT MET'}`;
    console.log(
      row.what.padEnd(18),
      row.ours.toLocaleString('en').padStart(10),
      '     ',
      row.peer.padEnd(16),
      row.peers.toLocaleString('en').padStart(10),
      row.ratio.toFixed(2).padStart(9),
      ' ',
      budget,
    );
  }
}

function printLogging(rates: LogRate[]): void {
  console.log('\nlog in a file             records/s   budget');
  for (const { what, perSecond, budget } of rates) {
    const verdict = perSecond >= budget ? 'met' : 'NOT MET';
    const figure = Math.round(perSecond).toLocaleString('en').padStart(12);
    console.log(what.padEnd(22), figure, '  ≥', budget.toLocaleString('en'), verdict);
  }
}

function printDecoding(rates: DecodingRate[]): void {
  console.log('\ndecode                 advertisements/s');
  for (const { format, perSecond } of rates) {
    console.log(format.padEnd(26), perSecond.toLocaleString('en').padStart(12));
  }
  if (rates.length === 0) console.log(`skipped: no ${VECTORS_FILE} (TAGWIRE_VECTORS names its folder)`);
}
