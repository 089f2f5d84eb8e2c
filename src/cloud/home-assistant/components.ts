import { Field, FIELD_COUNT, State, STATE_COUNT } from '../../tags/field.js';

// What Home Assistant is told of each field and state. Device classes, their units and state classes are those of its
// developers' pages "Sensor entity" and "Binary sensor entity"; a test holds these tables against that list.

/** How Home Assistant keeps statistics of a sensor. */
export const enum StateClass {
  none = 0,
  measurement = 1,
  /** Only grows, until it begins at 0 again. */
  totalIncreasing = 2,
}

/** By `StateClass`. */
export const stateClassNames: readonly string[] = ['', 'measurement', 'total_increasing'];

/** What a field becomes in Home Assistant. */
export const enum Component {
  /** Nothing: bits that are told otherwise, and what only tells one packet from another. */
  none = 0,
  sensor = 1,
  /** A sensor that says how the tag is, not what it measures. */
  diagnostic = 2,
  /** A point in time. */
  time = 3,
  /** An event for each thing that a button can do. */
  button = 4,
  /** The flags of `Field.events`: a state for each that lasts, and one event for those that happen. */
  flags = 5,
}

const classes: string[] = [];
const units: string[] = [];
const stateClasses = new Uint8Array(FIELD_COUNT);
const components = new Uint8Array(FIELD_COUNT);
const binaryClasses: string[] = [];

/** By field: a `Component`. */
export const fieldComponents: Uint8Array = components;
/** By field: the sensor's device class; empty where none fits. */
export const sensorClasses: readonly string[] = classes;
/** By field: its unit, as Home Assistant writes it; empty for none. */
export const sensorUnits: readonly string[] = units;
/** By field: a `StateClass`. */
export const sensorStateClasses: Uint8Array = stateClasses;
/** By state: the binary sensor's device class; empty where none fits. */
export const binarySensorClasses: readonly string[] = binaryClasses;

function define(component: Component, field: number, end: number, deviceClass: string, unit: string): void {
  for (; field <= end; field++) {
    components[field] = component;
    classes[field] = deviceClass;
    units[field] = unit;
    stateClasses[field] = StateClass.measurement;
  }
}

// Plain calls, since an object for each would take three times the memory. First what is only a number.
define(Component.sensor, 0, FIELD_COUNT - 1, '', '');
define(Component.sensor, Field.temperature, Field.temperature, 'temperature', '°C');
define(Component.sensor, Field.humidity, Field.humidity, 'humidity', '%');
define(Component.sensor, Field.pressure, Field.pressure, 'atmospheric_pressure', 'hPa');
define(Component.sensor, Field.accelerationX, Field.accelerationZ, '', 'g');
define(Component.diagnostic, Field.batteryPercent, Field.batteryPercent, 'battery', '%');
define(Component.diagnostic, Field.batteryVoltage, Field.batteryVoltage, 'voltage', 'V');
define(Component.diagnostic, Field.uptime, Field.uptime, 'duration', 's');
define(Component.diagnostic, Field.advertisementCount, Field.advertisementCount, '', '');
define(Component.diagnostic, Field.txPower, Field.rssiAt1m, 'signal_strength', 'dBm');
define(Component.diagnostic, Field.major, Field.minor, '', '');
define(Component.flags, Field.events, Field.events, '', '');
define(Component.none, Field.states, Field.company, '', '');
define(Component.sensor, Field.temperature2, Field.temperature8, 'temperature', '°C');
define(Component.sensor, Field.humidity2, Field.humidity2, 'humidity', '%');
define(Component.sensor, Field.dewPoint, Field.dewPoint, 'temperature', '°C');
define(Component.diagnostic, Field.highAlarm, Field.lowAlarm4, 'temperature', '°C');
define(Component.sensor, Field.illuminance, Field.illuminance, 'illuminance', 'lx');
define(Component.sensor, Field.co2, Field.co2, 'carbon_dioxide', 'ppm');
define(Component.sensor, Field.pm1, Field.pm1, 'pm1', 'µg/m³');
define(Component.sensor, Field.pm25, Field.pm25, 'pm25', 'µg/m³');
define(Component.sensor, Field.pm4, Field.pm4, '', 'µg/m³');
define(Component.sensor, Field.pm10, Field.pm10, 'pm10', 'µg/m³');
define(Component.sensor, Field.voc, Field.voc, 'volatile_organic_compounds', 'µg/m³');
define(Component.sensor, Field.vocPpb, Field.vocPpb, 'volatile_organic_compounds_parts', 'ppb');
define(Component.sensor, Field.airQualityIndex, Field.airQualityIndex, 'aqi', '');
define(Component.sensor, Field.formaldehyde, Field.formaldehyde, '', 'mg/m³');
define(Component.sensor, Field.moisture, Field.moisture, 'moisture', '%');
define(Component.sensor, Field.conductivity, Field.conductivity, 'conductivity', 'µS/cm');
define(Component.sensor, Field.mass, Field.mass, 'weight', 'kg');
define(Component.sensor, Field.impedance, Field.impedance2, '', 'Ω');
define(Component.sensor, Field.heartRate, Field.heartRate, '', 'bpm');
define(Component.sensor, Field.voltage, Field.voltage3, 'voltage', 'V');
define(Component.sensor, Field.current, Field.current3, 'current', 'A');
define(Component.sensor, Field.power, Field.power3, 'power', 'W');
define(Component.sensor, Field.energy, Field.energy3, 'energy', 'kWh');
define(Component.sensor, Field.distance, Field.distance, 'distance', 'm');
define(Component.sensor, Field.speed, Field.speed, 'speed', 'm/s');
define(Component.sensor, Field.duration, Field.duration, 'duration', 's');
define(Component.sensor, Field.volume, Field.volume, 'volume', 'L');
define(Component.sensor, Field.storedVolume, Field.storedVolume, 'volume_storage', 'L');
define(Component.sensor, Field.volumeFlow, Field.volumeFlow, 'volume_flow_rate', 'm³/h');
define(Component.sensor, Field.gas, Field.gas, 'gas', 'm³');
define(Component.sensor, Field.water, Field.water, 'water', 'L');
define(Component.sensor, Field.acceleration, Field.acceleration, '', 'g');
define(Component.sensor, Field.gyroscope, Field.gyroscope, '', '°/s');
define(Component.sensor, Field.rotation, Field.direction, '', '°');
define(Component.sensor, Field.precipitation, Field.precipitation, 'precipitation', 'mm');
define(Component.sensor, Field.rotationalSpeed, Field.rotationalSpeed, '', 'rpm');
define(Component.sensor, Field.soundLevel, Field.soundLevel, 'sound_pressure', 'dB');
define(Component.button, Field.button, Field.button4, '', '');
define(Component.sensor, Field.position, Field.level, '', '%');
define(Component.time, Field.timestamp, Field.timestamp, 'timestamp', '');
define(Component.diagnostic, Field.interval, Field.interval, 'duration', 's');
define(Component.sensor, Field.noMotionTime, Field.absentTime, 'duration', 's');
define(Component.diagnostic, Field.channel, Field.channel, '', '');
define(Component.sensor, Field.consumablePercent, Field.consumablePercent, '', '%');
define(Component.diagnostic, Field.errorCode, Field.errorCode, '', '');

