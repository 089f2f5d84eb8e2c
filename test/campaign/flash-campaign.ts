import { NorFlash } from '../../sim/virtual/memory/nor-flash.js';
import type { BlockFault, NorFlashOptions } from '../../sim/virtual/memory/nor-flash.js';
import { SeededRandom } from '../../sim/world/random.js';
import { FullRule } from '../../src/telemetry/outbox/flash-log.js';
import { addFigures, FlashBench, noFigures, Violation } from './flash-bench.js';
import type { BenchOptions, Fault, Figures } from './flash-bench.js';

/** A fault, and the seed that shows it again. */
export interface Finding {
  fault: Fault | 'crashed';
  message: string;
  seed: number;
}

/** What a part of the campaign did and found. */
export interface Result {
  figures: Figures;
  findings: Finding[];
}

type ChipOptions = Omit<NorFlashOptions, 'random'>;

export function noResult(): Result {
  return { figures: noFigures(), findings: [] };
}

function pickFrom<T>(random: SeededRandom, values: readonly T[]): T {
  return values[Math.floor(random.unit() * values.length)]!;
}

/** A chip and a workload that follow from a seed. */
function anyChip(random: SeededRandom): ChipOptions {
  return {
    blocks: pickFrom(random, [4, 5, 7, 12]),
    blockLength: pickFrom(random, [512, 1024]),
    unit: pickFrom(random, [1, 4, 16, 32]),
    torn: pickFrom(random, ['prefix', 'anywhere']),
  };
}

function anyWorkload(random: SeededRandom): BenchOptions {
  return {
    rule: pickFrom(random, [FullRule.oldest, FullRule.newest, FullRule.thin]),
    channels: pickFrom(random, [1, 2, 5]),
    maxHeld: pickFrom(random, [1, 4, 16]),
    maxLength: pickFrom(random, [8, 40, 90, 300]),
    drain: pickFrom(random, [0.3, 0.8, 1.5, 4]),
  };
}

export function addResult(sum: Result, result: Result): void {
  addFigures(sum.figures, result.figures);
  sum.findings.push(...result.findings);
}

/** Runs `run` on `bench`, and adds what it did and found to `result`. */
function collect(result: Result, seed: number, bench: FlashBench, run: () => void): void {
  try {
    run();
  } catch (error) {
    const fault = error instanceof Violation ? error.fault : 'crashed';
    const message = error instanceof Violation ? error.message : String((error as Error).stack);
    result.findings.push({ fault, message, seed });
  }
  addFigures(result.figures, bench.takeFigures());
}

/**
 * A random workload on one chip, whose power is cut at random bytes, and again while the log recovers: `cuts` times,
 * or a few more.
 */
export function randomCuts(seed: number, cuts: number): Result {
  const random = new SeededRandom(seed);
  const chipRandom = new SeededRandom(seed, 1);
  const chip = new NorFlash({ ...anyChip(random), random: () => chipRandom.unit() });
  const bench = new FlashBench(anyWorkload(random), random, chip);
  const result = noResult();
  collect(result, seed, bench, () => {
    bench.mount();
    while (bench.figures.cuts < cuts) {
      runUntilCut(bench, random, Infinity);
      bench.figures.cuts++;
      recover(bench, random);
    }
  });
  return result;
}

function stepOrRestart(bench: FlashBench, random: SeededRandom): void {
  if (random.unit() >= 0.002) return bench.step();
  bench.mount();
  bench.recovered(false);
}

/** Starts the log again after a cut, with further cuts as long as that programs or erases something. */
function recover(bench: FlashBench, random: SeededRandom): void {
  const { chip, figures } = bench;
  for (;;) {
    chip.restorePower();
    if (random.unit() < 0.7) {
      const work = workOfMount(bench, random);
      if (work > 0) chip.cutAfter(Math.floor(random.unit() * work));
    }
    if (!bench.isCut(() => bench.mount())) break;
    figures.cuts++;
    figures.cutsDuringRecovery++;
  }
  chip.restorePower();
  bench.recovered(true);
}

/** Bytes that are programmed or erased when the log starts. */
function workOfMount(bench: FlashBench, random: SeededRandom): number {
  const trial = bench.fork(random);
  trial.mount();
  return trial.chip.work;
}

