import { Field, State } from '../field.js';
import type { Reading } from '../reading.js';
import { uint32le } from './bytes.js';
import { Product } from './mibeacon-products.js';

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
export function setMibeaconDoorEvent(reading: Reading, event: number): void {
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
export function setMibeaconDoor(reading: Reading, product: number, value: number): void {
  if (value <= 1) reading.setState(State.door, value === (product === Product.LOOCK_SAFE_V1 ? 1 : 0));
  else if (value === 0xff) reading.setState(State.problem, true);
}

/** Object 1019: 0 opened, 1 closed, 2 left open. */
export function setMibeaconOpening(reading: Reading, value: number): void {
  if (value > 2) return;
  reading.setState(State.opening, value !== 1);
  if (value !== 0) reading.setState(State.leftOpen, value === 2);
}

/** Object 0006: key id u32 | result u8, of which 0 is a match; the result is the error code. */
export function setMibeaconFingerprint(reading: Reading, bytes: Uint8Array, at: number): void {
  setKeyId(reading, uint32le(bytes, at));
  reading.set(Field.errorCode, bytes[at + 4]!);
}

/** Object 000B: action u4 | method u4 | key id u32 | time u32. */
export function setMibeaconLock(reading: Reading, bytes: Uint8Array, at: number): void {
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
  setMibeaconTime(reading, bytes, at + 5);
}

/** Seconds since 1970, u32; 0 when the tag has no clock. */
export function setMibeaconTime(reading: Reading, bytes: Uint8Array, at: number): void {
  const time = uint32le(bytes, at);
  if (time !== 0) reading.set(Field.timestamp, time);
}

function setKeyId(reading: Reading, id: number): void {
  if (id === KeyId.unknown || id === KeyId.invalid) return;
  if (id >= KeyId.error && id <= KeyId.error + 0xffff) reading.set(Field.errorCode, id - KeyId.error);
  else reading.set(Field.keyId, id >= KeyId.kinds ? id & 0xffff : id);
}
