import { setImmediate } from 'node:timers/promises';
import { FileFlash } from '../../sim/hal/index.js';
import { FlashLog, LogResult, RecordRank } from '../../src/telemetry/outbox/flash-log.js';
import { makeTemporaryFolder } from '../support/temp.js';
import type { BenchRun, Sample } from './rows.js';

const ROUNDS = 7;
const RECORDS = 100_000;
/** Records in one turn of the event loop. */
const BATCH = 256;
/** Bytes of a report of a MikroTik tag. */
const RECORD_LENGTH = 68;
/** 16 MiB: room for all records. */
const BLOCKS = 4096;
const HELD = 64;
const CHANNEL = 0;

/**
 * Appends records to a `FlashLog` in a file, then reads and marks them, each until the disk has all of it. While the
 * disk is busy, the next ones follow.
 */
export async function benchLog(bench: BenchRun): Promise<void> {
  await bench.measure({ part: 'log', name: 'append to a log in a file', unit: 'records' }, ROUNDS, [
    { name: 'append', run: () => withLog((log, flash) => append(log, flash)) },
  ]);
  await bench.measure({ part: 'log', name: 'read and mark a log in a file', unit: 'records' }, ROUNDS, [
    {
      name: 'read and mark',
      run: () =>
        withLog(async (log, flash) => {
          await append(log, flash);
          return mark(log, flash);
        }),
    },
  ]);
}

async function withLog(work: (log: FlashLog, flash: FileFlash) => Promise<Sample>): Promise<Sample> {
  const folder = makeTemporaryFolder();
  const flash = new FileFlash(folder.file('log'), BLOCKS);
  try {
    return await work(new FlashLog(flash, { maxHeld: HELD }), flash);
  } finally {
    flash.close();
    folder.remove();
  }
}

function append(log: FlashLog, flash: FileFlash): Promise<Sample> {
  const bytes = new Uint8Array(RECORD_LENGTH).fill(0x41);
  return rate(flash, (number) => {
    const result = log.append(CHANNEL, RecordRank.reading, number, bytes, 0, RECORD_LENGTH);
    if (result !== LogResult.stored) throw new Error(`record ${number} was not stored: ${result}`);
  });
}

function mark(log: FlashLog, flash: FileFlash): Promise<Sample> {
  const into = new Uint8Array(RECORD_LENGTH);
  return rate(flash, (number) => {
    if (!log.next(CHANNEL) || !log.read(into, 0)) throw new Error(`record ${number} is not there`);
    log.mark(log.hold());
  });
}

/** Does `step` for each record, up to the end of the last synchronization. */
async function rate(flash: FileFlash, step: (number: number) => void): Promise<Sample> {
  const begin = performance.now();
  const used = process.cpuUsage();
  let syncing: Promise<void> | undefined;
  const sync = (): Promise<void> => new Promise((resolve) => flash.sync(resolve));
  for (let number = 0; number < RECORDS;) {
    for (const end = Math.min(number + BATCH, RECORDS); number < end; number++) step(number);
    syncing ??= sync().then(() => (syncing = undefined));
    await setImmediate();
  }
  await sync();
  const { user, system } = process.cpuUsage(used);
  return { perSecond: (RECORDS * 1000) / (performance.now() - begin), cpuMicroseconds: (user + system) / RECORDS };
}
