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
  /** Program size: `program` begins and ends at a multiple of so many bytes, 1, 4, 16 or 32. */
  readonly unit: number;

  /** Copies the bytes from `at` on to `into[from..to)`. `at` and the length may be any. */
  read(at: number, into: Uint8Array, from: number, to: number): boolean;

  /**
   * Programs `bytes[from..to)` at `at`: clears every bit that is clear there. `at` and the length are multiples of
   * `unit`. A unit is programmed only once between two erasures, since some chips keep a checksum of each unit.
   */
  program(at: number, bytes: Uint8Array, from: number, to: number): boolean;

  /** Sets every bit of `block`, counted from 0. */
  erase(block: number): boolean;

  /**
   * Starts to make programmed bytes survive a power cut, on a medium where they do not at once; `done` is called from
   * the event loop. Absent where bytes are durable when `program` returns.
   */
  sync?(done: () => void): void;
}
