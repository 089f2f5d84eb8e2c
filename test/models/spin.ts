import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { copyFileSync, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { TOP } from '../support/folders.js';
import { makeTemporaryFolder } from '../support/temp.js';

/** The models are `test/models/NAME.pml`. */
export type ModelName = 'session' | 'outbox';

/** One search of a model. */
export interface Search {
  model: ModelName;
  /** What distinguishes it from the other searches of the model. */
  name: string;
  /** The model's `#define` bounds. */
  bounds: Readonly<Record<string, number>>;
  /**
   * True: the assertions, and the formula of the model, which says that all is well a while after the last fault.
   * False: the assertions, and that no process is stuck.
   */
  formula: boolean;
}

/** A fault that was put into a model, behind a `#define`. */
export interface Mutant extends Search {
  /** The name of the switch, without `MUTANT_`. */
  mutant: string;
}

/** What a search of a model came to. */
export interface Outcome {
  /** Different states that were stored. */
  states: number;
  transitions: number;
  /** Steps of the longest path. */
  depth: number;
  seconds: number;
  megabytes: number;
  /** All states within the bounds were looked at. */
  complete: boolean;
  /** What was violated, in the words of spin, and after how many steps; undefined when nothing was. */
  violation?: { what: string; steps: number };
}

/** Steps of a path that a search goes at most. What is deeper makes it incomplete. */
const MAX_DEPTH = 2_000_000;
/** Steps of a path to a cycle. */
const MAX_DEPTH_OF_A_CYCLE = 200;
/** Megabytes for the states of a search. What needs more makes it incomplete. */
const MAX_MEMORY = 6000;

/** Searches that are complete, for `npm run models`. */
export const SEARCHES: readonly Search[] = [
  { model: 'session', name: 'persistent', bounds: { CLEAN: 0 }, formula: true },
  { model: 'session', name: 'clean', bounds: { CLEAN: 1 }, formula: true },
  { model: 'session', name: 'filter changes', bounds: { CLEAN: 0, ASKS: 1 }, formula: true },
  { model: 'session', name: 'filter refused', bounds: { CLEAN: 0, REFUSES: 1 }, formula: true },
  { model: 'session', name: 'more messages', bounds: { CLEAN: 0, CAPACITY: 3, IDS: 6 }, formula: false },
  { model: 'outbox', name: 'readings', bounds: { RECORDS: 4 }, formula: true },
  { model: 'outbox', name: 'more readings', bounds: { RECORDS: 5 }, formula: false },
  { model: 'outbox', name: 'messages', bounds: { STRICT: 1, RECORDS: 9 }, formula: true },
];

/** The same with less in it, for `npm test`. */
export const SHORT_SEARCHES: readonly Search[] = [
  { model: 'session', name: 'persistent', bounds: { CLEAN: 0, CAPACITY: 1 }, formula: true },
  { model: 'session', name: 'clean', bounds: { CLEAN: 1, CAPACITY: 1 }, formula: true },
  { model: 'session', name: 'filter refused', bounds: { CLEAN: 0, CAPACITY: 1, REFUSES: 1 }, formula: true },
  { model: 'outbox', name: 'readings', bounds: { RECORDS: 2 }, formula: true },
  { model: 'outbox', name: 'messages', bounds: { STRICT: 1, RECORDS: 3 }, formula: true },
];

const inSession = { model: 'session', bounds: { CLEAN: 0 }, formula: false } as const;
const inOutbox = { model: 'outbox', bounds: { RECORDS: 4 }, formula: false } as const;

/** Each of them must be found. */
export const MUTANTS: readonly Mutant[] = [
  { ...inSession, mutant: 'FREED_BEFORE_PUBACK', name: 'an identifier is free before PUBACK' },
  { ...inSession, mutant: 'MARK_BEFORE_PUBACK', name: 'a message is done before PUBACK' },
  { ...inSession, mutant: 'OUT_OF_ORDER', name: 'redelivery goes out of order' },
  { ...inSession, mutant: 'NO_DUP', name: 'redelivery goes without DUP' },
  { ...inSession, mutant: 'NO_IMPORT', name: 'after a restart messages get new identifiers' },
  { ...inSession, mutant: 'NO_SPAN', name: 'identifiers wrap into those that are in use' },
  { ...inSession, mutant: 'NO_RESUBSCRIBE', name: 'no SUBSCRIBE after Session Present 0' },
  { ...inSession, mutant: 'TRUST_SESSION_PRESENT', name: 'no SUBSCRIBE after a CONNACK was lost' },
  {
    ...inSession,
    bounds: { CLEAN: 0, CAPACITY: 1, REFUSES: 1 },
    mutant: 'NO_RETRY',
    name: 'a refused filter waits for the next connection',
    formula: true,
  },
  { ...inSession, mutant: 'CLOSE_WITHOUT_SESSION', name: 'the client closes at Session Present 0', formula: true },
  { ...inOutbox, mutant: 'MARK_BEFORE_PUBACK', name: 'a record is marked before PUBACK' },
  { ...inOutbox, mutant: 'NOT_WRITTEN', name: 'a record leaves memory and is not written' },
  { ...inOutbox, mutant: 'NO_CRC', name: 'a torn record is taken for a whole one' },
  { ...inOutbox, mutant: 'TRIMS_UNREAD', name: 'the oldest block is freed, whatever is in it' },
  { ...inOutbox, mutant: 'DROPS_IN_FLIGHT', name: 'the rule drops a record that is in flight' },
  { ...inOutbox, mutant: 'DROPS_UNCOUNTED', name: 'a drop is not counted' },
  { ...inOutbox, mutant: 'FREED_BEFORE_COMMIT', name: 'blocks are free before their copy counts' },
  { ...inOutbox, mutant: 'KEEPS_REPLACED', name: 'a start keeps blocks that were merged' },
];

/** Those of them that are found at once, for `npm test`. */
export const SHORT_MUTANTS: readonly Mutant[] = MUTANTS.filter(({ model, mutant }) =>
  model === 'session' ? mutant !== 'NO_SPAN' : ['MARK_BEFORE_PUBACK', 'NOT_WRITTEN', 'NO_CRC'].includes(mutant),
);

/** What is missing here to search models, in one line, or undefined. */
export function missingForModels(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const missing = ['spin', 'gcc'].filter((program) => !folders.some((folder) => existsSync(join(folder, program))));
  return missing.length > 0 ? `${missing.join(' and ')} is not on PATH (Debian: apt-get install spin gcc)` : undefined;
}

/**
 * Searches a model, or a mutant of it. A search of a mutant goes breadth first, so that what it finds is the shortest
 * way to the violation; where that is a cycle, the first that is found. Rejects with an Error when spin or the compiler
 * fails, and when `signal` ends the search.
 */
export async function search(what: Search | Mutant, signal: AbortSignal): Promise<Outcome> {
  const mutant = 'mutant' in what ? what.mutant : undefined;
  const folder = makeTemporaryFolder();
  const run = (program: string, args: string[]) => output(program, args, folder.path, signal);
  try {
    const file = `${what.model}.pml`;
    copyFileSync(join(TOP, 'test/models', file), folder.file(file));
    const defines = Object.entries(what.bounds).map(([name, value]) => `-D${name}=${value}`);
    if (mutant !== undefined) defines.push(`-DMUTANT_${mutant}`);
    await run('spin', ['-a', ...defines, file]);
    const shortest = mutant !== undefined && !what.formula;
    const kind = what.formula ? [] : ['-DSAFETY', '-DNOCLAIM'];
    const storage = shortest ? '-DBFS' : '-DCOLLAPSE';
    // The compiler takes longer than a small search.
    const isSmall = [...SHORT_SEARCHES, ...SHORT_MUTANTS].includes(what);
    const level = isSmall ? '-O0' : '-O2';
    await run('gcc', ['-w', level, ...kind, storage, `-DMEMLIM=${MAX_MEMORY}`, '-o', 'pan', 'pan.c']);
    const depth = mutant === undefined ? MAX_DEPTH : MAX_DEPTH_OF_A_CYCLE;
    const args = shortest ? [] : [`-m${depth}`];
    return readOutcome(await run(folder.file('pan'), what.formula ? ['-a', ...args] : args));
  } finally {
    folder.remove();
  }
}

/** Reads what a verifier that spin made prints at its end. */
export function readOutcome(text: string): Outcome {
  const figure = (pattern: RegExp) => Number(pattern.exec(text)?.[1] ?? NaN);
  const violation = /^pan:\d+: (.*) \(at depth (\d+)\)/m.exec(text);
  const outcome: Outcome = {
    states: figure(/^\s*([\d.e+]+) states, stored/m),
    transitions: figure(/^\s*([\d.e+]+) transitions/m),
    depth: figure(/depth reached (\d+)/),
    seconds: figure(/elapsed time ([\d.e+]+) seconds/),
    megabytes: figure(/^\s*([\d.]+)\s+total actual memory usage/m),
    complete: !/Search not completed|max search depth too small|MEMLIM bound|out of memory/.test(text),
  };
  if (!Number.isFinite(outcome.states)) throw new Error(`the verifier ended early: ${text.trim().slice(-300)}`);
  return violation ? { ...outcome, violation: { what: violation[1]!, steps: Number(violation[2]) } } : outcome;
}

/** Runs a program to its end and returns what it prints. Rejects when it fails, and when `signal` ends it. */
function output(program: string, args: string[], cwd: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const child: ChildProcess = spawn(program, args, { cwd, signal, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(text);
      else reject(new Error(`${program} ended with exit code ${code}: ${text.trim().slice(-300)}`));
    });
  });
}
