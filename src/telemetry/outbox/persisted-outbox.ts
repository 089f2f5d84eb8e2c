import type { Store } from '../../hal/index.js';
import { checkNumber } from '../../tags/check-range.js';
import type { Outbox } from './outbox.js';
import { RestoreFault } from './outbox.js';

/** The outbox's name in the store. */
const KEY = 'outbox';

/**
 * Keeps a copy of an outbox in the board's store during an outage, so that a restart does not lose its readings.
 *
 * Flash wears with every write, so readings that leave the outbox soon are never written. Once per `interval` it checks
 * whether a reading is still there that was there the last time; if so, the whole outbox is persisted, and again each
 * time after that if something changed. When everything is acknowledged the copy is removed.
 *
 * What a power cut loses: in a long outage the readings of the last `interval`, in one that just began those of the
 * last two. What it sends twice: readings acknowledged since the copy was made, because they are still in it.
 *
 * It has no timer: its owner calls `tick` not later than `deadline`, in milliseconds of `Clock.now`.
 */
export class PersistedOutbox {
  /** When `tick` must be called at the latest; Infinity when it is not started. */
  deadline = Infinity;
  /** Writes of the outbox to the store, and writes that failed. */
  writes = 0;
  failures = 0;
  /** True while there is a copy in the store. */
  persisted = false;

  private readonly outbox: Outbox;
  private readonly store: Store;
  private readonly interval: number;
  /** Of the outbox at the last tick. */
  private appended = 0;
  /** Of the outbox when it was persisted. */
  private persistedAppended = 0;
  private persistedDeparted = 0;

  /** `seconds`: the interval, 1 to 86400. Throws a RangeError otherwise. */
  constructor(outbox: Outbox, store: Store, seconds: number) {
    checkNumber('persistSeconds', seconds, 1, 86400, '(0: never)');
    this.outbox = outbox;
    this.store = store;
    this.interval = seconds * 1000;
  }

  /**
   * Reads into the outbox what was persisted before a restart. Returns the number of readings, or a `RestoreFault`;
   * then the copy stays until it is replaced, unless it is corrupt.
   */
  restore(): number {
    const count = this.outbox.restore(this.store, KEY);
    if (count > 0) this.notePersisted();
    else if (count === RestoreFault.corrupt) this.store.remove(KEY);
    return count;
  }

  start(now: number): void {
    this.appended = this.outbox.appendedCount;
    this.deadline = now + this.interval;
  }

  /** Stops watching, and persists what waits or is in flight. False when the store failed. */
  stop(): boolean {
    this.deadline = Infinity;
    if (this.outbox.appendedCount !== this.outbox.departedCount) return this.persist();
    this.removeCopy();
    return true;
  }

  /** Something was acknowledged. True when the copy can be removed: then `tick` is due. */
  acknowledged(now: number): boolean {
    if (!this.persisted || this.outbox.appendedCount !== this.outbox.departedCount) return false;
    this.deadline = now;
    return true;
  }

  /** Does what is due. False when the store failed. */
  tick(now: number): boolean {
    if (now < this.deadline) return true;
    this.deadline = now + this.interval;
    const { appendedCount, departedCount } = this.outbox;
    const stayed = departedCount < this.appended;
    this.appended = appendedCount;
    if (appendedCount === departedCount) this.removeCopy();
    else if (stayed) return this.persist();
    return true;
  }

  /** Persists the outbox if it changed since the last time. False when the store failed. */
  persist(): boolean {
    const { appendedCount, departedCount } = this.outbox;
    const unchanged = appendedCount === this.persistedAppended && departedCount === this.persistedDeparted;
    if (this.persisted && unchanged) return true;
    if (!this.outbox.persist(this.store, KEY)) {
      this.failures++;
      return false;
    }
    this.writes++;
    this.notePersisted();
    return true;
  }

  private notePersisted(): void {
    this.persisted = true;
    this.persistedAppended = this.outbox.appendedCount;
    this.persistedDeparted = this.outbox.departedCount;
  }

  private removeCopy(): void {
    if (!this.persisted) return;
    this.store.remove(KEY);
    this.persisted = false;
  }
}

/** One line for people. */
export function restoreFaultText(fault: number): string {
  switch (fault) {
    case RestoreFault.tooLong:
      return 'persisted outbox ignored: larger than this outbox; a larger one restores it, the next write replaces it';
    case RestoreFault.otherVersion:
      return 'persisted outbox ignored: written by another version of the firmware';
    default:
      return 'persisted outbox ignored: corrupt';
  }
}
