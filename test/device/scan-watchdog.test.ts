import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ScanRemedy, ScanWatchdog } from '../../src/device/index.js';
import type { Timer } from '../../src/hal/index.js';
import { VirtualTime } from '../support/virtual-time.js';

const HOUR = 3600_000;
const DAY = 24 * HOUR;

const names = { [ScanRemedy.restartScan]: 'scan', [ScanRemedy.resetRadio]: 'radio', [ScanRemedy.restartChip]: 'chip' };

/** A watchdog in virtual time, whose owner writes down what it asks for. */
class Bench {
  readonly time = new VirtualTime(1000);
  readonly watchdog: ScanWatchdog;
  readonly remedies: { at: number; name: string }[] = [];
  advertisements = 0;
  private readonly timer: Timer;

  constructor(silentSeconds = 60, canReset = true, canRestart = true, chipRestartSeconds?: number) {
    const chip = chipRestartSeconds === undefined ? {} : { chipRestartSeconds };
    this.watchdog = new ScanWatchdog({ silentSeconds, ...chip }, canReset, canRestart);
    this.timer = this.time.create(() => this.wake());
    this.start();
  }

  start(): void {
    this.watchdog.start(this.time.now(), this.advertisements);
    this.arm();
  }

  /** Hears an advertisement every `interval` ms for `milliseconds`. */
  hear(milliseconds: number, interval: number): void {
    for (let passed = 0; passed < milliseconds; passed += interval) {
      this.advertisements++;
      this.time.run(interval);
    }
  }

  names(): string[] {
    return this.remedies.map(({ name }) => name);
  }

  arm(): void {
    const { deadline } = this.watchdog;
    if (deadline < Infinity) this.timer.start(deadline - this.time.now());
    else this.timer.stop();
  }

  private wake(): void {
    const remedy = this.watchdog.tick(this.time.now(), this.advertisements);
    if (remedy !== ScanRemedy.none) this.remedies.push({ at: this.time.now(), name: names[remedy] });
    this.arm();
  }
}

describe('ScanWatchdog', () => {
  it('does nothing as long as something is heard within its time', () => {
    const bench = new Bench();
    bench.hear(DAY, 59_000);
    expect(bench.remedies).toEqual([]);
    expect(bench.watchdog.silent).toBe(false);
  });

  it('restarts the scan, then the radio, then the chip, each after twice the wait', () => {
    const bench = new Bench(60, true, true, 0);
    bench.hear(HOUR, 1000);
    const from = bench.time.now();
    bench.time.run(9 * 60_000);
    const waits = bench.remedies.map(({ at }, i) => at - (bench.remedies[i - 1]?.at ?? from));
    expect(bench.names()).toEqual(['scan', 'radio', 'chip']);
    expect(waits[0]).toBeGreaterThanOrEqual(60_000);
    expect(waits[0]).toBeLessThanOrEqual(120_000);
    expect(waits.slice(1)).toEqual([120_000, 240_000]);
    expect(bench.watchdog.silent).toBe(true);
    expect([bench.watchdog.scanRestarts, bench.watchdog.radioResets, bench.watchdog.chipRestarts]).toEqual([1, 1, 1]);
  });

  it('notices a new silence as soon as the first one, however long that was', () => {
    const bench = new Bench();
    bench.time.run(DAY);
    const before = bench.remedies.length;
    bench.advertisements++;
    bench.time.run(120_000);
    expect(bench.names().slice(before)).toEqual(['scan']);
  });

  it('begins with the first step after anything was heard', () => {
    const bench = new Bench();
    bench.time.run(200_000);
    expect(bench.names()).toEqual(['scan', 'radio']);
    bench.advertisements++;
    bench.time.run(60_000);
    expect(bench.watchdog.silent).toBe(false);
    bench.time.run(60_000);
    expect(bench.names()).toEqual(['scan', 'radio', 'scan']);
  });

  it('uses a restart of the scan for a step that the board does not have', () => {
    const bench = new Bench(60, false, false, 0);
    bench.hear(60_000, 1000);
    bench.time.run(HOUR);
    expect(new Set(bench.names())).toEqual(new Set(['scan']));
    expect(bench.remedies.length).toBeGreaterThan(3);
  });

  it('never restarts the chip in a world that is silent from the start', () => {
    const bench = new Bench();
    bench.time.run(365 * DAY);
    expect(bench.names()).not.toContain('chip');
    expect(bench.names()).toContain('radio');
    // Once an hour in the end.
    expect(bench.remedies.length).toBeLessThan(365 * 24 + 10);
  });

  it('restarts the chip once when the world falls silent for good', () => {
    const bench = new Bench();
    bench.hear(10 * DAY, 30_000);
    bench.time.run(100 * DAY);
    expect(bench.names().filter((name) => name === 'chip').length).toBe(1);
  });

  it('restarts the chip four times a day at most, whatever is heard', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1000, max: 2 * HOUR }), { minLength: 1, maxLength: 8 }),
        fc.boolean(),
        (gaps, restarts) => {
          const bench = new Bench();
          let chips = 0;
          for (let i = 0; bench.time.now() < 4 * DAY; i++) {
            bench.advertisements++;
            bench.time.run(gaps[i % gaps.length]!);
            const count = bench.names().filter((name) => name === 'chip').length;
            // A chip that was restarted begins anew, or is in for a restart that did not come about.
            if (restarts && count > chips) bench.start();
            chips = count;
          }
          expect(chips).toBeLessThanOrEqual(16);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('does not count a pause as silence, and does not forget the silence before it', () => {
    const bench = new Bench();
    bench.time.run(50_000);
    for (let i = 0; i < 2; i++) bench.watchdog.pause(bench.time.now());
    bench.arm();
    bench.time.run(HOUR);
    expect(bench.remedies).toEqual([]);
    bench.watchdog.resume(bench.time.now());
    bench.watchdog.resume(bench.time.now());
    bench.arm();
    bench.time.run(9_999);
    expect(bench.remedies).toEqual([]);
    bench.time.run(1);
    expect(bench.names()).toEqual(['scan']);
  });

  it('is still when it is stopped, paused or not', () => {
    const bench = new Bench();
    bench.watchdog.pause(bench.time.now());
    bench.watchdog.stop();
    bench.watchdog.resume(bench.time.now());
    expect(bench.watchdog.deadline).toBe(Infinity);
    bench.watchdog.pause(bench.time.now());
    bench.watchdog.resume(bench.time.now());
    expect(bench.watchdog.deadline).toBe(Infinity);
  });

  it('does nothing before its deadline', () => {
    const bench = new Bench();
    expect(bench.watchdog.tick(bench.watchdog.deadline - 1, 0)).toBe(ScanRemedy.none);
  });

  it.each([0, 86401, NaN])('refuses %d seconds', (silentSeconds) => {
    expect(() => new Bench(silentSeconds)).toThrow(
      `silentSeconds must be a number from 1 to 86400 (0: no watchdog), got ${silentSeconds}`,
    );
  });

  it('refuses a chip restart time that is not allowed', () => {
    expect(() => new Bench(60, true, true, -1)).toThrow(
      'chipRestartSeconds must be a number from 0 to 31536000, got -1',
    );
  });
});
