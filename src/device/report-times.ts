import type { Clock, Store } from '../hal/index.js';
import type { Report } from '../telemetry/report/report.js';

/** An entry of the store. */
const KEY = 'boot-times';
/** Starts that it keeps, the last one first; the log has no more of the others, or nearly none. */
const STARTS = 8;
/* Of each start: u32 its number, 0: none; u48 when it began, milliseconds since 1970. Low byte first. */
const ENTRY = 10;
const TWO_32 = 0x100000000;

/**
 * Times of reports that were made before the clock of a board was set.
 *
 * Such a report has the number of its start, and the time since then by the monotonic clock. Once the time of day is
 * known, it is known when this start was, and with that when the report was made. The moment is taken once a start, so
 * that a report that is sent again says the same. It is kept in the store for reports that are sent after a restart. A
 * report of a start in which the clock was never set keeps what is known, and never gets a wrong time.
 */
export class ReportTimes {
  /** Number of this start, see `SessionNumber.boot`. */
  boot = 0;

  private readonly clock: Clock;
  private readonly store: Store;
  /** When this start began, by the monotonic clock; and by the time of day, 0 as long as it is not known. */
  private readonly startedAt: number;
  private begin = 0;
  /** There are reports without a time, and `begin` is not kept yet. */
  private needed = false;
  private readonly entries = new Uint8Array(STARTS * ENTRY);
  private readonly view = new DataView(this.entries.buffer);

  /** The start begins now. */
  constructor(clock: Clock, store: Store) {
    this.clock = clock;
    this.store = store;
    this.startedAt = clock.now();
    if (store.read(KEY, this.entries) !== this.entries.length) this.entries.fill(0);
  }

  /** Whole milliseconds since the start, at least 1. */
  uptime(now: number): number {
    const uptime = Math.floor(now - this.startedAt);
    return uptime > 0 ? uptime : 1;
  }

  /** A report of this start was made at `unixTime`; 0: without a time. */
  noteMade(unixTime: number): void {
    if (unixTime === 0) this.needed = true;
    else if (this.needed) this.keep(unixTime);
  }

  /** Gives a report that has no time the one that can be found out. */
  resolve(report: Report): void {
    if (report.unixTime !== 0 || report.uptime === 0) return;
    const begin = report.boot === this.boot ? this.beginOfThis() : this.beginOf(report.boot);
    if (begin === 0) return;
    report.unixTime = begin + report.uptime;
    if (report.lastSeen !== 0) report.lastSeen += begin;
    report.timeEstimated = true;
  }

  /** Milliseconds since a report was made, -1 when that is not known. `report` as `resolve` left it. */
  age(report: Report): number {
    if (report.boot === this.boot && report.uptime > 0) return this.uptime(this.clock.now()) - report.uptime;
    const unixTime = report.unixTime === 0 ? 0 : this.clock.unixTime();
    return unixTime === 0 ? -1 : unixTime - report.unixTime;
  }

  private beginOfThis(): number {
    if (this.begin === 0) {
      const unixTime = this.clock.unixTime();
      if (unixTime !== 0) this.keep(unixTime);
    }
    return this.begin;
  }

  private beginOf(boot: number): number {
    for (let at = 0; at < this.entries.length; at += ENTRY) {
      if (this.view.getUint32(at, true) !== boot) continue;
      return this.view.getUint32(at + 4, true) + this.view.getUint16(at + 8, true) * TWO_32;
    }
    return 0;
  }

  private keep(unixTime: number): void {
    this.needed = false;
    if (this.begin !== 0) return;
    this.begin = unixTime - this.uptime(this.clock.now());
    const { entries, view } = this;
    entries.copyWithin(ENTRY, 0, entries.length - ENTRY);
    view.setUint32(0, this.boot, true);
    view.setUint32(4, this.begin % TWO_32, true);
    view.setUint16(8, this.begin / TWO_32, true);
    // Without it, reports that wait over a restart go without a time, as they do after any start whose time is unknown.
    void this.store.write(KEY, entries, 0, entries.length);
  }
}
