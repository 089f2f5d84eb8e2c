import { timeText } from '../../sim/virtual/index.js';
import type { Trace } from '../../sim/virtual/index.js';
import { runSeed, seedTexts } from './seed.js';
import type { SeedOptions, SeedOutcome } from './seed.js';
import { XsEngine } from './xs-engine.js';

/** Which engine runs a seed. `both`: its hashes on Node and on XS must be equal. */
export type EngineName = 'node' | 'xs' | 'both';

/** What is the same for all seeds of a search; plain data, which goes to other processes. */
export interface SearchOptions extends SeedOptions {
  engine: EngineName;
  /** Runs that may be spent on the shrinking of a failure; 0: none. */
  shrinkRuns: number;
}

/** What became of a seed; plain data. */
export interface SeedResult extends SeedOutcome {
  /** Of a failure: the faults and visits that are left, by their places in the list of the seed, and in words. */
  shrunk?: { only: number[]; faults: string[]; runs: number };
  /** Real time, shrinking included. */
  seconds: number;
}

let startedXs: Promise<XsEngine> | undefined;

/** The XS of this process, which is started once. */
function xs(): Promise<XsEngine> {
  return (startedXs ??= XsEngine.start());
}

/** Ends the engine that runs with `engine` `xs` or `both` have started. */
export async function endEngines(): Promise<void> {
  const started = startedXs;
  startedXs = undefined;
  await (await started)?.end();
}

/**
 * As `runSeed`, on the engine that `options` name. On both, another hash on XS breaks the rule `engines`, and the
 * trace ends with the first line that is not the same.
 */
export async function runOn(
  seed: number,
  options: SearchOptions,
  only?: readonly number[],
  trace?: Trace,
): Promise<SeedOutcome> {
  const { engine } = options;
  if (engine === 'node') return runSeed(seed, options, only, trace);
  if (engine === 'xs') return (await xs()).runSeed(seed, options, only, trace);
  const lines: string[] = [];
  const onXs = await (
    await xs()
  ).runSeed(seed, options, only, trace && { line: (time, text) => void lines.push(timeText(time) + ' ' + text) });
  const onNode = await runSeed(seed, options, only, trace && comparing(trace, lines));
  if (onNode.hash === onXs.hash) return onNode;
  const detail = `the hash is ${onNode.hash} on Node and ${onXs.hash} on XS`;
  const engines = { rule: 'engines', time: options.hours * 3_600_000, detail };
  return { ...onNode, broken: [engines, ...onNode.broken] };
}

/** Passes lines on to `trace` as long as they are those of XS. */
function comparing(trace: Trace, lines: readonly string[]): Trace {
  let count = 0;
  let same = true;
  return {
    line: (time, text, kind) => {
      if (!same) return;
      trace.line(time, text, kind);
      const other = lines[count++];
      same = other === timeText(time) + ' ' + text;
      if (!same) trace.line(time, `XS at this place: ${other ?? 'the end'}`, kind);
    },
  };
}

/** Runs `seed`, and when a rule breaks, looks for fewer of its faults and visits with which the same rule breaks. */
export async function searchSeed(seed: number, options: SearchOptions): Promise<SeedResult> {
  const started = performance.now();
  const result: SeedResult = { ...(await runOn(seed, options)), seconds: 0 };
  result.seconds = (performance.now() - started) / 1000;
  const first = result.broken[0];
  if (!first || options.shrinkRuns === 0) return result;
  const all = seedTexts(seed, options);
  const breaks = async (only: readonly number[]): Promise<boolean> =>
    (await runOn(seed, options, only)).broken.some(({ rule }) => rule === first.rule);
  const { kept, runs } = await shrink([...all.keys()], breaks, options.shrinkRuns);
  result.shrunk = { only: kept, faults: kept.map((place) => all[place]!), runs };
  result.seconds = (performance.now() - started) / 1000;
  return result;
}

/**
 * Takes items out of `items` while `breaks` still holds for what is left: all of them, then halves, quarters and so on,
 * then one by one until none can go. Calls `breaks` at most `maxRuns` times.
 */
export async function shrink<Item>(
  items: readonly Item[],
  breaks: (items: readonly Item[]) => Promise<boolean>,
  maxRuns: number,
): Promise<{ kept: Item[]; runs: number }> {
  let kept = [...items];
  let runs = 0;
  for (let length = kept.length; length > 0 && runs < maxRuns;) {
    let removed = false;
    for (let from = 0; from < kept.length && runs < maxRuns;) {
      const rest = [...kept.slice(0, from), ...kept.slice(from + length)];
      runs++;
      if (await breaks(rest)) {
        kept = rest;
        removed = true;
      } else from += length;
    }
    if (length > 1) length = Math.min(Math.ceil(length / 2), kept.length);
    else if (!removed) break;
  }
  return { kept, runs };
}
