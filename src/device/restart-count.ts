import type { Store } from '../hal/index.js';

/** How often the scan watchdog restarted the chip: a count that has to outlive what it counts. */
const KEY = 'chip-restarts';
const LENGTH = 4;

/** The count; 0 when there is none. */
export function readRestartCount(store: Store): number {
  const bytes = new Uint8Array(LENGTH);
  if (store.read(KEY, bytes) !== LENGTH) return 0;
  return (bytes[0]! | (bytes[1]! << 8) | (bytes[2]! << 16) | (bytes[3]! << 24)) >>> 0;
}

/** Stores the count (below 2^32). */
export function writeRestartCount(store: Store, count: number): void {
  const bytes = new Uint8Array(LENGTH);
  for (let i = 0; i < LENGTH; i++) bytes[i] = count >>> (8 * i);
  store.write(KEY, bytes, 0, LENGTH);
}
