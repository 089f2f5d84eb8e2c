import { AdType } from '../ad-structures.js';
import { Field, State } from '../field.js';
import { FormatNumber, match, Precedence, Source } from '../frame.js';
import type { Format, Frame } from '../frame.js';
import { ReadingState } from '../reading.js';
import type { Reading } from '../reading.js';
import { asciiBytes, uint16be } from './bytes.js';

const COMPANY = 0x0969;
const SERVICE = 0xfd3d;
const OLD_SERVICE = 0x0d00;

/**
 * SwitchBot (github.com/OpenWonderLabs/SwitchBotAPI-BLE; blind tilt, leak detector and Meter Pro as in pySwitchbot).
 *
 * Service data FD3D, of old firmware 0D00: device u7 | status | battery u7 % | values of the device.
 * Manufacturer data: address | sequence | values of the device, of which the service data may lack some. It does not
 * say of which device it is: it is read when service data or a meter's name stands in the same advertisement.
 *
 * The seconds since the last movement or opening are left out; they would make every advertisement a new state.
 */
export const switchbot: Format = {
  number: FormatNumber.switchbot,
  name: 'switchbot',
  matches: [
    match(Source.service16, SERVICE),
    match(Source.service16, OLD_SERVICE),
    match(Source.manufacturer, COMPANY),
  ],
  precedence: Precedence.measurement,

  decode(frame: Frame, reading: Reading): ReadingState {
    return frame.source === Source.manufacturer
      ? decodeManufacturerData(frame, reading)
      : decodeService(frame, reading);
  },
};

/** The letter of a device; one that is being paired sends it with bit 5 cleared. */
const enum Device {
  leak = 0x26,
  meterPro = 0x34,
  meterProCo2 = 0x35,
  curtain = 0x63,
  contact = 0x64,
  plug = 0x67,
  bot = 0x68,
  meterPlus = 0x69,
  plugJapan = 0x6a,
  lock = 0x6f,
  motion = 0x73,
  meter = 0x74,
  outdoorMeter = 0x77,
  blindTilt = 0x78,
  curtain3 = 0x7b,
}

/** Of service data. */
const enum Offset {
  device = 0,
  status = 1,
  battery = 2,
  values = 3,
  motionSensor = 5,
  counters = 8,
}

/** Of manufacturer data. */
const enum Maker {
  address = 0,
  sequence = 6,
  state = 7,
  values = 8,
  power = 10,
  co2 = 13,
}

const METER_NAME = asciiBytes('WoSensorTH');
const OUTDOOR_METER_NAME = asciiBytes('WoIOSensorTH');

const CLIMATE_END = 6;
/** The sensor's range ends at 9999 ppm; more is sent while it starts. */
const MAX_CO2 = 9999;

function deviceOf(byte: number): number {
  return (byte & 0x7f) | 0x20;
}

/** Least length of a device's service data; -1 for a device that is not known here. */
function serviceLength(device: number): number {
  switch (device) {
    case Device.plug:
    case Device.plugJapan:
      return 1;
    case Device.bot:
    case Device.leak:
    case Device.lock:
    case Device.blindTilt:
    case Device.meter:
    case Device.meterPlus:
    case Device.outdoorMeter:
    case Device.meterPro:
    case Device.meterProCo2:
      return 3;
    case Device.curtain:
    case Device.curtain3:
      return 5;
    case Device.motion:
      return 6;
    case Device.contact:
      return 9;
    default:
      return -1;
  }
}

function isMeter(device: number): boolean {
  return (
    device === Device.meter ||
    device === Device.meterPlus ||
    device === Device.outdoorMeter ||
    device === Device.meterPro ||
    device === Device.meterProCo2
  );
}

function decodeService(frame: Frame, reading: Reading): ReadingState {
  const { bytes, from, to } = frame;
  const length = to - from;
  if (length < 1) return ReadingState.malformed;
  const device = deviceOf(bytes[from + Offset.device]!);
  const min = serviceLength(device);
  if (min < 0) return ReadingState.unsupported;
  if (length < min) return ReadingState.malformed;
  if (min === 1) return ReadingState.ok;

  const status = bytes[from + Offset.status]!;
  const battery = bytes[from + Offset.battery]! & 0x7f;
  if (isMeter(device)) {
    if (length > min && length < CLIMATE_END) return ReadingState.malformed;
    // Before its first measurement a meter sends zeros, also for the battery.
    if (length >= CLIMATE_END && !setClimate(reading, bytes, from + Offset.values) && battery === 0) {
      return ReadingState.ok;
    }
  } else if (device === Device.bot) {
    // Bit 7: it switches between two states rather than pressing.
    if (status & 0x80) reading.setState(State.on, (status & 0x40) === 0);
  } else if (device === Device.curtain || device === Device.curtain3) {
    reading.setState(State.calibrated, (status & 0x40) !== 0);
    setPosition(reading, bytes, from + Offset.values);
  } else if (device === Device.motion) {
    reading.setState(State.motion, (status & 0x40) !== 0);
    const sensor = bytes[from + Offset.motionSensor]!;
    reading.setState(State.led, (sensor & 0x20) !== 0);
    const light = sensor & 0x03;
    if (light === 1 || light === 2) reading.setState(State.light, light === 2);
  } else if (device === Device.contact) {
    reading.setState(State.motion, (status & 0x40) !== 0);
    const sensor = bytes[from + Offset.values]!;
    reading.setState(State.light, (sensor & 0x01) !== 0);
    const door = (sensor >>> 1) & 0x03;
    if (door !== 3) {
      reading.setState(State.opening, door !== 0);
      reading.setState(State.leftOpen, door === 2);
    }
    const counters = bytes[from + Offset.counters]!;
    reading.set(Field.count, counters >>> 6);
    reading.set(Field.count2, (counters >>> 4) & 0x03);
    reading.set(Field.count3, counters & 0x0f);
  }
  setBattery(reading, battery);
  return ReadingState.ok;
}

