import { checkNumber } from './check-range.js';
import type { TagTable } from './tag-table.js';

/** What `TagPresence.heard` tells: a sum of these. */
export const enum PresenceChange {
  none = 0,
  /** The tag is here: it was not heard before, or was away. */
  arrived = 1,
  /**
   * A tag that was here lost its place in the table to this one, so nobody would ever say that it went away: that is
   * to be said now. The index `TagTable.capacity` has its address, `lastSeen` and `rssi`.
   */
  replaced = 2,
}

/** Times of a `TagPresence`. */
export interface TagPresenceOptions {
  /** Seconds of silence that are never taken for absence, 1 to 86400. Default 60. */
  minimumSeconds?: number;
  /** Seconds of silence that always are, from `minimumSeconds` to 2592000. Default 86400. */
  maximumSeconds?: number;
  /** Leave out all tags but those that are configured. Default false. */
  configuredOnly?: boolean;
}

/** How many of the longest recent gap a tag may be silent. */
const MULTIPLE = 6;
/** The longest gap is forgotten by this part of the time that passes. */
const FORGET = 1 / 16;
/** Gaps that must be known before a tag's time-out may be shorter than this: a power of two. */
const ENOUGH_GAPS = 8;
const UNKNOWN_TIMEOUT = 900000;
/** An absence makes the time-out longer by this factor at most. */
const GROWTH = 4;
/** Shorter gaps lie within one advertising event: Core 5.4, Vol 6, Part B, 4.4.2.2.1. */
const SHORTEST_GAP = 20;
/** Milliseconds between two searches for tags that went away. */
const PAUSE = 1000;

const PRESENT = 0x80;
const TRACKED = 0x40;
const GAPS = 0x3f;

/**
 * Says when a tag has arrived and when it is away.
 *
 * A tag is away when it was silent for its time-out. That is six times the longest gap that was recently heard between
 * two of its advertisements, at least the set minimum and at most the set maximum. A gap is forgotten slowly, by a
 * sixteenth of the time that passes, so within 16 times its length: a tag that advertises faster for a while (a tracker
 * on the move) is not taken for a fast one. With three of ten advertisements lost at random, a tag that goes on sending
 * is called away about three times in a million advertisements, and one that stopped is found out after 17 of its
 * intervals or the minimum, after 41 in the worst of a hundred cases. A multiple of four would find it after 12, and
 * err ten times as often.
 *
 * As long as fewer than eight gaps are known, the time-out is at least 15 minutes (or the maximum, if less): a tag that
 * sends a burst and sleeps would else be judged by its burst. It is not longer, because a stranger who passes by must
 * not stay for hours. So a tag that is slower than that is called away in between at first; each time it comes back its
 * time-out grows, four times at most, until the tag is known: for one an hour that happens once to three times.
 * The same bound keeps a long absence from making a ghost of a fast tag when it leaves again.
 *
 * Time between `pause` and `resume`, while the scanner does not listen, counts as silence of no tag.
 *
 * It has no timer: its owner calls `tick` not later than `deadline`. Times are milliseconds of `Clock.now`. Nothing but
 * the constructor allocates: 9 bytes for each tag.
 */
export class TagPresence {
  /** When `tick` must be called at the latest; Infinity when nobody can go away. */
  deadline = Infinity;
  /** Tags that are here. */
  present = 0;
  /** How often a tag arrived, went away, or lost its place while it was here. */
  arrivals = 0;
  departures = 0;
  replaced = 0;

  private readonly table: TagTable;
  private readonly minimum: number;
  private readonly maximum: number;
  private readonly configuredOnly: boolean;
  /** The longest recent gap, in ms. */
  private readonly longestGap: Float32Array;
  /** When a tag was heard last, in milliseconds of the time that was not paused, modulo 2^32. */
  private readonly heardAt: Uint32Array;
  /** PRESENT, TRACKED, and how many gaps are known, up to ENOUGH_GAPS. */
  private readonly states: Uint8Array;
  /** Milliseconds spent paused, without the current pause; and when that began, Infinity while not paused. */
  private pausedTime = 0;
  private pausedSince = Infinity;
  /** Where a search goes on, and the least time that a tag has left, of those that were looked at. */
  private cursor = 0;
  private soonest = Infinity;
  /** Tags that are here and that the search may not have reached: behind the last one it need not look. */
  private unseen = 0;