stateClasses[Field.timestamp] = StateClass.none;
stateClasses[Field.volume] = StateClass.totalIncreasing;
stateClasses[Field.gas] = StateClass.totalIncreasing;
stateClasses[Field.water] = StateClass.totalIncreasing;
for (let field = Field.energy as number; field <= Field.energy3; field++) {
  stateClasses[field] = StateClass.totalIncreasing;
}
for (let field = Field.count as number; field <= Field.movementCount; field++) {
  stateClasses[field] = StateClass.totalIncreasing;
}
stateClasses[Field.steps] = StateClass.totalIncreasing;
stateClasses[Field.advertisementCount] = StateClass.totalIncreasing;

for (let state = 0; state < STATE_COUNT; state++) binaryClasses[state] = '';
binaryClasses[State.opening] = 'opening';
binaryClasses[State.batteryLow] = 'battery';
binaryClasses[State.batteryCharging] = 'battery_charging';
binaryClasses[State.carbonMonoxide] = 'carbon_monoxide';
binaryClasses[State.cold] = 'cold';
binaryClasses[State.connected] = 'connectivity';
binaryClasses[State.door] = 'door';
binaryClasses[State.garageDoor] = 'garage_door';
binaryClasses[State.gasLeak] = 'gas';
binaryClasses[State.heat] = 'heat';
binaryClasses[State.light] = 'light';
binaryClasses[State.unlocked] = 'lock';
binaryClasses[State.wet] = 'moisture';
binaryClasses[State.motion] = 'motion';
binaryClasses[State.moving] = 'moving';
binaryClasses[State.occupied] = 'occupancy';
binaryClasses[State.pluggedIn] = 'plug';
binaryClasses[State.present] = 'presence';
binaryClasses[State.problem] = 'problem';
binaryClasses[State.running] = 'running';
binaryClasses[State.safe] = 'safety';
binaryClasses[State.smoke] = 'smoke';
binaryClasses[State.sound] = 'sound';
binaryClasses[State.tamper] = 'tamper';
binaryClasses[State.vibration] = 'vibration';
binaryClasses[State.window] = 'window';
binaryClasses[State.bedOccupied] = 'occupancy';
binaryClasses[State.occupiedNearby] = 'occupancy';
binaryClasses[State.leftOpen] = 'problem';
binaryClasses[State.forced] = 'tamper';
binaryClasses[State.removed] = 'tamper';

/** Home Assistant calls `safety` on when it is unsafe. */
export function isInverted(state: number): boolean {
  return state === State.safe;
}
