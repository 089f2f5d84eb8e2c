import { Field, FIELD_COUNT } from './field.js';

const names: string[] = [];
const units: string[] = [];

/** Key in JSON of each field, by number. */
export const fieldNames: readonly string[] = names;

/** Unit of each field for people, by number; empty for a count, a number of something or a set of flags. */
export const fieldUnits: readonly string[] = units;

/** By number: digits behind the decimal point that are worth sending, a little finer than the sensors resolve. */
export const fieldDecimals = new Uint8Array(FIELD_COUNT);

function define(field: Field, name: string, unit: string, decimals: number): void {
  names[field] = name;
  units[field] = unit;
  fieldDecimals[field] = decimals;
}

// Plain calls, since an object for each would take three times the memory.
define(Field.temperature, 'temperature', '°C', 2);
define(Field.humidity, 'humidity', '%', 2);
define(Field.pressure, 'pressure', 'hPa', 2);
define(Field.accelerationX, 'accelerationX', 'g', 3);
define(Field.accelerationY, 'accelerationY', 'g', 3);
define(Field.accelerationZ, 'accelerationZ', 'g', 3);
define(Field.batteryPercent, 'batteryPercent', '%', 0);
define(Field.batteryVoltage, 'batteryVoltage', 'V', 3);
define(Field.uptime, 'uptime', 's', 1);
define(Field.advertisementCount, 'advertisementCount', '', 0);
define(Field.txPower, 'txPower', 'dBm', 0);
define(Field.rssiAt1m, 'rssiAt1m', 'dBm', 0);
define(Field.major, 'major', '', 0);
define(Field.minor, 'minor', '', 0);
define(Field.events, 'events', '', 0);
define(Field.states, 'states', '', 0);
define(Field.statesKnown, 'statesKnown', '', 0);
define(Field.moreStates, 'moreStates', '', 0);
define(Field.moreStatesKnown, 'moreStatesKnown', '', 0);
define(Field.sequence, 'sequence', '', 0);
define(Field.company, 'company', '', 0);
define(Field.temperature2, 'temperature2', '°C', 2);
define(Field.temperature3, 'temperature3', '°C', 2);
define(Field.temperature4, 'temperature4', '°C', 2);
define(Field.temperature5, 'temperature5', '°C', 2);
define(Field.temperature6, 'temperature6', '°C', 2);
define(Field.temperature7, 'temperature7', '°C', 2);
define(Field.temperature8, 'temperature8', '°C', 2);
define(Field.humidity2, 'humidity2', '%', 2);
define(Field.dewPoint, 'dewPoint', '°C', 2);
define(Field.highAlarm, 'highAlarm', '°C', 1);
define(Field.highAlarm2, 'highAlarm2', '°C', 1);
define(Field.highAlarm3, 'highAlarm3', '°C', 1);
define(Field.highAlarm4, 'highAlarm4', '°C', 1);
define(Field.lowAlarm, 'lowAlarm', '°C', 1);
define(Field.lowAlarm2, 'lowAlarm2', '°C', 1);
define(Field.lowAlarm3, 'lowAlarm3', '°C', 1);
define(Field.lowAlarm4, 'lowAlarm4', '°C', 1);
define(Field.illuminance, 'illuminance', 'lx', 2);
define(Field.lightLevel, 'lightLevel', '', 0);
define(Field.uvIndex, 'uvIndex', '', 1);
define(Field.co2, 'co2', 'ppm', 0);
define(Field.pm1, 'pm1', 'µg/m³', 1);
define(Field.pm25, 'pm25', 'µg/m³', 1);
define(Field.pm4, 'pm4', 'µg/m³', 1);
define(Field.pm10, 'pm10', 'µg/m³', 1);
define(Field.voc, 'voc', 'µg/m³', 0);
define(Field.vocIndex, 'vocIndex', '', 0);
define(Field.noxIndex, 'noxIndex', '', 0);
define(Field.airQualityIndex, 'airQualityIndex', '', 0);
define(Field.formaldehyde, 'formaldehyde', 'mg/m³', 3);
define(Field.moisture, 'moisture', '%', 2);
define(Field.conductivity, 'conductivity', 'µS/cm', 0);
define(Field.mass, 'mass', 'kg', 3);
define(Field.impedance, 'impedance', 'Ω', 1);
define(Field.impedance2, 'impedance2', 'Ω', 1);
define(Field.heartRate, 'heartRate', '/min', 0);
define(Field.steps, 'steps', '', 0);
define(Field.voltage, 'voltage', 'V', 3);
define(Field.voltage2, 'voltage2', 'V', 3);
define(Field.voltage3, 'voltage3', 'V', 3);
define(Field.current, 'current', 'A', 3);
define(Field.current2, 'current2', 'A', 3);
define(Field.current3, 'current3', 'A', 3);
define(Field.power, 'power', 'W', 2);
define(Field.power2, 'power2', 'W', 2);
define(Field.power3, 'power3', 'W', 2);
define(Field.energy, 'energy', 'kWh', 3);
define(Field.energy2, 'energy2', 'kWh', 3);
define(Field.energy3, 'energy3', 'kWh', 3);
define(Field.distance, 'distance', 'm', 3);
define(Field.speed, 'speed', 'm/s', 6);
define(Field.duration, 'duration', 's', 3);
define(Field.volume, 'volume', 'L', 3);
define(Field.storedVolume, 'storedVolume', 'L', 3);
define(Field.volumeFlow, 'volumeFlow', 'm³/h', 3);
define(Field.gas, 'gas', 'm³', 3);
define(Field.water, 'water', 'L', 3);
define(Field.acceleration, 'acceleration', 'g', 3);
define(Field.gyroscope, 'gyroscope', '°/s', 3);
define(Field.rotation, 'rotation', '°', 1);
define(Field.rotation2, 'rotation2', '°', 1);
define(Field.rotation3, 'rotation3', '°', 1);
define(Field.pitch, 'pitch', '°', 0);
define(Field.roll, 'roll', '°', 0);
define(Field.direction, 'direction', '°', 2);
define(Field.precipitation, 'precipitation', 'mm', 1);
define(Field.rotationalSpeed, 'rotationalSpeed', '/min', 0);
define(Field.soundLevel, 'soundLevel', 'dB', 1);
define(Field.count, 'count', '', 0);
define(Field.count2, 'count2', '', 0);
define(Field.count3, 'count3', '', 0);
define(Field.count4, 'count4', '', 0);
define(Field.movementCount, 'movementCount', '', 0);
define(Field.channel, 'channel', '', 0);
define(Field.button, 'button', '', 0);
define(Field.button2, 'button2', '', 0);
define(Field.button3, 'button3', '', 0);
define(Field.button4, 'button4', '', 0);
define(Field.dimmer, 'dimmer', '', 0);
define(Field.position, 'position', '%', 0);
define(Field.level, 'level', '%', 1);
define(Field.timestamp, 'timestamp', 's', 0);
define(Field.interval, 'interval', 's', 0);
define(Field.noMotionTime, 'noMotionTime', 's', 0);
define(Field.presentTime, 'presentTime', 's', 0);
define(Field.absentTime, 'absentTime', 's', 0);
define(Field.keyId, 'keyId', '', 0);
define(Field.lockMethod, 'lockMethod', '', 0);
define(Field.lockAction, 'lockAction', '', 0);
define(Field.profile, 'profile', '', 0);
define(Field.score, 'score', '', 0);
define(Field.consumablePercent, 'consumablePercent', '%', 0);
define(Field.errorCode, 'errorCode', '', 0);
define(Field.occupants, 'occupants', '', 0);
define(Field.vocPpb, 'vocPpb', 'ppb', 0);

