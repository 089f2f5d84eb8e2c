import { AdStructures, AdType } from '../ad-structures.js';
import { uint16le, uint32le } from '../formats/bytes.js';

/** Flags as nearly all send them: length, type and one byte (Core Specification Supplement, Part A, 1.3). */
const FLAGS_LENGTH = 2;

/** Bytes of flags, and of a structure with no more than a company identifier. */
const SHORTEST = 1 + FLAGS_LENGTH + 4;

/** Bytes of a UUID in full. */
export const UUID_SIZE = 16;

/** Where the 32 bits lie that a short UUID puts into the base UUID, whose last byte comes first. */
const SHORT_AT = 12;

/**
 * The Bluetooth base UUID 00000000-0000-1000-8000-00805F9B34FB without its first 32 bits, last byte first (Core 5.4,
 * Vol 3, Part B, 2.5.1).
 */
const BASE = new Uint8Array([0xfb, 0x34, 0x9b, 0x5f, 0x80, 0x00, 0x00, 0x80, 0x00, 0x10, 0x00, 0x00]);

/** Service UUIDs to look for. A short one and its full form are the same. */
export class ServiceList {
  private readonly shorts: Uint32Array;
  private readonly longs: Uint8Array;

  /**
   * `shorts` are UUIDs of 16 or 32 bits; `longs` those of 128 bits, 16 bytes each, last byte first as on air, and none
   * that has a short form. Both are kept, not copied.
   */
  constructor(shorts: Uint32Array, longs: Uint8Array) {
    this.shorts = shorts;
    this.longs = longs;
  }

  /** True when it has this UUID of 16 or 32 bits. */
  hasShort(uuid: number): boolean {
    const shorts = this.shorts;
    for (let i = 0; i < shorts.length; i++) if (shorts[i] === uuid) return true;
    return false;
  }

  /** True when it has the UUID of 128 bits at `bytes[at..at + 16)`, last byte first. */
  hasLong(bytes: Uint8Array, at: number): boolean {
    const short = shortUuid(bytes, at);
    if (short >= 0) return this.hasShort(short);
    const longs = this.longs;
    for (let own = 0; own < longs.length; own += UUID_SIZE) {
      let i = 0;
      while (i < UUID_SIZE && longs[own + i] === bytes[at + i]) i++;
      if (i === UUID_SIZE) return true;
    }
    return false;
  }
}

/** The short form of the UUID at `bytes[at..at + 16)`, last byte first; -1 when it has none. */
export function shortUuid(bytes: Uint8Array, at: number): number {
  for (let i = 0; i < SHORT_AT; i++) if (bytes[at + i] !== BASE[i]) return -1;
  const i = at + SHORT_AT;
  return (bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)) >>> 0;
}

/** Lists of UUIDs, beside those of 16 bits (Bluetooth Assigned Numbers, 2.3). */
const enum ListType {
  someServices32 = 0x04,
  allServices32 = 0x05,
  someServices128 = 0x06,
  allServices128 = 0x07,
}

/**
 * Looks whether an advertisement is of one of some makers, or has one of some services, in service data or in a list
 * of UUIDs. It walks the AD structures only as far as the first one that fits, and allocates nothing.
 */
export class ContentFilter {
  private readonly structures = new AdStructures();
  private readonly companies: Uint16Array | undefined;
  private readonly services: ServiceList | undefined;

  /** Company identifiers (Assigned Numbers, 7.1), and services; at least one of both. They are kept, not copied. */
  constructor(companies: Uint16Array | undefined, services: ServiceList | undefined) {
    this.companies = companies;
    this.services = services;
  }

  /** True when one of the AD structures in `bytes[from..to)` has a company or a service that is wanted. */
  admits(bytes: Uint8Array, from: number, to: number): boolean {
    const companies = this.companies;
    if (companies && from >= 0 && to - from >= SHORTEST && to <= bytes.length) {
      // Most tags have it in their first structure, or in that behind the flags: then nothing is walked.
      const at = bytes[from + 1] === AdType.flags && bytes[from] === FLAGS_LENGTH ? from + 1 + FLAGS_LENGTH : from;
      const length = bytes[at]!;
      const isWhole = length > 2 && at + length < to && bytes[at + 1] === AdType.manufacturerData;
      if (isWhole && isOfCompany(bytes, at + 2, companies)) return true;
    }
    const structures = this.structures;
    structures.start(bytes, from, to);
    while (structures.next()) {
      const type = structures.type;
      if (type === AdType.manufacturerData) {
        if (companies && structures.to - structures.from >= 2 && isOfCompany(bytes, structures.from, companies))
          return true;
      } else if (this.services && this.hasService(type, bytes, this.services)) return true;
    }
    return false;
  }

  private hasService(type: number, bytes: Uint8Array, services: ServiceList): boolean {
    const { from, to } = this.structures;
    switch (type) {
      case AdType.serviceData16:
        return to - from >= 2 && services.hasShort(uint16le(bytes, from));
      case AdType.serviceData32:
        return to - from >= 4 && services.hasShort(uint32le(bytes, from));
      case AdType.serviceData128:
        return to - from >= UUID_SIZE && services.hasLong(bytes, from);
      case AdType.someServices16:
      case AdType.allServices16:
        for (let at = from; at + 2 <= to; at += 2) if (services.hasShort(uint16le(bytes, at))) return true;
        return false;
      case ListType.someServices32:
      case ListType.allServices32:
        for (let at = from; at + 4 <= to; at += 4) if (services.hasShort(uint32le(bytes, at))) return true;
        return false;
      case ListType.someServices128:
      case ListType.allServices128:
        for (let at = from; at + UUID_SIZE <= to; at += UUID_SIZE) if (services.hasLong(bytes, at)) return true;
        return false;
    }
    return false;
  }
}

/** True when the company identifier at `bytes[at..at + 2)` is one of these. */
function isOfCompany(bytes: Uint8Array, at: number, companies: Uint16Array): boolean {
  const company = bytes[at]! | (bytes[at + 1]! << 8);
  for (let i = 0; i < companies.length; i++) if (companies[i] === company) return true;
  return false;
}
