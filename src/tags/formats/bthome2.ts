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
  objectIsSigned,
  objectSize,
  openBthome,
  setButton,
  setObject,
} from './bthome-objects.js';

/**
 * BTHome 2 (bthome.io/format), service data of FCD2:
 * device information u8: bit 0 encrypted, bit 1 address included, bit 2 sends only when something happens, bits 5 to 7
 * version 2 | address, last byte first, if included | objects: id u8, value of a size that the id tells.
 * Encrypted (bthome.io/encryption) the objects are followed by counter u32 and authentication tag, 4 bytes.
 *
 * What stands before an unknown id, or an object that is cut short, is kept, as bthome.io asks for.
 */
const enum Information {
  encrypted = 0x01,
  addressIncluded = 0x02,
}

const VERSION = 2;
const SHORTEST_OBJECT = 2;

/** No end of an object: its id is not known, or it is longer than what is left. */
const UNKNOWN = -1;
const CUT = -2;

export const bthome2: Format = {
  number: FormatNumber.bthome2,
  name: 'bthome2',
  matches: [{ source: Source.service16, id: 0xfcd2 }],
  precedence: Precedence.measurement,

  decode(frame: Frame, reading: Reading): ReadingState {
    const { from, to } = frame;
    if (from === to) return ReadingState.malformed;
    const information = frame.bytes[from]!;
    if (information >> 5 !== VERSION) return ReadingState.unsupported;
    const encrypted = (information & Information.encrypted) !== 0;
    const addressIncluded = (information & Information.addressIncluded) !== 0;
    const objects = from + 1 + (addressIncluded ? ADDRESS_SIZE : 0);
    if (to - objects < SHORTEST_OBJECT + (encrypted ? BTHOME_TRAILER : 0)) return ReadingState.malformed;

    const address = addressIncluded ? frame.takeAddress(from + 1, true) : frame.address;
    let bytes = frame.bytes;
    let at = objects;
    let end = to;
    if (encrypted) {
      const ccm = frame.cipher(address, KEY_SIZE);
      if (!ccm) return ReadingState.keyMissing;
      const state = openBthome(frame, ccm, address!, objects, information);
      if (state !== ReadingState.ok) return state;
      bytes = ccm.text;
      at = 0;
      end = ccm.textLength;
    }
    if (objectEnd(bytes, at, end) === CUT) return ReadingState.malformed;
    if (addressIncluded) frame.setAddressIdentity(reading);
    setObjects(reading, bytes, at, end);
    // Behind the packet id, which stays the same while a packet is repeated.
    if (encrypted) reading.setSequence(bthomeCounter(frame), 32);
    return ReadingState.ok;
  },
};

function setObjects(reading: Reading, bytes: Uint8Array, at: number, to: number): void {
  let buttons = 0;
  for (let end = objectEnd(bytes, at, to); end > 0; end = objectEnd(bytes, at, to)) {
    const id = bytes[at]!;
    if (id === ObjectId.button) {
      setButton(reading, buttons++, bytes[at + 1]!);
    } else {
      const hasLength = id === ObjectId.text || id === ObjectId.raw;
      const from = hasLength ? at + 2 : at + 1;
      const value = hasLength ? NaN : integerle(bytes, from, objectSize(id), objectIsSigned(id));
      if (from < end) setObject(reading, id, bytes, from, end, value);
    }
    at = end;
  }
}

/** Where the object at `at` ends, or `UNKNOWN`, or `CUT`, also when there is none. */
function objectEnd(bytes: Uint8Array, at: number, to: number): number {
  if (at === to) return CUT;
  const id = bytes[at]!;
  let size = objectSize(id);
  if (size === 0) {
    // Its length, and for a command the opcode behind it.
    const isCommand = id === ObjectId.command;
    if (!isCommand && id !== ObjectId.text && id !== ObjectId.raw) return UNKNOWN;
    if (at + 1 === to) return CUT;
    size = isCommand ? 2 + (bytes[at + 1]! & 0x1f) : 1 + bytes[at + 1]!;
  }
  return size < to - at ? at + 1 + size : CUT;
}
