import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { TOP } from '../support/folders.js';
import { findProgram } from '../support/mosquitto.js';
import type { BenchBroker } from './brokers.js';
import type { BenchRun, Sample } from './rows.js';
import type { Notice, Outcome, Work } from './work.js';

const CLIENT = join(TOP, 'build/test/bench/client.js');

let clients = 0;

/** An identifier that no client of this run had before. */
export function newClientId(): string {
  return `bench-${++clients}`;
}

/** What to do when a measured process tells something. */
export type Reactions = Partial<Record<Notice & string, () => void>>;

/** What a `Work` is made of; the rest is chosen here. */
export type Order = Omit<Work, 'clientId' | 'port'> & { clientId?: string };

/** Does `order` in a process of its own, and measures it and the broker meanwhile. */
export async function measureClient(
  bench: BenchRun,
  broker: BenchBroker,
  order: Order,
  reactions: Reactions = {},
): Promise<Sample> {
  const work: Work = { clientId: newClientId(), ...order, port: broker.port };
  const outcome = await runClient(bench, work, broker, reactions);
  const { milliseconds, cpuMilliseconds, bytesEach, brokerBusy } = outcome;
  const sample: Sample = {
    perSecond: (work.operations * 1000) / milliseconds,
    cpuMicroseconds: (cpuMilliseconds * 1000) / work.operations,
    milliseconds,
    cpuMilliseconds,
  };
  if (bytesEach !== undefined) sample.kibibytesEach = bytesEach / 1024;
  if (brokerBusy !== undefined) sample.brokerBusy = brokerBusy;
  return sample;
}

/** The same figures without what only a row of another kind shows. */
export function pick<K extends keyof Sample>(sample: Sample, ...figures: K[]): Sample {
  return Object.fromEntries(figures.map((figure) => [figure, sample[figure]]));
}

async function runClient(
  bench: BenchRun,
  work: Work,
  broker: BenchBroker,
  reactions: Reactions,
): Promise<Outcome & { brokerBusy?: number }> {
  const execArgv = work.task === 'connections' ? ['--expose-gc'] : [];
  const child = fork(CLIENT, [JSON.stringify(work)], { execArgv, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let outcome: Outcome | undefined;
  let brokerBegin: number | undefined;
  let brokerEnd: number | undefined;
  let errors = '';
  child.stderr!.on('data', (text: Buffer) => (errors += text.toString()));
  child.on('message', (notice: Notice) => {
    if (typeof notice === 'object') {
      brokerEnd = broker.cpuMilliseconds();
      outcome = notice;
    } else {
      if (notice === 'begin') brokerBegin = broker.cpuMilliseconds();
      reactions[notice]?.();
    }
  });
  const closed = once(child, 'close') as Promise<[number | null]>;
  const ended = closed.then(([code]) => {
    if (code === 0 && outcome) return outcome;
    throw new Error(`${work.side}, ${work.task}: ended with ${code}\n${errors}`);
  });
  const measured = await bench.guard(ended, () => child.kill('SIGKILL'));
  if (brokerBegin === undefined || brokerEnd === undefined) return measured;
  return { ...measured, brokerBusy: (brokerEnd - brokerBegin) / measured.milliseconds };
}

/** The program's path. Throws when it is not installed. */
export function needProgram(name: string): string {
  const program = findProgram(name);
  if (program === undefined) throw new Error(`${name} is missing (Debian: apt-get install mosquitto-clients)`);
  return program;
}

/**
 * Runs a tool of Mosquitto. The clock runs from its start, or from `begin`, until `end`; the processor time is that
 * of the whole process, as bash's `time` tells it, to a millisecond.
 */
export async function measureTool(
  bench: BenchRun,
  broker: BenchBroker,
  program: string,
  args: readonly string[],
  operations: number,
  { input, begin, end }: { input?: string; begin?: Promise<void>; end?: Promise<unknown> },
): Promise<Sample> {
  const file = input === undefined ? 'ignore' : openSync(input, 'r');
  const script = 'TIMEFORMAT="%U %S"; time "$0" "$@"';
  const child = spawn('bash', ['-c', script, program, ...args], { stdio: [file, 'ignore', 'pipe'], detached: true });
  if (typeof file === 'number') closeSync(file);
  let errors = '';
  child.stderr!.on('data', (text: Buffer) => (errors += text.toString()));
  let from = performance.now();
  let brokerFrom = broker.cpuMilliseconds();
  const closed = once(child, 'close') as Promise<[number | null]>;
  const work = async (): Promise<Sample> => {
    const failure = closed.then(([code]) => {
      if (code !== 0) throw new Error(`${program} ended with ${code}: ${errors}`);
    });
    if (begin) {
      await Promise.race([begin, failure]);
      from = performance.now();
      brokerFrom = broker.cpuMilliseconds();
    }
    await Promise.all([end, failure]);
    const milliseconds = performance.now() - from;
    const [user = NaN, system = NaN] = errors.trim().split('\n').at(-1)!.split(' ').map(Number);
    const brokerTo = broker.cpuMilliseconds();
    const sample: Sample = {
      perSecond: (operations * 1000) / milliseconds,
      cpuMicroseconds: ((user + system) * 1e6) / operations,
    };
    if (brokerFrom !== undefined && brokerTo !== undefined) sample.brokerBusy = (brokerTo - brokerFrom) / milliseconds;
    return sample;
  };
  // The tool is the shell's child: both are ended.
  return bench.guard(work(), () => process.kill(-child.pid!, 'SIGKILL'));
}
