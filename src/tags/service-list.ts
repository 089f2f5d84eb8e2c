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

  /** UUIDs in the list. */
  get size(): number {
    return this.shorts.length + this.longs.length / UUID_SIZE;
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
