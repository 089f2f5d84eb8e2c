import type { Reading, ReadingState } from '../reading.js';

/** Numbers of the formats. Written to the outbox: append only, 1 to 255. */
export const enum FormatNumber {
  mikrotik = 1,
  ibeacon = 2,
  altbeacon = 3,
  eddystoneUid = 4,
  eddystoneUrl = 5,
  eddystoneTlm = 6,
  eddystoneEid = 7,
}

/** Which AD structures are offered to a format. */
export const enum Source {
  /** Manufacturer specific data (AD type 0xFF) of the company `id`. */
  manufacturer = 1,
  /** Manufacturer specific data of any company; `id` is 0. */
  anyManufacturer = 2,
  /** Service data (AD type 0x16) of the 16-bit UUID `id`. */
  service16 = 3,
}

/** One tag format: how it is recognised, and how it is decoded. */
export interface Format {
  number: FormatNumber;
  /** For JSON, configuration and people. */
  name: string;
  source: Source;
  id: number;
  /**
   * Among several formats in one advertisement the one with the highest precedence names the reading:
   * 1 when it measures something, 0 when it only identifies.
   */
  precedence: number;
  /**
   * Writes what `bytes[from..to)` says into `reading`. The range is the AD structure's value behind the company id
   * or UUID, so both ends are trusted, its length is not. Returns `ReadingState.none` when it is not this format
   * after all; writes nothing unless it returns `ok`. Allocates nothing, reads nothing outside the range.
   */
  decode(bytes: Uint8Array, from: number, to: number, reading: Reading): ReadingState;
}
