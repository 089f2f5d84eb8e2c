import { describe, expect, it } from 'vitest';
import { ModdableHealth } from '../../../boards/moddable/health.js';
import type { SdkInstrumentation } from '../../../boards/moddable/health.js';

const SIGNAL = { rssi: () => -70 };

/** A debug or instrumented build, as modules/base/instrumentation says. */
function instrumented(figures: Record<string, number>): SdkInstrumentation {
  const names = Object.keys(figures);
  return {
    map: (name) => (names.includes(name) ? names.indexOf(name) + 1 : undefined),
    get: (what) => (what === undefined ? undefined : Object.values(figures)[what - 1]),
  };
}

describe('ModdableHealth', () => {
  const figures = { 'XS Slot Heap Used': 12000, 'XS Chunk Heap Used': 5000 };

  it('tells what is free of two heaps', () => {
    const sizes = { chunks: 32768, slots: 32768, shared: false };
    const health = new ModdableHealth(instrumented(figures), sizes, SIGNAL, 'power on');
    expect([health.freeChunkBytes(), health.freeSlotBytes(), health.rssi()]).toEqual([27768, 20768, -70]);
    expect(health.restartReason).toBe('power on');
  });

  it('tells what is free of one block for both, and no less than nothing', () => {
    const sizes = { chunks: 28672, slots: 28672, shared: true };
    const health = new ModdableHealth(instrumented(figures), sizes, SIGNAL, '');
    expect([health.freeChunkBytes(), health.freeSlotBytes()]).toEqual([11672, 11672]);
    const small = new ModdableHealth(instrumented(figures), { ...sizes, slots: 100 }, SIGNAL, '');
    expect(small.freeSlotBytes()).toBe(0);
  });

  it('knows nothing in a build without counters', () => {
    const none = { map: () => undefined, get: () => undefined };
    const health = new ModdableHealth(none, { chunks: 1, slots: 1, shared: true }, SIGNAL, '');
    expect([health.freeChunkBytes(), health.freeSlotBytes()]).toEqual([-1, -1]);
    expect([health.peakChunkBytes(), health.peakSlotBytes()]).toEqual([-1, -1]);
    expect([health.freeMemory(), health.load()]).toEqual([-1, -1]);
  });

  it('tells the highest use that was read, the memory beside the engine, and the load', () => {
    const changing = { ...figures, 'System Free Memory': 90000, 'CPU 0': 12 };
    const sizes = { chunks: 32768, slots: 32768, shared: false };
    const health = new ModdableHealth(instrumented(changing), sizes, SIGNAL, '', 'esp32', 'A1B2C3');
    expect([health.peakChunkBytes(), health.peakSlotBytes()]).toEqual([5000, 12000]);
    changing['XS Chunk Heap Used'] = 7000;
    expect(health.peakChunkBytes()).toBe(7000);
    changing['XS Chunk Heap Used'] = 100;
    expect([health.peakChunkBytes(), health.peakSlotBytes()]).toEqual([7000, 12000]);
    expect([health.freeMemory(), health.load(), health.model, health.serial]).toEqual([90000, 12, 'esp32', 'A1B2C3']);
  });
});