  /** Throws a RangeError that names the option, its range and the value. */
  constructor(table: TagTable, options?: TagPresenceOptions) {
    const minimum = options?.minimumSeconds ?? 60;
    const maximum = options?.maximumSeconds ?? 86400;
    checkNumber('presence minimumSeconds', minimum, 1, 86400, '');
    checkNumber('presence maximumSeconds', maximum, minimum, 2592000, '');
    this.table = table;
    this.minimum = minimum * 1000;
    this.maximum = maximum * 1000;
    this.configuredOnly = options?.configuredOnly === true;
    const buffer = new ArrayBuffer(tagPresenceBytes(table.capacity));
    this.longestGap = new Float32Array(buffer, 0, table.capacity);
    this.heardAt = new Uint32Array(buffer, 4 * table.capacity, table.capacity);
    this.states = new Uint8Array(buffer, 8 * table.capacity, table.capacity);
  }

  /** True from a tag's arrival until it is away. */
  isPresent(tag: number): boolean {
    return (this.states[tag]! & PRESENT) !== 0;
  }

  /** Milliseconds of silence after which the tag is away, as things stand. */
  timeout(tag: number): number {
    let timeout = MULTIPLE * this.longestGap[tag]!;
    if ((this.states[tag]! & GAPS) < ENOUGH_GAPS && timeout < UNKNOWN_TIMEOUT) timeout = UNKNOWN_TIMEOUT;
    if (timeout < this.minimum) return this.minimum;
    return timeout < this.maximum ? timeout : this.maximum;
  }

  /** An advertisement of the tag came, and `TagTable.update` gave this index. Says what that changes. */
  heard(tag: number, now: number): PresenceChange {
    let change = PresenceChange.none;
    if (this.table.advertisements[tag] === 1) change = this.begin(tag);
    const state = this.states[tag]!;
    if (state & PRESENT) {
      this.heardAgain(tag, now);
      return change;
    }
    if (this.configuredOnly && !this.table.isConfigured(tag)) return change;
    const time = this.time(now);
    if (state & TRACKED) this.learn(tag, state, (time - this.heardAt[tag]!) >>> 0);
    this.states[tag]! |= PRESENT | TRACKED;
    this.heardAt[tag] = time;
    this.present++;
    this.unseen++;
    this.arrivals++;
    this.bringForward(tag, now);
    return change | PresenceChange.arrived;
  }

  /** True when an advertisement of the tag changes nothing: it is here, or it is left out. */
  isSteady(tag: number): boolean {
    return (this.states[tag]! & PRESENT) !== 0 || (this.configuredOnly && !this.table.isConfigured(tag));
  }

  /** As `heard`, where the tag had its place before and `isSteady`. */
  heardAgain(tag: number, now: number): void {
    const state = this.states[tag]!;
    if ((state & PRESENT) === 0) return;
    // As `time`.
    const time = ((now < this.pausedSince ? now : this.pausedSince) - this.pausedTime) >>> 0;
    const gap = (time - this.heardAt[tag]!) >>> 0;
    this.heardAt[tag] = time;
    // As `learn`, which would learn nothing, so the deadline stays.
    if (gap < SHORTEST_GAP) return;
    if ((state & ENOUGH_GAPS) === 0) {
      this.learn(tag, state, gap);
      this.bringForward(tag, now);
    } else {
      // As `learn`. Now that its gaps are known, each advertisement puts off when it is due: the longest gap shrinks
      // by less than the time that passed. So the deadline stays.
      const rest = this.longestGap[tag]! - gap * FORGET;
      this.longestGap[tag] = gap > rest ? gap : rest;
    }
  }

