import { AdType, fixed8Point8, putAdHeader, putUint16Le } from './ad-structure.js';

/** MikroTik's company identifier (Bluetooth SIG, Assigned Numbers, 7.1). */
const COMPANY = 0x094f;
const VERSION = 1;
/** In the place of a temperature: the tag (TG-BT5-IN) has no sensor. */
const NO_TEMPERATURE = 0x8000;
const PAYLOAD_LENGTH = 20;

/** What a TG-BT5 says about itself. */
export interface MikrotikReading {
  /** Random, 16 bits, makes equal readings differ. */
  salt: number;
  /** g. */
  x: number;
  y: number;
  z: number;
  /** °C, or NaN without a sensor. */
  celsius: number;
  /** Since power-up, whole seconds. */
  uptimeSeconds: number;
  /** Bit 0: reed switch, 1: tilt, 2: free fall, 3 to 5: impact on x, y, z, 6: the accelerometer is off. */
  flags: number;
  batteryPercent: number;
}

/**
 * Writes the manufacturer AD structure of a MikroTik TG-BT5 tag, not encrypted, 22 bytes at `at`
 * (MikroTik manual, "MikroTik Tag advertisements and configuration", payload format). Returns the end.
 */
export function putMikrotik(into: Uint8Array, at: number, reading: MikrotikReading): number {
  let next = putAdHeader(into, at, AdType.manufacturerSpecific, PAYLOAD_LENGTH);
  next = putUint16Le(into, next, COMPANY);
  into[next] = VERSION;
  into[next + 1] = 0;
  next = putUint16Le(into, next + 2, reading.salt);
  next = putUint16Le(into, next, fixed8Point8(reading.x));
  next = putUint16Le(into, next, fixed8Point8(reading.y));
  next = putUint16Le(into, next, fixed8Point8(reading.z));
  next = putUint16Le(into, next, Number.isNaN(reading.celsius) ? NO_TEMPERATURE : fixed8Point8(reading.celsius));
  next = putUint16Le(into, next, reading.uptimeSeconds & 0xffff);
  next = putUint16Le(into, next, reading.uptimeSeconds >>> 16);
  into[next] = reading.flags;
  into[next + 1] = reading.batteryPercent;
  return next + 2;
}
