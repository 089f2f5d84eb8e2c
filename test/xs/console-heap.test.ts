import { afterAll, beforeAll, expect, it } from 'vitest';
import { ESP32 } from './chip.js';
import { LARGE, Machine } from './host/machine.js';
import { requireXs } from './host/require.js';

/*
 * What an ESP32 needs for a console beside its firmware: more than the 32,768 bytes of chunks and the 2,048 slots that
 * the SDK gives at the start, so its heaps grow. A print of all 64 tags takes most of it.
 */
const CHUNK_BYTES = 65_536;
const SLOTS = 4096;
const MINUTES = 10;
const LINES_PER_MINUTE = 6;
const SECONDS_PER_CALL = 0.5;

/** Room for the garbage of loading, which a chip does not do. */
const LOADING_BYTES = 1 << 18;
const LOADING_SLOTS = 512;

requireXs(32)('the firmware of an ESP32 with a console', () => {
  let machine: Machine;

  beforeAll(async () => {
    const loaded = await Machine.start(32, 'firmware-console');
    const { slots, chunkBytes } = await loaded.live();
    await loaded.stop();
    machine = await Machine.start(32, 'firmware-console', {
      ...LARGE,
      chunkBytes: chunkBytes + CHUNK_BYTES + LOADING_BYTES,
      slots: slots + SLOTS + LOADING_SLOTS,
      slotIncrement: 64,
    });
    await machine.fixHeap(CHUNK_BYTES, SLOTS);
    await machine.limitStack(ESP32.stack);
  }, 300_000);

  afterAll(() => machine.stop());

  it(`does what is typed, in ${CHUNK_BYTES} bytes of chunks and ${SLOTS} slots`, async () => {
    expect(await machine.call('startEsp32')).toBe(1);
    // The host lets promises go on only between two calls, so each call ends one slice of a line.
    const calls = (MINUTES * 60) / SECONDS_PER_CALL;
    for (let i = 0; i < calls; i++) await machine.call('run', SECONDS_PER_CALL);
    expect(await machine.call('typed')).toBe(MINUTES * LINES_PER_MINUTE);
    expect(await machine.call('shown')).toBeGreaterThan(50_000);
  });
});
