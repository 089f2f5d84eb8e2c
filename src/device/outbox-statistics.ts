import type { JsonWriter } from '../bytes/json-writer.js';
import type { Store } from '../hal/index.js';
import { encodeUtf8 } from '../mqtt/utf8.js';
import { DropReason } from '../telemetry/outbox/log-statistics.js';
import type { Outbox } from '../telemetry/outbox/outbox.js';
import { SET_ASIDE_KEY } from './health-reporter.js';
import type { ReportQueue } from './report-queue.js';

/** By `RecordRank`. */
const RANKS: readonly string[] = Object.freeze(['event', 'message', 'presence', 'reading', 'health']);
/** The rules by which reports are dropped, by `DropReason`. */
export const DROP_RULES: readonly string[] = Object.freeze([
  'full',
  'thinned',
  'age',
  'tooLong',
  'refused',
  'setAside',
  'corrupt',
]);

/** A count and what it counts. */
export interface NamedCount {
  readonly name: string;
  readonly count: number;
}

/** A message at which the broker ended the connection. */
export interface SetAside {
  topic: Uint8Array;
  payload: Uint8Array;
}

/**
 * What waits in the outbox of a device, and what became of the rest, for people who ask by RPC or on the console.
 * Looking at it changes nothing. Asked rarely, so this is ordinary code.
 */
export class OutboxStatistics {
  readonly queue: ReportQueue;
  private readonly store: Store;

  constructor(queue: ReportQueue, store: Store) {
    this.queue = queue;
    this.store = store;
  }

  /** Age of the report that waits longest in whole seconds; -1 when none waits, or that is not known. */
  get oldestSeconds(): number {
    const age = this.queue.oldestAge();
    return age < 0 ? -1 : Math.floor(age / 1000);
  }

  /** Of the reports dropped since the start: how many by which rule, those that are 0 left out. */
  reasons(): NamedCount[] {
    const { outbox } = this.queue;
    return counts(DROP_RULES, (reason) => droppedBy(outbox, reason));
  }

  /** The same by what was dropped. */
  ranks(): NamedCount[] {
    const { outbox } = this.queue;
    return counts(RANKS, (rank) => outbox.droppedOf(rank));
  }

  /** The last message that was set aside, also before a restart; undefined when there is none. */
  setAside(): SetAside | undefined {
    const length = this.store.read(SET_ASIDE_KEY, new Uint8Array(0));
    if (length < 2) return undefined;
    const record = new Uint8Array(length);
    this.store.read(SET_ASIDE_KEY, record);
    const topicTo = 2 + record[0]! + (record[1]! << 8);
    return topicTo > length ? undefined : { topic: record.slice(2, topicTo), payload: record.slice(topicTo) };
  }

  /**
   * Writes one JSON object, in one line:
   *
   *     {"waiting":120,"inFlight":3,"oldestSeconds":7203,"inMemory":5,"inLog":118,"acknowledged":1041,
   *      "dropped":{"full":12,"thinned":2},"droppedRanks":{"reading":14},
   *      "setAside":{"topic":"tagwire/shed/tags/DC2C6E0FC03D","size":300},
   *      "flash":{"blocks":256,"free":240,"bad":0,"erasures":3,"programmed":81234,"corrupt":0,"torn":1}}
   *
   * All counts are those since the start. What is not known or not there is left out, as is `notCarried` (reports for
   * which the cloud has no message) while it is 0. `flash` has `"failing":true` while the flash takes nothing.
   */
  write(into: JsonWriter): void {
    const { outbox, flashLog } = this.queue;
    const oldest = this.oldestSeconds;
    const setAside = this.setAside();
    into.openObject();
    put(into, 'waiting', outbox.waitingCount);
    put(into, 'inFlight', outbox.inFlightCount);
    if (oldest >= 0) put(into, 'oldestSeconds', oldest);
    put(into, 'inMemory', outbox.memoryCount);
    put(into, 'inLog', outbox.waitingCount + outbox.inFlightCount - outbox.memoryCount);
    put(into, 'acknowledged', outbox.acknowledgedCount);
    if (outbox.notCarriedCount > 0) put(into, 'notCarried', outbox.notCarriedCount);
    putCounts(into, 'dropped', this.reasons());
    putCounts(into, 'droppedRanks', this.ranks());
    if (setAside) {
      into.name(encodeUtf8('setAside'));
      into.openObject();
      into.name(encodeUtf8('topic'));
      into.text(setAside.topic);
      put(into, 'size', setAside.payload.length);
      into.closeObject();
    }
    if (flashLog) {
      flashLog.measureWear();
      const { statistics } = flashLog;
      into.name(encodeUtf8('flash'));
      into.openObject();
      put(into, 'blocks', statistics.blocks);
      put(into, 'free', statistics.freeBlocks);
      put(into, 'bad', statistics.badBlocks);
      put(into, 'erasures', statistics.erasuresMax);
      put(into, 'programmed', statistics.programmedBytes + statistics.markBytes);
      put(into, 'corrupt', statistics.corrupt);
      put(into, 'torn', statistics.torn);
      if (flashLog.failing) {
        into.name(encodeUtf8('failing'));
        into.boolean(true);
      }
      into.closeObject();
    }
    into.closeObject();
  }
}

/** Reports dropped since the start by rule `reason`. Allocates nothing. */
export function droppedBy(outbox: Outbox, reason: DropReason): number {
  const count = outbox.droppedFor(reason);
  return reason === DropReason.refused ? count + outbox.refusedCount : count;
}

function counts(names: readonly string[], countOf: (index: number) => number): NamedCount[] {
  return names.map((name, index) => ({ name, count: countOf(index) })).filter(({ count }) => count > 0);
}

function put(into: JsonWriter, name: string, value: number): void {
  into.name(encodeUtf8(name));
  into.number(value, 0);
}

function putCounts(into: JsonWriter, name: string, named: readonly NamedCount[]): void {
  into.name(encodeUtf8(name));
  into.openObject();
  for (const { name: of, count } of named) put(into, of, count);
  into.closeObject();
}
