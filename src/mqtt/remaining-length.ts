/** The largest remaining length of a packet (MQTT 3.1.1, 2.2.3). */
export const MAX_REMAINING_LENGTH = 268435455;

/** Bytes that the remaining length `length` takes in a fixed header: 1 to 4. */
export function remainingLengthSize(length: number): number {
  return length < 128 ? 1 : length < 16384 ? 2 : length < 2097152 ? 3 : 4;
}

/** Writes a remaining length at `bytes[at]` and returns the index behind it. */
export function writeRemainingLength(bytes: Uint8Array, at: number, length: number): number {
  while (length > 127) {
    bytes[at++] = (length & 127) | 128;
    length >>>= 7;
  }
  bytes[at++] = length;
  return at;
}
