import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** An image as `esptool elf2image` makes it for this chip, with one segment of so many bytes and a SHA-256. */
export function espImage(chipId: number, length: number, fill = 0): Uint8Array {
  const header = Buffer.alloc(24);
  header.set([0xe9, 1, 2, 0x20]);
  header.writeUInt16LE(chipId, 12);
  header[23] = 1;
  const segment = Buffer.alloc(8 + length);
  segment.writeUInt32LE(0x3f400020, 0);
  segment.writeUInt32LE(length, 4);
  // Some of it repeats, as code does; some of it does not.
  for (let i = 0; i < length; i++) segment[8 + i] = i % 7 === 0 ? (i * 2654435761) >>> 24 : (i >> 4) + fill;
  if (length >= 256) describeApplication(segment.subarray(8));
  const plain = Buffer.concat([header, segment]);
  const padded = Buffer.alloc((plain.length | 15) + 1);
  plain.copy(padded);
  padded[padded.length - 1] = segment.subarray(8).reduce((sum, byte) => sum ^ byte, 0xef);
  return Buffer.concat([padded, createHash('sha256').update(padded).digest()]);
}

/** `esp_app_desc_t` of the ESP-IDF. */
function describeApplication(bytes: Buffer): void {
  bytes.fill(0, 0, 256);
  bytes.writeUInt32LE(0xabcd5432, 0);
  bytes.write('xs_esp32', 48);
  bytes.write('12:34:56', 80);
  bytes.write('Nov 30 2026', 96);
}

/** A partition table; each row is name, type, subtype, offset, size. */
export function partitionTable(...rows: [string, number, number, number, number][]): Uint8Array {
  const table = Buffer.alloc(0xc00, 0xff);
  rows.forEach(([name, type, subtype, offset, size], i) => {
    const row = table.subarray(32 * i, 32 * (i + 1)).fill(0);
    row.set([0xaa, 0x50, type, subtype]);
    row.writeUInt32LE(offset, 4);
    row.writeUInt32LE(size, 8);
    row.write(name, 12);
  });
  return table;
}

/** The table of boards/esp32/partitions.csv. */
export const PARTITIONS = partitionTable(
  ['nvs', 1, 2, 0x9000, 0x6000],
  ['phy_init', 1, 1, 0xf000, 0x1000],
  ['factory', 0, 0, 0x10000, 0x2e0000],
  ['outbox', 1, 6, 0x2f0000, 0x100000],
  ['storage', 1, 0x82, 0x3f0000, 0x10000],
);

/** Writes what `mcconfig -t build` leaves for a chip of the ESP32 family. */
export function writeBuild(folder: string, chipId: number, length = 40_000): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'xs_esp32.bin'), espImage(chipId, length));
  writeFileSync(join(folder, 'bootloader.bin'), espImage(chipId, 5000, 1));
  writeFileSync(join(folder, 'partition-table.bin'), PARTITIONS);
}
