/** Fewer reads a millisecond are not worth a wait. */
const READS_A_MILLISECOND = 4;
/** Over how many milliseconds reads are counted; after as long without one, every read is prompt again. */
const SPAN = 4;
/** Reads without a wait that are tried before the first wait: when each left the peer idle, a wait would too. */
const PROMPT_TRIES = 8;
/** So many waits that left the peer something to do make a trial succeed ... */
const ENOUGH_BUSY = 8;
/** ... and so many that left it idle make it fail. */
const ENOUGH_IDLE = 2;
/** Waits behind the first trial that succeeded; twice as many behind each further one. */
const UNTRIED_WAITS = 4;
const MOST_UNTRIED_WAITS = 64;
/** Milliseconds from a trial that failed to the next one; twice as many after each further one with waits. */
const RETRY = 64;
const LONGEST_RETRY = 4096;

/** What to do behind a read. */
export const enum Next {
  /** Read on at once. */
  read = 1,
  /** Wait before the next read. */
  wait = 2,
  /** Look whether more comes before anything is written, and tell `afterTry`. */
  try = 3,
}

/** Decides what a connection does behind each read. */
export interface ReadPace {
  /** `bytes` were read at `now`, in milliseconds and parts of them. Not called for reads of a try. */
  afterRead(bytes: number, now: number): Next;

  /** Bytes came before anything was written, or none did. The answer is not `Next.try`. */
  afterTry(cameMore: boolean, now: number): Next;
}

const enum Mode {
  /** Reads are prompt, and counted. */
  counting = 1,
  /** Reads are prompt, and tried. */
  probing = 2,
  /** There is a wait behind each read, and some are tried. */
  waiting = 3,
}

/**
 * Decides when a connection waits before it reads again, as a network card coalesces interrupts.
 *
 * A broker that answers each packet with a write of its own wakes its client for 4 bytes at a time. Each time the
 * client reads once, publishes once and writes once, and system calls take most of its processor time. Behind a wait
 * of a millisecond one read brings what has gathered, and one write takes what that lets go. The broker gains too: it
 * costs less to send to a process that is not woken by it.
 *
 * A wait harms where the peer has nothing to do meanwhile: when one packet waits for the other, or when the peer is
 * done with a whole window in less than a millisecond. Whether it was idle shows behind a read: bytes that come
 * before anything is written cannot be an answer to that, so the peer had work left. Some reads are tried in this way,
 * first without waits. When the peer was idle, every read is prompt again, and the next trial comes ever later.
 *
 * A connection that is read less than four times a millisecond never waits.
 */
export class ReadCoalescing implements ReadPace {
  private mode = Mode.counting;
  /** Reads that were counted since `since`. */
  private reads = 0;
  private since = -Infinity;
  private last = -Infinity;
  /** What this trial has found. */
  private busy = 0;
  private idle = 0;
  /** Waits to the next trial, and how many will lie before the one behind it. */
  private untried = 0;
  private untriedNext = UNTRIED_WAITS;
  private retry = RETRY;
  private retryAt = -Infinity;

  /** `capacity`: how many bytes one read may bring. */
  constructor(private readonly capacity: number) {}

  afterRead(bytes: number, now: number): Next {
    const silence = now - this.last;
    this.last = now;
    if (silence > SPAN) {
      this.enter(Mode.counting, now);
      return Next.read;
    }
    // What fills the buffer has more behind it.
    if (bytes >= this.capacity) return Next.read;
    if (this.mode === Mode.counting) return this.count(now);
    if (this.untried === 0) return Next.try;
    this.untried--;
    return Next.wait;
  }

  afterTry(cameMore: boolean, now: number): Next {
    this.last = now;
    if (cameMore) this.busy++;
    else this.idle++;
    if (this.mode === Mode.probing) {
      if (cameMore) this.enter(Mode.waiting, now);
      else if (this.idle === PROMPT_TRIES) this.fail(now);
    } else if (this.idle === ENOUGH_IDLE) {
      this.fail(now);
      this.retry = Math.min(this.retry * 2, LONGEST_RETRY);
    } else if (this.busy === ENOUGH_BUSY) {
      this.succeed(now);
    }
    return this.mode === Mode.waiting ? Next.wait : Next.read;
  }

  private count(now: number): Next {
    this.reads++;
    const elapsed = now - this.since;
    if (elapsed < SPAN) return Next.read;
    const isFast = this.reads >= elapsed * READS_A_MILLISECOND;
    this.enter(isFast && now >= this.retryAt ? Mode.probing : Mode.counting, now);
    return Next.read;
  }

  private succeed(now: number): void {
    this.enter(Mode.waiting, now);
    this.untried = this.untriedNext;
    if (this.untriedNext < MOST_UNTRIED_WAITS) this.untriedNext *= 2;
    else this.retry = RETRY;
  }

  private fail(now: number): void {
    this.enter(Mode.counting, now);
    this.untriedNext = UNTRIED_WAITS;
    this.retryAt = now + this.retry;
  }

  private enter(mode: Mode, now: number): void {
    this.mode = mode;
    this.reads = 0;
    this.since = now;
    this.busy = 0;
    this.idle = 0;
    this.untried = 0;
  }
}
