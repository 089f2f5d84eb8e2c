import { Command, InvalidArgumentError, Option } from 'commander';
import { MosquittoBroker, Sink } from './brokers.js';
import { benchCodec } from './codec.js';
import { benchConnections, benchStart, benchStored } from './connections.js';
import { benchGateway } from './gateway.js';
import { benchLog } from './log.js';
import { benchPublish } from './publish.js';
import { benchReceive, benchRoundTrip } from './receive.js';
import { machine, mergeResults, readResults, toJson, writeResults } from './results.js';
import type { Results } from './results.js';
import { BenchRun, Interrupted, PARTS } from './rows.js';
import type { Part } from './rows.js';
import { benchTags } from './tags.js';
import { tableOf } from './table.js';

const INTERRUPTED = 130;

const program = new Command('bench')
  .description(
    'Measures the speed of the client and of the gateway on Node, beside MQTT.js, the tools of Mosquitto or\n' +
      'mqtt-packet in the same run: the sides take turns, and the median of the rounds counts. Takes about 7 minutes.',
  )
  .addOption(new Option('--only <parts...>', 'measure these parts').choices(PARTS))
  .option('--quick', 'a tenth of the work and two rounds: shows that everything works, and is no figure to quote')
  .option('--json', 'print one JSON object instead of tables')
  .option('--update', 'write what is measured to test/performance.json, and docs/performance.md from it')
  .argument('[nothing...]', '', (value: string) => {
    throw new InvalidArgumentError(`Name parts with --only, for example --only ${value}.`);
  })
  .usage('[options]')
  .addHelpText(
    'after',
    `
Ctrl-C ends the run and prints what was measured so far.

Examples:
  $ npm run bench
  $ npm run bench -- --quick
  $ npm run bench -- --only publish receive
  $ npm run --silent bench -- --json > bench.json
  $ npm run bench -- --update`,
  )
  .parse();
const flags = program.opts<{ json?: boolean; only?: Part[]; quick?: boolean; update?: boolean }>();
const parts = PARTS.filter((part) => flags.only?.includes(part) ?? true);
const bench = new BenchRun(flags.quick ?? false, progress);
let interrupted = false;
process.on('SIGINT', () => {
  // The second one ends at once.
  if (interrupted) process.exit(INTERRUPTED);
  interrupted = true;
  process.stderr.write('\nending; Ctrl-C again ends at once\n');
  bench.interrupt();
});

const results: Results = { ...machine(), quick: bench.quick, parts: {} };
const began = performance.now();
if (results.load >= 1) {
  const where = `load ${results.load} on ${results.machine.processors} processors`;
  process.stderr.write(`other programs are at work (${where}): figures will be worse and vary more\n`);
}
const brokers = new Map<string, Sink | MosquittoBroker>();
const whole = new Set<Part>();
let failure: Error | undefined;
try {
  // Before anything is measured in vain.
  if (flags.update && flags.only) mergeResults(readResults(), results);
  for (const part of parts) await measureTimed(part);
} catch (error) {
  // At Ctrl-C a broker may end before what uses it does.
  failure = interrupted ? new Interrupted('interrupted') : (error as Error);
} finally {
  for (const broker of brokers.values()) await broker.stop();
}

if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
if (!failure || bench.rows.length > 0) console.log(flags.json ? toJson(results) : tableOf(results));
if (failure) {
  const begun = parts.filter((part) => results.parts[part] && !whole.has(part));
  const left = parts.filter((part) => !results.parts[part]);
  const texts = [interrupted ? 'interrupted' : `error: ${failure.message}`];
  if (begun.length > 0) texts.push(`measured in part: ${begun.join(', ')}`);
  if (left.length > 0) texts.push(`not measured: ${left.join(', ')}`);
  if (flags.update) texts.push('no file was written');
  process.stderr.write(`${texts.join('; ')}\n`);
  process.exit(interrupted ? INTERRUPTED : 1);
}
process.stderr.write(`measured in ${Math.round((performance.now() - began) / 1000)} s\n`);
if (flags.update) {
  writeResults(flags.only ? mergeResults(readResults(), results) : results);
  const { writePerformance } = await import('../docs/render-performance.js');
  for (const path of await writePerformance()) process.stderr.write(`wrote ${path}\n`);
}

/** Adds the part's rows to the results, those before an interruption too. */
async function measureTimed(part: Part): Promise<void> {
  const from = bench.rows.length;
  const partBegan = performance.now();
  try {
    await measure(part);
    whole.add(part);
    progress(`${part}: ${Math.round((performance.now() - partBegan) / 1000)} s`);
  } finally {
    results.parts[part] = { date: results.date, rows: bench.rows.slice(from) };
  }
}

async function measure(part: Part): Promise<void> {
  switch (part) {
    case 'codec':
      return benchCodec(bench);
    case 'publish':
      return benchPublish(bench, [await sink(), await mosquitto()], await installedMosquitto());
    case 'receive':
      return benchReceive(bench, [await sink(), await mosquitto()]);
    case 'round-trip':
      return benchRoundTrip(bench, await mosquitto());
    case 'stored':
      return benchStored(bench, [await sink(), await mosquitto()]);
    case 'start':
      return benchStart(bench, await sink());
    case 'connections':
      return benchConnections(bench, await sink());
    case 'gateway':
      return benchGateway(bench, await sink(), await mosquitto());
    case 'log':
      return benchLog(bench);
    case 'tags':
      return benchTags(bench);
  }
}

async function sink(): Promise<Sink> {
  const running = (brokers.get('sink') as Sink | undefined) ?? (await Sink.start());
  brokers.set('sink', running);
  return running;
}

async function mosquitto(): Promise<MosquittoBroker> {
  const running = (brokers.get('mosquitto') as MosquittoBroker | undefined) ?? (await MosquittoBroker.start());
  brokers.set('mosquitto', running);
  return running;
}

/** With its own defaults for TCP. */
async function installedMosquitto(): Promise<MosquittoBroker> {
  const running =
    (brokers.get('installed') as MosquittoBroker | undefined) ?? (await MosquittoBroker.start({ delay: true }));
  brokers.set('installed', running);
  return running;
}

/** On a terminal one line that changes; else a line for each. */
function progress(text: string): void {
  process.stderr.write(
    process.stderr.isTTY ? `\r${text.slice(0, (process.stderr.columns || 80) - 1)}\x1b[K` : `${text}\n`,
  );
}
