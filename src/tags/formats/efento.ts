import { Field, State } from '../field.js';
import { FormatNumber, match, Precedence, Source } from '../frame.js';
import type { Format, Frame } from '../frame.js';
import { ReadingState } from '../reading.js';
import type { Reading } from '../reading.js';
import { uint16be, uint24be, uint32be } from './bytes.js';

/**
 * Efento loggers (docs.efento.io, "Bluetooth advertisement decoding"), manufacturer data of one of three versions,
 * numbers high byte first, a CRC of 16 bits last:
 * 02, 24 bytes: software 2 | status | measurements u32 | interval u16, bit 15 = seconds, else minutes | 0 | three types
 *   of sensor | three values u16 | calibration date u16 | CRC
 * 03, 24 bytes: address | software 2 | status | … | CRC
 * 04, the scan response to 03: type of sensor, value 24 bits, sign in bit 0; as often as it has sensors | CRC
 * Bit 0 of the status: the battery is good.
 */
const enum Version {
  sensor = 2,
  advertisement = 3,
  scanResponse = 4,
}

/** Of version 02. */
const enum SensorOffset {
  status = 3,
  measurements = 4,
  interval = 8,
  types = 11,
  values = 14,
}

/** Of version 03. */
const enum AdvertisementOffset {
  address = 1,
  status = 9,
}

/** Types of sensors, as Efento numbers them for all its devices (`proto_measurement_types.proto`). */
const enum Sensor {
  none = 0,
  temperature = 1,
  humidity = 2,
  pressure = 3,
  illuminance = 15,
  pm1 = 16,
  pm25 = 17,
  pm10 = 18,
  /** In 0.1 %. */
  humidityTenths = 27,
}

const LENGTH = 24;
const SENSORS = 3;
const SLOT_SIZE = 4;
const CRC_SIZE = 2;
const BATTERY_GOOD = 0x01;
/** Types above are not in use; a frame that has one is of another kind, such as an encrypted one. */
const MAX_SENSOR = 0x3f;
/** What is greater tells what is wrong with the sensor. */
const MAX_VALUE_16 = 0xfeff;
const MAX_VALUE_24 = 0x7effff;

export const efento: Format = {
  number: FormatNumber.efento,
  name: 'efento',
  matches: [match(Source.manufacturer, 0x026c)],
  precedence: Precedence.measurement,

  decode(frame: Frame, reading: Reading): ReadingState {
    const { bytes, from, to } = frame;
    if (from === to) return ReadingState.malformed;
    switch (bytes[from]) {
      case Version.sensor:
        return to - from === LENGTH ? decodeSensor(bytes, from, reading) : ReadingState.malformed;
      case Version.advertisement:
        if (to - from !== LENGTH) return ReadingState.malformed;
        setBattery(reading, bytes[from + AdvertisementOffset.status]!);
        frame.takeAddress(from + AdvertisementOffset.address, false);
        frame.setAddressIdentity(reading);
        return ReadingState.ok;
      case Version.scanResponse:
        return decodeScanResponse(bytes, from + 1, to - CRC_SIZE, reading);
      default:
        return ReadingState.unsupported;
    }
  },
};

function decodeSensor(bytes: Uint8Array, from: number, reading: Reading): ReadingState {
  for (let i = 0; i < SENSORS; i++)
    if (bytes[from + SensorOffset.types + i]! > MAX_SENSOR) return ReadingState.unsupported;
  setBattery(reading, bytes[from + SensorOffset.status]!);
  reading.setSequence(uint32be(bytes, from + SensorOffset.measurements), 32);
  const interval = uint16be(bytes, from + SensorOffset.interval);
  reading.set(Field.interval, interval & 0x8000 ? interval & 0x7fff : interval * 60);
  for (let i = 0; i < SENSORS; i++) {
    setValue16(reading, bytes[from + SensorOffset.types + i]!, uint16be(bytes, from + SensorOffset.values + 2 * i));
  }
  return ReadingState.ok;
}

function decodeScanResponse(bytes: Uint8Array, from: number, to: number, reading: Reading): ReadingState {
  if (to <= from || (to - from) % SLOT_SIZE !== 0) return ReadingState.malformed;
  for (let at = from; at < to; at += SLOT_SIZE) if (bytes[at]! > MAX_SENSOR) return ReadingState.unsupported;
  for (let at = from; at < to; at += SLOT_SIZE) {
    const zigzag = uint24be(bytes, at + 1);
    setValue24(reading, bytes[at]!, (zigzag >>> 1) ^ -(zigzag & 1));
  }
  return ReadingState.ok;
}

function setBattery(reading: Reading, status: number): void {
  reading.setState(State.batteryLow, (status & BATTERY_GOOD) === 0);
}

/** A value of version 02: 0.01 °C above -150 °C, %, 0.1 hPa. */
function setValue16(reading: Reading, sensor: Sensor, value: number): void {
  if (sensor === Sensor.temperature && value <= 30000) reading.add(Field.temperature, (value - 15000) / 100);
  if (sensor === Sensor.humidity && value <= 100) reading.add(Field.humidity, value);
  if (sensor === Sensor.pressure && value <= MAX_VALUE_16) reading.add(Field.pressure, value / 10);
}

/** A value of version 04: 0.1 °C, % or 0.1 %, 0.1 hPa, 0.1 lx, µg/m³. */
function setValue24(reading: Reading, sensor: Sensor, value: number): void {
  if (value > MAX_VALUE_24 || value < -MAX_VALUE_24) return;
  if (sensor === Sensor.temperature) {
    reading.add(Field.temperature, value / 10);
    return;
  }
  if (value < 0) return;
  switch (sensor) {
    case Sensor.humidity:
      if (value <= 100) reading.add(Field.humidity, value);
      break;
    case Sensor.humidityTenths:
      if (value <= 1000) reading.add(Field.humidity, value / 10);
      break;
    case Sensor.pressure:
      reading.add(Field.pressure, value / 10);
      break;
    case Sensor.illuminance:
      reading.add(Field.illuminance, value / 10);
      break;
    case Sensor.pm1:
      reading.add(Field.pm1, value);
      break;
    case Sensor.pm25:
      reading.add(Field.pm25, value);
      break;
    case Sensor.pm10:
      reading.add(Field.pm10, value);
      break;
  }
}
