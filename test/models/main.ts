import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { TOP } from '../support/folders.js';
import { missingForModels, MUTANTS, search, SEARCHES, SHORT_MUTANTS, SHORT_SEARCHES } from './spin.js';
import type { Mutant, Outcome, Search } from './spin.js';

const UPDATE = 'npm run models -- --update';
const DOCUMENT = 'docs/simulation.md';

const program = new Command('models')
  .description('searches the Promela models of session and outbox for violations, and their mutants, with spin')
  .option('--short', 'smaller bounds, and the mutants that are found at once, as npm test does')
  .option('--json', 'print one JSON object')
  .option('--update', `write what was found to ${DOCUMENT}, if all is well`)
  .addHelpText(
    'after',
    `
Each search looks at all states within its bounds; docs/simulation.md says what they mean. A mutant is a fault that is
put into a model: a search must find it. "trail" is the number of steps to it.

Needs spin and gcc (Debian: apt-get install spin gcc), and 3 GB of memory; 1 GB with --short.

Ctrl-C ends it and prints what was done up to then.
Exit codes: 0 all is well, 1 a violation, a mutant that was not found, or a search that was not complete, 2 bad input,
130 ended by Ctrl-C.

Examples:
  $ npm run models
  $ npm run --silent models -- --short --json
  $ ${UPDATE}`,
  )
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .parse();
const { short, json, update } = program.opts<{ short?: boolean; json?: boolean; update?: boolean }>();
if (short && update) program.error('--update needs the whole search: leave --short out');

interface Result extends Outcome {
  model: string;
  name: string;
  bounds: Readonly<Record<string, number>>;
  mutant?: string;
  /** A mutant was found; anything else was searched whole, and nothing was found. */
  good: boolean;
}

const interrupt = new AbortController();
process.once('SIGINT', () => interrupt.abort());
const results: Result[] = [];
const begin = performance.now();

const missing = missingForModels();
if (missing !== undefined) {
  console.error(missing);
  process.exit(1);
}
try {
  const searches: readonly Search[] = short ? SHORT_SEARCHES : SEARCHES;
  const mutants: readonly Mutant[] = short ? SHORT_MUTANTS : MUTANTS;
  const all = [...searches, ...mutants];
  print(heading('search', ['states', 'transitions', 'depth', 'seconds', 'MB']));
  for (const [i, what] of searches.entries()) {
    const result = await one(what, `${i + 1} of ${all.length}`);
    const cells = [result.states, result.transitions, result.depth, result.seconds, Math.round(result.megabytes)];
    print(heading(`${what.model}, ${what.name}`, cells) + `  ${verdict(result)}`);
  }
  print(`\n${heading('mutant', ['states', 'seconds', 'trail'])}`);
  for (const [i, what] of mutants.entries()) {
    const result = await one(what, `${searches.length + i + 1} of ${all.length}`);
    const cells = [result.states, result.seconds, result.violation?.steps ?? '-'];
    print(heading(`${what.model}, ${what.name}`, cells) + `  ${verdict(result)}`);
  }
} catch (error) {
  if (!interrupt.signal.aborted) throw error;
}

const ended = interrupt.signal.aborted;
const good = results.every((result) => result.good);
progress('');
if (json) console.log(JSON.stringify({ ended, results }));
else print(`\n${summary()}`);
if (update && good && !ended) {
  writeTables();
  print(`written to ${DOCUMENT}`);
}
process.exitCode = ended ? 130 : good ? 0 : 1;

async function one(what: Search | Mutant, place: string): Promise<Result> {
  progress(`${place}: ${what.model}, ${what.name}`);
  const outcome = await search(what, interrupt.signal);
  const mutant = 'mutant' in what ? what.mutant : undefined;
  const good = mutant === undefined ? outcome.complete && !outcome.violation : outcome.violation !== undefined;
  const { model, name, bounds } = what;
  const result: Result = { model, name, bounds, ...(mutant === undefined ? {} : { mutant }), good, ...outcome };
  results.push(result);
  return result;
}

function verdict({ mutant, violation, complete }: Result): string {
  if (mutant !== undefined) return violation ? `found: ${violation.what}` : 'NOT FOUND';
  if (violation) return `VIOLATED after ${violation.steps} steps: ${violation.what}`;
  return complete ? 'complete, no violation' : 'NOT COMPLETE: it needs more memory or depth';
}

function summary(): string {
  const bad = results.filter((result) => !result.good).length;
  const states = results.reduce((sum, result) => sum + result.states, 0).toLocaleString('en');
  const seconds = Math.round((performance.now() - begin) / 1000);
  const found = bad === 0 ? 'all as expected' : `${bad} not as expected`;
  return `${ended ? 'ended early; ' : ''}${results.length} searches, ${states} states, ${found}, ${seconds} s`;
}

/** Puts the figures into the document, between its two marks. */
function writeTables(): void {
  const path = join(TOP, DOCUMENT);
  const text = readFileSync(path, 'utf8');
  const begin = `<!-- begin: ${UPDATE} -->\n`;
  const from = text.indexOf(begin) + begin.length;
  const to = text.indexOf('<!-- end -->', from);
  if (from < begin.length || to < 0) throw new Error(`${DOCUMENT} has no "${begin.trim()}" with an end`);
  writeFileSync(path, text.slice(0, from) + tables() + text.slice(to));
}

function tables(): string {
  const searched = results.filter(({ mutant }) => mutant === undefined);
  const found = results.filter(({ mutant }) => mutant !== undefined);
  const lines = [
    '| model | search | bounds | states | transitions | depth | seconds | MB |',
    '|---|---|---|---|---|---|---|---|',
    ...searched.map(({ model, name, bounds, states, transitions, depth, seconds, megabytes }) => {
      const set = Object.entries(bounds).map(([bound, value]) => `${bound}=${value}`);
      const figures = [states, transitions, depth, Math.ceil(seconds), Math.round(megabytes)];
      return cells([model, name, `\`${set.join(' ')}\``, ...figures]);
    }),
    '',
    '| model | mutant | states | trail |',
    '|---|---|---|---|',
    ...found.map(({ model, name, states, violation }) => cells([model, name, states, violation?.steps ?? '-'])),
  ];
  return `${lines.join('\n')}\n`;
}

function cells(values: readonly (string | number)[]): string {
  return `| ${values.map((value) => value.toLocaleString('en')).join(' | ')} |`;
}

function heading(name: string, cells: readonly (string | number)[]): string {
  return name.padEnd(58) + cells.map((cell) => cell.toLocaleString('en').padStart(13)).join('');
}

function print(line: string): void {
  if (json) return;
  progress('');
  console.log(line);
}

function progress(text: string): void {
  if (!json && process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}
