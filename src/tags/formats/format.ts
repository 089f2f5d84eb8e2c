import type { Frame } from '../frame.js';
import type { Reading, ReadingState } from '../reading.js';

/**
 * Numbers of the formats. Written to the outbox: append only, 1 to 63. A number that no entry of `formats` has is kept
 * for a format to come.
 */
export const enum FormatNumber {
  mikrotik = 1,
  ibeacon = 2,
  altbeacon = 3,
  eddystoneUid = 4,
  eddystoneUrl = 5,
  eddystoneTlm = 6,
  eddystoneEid = 7,
  ruuvi3 = 8,
  ruuvi5 = 9,
  ruuvi6 = 10,
  ruuviC5 = 11,
  ruuviE1 = 12,
  bthome1 = 13,
  bthome2 = 14,
  mibeacon = 15,
  atc1441 = 16,
  pvvx = 17,
  qingping = 18,
  govee = 19,
  inkbird = 20,
  ibbq = 21,
  thermopro = 22,
  switchbot = 23,
  minew = 24,
  ingics = 25,
  kkm = 26,
  sensirion = 27,
  teltonika = 28,
  efento = 29,
  tile = 30,
  apple = 31,
  /** Any other maker, by its company identifier. */
  presence = 32,
  moat = 33,
  environmentalSensing = 34,
  miScale = 35,
  hhccjcy10 = 36,
}

/** Kinds of AD structure, and what of it is offered as `Frame.from` to `Frame.to`. */
export const enum Source {
  /** Manufacturer specific data (AD type FF) of the company `id`; the value behind the company id. */
  manufacturer = 1,
  /** The same of any company, offered when no format of the company took it; `id` is 0. */
  anyManufacturer = 2,
  /** Service data of the 16-bit UUID `id` (AD type 16); the value behind the UUID. */
  service16 = 3,
  /** Service data of the 32-bit UUID `id` (AD type 20); the value behind the UUID. */
  service32 = 4,
  /**
   * Service data of a 128-bit UUID (AD type 21) whose first 32 bits as written are `id`; the value behind the UUID,
   * which is the 16 bytes before it, last byte first: the format checks the rest.
   */
  service128 = 5,
  /**
   * Manufacturer specific data in which the company id is not one, offered before all others; the whole value. The
   * format tells its own by the local name or the length. `id` is 0.
   */
  wholeManufacturer = 6,
  /** A list of 16-bit UUIDs (AD types 02 and 03) that has `id`; the whole list. */
  serviceList16 = 7,
  /** The local name (AD types 08 and 09), for what sends nothing else; the name. `id` is 0. */
  name = 8,
}

/** A kind of AD structure that is offered to a format. */
export interface Match {
  source: Source;
  id: number;
}

/** Among several formats in one advertisement the one with the highest precedence names the reading. */
export const enum Precedence {
  /**
   * Says that something is there; offered only when `AdvertisementDecoder.presence` is on and no other format knows
   * anything of the advertisement.
   */
  presence = 0,
  /** Identifies. */
  identity = 1,
  /** Measures something. */
  measurement = 2,
}

/** One tag format: how it is recognised, and how it is decoded. */
export interface Format {
  number: FormatNumber;
  /** For JSON, configuration and people; `<name>.ts` is its file. */
  name: string;
  /** The structures that are offered to it. */
  matches: readonly Match[];
  precedence: Precedence;
  /**
   * Writes what `frame.bytes[frame.from..frame.to)` says into `reading`. Both ends are trusted, the length is not.
   * Returns `ReadingState.none` when it is not this format after all (the next one is asked then); writes nothing
   * unless it returns `ok`. Allocates nothing, reads nothing outside the range.
   */
  decode(frame: Frame, reading: Reading): ReadingState;
}
