/**
 * A name for a device that was given none: `board` and the end of the chip's own hardware address, for example
 * `esp32-a1b2c3`; only `board` when the address is not known. `mac`: six bytes in hexadecimal, separated by colons.
 */
export function gatewayName(board: string, mac: unknown): string {
  if (typeof mac !== 'string' || mac.length !== 17) return board;
  return board + '-' + (mac.slice(9, 11) + mac.slice(12, 14) + mac.slice(15)).toLowerCase();
}