/** Names of the bits of `Field.events`, lowest first. */
export const eventNames: readonly string[] = ['reedSwitch', 'tilt', 'freeFall', 'impactX', 'impactY', 'impactZ'];

/** Key in JSON of each `State`, by number. */
export const stateFlagNames: readonly string[] = [
  'generic',
  'on',
  'opening',
  'batteryLow',
  'batteryCharging',
  'carbonMonoxide',
  'cold',
  'connected',
  'door',
  'garageDoor',
  'gasLeak',
  'heat',
  'light',
  'unlocked',
  'wet',
  'motion',
  'moving',
  'occupied',
  'pluggedIn',
  'present',
  'problem',
  'running',
  'safe',
  'smoke',
  'sound',
  'tamper',
  'vibration',
  'window',
  'calibrating',
  'stabilized',
  'massRemoved',
  'armed',
  'wearing',
  'bedOccupied',
  'occupiedNearby',
  'leftOpen',
  'forced',
  'removed',
  'contact',
  'buttonPressed',
  'magnet',
  'flipped',
  'started',
  'marked',
  'calibrated',
  'led',
  'asleep',
];

/** Names of the values of `ButtonEvent`, by number. */
export const buttonEventNames: readonly string[] = [
  'none',
  'press',
  'doublePress',
  'triplePress',
  'longPress',
  'longDoublePress',
  'longTriplePress',
  'hold',
  'release',
];
