import { PartitionFlash } from '../../../boards/moddable/partition-flash.js';
import { DropReason, FlashLog, FullRule, RecordRank } from '../../../src/telemetry/outbox/flash-log.js';
import { MemoryPartition } from './memory-partition.js';

/* Each export does something `count` times and returns how often it came out right. */

/** As a reading of a MikroTik tag. */
const LENGTH = 68;
const BLOCKS = 12;

const bytes = new Uint8Array(LENGTH);
const into = new Uint8Array(LENGTH);
const FULL_OPTIONS = { rule: FullRule.thin, maxHeld: 16 };
const log = makeLog(FullRule.oldest);
const emptyFlash = makeFlash();
/** These are full. */
const fullFlash = makeFlash();
const thinned = new FlashLog(fullFlash, FULL_OPTIONS);
const mixed = makeLog(FullRule.oldest);
let number = 0;

for (let i = 0; i < 10; i++) append(log, RecordRank.message);
for (let i = 0; i < 5000 && thinned.statistics.compactions === 0; i++) append(thinned, RecordRank.reading);
for (let i = 0; i < 5000 && mixed.statistics.compactions === 0; i++) appendMixed();

function makeFlash(): PartitionFlash {
  return new PartitionFlash(new MemoryPartition(BLOCKS), BLOCKS);
}

function makeLog(rule: FullRule): FlashLog {
  return new FlashLog(makeFlash(), { rule, maxHeld: 16 });
}

function append(to: FlashLog, rank: RecordRank): boolean {
  return to.append(0, rank, number++, bytes, 0, LENGTH) > 0;
}

/** One of four is an event, which stays when the others are dropped. It is done soon after. */
function appendMixed(): boolean {
  if ((number & 3) !== 0) return append(mixed, RecordRank.reading);
  const handle = mixed.appendHeld(1, RecordRank.event, number++, bytes, 0, LENGTH);
  if (handle < 0) return false;
  mixed.release(handle);
  return mixed.waiting(1) < 200 || finish(mixed, 1);
}

function finish(of: FlashLog, channel: number): boolean {
  if (!of.next(channel)) return false;
  const handle = of.hold();
  of.mark(handle);
  return handle >= 0;
}

/** A log is made, and finds nothing on its flash. */
export function mountEmpty(count: number): number {
  let done = 0;
  for (let i = 0; i < count; i++) if (new FlashLog(emptyFlash, FULL_OPTIONS).live === 0) done++;
  return done;
}

/** A log is made, and finds a full one on its flash. */
export function mountFull(count: number): number {
  let done = 0;
  for (let i = 0; i < count; i++) if (new FlashLog(fullFlash, FULL_OPTIONS).live === thinned.live) done++;
  return done;
}

/** A record is appended, read, held, and marked as acknowledged. */
export function logRecord(count: number): number {
  let done = 0;
  for (let i = 0; i < count; i++) {
    if (append(log, RecordRank.reading) && log.next(0) && log.read(into, 0) && finish(log, 0)) done++;
  }
  return done;
}

/** A record is held and let go, so that it waits again in its place. */
export function logRelease(count: number): number {
  let done = 0;
  for (let i = 0; i < count; i++) {
    if (!log.next(0)) continue;
    const handle = log.hold();
    log.release(handle);
    if (handle >= 0) done++;
  }
  return done;
}

/** A message is stored while it is in flight, its packet identifier is noted, and it is dropped. */
export function logMessage(count: number): number {
  let done = 0;
  for (let i = 0; i < count; i++) {
    const handle = log.appendHeld(2, RecordRank.message, 0, bytes, 0, LENGTH);
    log.noteSent(handle, 1 + (i & 0xff));
    log.drop(handle, DropReason.setAside);
    if (handle >= 0) done++;
  }
  return done;
}

/** A reading for a log that is full: readings are thinned, and blocks are merged and erased. */
export function logThin(count: number): number {
  let done = 0;
  for (let i = 0; i < count; i++) if (append(thinned, RecordRank.reading)) done++;
  return done;
}

/** A record for a log that is full: the oldest readings are dropped, and what ranks above them is kept. */
export function logDropOldest(count: number): number {
  let done = 0;
  for (let i = 0; i < count; i++) if (appendMixed()) done++;
  return done;
}
