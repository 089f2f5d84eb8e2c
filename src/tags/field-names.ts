import { Field } from './field.js';

/** How a field is shown. */
export interface FieldEntry {
  /** The number of the field; equals the index in `fieldTable`. */
  field: Field;
  /** Key in JSON. */
  name: string;
  /** Unit of the value, for people; empty for a count or a set of flags. */
  unit: string;
  /** Digits behind the decimal point that are worth sending: a little finer than the sensors resolve. */
  decimals: number;
}

/** All fields, by number. */
export const fieldTable: readonly FieldEntry[] = [
  { field: Field.temperature, name: 'temperature', unit: '°C', decimals: 2 },
  { field: Field.humidity, name: 'humidity', unit: '%', decimals: 2 },
  { field: Field.pressure, name: 'pressure', unit: 'hPa', decimals: 2 },
  { field: Field.accelerationX, name: 'accelerationX', unit: 'g', decimals: 3 },
  { field: Field.accelerationY, name: 'accelerationY', unit: 'g', decimals: 3 },
  { field: Field.accelerationZ, name: 'accelerationZ', unit: 'g', decimals: 3 },
  { field: Field.batteryPercent, name: 'batteryPercent', unit: '%', decimals: 0 },
  { field: Field.batteryVoltage, name: 'batteryVoltage', unit: 'V', decimals: 3 },
  { field: Field.uptime, name: 'uptime', unit: 's', decimals: 1 },
  { field: Field.advertisementCount, name: 'advertisementCount', unit: '', decimals: 0 },
  { field: Field.txPower, name: 'txPower', unit: 'dBm', decimals: 0 },
  { field: Field.rssiAt1m, name: 'rssiAt1m', unit: 'dBm', decimals: 0 },
  { field: Field.major, name: 'major', unit: '', decimals: 0 },
  { field: Field.minor, name: 'minor', unit: '', decimals: 0 },
  { field: Field.events, name: 'events', unit: '', decimals: 0 },
];

/** Names of the bits of `Field.events`, lowest first. */
export const eventNames: readonly string[] = ['reedSwitch', 'tilt', 'freeFall', 'impactX', 'impactY', 'impactZ'];
