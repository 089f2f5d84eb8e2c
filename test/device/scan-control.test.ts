import fc from 'fast-check';
import { ScanControl } from '../../src/device/scan-control.js';
import type { ScanControlOptions } from '../../src/device/scan-control.js';
import { nextScanState, SCAN_EVENT_COUNT, ScanEvent, ScanState, scanStateNames } from '../../src/device/scan-state.js';
import { ScanRemedy } from '../../src/device/scan-watchdog.js';
import type { Timer } from '../../src/hal/index.js';
import { scanProfile } from '../../src/settings/scan-profile.js';
import { VirtualTime } from '../support/virtual-time.js';
import { ScriptedScanner } from './scripted-scanner.js';
import { describe, expect, it } from 'vitest';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A control in virtual time, with a timer as its owner has one. */
class Bench {
  readonly time = new VirtualTime(1000);
  readonly control: ScanControl;
  readonly remedies: ScanRemedy[] = [];
  private readonly timer: Timer;

  constructor(
    options: Partial<ScanControlOptions> = {},
    readonly scanner = new ScriptedScanner(),
    canRestart = true,
  ) {
    this.control = new ScanControl({ profile: scanProfile('dedicated'), ...options }, scanner, canRestart);
    this.control.handler = { onAdvertisement: () => this.control.heard(this.time.now()) };
    this.timer = this.time.create(() => this.wake());
  }

  get state(): string {
    return scanStateNames[this.control.state]!;
  }

  /** Does something with the control, and sets the timer by its deadline. */
  do(action: (control: ScanControl, now: number) => void): void {
    action(this.control, this.time.now());
    const { deadline } = this.control;
    if (deadline < Infinity) this.timer.start(deadline - this.time.now());
    else this.timer.stop();
  }

  start(): this {
    this.do((control, now) => control.start(now));
    return this;
  }

  /** Hears an advertisement every `interval` ms for `milliseconds`. */
  hear(milliseconds: number, interval: number): void {
    for (let passed = 0; passed < milliseconds; passed += interval) {
      this.scanner.hear();
      this.time.run(interval);
    }
  }

  steps(state: ScanState, event: ScanEvent): number {
    return this.control.steps[state * SCAN_EVENT_COUNT + event]!;
  }

  private wake(): void {
    this.do((control, now) => {
      const remedy = control.tick(now);
      if (remedy !== ScanRemedy.none) this.remedies.push(remedy);
    });
  }
}

const shared = { profile: scanProfile('shared') };

