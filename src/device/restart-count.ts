import type { Store } from '../hal/index.js';

/** How often the scan watchdog restarted the chip: a count that has to outlive what it counts. */
const KEY = 'chip-restarts';
const LENGTH = 4;

/** The count; 0 when there is none. Uses the first 4 bytes of `scratch`. */
export function readRestartCount(store: Store, scratch: Uint8Array): number {
  if (store.read(KEY, scratch) !== LENGTH) return 0;
  return (scratch[0]! | (scratch[1]! << 8) | (scratch[2]! << 16) | (scratch[3]! << 24)) >>> 0;
}

/** Stores the count (below 2^32). Uses the first 4 bytes of `scratch`. */
export function writeRestartCount(store: Store, count: number, scratch: Uint8Array): void {
  for (let i = 0; i < LENGTH; i++) scratch[i] = count >>> (8 * i);
  store.write(KEY, scratch, 0, LENGTH);
}
