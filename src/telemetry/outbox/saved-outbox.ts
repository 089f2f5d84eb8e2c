import type { Store } from '../../hal/index.js';
import type { Outbox } from '../index.js';
import { RestoreFault } from './outbox.js';

/** The outbox's name in the store. */
const KEY = 'outbox';

/**
 * Keeps a copy of an outbox in the board's store while an outage lasts, so that a restart does not lose it.
 *
 * Flash wears with every write, so readings that leave the outbox in time are never written. Every `interval` it looks
 * whether a reading is still there that was there the time before; then all of the outbox is saved, and again each
 * time after, when something changed. When all of it is acknowledged the copy is removed.
 *
 * What a power cut costs: of a long outage the readings of the last `interval`, of one that began just now those of the
 * last two. What it doubles: the readings acknowledged since the copy was made, for they are in it and are sent again.
 *
 * It has no timer: its owner calls `tick` not later than `deadline`, in milliseconds of `Clock.now`.
 */
export class SavedOutbox {
  /** When `tick` must be called at the latest; Infinity when it is not started. */
  deadline = Infinity;
  /** Times that the outbox was saved, and that the store refused it. */
  saves = 0;
  failures = 0;
  /** True while there is a copy in the store. */
  saved = false;

  private readonly outbox: Outbox;
  private readonly store: Store;
  private readonly interval: number;
  /** Of the outbox at the last tick. */
  private appended = 0;
  /** Of the outbox when it was saved. */
  private savedAppended = 0;
  private savedDeparted = 0;

  /** `seconds`: the interval, 1 to 86400. Throws a RangeError when it is not allowed. */
  constructor(outbox: Outbox, store: Store, seconds: number) {
    if (!(seconds >= 1 && seconds <= 86400)) {
      throw new RangeError('persistSeconds ' + seconds + ': allowed are 1 to 86400, or 0 for none');
    }
    this.outbox = outbox;
    this.store = store;
    this.interval = seconds * 1000;
  }

  /**
   * Takes into the outbox what was saved before a restart. Returns how many readings that are, or a `RestoreFault`;
   * then the copy stays until the outbox is saved again, unless it is of no use to anybody.
   */
  restore(): number {
    const count = this.outbox.restore(this.store, KEY);
    if (count > 0) this.noteSaved();
    else if (count === RestoreFault.corrupt) this.store.remove(KEY);
    return count;
  }

  start(now: number): void {
    this.appended = this.outbox.appendedCount;
    this.deadline = now + this.interval;
  }

  /** Ends watching, and leaves the store as the outbox is: saves what waits or is in flight. False when it refused. */
  stop(): boolean {
    this.deadline = Infinity;
    if (this.outbox.appendedCount !== this.outbox.departedCount) return this.save();
    this.removeCopy();
    return true;
  }

  /** Something was acknowledged. True when the copy can be removed: then `tick` is due. */
  acknowledged(now: number): boolean {
    if (!this.saved || this.outbox.appendedCount !== this.outbox.departedCount) return false;
    this.deadline = now;
    return true;
  }

  /** Does what is due. False when the store refused. */
  tick(now: number): boolean {
    if (now < this.deadline) return true;
    this.deadline = now + this.interval;
    const { appendedCount, departedCount } = this.outbox;
    const stayed = departedCount < this.appended;
    this.appended = appendedCount;
    if (appendedCount === departedCount) this.removeCopy();
    else if (stayed) return this.save();
    return true;
  }

  /** Saves what changed since it was saved last. False when the store refused. */
  save(): boolean {
    const { appendedCount, departedCount } = this.outbox;
    if (this.saved && appendedCount === this.savedAppended && departedCount === this.savedDeparted) return true;
    if (!this.outbox.save(this.store, KEY)) {
      this.failures++;
      return false;
    }
    this.saves++;
    this.noteSaved();
    return true;
  }

  private noteSaved(): void {
    this.saved = true;
    this.savedAppended = this.outbox.appendedCount;
    this.savedDeparted = this.outbox.departedCount;
  }

  private removeCopy(): void {
    if (!this.saved) return;
    this.store.remove(KEY);
    this.saved = false;
  }
}

/** One line for people. */
export function restoreFaultText(fault: number): string {
  switch (fault) {
    case RestoreFault.tooLong:
      return 'the saved outbox is larger than this one; a larger outbox takes it back, the next save replaces it';
    case RestoreFault.otherVersion:
      return 'the saved outbox is of another version of the firmware and is left out';
    default:
      return 'the saved outbox is damaged and is left out';
  }
}
