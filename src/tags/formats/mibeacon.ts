import type { AesCcm } from '../aes.js';
import { Field, State } from '../field.js';
import { FormatNumber, match, Precedence, Source } from '../frame.js';
import type { Format, Frame } from '../frame.js';
import { KEY_SIZE, LEGACY_KEY_SIZE } from '../key-table.js';
import { ReadingState } from '../reading.js';
import type { Reading } from '../reading.js';
import { ADDRESS_SIZE } from '../address.js';
import { float32le, int16le, int8, uint16le, uint24le, uint32le } from './bytes.js';
import { hasKnownSpecification, setMibeaconEvent } from './mibeacon-events.js';

/**
 * Xiaomi MiBeacon 2 to 5 (iot.mi.com, "BLE MiBeacon protocol"; github.com/MiEcosystem/mijia_ble_common), service data
 * FE95: frame control u16 | product u16 | frame counter u8 | address, last byte first | capability u8, two bytes of a
 * Wi-Fi address, two bytes of I/O capability | objects; what is there is said by frame control and capability. Numbers
 * low byte first.
 *
 * Encrypted objects are followed by a counter u24 and an authentication tag of 4 bytes, or of 1 byte before version 4.
 * Only in version 5 the counter is one, the high part of the frame counter; before, tags send random numbers, so there
 * a recording is not noticed.
 */
const enum Control {
  encrypted = 0x0008,
  address = 0x0010,
  capability = 0x0020,
  objects = 0x0040,
  mesh = 0x0080,
}

const enum Capability {
  /** Both bits: has Wi-Fi as well. */
  combo = 0x18,
  io = 0x20,
}

const enum Size {
  /** Up to the frame counter. */
  header = 5,
  counter = 3,
  tag = 4,
  /** Before version 4. */
  legacyTag = 1,
}

/** The least, an object without a value. */
const OBJECT_SIZE = 3;

/** The first version with keys of 16 bytes, and the first with a counter against recordings. */
const LONG_KEY_VERSION = 4;
const COUNTER_VERSION = 5;

/** What stands in the middle of a key of AES-128 that was made from one of 12 bytes. */
const LEGACY_KEY_FILL = 0x8d3d3c97;

export const mibeacon: Format = {
  number: FormatNumber.mibeacon,
  name: 'mibeacon',
  matches: [match(Source.service16, 0xfe95)],
  precedence: Precedence.measurement,

  decode(frame: Frame, reading: Reading): ReadingState {
    const { bytes, from, to } = frame;
    if (to - from < Size.header) return ReadingState.malformed;
    const control = uint16le(bytes, from);
    const version = control >>> 12;
    if (version < 2 || version > 5 || control & Control.mesh) return ReadingState.unsupported;
    let at = from + Size.header;
    const hasAddress = (control & Control.address) !== 0;
    if (hasAddress) {
      if (to - at < ADDRESS_SIZE) return ReadingState.malformed;
      frame.takeAddress(at, true);
      at += ADDRESS_SIZE;
    }
    if (control & Control.capability) {
      if (at === to) return ReadingState.malformed;
      const capability = bytes[at++]!;
      if ((capability & Capability.combo) === Capability.combo) at += 2;
      if (capability & Capability.io) at += 2;
      if (at > to) return ReadingState.malformed;
    }

    let objects = bytes;
    let end = to;
    if (control & Control.objects) {
      if (control & Control.encrypted) {
        const legacy = version < LONG_KEY_VERSION;
        if (to - at < OBJECT_SIZE + Size.counter + (legacy ? Size.legacyTag : Size.tag)) return ReadingState.malformed;
        const address = hasAddress ? frame.ownAddress : frame.address;
        const ccm = frame.cipher(address, legacy ? LEGACY_KEY_SIZE : KEY_SIZE);
        if (!ccm) return ReadingState.keyMissing;
        const state = legacy ? openLegacy(frame, ccm, address!, at) : open(frame, ccm, address!, at, version);
        if (state !== ReadingState.ok) return state;
        objects = ccm.text;
        at = 0;
        end = ccm.textLength;
      }
      if (!areObjects(objects, at, end)) return ReadingState.malformed;
      setObjects(reading, uint16le(bytes, from + 2), objects, at, end);
    }
    reading.setSequence(bytes[from + 4]!, 8);
    if (hasAddress) frame.setAddressIdentity(reading);
    return ReadingState.ok;
  },
};