/** A chip that tells what it is about to do, and with how many bytes. */
class WatchedFlash extends NorFlash {
  before: (call: (chip: NorFlash) => void, length: number) => void = () => {};

  override program(at: number, bytes: Uint8Array, from: number, to: number): boolean {
    this.before((chip) => chip.program(at, bytes, from, to), to - from);
    return super.program(at, bytes, from, to);
  }

  override erase(block: number): boolean {
    this.before((chip) => chip.erase(block), this.blockLength);
    return super.erase(block);
  }
}

/** How long a workload of `everyByte` goes on: until each block was erased so often. The first time is no wrap. */
const ERASURES_OF_TWO_WRAPS = 3;
const STEPS_AFTER_A_CUT = 6;
/** Cuts while the log recovers, for each cut of the workload. */
const SECOND_CUTS = 3;

/**
 * A workload that wraps the ring twice, with a cut at every byte of it, and after each of them others at random bytes
 * of what the log programs or erases when it starts again. After each cut the workload goes on for a few steps. Of
 * `stride` bytes one is cut. Gives what each step of the workload did and found, and the share that is done.
 */
export function* everyByte(
  seed: number,
  chipOptions: ChipOptions,
  workload: BenchOptions,
  stride: number,
): Generator<{ done: number; result: Result }, void> {
  const chipRandom = new SeededRandom(seed, 1);
  const chip = new WatchedFlash({ ...chipOptions, random: () => chipRandom.unit() });
  const bench = new FlashBench(workload, new SeededRandom(seed), chip);
  const trialRandom = new SeededRandom(seed, 2);
  let result = noResult();
  let byte = 0;

  chip.before = (call, length) => {
    for (let within = 0; within < length; within++) {
      if (byte++ % stride !== 0) continue;
      const first = bench.fork(new SeededRandom(seed, byte));
      collect(result, seed, first, () => {
        cut(first, within, () => call(first.chip));
        const work = workOfMount(first, trialRandom);
        for (let i = 0; i < SECOND_CUTS && work > 0; i++) {
          const again = Math.floor(trialRandom.unit() * work);
          const second = first.fork(new SeededRandom(seed, byte + again));
          collect(result, seed, second, () => {
            cut(second, again, () => second.mount());
            second.figures.cutsDuringRecovery++;
            goOn(second);
          });
        }
        goOn(first);
      });
    }
  };
  collect(result, seed, bench, () => bench.mount());
  while (result.findings.length === 0 && Math.min(...chip.erasures) < ERASURES_OF_TWO_WRAPS) {
    collect(result, seed, bench, () => bench.step());
    const erased = chip.erasures.reduce((sum, count) => sum + Math.min(count, ERASURES_OF_TWO_WRAPS), 0);
    yield { done: erased / (ERASURES_OF_TWO_WRAPS * chip.blocks), result };
    result = noResult();
  }
}

function cut(bench: FlashBench, after: number, action: () => void): void {
  bench.chip.cutAfter(after);
  if (!bench.isCut(action)) throw new Error(`nothing was cut at byte ${after}`);
  bench.chip.restorePower();
  bench.figures.cuts++;
}

function goOn(bench: FlashBench): void {
  bench.mount();
  bench.recovered(true);
  for (let i = 0; i < STEPS_AFTER_A_CUT; i++) bench.step();
  bench.mount();
  bench.recovered(false);
}

/**
 * A workload on a chip of which blocks become bad, at random or after some erasures, with cuts among them. What was
 * marked may come back, since a bad block may not take the mark.
 */
