import { describe, expect, it } from 'vitest';
import { Next, ReadCoalescing } from '../../../sim/hal/read-coalescing.js';
import type { ReadPace } from '../../../sim/hal/read-coalescing.js';

// Times are milliseconds of a virtual clock.
const WAIT = 1;
/** From data that is there to a read of it, when nothing waits. */
const WAKE = 0.005;
/** A turn of the event loop. */
const TURN = 0.003;
/** How many of them a try lasts when nothing comes. */
const TRY_TURNS = 16;
/** What a client takes for an answer: it publishes the next message. */
const HANDLE = 0.0005;
const ANSWER_BYTES = 4;

interface Outcome {
  answersPerMillisecond: number;
  readsPerAnswer: number;
  waits: number;
  /** The longest time that an answer lay unread. */
  longestDelay: number;
}

/** Reads at once, always. */
const prompt: ReadPace = { afterRead: () => Next.read, afterTry: () => Next.read };

/**
 * A client that keeps `window` messages in flight to a peer that answers each one by itself, `service` after the one
 * before it or after it came, for `duration`. With an infinite window, the peer sends by itself.
 */
class Flow {
  now = 0;
  private readonly answers: number[] = [];
  private busyUntil = 0;
  private read = 0;

  constructor(
    private readonly pace: ReadPace,
    private readonly service: number,
  ) {}

  run(window: number, duration: number): Outcome {
    const end = this.now + duration;
    const began = this.now;
    let answered = 0;
    let reads = 0;
    let waits = 0;
    let longestDelay = 0;
    this.send(Math.min(window, duration / this.service));
    while (this.now < end) {
      if (this.read === this.answers.length) break;
      this.now = Math.max(this.now, this.answers[this.read]! + WAKE);
      longestDelay = Math.max(longestDelay, this.now - this.answers[this.read]!);
      const count = this.take();
      reads++;
      let next = this.pace.afterRead(count * ANSWER_BYTES, this.now);
      this.now += count * HANDLE;
      let taken = count;
      if (next === Next.try) {
        let more = 0;
        for (let turn = 0; turn < TRY_TURNS && more === 0; turn++) {
          this.now += TURN;
          more = this.take();
        }
        if (more > 0) reads++;
        taken += more;
        next = this.pace.afterTry(more > 0, this.now);
      }
      answered += taken;
      if (window < Infinity) this.send(taken);
      if (next === Next.wait) {
        waits++;
        this.now += WAIT;
      }
    }
    // What is in flight is answered, so that the next run begins with none.
    this.now = Math.max(this.now, this.busyUntil);
    this.take();
    const elapsed = this.now - began;
    return { answersPerMillisecond: answered / elapsed, readsPerAnswer: reads / answered, waits, longestDelay };
  }

  /** Answers that have come by now. */
  private take(): number {
    const from = this.read;
    while (this.read < this.answers.length && this.answers[this.read]! <= this.now) this.read++;
    return this.read - from;
  }

  private send(count: number): void {
    for (let i = 0; i < count; i++) {
      this.busyUntil = Math.max(this.busyUntil, this.now) + this.service;
      this.answers.push(this.busyUntil);
    }
  }
}

function run(window: number, service: number, duration = 1000): Outcome {
  return new Flow(new ReadCoalescing(65536), service).run(window, duration);
}

function runPromptly(window: number, service: number, duration = 1000): Outcome {
  return new Flow(prompt, service).run(window, duration);
}

describe('ReadCoalescing', () => {
  it('lets answers gather while the peer has a large window to work on, and costs no time', () => {
    for (const window of [256, 1000]) {
      const outcome = run(window, 0.008);
      expect(outcome.readsPerAnswer).toBeLessThan(0.03);
      expect(outcome.answersPerMillisecond).toBeGreaterThan(runPromptly(window, 0.008).answersPerMillisecond * 0.99);
      expect(outcome.longestDelay).toBeLessThan(2 * WAIT);
    }
  });

  it('lets messages gather that the peer sends by itself', () => {
    for (const interval of [0.008, 0.03]) expect(run(Infinity, interval).readsPerAnswer).toBeLessThan(interval * 2);
  });

  it('never waits when one message waits for the other, however fast they are', () => {
    for (const service of [0.002, 0.02, 0.2]) expect(run(1, service).waits).toBe(0);
  });

  it('gives up where the peer empties the window in less than a wait', () => {
    for (const window of [8, 20, 64]) {
      const outcome = run(window, 0.008, 4000);
      expect(outcome.waits).toBeLessThan(20);
      const without = runPromptly(window, 0.008, 4000).answersPerMillisecond;
      expect(outcome.answersPerMillisecond).toBeGreaterThan(without * 0.99);
    }
  });

  it('never waits when less than four reads come in a millisecond', () => {
    const pace = new ReadCoalescing(65536);
    for (let i = 0; i < 10_000; i++) expect(pace.afterRead(4, i * 0.26)).toBe(Next.read);
  });

  it('reads at once after a silence', () => {
    const pace = new ReadCoalescing(65536);
    const now = waitingSince(pace);
    expect(pace.afterRead(4, now + 4.1)).toBe(Next.read);
    expect(pace.afterRead(4, now + 4.2)).toBe(Next.read);
  });

  it('reads on when a read fills the buffer', () => {
    const pace = new ReadCoalescing(65536);
    const now = waitingSince(pace);
    expect(pace.afterRead(65536, now + 1)).toBe(Next.read);
    expect(pace.afterRead(100, now + 1.1)).toBe(Next.wait);
  });

  it('stops waiting soon after a large window has become a small one', () => {
    const flow = new Flow(new ReadCoalescing(65536), 0.008);
    expect(flow.run(1000, 1000).waits).toBeGreaterThan(500);
    expect(flow.run(1, 1000).waits).toBeLessThan(70);
  });

  it('repeats a trial that failed ever more rarely', () => {
    const pace = new ReadCoalescing(65536);
    const begins: number[] = [];
    let waiting = false;
    for (let now = 0; now < 20_000; now += 0.01) {
      let next = pace.afterRead(4, now);
      // A peer that has work left until there are waits.
      if (next === Next.try) next = pace.afterTry(!waiting, now);
      if (next === Next.wait && !waiting) begins.push(now);
      waiting = next === Next.wait;
    }
    const gaps = begins.slice(1).map((begin, i) => Math.round((begin - begins[i]!) / 64));
    expect(gaps).toEqual([1, 2, 4, 8, 16, 32, 64, 64, 64]);
  });
});

/** Brings `pace` to wait behind each read, without a try of the next ones; the time of its last read. */
function waitingSince(pace: ReadPace): number {
  let now = 0;
  for (;;) {
    now += 0.01;
    const next = pace.afterRead(4, now);
    if (next === Next.wait) return now;
    if (next === Next.try) pace.afterTry(true, now);
  }
}
