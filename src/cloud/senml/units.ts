import { fieldUnits } from '../../tags/field-names.js';
import { Field } from '../../tags/field.js';
import { Item } from '../items.js';
import { NameList } from '../name-list.js';

/*
 * Units by number, in tables: an object for each, with its texts, would take three times the memory. A number of ours
 * becomes one of a unit of SenML by `value * factor + offset`, with some more decimals, times a power of ten that is
 * written as the exponent of the number, so that no decimal is lost.
 */
const members: string[] = [];
const exponents: string[] = [];
const factors: number[] = [];
const offsets: number[] = [];
const decimals: number[] = [];

/** `name`: a primary unit of IANA's registry (RFC 8428, 12.1; RFC 8798, 2). Empty: no unit. */
function unit(name: string, factor: number, offset: number, moreDecimals: number, exponent: string): number {
  exponents.push(exponent);
  factors.push(factor);
  offsets.push(offset);
  decimals.push(moreDecimals);
  return members.push(name === '' ? '' : '"u":"' + name + '",') - 1;
}

// Primary units only: a receiver need not know secondary ones, such as hPa, ppm and dBm (RFC 8798, 4).
const NONE = unit('', 1, 0, 0, '');
const COUNT = unit('count', 1, 0, 0, '');
const HUMIDITY = unit('%RH', 1, 0, 0, '');
const BATTERY = unit('%EL', 1, 0, 0, '');
const DECIBEL_WATT = unit('dBW', 1, -30, 0, '');
const METRE = unit('m', 1, 0, 0, '');
const MILLISECOND = unit('s', 1, 0, 0, 'e-3');

/** Units of the field table. What is not here, the rate of a gyroscope, has none in the registry. */
const byUnit: { [unit: string]: number } = {
  '°C': unit('Cel', 1, 0, 0, ''),
  '%': unit('/', 1, 0, 0, 'e-2'),
  hPa: unit('Pa', 1, 0, 0, 'e2'),
  // Standard gravity.
  g: unit('m/s2', 9.80665, 0, 0, ''),
  V: unit('V', 1, 0, 0, ''),
  A: unit('A', 1, 0, 0, ''),
  W: unit('W', 1, 0, 0, ''),
  kWh: unit('J', 3.6, 0, 1, 'e6'),
  s: unit('s', 1, 0, 0, ''),
  m: METRE,
  mm: unit('m', 1, 0, 0, 'e-3'),
  'm/s': unit('m/s', 1, 0, 0, ''),
  dBm: DECIBEL_WATT,
  dB: unit('dB', 1, 0, 0, ''),
  lx: unit('lx', 1, 0, 0, ''),
  ppm: unit('/', 1, 0, 0, 'e-6'),
  ppb: unit('/', 1, 0, 0, 'e-9'),
  'µg/m³': unit('kg/m3', 1, 0, 0, 'e-9'),
  'mg/m³': unit('kg/m3', 1, 0, 0, 'e-6'),
  'µS/cm': unit('S/m', 1, 0, 0, 'e-4'),
  kg: unit('kg', 1, 0, 0, ''),
  Ω: unit('Ohm', 1, 0, 0, ''),
  '/min': unit('1/s', 1 / 60, 0, 4, ''),
  L: unit('m3', 1, 0, 0, 'e-3'),
  'm³': unit('m3', 1, 0, 0, ''),
  'm³/h': unit('m3/s', 1 / 3.6, 0, 3, 'e-3'),
  '°': unit('deg', 1, 0, 0, ''),
};

/** By item that is a number: the number of its unit. */
export const itemUnits = new Uint8Array(Item.states).fill(NONE);
for (let field = 0; field < fieldUnits.length; field++) {
  itemUnits[Item.fields + field] = byUnit[fieldUnits[field]!] ?? NONE;
}
itemUnits[Item.fields + Field.humidity] = HUMIDITY;
itemUnits[Item.fields + Field.humidity2] = HUMIDITY;
itemUnits[Item.fields + Field.batteryPercent] = BATTERY;
itemUnits[Item.fields + Field.advertisementCount] = COUNT;
itemUnits[Item.fields + Field.steps] = COUNT;
itemUnits[Item.fields + Field.movementCount] = COUNT;
itemUnits[Item.fields + Field.occupants] = COUNT;
itemUnits.fill(COUNT, Item.fields + Field.count, Item.fields + Field.count4 + 1);
itemUnits.fill(DECIBEL_WATT, Item.rssi, Item.rssiMax + 1);
itemUnits[Item.distance] = METRE;
itemUnits[Item.gatewayUptime] = MILLISECOND;
itemUnits[Item.lastSeen] = MILLISECOND;
itemUnits[Item.lastSeenUptime] = MILLISECOND;

/** By unit: `"u":"Cel",`, empty without one. */
export const unitMembers = new NameList(members);
/** By unit: `e-3`, or empty. */
export const unitExponents = new NameList(exponents);
export const unitFactors = Float64Array.from(factors);
export const unitOffsets = Float64Array.from(offsets);
export const unitDecimals = Uint8Array.from(decimals);