describe('ScanControl', () => {
  it('is starting until the first advertisement, then scanning, until it is stopped', () => {
    const bench = new Bench();
    expect(bench.state).toBe('stopped');
    bench.start();
    expect([bench.state, bench.scanner.take()]).toEqual(['starting', ['start 100/100']]);
    bench.scanner.hear();
    bench.scanner.hear();
    expect([bench.state, bench.control.advertisements]).toEqual(['scanning', 2]);
    bench.do((control) => control.stop());
    expect([bench.state, bench.scanner.take(), bench.control.deadline]).toEqual(['stopped', ['stop'], Infinity]);
    bench.start();
    expect([bench.state, bench.scanner.take()]).toEqual(['starting', ['start 100/100']]);
    expect(bench.steps(ScanState.stopped, ScanEvent.begin)).toBe(2);
    expect(bench.steps(ScanState.starting, ScanEvent.heard)).toBe(1);
  });

  it('tells the rate', () => {
    const bench = new Bench().start();
    bench.hear(MINUTE, 50);
    expect(bench.control.perSecond(bench.time.now())).toBeCloseTo(20, 0);
  });

  describe('on a radio that Wi-Fi needs too', () => {
    it('waits for the first connection, and then scans more than before', () => {
      const bench = new Bench(shared).start();
      expect([bench.state, bench.scanner.take()]).toEqual(['waiting', []]);
      bench.do((control, now) => control.connected(now));
      expect([bench.state, bench.scanner.take()]).toEqual(['starting', ['start 60/100']]);
    });

    it('begins without a connection when that takes long, and leaves the radio time', () => {
      const bench = new Bench(shared).start();
      bench.time.run(59_999);
      expect(bench.scanner.take()).toEqual([]);
      bench.time.run(1);
      expect([bench.state, bench.scanner.take()]).toEqual(['starting', ['start 30/100']]);
      expect(bench.steps(ScanState.waiting, ScanEvent.overdue)).toBe(1);
    });

    it('scans less as long as the connection is lost, and restarts the scan only when that changes', () => {
      const bench = new Bench(shared).start();
      bench.do((control, now) => control.connected(now));
      bench.scanner.take();
      for (let i = 0; i < 3; i++) bench.do((control) => control.disconnected());
      expect(bench.scanner.take()).toEqual(['start 30/100']);
      for (let i = 0; i < 3; i++) bench.do((control, now) => control.connected(now));
      expect(bench.scanner.take()).toEqual(['start 60/100']);
    });

    it('waits for nothing when it is connected already', () => {
      const bench = new Bench(shared);
      bench.do((control, now) => control.connected(now));
      bench.start();
      expect([bench.state, bench.scanner.take()]).toEqual(['starting', ['start 60/100']]);
    });

    it('waits again when it starts anew', () => {
      const bench = new Bench(shared).start();
      bench.do((control, now) => control.connected(now));
      bench.do((control) => control.stop());
      bench.start();
      expect(bench.state).toBe('waiting');
    });

    it('does not scan when the connection comes or goes after it was stopped', () => {
      const bench = new Bench(shared).start();
      bench.do((control) => control.stop());
      bench.do((control, now) => control.connected(now));
      bench.do((control) => control.disconnected());
      expect(bench.scanner.take()).toEqual(['stop']);
    });
  });

  describe('in a pause', () => {
    it('is still, and starts again afterwards', () => {
      const bench = new Bench().start();
      bench.scanner.hear();
      bench.scanner.take();
      bench.do((control, now) => control.pause(now));
      bench.do((control, now) => control.pause(now));
      expect([bench.state, bench.scanner.take()]).toEqual(['paused', ['pause']]);
      bench.do((control, now) => control.resume(now));
      bench.do((control, now) => control.resume(now));
      expect([bench.state, bench.scanner.take()]).toEqual(['starting', ['resume']]);
      bench.scanner.hear();
      expect(bench.state).toBe('scanning');
    });

    it('goes on by itself when nobody ends it', () => {
      const bench = new Bench({ pauseSeconds: 30 }).start();
      bench.do((control, now) => control.pause(now));
      bench.time.run(29_999);
      expect(bench.state).toBe('paused');
      bench.time.run(1);
      expect([bench.state, bench.scanner.paused]).toEqual(['starting', false]);
      expect(bench.steps(ScanState.paused, ScanEvent.overdue)).toBe(1);
      bench.do((control, now) => control.resume(now));
      expect(bench.steps(ScanState.paused, ScanEvent.resume)).toBe(0);
    });

    it('leaves the scanner alone when the duty changes, and applies that at its end', () => {
      const bench = new Bench(shared).start();
      bench.time.run(MINUTE);
      bench.do((control, now) => control.pause(now));
      bench.scanner.take();
      bench.do((control, now) => control.connected(now));
      expect(bench.scanner.take()).toEqual([]);
      bench.do((control, now) => control.resume(now));
      expect(bench.scanner.take()).toEqual(['resume', 'start 60/100']);
    });

    it('is stopped, and starts without one', () => {
      const bench = new Bench().start();
      bench.do((control, now) => control.pause(now));
      bench.do((control) => control.stop());
      bench.start();
      expect([bench.state, bench.scanner.paused]).toEqual(['starting', false]);
    });

    it('is never on a board that does not need it, nor before it scans', () => {
      const without = new Bench({}, new ScriptedScanner(false)).start();
      without.do((control, now) => control.pause(now));
      expect(without.state).toBe('starting');
      const early = new Bench(shared).start();
      early.do((control, now) => control.pause(now));
      expect([early.state, early.scanner.take()]).toEqual(['waiting', []]);
    });

    it('does not count as silence, and does not make the silence before it forgotten', () => {
      const bench = new Bench({ silentSeconds: 60, pauseSeconds: 3600 }).start();
      bench.time.run(50_000);
      bench.do((control, now) => control.pause(now));
      bench.time.run(HOUR - 1);
      bench.do((control, now) => control.resume(now));
      bench.time.run(9_999);
      expect(bench.remedies).toEqual([]);
      bench.time.run(1);
      expect(bench.remedies).toEqual([ScanRemedy.restartScan]);
    });
  });

  describe('in silence', () => {
    const watched = { silentSeconds: 60, chipRestartSeconds: 0 };

    it('restarts the scan, then the radio, and asks for the chip', () => {
      const bench = new Bench(watched).start();
      bench.hear(MINUTE, 1000);
      bench.scanner.take();
      bench.time.run(2 * MINUTE);
      expect([bench.state, bench.scanner.take()]).toEqual(['silent', ['stop', 'start 100/100']]);
      bench.time.run(2 * MINUTE);
      expect(bench.scanner.take()).toEqual(['stop', 'reset', 'start 100/100']);
      bench.time.run(4 * MINUTE);
      // The chip is the owner's.
      expect(bench.scanner.take()).toEqual([]);
      expect(bench.remedies).toEqual([ScanRemedy.restartScan, ScanRemedy.resetRadio, ScanRemedy.restartChip]);
      expect(bench.control.watchdog?.radioResets).toBe(1);
      bench.scanner.hear();
      expect(bench.state).toBe('scanning');
      expect(bench.steps(ScanState.scanning, ScanEvent.overdue)).toBe(1);
      expect(bench.steps(ScanState.silent, ScanEvent.overdue)).toBe(2);
      expect(bench.steps(ScanState.silent, ScanEvent.heard)).toBe(1);
    });

    it('restarts the scan of a radio that cannot be restarted', () => {
      const bench = new Bench(watched, new ScriptedScanner(true, false), false).start();
      bench.time.run(HOUR);
      expect(new Set(bench.remedies)).toEqual(new Set([ScanRemedy.restartScan]));
    });

    it('from the start on, is noticed as well', () => {
      const bench = new Bench(watched).start();
      bench.time.run(MINUTE);
      expect([bench.state, bench.steps(ScanState.starting, ScanEvent.overdue)]).toEqual(['silent', 1]);
    });

    it('does nothing as long as something is heard', () => {
      const bench = new Bench(watched).start();
      bench.hear(24 * HOUR, 59_000);
      expect([bench.remedies, bench.state]).toEqual([[], 'scanning']);
    });

    it('is patient when it was not asked to watch', () => {
      const bench = new Bench({ silentSeconds: 0 }).start();
      expect([bench.control.deadline, bench.control.watchdog]).toEqual([Infinity, undefined]);
      bench.time.run(24 * HOUR);
      expect([bench.remedies, bench.state]).toEqual([[], 'starting']);
    });

    it('does not watch while it waits for a connection', () => {
      const bench = new Bench({ ...watched, ...shared, silentSeconds: 1 }).start();
      bench.time.run(59_000);
      expect([bench.remedies, bench.state]).toEqual([[], 'waiting']);
    });
  });

  it('does nothing before its deadline', () => {
    const bench = new Bench(shared).start();
    expect(bench.control.tick(bench.control.deadline - 1)).toBe(ScanRemedy.none);
    expect(bench.state).toBe('waiting');
  });

  it.each([
    [{ pauseSeconds: 0 }, 'pauseSeconds must be a number from 1 to 3600, got 0'],
    [{ silentSeconds: 86401 }, 'silentSeconds must be a number from 1 to 86400 (0: no watchdog), got 86401'],
    [{ chipRestartSeconds: -1, silentSeconds: 1 }, 'chipRestartSeconds must be a number from 0 to 31536000, got -1'],
    [
      { profile: { ...scanProfile('shared'), waitSeconds: 4000 } },
      'waitSeconds must be a number from 0 to 3600, got 4000',
    ],
  ])('refuses %j', (options, message) => {
    expect(() => new Bench(options)).toThrow(message);
  });

  it('whatever is asked of it: has a deadline where it waits, and never scans unasked', () => {
    const call = fc.constantFrom('start', 'stop', 'pause', 'resume', 'connected', 'disconnected', 'hear', 'run');
    const calls = fc.array(fc.tuple(call, fc.integer({ min: 0, max: 4 * MINUTE })), { maxLength: 80 });
    fc.assert(
      fc.property(
        calls,
        fc.constantFrom('shared', 'dedicated'),
        fc.constantFrom(0, 60),
        (list, name, silentSeconds) => {
          const bench = new Bench({ profile: scanProfile(name), silentSeconds, pauseSeconds: 90 });
          for (const [what, milliseconds] of list) {
            if (what === 'run') bench.time.run(milliseconds);
            else if (what === 'hear') bench.scanner.hear();
            else bench.do((control, now) => control[what](now));
            const { state, deadline } = bench.control;
            const scans = state !== ScanState.stopped && state !== ScanState.waiting;
            expect(bench.scanner.scanning).toBe(scans);
            expect(bench.scanner.paused).toBe(state === ScanState.paused);
            const waits = state === ScanState.waiting || state === ScanState.paused || (scans && silentSeconds > 0);
            expect(deadline < Infinity).toBe(waits);
            if (waits) expect(deadline).toBeGreaterThan(bench.time.now() - 1);
          }
          bench.control.steps.forEach((count, at) => {
            const next = nextScanState(Math.floor(at / SCAN_EVENT_COUNT), at % SCAN_EVENT_COUNT);
            if (next < 0) expect(count).toBe(0);
          });
        },
      ),
      { numRuns: 300 },
    );
  });
});
