import { Command } from 'commander';
import { missingForRom } from '../rom/link.js';
import {
  ALIASES,
  BOARD_NAMES,
  BUDGETS,
  CLOUD_NAMES,
  measureRom,
  PART_NAMES,
  readRomSizes,
  romDifferences,
  UPDATE,
  writeRomSizes,
} from '../rom/rom-sizes.js';
import type { RomSizes } from '../rom/rom-sizes.js';

const program = new Command('bench:rom')
  .description('links the parts and the boards into ROM as mcconfig does, and prints what each takes')
  .option('--json', 'print one JSON object')
  .option('--update', 'write what is measured to test/rom-sizes.json')
  .addHelpText(
    'after',
    `
Needs the host tools of the Moddable SDK (MODDABLE) and gcc with -m32; no ESP-IDF.

Examples:
  $ npm run bench:rom
  $ npm run --silent bench:rom -- --json
  $ ${UPDATE}`,
  )
  .parse();
const { json, update } = program.opts<{ json?: boolean; update?: boolean }>();

try {
  const missing = missingForRom();
  if (missing !== undefined) throw new Error(missing);
  const sizes = await measureRom();
  if (json) console.log(JSON.stringify(sizes));
  else print(sizes);
  if (update) writeRomSizes(sizes);
} catch (error) {
  program.error(`bench:rom: ${error instanceof Error ? error.message : String(error)}`);
}

function print(sizes: RomSizes): void {
  console.log(row('part', 'ROM bytes', 'bytecode', 'budget'));
  for (const name of PART_NAMES)
    console.log(row(name, sizes.parts[name].bytes, sizes.parts[name].bytecode, BUDGETS[name]));
  const total = PART_NAMES.reduce((sum, name) => sum + sizes.parts[name].bytes, 0);
  console.log(row('together', total, '', ''));
  console.log(`\n${row('cloud', 'ROM bytes', 'bytecode', '')}`);
  for (const name of CLOUD_NAMES) console.log(row(name, sizes.clouds[name].bytes, sizes.clouds[name].bytecode));
  console.log(`\n${row('image', 'ROM bytes', 'aliases', 'budget')}`);
  for (const name of BOARD_NAMES) {
    const { bytes, aliases } = sizes.images[name];
    console.log(row(name, bytes, aliases, BUDGETS[name]));
  }
  console.log(`\naliases are objects that are not frozen, 4 bytes of RAM each; budget ${ALIASES}`);
  if (!update)
    for (const line of romDifferences(sizes, readRomSizes())) console.log(`not in test/rom-sizes.json: ${line}`);
}

function row(name: string, ...cells: [string | number, string | number, (string | number)?]): string {
  const [first, second, budget] = cells.map((cell = '') => cell.toLocaleString('en'));
  return `${name.padEnd(24)}${first!.padStart(11)}${second!.padStart(10)}   ${(budget ?? '').padStart(7)}`.trimEnd();
}
