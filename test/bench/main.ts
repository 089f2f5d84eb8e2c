import { Command } from 'commander';
import { benchCodec } from './codec.js';
import type { Comparison } from './compare.js';
import { benchPublish } from './publish.js';

/** The budgets of the architecture: ours / peer, at least. */
const BUDGETS: Record<string, number> = {
  'encode PUBLISH / mqtt-packet': 5,
  'decode PUBLISH / mqtt-packet': 5,
  'publish QoS 0 / MQTT.js': 3,
  'publish QoS 1 / mosquitto_pub -l': 1,
};

const program = new Command('bench')
  .description('compares the core with its peers, each pair measured in turn in this run')
  .option('--json', 'print one JSON object')
  .addHelpText('after', '\nExamples:\n  $ npm run bench\n  $ npm run --silent bench -- --json')
  .parse();
const { json } = program.opts<{ json?: boolean }>();

const comparisons = [...benchCodec(), ...(await benchPublish(progress))];
if (json) console.log(JSON.stringify({ comparisons: comparisons.map(withBudget) }));
else print(comparisons);

function progress(text: string): void {
  if (!json && process.stderr.isTTY) process.stderr.write(`\r${text}\x1b[K`);
}

function withBudget(comparison: Comparison): Comparison & { budget?: number } {
  const budget = BUDGETS[`${comparison.what} / ${comparison.peer}`];
  return budget === undefined ? comparison : { ...comparison, budget };
}

function print(rows: Comparison[]): void {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
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