export function badBlocks(seed: number, cuts: number): Result {
  const random = new SeededRandom(seed);
  const chipRandom = new SeededRandom(seed, 1);
  const worn = random.unit() < 0.3;
  const options = { ...anyChip(random), blocks: 12, ...(worn && { endurance: 5 + Math.floor(random.unit() * 20) }) };
  const chip = new NorFlash({ ...options, random: () => chipRandom.unit() });
  const bench = new FlashBench({ ...anyWorkload(random), comeBack: true }, random, chip);
  const result = noResult();
  collect(result, seed, bench, () => {
    bench.mount();
    for (let i = 0; i < cuts; i++) {
      if (!worn && random.unit() < 0.3) {
        const fault = (): BlockFault | undefined => pickFrom(random, [undefined, 'fails', 'lies']);
        chip.setFault(Math.floor(random.unit() * chip.blocks), fault(), fault());
      }
      // Where hardly a block is good, nothing is stored, and nothing is there to be cut.
      if (!runUntilCut(bench, random, 300)) {
        chip.restorePower();
        bench.mount();
        bench.recovered(false);
        continue;
      }
      bench.figures.cuts++;
      recover(bench, random);
    }
    bench.figures.badBlocks = bench.log.statistics.badBlocks;
  });
  return result;
}

/** Steps with a flash that works, and that fails, at most. */
const WORKING_STEPS = 80;
const FAILING_STEPS = 60;

/**
 * A workload on a chip that fails as a whole for a while, again and again, with cuts of the power in that time. What is
 * stored stays, nothing is dropped for room, and all of the chip is used when it works again. What was marked meanwhile
 * may come back after a cut, and only then.
 */
export function failingFlash(seed: number, cuts: number): Result {
  const random = new SeededRandom(seed);
  const chipRandom = new SeededRandom(seed, 1);
  const options = { ...anyChip(random), blocks: pickFrom(random, [4, 7, 12, 24]) };
  const chip = new NorFlash({ ...options, random: () => chipRandom.unit() });
  const bench = new FlashBench({ ...anyWorkload(random), comeBack: true }, random, chip);
  const result = noResult();
  const fault = pickFrom(random, ['fails', 'lies'] as const);
  collect(result, seed, bench, () => {
    bench.mount();
    for (let i = 0; i < cuts; i++) {
      for (let step = random.unit() * WORKING_STEPS; step > 0; step--) stepOrRestart(bench, random);
      setFault(chip, fault);
      if (random.unit() < 0.7 && runUntilCut(bench, random, FAILING_STEPS)) {
        bench.figures.cuts++;
        recover(bench, random);
      }
      chip.restorePower();
      for (let step = random.unit() * FAILING_STEPS; step > 0; step--) bench.step();
      setFault(chip, undefined);
      // A block that lies may seem to work, so that others seem to be bad. They are tried in their turn.
      bench.worksAgain(fault === 'lies' ? Infinity : 0);
    }
  });
  return result;
}

function setFault(chip: NorFlash, fault: BlockFault | undefined): void {
  for (let block = 0; block < chip.blocks; block++) chip.setFault(block, fault, fault);
}

/** False when the power was not cut in so many steps. */
function runUntilCut(bench: FlashBench, random: SeededRandom, steps: number): boolean {
  // Marks have few bytes, but are cut as often as erasures.
  if (random.unit() < 0.5) bench.chip.cutAfter(Math.floor(random.unit() * 6 * bench.chip.blockLength));
  else bench.chip.cutWithin(1 + Math.floor(random.unit() ** 2 * 60));
  for (let i = 0; i < steps; i++) if (bench.isCut(() => stepOrRestart(bench, random))) return true;
  return false;
}

/**
 * A workload, then single bits that turn over: each on a copy of the chip, before the log starts or while it runs. One
 * costs at most one record, or brings at most one back.
 */
export function bitFlips(seed: number, flips: number): Result {
  const random = new SeededRandom(seed);
  const chipRandom = new SeededRandom(seed, 1);
  const chip = new NorFlash({ ...anyChip(random), random: () => chipRandom.unit() });
  const bench = new FlashBench({ ...anyWorkload(random), comeBack: true }, random, chip);
  const result = noResult();
  collect(result, seed, bench, () => {
    bench.mount();
    for (let i = 0; i < 200; i++) bench.step();
  });
  for (let i = 0; i < flips; i++) {
    const fork = bench.fork(random);
    collect(result, seed, fork, () => {
      const mounted = i % 2 === 0;
      if (mounted) fork.mount();
      fork.chip.flipBit(Math.floor(random.unit() * 8 * chip.bytes.length));
      if (!mounted) fork.mount();
      fork.damaged(1, mounted);
    });
  }
  return result;
}
