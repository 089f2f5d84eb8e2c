import { ButtonEvent, Field, State } from '../field.js';
import type { Reading } from '../reading.js';
import { float32le, int16le, uint16le, uint24le, uint32le } from './bytes.js';
import { setMibeaconKey, setMibeaconPress } from './mibeacon-buttons.js';
import {
  setMibeaconDoor,
  setMibeaconDoorEvent,
  setMibeaconFingerprint,
  setMibeaconLock,
  setMibeaconOpening,
  setMibeaconTime,
} from './mibeacon-locks.js';
import { Product } from './mibeacon-products.js';

// Scales and body sensors of MiBeacon.

/** Object 0012: mass u16 g | type u8, of which 0 is what lies on the scale, others what was taken off or put on. */
export function setMibeaconWeighing(reading: Reading, bytes: Uint8Array, at: number): void {
  if (bytes[at + 2] === 0) reading.set(Field.mass, uint16le(bytes, at) / 1000);
}

/** Object 4E16 of the scale S200: person u8 | mass u32 0.01 kg | time u32. */
export function setMibeaconScale(reading: Reading, bytes: Uint8Array, at: number): void {
  const mass = uint32le(bytes, at + 1);
  if (mass === 0) return;
  reading.set(Field.mass, mass / 100);
  reading.set(Field.profile, bytes[at]!);
  setMibeaconTime(reading, bytes, at + 5);
}

/**
 * Object 6E16 of the scale S400: person u8 | mass u11 0.1 kg, heart rate u7 - 50, impedance u14 0.1 Ω, lowest bits
 * first | time u32. First mass and low-frequency impedance are sent, then the high-frequency impedance alone; with
 * socks only the mass; and all 0 once the person stepped off.
 */
export function setMibeaconBodyScale(reading: Reading, bytes: Uint8Array, at: number): void {
  const bits = uint32le(bytes, at + 1);
  const mass = bits & 0x7ff;
  const heartRate = (bits >>> 11) & 0x7f;
  const impedance = bits >>> 18;
  reading.set(Field.profile, bytes[at]!);
  if (mass !== 0) reading.set(Field.mass, mass / 10);
  if (heartRate !== 0 && heartRate !== 0x7f) reading.set(Field.heartRate, heartRate + 50);
  const high = mass === 0 && heartRate === 0;
  if (impedance !== 0) reading.set(high ? Field.impedance2 : Field.impedance, impedance / 10);
  reading.setState(State.stabilized, high ? impedance !== 0 : impedance === 0);
  setMibeaconTime(reading, bytes, at + 5);
}

/** Up to here a motion sensor counts as having seen motion, as in Xiaomi's app. In seconds. */
const MOTION_SECONDS = 30;

/** From here on a light sensor that has no lux says that it is light. */
const LIGHT = 100;

/**
 * Sets what an object of MiBeacon says that is more than a number or a state, by its id and `bytes[at..at + length)`.
 * Objects of unknown id or length say nothing.
 */
export function setMibeaconEvent(
  reading: Reading,
  product: number,
  id: number,
  bytes: Uint8Array,
  at: number,
  length: number,
): void {
  switch (length) {
    case 1:
      setByte(reading, product, id, bytes[at]!);
      break;
    case 2:
      setPair(reading, id, bytes, at);
      break;
    case 3:
      setTriple(reading, product, id, bytes, at);
      break;
    case 4:
      setQuadruple(reading, id, bytes, at);
      break;
    default:
      setLong(reading, id, bytes, at, length);
  }
  switch (id) {
    case 0x4a0c:
    case 0x4a0d:
    case 0x4a0e:
    case 0x4e0c:
    case 0x4e0d:
    case 0x4e0e:
    case 0x560c:
    case 0x560d:
    case 0x560e:
      setMibeaconPress(reading, product, id, bytes, at, length);
  }
}

