import fc from 'fast-check';
import { FlashStore } from '../../../boards/moddable/flash-store.js';
import { MemoryStore } from '../../../sim/hal/index.js';
import { SimulatedFlash } from '../../../sim/hal/simulated-flash.js';
import { SeededRandom } from '../../../sim/world/random.js';
import type { Store } from '../../../src/hal/index.js';
import { Outbox, Report, RestoreFault } from '../../../src/telemetry/index.js';
import { restoreFaultText, PersistedOutbox } from '../../../src/telemetry/outbox/persisted-outbox.js';
import { anyReading, appendReading, content } from '../readings.js';
import { describe, expect, it } from 'vitest';

const [reading] = fc.sample(anyReading, { numRuns: 1, seed: 5 });
const address = Uint8Array.of(1, 2, 3, 4, 5, 6);

/** An outbox with its copy, and a clock that is moved by hand. */
class Bench {
  readonly outbox = new Outbox();
  readonly kept: PersistedOutbox;
  private now = 0;
  private sequence = 0;
  private packetId = 0;

  constructor(readonly store: Store = new MemoryStore()) {
    this.kept = new PersistedOutbox(this.outbox, store, 60);
    this.kept.start(0);
  }

  append(): void {
    appendReading(this.outbox, reading!, address, 0, -1, 0, this.sequence++);
  }

  acknowledgeAll(): void {
    while (this.outbox.take(new Report())) {
      this.outbox.sent(++this.packetId);
      this.outbox.acknowledged(this.packetId);
    }
  }

  /** Lets the interval pass. */
  tick(): boolean {
    this.now = this.kept.deadline;
    return this.kept.tick(this.now);
  }

  inStore(): boolean {
    return this.store.read('outbox', new Uint8Array(0)) > 0;
  }
}

