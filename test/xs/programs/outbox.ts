import { PartitionFlash } from '../../../boards/moddable/partition-flash.js';
import { FlashLog, FullRule, RecordRank } from '../../../src/telemetry/outbox/flash-log.js';
import { Outbox } from '../../../src/telemetry/outbox/outbox.js';
import { Pacer } from '../../../src/telemetry/outbox/pacer.js';
import { MemoryPartition } from './memory-partition.js';

/* Each export does something `count` times and returns how often it came out right. */

/** As a reading of a MikroTik tag. */
const LENGTH = 68;
const BLOCKS = 12;

const log = makeLog();
/** Everything goes through the log. */
const logged = new Outbox({ persistSeconds: 0, maxRecordLength: LENGTH, rule: FullRule.thin }, log, 0);
/** The same, and its log is full. */
const full = new Outbox({ persistSeconds: 0, maxRecordLength: LENGTH, rule: FullRule.thin }, makeLog(), 0);
/** Nothing does. */
const brief = new Outbox({ maxRecordLength: LENGTH }, log, 1);
/** Writes what is in flight for long. */
const slow = new Outbox({ persistSeconds: 1, maxRecordLength: LENGTH }, log, 2);
const plain = new Outbox({ capacity: 2048, maxRecordLength: LENGTH, rule: FullRule.thin });
const pacer = new Pacer({ messagesPerSecond: 50, bytesPerSecond: 100000, pointsPerSecond: 500 });
let now = 0;
let number = 0;

brief.connected();
slow.connected();
while (full.droppedCount === 0) append(full);

function makeLog(): FlashLog {
  return new FlashLog(new PartitionFlash(new MemoryPartition(BLOCKS), BLOCKS), { rule: FullRule.thin, maxHeld: 16 });
}

function append(outbox: Outbox): boolean {
  const at = outbox.reserve(RecordRank.reading, number, LENGTH);
  if (at < 0) return false;
  outbox.view.setUint32(at, number++, true);
  outbox.commit(now);
  return true;
}

/** Takes a record, sends it under an identifier, and acknowledges that. */
function deliver(outbox: Outbox): boolean {
  const packetId = 1 + (number % 65535);
  return outbox.take() && outbox.sent(packetId) && outbox.acknowledged(packetId);
}

/** A record that the broker acknowledges at once. */
export function outboxBrief(count: number): number {
  let done = 0;
  for (let i = 0; i < count; i++) if (append(brief) && deliver(brief)) done++;
  return done;
}

/** A record that goes to the log, comes back, and is acknowledged. */
export function outboxLogged(count: number): number {
  let done = 0;
  for (let i = 0; i < count; i++) if (append(logged) && deliver(logged)) done++;
  return done;
}

/** A record that is in flight for so long that it goes to the log, before its PUBACK comes. */
export function outboxInFlight(count: number): number {
  let done = 0;
  for (let i = 0; i < count; i++) {
    const packetId = 1 + (number % 65535);
    if (!append(slow) || !slow.take() || !slow.sent(packetId)) continue;
    now += 1000;
    slow.tick(now);
    if (slow.used === 0 && slow.acknowledged(packetId)) done++;
  }
  return done;
}

/** A record for a log that is full, so that others are thinned, and blocks are merged and erased. */
export function outboxFull(count: number): number {
  let done = 0;
  for (let i = 0; i < count; i++) if (append(full)) done++;
  return done;
}

/** The same without a log. */
export function outboxWithoutLog(count: number): number {
  let done = 0;
  for (let i = 0; i < count; i++) if (append(plain)) done++;
  return plain.droppedCount > 0 ? done : 0;
}

/** A record is looked at, and waits again. */
export function outboxReturned(count: number): number {
  let done = 0;
  for (let i = 0; i < count; i++) {
    if (full.take() && full.sent(7) && full.returnToWaiting() === 1) done++;
  }
  return done;
}

/** A pacer is asked, says no, is asked again at its deadline, and notes a message. */
export function paced(count: number): number {
  let done = 0;
  for (let i = 0; i < count; i++) {
    if (!pacer.allows(now, 200, 5)) now = pacer.deadline;
    if (!pacer.allows(now, 200, 5)) continue;
    pacer.sent(now, 1, 200, 5);
    done++;
  }
  return done;
}
