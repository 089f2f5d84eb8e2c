/**
 * What a tag can measure or say as a number. `field-names.ts` has the name and the unit of each.
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
  /** `State` 0 to 31: those that are true, and those that the tag speaks of. Written by `Reading.setState` only. */
  states = 15,
  statesKnown = 16,
  /** The same for `State` 32 to 63. */
  moreStates = 17,
  moreStatesKnown = 18,
  /** The tag's own number of the measurement or packet. Written by `Reading.setSequence` only. */
  sequence = 19,
  /** Company identifier of a maker that is recognised by nothing else (Assigned Numbers, 7.1). */
  company = 20,
  /** Further sensors or probes, in °C; see `Reading.add`. */
  temperature2 = 21,
  temperature3 = 22,
  temperature4 = 23,
  temperature5 = 24,
  temperature6 = 25,
  temperature7 = 26,
  temperature8 = 27,
  humidity2 = 28,
  /** °C */
  dewPoint = 29,
  /** Temperature in °C above which the probe of the same number alarms. */
  highAlarm = 30,
  highAlarm2 = 31,
  highAlarm3 = 32,
  highAlarm4 = 33,
  /** Temperature in °C below which the probe of the same number alarms. */
  lowAlarm = 34,
  lowAlarm2 = 35,
  lowAlarm3 = 36,
  lowAlarm4 = 37,
  /** Illuminance in lux. */
  illuminance = 38,
  /** Brightness in steps of the maker's own. */
  lightLevel = 39,
  /** UV index. */
  uvIndex = 40,
  /** Carbon dioxide in ppm. */
  co2 = 41,
  /** Particulate matter up to 1, 2.5, 4 and 10 µm in µg/m³. */
  pm1 = 42,
  pm25 = 43,
  pm4 = 44,
  pm10 = 45,
  /** Volatile organic compounds in µg/m³. */
  voc = 46,
  /** Index of volatile organic compounds, as the tag sends it; Sensirion's goes from 1 to 500. */
  vocIndex = 47,
  /** Index of nitrogen oxides, as the tag sends it; Sensirion's goes from 1 to 500. */
  noxIndex = 48,
  /** Air quality in the maker's own index. */
  airQualityIndex = 49,
  /** mg/m³ */
  formaldehyde = 50,
  /** Moisture of soil or material in %. */
  moisture = 51,
  /** Electric conductivity in µS/cm. */
  conductivity = 52,
  /** kg; `State.stabilized` tells whether it is final. */
  mass = 53,
  /** Of a body, at the low and at the high frequency of a scale, in Ω. */
  impedance = 54,
  impedance2 = 55,
  /** Beats per minute. */
  heartRate = 56,
  /** Steps counted. */
  steps = 57,
  /** V, measured, not of the tag's battery. */
  voltage = 58,
  voltage2 = 59,
  voltage3 = 60,
  /** A */
  current = 61,
  current2 = 62,
  current3 = 63,
  /** W */
  power = 64,
  power2 = 65,
  power3 = 66,
  /** kWh */
  energy = 67,
  energy2 = 68,
  energy3 = 69,
  /** m */
  distance = 70,
  /** m/s */
  speed = 71,
  /** s */
  duration = 72,
  /** L */
  volume = 73,
  /** Volume held, in L. */
  storedVolume = 74,
  /** m³/h */
  volumeFlow = 75,
  /** m³ */
  gas = 76,
  /** L */
  water = 77,
  /** Magnitude, in g. */
  acceleration = 78,
  /** °/s */
  gyroscope = 79,
  /** Angles in degrees. */
  rotation = 80,
  rotation2 = 81,
  rotation3 = 82,
  /** Angles in degrees. */
  pitch = 83,
  roll = 84,
  /** Degrees from north, clockwise. */
  direction = 85,
  /** mm */
  precipitation = 86,
  /** Revolutions per minute. */
  rotationalSpeed = 87,
  /** dB */
  soundLevel = 88,
  /** Things counted, what they are is up to the tag. */
  count = 89,
  count2 = 90,
  count3 = 91,
  count4 = 92,
  /** Movements counted; wraps. */
  movementCount = 93,
  /** Number of a channel of the tag. */
  channel = 94,
  /** What a button did: a `ButtonEvent`. */
  button = 95,
  button2 = 96,
  button3 = 97,
  button4 = 98,
  /** Steps turned since the last event; negative to the left. */
  dimmer = 99,
  /** Position of a blind, curtain or valve in %. */
  position = 100,
  /** Fill level in %. */
  level = 101,
  /** Time by the tag, in seconds since 1970. */
  timestamp = 102,
  /** Time between measurements in s. */
  interval = 103,
  /** Seconds without motion. */
  noMotionTime = 104,
  /** Seconds for which presence lasts, or is over. */
  presentTime = 105,
  absentTime = 106,
  /** Lock: number of the key or finger that was used. */
  keyId = 107,
  /** Lock: how, and what was done, in the maker's numbers. */
  lockMethod = 108,
  lockAction = 109,
  /** Number of the person that a scale took it for. */
  profile = 110,
  /** In the maker's own steps, such as those of a toothbrush. */
  score = 111,
  /** What is left of a consumable in %. */
  consumablePercent = 112,
  /** In the maker's own numbers. */
  errorCode = 113,
  /** Persons present. */
  occupants = 114,
  /** Volatile organic compounds in ppb, of sensors that give no mass. */
  vocPpb = 115,
}

/** How many fields there are. */
export const FIELD_COUNT = 116;

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

/**
 * What is either true or false of a tag. Kept as bits of four fields, see `Reading.setState`; a state that the tag does
 * not speak of is absent. Append only, at most 63; `stateFlagNames` has the names.
 */
