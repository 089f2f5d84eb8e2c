import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { FAULTS, faultText, makeFault } from '../../sim/virtual/index.js';
import type { FaultKind, FaultParameter } from '../../sim/virtual/index.js';
import { timeOf } from '../../sim/world/duration.js';

/** Where the table of faults is kept, relative to the top of the project. */
export const FAULTS_FILE = 'docs/simulation.md';

const BEGIN = '<!-- begin: npm run diagrams (faults) -->\n';
const END = '<!-- end -->\n';
const MINUTE = 60_000;
const top = new URL(import.meta.url.includes('/build/') ? '../../../' : '../../', import.meta.url);

/** The whole file, with the table of faults as it is now. */
export function renderFaults(): string {
  const text = readFileSync(fileURLToPath(new URL(FAULTS_FILE, top)), 'utf8');
  const from = text.indexOf(BEGIN);
  const to = text.indexOf(END, from);
  if (from < 0 || to < 0) throw new Error(`${FAULTS_FILE} must have a line ${BEGIN.trim()} and a line ${END.trim()}`);
  return text.slice(0, from + BEGIN.length) + table() + text.slice(to);
}

function table(): string {
  const rows = FAULTS.map((row) => `| ${exampleOf(row)} | ${row.what}${boardsOf(row)} | ${parametersOf(row)} |\n`);
  return `| text | what happens | parameters |\n|---|---|---|\n${rows.join('')}`;
}

/** Its text with all parameters, each as it is when it is not given. */
function exampleOf({ kind, time }: FaultKind): string {
  const fault = makeFault(kind, 10 * MINUTE, time === 'moment' ? undefined : MINUTE);
  const text = faultText(fault);
  return '`' + (time === 'either' ? text.replace('+1m', '[+1m]') : text) + '`';
}

function boardsOf({ boards }: FaultKind): string {
  return boards.length === 3 ? '' : ` (${boards.join(', ')})`;
}

function parametersOf({ parameters }: FaultKind): string {
  const texts = parameters.filter(({ type }) => !['gateway', 'broker', 'tag'].includes(type)).map(parameterText);
  return texts.join('; ');
}

function parameterText({ name, type, allowed }: FaultParameter): string {
  if (type === 'word') return `\`${name}\`: ${allowed.map((word) => `\`${word}\``).join(', ')}`;
  const [from, to] = allowed as readonly [number, number];
  const text = (value: number): string => (type === 'time' ? timeOf(value) : value.toLocaleString('en'));
  return `\`${name}\`: ${text(from)} to ${text(to)}`;
}
