import type { Command } from 'commander';
import { BadInput, readInputFile, showValue } from '../bad-input.js';
import { BadRecording } from '../virtual/recording/recording-file.js';
import { isRing } from '../virtual/recording/ring.js';
import type { ReplayOutcome } from '../virtual/recording/replay.js';
import { timeText } from '../virtual/trace.js';
import { replayOnNode, replayOnXs } from '../xs/replay-engine.js';
import type { ReplayEngine } from '../xs/replay-engine.js';
import { ExitCode } from './failures.js';
import type { SimFlags } from './gateway-flags.js';
import { runReplayPage } from './page-sim.js';
import { RING_FLAGS, runRing } from './replay-ring.js';
import { onInterrupt } from './terminal.js';

const LONGEST_RECORDING = 1024 * 1024 * 1024;
/** Events between two looks at the clock and at Ctrl-C. */
const TURN_EVENTS = { node: 2000, xs: 500 };
const PROGRESS_MILLISECONDS = 1000;
/** The flags that a replay has, by their names in commander. */
const KNOWN = ['replay', 'engine', 'json', 'verbose'];
/** The same of one that is shown on a page. */
const KNOWN_TO_PAGE = ['replay', 'page', 'pagePort', 'speed', 'verbose'];
const PAGE_ONLY = ['pagePort', 'speed'];

/** Repeats a recording, and returns the exit code. Throws `BadInput`. */
export async function runReplay(flags: SimFlags, command: Command): Promise<number> {
  const path = flags.replay!;
  const file = readInputFile(path, 'recording', LONGEST_RECORDING);
  const hasPage = flags.page === true;
  const known = hasPage ? KNOWN_TO_PAGE : isRing(file) ? [...KNOWN, ...RING_FLAGS] : KNOWN;
  for (const option of command.options) {
    const name = option.attributeName();
    if (known.includes(name) || command.getOptionValueSource(name) !== 'cli') continue;
    if (!hasPage && PAGE_ONLY.includes(name)) {
      throw new BadInput(`--replay and ${option.long} exclude each other without --page, which shows the recording`);
    }
    throw new BadInput(`--replay and ${option.long} exclude each other: all that happens is in the recording`);
  }
  let engine: ReplayEngine;
  try {
    if (hasPage) return await runReplayPage(flags, file);
    if (isRing(file)) return await runRing(file, flags);
    engine = flags.engine === 'xs' ? await replayOnXs(file) : replayOnNode(file);
  } catch (error) {
    if (!(error instanceof BadRecording)) throw error;
    throw new BadInput(`recording ${showValue(path)}: ${error.message}`);
  }
  return new ReplayRun(engine, path, flags.json ?? false).run();
}

/** A replay that is shown. */
class ReplayRun {
  private readonly begin = performance.now();
  private stopped = false;

  constructor(
    private readonly engine: ReplayEngine,
    private readonly path: string,
    private readonly json: boolean,
  ) {}

  async run(): Promise<number> {
    const { engine } = this;
    const removeListener = onInterrupt(() => (this.stopped = true));
    process.stdout.on('error', () => (this.stopped = true));
    let shown = this.begin;
    try {
      while (!this.stopped && (await engine.advance(TURN_EVENTS[engine.name]))) {
        // So that signals come through.
        await new Promise<void>((resolve) => setImmediate(resolve));
        const now = performance.now();
        if (now - shown < PROGRESS_MILLISECONDS) continue;
        shown = now;
        this.say('progress', `${this.seconds} s: ${engine.outcome.events} events`, { events: engine.outcome.events });
      }
    } finally {
      removeListener();
      await engine.end();
    }
    return this.summarize(engine.outcome);
  }

  private summarize(outcome: ReplayOutcome): number {
    const { engine, path } = this;
    const { events, starts, hash, difference, problem } = outcome;
    if (problem !== undefined) this.say('damaged', `recording ${showValue(path)}: ${problem}`, { problem });
    if (difference) {
      const { event, time, device, what } = difference;
      this.say('difference', `event ${event}, ${timeText(time)}, ${device}: ${what}`, { ...difference });
    }
    const ended = this.stopped ? 'interrupted' : problem !== undefined ? 'damaged' : difference ? 'different' : 'equal';
    const what = ended === 'equal' ? 'all states equal' : ended === 'different' ? 'the states differ' : ended;
    const played = `${events} events of ${starts} starts replayed on ${engine.name} in ${this.seconds} s`;
    const text = `${played}: ${what}, hash ${hash}`;
    this.say('summary', text, { engine: engine.name, ended, events, starts, hash, seconds: Number(this.seconds) });
    if (this.stopped) return ExitCode.interrupted;
    return ended === 'equal' ? ExitCode.success : ExitCode.failure;
  }

  private get seconds(): string {
    return ((performance.now() - this.begin) / 1000).toFixed(1);
  }

  private say(event: string, text: string, fields: object): void {
    process.stdout.write(this.json ? `${JSON.stringify({ event, ...fields })}\n` : `${text}\n`);
  }
}
