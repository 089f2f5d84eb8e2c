import { AdType } from './ad-structures.js';
import type { AesCcm } from './aes.js';
import type { KeyTable } from './key-table.js';
import { IdentityKind, ReadingState } from './reading.js';
import type { Reading } from './reading.js';
import { ADDRESS_SIZE, isSameAddress } from './address.js';

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
  smartTag = 37,
  findHub = 38,
  chipolo = 39,
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
   * Manufacturer specific data in which the company id is not one, offered before all others; the whole value. `id` is
   * its length, so that most of what has a company id is offered to none of these.
   */
  wholeManufacturer = 6,
  /** A list of 16-bit UUIDs (AD types 02 and 03) that has `id`; the whole list. */
  serviceList16 = 7,
  /** The local name (AD types 08 and 09), for what sends nothing else; the name. `id` is 0. */
  name = 8,
}

/** A kind of AD structure that is offered to a format, made by `match`. */
export type Match = number;

/** The structures of this source and `id` (32 bits). One number, because an object takes three times as much ROM. */
export function match(source: Source, id: number): Match {
  return source * MATCH_SOURCE + id;
}

/** The source of a `Match` is a multiple of this, the id the rest. */
export const MATCH_SOURCE = 0x100000000;

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

/** One tag format: how it is recognised and decoded. */
export interface Format {
  number: FormatNumber;
  /** For JSON, configuration and people. The file in `formats` has the name of the family. */
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

const NOT_SOUGHT = -2;
const NONE = -1;

/**
 * What a format sees of an advertisement: one AD structure, and what stands around it. One object serves all
 * advertisements of a decoder. Formats read it and call its methods; only the decoder writes the fields.
 */
export class Frame {
  /** The value to decode is `bytes[from..to)`; what it begins with is said by `Source`. */
  bytes: Uint8Array;
  from = 0;
  to = 0;
  /** How the structure was recognised, for formats with several matches. */
  source: Source = 0 as Source;
  /** Company identifier or UUID of the structure, as in `Match`; for `wholeManufacturer` the first two bytes. */
  id = 0;
  /** The whole advertisement is `bytes[advertisementFrom..advertisementTo)`. */
  advertisementFrom = 0;
  advertisementTo = 0;
  /** The advertiser's address, 6 bytes in the order in which they are written; undefined when it is not known. */
  address: Uint8Array | undefined;
  /** Room for an address from inside the payload, in the order in which it is written; see `takeAddress`. */
  readonly ownAddress: Uint8Array;

  /** Where the structure that `find` found ends. */
  foundTo = 0;

  /** Index of the key that `cipher` found. */
  keyIndex = -1;

  private readonly keys: KeyTable | undefined;
  private readonly ccm: AesCcm | undefined;
  private nameAt = NOT_SOUGHT;
  private nameEnd = 0;

  /** Both or none. */
  constructor(keys: KeyTable | undefined, ccm: AesCcm | undefined) {
    this.bytes = new Uint8Array(0);
    this.ownAddress = new Uint8Array(ADDRESS_SIZE);
    this.keys = keys;
    this.ccm = ccm;
  }

  /** Takes an advertisement; for the decoder. */
  begin(bytes: Uint8Array, from: number, to: number, address: Uint8Array | undefined): void {
    this.bytes = bytes;
    this.advertisementFrom = from;
    this.advertisementTo = to;
    this.address = address;
    this.nameAt = NOT_SOUGHT;
  }

  /** Length of the value. */
  get length(): number {
    return this.to - this.from;
  }

  /** Where the local name begins in `bytes`, wherever it stands in the advertisement, or -1; `nameTo` is its end. */
  get nameFrom(): number {
    if (this.nameAt === NOT_SOUGHT) this.seekName();
    return this.nameAt;
  }

  get nameTo(): number {
    if (this.nameAt === NOT_SOUGHT) this.seekName();
    return this.nameEnd;
  }

  /** True when the local name begins with `prefix` (from `asciiBytes`). */
  nameStartsWith(prefix: Uint8Array): boolean {
    const from = this.nameFrom;
    if (from < 0 || this.nameEnd - from < prefix.length) return false;
    for (let i = 0; i < prefix.length; i++) if (this.bytes[from + i] !== prefix[i]) return false;
    return true;
  }

  /** True when a list of 16-bit UUIDs in the advertisement (AD types 02 and 03) has this one. Walks it each time. */
  hasService16(uuid: number): boolean {
    const bytes = this.bytes;
    for (let at = this.advertisementFrom; ;) {
      const end = this.structureEnd(at);
      if (end < 0) return false;
      const type = bytes[at + 1];
      if (type === AdType.someServices16 || type === AdType.allServices16) {
        for (let i = at + 2; i + 2 <= end; i += 2) if ((bytes[i]! | (bytes[i + 1]! << 8)) === uuid) return true;
      }
      at = end;
    }
  }