/** Opens the objects at `at` of version 4 and 5: nonce address, last byte first | product | frame counter | counter. */
function open(frame: Frame, ccm: AesCcm, address: Uint8Array, at: number, version: number): ReadingState {
  const { bytes, from, to } = frame;
  const nonce = ccm.nonce;
  const tag = to - Size.tag;
  const end = tag - Size.counter;
  for (let i = 0; i < ADDRESS_SIZE; i++) nonce[i] = address[ADDRESS_SIZE - 1 - i]!;
  for (let i = 0; i < 3; i++) {
    nonce[6 + i] = bytes[from + 2 + i]!;
    nonce[9 + i] = bytes[end + i]!;
  }
  ccm.nonceLength = 12;
  authenticateConstant(ccm);
  if (version < COUNTER_VERSION) {
    return ccm.open(bytes, at, end, tag, Size.tag) ? ReadingState.ok : ReadingState.authenticationFailed;
  }
  const counter = ((uint24le(bytes, end) << 8) | bytes[from + 4]!) >>> 0;
  return frame.openWithCounter(at, end, tag, Size.tag, counter);
}

/**
 * Opens the objects at `at` of version 2 and 3: nonce frame control | product | frame counter | counter | address
 * without its first byte, last byte first. One in 256 wrong keys passes the tag, so what comes out must be objects.
 */
function openLegacy(frame: Frame, ccm: AesCcm, address: Uint8Array, at: number): ReadingState {
  const { bytes, from, to } = frame;
  const { nonce, text } = ccm;
  const tag = to - Size.legacyTag;
  const end = tag - Size.counter;
  for (let i = 0; i < 5; i++) {
    nonce[i] = bytes[from + i]!;
    nonce[8 + i] = address[ADDRESS_SIZE - 1 - i]!;
  }
  for (let i = 0; i < Size.counter; i++) nonce[5 + i] = bytes[end + i]!;
  ccm.nonceLength = 13;
  authenticateConstant(ccm);
  for (let i = 0; i < 6; i++) {
    text[i] = frame.keyByte(i);
    text[10 + i] = frame.keyByte(6 + i);
  }
  for (let i = 0; i < 4; i++) text[6 + i] = LEGACY_KEY_FILL >>> (24 - 8 * i);
  ccm.aes.setKey(text, 0);
  text.fill(0, 0, KEY_SIZE);
  return ccm.open(bytes, at, end, tag, Size.legacyTag) && areObjects(text, 0, ccm.textLength)
    ? ReadingState.ok
    : ReadingState.authenticationFailed;
}

function authenticateConstant(ccm: AesCcm): void {
  ccm.aad[0] = 0x11;
  ccm.aadLength = 1;
}

// Objects of MiBeacon (iot.mi.com, "Mijia BLE Object definition"): id u16 | length u8 | value. Numbers low byte first.

const HEADER = 3;

/** Objects from here on are defined by the specification of the product. */
const SPECIFIED_BY_PRODUCT = 0x4000;

/** How an object's value becomes that of a field or state; the high digit is its length. */
const enum Shape {
  /** 0 to 100. */
  percent = 0x10,
  int8 = 0x11,
  minutes = 0x12,
  /** State that is true unless the value is 0. */
  flag = 0x13,
  /** State that is true when the value is 0. */
  zero = 0x14,
  uint16 = 0x20,
  tenths = 0x21,
  /** Of a percentage: 0 to 1000. */
  permille = 0x22,
  hundredths = 0x23,
  thousandths = 0x24,
  /** 0.01 °C; 0 when nothing was measured. */
  bodyTemperature = 0x25,
  uint32 = 0x40,
  float = 0x41,
  floatPercent = 0x42,
}

const CAPACITY = 64;
/** Ids in ascending order, and for each the shape, and below it the field or state. */
const ids = new Uint16Array(CAPACITY);
const meanings = new Uint16Array(CAPACITY);
let count = 0;

function define(id: number, shape: Shape, target: Field | State): void {
  ids[count] = id;
  meanings[count++] = (shape << 8) | target;
}

