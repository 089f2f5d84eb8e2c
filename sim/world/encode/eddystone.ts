import { AdType, fixed8Point8, putAdHeader, putUint16Be, putUint16Le } from './ad-structure.js';

/** The service of Google that carries Eddystone frames (Bluetooth SIG, Assigned Numbers, 3.10). */
const SERVICE = 0xfeaa;
/** Eddystone protocol specification, frame types. */
const enum Frame {
  uid = 0x00,
  tlm = 0x20,
}
const UID_LENGTH = 20;
const TLM_LENGTH = 14;
const TLM_VERSION = 0;
/** In the place of a temperature: the beacon has no sensor. */
const NO_TEMPERATURE = 0x8000;
/** Path loss over the first metre, by which Eddystone's 0 m power is above the power at 1 m (UID, "Tx Power"). */
const FIRST_METER_DB = 41;

/** Writes the list of services that an Eddystone frame must follow, `03 03 AA FE`. Returns the end. */
export function putEddystoneService(into: Uint8Array, at: number): number {
  return putUint16Le(into, putAdHeader(into, at, AdType.completeServiceUuids16, 2), SERVICE);
}

/**
 * Writes an Eddystone-UID frame, 24 bytes at `at` (github.com/google/eddystone, eddystone-uid):
 * `namespace` of 10 bytes, `instance` of 6, `rssiAt1m` in dBm. Returns the end.
 */
export function putEddystoneUid(
  into: Uint8Array,
  at: number,
  namespace: Uint8Array,
  instance: Uint8Array,
  rssiAt1m: number,
): number {
  let next = putAdHeader(into, at, AdType.serviceData16, 2 + UID_LENGTH);
  next = putUint16Le(into, next, SERVICE);
  into[next] = Frame.uid;
  into[next + 1] = (rssiAt1m + FIRST_METER_DB) & 0xff;
  into.set(namespace, next + 2);
  into.set(instance, next + 12);
  // Reserved for future use, zero.
  return putUint16Be(into, next + 18, 0);
}

/** What an Eddystone beacon says about itself. */
export interface EddystoneTelemetry {
  /** 0 when not measured. */
  batteryMillivolts: number;
  /** °C, or NaN without a sensor. */
  celsius: number;
  /** Advertisements of any frame since power-up, 32 bits. */
  advertisements: number;
  /** Since power-up. */
  uptimeSeconds: number;
}

/**
 * Writes an unencrypted Eddystone-TLM frame, 18 bytes at `at` (github.com/google/eddystone, eddystone-tlm,
 * tlm-plain). Returns the end.
 */
export function putEddystoneTlm(into: Uint8Array, at: number, telemetry: EddystoneTelemetry): number {
  let next = putAdHeader(into, at, AdType.serviceData16, 2 + TLM_LENGTH);
  next = putUint16Le(into, next, SERVICE);
  into[next] = Frame.tlm;
  into[next + 1] = TLM_VERSION;
  next = putUint16Be(into, next + 2, telemetry.batteryMillivolts);
  next = putUint16Be(into, next, Number.isNaN(telemetry.celsius) ? NO_TEMPERATURE : fixed8Point8(telemetry.celsius));
  next = putUint32Be(into, next, telemetry.advertisements);
  return putUint32Be(into, next, Math.floor(telemetry.uptimeSeconds * 10));
}

function putUint32Be(into: Uint8Array, at: number, value: number): number {
  return putUint16Be(into, putUint16Be(into, at, value >>> 16), value & 0xffff);
}
