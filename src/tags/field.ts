/**
 * What a tag can measure or say as a number. `fieldTable` has the name and the unit of each.
 *
 * The numbers are written to the outbox: append only, at most 127, and keep `FIELD_COUNT` up to date.
 */
export const enum Field {
  /** °C */
  temperature = 0,
  /** Relative humidity in %. */
  humidity = 1,
  /** Air pressure in hPa. */
  pressure = 2,
  /** g, as the axes of the next two. */
  accelerationX = 3,
  accelerationY = 4,
  accelerationZ = 5,
  /** Charge left in %, 0 to 100. */
  batteryPercent = 6,
  /** V */
  batteryVoltage = 7,
  /** Seconds since the tag started. */
  uptime = 8,
  /** Advertisements sent since the tag started. */
  advertisementCount = 9,
  /** Transmit power in dBm, at 0 m from the tag. */
  txPower = 10,
  /** Signal strength in dBm that a receiver is to see at 1 m from the tag. */
  rssiAt1m = 11,
  /** The two group numbers of an iBeacon, 0 to 65535; AltBeacon's second and third identifier. */
  major = 12,
  minor = 13,
  /** Sum of `EventFlag` bits: those that are true now. */
  events = 14,
}

/** How many fields there are. */
export const FIELD_COUNT = 15;

/** Bits of `Field.events`. Append only, at most 31; `eventNames` has the names. */
export const enum EventFlag {
  /** A magnet holds the reed switch closed. */
  reedSwitch = 0x01,
  tilt = 0x02,
  freeFall = 0x04,
  impactX = 0x08,
  impactY = 0x10,
  impactZ = 0x20,
}
