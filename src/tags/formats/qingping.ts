import { Field, State } from '../field.js';
import { FormatNumber, match, Precedence, Source } from '../frame.js';
import type { Format, Frame } from '../frame.js';
import { ReadingState } from '../reading.js';
import type { Reading } from '../reading.js';
import { int16le, uint16le, uint24le, uint32le } from './bytes.js';

/**
 * Qingping and ClearGrass (not published by the maker; github.com/Ernst79/bleparser and
 * github.com/Bluetooth-Devices/qingping-ble), service data of FDCD:
 * control, bit 3 = with address | product | address, last byte first | objects; each is type | length | value,
 * numbers low byte first. A product that has nothing to say sends no object.
 */
const enum Offset {
  control = 0,
  product = 1,
  address = 2,
  objects = 8,
}

/** Type of an object and, as the low byte, its length. What is not listed here is skipped. */
const enum QingpingObject {
  /** Temperature s16 0.1 °C, humidity u16 0.1 %. */
  climate = 0x0104,
  /** Percent in the lower 7 bits. */
  battery = 0x0201,
  /** A `Door`. */
  door = 0x0401,
  /** u16 0.1 hPa. */
  pressure = 0x0702,
  /** 1 when there is motion, illuminance u24 in lux. */
  motion = 0x0804,
  /** u32 in lux. */
  illuminance = 0x0904,
  packetId = 0x0f01,
  /** 1 when it is light. */
  light = 0x1101,
  /** Up to 2.5 and 10 µm, u16 µg/m³ each. */
  particles = 0x1204,
  /** u16 ppm. */
  co2 = 0x1302,
}

const enum Door {
  open = 0,
  closed = 1,
  leftOpen = 2,
}

const HAS_ADDRESS = 0x08;
/** The door sensor, which sends the state of its door once more behind the packet id, and as another one. */
const CGH1 = 0x04;
/** No sensor of theirs measures as much. */
const NONE = 0xffff;

export const qingping: Format = {
  number: FormatNumber.qingping,
  name: 'qingping',
  matches: [match(Source.service16, 0xfdcd)],
  precedence: Precedence.measurement,

  decode(frame: Frame, reading: Reading): ReadingState {
    const { bytes, from, to } = frame;
    if (from === to || !(bytes[from + Offset.control]! & HAS_ADDRESS)) return ReadingState.none;
    const objects = from + Offset.objects;
    if (to < objects) return ReadingState.malformed;
    if (to === objects) return ReadingState.none;
    for (let at = objects; at < to; at += 2 + bytes[at + 1]!) {
      if (to - at < 2 || to - at < 2 + bytes[at + 1]!) return ReadingState.malformed;
    }

    frame.takeAddress(from + Offset.address, true);
    frame.setAddressIdentity(reading);
    for (let at = objects; at < to; at += 2 + bytes[at + 1]!) {
      const object = (bytes[at]! << 8) | bytes[at + 1]!;
      if (object === QingpingObject.packetId && bytes[from + Offset.product] === CGH1 && reading.has(Field.sequence)) {
        setDoor(reading, bytes[at + 2]!);
      } else {
        setObject(reading, object, bytes, at + 2);
      }
    }
    return ReadingState.ok;
  },
};

function setObject(reading: Reading, object: QingpingObject, bytes: Uint8Array, at: number): void {
  switch (object) {
    case QingpingObject.climate: {
      reading.set(Field.temperature, int16le(bytes, at) / 10);
      const humidity = uint16le(bytes, at + 2);
      if (humidity <= 1000) reading.set(Field.humidity, humidity / 10);
      break;
    }
    case QingpingObject.battery: {
      const battery = bytes[at]! & 0x7f;
      if (battery <= 100) reading.set(Field.batteryPercent, battery);
      break;
    }
    case QingpingObject.door:
      setDoor(reading, bytes[at]!);
      break;
    case QingpingObject.pressure: {
      const pressure = uint16le(bytes, at);
      if (pressure !== NONE) reading.set(Field.pressure, pressure / 10);
      break;
    }
    case QingpingObject.motion:
      reading.setState(State.motion, bytes[at] !== 0);
      reading.set(Field.illuminance, uint24le(bytes, at + 1));
      break;
    case QingpingObject.illuminance:
      reading.set(Field.illuminance, uint32le(bytes, at));
      break;
    case QingpingObject.packetId:
      reading.setSequence(bytes[at]!, 8);
      break;
    case QingpingObject.light:
      reading.setState(State.light, bytes[at] !== 0);
      break;
    case QingpingObject.particles: {
      const pm25 = uint16le(bytes, at);
      if (pm25 !== NONE) reading.set(Field.pm25, pm25);
      const pm10 = uint16le(bytes, at + 2);
      if (pm10 !== NONE) reading.set(Field.pm10, pm10);
      break;
    }
    case QingpingObject.co2: {
      const co2 = uint16le(bytes, at);
      if (co2 !== NONE) reading.set(Field.co2, co2);
      break;
    }
  }
}

function setDoor(reading: Reading, door: Door): void {
  if (door > Door.leftOpen) return;
  reading.setState(State.door, door !== Door.closed);
  reading.setState(State.leftOpen, door === Door.leftOpen);
}