export const enum State {
  /** A binary value of no known meaning. */
  generic = 0,
  on = 1,
  /** Something is open. */
  opening = 2,
  /** The battery is to be replaced. */
  batteryLow = 3,
  batteryCharging = 4,
  /** Detected; as `cold`, `gasLeak`, `heat`, `light`, `smoke`, `sound`, `vibration`, `wet`. */
  carbonMonoxide = 5,
  cold = 6,
  connected = 7,
  door = 8,
  garageDoor = 9,
  gasLeak = 10,
  heat = 11,
  light = 12,
  /** False when locked. */
  unlocked = 13,
  wet = 14,
  motion = 15,
  moving = 16,
  occupied = 17,
  pluggedIn = 18,
  present = 19,
  problem = 20,
  running = 21,
  /** False when unsafe. */
  safe = 22,
  smoke = 23,
  sound = 24,
  tamper = 25,
  vibration = 26,
  window = 27,
  /** Values are not exact yet. */
  calibrating = 28,
  /** The value of a scale is final. */
  stabilized = 29,
  massRemoved = 30,
  armed = 31,
  wearing = 32,
  bedOccupied = 33,
  /** Occupied within close range. */
  occupiedNearby = 34,
  /** A door was open for too long. */
  leftOpen = 35,
  /** A door was pried open. */
  forced = 36,
  /** The device was taken off its place by force. */
  removed = 37,
  /** A contact is closed, as that of a reed switch. */
  contact = 38,
  buttonPressed = 39,
  /** A magnet is near. */
  magnet = 40,
  flipped = 41,
  /** The tag started just now. */
  started = 42,
  marked = 43,
  calibrated = 44,
  led = 45,
  asleep = 46,
}

/** How many states there are. */
export const STATE_COUNT = 47;

/** Values of `Field.button` and the next three. Append only; `buttonEventNames` has the names. */
export const enum ButtonEvent {
  /** Nothing happened at this button; another one has something to tell. */
  none = 0,
  press = 1,
  doublePress = 2,
  triplePress = 3,
  longPress = 4,
  longDoublePress = 5,
  longTriplePress = 6,
  /** It is held down. */
  hold = 7,
  release = 8,
}

/**
 * The field for a second value of the same kind, such as `temperature2` for `temperature` and `temperature3` for
 * `temperature2`; -1 when there is none.
 */
export function nextOfKind(field: Field): number {
  if (field === Field.temperature) return Field.temperature2;
  if (field === Field.humidity) return Field.humidity2;
  return (SERIES[field >> 5]! >>> (field & 31)) & 1 ? field + 1 : -1;
}

/** By bit, the fields whose next number is the next value of their kind. */
const SERIES = new Uint32Array(4);
series(Field.temperature2, Field.temperature8);
series(Field.highAlarm, Field.highAlarm4);
series(Field.lowAlarm, Field.lowAlarm4);
series(Field.impedance, Field.impedance2);
series(Field.voltage, Field.voltage3);
series(Field.current, Field.current3);
series(Field.power, Field.power3);
series(Field.energy, Field.energy3);
series(Field.rotation, Field.rotation3);
series(Field.count, Field.count4);
series(Field.button, Field.button4);

function series(first: Field, last: Field): void {
  for (let field: number = first; field < last; field++) SERIES[field >> 5]! |= 1 << (field & 31);
}

/** The least and the greatest value of each field that a sensor can mean, in the field's unit; else ±(2^53 - 1). */
export const fieldMinima = new Float64Array(FIELD_COUNT).fill(-9007199254740991);
export const fieldMaxima = new Float64Array(FIELD_COUNT).fill(9007199254740991);

// From absolute zero to what a thermocouple of platinum measures (IEC 60584-1, type B).
limit(Field.temperature, Field.temperature, -273.15, 1820);
limit(Field.temperature2, Field.temperature8, -273.15, 1820);
limit(Field.dewPoint, Field.dewPoint, -273.15, 1820);
limit(Field.highAlarm, Field.lowAlarm4, -273.15, 1820);
// Ruuvi's tags send up to this where water condenses.
limit(Field.humidity, Field.humidity, 0, 163.835);
limit(Field.humidity2, Field.humidity2, 0, 163.835);
limit(Field.pressure, Field.pressure, 0, 9007199254740991);
limit(Field.batteryPercent, Field.batteryPercent, 0, 100);
// Without any, a tag sends nothing; above it is a marker or another field.
limit(Field.batteryVoltage, Field.batteryVoltage, 0.001, 60);
// +20 dBm is the highest transmit power (Core 5.4, Vol 6, Part A, 3); some beacons put the battery's charge there.
limit(Field.txPower, Field.rssiAt1m, -168, 20);
limit(Field.uvIndex, Field.uvIndex, 0, 9007199254740991);
limit(Field.illuminance, Field.pm10, 0, 9007199254740991);
limit(Field.moisture, Field.moisture, 0, 100);
limit(Field.mass, Field.heartRate, 0, 9007199254740991);
limit(Field.direction, Field.direction, 0, 360);
limit(Field.position, Field.level, 0, 100);
limit(Field.consumablePercent, Field.consumablePercent, 0, 100);

function limit(first: Field, last: Field, min: number, max: number): void {
  fieldMinima.fill(min, first, last + 1);
  fieldMaxima.fill(max, first, last + 1);
}

/** The field for the temperature of probe or sensor `index`, 0 to 7, whichever others are there. */
export function probeTemperature(index: number): Field {
  return index === 0 ? Field.temperature : Field.temperature2 + index - 1;
}
