import type { AesCcm } from '../aes-ccm.js';
import { FormatNumber, Precedence, Source } from '../frame.js';
import type { Format, Frame } from '../frame.js';
import { KEY_SIZE, LEGACY_KEY_SIZE } from '../key-table.js';
import { ReadingState } from '../reading.js';
import type { Reading } from '../reading.js';
import { ADDRESS_SIZE } from '../tag-table.js';
import { uint16le, uint24le } from './bytes.js';
import { areMibeaconObjects, setMibeaconObjects } from './mibeacon-objects.js';

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
  matches: [{ source: Source.service16, id: 0xfe95 }],
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
      if (!areMibeaconObjects(objects, at, end)) return ReadingState.malformed;
      setMibeaconObjects(reading, uint16le(bytes, from + 2), objects, at, end);
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
  return ccm.open(bytes, at, end, tag, Size.legacyTag) && areMibeaconObjects(text, 0, ccm.textLength)
    ? ReadingState.ok
    : ReadingState.authenticationFailed;
}

function authenticateConstant(ccm: AesCcm): void {
  ccm.aad[0] = 0x11;
  ccm.aadLength = 1;
}
