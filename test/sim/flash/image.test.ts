import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readImage } from '../../../sim/flash/image.js';
import type { ChipFamily } from '../../../sim/flash/image.js';
import { thisWorkshop } from '../../../sim/flash/workshop.js';
import { espImage, partitionTable, writeBuild } from '../../support/esp-image.js';
import { makeTemporaryFolder } from '../../support/temp.js';

let folder: ReturnType<typeof makeTemporaryFolder>;

beforeEach(() => {
  folder = makeTemporaryFolder();
  writeBuild(folder.path, 5);
});

afterEach(() => folder.remove());

function write(name: string, bytes: Uint8Array): void {
  writeFileSync(`${folder.path}/${name}`, bytes);
}

function read(chip?: ChipFamily): void {
  readImage(folder.path, chip, thisWorkshop());
}

it('refuses an image for another chip', () => {
  expect(() => read('ESP32-C3')).not.toThrow();
  expect(() => read('ESP32')).toThrow(/is for ESP32-C3, not for ESP32$/);
  write('bootloader.bin', espImage(0, 500));
  expect(() => read()).toThrow('bootloader.bin is for ESP32, and xs_esp32.bin for ESP32-C3');
  write('xs_esp32.bin', espImage(2, 500));
  expect(() => read()).toThrow('xs_esp32.bin is for ESP32-S2; it must be for ESP32, ESP32-C3, ESP32-C6, ESP32-S3');
  write('xs_esp32.bin', espImage(99, 500));
  expect(() => read()).toThrow('xs_esp32.bin is for a chip with the number 99');
});

it('refuses what is no image, or a damaged one', () => {
  write('xs_esp32.bin', Buffer.from('\x7fELF and more than twenty-four bytes'));
  expect(() => read()).toThrow('xs_esp32.bin begins with 0x7f, not with 0xe9: it is not an image');
  write('xs_esp32.bin', new Uint8Array(0));
  expect(() => read()).toThrow('xs_esp32.bin is empty');
  const whole = espImage(5, 40_000);
  for (const length of [24, 31, 33, 30_000, whole.length - 33, whole.length - 1]) {
    write('xs_esp32.bin', whole.slice(0, length));
    expect(() => read()).toThrow(`xs_esp32.bin is cut short, at ${length} bytes`);
  }
  for (const at of [24, 5000, whole.length - 1]) {
    const damaged = Uint8Array.from(whole);
    damaged[at]! ^= 1;
    write('xs_esp32.bin', damaged);
    expect(() => read()).toThrow('xs_esp32.bin is damaged: its SHA-256 is wrong');
  }
});

it('refuses a partition table that has no room for the application', () => {
  write('partition-table.bin', partitionTable(['factory', 0, 0, 0x10000, 0x8000]));
  expect(() => read()).toThrow('xs_esp32.bin has 40080 bytes, and there is room for 32768 bytes in partition factory');
  write('partition-table.bin', partitionTable(['nvs', 1, 2, 0x9000, 0x6000]));
  expect(() => read()).toThrow('partition-table.bin has no partition for an application');
  write('partition-table.bin', new Uint8Array(3072));
  expect(() => read()).toThrow('partition-table.bin is not a partition table');
});