function setByte(reading: Reading, product: number, id: number, value: number): void {
  switch (id) {
    case 0x0007:
      setMibeaconDoorEvent(reading, value);
      break;
    case 0x0008:
      reading.setState(State.armed, value !== 0);
      break;
    case 0x000d:
    case 0x1015:
      reading.setState(State.smoke, value === 1);
      reading.setState(State.problem, value === 2);
      break;
    case 0x000e:
    case 0x1016:
      reading.setState(State.gasLeak, value === 1);
      reading.setState(State.problem, value === 2);
      break;
    case 0x0010:
      reading.setState(State.running, value === 0);
      break;
    case 0x0011:
      setDoorViewer(reading, value);
      break;
    case 0x100e:
      // Bits 0 and 1 are the bolts; the third, a latch, holds no lock.
      reading.setState(State.unlocked, (value & 0x03) === 0);
      break;
    case 0x100f:
      setMibeaconDoor(reading, product, value);
      break;
    case 0x1019:
      setMibeaconOpening(reading, value);
      break;
    case 0x101b:
      reading.setState(State.motion, value === 0);
      break;
    case 0x101c:
      if (value <= 1) reading.setState(State.bedOccupied, value === 1);
      break;
    case 0x4804:
    case 0x4a12:
      setOpening(reading, value);
      break;
    case 0x4810:
    case 0x5010:
      if (value <= 1) reading.setState(State.asleep, value === 1);
      else if (value === 2) reading.set(Field.button, ButtonEvent.doublePress);
      break;
    case 0x484e:
      reading.setState(State.occupied, product === Product.XMOSB01XS ? value === 1 : value !== 0);
      break;
    case 0x4a0f:
      if (value === 1) {
        reading.setState(State.opening, true);
        reading.setState(State.removed, true);
      }
      break;
    case 0x4a13:
      if (value === 1) reading.set(Field.button, ButtonEvent.press);
      break;
    case 0x4a1a:
      if (value === 1) {
        reading.setState(State.opening, true);
        reading.setState(State.leftOpen, true);
      }
      break;
    case 0x4a68:
      if (value <= 1) reading.setState(State.wet, value === 0);
      break;
    case 0x4e16:
      if (value === 1) reading.setState(State.bedOccupied, true);
      break;
    case 0x4e17:
      if (value === 1) reading.setState(State.bedOccupied, false);
      break;
    case 0x5413:
      if (product === Product.ES5BB) reading.setState(State.occupiedNearby, value !== 0);
      break;
    case 0x5422:
      if (value <= 2) reading.setState(State.batteryCharging, value === 0);
      break;
    case 0x5a16:
      if (value === 1 || value === 2) reading.setState(State.bedOccupied, value === 1);
      else if (value === 3) reading.set(Field.button, ButtonEvent.doublePress);
      break;
  }
}

function setPair(reading: Reading, id: number, bytes: Uint8Array, at: number): void {
  const value = bytes[at]!;
  switch (id) {
    case 0x0010:
      // At the end of brushing the second number is its score, at the beginning a count.
      reading.setState(State.running, value === 0);
      reading.set(value === 0 ? Field.count : Field.score, bytes[at + 1]!);
      break;
    case 0x1005:
      reading.setState(State.on, value !== 0);
      reading.set(Field.temperature, bytes[at + 1]!);
      break;
    case 0x2002:
      reading.setState(State.batteryCharging, value === 0);
      reading.setState(State.running, value === 2 || value === 3);
      reading.setState(State.problem, value === 0xff);
      break;
    case 0x4818:
      setNoMotion(reading, uint16le(bytes, at));
      break;
  }
}

function setTriple(reading: Reading, product: number, id: number, bytes: Uint8Array, at: number): void {
  switch (id) {
    case 0x000f:
      reading.setState(State.motion, true);
      setLight(reading, product === Product.MJYD02YL || product === Product.RTCGQ02LM, uint24le(bytes, at));
      break;
    case 0x0012:
      setMibeaconWeighing(reading, bytes, at);
      break;
    case 0x1001:
      setMibeaconKey(reading, product, bytes, at);
      break;
    case 0x1007:
      setLight(reading, product === Product.MJYD02YL || product === Product.MCCGQ02HL, uint24le(bytes, at));
      break;
  }
}

