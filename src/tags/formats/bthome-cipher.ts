import type { AesCcm } from '../aes-ccm.js';
import type { Frame } from '../frame.js';
import type { ReadingState } from '../reading.js';
import { ADDRESS_SIZE } from '../tag-table.js';
import { uint32le } from './integers.js';

/** Counter u32 and authentication tag, 4 bytes, behind what is encrypted. */
export const BTHOME_TRAILER = 8;

const TAG_LENGTH = 4;

/** The counter of an encrypted frame, which is known to be long enough. */
export function bthomeCounter(frame: Frame): number {
  return uint32le(frame.bytes, frame.to - BTHOME_TRAILER);
}

/**
 * Opens the frame from `from` on (bthome.io/encryption, AES-128-CCM): nonce address | UUID u16 | device information |
 * counter. Version 1 has no device information, `information` is -1 then, and authenticates the byte 11 besides.
 */
export function openBthome(
  frame: Frame,
  ccm: AesCcm,
  address: Uint8Array,
  from: number,
  information: number,
): ReadingState {
  const { bytes, to, id } = frame;
  const nonce = ccm.nonce;
  for (let i = 0; i < ADDRESS_SIZE; i++) nonce[i] = address[i]!;
  let length = ADDRESS_SIZE;
  nonce[length++] = id & 0xff;
  nonce[length++] = id >> 8;
  if (information < 0) {
    ccm.aad[0] = 0x11;
    ccm.aadLength = 1;
  } else {
    nonce[length++] = information;
  }
  for (let i = to - BTHOME_TRAILER; i < to - TAG_LENGTH; i++) nonce[length++] = bytes[i]!;
  ccm.nonceLength = length;
  return frame.openWithCounter(from, to - BTHOME_TRAILER, to - TAG_LENGTH, TAG_LENGTH, bthomeCounter(frame));
}
