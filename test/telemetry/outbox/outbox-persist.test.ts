import fc from 'fast-check';
import { MemoryStore } from '../../../sim/hal/index.js';
import { MAX_RECORD_LENGTH, Outbox, Report, RestoreFault } from '../../../src/telemetry/index.js';
import { crc32 } from '../../../src/telemetry/index.js';
import { anyReading, anyReport, appendReading, content, parts } from '../readings.js';
import { describe, expect, it } from 'vitest';

const KEY = 'outbox';
const address = Uint8Array.of(1, 2, 3, 4, 5, 6);

/** What was saved, as its own copy. */
function saved(store: MemoryStore): Uint8Array {
  const into = new Uint8Array(store.read(KEY, new Uint8Array(0)));
  store.read(KEY, into);
  return into;
}

function takeAll(outbox: Outbox): unknown[] {
  const list: unknown[] = [];
  const report = new Report();
  while (outbox.take(report)) {
    list.push({ ...(parts(report) as object), ...(content(report.reading) as object) });
    outbox.sentUnacknowledged();
  }
  return list;
}

/** A store that has the saved outbox of some readings. */
function filled(count = 3): MemoryStore {
  const outbox = new Outbox();
  const [reading] = fc.sample(anyReading, { numRuns: 1, seed: 5 });
  for (let i = 0; i < count; i++) appendReading(outbox, reading!, address, 0, -50, 1790000000000 + i, i);
  const store = new MemoryStore();
  expect(outbox.persist(store, KEY)).toBe(true);
  return store;
}

describe('a saved outbox', () => {
  it('gives back all that waited or was in flight, in order and with its times', () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: anyReport },
      { weight: 2, arbitrary: fc.constant('send' as const) },
      { weight: 1, arbitrary: fc.nat(8) },
    );
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 40 }),
        fc.integer({ min: MAX_RECORD_LENGTH, max: 3000 }),
        (steps, capacity) => {
          const outbox = new Outbox({ capacity });
          const report = new Report();
          let id = 0;
          steps.forEach((one, i) => {
            if (one === 'send') {
              if (outbox.take(report)) outbox.sent(++id);
            } else if (typeof one === 'number') {
              outbox.acknowledged(one);
            } else {
              outbox.append(Object.assign(one, { sequence: i }));
            }
          });
          const store = new MemoryStore();
          expect(outbox.persist(store, KEY)).toBe(true);
          const after = new Outbox({ capacity });
          const count = outbox.waitingCount + outbox.inFlightCount;
          expect(after.restore(store, KEY)).toBe(count);
          expect([after.waitingCount, after.inFlightCount, after.appendedCount]).toEqual([count, 0, count]);
          expect(after.used).toBe(outbox.used);
          outbox.returnToWaiting();
          expect(takeAll(after)).toEqual(takeAll(outbox));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('leaves what is in flight in flight', () => {
    const outbox = new Outbox();
    const [reading] = fc.sample(anyReading, { numRuns: 1, seed: 5 });
    const report = new Report();
    for (let i = 1; i <= 3; i++) {
      appendReading(outbox, reading!, address, 0, -50, 0, i);
      outbox.take(report);
      outbox.sent(i);
    }
    outbox.acknowledged(2);
    outbox.persist(new MemoryStore(), KEY);
    expect([outbox.acknowledged(1), outbox.acknowledged(3)]).toEqual([true, true]);
    expect(outbox.used).toBe(0);
  });

  it('goes on after it was restored', () => {
    const outbox = new Outbox();
    expect(outbox.restore(filled(), KEY)).toBe(3);
    const [reading] = fc.sample(anyReading, { numRuns: 1, seed: 6 });
    appendReading(outbox, reading!, address, 0, -1, 0, 77);
    expect((takeAll(outbox) as { sequence: number }[]).map(({ sequence }) => sequence)).toEqual([0, 1, 2, 77]);
    expect([outbox.used, outbox.appendedCount, outbox.departedCount]).toEqual([0, 4, 4]);
  });

  it('is nothing when nothing was saved, or the outbox is in use', () => {
    expect(new Outbox().restore(new MemoryStore(), KEY)).toBe(0);
    const outbox = new Outbox();
    const [reading] = fc.sample(anyReading, { numRuns: 1, seed: 6 });
    appendReading(outbox, reading!, address, 0, -1, 0, 77);
    expect(outbox.restore(filled(), KEY)).toBe(0);
    expect(outbox.waitingCount).toBe(1);
  });

  it('says when the store refuses, which keeps what it has', () => {
    const outbox = new Outbox();
    outbox.restore(filled(), KEY);
    const store = new MemoryStore(10);
    store.write(KEY, address, 0, 6);
    expect(outbox.persist(store, KEY)).toBe(false);
    expect([...saved(store)]).toEqual([...address]);
  });

  it('is refused when it is too long, of another version, or foreign', () => {
    const store = filled(20);
    const small = new Outbox({ capacity: MAX_RECORD_LENGTH });
    expect(small.restore(store, KEY)).toBe(RestoreFault.tooLong);
    const bytes = saved(store);
    // 1 was without kinds of reports.
    for (const version of [0, 1, 3, 99]) {
      bytes[4] = version;
      store.write(KEY, bytes, 0, bytes.length);
      expect(new Outbox().restore(store, KEY)).toBe(RestoreFault.otherVersion);
    }
    store.write(KEY, new Uint8Array(100), 0, 100);
    expect(new Outbox().restore(store, KEY)).toBe(RestoreFault.otherVersion);
    store.write(KEY, new Uint8Array(0), 0, 0);
    expect(new Outbox().restore(store, KEY)).toBe(RestoreFault.corrupt);
    expect(small.waitingCount).toBe(0);
  });

  it('is refused when any bit is wrong, or any end is missing, and the outbox stays empty and usable', () => {
    const good = saved(filled());
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(7), fc.boolean(), (at, bit, cut) => {
        const bytes = cut
          ? good.slice(0, at)
          : Uint8Array.from(good, (byte, i) => (i === at ? byte ^ (1 << bit) : byte));
        const store = new MemoryStore();
        store.write(KEY, bytes, 0, bytes.length);
        const outbox = new Outbox();
        expect(outbox.restore(store, KEY)).toBeLessThan(0);
        expect([outbox.waitingCount, outbox.used, outbox.appendedCount]).toEqual([0, 0, 0]);
        expect(outbox.take(new Report())).toBe(false);
        const [reading] = fc.sample(anyReading, { numRuns: 1, seed: 6 });
        appendReading(outbox, reading!, address, 0, -1, 0, 7);
        expect(takeAll(outbox)).toMatchObject([{ sequence: 7 }]);
      }),
    );
  });

  it('does not trust bytes that only have the right checksum', () => {
    const good = saved(filled());
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }), (changes) => {
        const bytes = Uint8Array.from(good);
        for (const [at, byte] of changes) bytes[16 + (at % (bytes.length - 16))] = byte;
        new DataView(bytes.buffer).setUint32(12, crc32(bytes, 16, bytes.length, crc32(bytes, 0, 12, 0)), true);
        const store = new MemoryStore();
        store.write(KEY, bytes, 0, bytes.length);
        const outbox = new Outbox();
        const count = outbox.restore(store, KEY);
        if (count < 0) expect(outbox.used).toBe(0);
        else expect(takeAll(outbox).length).toBe(count);
      }),
      { numRuns: 2000 },
    );
  });
});
