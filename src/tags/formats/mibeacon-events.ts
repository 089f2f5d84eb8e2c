import { ButtonEvent, Field, State } from '../field.js';
import type { Reading } from '../reading.js';
import { float32le, int16le, int8, uint16le, uint24le, uint32le } from './bytes.js';

// Objects of MiBeacon (iot.mi.com, "Mijia BLE Object definition") that say more than one number or state; the others
// are in `mibeacon.ts`. What some of them mean depends on the product.

/** Product ids whose objects differ from those of others. Names as Xiaomi's model numbers. */
const enum Product {
  /** Remotes with more than four keys. */
  YLYK01YL = 0x0153,
  YLYB01YL = 0x03bf,
  YLYK01YL_VENFAN = 0x04e6,
  YLYK01YL_FANCL = 0x068e,
  /** Dimmer. */
  YLKG07YL = 0x03b6,
  /** Cube that is turned. */
  XMMF01JQD = 0x04e1,
  /** Motion and light sensors. */
  MJYD02YL = 0x07f6,
  MCCGQ02HL = 0x098b,
  RTCGQ02LM = 0x0a8d,
  /** Switches of one, two and three keys. */
  K9B_1BTN = 0x1568,
  K9B_2BTN = 0x1569,
  K9B_3BTN = 0x0dfd,
  K9BB_1BTN = 0x1c10,
  XMWXKG01YL = 0x1949,
  XMWS01XS = 0x5968,
  /** Switches of four keys. */
  KS1 = 0x3a61,
  KS1BP = 0x3e17,
  PTX_F1 = 0x64c5,
  /** Safe. */
  LOOCK_SAFE_V1 = 0x09b0,
  /** Occupancy sensors. */
  XMOSB01XS = 0x4683,
  ES5BB = 0x6a0f,
}

/** Products whose specification is followed here, in ascending order. */
const SPECIFIED = new Uint16Array([
  0x11c2, 0x1203, 0x16e4, 0x1889, 0x18e3, 0x1949, 0x1c10, 0x20db, 0x2387, 0x2542, 0x2832, 0x2aeb, 0x30d9, 0x3531,
  0x38bb, 0x3a61, 0x3bd5, 0x3e17, 0x3f0f, 0x3f4c, 0x45c9, 0x4683, 0x48cf, 0x4b05, 0x4c04, 0x4c47, 0x4c60, 0x4dcb,
  0x4f59, 0x50fb, 0x520b, 0x55b5, 0x5808, 0x5968, 0x59fa, 0x59fb, 0x59fc, 0x5bea, 0x5db1, 0x6188, 0x6375, 0x64c5,
  0x6a0f, 0x78d1, 0x78db,
]);

/**
 * True when the objects from 4000 on are known for a product. They number the services and properties of its own
 * specification (home.miot-spec.com), so in another product the same number is something else.
 */
export function hasKnownSpecification(product: number): boolean {
  for (let i = 0; i < SPECIFIED.length && SPECIFIED[i]! <= product; i++) if (SPECIFIED[i] === product) return true;
  return false;
}

// Scales and body sensors of MiBeacon.

/** Object 0012: mass u16 g | type u8, of which 0 is what lies on the scale, others what was taken off or put on. */
function setWeighing(reading: Reading, bytes: Uint8Array, at: number): void {
  if (bytes[at + 2] === 0) reading.set(Field.mass, uint16le(bytes, at) / 1000);
}

/** Object 4E16 of the scale S200: person u8 | mass u32 0.01 kg | time u32. */
function setScale(reading: Reading, bytes: Uint8Array, at: number): void {
  const mass = uint32le(bytes, at + 1);
  if (mass === 0) return;
  reading.set(Field.mass, mass / 100);
  reading.set(Field.profile, bytes[at]!);
  setTime(reading, bytes, at + 5);
}

/**
 * Object 6E16 of the scale S400: person u8 | mass u11 0.1 kg, heart rate u7 - 50, impedance u14 0.1 Ω, lowest bits
 * first | time u32. First mass and low-frequency impedance are sent, then the high-frequency impedance alone; with
 * socks only the mass; and all 0 once the person stepped off.
 */
function setBodyScale(reading: Reading, bytes: Uint8Array, at: number): void {
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
  setTime(reading, bytes, at + 5);
}

/** Up to here the objects 1017 and 4818 count as motion, as in Xiaomi's app. In seconds. */
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
      setPress(reading, product, id, bytes, at, length);
  }
}

