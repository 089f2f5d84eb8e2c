// Which values and events each model of Ingics's tags has; see `ingics.ts`.

/** What one of the values is. */
export const enum Value {
  none = 0,
  temperature = 1,
  probe = 2,
  humidity = 3,
  humidityTenths = 4,
  /** mm */
  range = 5,
  count = 6,
  co2 = 7,
  illuminance = 8,
  millivolts = 9,
  microamperes = 10,
  /** Acceleration instead of both values. */
  acceleration = 11,
  /** Particles up to 2.5 µm, in 0.1 µg/m³; up to 10 µm, VOC index and NOx index, both in tenths, follow. */
  air = 12,
}

/** Bits of the event byte, by what they mean for a model: some bits mean two things. */
export const enum Event {
  none = 0,
  button = 0x01,
  moving = 0x02,
  magnet = 0x04,
  fall = 0x08,
  motion = 0x10,
  /** Something stands before the sensor. */
  present = 0x20,
  contact = 0x40,
  /** With bit 3. */
  secondContact = 0x80,
  /** With bit 5. */
  flipped = 0x100,
}

/** iBS01, code 80. */
export const OLD_MODELS = new Uint32Array([
  row(0x03, Value.none, Value.none, Value.none, Event.button),
  row(0x04, Value.none, Value.none, Value.none, Event.button | Event.magnet),
  row(0x05, Value.temperature, Value.humidity, Value.none, Event.button),
  row(0x06, Value.none, Value.none, Value.none, Event.button | Event.moving | Event.fall),
  row(0x07, Value.temperature, Value.none, Value.none, Event.button),
]);
/** iBS02 to iBS06 and iRS02, code 83. */
export const MODELS = new Uint32Array([
  row(0x01, Value.none, Value.none, Value.none, Event.motion),
  row(0x02, Value.none, Value.count, Value.none, Event.present),
  row(0x04, Value.none, Value.count, Value.none, Event.contact),
  row(0x10, Value.none, Value.none, Value.none, Event.button | Event.magnet),
  row(0x12, Value.temperature, Value.probe, Value.none, Event.none),
  row(0x13, Value.none, Value.range, Value.none, Event.none),
  row(0x14, Value.temperature, Value.humidity, Value.none, Event.button),
  row(0x15, Value.temperature, Value.none, Value.none, Event.button),
  row(0x16, Value.none, Value.none, Value.none, Event.button | Event.moving | Event.fall),
  row(0x17, Value.temperature, Value.probe, Value.none, Event.none),
  row(0x18, Value.none, Value.none, Value.none, Event.button),
  row(0x19, Value.none, Value.none, Value.none, Event.button),
  row(0x1a, Value.none, Value.none, Value.none, Event.none),
  row(0x1b, Value.none, Value.count, Value.none, Event.contact),
  row(0x1c, Value.none, Value.count, Value.none, Event.contact),
  row(0x1d, Value.none, Value.count, Value.none, Event.contact | Event.secondContact),
  row(0x20, Value.temperature, Value.none, Value.none, Event.magnet),
  row(0x21, Value.temperature, Value.probe, Value.none, Event.magnet),
  row(0x22, Value.acceleration, Value.none, Value.none, Event.magnet),
  row(0x23, Value.none, Value.probe, Value.none, Event.none),
  row(0x24, Value.none, Value.millivolts, Value.none, Event.none),
  row(0x25, Value.none, Value.count, Value.none, Event.contact),
  row(0x26, Value.none, Value.microamperes, Value.none, Event.none),
  row(0x30, Value.none, Value.none, Value.none, Event.button),
  row(0x31, Value.none, Value.count, Value.none, Event.button | Event.magnet),
  row(0x32, Value.temperature, Value.none, Value.none, Event.button),
  row(0x33, Value.none, Value.none, Value.none, Event.button | Event.moving),
  row(0x34, Value.none, Value.co2, Value.none, Event.button),
  row(0x35, Value.none, Value.none, Value.none, Event.button),
  row(0x36, Value.none, Value.none, Value.none, Event.button),
  row(0x3a, Value.none, Value.none, Value.none, Event.button | Event.flipped),
  row(0x40, Value.none, Value.none, Value.none, Event.none),
]);
/** iBS08 and iBS09, code 88. */
export const LONG_MODELS = new Uint32Array([
  row(0x42, Value.none, Value.none, Value.none, Event.button | Event.present),
  row(0x44, Value.none, Value.none, Value.none, Event.motion),
  row(0x45, Value.temperature, Value.humidityTenths, Value.illuminance, Event.button),
  row(0x46, Value.temperature, Value.humidityTenths, Value.air, Event.button),
  row(0x47, Value.none, Value.count, Value.none, Event.button | Event.present),
  row(0x49, Value.temperature, Value.probe, Value.none, Event.button),
  row(0x4a, Value.none, Value.probe, Value.none, Event.button),
  row(0x4b, Value.temperature, Value.probe, Value.none, Event.button),
  row(0x4d, Value.none, Value.count, Value.none, Event.button | Event.secondContact),
  row(0x4e, Value.none, Value.count, Value.none, Event.button | Event.contact),
  row(0x51, Value.none, Value.millivolts, Value.none, Event.button),
  row(0x52, Value.none, Value.count, Value.none, Event.button | Event.contact),
  row(0x53, Value.none, Value.microamperes, Value.none, Event.button),
  row(0x54, Value.none, Value.none, Value.none, Event.button),
]);

/** The row of a model in one of the tables; 0 when there is none. */
export function findModel(table: Uint32Array, model: number): number {
  for (let i = 0; i < table.length; i++) if ((table[i]! & 0xff) === model) return table[i]!;
  return 0;
}

/** The first, second or third value of a row: `index` 0 to 2. */
export function valueOf(row: number, index: number): Value {
  return (row >>> (8 + 4 * index)) & 0x0f;
}

/** The events of a row. */
export function eventsOf(row: number): number {
  return row >>> 20;
}

function row(model: number, first: Value, second: Value, third: Value, events: number): number {
  return model | (first << 8) | (second << 12) | (third << 16) | (events << 20);
}
