/** AD types (Bluetooth SIG, Assigned Numbers, 2.3). */
export const enum AdType {
  flags = 0x01,
  completeServiceUuids16 = 0x03,
  serviceData16 = 0x16,
  manufacturerSpecific = 0xff,
}

/** Bits of the Flags AD structure (Core Specification Supplement, Part A, 1.3). */
export const enum AdFlag {
  generalDiscoverable = 0x02,
  brEdrNotSupported = 0x04,
}

/** Longest AdvData of a legacy advertisement (Core 5.4, Vol 6, Part B, 2.3.1.3). */
export const LEGACY_ADV_DATA_LENGTH = 31;

/**
 * Writes an AD structure's length and type at `at`; `length` counts what follows the type
 * (Core 5.4, Vol 3, Part C, 11). Returns where that goes.
 */
export function putAdHeader(into: Uint8Array, at: number, type: AdType, length: number): number {
  into[at] = length + 1;
  into[at + 1] = type;
  return at + 2;
}

/** Writes the flags of a tag: general discoverable, LE only, which is `02 01 06`. Returns the end. */
export function putFlags(into: Uint8Array, at: number): number {
  const value = putAdHeader(into, at, AdType.flags, 1);
  into[value] = AdFlag.generalDiscoverable | AdFlag.brEdrNotSupported;
  return value + 1;
}

/** Writes the low 16 bits, least significant byte first, as AD structures have company and service numbers. */
export function putUint16Le(into: Uint8Array, at: number, value: number): number {
  into[at] = value & 0xff;
  into[at + 1] = (value >> 8) & 0xff;
  return at + 2;
}

/** Writes the low 16 bits, most significant byte first. Returns the end. */
export function putUint16Be(into: Uint8Array, at: number, value: number): number {
  into[at] = (value >> 8) & 0xff;
  into[at + 1] = value & 0xff;
  return at + 2;
}

/** `value` in 1/256 as a signed 16-bit number, at the nearest end when out of range; -32768 is left to mean "none". */
export function fixed8Point8(value: number): number {
  return Math.min(32767, Math.max(-32767, Math.round(value * 256)));
}
