import { afterAll, beforeAll, expect, it } from 'vitest';
import { ESP32_LIMITS } from '../../boards/esp32/limits.js';
import type { Machine } from '../xs/host/machine.js';
import { requireXs } from '../xs/host/require.js';
import { CONSOLE_CHUNK_BYTES, CONSOLE_SLOTS, startWithConsole } from '../xs/measure-firmware.js';

const SECONDS_PER_CALL = 0.5;
const MINUTES = 6;

requireXs(32)('an ESP32 with all scripts and jobs that its limits allow', () => {
  let machine: Machine;

  beforeAll(async () => {
    machine = await startWithConsole('firmware-limits');
  }, 300_000);

  afterAll(() => machine.stop());

  it(`runs them beside its 64 tags, in ${CONSOLE_CHUNK_BYTES} bytes of chunks and ${CONSOLE_SLOTS} slots`, async () => {
    expect(await machine.call('startEsp32')).toBe(1);
    // The host lets promises go on only between two calls, so each call ends one slice of a line.
    for (let i = 0; i < (MINUTES * 60) / SECONDS_PER_CALL; i++) await machine.call('run', SECONDS_PER_CALL);
    const { maxJobs, maxScripts } = ESP32_LIMITS.console;
    expect([await machine.call('scripts'), await machine.call('jobs')]).toEqual([maxScripts, maxJobs]);
    expect(await machine.call('acknowledged')).toBeGreaterThan(500);
    expect(await machine.call('dropped')).toBe(0);
  });
});