function setQuadruple(reading: Reading, id: number, bytes: Uint8Array, at: number): void {
  switch (id) {
    case 0x100d: {
      const humidity = uint16le(bytes, at + 2);
      reading.set(Field.temperature, int16le(bytes, at) / 10);
      if (humidity <= 1000) reading.set(Field.humidity, humidity / 10);
      break;
    }
    case 0x1017:
    case 0x101b:
      setNoMotion(reading, uint32le(bytes, at));
      break;
    case 0x2001:
      reading.set(Field.steps, uint16le(bytes, at));
      if (bytes[at + 2] === 1 || bytes[at + 2] === 2) reading.setState(State.asleep, bytes[at + 2] === 1);
      break;
    case 0x2003:
      reading.set(Field.steps, uint16le(bytes, at));
      if (bytes[at + 2] !== 0) reading.set(Field.heartRate, bytes[at + 2]!);
      break;
    case 0x4a08:
      reading.setState(State.motion, true);
      reading.set(Field.illuminance, Math.round(float32le(bytes, at) * 1000) / 1000);
      break;
  }
}

function setLong(reading: Reading, id: number, bytes: Uint8Array, at: number, length: number): void {
  if (length === 5) {
    switch (id) {
      case 0x0006:
        setMibeaconFingerprint(reading, bytes, at);
        break;
      case 0x0007:
        setMibeaconDoorEvent(reading, bytes[at]!);
        setMibeaconTime(reading, bytes, at + 1);
        break;
      case 0x0008:
        reading.setState(State.armed, bytes[at] !== 0);
        setMibeaconTime(reading, bytes, at + 1);
        break;
      case 0x2000:
        // Of the skin, and of the board behind it; what the body's is, only the maker's app knows.
        reading.set(Field.temperature, int16le(bytes, at) / 100);
        reading.set(Field.temperature2, int16le(bytes, at + 2) / 100);
        if (bytes[at + 4]! <= 100) reading.set(Field.batteryPercent, bytes[at + 4]!);
        break;
    }
  }
  if (id === 0x3003 && (length === 5 || length === 6) && bytes[at]! <= 1) {
    reading.setState(State.running, bytes[at] === 0);
    setMibeaconTime(reading, bytes, at + 1);
    if (length === 6) reading.set(Field.score, bytes[at + 5]!);
  }
  if (length !== 9) return;
  if (id === 0x000b) setMibeaconLock(reading, bytes, at);
  else if (id === 0x4e16) setMibeaconScale(reading, bytes, at);
  else if (id === 0x6e16) setMibeaconBodyScale(reading, bytes, at);
}

/** Object 0011: someone 0 stays, 1 passes, 2 rings, 3 leaves a message; 4 damage, 5 duress, 6 opened abnormally. */
function setDoorViewer(reading: Reading, event: number): void {
  if (event <= 1) reading.setState(State.motion, true);
  else if (event === 2) reading.set(Field.button, ButtonEvent.press);
  else if (event === 4) reading.setState(State.tamper, true);
  else if (event === 5 || event === 6) reading.setState(State.problem, true);
}

/** Objects 4804 and 4A12: 1 open, 2 closed. */
function setOpening(reading: Reading, value: number): void {
  if (value !== 1 && value !== 2) return;
  reading.setState(State.opening, value === 1);
  if (value === 1) return;
  reading.setState(State.leftOpen, false);
  reading.setState(State.removed, false);
}

function setNoMotion(reading: Reading, seconds: number): void {
  reading.set(Field.noMotionTime, seconds);
  reading.setState(State.motion, seconds <= MOTION_SECONDS);
}

function setLight(reading: Reading, isSwitch: boolean, value: number): void {
  if (isSwitch) reading.setState(State.light, value >= LIGHT);
  else reading.set(Field.illuminance, value);
}
