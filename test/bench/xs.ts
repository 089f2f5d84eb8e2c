import { Command } from 'commander';
import { ESP32, ESP8266 } from '../xs/chip.js';
import { supportFor } from '../xs/host/support.js';
import { onePerFormat, readExamples, VECTORS_FILE } from '../tags/examples.js';
import { Machine } from '../xs/host/machine.js';
import { measureDecoding } from '../xs/measure-decoding.js';
import { fits } from '../xs/measure-firmware.js';
import { HELD, heldBudget } from '../xs/measure-held.js';
import { OPERATIONS } from '../xs/measure-operations.js';
import type { Cost } from '../xs/measure-operations.js';
import { BUDGETS, differences, measureSizes, overBudget, readSizes, UPDATE, writeSizes } from '../xs/sizes.js';
import type { Sizes } from '../xs/sizes.js';

const program = new Command('bench:xs')
  .description('measures on the XS engine, built for 32 bits, what the operations and the firmware take')
  .option('--json', 'print one JSON object')
  .option('--update', 'write what is measured to test/sizes.json')
  .addHelpText(
    'after',
    `
Examples:
  $ npm run bench:xs
  $ npm run --silent bench:xs -- --json
  $ ${UPDATE}`,
  )
  .parse();
const { json, update } = program.opts<{ json?: boolean; update?: boolean }>();

/** Whether the firmware runs for an hour in the heap of its budget. */
type Fits = Record<'esp8266' | 'esp32', boolean>;

try {
  await main();
} catch (error) {
  program.error(`bench:xs: ${error instanceof Error ? error.message : String(error)}`);
}

async function main(): Promise<void> {
  const { missing } = supportFor(32);
  if (missing !== undefined) throw new Error(missing);
  const sizes = await measureSizes();
  const fit = { esp8266: await fits(ESP8266), esp32: await fits(ESP32) };
  const decoding = await decodingCosts();
  if (json) console.log(JSON.stringify({ ...asJson(sizes, fit), decoding: Object.fromEntries(decoding) }));
  else print(sizes, fit, decoding);
  if (update) {
    writeSizes(sizes);
    if (!json) console.log('\nwritten to test/sizes.json');
  }
}

function asJson({ operations, client, held, firmware, esp8266Running }: Sizes, fit: Fits): object {
  return {
    operations,
    client,
    held,
    firmware: {
      esp8266: { fits: fit.esp8266, freeBytes: firmware.esp8266.freeBytes },
      esp32: { fits: fit.esp32, freeBytes: firmware.esp32.freeBytes },
    },
    esp8266Running,
  };
}

/** What decoding an advertisement costs, by format; nothing without the collected ones. */
async function decodingCosts(): Promise<[format: string, cost: Cost][]> {
  const costs: [string, Cost][] = [];
  const machine = await Machine.start(32, 'formats');
  try {
    for (const example of onePerFormat(readExamples())) {
      costs.push([example.name, await measureDecoding(machine, example)]);
    }
  } finally {
    await machine.stop();
  }
  return costs.sort(([a], [b]) => a.localeCompare(b));
}

function print(sizes: Sizes, fit: Fits, decoding: [format: string, cost: Cost][]): void {
  console.log(row('operation', 'slots', 'chunk B', 'instructions', 'budget'));
  for (const name of OPERATIONS) {
    const { slots, chunkBytes, compute } = sizes.operations[name];
    console.log(row(name, slots, chunkBytes, compute, '0 slots, 0 B'));
  }
  const { client, held, firmware, esp8266Running } = sizes;
  console.log(`\n${row('held', 'slots', 'chunk B', 'free B', 'budget')}`);
  const clientBudget = `${BUDGETS.client.slots} slots, ${BUDGETS.client.chunkBytes} B`;
  console.log(row('client', client.slots, client.chunkBytes, '', clientBudget));
  for (const part of HELD) {
    const { slots, chunkBytes } = heldBudget(part);
    console.log(row(part, held[part].slots, held[part].chunkBytes, '', `${slots} slots, ${chunkBytes} B`));
  }
  for (const name of ['esp8266', 'esp32'] as const) {
    const { slots, chunkBytes, freeBytes } = firmware[name];
    const budget = name === 'esp8266' ? 'a 34 KiB block, 10 KiB free' : '2048 slots, 32768 B';
    console.log(row(name, slots, chunkBytes, freeBytes, `${budget}: ${fit[name] ? 'fits' : 'DOES NOT FIT'}`));
  }
  const { slots, chunkBytes, freeBytes, freeReconnecting, freeSetting } = esp8266Running;
  const spare = `${freeReconnecting} B left reconnecting, ${freeSetting} B setting`;
  console.log(row('esp8266Running', slots, chunkBytes, freeBytes, spare));
  console.log(`\n${row('decode', 'slots', 'chunk B', 'instructions', 'budget')}`);
  for (const [format, { slots, chunkBytes, compute }] of decoding) {
    console.log(row(format, slots, chunkBytes, compute, '0 slots, 0 B'));
  }
  if (decoding.length === 0) console.log(`skipped: no ${VECTORS_FILE} (TAGWIRE_VECTORS names its folder)`);
  for (const line of overBudget(sizes)) console.log(`over budget: ${line}`);
  if (!update) for (const line of differences(sizes, readSizes())) console.log(`not in test/sizes.json: ${line}`);
}

function row(name: string, ...cells: [string | number, string | number, string | number, string]): string {
  const [first, second, third, budget] = cells;
  const figures = [first, second, third].map((cell) => cell.toLocaleString('en').padStart(13)).join('');
  return `${name.padEnd(24)}${figures}   ${budget}`.trimEnd();
}
