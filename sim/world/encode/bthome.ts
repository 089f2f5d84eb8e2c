import { AdType, putAdHeader, putUint16Le } from './ad-structure.js';

/** The service of BTHome (Bluetooth SIG, Assigned Numbers, 3.10). */
const SERVICE = 0xfcd2;
/** Version 2, not encrypted, at regular intervals. */
const DEVICE = 0x40;

/** What a BTHome sensor measured. */
export interface BthomeReading {
  /** 0 to 255; equal ones are the same measurement. */
  packetId: number;
  /** 0 to 100. */
  batteryPercent: number;
  /** °C, or NaN. */
  celsius: number;
  /** Relative humidity in percent, or NaN. */
  humidityPercent: number;
  /** Of the button object, 1 press to 4 long press; 0: no button was pressed. */
  button: number;
}

/**
 * Writes the service data of BTHome version 2 at `at`, up to 17 bytes (bthome.io/format): packet identifier, battery,
 * temperature in 0.01 °C, humidity in 0.01 %, button. Returns the end.
 */
export function putBthome(into: Uint8Array, at: number, reading: BthomeReading): number {
  const { celsius, humidityPercent: humidity } = reading;
  const length = 7 + (celsius === celsius ? 3 : 0) + (humidity === humidity ? 3 : 0) + (reading.button > 0 ? 2 : 0);
  let next = putUint16Le(into, putAdHeader(into, at, AdType.serviceData16, length), SERVICE);
  into[next++] = DEVICE;
  into[next++] = 0x00;
  into[next++] = reading.packetId;
  into[next++] = 0x01;
  into[next++] = reading.batteryPercent;
  if (celsius === celsius) {
    into[next++] = 0x02;
    next = putUint16Le(into, next, Math.round(celsius * 100));
  }
  if (humidity === humidity) {
    into[next++] = 0x03;
    next = putUint16Le(into, next, Math.round(humidity * 100));
  }
  if (reading.button > 0) {
    into[next++] = 0x3a;
    into[next++] = reading.button;
  }
  return next;
}