  /**
   * The next tag that is away from now on, or -1 when there is no further one: to be called until then. Does nothing
   * before the deadline.
   */
  tick(now: number): number {
    if (now < this.deadline) return -1;
    const time = this.time(now);
    const states = this.states;
    let unseen = this.cursor === 0 ? this.present : this.unseen;
    const end = unseen > 0 ? states.length : 0;
    for (let tag = this.cursor; tag < end; tag++) {
      // As `isPresent`: most places may be of tags that are away, or of none.
      if ((states[tag]! & PRESENT) === 0) continue;
      unseen--;
      if (this.table.advertisements[tag] === 0) {
        // The place was given to a tag that is not heard yet.
        this.forget(tag);
        continue;
      }
      const left = this.timeout(tag) - ((time - this.heardAt[tag]!) >>> 0);
      if (left <= 0) {
        states[tag]! &= ~PRESENT;
        this.present--;
        this.departures++;
        this.unseen = unseen;
        this.cursor = tag + 1;
        return tag;
      }
      if (left < this.soonest) this.soonest = left;
      if (unseen <= 0) break;
    }
    this.deadline = now + (this.soonest > PAUSE ? this.soonest : PAUSE);
    this.cursor = 0;
    this.soonest = Infinity;
    return -1;
  }

  /**
   * What was told last of the tag found no room: it is taken back, and told again, its arrival with the next
   * advertisement, its departure after a second.
   */
  retract(tag: number, now: number): void {
    const state = this.states[tag]! ^ PRESENT;
    this.states[tag] = state;
    if (state & PRESENT) {
      this.present++;
      this.departures--;
      this.cursor = 0;
      this.soonest = Infinity;
      this.deadline = now + PAUSE;
    } else {
      this.present--;
      this.arrivals--;
    }
  }

  /** Forgets a tag that was or will be removed from the table, without saying that it is away. */
  forget(tag: number): void {
    if (this.isPresent(tag)) this.present--;
    this.states[tag] = 0;
    this.longestGap[tag] = 0;
  }

  /**
   * From `now` on silence means nothing; `now` may be in the past, if nothing was heard since. Calling it again changes
   * nothing.
   */
  pause(now: number): void {
    if (this.pausedSince !== Infinity) return;
    this.pausedSince = now;
    this.deadline = Infinity;
    this.cursor = 0;
    this.soonest = Infinity;
  }

  /** Silence counts again. Does nothing unless paused. */
  resume(now: number): void {
    if (this.pausedSince === Infinity) return;
    this.pausedTime += now - this.pausedSince;
    this.pausedSince = Infinity;
    // The first search finds the true deadline.
    if (this.present > 0) this.deadline = now;
  }

  /** The place has another tag than before, or its first. */
  private begin(tag: number): PresenceChange {
    const lost = this.isPresent(tag);
    this.forget(tag);
    if (!lost) return PresenceChange.none;
    this.replaced++;
    return this.table.replacedIndex === tag ? PresenceChange.replaced : PresenceChange.none;
  }

  /** The tag may be away before all others. */
  private bringForward(tag: number, now: number): void {
    if (this.pausedSince !== Infinity) return;
    const due = now + this.timeout(tag);
    if (due < this.deadline) this.deadline = due;
  }

  private learn(tag: number, state: number, gap: number): void {
    if (gap < SHORTEST_GAP) return;
    if ((state & PRESENT) === 0) {
      const max = (GROWTH * this.timeout(tag)) / MULTIPLE;
      if (gap > max) gap = max;
    }
    const rest = this.longestGap[tag]! - gap * FORGET;
    this.longestGap[tag] = gap > rest ? gap : rest;
    if ((state & GAPS) < ENOUGH_GAPS) this.states[tag] = state + 1;
  }

  /** Milliseconds not spent paused, modulo 2^32, which is 49 days: longer than any time-out. */
  private time(now: number): number {
    return ((now < this.pausedSince ? now : this.pausedSince) - this.pausedTime) >>> 0;
  }
}

/** Bytes of the columns of a `TagPresence` for a table of this capacity. */
export function tagPresenceBytes(capacity: number): number {
  return 9 * capacity;
}
