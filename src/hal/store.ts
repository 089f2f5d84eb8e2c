/**
 * Small named byte strings that survive a restart: settings, and unacknowledged messages.
 *
 * Rules for an implementer: `write` replaces the whole value or leaves the old one (no half-written value is ever read
 * back, whenever the power fails); keys are 1 to 15 characters from a-z, 0-9 and `-`.
 */
export interface Store {
  /**
   * Copies the value of `key` to the start of `into` and returns its length, or -1 when there is none.
   * A value longer than `into` is not copied; its length is returned all the same.
   */
  read(key: string, into: Uint8Array): number;

  /** Stores `bytes[from..to)`. Returns false when it did not fit or the medium failed. */
  write(key: string, bytes: Uint8Array, from: number, to: number): boolean;

  /**
   * Removes `key`. Returns true when it has no value any more, also when there was none, and false when the medium
   * failed; then the value is as it was, and is there after a restart.
   */
  remove(key: string): boolean;
}
