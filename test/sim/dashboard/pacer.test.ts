import { Pacer } from '../../../sim/dashboard/pacer.js';
import type { Paced, RealTime } from '../../../sim/dashboard/pacer.js';
import { describe, expect, it } from 'vitest';

/** A world whose virtual milliseconds take `cost` real ones each, and a real time that passes by that and by sleep. */
class Bench implements Paced, RealTime {
  endsAt = Infinity;
  real = 0;
  virtual = 0;
  turns = 0;
  /** Called after each turn with its number. */
  turned: (turn: number) => void = () => {};

  constructor(readonly cost = 0) {}

  // Both clocks have this name: of `Paced` and of `RealTime`.
  now(): number {
    return this.virtual;
  }

  runUntil(time: number): Promise<void> {
    this.real += Math.max(0, time - this.virtual) * this.cost;
    this.virtual = Math.max(this.virtual, time);
    return Promise.resolve();
  }

  sleep(milliseconds: number): Promise<void> {
    this.real += milliseconds;
    return Promise.resolve();
  }

  pacer(speed: number): Pacer {
    const real = { now: () => this.real, sleep: (milliseconds: number) => this.sleep(milliseconds) };
    return new Pacer(this, speed, real);
  }
}

async function runFor(bench: Bench, pacer: Pacer, realMilliseconds: number): Promise<void> {
  const end = bench.real + realMilliseconds;
  await pacer.run(() => {
    bench.turned(++bench.turns);
    // A real millisecond passes at least, or a pacer that never sleeps would never end.
    bench.real += 1;
    if (bench.real >= end) pacer.stop();
  });
}

describe('Pacer', () => {
  it.each([0.5, 1, 20, 1000])('keeps the speed %f', async (speed) => {
    const bench = new Bench();
    await runFor(bench, bench.pacer(speed), 10_000);
    expect(bench.virtual / bench.real).toBeGreaterThan(0.98 * speed);
    expect(bench.virtual / bench.real).toBeLessThanOrEqual(speed);
  });

  it('looks at the clock about 25 times a second', async () => {
    const bench = new Bench();
    await runFor(bench, bench.pacer(1), 10_000);
    expect(bench.turns).toBeGreaterThan(200);
    expect(bench.turns).toBeLessThanOrEqual(250);
  });

  it('pauses, and goes on from there', async () => {
    const bench = new Bench();
    const pacer = bench.pacer(1);
    let paused = 0;
    bench.turned = () => {
      if (bench.real > 2000 && bench.real < 6000 && pacer.speed === 1) {
        pacer.speed = 0;
        paused = bench.virtual;
      }
      if (bench.real > 5900 && pacer.speed === 0) {
        expect(bench.virtual).toBe(paused);
        pacer.speed = 2;
      }
    };
    await runFor(bench, pacer, 8000);
    expect(bench.virtual - paused).toBeGreaterThan(2 * 2000 - 200);
    expect(bench.virtual - paused).toBeLessThan(2 * 2100 + 200);
  });

  it('runs as fast as it goes, in turns that let others come through', async () => {
    const bench = new Bench(0.001);
    let longest = 0;
    let before = 0;
    bench.turned = (turn) => {
      if (turn > 20) longest = Math.max(longest, bench.real - before);
      before = bench.real;
    };
    await runFor(bench, bench.pacer(Infinity), 5000);
    // A thousand times, but for the millisecond between turns.
    expect(bench.virtual / bench.real).toBeGreaterThan(900);
    expect(longest).toBeLessThan(100);
  });

  it('does not run after a time that the computer slept', async () => {
    const bench = new Bench();
    const pacer = bench.pacer(1);
    bench.turned = (turn) => {
      if (turn === 10) bench.real += 3_600_000;
    };
    await runFor(bench, pacer, 3_605_000);
    expect(bench.virtual).toBeLessThan(7000);
    expect(bench.virtual).toBeGreaterThan(5000);
  });

  it('goes slower where the computer is too slow, without long turns', async () => {
    // A virtual millisecond takes two real ones.
    const bench = new Bench(2);
    await runFor(bench, bench.pacer(1), 60_000);
    expect(bench.virtual / bench.real).toBeGreaterThan(0.4);
    expect(bench.turns).toBeGreaterThan(400);
  });

  it('ends where the virtual time ends', async () => {
    const bench = new Bench();
    bench.endsAt = 5000;
    await bench.pacer(Infinity).run(() => {});
    expect(bench.virtual).toBe(5000);
  });
});
