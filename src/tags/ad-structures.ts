/** AD types that are read here (Bluetooth Assigned Numbers, 2.3). */
export const enum AdType {
  flags = 0x01,
  /** 16-bit service UUIDs, not all of them, and all of them. */
  someServices16 = 0x02,
  allServices16 = 0x03,
  shortName = 0x08,
  completeName = 0x09,
  /** Service data, by the size of its UUID. */
  serviceData16 = 0x16,
  serviceData32 = 0x20,
  serviceData128 = 0x21,
  manufacturerData = 0xff,
}

/** Why a walk over AD structures ended before the last byte; indexes `AdStructures.faults`. */
export const enum AdFault {
  /** A length that runs past the end of the advertisement. */
  overrun = 0,
  /** A length of zero with something other than zeros behind it. */
  zeroLength = 1,
  /** The range to walk does not lie in the array. */
  range = 2,
}

/**
 * Walks the AD structures of an advertisement: a length byte (of what follows it), a type byte, the value
 * (Bluetooth Core 5.4, Vol 3, Part C, 11). Whatever the bytes are, it stays inside them, throws nothing and
 * allocates nothing; a structure that breaks the rules ends the walk and is counted in `faults`.
 *
 * One object serves any number of walks: `start`, then `next` until it returns false.
 */
export class AdStructures {
  /** AD type of the current structure (Assigned Numbers, 2.3). */
  type = 0;
  /** The value of the current structure is `bytes[from..to)`. */
  from = 0;
  to = 0;
  /** How many walks ended by each `AdFault` since construction. Wraps at 2^32. */
  readonly faults = new Uint32Array(3);

  private bytes: Uint8Array;
  private at = 0;
  private end = 0;

  constructor() {
    this.bytes = new Uint8Array(0);
  }

  /** Begins at the structures in `bytes[from..to)`. The array is read until the walk ends. */
  start(bytes: Uint8Array, from: number, to: number): void {
    this.bytes = bytes;
    this.at = from;
    this.end = to;
    if (from >= 0 && from <= to && to <= bytes.length && from % 1 === 0 && to % 1 === 0) return;
    this.at = 0;
    this.end = 0;
    this.count(AdFault.range);
  }

  /** Goes to the next structure; false when there is none. */
  next(): boolean {
    const bytes = this.bytes;
    const at = this.at;
    const end = this.end;
    if (at >= end) return false;
    const length = bytes[at]!;
    if (length === 0) {
      // The rest is padding, which must be zeros ("early termination", Core 5.4, Vol 3, Part C, 11).
      this.at = end;
      for (let i = at + 1; i < end; i++) {
        if (bytes[i] !== 0) {
          this.count(AdFault.zeroLength);
          break;
        }
      }
      return false;
    }
    if (length >= end - at) {
      this.at = end;
      this.count(AdFault.overrun);
      return false;
    }
    const next = at + 1 + length;
    this.type = bytes[at + 1]!;
    this.from = at + 2;
    this.to = next;
    this.at = next;
    return true;
  }

  private count(fault: AdFault): void {
    this.faults[fault] = this.faults[fault]! + 1;
  }
}
