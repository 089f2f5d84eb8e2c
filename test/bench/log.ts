import { setImmediate } from 'node:timers/promises';
import { FileFlash } from '../../sim/hal/index.js';
import { FlashLog, LogResult, RecordRank } from '../../src/telemetry/outbox/flash-log.js';
import { makeTemporaryFolder } from '../support/temp.js';
import { median } from './compare.js';

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

/** Records a second through a log in a file, and the least that is wanted. */
export interface LogRate {
  what: string;
  perSecond: number;
  budget: number;
}

/**
 * Appends records to a `FlashLog` in a file, then reads and marks them, each until the disk has all of it. While the
 * disk is busy, the next ones follow.
 */
export async function benchLog(progress: (text: string) => void): Promise<LogRate[]> {
  const rates = { append: [] as number[], mark: [] as number[] };
  for (let round = 1; round <= ROUNDS; round++) {
    progress(`log in a file, round ${round} of ${ROUNDS}`);
    const folder = makeTemporaryFolder();
    const flash = new FileFlash(folder.file('log'), BLOCKS);
    try {
      const log = new FlashLog(flash, { maxHeld: HELD });
      const bytes = new Uint8Array(RECORD_LENGTH).fill(0x41);
      const into = new Uint8Array(RECORD_LENGTH);
      rates.append.push(
        await rate(flash, (number) => {
          const result = log.append(CHANNEL, RecordRank.reading, number, bytes, 0, RECORD_LENGTH);
          if (result !== LogResult.stored) throw new Error(`record ${number} was not stored: ${result}`);
        }),
      );
      rates.mark.push(
        await rate(flash, (number) => {
          if (!log.next(CHANNEL) || !log.read(into, 0)) throw new Error(`record ${number} is not there`);
          log.mark(log.hold());
        }),
      );
    } finally {
      flash.close();
      folder.remove();
    }
  }
  return [
    { what: 'append', perSecond: median(rates.append), budget: 100_000 },
    { what: 'read and mark', perSecond: median(rates.mark), budget: 100_000 },
  ];
}

/** Does `step` for each record, and returns how many a second, up to the end of the last synchronization. */
async function rate(flash: FileFlash, step: (number: number) => void): Promise<number> {
  const begin = performance.now();
  let syncing: Promise<void> | undefined;
  const sync = (): Promise<void> => new Promise((resolve) => flash.sync(resolve));
  for (let number = 0; number < RECORDS;) {
    for (const end = Math.min(number + BATCH, RECORDS); number < end; number++) step(number);
    syncing ??= sync().then(() => (syncing = undefined));
    await setImmediate();
  }
  await sync();
  return (RECORDS * 1000) / (performance.now() - begin);
}
