import { Command } from 'commander';
import { BUDGETS, measureFlash, overBudget, renderCosts, UPDATE, writeCosts } from './flash-costs.js';

const program = new Command('bench:flash')
  .description("measures what the log on an ESP32's flash programs, erases, reads and holds, and how it wears")
  .option('--json', 'print one JSON object')
  .option('--update', 'write what is measured to test/flash-costs.json and docs/outbox.md')
  .addHelpText(
    'after',
    `
The flash is simulated, so the figures are the same on every machine. Exit code 1: a budget is not met.

Examples:
  $ npm run bench:flash
  $ npm run --silent bench:flash -- --json
  $ ${UPDATE}`,
  )
  .parse();
const { json, update } = program.opts<{ json?: boolean; update?: boolean }>();

const costs = measureFlash((text) => {
  if (!json && process.stderr.isTTY) process.stderr.write(`\r${text}\x1b[K`);
});
if (update) writeCosts(costs);
if (json) {
  console.log(JSON.stringify({ ...costs, budgets: BUDGETS }));
} else {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  console.log(renderCosts(costs));
  for (const [rule, { mostReadBytes, mostProgrammedBytes, mostErasures }] of Object.entries(costs.outage)) {
    const work = `${mostReadBytes} bytes read, ${mostProgrammedBytes} programmed, ${mostErasures} blocks erased`;
    console.log(`one append at most, ${rule}: ${work}`);
  }
  if (update) console.log('written to test/flash-costs.json and docs/outbox.md');
}
for (const line of overBudget(costs)) {
  console.error(`over budget: ${line}`);
  process.exitCode = 1;
}
