/**
 * NOR flash, or a medium that follows its rules: an erasure sets every bit of a block, a program only clears bits.
 *
 * Rules for an implementer: nothing is buffered that a power cut would lose, unless there is `sync`; a call that fails
 * returns false and throws nothing; nothing is allocated. Ranges are not checked: the caller stays within
 * `blocks * blockLength` bytes, and no call crosses the end of a block.
 */
export interface Flash {
  /** Bytes of an erase block: 4,096 on the chips. */
  readonly blockLength: number;
  readonly blocks: number;
  /** A program begins and ends at a multiple of so many bytes: 1, 4, 16 or 32. */
  readonly unit: number;

  /** Copies the bytes from `at` on to `into[from..to)`. `at` and the length may be any. */
  read(at: number, into: Uint8Array, from: number, to: number): boolean;

  /**
   * Clears the bits at `at` that are clear in `bytes[from..to)`. `at` and the length are multiples of `unit`. Between
   * two erasures nobody programs a unit twice, since some chips keep a check sum of each.
   */
  program(at: number, bytes: Uint8Array, from: number, to: number): boolean;

  /** Sets every bit of `block`, counted from 0. */
  erase(block: number): boolean;

  /**
   * Begins to make what was programmed outlive a power cut, on a medium that does not do so at once; `done` follows
   * from the event loop. Absent where a program is durable when it returns.
   */
  sync?(done: () => void): void;
}
