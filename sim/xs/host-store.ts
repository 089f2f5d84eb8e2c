import type { Store } from '../../src/hal/index.js';

const NOTHING = new Uint8Array(0);
/** What a write that failed is answered with: anything but nothing. */
const FAILED = Uint8Array.of(1);

/** The firmware's store; the answers are those of `Call.readStore` and `Call.writeStore`. */
export class HostStore {
  constructor(private readonly store: Store) {}

  /** `most`: the most bytes that the firmware takes. */
  read(key: string, most: number): Uint8Array {
    const value = new Uint8Array(most);
    const length = this.store.read(key, value);
    const fits = length >= 0 && length <= most;
    const answer = new Uint8Array(4 + (fits ? length : 0));
    new DataView(answer.buffer).setInt32(0, length, true);
    if (fits) answer.set(value.subarray(0, length), 4);
    return answer;
  }

  write(key: string, value: Uint8Array): Uint8Array {
    return this.store.write(key, value, 0, value.length) ? NOTHING : FAILED;
  }

  remove(key: string): void {
    this.store.remove(key);
  }
}
