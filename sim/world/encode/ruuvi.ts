import { AdType, putAdHeader, putUint16Be, putUint16Le } from './ad-structure.js';

/** Ruuvi Innovations in Assigned Numbers, 7.1. */
const COMPANY = 0x0499;
const LENGTH = 24;
/** In the place of a signed and of an unsigned number: there is none. */
const NO_SIGNED = 0x8000;
const NO_UNSIGNED = 0xffff;

/** What a RuuviTag measured. */
export interface RuuviReading {
  /** °C, or NaN. */
  celsius: number;
  /** Relative humidity in percent, or NaN. */
  humidityPercent: number;
  /** Acceleration in g. */
  x: number;
  y: number;
  z: number;
  /** 1600 to 3646. */
  batteryMillivolts: number;
  /** Measurements, 0 to 65534. */
  sequence: number;
  address: Uint8Array;
}

/**
 * Writes the manufacturer AD structure of Ruuvi data format 5, RAWv2, 28 bytes at `at` (docs.ruuvi.com, "Data format
 * 5"), without air pressure and movements. Returns the end.
 */
export function putRuuvi(into: Uint8Array, at: number, reading: RuuviReading): number {
  let next = putUint16Le(into, putAdHeader(into, at, AdType.manufacturerSpecific, 2 + LENGTH), COMPANY);
  into[next++] = 5;
  next = putUint16Be(into, next, reading.celsius === reading.celsius ? Math.round(reading.celsius * 200) : NO_SIGNED);
  const humidity = reading.humidityPercent;
  next = putUint16Be(into, next, humidity === humidity ? Math.round(humidity * 400) : NO_UNSIGNED);
  next = putUint16Be(into, next, NO_UNSIGNED);
  next = putUint16Be(into, next, Math.round(reading.x * 1000));
  next = putUint16Be(into, next, Math.round(reading.y * 1000));
  next = putUint16Be(into, next, Math.round(reading.z * 1000));
  // Transmit power 4 dBm.
  next = putUint16Be(into, next, ((reading.batteryMillivolts - 1600) << 5) | 22);
  into[next++] = 0xff;
  next = putUint16Be(into, next, reading.sequence);
  into.set(reading.address, next);
  return next + 6;
}