function setByte(reading: Reading, product: number, id: number, value: number): void {
  switch (id) {
    case 0x0007:
      setDoorEvent(reading, value);
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
      setDoor(reading, product, value);
      break;
    case 0x1019:
      setDoorSensor(reading, value);
      break;
    case 0x101b:
      // Nothing has moved for the time that the sensor is set to, whatever the value.
      reading.setState(State.motion, false);
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
      setWeighing(reading, bytes, at);
      break;
    case 0x1001:
      setKey(reading, product, bytes, at);
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
      setNoMotion(reading, uint32le(bytes, at));
      break;
    case 0x101b:
      reading.set(Field.noMotionTime, uint32le(bytes, at));
      reading.setState(State.motion, false);
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
        setFingerprint(reading, bytes, at);
        break;
      case 0x0007:
        setDoorEvent(reading, bytes[at]!);
        setTime(reading, bytes, at + 1);
        break;
      case 0x0008:
        reading.setState(State.armed, bytes[at] !== 0);
        setTime(reading, bytes, at + 1);
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
    setTime(reading, bytes, at + 1);
    if (length === 6) reading.set(Field.score, bytes[at + 5]!);
  }
  if (length !== 9) return;
  if (id === 0x000b) setLock(reading, bytes, at);
  else if (id === 0x4e16) setScale(reading, bytes, at);
  else if (id === 0x6e16) setBodyScale(reading, bytes, at);
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

// Keys and dials of MiBeacon. Keys are `button` to `button4`; of a remote with more the key is in `channel`.

/** By what was done, 4 bits each, the `ButtonEvent`: press, double, long, triple, none, press, long. */
const EVENTS = 0x4103421;
/** The same for the switches K9B: press, long, double. */
const K9B_EVENTS = 0x241;
/** By the key number of a K9B of two and of three keys, 4 bits each, the keys that were pressed together. */
const K9B_PAIRS = 0x321;
const K9B_TRIPLES = 0x7563421;

const enum Dial {
  pressed = 3,
  turned = 4,
}

/** Object 1001: key u8 | number u8 | what was done u8. */
function setKey(reading: Reading, product: number, bytes: Uint8Array, at: number): void {
  const key = bytes[at]!;
  const action = bytes[at + 2]!;
  switch (product) {
    case Product.YLKG07YL:
      if (action === Dial.pressed) setPressedDial(reading, key, bytes[at + 1]!);
      else if (action === Dial.turned) setTurnedDial(reading, bytes, at);
      return;
    case Product.XMMF01JQD:
      if (key < 2) reading.set(Field.dimmer, key === 0 ? 1 : -1);
      return;
    case Product.K9B_1BTN:
      setKeys(reading, key === 0 ? 1 : 0, nibble(K9B_EVENTS, action));
      return;
    case Product.K9B_2BTN:
      setKeys(reading, nibble(K9B_PAIRS, key), nibble(K9B_EVENTS, action));
      return;
    case Product.K9B_3BTN:
      setKeys(reading, nibble(K9B_TRIPLES, key), nibble(K9B_EVENTS, action));
      return;
  }
  const event = nibble(EVENTS, action);
  if (event === ButtonEvent.none) return;
  if (key < 4 && !isRemote(product)) {
    reading.set(Field.button + key, event);
  } else {
    reading.set(Field.button, event);
    reading.set(Field.channel, key);
  }
}

/**
 * Objects of product specifications whose id ends in 0C (press), 0D (double) and 0E (long): without a value, or with
 * one that tells the key.
 */
function setPress(reading: Reading, product: number, id: number, bytes: Uint8Array, at: number, length: number): void {
  if (length > 1) return;
  const value = length === 1 ? bytes[at]! : 0;
  let event: number = (id & 0xff) === 0x0c ? ButtonEvent.press : ButtonEvent.doublePress;
  if ((id & 0xff) === 0x0e) event = ButtonEvent.longPress;
  let keys = 1;
  switch (product) {
    case Product.XMWXKG01YL:
      keys = value < 4 ? value : 0;
      break;
    case Product.XMWS01XS:
      keys = value < 2 ? 1 << value : 0;
      break;
    case Product.KS1:
    case Product.KS1BP:
    case Product.PTX_F1:
      keys = value >= 1 && value <= 4 ? 1 << (value - 1) : 0;
      break;
    case Product.K9BB_1BTN:
      if (value === 8) event = ButtonEvent.longPress;
      else if (value === 15) event = ButtonEvent.doublePress;
      else if (value !== 1) keys = 0;
      break;
  }
  setKeys(reading, keys, event);
}

/** Pressed `number` times, or by the second key as it were, for `number` seconds. */
function setPressedDial(reading: Reading, key: number, number: number): void {
  if (key === 0) {
    const event = number === 2 ? ButtonEvent.doublePress : ButtonEvent.triplePress;
    reading.set(Field.button, number === 2 || number === 3 ? event : ButtonEvent.press);
    reading.set(Field.count, number);
  } else if (key === 1) {
    reading.set(Field.button, ButtonEvent.longPress);
    reading.set(Field.duration, number);
  }
}

/** Turned by the second number, or, while it was pressed, by the first. */
function setTurnedDial(reading: Reading, bytes: Uint8Array, at: number): void {
  if (bytes[at] === 0) {
    reading.set(Field.dimmer, int8(bytes, at + 1));
  } else {
    reading.set(Field.button, ButtonEvent.hold);
    reading.set(Field.dimmer, int8(bytes, at));
  }
}

/** `keys` by bit, `button` lowest. */
function setKeys(reading: Reading, keys: number, event: number): void {
  if (event === ButtonEvent.none) return;
  for (let i = 0; i < 4; i++) if ((keys >>> i) & 1) reading.set(Field.button + i, event);
}

function isRemote(product: number): boolean {
  return (
    product === Product.YLYK01YL ||
    product === Product.YLYB01YL ||
    product === Product.YLYK01YL_VENFAN ||
    product === Product.YLYK01YL_FANCL
  );
}

/** Digit `index` of a hexadecimal number, the last one is 0; 0 beyond its seven digits. */
function nibble(digits: number, index: number): number {
  return index < 8 ? (digits >>> (4 * index)) & 0x0f : 0;
}

// Doors and locks of MiBeacon (iot.mi.com, "Mijia BLE Object definition").

const enum DoorEvent {
  opened = 0,
  closed = 1,
  leftOpen = 2,
  knocked = 3,
  forced = 4,
  stuck = 5,
}

/** Low four bits of a lock's operation; what is left out is about child lock and anti-lock. */
const enum LockAction {
  unlockedOutside = 0,
  locked = 1,
  unlockedInside = 4,
  lockedInside = 5,
  lockedOutside = 8,
}

const enum KeyId {
  /** Below it keys of the app, above keys of 16 bits by their kind, such as 80010002: the second finger. */
  kinds = 0x80000000,
  /** The low half says what is wrong. */
  error = 0xc0de0000,
  invalid = 0xdeadbeef,
  unknown = 0xffffffff,
}

/** Object 0007. */
function setDoorEvent(reading: Reading, event: number): void {
  if (event > DoorEvent.stuck) return;
  reading.setState(
    State.door,
    event === DoorEvent.opened || event === DoorEvent.leftOpen || event === DoorEvent.forced,
  );
  if (event === DoorEvent.leftOpen || event === DoorEvent.closed) {
    reading.setState(State.leftOpen, event === DoorEvent.leftOpen);
  }
  if (event === DoorEvent.forced || event === DoorEvent.closed) {
    reading.setState(State.forced, event === DoorEvent.forced);
  }
  if (event === DoorEvent.stuck) reading.setState(State.problem, true);
}

/** Object 100F: 0 open, 1 closed, FF out of order; a safe has it the other way round. */
function setDoor(reading: Reading, product: number, value: number): void {
  if (value <= 1) reading.setState(State.door, value === (product === Product.LOOCK_SAFE_V1 ? 1 : 0));
  else if (value === 0xff) reading.setState(State.problem, true);
}

/** Object 1019: 0 opened, 1 closed, 2 left open. */
function setDoorSensor(reading: Reading, value: number): void {
  if (value > 2) return;
  reading.setState(State.opening, value !== 1);
  if (value !== 0) reading.setState(State.leftOpen, value === 2);
}

/** Object 0006: key id u32 | result u8, of which 0 is a match; the result is the error code. */
function setFingerprint(reading: Reading, bytes: Uint8Array, at: number): void {
  setKeyId(reading, uint32le(bytes, at));
  reading.set(Field.errorCode, bytes[at + 4]!);
}

/** Object 000B: action u4 | method u4 | key id u32 | time u32. */
function setLock(reading: Reading, bytes: Uint8Array, at: number): void {
  const action = bytes[at]! & 0x0f;
  reading.set(Field.lockAction, action);
  reading.set(Field.lockMethod, bytes[at]! >>> 4);
  switch (action) {
    case LockAction.unlockedOutside:
    case LockAction.unlockedInside:
      reading.setState(State.unlocked, true);
      break;
    case LockAction.locked:
    case LockAction.lockedInside:
    case LockAction.lockedOutside:
      reading.setState(State.unlocked, false);
      break;
  }
  setKeyId(reading, uint32le(bytes, at + 1));
  setTime(reading, bytes, at + 5);
}

/** Seconds since 1970, u32; 0 when the tag has no clock. */
function setTime(reading: Reading, bytes: Uint8Array, at: number): void {
  const time = uint32le(bytes, at);
  if (time !== 0) reading.set(Field.timestamp, time);
}

function setKeyId(reading: Reading, id: number): void {
  if (id === KeyId.unknown || id === KeyId.invalid) return;
  if (id >= KeyId.error && id <= KeyId.error + 0xffff) reading.set(Field.errorCode, id - KeyId.error);
  else reading.set(Field.keyId, id >= KeyId.kinds ? id & 0xffff : id);
}