  /**
   * Another structure of the same advertisement: where the value of the first one of `type` begins whose company id or
   * 16-bit UUID is `id`, behind it; `foundTo` is its end. -1 when there is none. Walks the advertisement each time.
   */
  find(type: AdType, id: number): number {
    const bytes = this.bytes;
    for (let at = this.advertisementFrom; ;) {
      const end = this.structureEnd(at);
      if (end < 0) return NONE;
      if (bytes[at + 1] === type && end - at >= 4 && (bytes[at + 2]! | (bytes[at + 3]! << 8)) === id) {
        this.foundTo = end;
        return at + 4;
      }
      at = end;
    }
  }

  /** Copies the address at `bytes[at..at + 6)` to `ownAddress`, turning it round when its last byte comes first. */
  takeAddress(at: number, reversed: boolean): Uint8Array {
    const own = this.ownAddress;
    for (let i = 0; i < ADDRESS_SIZE; i++) own[i] = this.bytes[reversed ? at + ADDRESS_SIZE - 1 - i : at + i]!;
    return own;
  }

  /**
   * Takes the address at `bytes[at..at + 6)`, as `takeAddress` does. False when the advertiser has another one, for
   * formats that are recognised by little else; true also when the advertiser's is not known.
   */
  takeOwnAddress(at: number, reversed: boolean): boolean {
    const own = this.takeAddress(at, reversed);
    return !this.address || isSameAddress(this.address, 0, own, 0);
  }

  /** Gives the reading `ownAddress` as identity, unless it is the advertiser's: then it says nothing new. */
  setAddressIdentity(reading: Reading): void {
    const address = this.address;
    if (address && isSameAddress(address, 0, this.ownAddress, 0)) return;
    reading.setIdentity(IdentityKind.address, this.ownAddress, 0, ADDRESS_SIZE);
  }

  /**
   * The cipher with the key of the tag `address` (6 bytes; `frame.address` or `frame.ownAddress`) when that key has
   * `length` bytes (16; a format that takes another length makes its own of `keyBytes` with `ccm.aes.setKey`). Without
   * one undefined: return `ReadingState.keyMissing`. Write the nonce and the additional data into it, then
   * `openWithCounter`, or `open` where the format has no counter that grows.
   */
  cipher(address: Uint8Array | undefined, length: number): AesCcm | undefined {
    const { ccm, keys } = this;
    if (!ccm || !keys || !address) return undefined;
    const index = keys.find(address, 0);
    if (index < 0 || keys.lengthOf(index) !== length) return undefined;
    this.keyIndex = index;
    ccm.aes.setKey(keys.keys, index * 16);
    ccm.aadLength = 0;
    return ccm;
  }

  /** Byte `i` of the key that `cipher` found. */
  keyByte(i: number): number {
    return this.keys!.keys[this.keyIndex * 16 + i]!;
  }

  /**
   * Opens `bytes[from..to)` with the tag of `tagLength` bytes at `bytes[tagAt]`, by the cipher that `cipher` gave, and
   * checks the counter (32 bits). Returns `ok`, `authenticationFailed` or `replayed`; when ok, the text is the first
   * `textLength` bytes of the cipher's `text`.
   */
  openWithCounter(from: number, to: number, tagAt: number, tagLength: number, counter: number): ReadingState {
    if (!this.ccm!.open(this.bytes, from, to, tagAt, tagLength)) return ReadingState.authenticationFailed;
    return this.keys!.acceptCounter(this.keyIndex, counter) ? ReadingState.ok : ReadingState.replayed;
  }

  private seekName(): void {
    this.nameAt = NONE;
    this.nameEnd = NONE;
    for (let at = this.advertisementFrom; ;) {
      const end = this.structureEnd(at);
      if (end < 0) return;
      const type = this.bytes[at + 1];
      if (type === AdType.shortName || type === AdType.completeName) {
        this.nameAt = at + 2;
        this.nameEnd = end;
        if (type === AdType.completeName) return;
      }
      at = end;
    }
  }

  /** Where the AD structure at `at` ends, or -1 when there is none; as `AdStructures`, which also counts faults. */
  private structureEnd(at: number): number {
    const to = this.advertisementTo;
    if (at >= to) return NONE;
    const length = this.bytes[at]!;
    return length === 0 || length > to - at - 1 ? NONE : at + 1 + length;
  }
}
