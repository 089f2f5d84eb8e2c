import { Command } from 'commander';
import { loadOf, CYCLES } from '../../sim/capacity/capacity.js';
import { CHIPS } from '../../sim/capacity/chips.js';
import type { Chip } from '../../sim/capacity/chips.js';
import { addCapacityCommand } from '../../sim/cli/capacity.js';
import type { CoreCosts } from '../xs/core-costs.js';
import type { Core } from '../xs/host/build.js';
import { OPERATIONS } from '../xs/measure-operations.js';

/** Documents with figures of `npm run bench:chip`. */
export const CAPACITY_DOCUMENTS = ['capacity.md', 'memory.md'];

type Costs = Record<Core, CoreCosts>;

/** A part of a document that is made: what it is, then its text. */
const REGION = /(<!-- begin: (.+) -->\n)[^]*?(<!-- end -->\n)/g;

/** A document with the figures of `costs` in each of its parts that are made. */
export function withFigures(document: string, costs: Costs): string {
  return document.replaceAll(REGION, (_, begin: string, name: string, end: string) => {
    return `${begin}${render(name, costs)}${end}`;
  });
}

function render(name: string, costs: Costs): string {
  if (name.startsWith('tagwire ')) return example(name.split(' ').slice(1), costs);
  const renderer = { instructions, boards, currents, crowd }[name];
  if (renderer === undefined) throw new Error(`nothing is known of <!-- begin: ${name} -->`);
  return renderer(costs);
}

/** What a command prints. */
function example(words: string[], { rv32, lx106 }: Costs): string {
  let printed = '';
  const program = new Command().exitOverride();
  const counts = { rv32: rv32.instructions, lx106: lx106.instructions };
  addCapacityCommand(program, counts, (text) => (printed = text));
  program.parse(words, { from: 'user' });
  return `\`\`\`sh\nnpx tagwire ${words.join(' ')}\n\`\`\`\n\n\`\`\`\n${printed}\`\`\`\n`;
}

function instructions({ rv32, lx106 }: Costs): string {
  const head = ['operation', 'RV32IMC', 'lx106'];
  const rows = OPERATIONS.map((name) => [
    `\`${name}\``,
    ...[rv32, lx106].map((costs) => costs.instructions[name].toLocaleString('en')),
  ]);
  return table(head, rows);
}

/** How many advertisements a second each board takes. */
function boards(costs: Costs): string {
  const head = ['board', 'all refused', 'all unknown', 'all repeated', 'all reported'];
  const rows = Object.values(CHIPS)
    .filter(({ bluetooth }) => bluetooth)
    .map((chip: Chip) => {
      const { full } = fullOf(chip, costs);
      const figures = [full.refused, full.unknown, full.repeated, full.reported].map((value) =>
        Math.floor(value).toLocaleString('en'),
      );
      return [chip.title, ...figures];
    });
  return table(head, rows);
}

function currents(): string {
  const head = ['chip', 'figure', 'value', 'source'];
  const rows = Object.values(CHIPS).flatMap(({ title, clockMegahertz, currents: milliamperes }: Chip) => [
    [title, 'clock', `${clockMegahertz.value} MHz`, clockMegahertz.source],
    ...Object.entries(milliamperes).map(([name, { value, source }]) => [
      title,
      name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`),
      value < 0.1 ? `${Number((1000 * value).toPrecision(3))} µA` : `${value} mA`,
      source,
    ]),
  ]);
  return table(head, rows);
}

/** The crowd of test/xs/crowd.test.ts in time. */
function crowd(costs: Costs): string {
  const figures = (['esp32', 'esp32c3'] as const).map((board) => {
    const { refused, repeated } = fullOf(CHIPS[board], costs).full;
    const [most, least] = [refused, repeated].map((value) => Math.floor(value).toLocaleString('en'));
    const repeating = `${least} a second that repeat what is known`;
    return `an ${CHIPS[board].title} is full at about ${repeating}, or ${most} that a filter refuses`;
  });
  return `By the count of instructions, ${figures.join(',\nand ')}\n([capacity.md](capacity.md)).\n`;
}

function fullOf(chip: Chip, costs: Costs): ReturnType<typeof loadOf> {
  return loadOf(chip, costs[chip.core].instructions, { tags: 1, rate: 1, interval: 1, others: 0 }, CYCLES);
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]): string => `| ${cells.join(' | ')} |\n`;
  return line(head) + line(head.map(() => '---')) + rows.map(line).join('');
}
