import { afterAll, beforeAll, expect, it } from 'vitest';
import { ESP32_LIMITS } from '../../boards/esp32/limits.js';
import { ESP32 } from '../xs/chip.js';
import { LARGE, Machine } from '../xs/host/machine.js';
import { requireXs } from '../xs/host/require.js';

/** As for one console in test/xs/console-heap.test.ts: an ESP32's heaps grow beyond what they have at the start. */
const CHUNK_BYTES = 65_536;
const SLOTS = 4096;
const SECONDS_PER_CALL = 0.5;
const MINUTES = 6;

/** Room for the garbage of loading, which a chip does not do. */
const LOADING_BYTES = 1 << 18;
const LOADING_SLOTS = 512;

requireXs(32)('an ESP32 with all scripts and jobs that its limits allow', () => {
  let machine: Machine;

  beforeAll(async () => {
    const loaded = await Machine.start(32, 'firmware-limits');
    const { slots, chunkBytes } = await loaded.live();
    await loaded.stop();
    machine = await Machine.start(32, 'firmware-limits', {
      ...LARGE,
      chunkBytes: chunkBytes + CHUNK_BYTES + LOADING_BYTES,
      slots: slots + SLOTS + LOADING_SLOTS,
      slotIncrement: 64,
    });
    await machine.fixHeap(CHUNK_BYTES, SLOTS);
    await machine.limitStack(ESP32.stack);
  }, 300_000);

  afterAll(() => machine.stop());

  it(`runs them beside its 64 tags, in ${CHUNK_BYTES} bytes of chunks and ${SLOTS} slots`, async () => {
    expect(await machine.call('startEsp32')).toBe(1);
    // The host lets promises go on only between two calls, so each call ends one slice of a line.
    for (let i = 0; i < (MINUTES * 60) / SECONDS_PER_CALL; i++) await machine.call('run', SECONDS_PER_CALL);
    const { maxJobs, maxScripts } = ESP32_LIMITS.console;
    expect([await machine.call('scripts'), await machine.call('jobs')]).toEqual([maxScripts, maxJobs]);
    expect(await machine.call('acknowledged')).toBeGreaterThan(500);
    expect(await machine.call('dropped')).toBe(0);
  });
});