define(0x0003, Shape.flag, State.motion);
define(0x000a, Shape.bodyTemperature, Field.temperature);
define(0x000c, Shape.flag, State.wet);
define(0x1002, Shape.flag, State.asleep);
define(0x1004, Shape.tenths, Field.temperature);
define(0x1006, Shape.permille, Field.humidity);
define(0x1008, Shape.percent, Field.moisture);
define(0x1009, Shape.uint16, Field.conductivity);
define(0x100a, Shape.percent, Field.batteryPercent);
define(0x1010, Shape.hundredths, Field.formaldehyde);
define(0x1012, Shape.flag, State.on);
define(0x1013, Shape.percent, Field.consumablePercent);
define(0x1014, Shape.flag, State.wet);
define(0x1018, Shape.flag, State.light);
define(0x101a, Shape.thousandths, Field.mass);
define(0x3000, Shape.zero, State.pluggedIn);
define(0x3001, Shape.flag, State.connected);
define(0x4801, Shape.float, Field.temperature);
define(0x4802, Shape.percent, Field.humidity);
define(0x4803, Shape.percent, Field.batteryPercent);
define(0x4805, Shape.float, Field.illuminance);
define(0x4806, Shape.flag, State.wet);
define(0x4808, Shape.floatPercent, Field.humidity);
define(0x480c, Shape.zero, State.opening);
define(0x4811, Shape.flag, State.sound);
define(0x483c, Shape.flag, State.occupied);
define(0x483d, Shape.uint32, Field.presentTime);
define(0x483e, Shape.uint32, Field.absentTime);
define(0x484f, Shape.minutes, Field.noMotionTime);
define(0x4850, Shape.minutes, Field.presentTime);
define(0x4851, Shape.minutes, Field.presentTime);
define(0x4852, Shape.minutes, Field.absentTime);
define(0x4a01, Shape.flag, State.batteryLow);
define(0x4c01, Shape.float, Field.temperature);
define(0x4c02, Shape.percent, Field.humidity);
define(0x4c03, Shape.percent, Field.batteryPercent);
define(0x4c08, Shape.floatPercent, Field.humidity);
define(0x4e01, Shape.flag, State.batteryLow);
define(0x5003, Shape.percent, Field.batteryPercent);
define(0x5011, Shape.flag, State.sound);
define(0x5403, Shape.percent, Field.batteryPercent);
define(0x5601, Shape.flag, State.batteryLow);
define(0x5810, Shape.zero, State.asleep);
define(0x6012, Shape.percent, Field.humidity);
define(0x605d, Shape.int8, Field.temperature);
define(0x6461, Shape.zero, State.wearing);

/** True when `bytes[from..to)` is one object or more; some tags put a byte or two behind, too few for another. */
function areObjects(bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from < HEADER) return false;
  let at = from;
  while (to - at >= HEADER) at += HEADER + bytes[at + 2]!;
  return at <= to;
}

/** Sets what the objects in `bytes[from..to)` say, which were checked; those of unknown id or length say nothing. */
function setObjects(reading: Reading, product: number, bytes: Uint8Array, from: number, to: number): void {
  for (let at = from; to - at >= HEADER; at += HEADER + bytes[at + 2]!) {
    const id = uint16le(bytes, at);
    const length = bytes[at + 2]!;
    if (id >= SPECIFIED_BY_PRODUCT && !hasKnownSpecification(product)) continue;
    const index = indexOf(id);
    if (index < 0) setMibeaconEvent(reading, product, id, bytes, at + HEADER, length);
    else if (meanings[index]! >>> 12 === length) set(reading, meanings[index]!, bytes, at + HEADER);
  }
}

function indexOf(id: number): number {
  let low = 0;
  let high = count - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = ids[middle]!;
    if (found === id) return middle;
    if (found < id) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

function set(reading: Reading, meaning: number, bytes: Uint8Array, at: number): void {
  const target = meaning & 0xff;
  const first = bytes[at]!;
  let value = 0;
  switch (meaning >>> 8) {
    case Shape.flag:
      reading.setState(target, first !== 0);
      return;
    case Shape.zero:
      reading.setState(target, first === 0);
      return;
    case Shape.percent:
      if (first > 100) return;
      value = first;
      break;
    case Shape.int8:
      value = int8(bytes, at);
      break;
    case Shape.minutes:
      value = first * 60;
      break;
    case Shape.uint16:
      value = uint16le(bytes, at);
      break;
    case Shape.tenths:
      value = int16le(bytes, at) / 10;
      break;
    case Shape.permille:
      value = uint16le(bytes, at) / 10;
      if (value > 100) return;
      break;
    case Shape.hundredths:
      value = uint16le(bytes, at) / 100;
      break;
    case Shape.thousandths:
      value = uint16le(bytes, at) / 1000;
      break;
    case Shape.bodyTemperature:
      value = int16le(bytes, at) / 100;
      if (value === 0) return;
      break;
    case Shape.uint32:
      value = uint32le(bytes, at);
      break;
    case Shape.float:
    case Shape.floatPercent:
      // Gives 26.1 for the number that is nearest to it, and is finer than any sensor.
      value = Math.round(float32le(bytes, at) * 1000) / 1000;
      if (meaning >>> 8 === Shape.floatPercent && !(value >= 0 && value <= 100)) return;
      break;
  }
  reading.set(target, value);
}
