import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Machine } from './host/machine.js';
import { requireXs } from './host/require.js';
import { CONSOLE_CHUNK_BYTES, CONSOLE_SLOTS, startWithConsole } from './measure-firmware.js';

/*
 * What an ESP32 needs for a console beside its firmware: more than the 32,768 bytes of chunks and the 2,048 slots that
 * the SDK gives at the start, so its heaps grow. A print of all 64 tags takes most of it.
 */
const MINUTES = 10;
const LINES_PER_MINUTE = 6;
const SECONDS_PER_CALL = 0.5;

requireXs(32)('the firmware of an ESP32 with a console', () => {
  let machine: Machine;

  beforeAll(async () => {
    machine = await startWithConsole('firmware-console');
  }, 300_000);

  afterAll(() => machine.stop());

  it(`does what is typed, in ${CONSOLE_CHUNK_BYTES} bytes of chunks and ${CONSOLE_SLOTS} slots`, async () => {
    expect(await machine.call('startEsp32')).toBe(1);
    // The host lets promises go on only between two calls, so each call ends one slice of a line.
    const calls = (MINUTES * 60) / SECONDS_PER_CALL;
    for (let i = 0; i < calls; i++) await machine.call('run', SECONDS_PER_CALL);
    expect(await machine.call('typed')).toBe(MINUTES * LINES_PER_MINUTE);
    expect(await machine.call('shown')).toBeGreaterThan(50_000);
  });
});
