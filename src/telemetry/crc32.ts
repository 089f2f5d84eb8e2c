/** The CRC of each value of four bits (reflected polynomial 0xEDB88320): 64 bytes, where a table by byte takes 1 KB. */
const table = Uint32Array.from({ length: 16 }, (_value, nibble) => {
  let crc = nibble;
  for (let bit = 0; bit < 4; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/**
 * CRC-32 of `bytes[from..to)` (ISO/IEC 8802-3, as in Ethernet and zlib), 0 to 2^32 - 1. `crc` is 0, or the result for
 * the bytes before these. Allocates nothing.
 */
export function crc32(bytes: Uint8Array, from: number, to: number, crc: number): number {
  crc = ~crc;
  for (let i = from; i < to; i++) {
    crc ^= bytes[i]!;
    crc = (crc >>> 4) ^ table[crc & 15]!;
    crc = (crc >>> 4) ^ table[crc & 15]!;
  }
  return ~crc >>> 0;
}
