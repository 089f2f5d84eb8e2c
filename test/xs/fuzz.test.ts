import fc from 'fast-check';
import { FILTER_REASON_COUNT, FilterReason } from '../../src/tags/filter/advertisement-filter.js';
import { cases, keyedTags } from '../tags/fuzz/cases.js';
import { Machine } from './host/machine.js';
import { requireXs } from './host/require.js';
import { afterAll, beforeAll, expect, it } from 'vitest';

const CASES = 2000;
const PER_CALL = 6;

/** What programs/fuzz.ts reads. */
function asBytes(): number[] {
  const bytes = [keyedTags.length >> 8, keyedTags.length & 255];
  for (const { address, key } of keyedTags) bytes.push(...address, key.length, ...key);
  bytes.push(CASES >> 8, CASES & 255);
  for (const { address, addressType, rssi, bytes: structures } of fc.sample(cases, { numRuns: CASES, seed: 1 })) {
    bytes.push(...address, addressType, rssi & 255, structures.length, ...structures);
  }
  while (bytes.length % PER_CALL !== 0) bytes.push(0);
  return bytes;
}

requireXs(32)('any advertisement, on XS', () => {
  let machine: Machine;

  beforeAll(async () => {
    machine = await Machine.start(32, 'fuzz');
    const bytes = asBytes();
    const puts: Promise<number>[] = [];
    for (let at = 0; at < bytes.length; at += PER_CALL) {
      const packed = bytes.slice(at, at + PER_CALL).reduce((sum, byte) => sum * 256 + byte, 0);
      puts.push(machine.call('put', packed));
    }
    await Promise.all(puts);
    expect(await machine.call('end')).toBe(CASES);
  }, 300_000);
  afterAll(() => machine.stop());

  /** What a call of `take` allocates. */
  async function allocated(count: number): Promise<{ slots: number; chunkBytes: number; collections: number }> {
    const before = await machine.meter();
    await machine.call('take', count);
    const after = await machine.meter();
    return {
      slots: after.slots - before.slots,
      chunkBytes: after.chunkBytes - before.chunkBytes,
      collections: after.collections - before.collections,
    };
  }

  it(`costs no memory: ${CASES} that are filtered, kept in rings and decoded`, async () => {
    // The first time may fill a cache of the engine.
    expect(await machine.call('take', CASES)).toBeGreaterThan(CASES / 4);
    await machine.collect();
    const call = await allocated(0);
    expect(await allocated(CASES)).toEqual({ ...call, collections: 0 });
    for (let reason = 0; reason < FILTER_REASON_COUNT; reason++) {
      // That is for who knows the tags.
      if (reason === FilterReason.unknownTag) continue;
      expect(await machine.call('reasonCount', reason), `reason ${reason}`).toBeGreaterThan(0);
    }
  });
});