describe('PersistedOutbox', () => {
  it('writes nothing while readings leave in time, even if there are always some', () => {
    const bench = new Bench();
    for (let i = 0; i < 100; i++) {
      bench.acknowledgeAll();
      bench.append();
      bench.tick();
    }
    expect([bench.kept.writes, bench.inStore()]).toEqual([0, false]);
  });

  it('saves what stayed for an interval, and again only when something changed', () => {
    const bench = new Bench();
    bench.append();
    bench.tick();
    expect(bench.kept.writes).toBe(0);
    bench.tick();
    expect([bench.kept.writes, bench.inStore()]).toEqual([1, true]);
    bench.tick();
    expect(bench.kept.writes).toBe(1);
    bench.append();
    bench.tick();
    expect(bench.kept.writes).toBe(2);
  });

  it('removes the copy once all is acknowledged, at the next tick, which is due at once', () => {
    const bench = new Bench();
    bench.append();
    bench.tick();
    bench.tick();
    expect(bench.kept.acknowledged(130_000)).toBe(false);
    bench.acknowledgeAll();
    expect(bench.kept.acknowledged(130_000)).toBe(true);
    expect(bench.kept.deadline).toBe(130_000);
    expect(bench.inStore()).toBe(true);
    bench.kept.tick(130_000);
    expect(bench.inStore()).toBe(false);
    expect(bench.kept.acknowledged(130_001)).toBe(false);
  });

  it('leaves the store as the outbox is when it stops', () => {
    const bench = new Bench();
    bench.append();
    expect(bench.kept.stop()).toBe(true);
    expect(bench.inStore()).toBe(true);
    bench.acknowledgeAll();
    expect(bench.kept.stop()).toBe(true);
    expect(bench.inStore()).toBe(false);
    expect(bench.kept.deadline).toBe(Infinity);
  });

  it('says when the store refuses, and tries again', () => {
    const bench = new Bench(new MemoryStore(10));
    bench.append();
    expect(bench.tick()).toBe(true);
    expect(bench.tick()).toBe(false);
    expect(bench.tick()).toBe(false);
    expect([bench.kept.writes, bench.kept.failures, bench.kept.persisted]).toEqual([0, 2, false]);
  });

  it('does nothing before its deadline', () => {
    const bench = new Bench();
    bench.append();
    bench.tick();
    expect(bench.kept.tick(bench.kept.deadline - 1)).toBe(true);
    expect(bench.kept.writes).toBe(0);
  });

  it('removes a copy that is damaged, and keeps one that another firmware could use', () => {
    const store = new MemoryStore();
    const first = new Bench(store);
    for (let i = 0; i < 9; i++) first.append();
    first.kept.stop();
    const small = new PersistedOutbox(new Outbox({ capacity: 400 }), store, 60);
    expect(small.restore()).toBe(RestoreFault.tooLong);
    expect(first.inStore()).toBe(true);
    store.write('outbox', new Uint8Array(3), 0, 3);
    expect(small.restore()).toBe(RestoreFault.corrupt);
    expect(first.inStore()).toBe(false);
  });

  it.each([0, 86401, NaN])('refuses %d seconds', (seconds) => {
    expect(() => new PersistedOutbox(new Outbox(), new MemoryStore(), seconds)).toThrow(
      `persistSeconds must be a number from 1 to 86400 (0: never), got ${seconds}`,
    );
  });

  it('has one line for every fault', () => {
    const faults = [RestoreFault.tooLong, RestoreFault.otherVersion, RestoreFault.corrupt];
    expect(new Set(faults.map(restoreFaultText)).size).toBe(3);
  });

  it('loses no reading that was saved and not acknowledged, and invents none, on flash whose power is cut', () => {
    type Accepted = { sequence: number; content: unknown };
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ name: fc.constant('append' as const), reading: anyReading }) },
      { weight: 3, arbitrary: fc.record({ name: fc.constant('send' as const) }) },
      { weight: 3, arbitrary: fc.record({ name: fc.constant('acknowledge' as const), which: fc.nat(3) }) },
      { weight: 3, arbitrary: fc.record({ name: fc.constant('tick' as const) }) },
      { weight: 1, arbitrary: fc.record({ name: fc.constant('stop' as const) }) },
      { weight: 1, arbitrary: fc.record({ name: fc.constant('restart' as const) }) },
      { weight: 1, arbitrary: fc.record({ name: fc.constant('cut' as const), work: fc.nat(3000) }) },
    );
    fc.assert(
      fc.property(fc.nat(), fc.array(step, { maxLength: 120 }), (seed, steps) => {
        const random = new SeededRandom(seed);
        const flash = new SimulatedFlash(8, 1024, () => random.unit());
        const report = new Report();
        let sequence = 0;
        let packetId = 0;
        let inFlight: { packetId: number; sequence: number }[] = [];
        /** What the outbox has, by the rules of a plain list. */
        let list: Accepted[] = [];
        /** What the store has, and what it may have instead when the power was cut in the middle of a save. */
        let saved: Accepted[] = [];
        let perhaps: Accepted[] | undefined;
        let outbox!: Outbox;
        let kept!: PersistedOutbox;

        const sequences = (some: Accepted[]): number[] => some.map((one) => one.sequence);
        const boot = (): void => {
          outbox = new Outbox({ capacity: 2048 });
          kept = new PersistedOutbox(outbox, new FlashStore(flash), 60);
          const count = kept.restore();
          kept.start(0);
          inFlight = [];
          const found: Accepted[] = [];
          const copy = new Outbox({ capacity: 2048 });
          copy.restore(new FlashStore(flash), 'outbox');
          while (copy.take(report)) {
            found.push({ sequence: report.sequence, content: content(report.reading) });
            copy.drop();
          }
          expect(count).toBe(found.length);
          if (JSON.stringify(found) !== JSON.stringify(perhaps)) expect(found).toEqual(saved);
          list = [...found];
          saved = found;
          perhaps = undefined;
        };
        boot();

        for (const one of steps) {
          switch (one.name) {
            case 'append': {
              appendReading(outbox, one.reading, address, 0, -1, 0, ++sequence);
              list.push({ sequence, content: content(one.reading) });
              // What was dropped for it is the business of other tests.
              const stay = outbox.waitingCount + outbox.inFlightCount;
              const flying = new Set(inFlight.map((other) => other.sequence));
              while (list.length > stay) {
                const oldest = list.findIndex((other) => !flying.has(other.sequence));
                list.splice(oldest, 1);
              }
              break;
            }
            case 'send':
              if (outbox.take(report)) {
                outbox.sent(++packetId);
                inFlight.push({ packetId, sequence: report.sequence });
              }
              break;
            case 'acknowledge': {
              const [done] = inFlight.splice(one.which, 1);
              if (!done) break;
              outbox.acknowledged(done.packetId);
              list = list.filter((other) => other.sequence !== done.sequence);
              kept.acknowledged(0);
              break;
            }
            case 'tick':
            case 'stop': {
              const before = kept.writes;
              const had = kept.persisted;
              expect(one.name === 'tick' ? kept.tick(kept.deadline) : kept.stop()).toBe(true);
              if (one.name === 'stop') kept.start(0);
              if (kept.writes > before) saved = [...list];
              if (had && !kept.persisted) saved = [];
              break;
            }
            case 'restart':
              boot();
              break;
            case 'cut': {
              const end = flash.work + one.work;
              flash.cutAfter(one.work);
              perhaps = [...list];
              kept.persist();
              // Done before the cut, it counts; else either may be there.
              if (flash.work < end) {
                saved = perhaps;
                perhaps = undefined;
              }
              flash.restorePower();
              boot();
              break;
            }
          }
          expect(sequences(list).length).toBe(outbox.waitingCount + outbox.inFlightCount);
        }
        boot();
      }),
      { numRuns: 300 },
    );
  });
});
