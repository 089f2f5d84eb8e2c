import { FormatNumber, Precedence, Source } from '../frame.js';
import type { Format, Frame } from '../frame.js';
import { KEY_SIZE } from '../key-table.js';
import { ReadingState } from '../reading.js';
import type { Reading } from '../reading.js';
import { ADDRESS_SIZE } from '../tag-table.js';
import {
  BTHOME_TRAILER,
  bthomeCounter,
  integerle,
  ObjectId,
  openBthome,
  setButton,
  setObject,
} from './bthome-objects.js';

/**
 * BTHome 1 (bthome.io/v1), service data of 181C, or encrypted of 181E:
 * objects: control u8: bits 0 to 4 length of what follows, bits 5 to 7 `Type` | id u8 | value; or control 86 | address,
 * last byte first. Encrypted the objects are followed by counter u32 and authentication tag, 4 bytes.
 *
 * What stands before an object that is cut short is kept, an unknown id is passed over.
 */
const enum Type {
  unsigned = 0,
  signed = 1,
  float = 2,
  text = 3,
  address = 4,
  /** Of bthome-ble. */
  time = 5,
}

const PLAIN_SERVICE = 0x181c;
const ENCRYPTED_SERVICE = 0x181e;
const SHORTEST_OBJECT = 3;
/** More bytes than a number holds exactly. */
const TOO_LARGE = 7;

export const bthome1: Format = {
  number: FormatNumber.bthome1,
  name: 'bthome1',
  matches: [
    { source: Source.service16, id: PLAIN_SERVICE },
    { source: Source.service16, id: ENCRYPTED_SERVICE },
  ],
  precedence: Precedence.measurement,

  decode(frame: Frame, reading: Reading): ReadingState {
    const { from, to, address } = frame;
    const encrypted = frame.id === ENCRYPTED_SERVICE;
    if (to - from < SHORTEST_OBJECT + (encrypted ? BTHOME_TRAILER : 0)) return ReadingState.malformed;
    let bytes = frame.bytes;
    let at = from;
    let end = to;
    if (encrypted) {
      const ccm = frame.cipher(address, KEY_SIZE);
      if (!ccm) return ReadingState.keyMissing;
      const state = openBthome(frame, ccm, address!, from, -1);
      if (state !== ReadingState.ok) return state;
      bytes = ccm.text;
      at = 0;
      end = ccm.textLength;
    }
    if (objectEnd(bytes, at, end) < 0) return ReadingState.malformed;
    setObjects(frame, reading, bytes, at, end);
    // Behind the packet id, which stays the same while a packet is repeated.
    if (encrypted) reading.setSequence(bthomeCounter(frame), 32);
    return ReadingState.ok;
  },
};

function setObjects(frame: Frame, reading: Reading, bytes: Uint8Array, at: number, to: number): void {
  let buttons = 0;
  for (let end = objectEnd(bytes, at, to); end > 0; end = objectEnd(bytes, at, to)) {
    const type = bytes[at]! >> 5;
    const id = bytes[at + 1]!;
    const from = at + 2;
    if (type === Type.address) {
      if (end - at - 1 === ADDRESS_SIZE) setAddress(frame, reading, bytes, at + 1);
    } else if (from < end) {
      if (id === ObjectId.button) setButton(reading, buttons++, bytes[from]!);
      else setObject(reading, id, bytes, from, end, numberOf(type, bytes, from, end - from));
    }
    at = end;
  }
}

/** Where the object at `at` ends; -1 when there is none, or none that is whole. */
function objectEnd(bytes: Uint8Array, at: number, to: number): number {
  if (at === to) return -1;
  const length = bytes[at]! & 0x1f;
  return length > 0 && length < to - at ? at + 1 + length : -1;
}

function setAddress(frame: Frame, reading: Reading, bytes: Uint8Array, at: number): void {
  for (let i = 0; i < ADDRESS_SIZE; i++) frame.ownAddress[i] = bytes[at + ADDRESS_SIZE - 1 - i]!;
  frame.setAddressIdentity(reading);
}

function numberOf(type: number, bytes: Uint8Array, at: number, size: number): number {
  if (type === Type.float) return floatle(bytes, at, size);
  if (size >= TOO_LARGE || type === Type.text) return NaN;
  return integerle(bytes, at, size, type === Type.signed);
}

/** The IEEE 754 number in 2, 4 or 8 bytes at `at`, low byte first; NaN for other sizes and for infinity. */
function floatle(bytes: Uint8Array, at: number, size: number): number {
  if (size !== 2 && size !== 4 && size !== 8) return NaN;
  const exponentBits = size === 2 ? 5 : size === 4 ? 8 : 11;
  const fractionBits = 8 * size - 1 - exponentBits;
  const exponentMax = (1 << exponentBits) - 1;
  const high = bytes[at + size - 2]! | (bytes[at + size - 1]! << 8);
  let exponent = (high >> (15 - exponentBits)) & exponentMax;
  if (exponent === exponentMax) return NaN;
  let fraction = high & ((1 << (15 - exponentBits)) - 1);
  for (let i = size - 3; i >= 0; i--) fraction = fraction * 256 + bytes[at + i]!;
  if (exponent === 0) exponent = 1;
  else fraction += 2 ** fractionBits;
  const value = fraction * 2 ** (exponent - (exponentMax >> 1) - fractionBits);
  return high & 0x8000 ? -value : value;
}
