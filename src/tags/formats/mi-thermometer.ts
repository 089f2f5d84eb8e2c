import type { AesCcm } from '../aes-ccm.js';
import type { Field } from '../field.js';
import type { Frame } from '../frame.js';
import type { Reading } from '../reading.js';

// What the two formats of the free firmware for Xiaomi's thermometers share
// (github.com/pvvx/ATC_MiThermometer, src/custom_beacon.c).

/** Environmental Sensing Service in Assigned Numbers, 3.4.2. Other makers send data of their own under it. */
export const ENVIRONMENTAL_SENSING = 0x181a;

/** Bytes of the authentication tag, at the end. */
const TAG_SIZE = 4;

/**
 * Opens `counter u8 | ciphertext | tag` by AES-128-CCM. The nonce is the address, last byte first, and the structure's
 * first five bytes: length, type, UUID and counter; the byte 11 is authenticated with it. Returns false when it is not
 * authentic.
 *
 * The counter is too short to tell a recording from a tag that went on: after 256 measurements it begins again.
 */
export function openMiThermometer(frame: Frame, ccm: AesCcm): boolean {
  const { bytes, from, to } = frame;
  const { nonce } = ccm;
  const address = frame.address!;
  for (let i = 0; i < 6; i++) nonce[i] = address[5 - i]!;
  nonce[6] = to - from + 3;
  nonce[7] = 0x16;
  nonce[8] = 0x1a;
  nonce[9] = 0x18;
  nonce[10] = bytes[from]!;
  ccm.nonceLength = 11;
  ccm.aad[0] = 0x11;
  ccm.aadLength = 1;
  return ccm.open(bytes, from + 1, to - TAG_SIZE, to - TAG_SIZE, TAG_SIZE);
}

/** Sets a percentage; the firmware sends none above 100. */
export function setPercent(reading: Reading, field: Field, percent: number): void {
  if (percent <= 100) reading.set(field, percent);
}