function decodeManufacturerData(frame: Frame, reading: Reading): ReadingState {
  const { bytes, from, to } = frame;
  let at = frame.find(AdType.serviceData16, SERVICE);
  if (at < 0) at = frame.find(AdType.serviceData16, OLD_SERVICE);
  const service = at < 0 ? 0 : frame.foundTo - at;
  let device: number;
  if (service > 0) device = deviceOf(bytes[at]!);
  else if (frame.nameStartsWith(METER_NAME)) device = Device.meter;
  else if (frame.nameStartsWith(OUTDOOR_METER_NAME)) device = Device.outdoorMeter;
  else return ReadingState.none;

  const length = to - from;
  if (serviceLength(device) < 0) return ReadingState.unsupported;
  if (length < manufacturerLength(device)) return ReadingState.malformed;
  const state = bytes[from + Maker.state]!;
  if (isMeter(device)) {
    if (service < CLIMATE_END) setClimate(reading, bytes, from + Maker.values);
    if (device === Device.meterProCo2 && length >= Maker.co2 + 2) {
      const co2 = uint16be(bytes, from + Maker.co2);
      if (co2 !== 0 && co2 <= MAX_CO2) reading.set(Field.co2, co2);
    }
  } else if (device === Device.blindTilt) {
    reading.setState(State.calibrated, (state & 0x01) !== 0);
    setPosition(reading, bytes, from + Maker.values);
  } else if (device === Device.leak) {
    const events = bytes[from + Maker.values]!;
    reading.setState(State.wet, (events & 0x01) !== 0);
    reading.setState(State.tamper, (events & 0x02) !== 0);
    reading.setState(State.batteryLow, (state & 0x80) !== 0);
    setBattery(reading, state & 0x7f);
  } else if (device === Device.plug || device === Device.plugJapan) {
    reading.setState(State.on, (state & 0x80) !== 0);
    const power = uint16be(bytes, from + Maker.power);
    reading.setState(State.problem, (power & 0x8000) !== 0); // overload
    reading.set(Field.power, (power & 0x7fff) / 10);
  } else if (device === Device.lock) {
    const lock = (state >>> 4) & 0x07;
    // Above 1 it turns or is stuck.
    if (lock <= 1) reading.setState(State.unlocked, lock === 1);
    reading.setState(State.opening, (state & 0x04) !== 0);
    reading.setState(State.leftOpen, (bytes[from + Maker.values]! & 0x20) !== 0);
    reading.setState(State.calibrated, (state & 0x80) !== 0);
  }
  reading.setSequence(bytes[from + Maker.sequence]!, 8);
  frame.takeAddress(from + Maker.address, false);
  frame.setAddressIdentity(reading);
  return ReadingState.ok;
}

/** Least length of a device's manufacturer data. */
function manufacturerLength(device: number): number {
  if (isMeter(device)) return Maker.values + 3;
  switch (device) {
    case Device.blindTilt:
      return Maker.values + 2;
    case Device.leak:
    case Device.lock:
      return Maker.values + 1;
    case Device.plug:
    case Device.plugJapan:
      return Maker.power + 2;
    default:
      return Maker.sequence + 1;
  }
}

function setBattery(reading: Reading, percent: number): void {
  if (percent <= 100) reading.set(Field.batteryPercent, percent);
}

/**
 * Tenths of °C in 4 bits | above zero, °C u7 | humidity u7 %; all of them 0 before the first measurement: then false.
 */
function setClimate(reading: Reading, bytes: Uint8Array, at: number): boolean {
  const tenths = bytes[at]! & 0x0f;
  const degrees = bytes[at + 1]!;
  const humidity = bytes[at + 2]! & 0x7f;
  if (tenths === 0 && degrees === 0 && humidity === 0) return false;
  if (tenths <= 9) {
    const value = (10 * (degrees & 0x7f) + tenths) / 10;
    reading.set(Field.temperature, degrees & 0x80 ? value : -value);
  }
  if (humidity <= 100) reading.set(Field.humidity, humidity);
  return true;
}

/**
 * Moving, position u7 % | light level in 4 bits. A curtain is open at 0; a blind is open at 50, closed down at 0 and
 * closed up at 100.
 */
function setPosition(reading: Reading, bytes: Uint8Array, at: number): void {
  const position = bytes[at]!;
  reading.setState(State.moving, (position & 0x80) !== 0);
  if ((position & 0x7f) <= 100) reading.set(Field.position, position & 0x7f);
  reading.set(Field.lightLevel, bytes[at + 1]! >>> 4);
}
