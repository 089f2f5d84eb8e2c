import { AdType, putAdHeader, putUint16Be, putUint16Le } from './ad-structure.js';

/** Apple's company identifier (Bluetooth SIG, Assigned Numbers, 7.1). */
const COMPANY = 0x004c;
const PROXIMITY_BEACON = 0x02;
const PROXIMITY_LENGTH = 21;

/**
 * Writes the manufacturer AD structure of an iBeacon, 27 bytes at `at` (Apple, Proximity Beacon
 * Specification R1, table 2): `uuid` of 16 bytes, `major` and `minor` of 16 bits, `rssiAt1m` in dBm.
 * Returns the end.
 */
export function putIbeacon(
  into: Uint8Array,
  at: number,
  uuid: Uint8Array,
  major: number,
  minor: number,
  rssiAt1m: number,
): number {
  let next = putAdHeader(into, at, AdType.manufacturerSpecific, 4 + PROXIMITY_LENGTH);
  next = putUint16Le(into, next, COMPANY);
  into[next] = PROXIMITY_BEACON;
  into[next + 1] = PROXIMITY_LENGTH;
  into.set(uuid, next + 2);
  next = putUint16Be(into, next + 2 + 16, major);
  next = putUint16Be(into, next, minor);
  into[next] = rssiAt1m & 0xff;
  return next + 1;
}
