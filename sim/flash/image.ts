import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { BadInput, readInputFile, showValue } from '../bad-input.js';
import type { Workshop } from './workshop.js';

/** A chip for which there is firmware, as ESP Web Tools calls it. */
export type ChipFamily = 'ESP32' | 'ESP32-C3' | 'ESP32-C6' | 'ESP32-S3' | 'ESP8266';

/** What has to be in flash, and where. */
export interface FlashPart {
  /** Name of the file. */
  name: string;
  /** Bytes from the start of the flash. */
  offset: number;
  bytes: Uint8Array;
}

/** Firmware as mcconfig builds it. */
export interface FirmwareImage {
  chip: ChipFamily;
  parts: readonly FlashPart[];
  /** Date and time of the build, as the compiler wrote them; empty when it is not known. */
  built: string;
  /** Its serial line takes Wi-Fi and settings (docs/flashing.md): that of a debug build belongs to xsbug. */
  improv: boolean;
}

interface Esp32Chip {
  /** `chip_id` of the header, from esp_app_format.h of the ESP-IDF. */
  id: number;
  /** Where its ROM looks for the boot loader. */
  bootloader: number;
  /** For mcconfig. */
  platform: string;
}

const ESP32_CHIPS: { readonly [family in Exclude<ChipFamily, 'ESP8266'>]: Esp32Chip } = Object.freeze({
  ESP32: { id: 0, bootloader: 0x1000, platform: 'esp32' },
  'ESP32-C3': { id: 5, bootloader: 0, platform: 'esp32/esp32c3' },
  'ESP32-C6': { id: 13, bootloader: 0, platform: 'esp32/esp32c6' },
  'ESP32-S3': { id: 9, bootloader: 0, platform: 'esp32/esp32s3' },
});

/** The chips by name. */
export const CHIP_FAMILIES: readonly ChipFamily[] = Object.freeze([
  ...(Object.keys(ESP32_CHIPS) as (keyof typeof ESP32_CHIPS)[]),
  'ESP8266',
]);

/** Chips of Espressif that there is no firmware for, to name them. */
const OTHER_CHIPS: { readonly [id: number]: string } = {
  2: 'ESP32-S2',
  12: 'ESP32-C2',
  16: 'ESP32-H2',
  18: 'ESP32-P4',
};

/** Of CONFIG_PARTITION_TABLE_OFFSET, which the SDK leaves as it is. */
const PARTITION_TABLE = 0x8000;
/** 4 MB; nothing is written beyond it. */
const FLASH_LENGTH = 0x400000;
const ESP8266_INIT_DATA = FLASH_LENGTH - 0x4000;
const HEADER_LENGTH = 24;
const IMAGE_MAGIC = 0xe9;
/** Of the images that `elf2image --version=2` makes. */
const ESP8266_MAGIC = 0xea;

/**
 * Reads the image in a folder that mcconfig has written, or of which `path` names `xs_esp32.bin` or `main.bin`. Throws
 * `BadInput` of one line when it is absent, damaged, for another chip than `chip`, or does not fit its partition.
 */
export function readImage(path: string, chip: ChipFamily | undefined, workshop: Workshop): FirmwareImage {
  const folder = /^(xs_esp32|main)\.bin$/.test(basename(path)) && !isFolder(path) ? dirname(path) : path;
  if (existsSync(folder) && !isFolder(folder)) {
    throw new BadInput(`${showValue(path)} must be a folder that mcconfig wrote, or xs_esp32.bin or main.bin in it`);
  }
  const isEsp8266 = existsSync(join(folder, 'main.bin')) && !existsSync(join(folder, 'xs_esp32.bin'));
  if (!isEsp8266 && !existsSync(join(folder, 'xs_esp32.bin'))) {
    throw new BadInput(`there is no xs_esp32.bin or main.bin in ${folder}; ${howToBuild(chip, workshop)}`);
  }
  const image = isEsp8266 ? readEsp8266(folder, workshop) : readEsp32(folder, chip, workshop);
  if (chip !== undefined && image.chip !== chip) {
    throw new BadInput(`the image in ${folder} is for ${image.chip}, not for ${chip}`);
  }
  return image;
}

/**
 * The folder into which mcconfig writes a release of this package for a chip: that with a console or that without one,
 * whichever was built last. Throws `BadInput` without an SDK.
 */
export function builtFolder(chip: ChipFamily, workshop: Workshop): string {
  const { MODDABLE } = workshop.variables;
  if (!MODDABLE) throw new BadInput('MODDABLE is not set: give the folder of the image with --image');
  const folder = join(MODDABLE, 'build', 'bin', platformOf(chip), 'release');
  // mcconfig takes the name of the folder in which the manifest is.
  const usual = join(folder, basename(workshop.packageFolder));
  const withoutConsole = join(folder, 'esp32');
  return builtAt(withoutConsole) > builtAt(usual) ? withoutConsole : usual;
}

/** Milliseconds since 1970; 0 when nothing was built there. */
function builtAt(folder: string): number {
  const path = join(folder, 'xs_esp32.bin');
  return existsSync(path) ? statSync(path).mtimeMs : 0;
}

function platformOf(chip: ChipFamily): string {
  return chip === 'ESP8266' ? 'esp' : ESP32_CHIPS[chip].platform;
}

function howToBuild(chip: ChipFamily = 'ESP32', { packageFolder }: Workshop): string {
  return `build it with: cd ${packageFolder} && mcconfig -m -p ${platformOf(chip)} -t build`;
}

function readEsp32(folder: string, asked: ChipFamily | undefined, workshop: Workshop): FirmwareImage {
  const read = (name: string): Uint8Array => {
    if (existsSync(join(folder, name))) return readInputFile(join(folder, name), name, FLASH_LENGTH);
    throw new BadInput(`there is no ${name} in ${folder}; ${howToBuild(asked, workshop)}`);
  };
  const application = read('xs_esp32.bin');
  const bootloader = read('bootloader.bin');
  const table = read('partition-table.bin');
  const chip = chipOf('xs_esp32.bin', application);
  const bootChip = chipOf('bootloader.bin', bootloader);
  if (bootChip !== chip) throw new BadInput(`bootloader.bin is for ${bootChip}, and xs_esp32.bin for ${chip}`);
  const partitions = readPartitions(table);
  const place = partitions.find(({ type, subtype }) => type === 0 && (subtype === 0 || subtype === 0x10));
  if (!place) throw new BadInput('partition-table.bin has no partition for an application');
  if (application.length > place.size) {
    const room = `${place.size} bytes in partition ${place.name}`;
    throw new BadInput(`xs_esp32.bin has ${application.length} bytes, and there is room for ${room}`);
  }
  const parts: FlashPart[] = [
    { name: 'bootloader.bin', offset: ESP32_CHIPS[chip].bootloader, bytes: bootloader },
    { name: 'partition-table.bin', offset: PARTITION_TABLE, bytes: table },
    { name: 'xs_esp32.bin', offset: place.offset, bytes: application },
  ];
  // Which of two applications starts, where there are two.
  const choice = partitions.find(({ type, subtype }) => type === 1 && subtype === 0);
  if (choice && existsSync(join(folder, 'ota_data_initial.bin'))) {
    parts.push({ name: 'ota_data_initial.bin', offset: choice.offset, bytes: read('ota_data_initial.bin') });
  }
  return { chip, parts, built: buildTime(application), improv: !/[\\/](debug|instrument)[\\/]/.test(folder) };
}

/**
 * The header is `esp_image_header_t` of the ESP-IDF (esp_app_format.h): magic, number of segments, flash mode, size and
 * frequency, entry point, WP pin, drive settings, chip, revisions, and whether a SHA-256 follows the segments.
 */
function chipOf(name: string, bytes: Uint8Array): keyof typeof ESP32_CHIPS {
  if (bytes[0] !== IMAGE_MAGIC || bytes.length < HEADER_LENGTH) {
    const found = bytes.length === 0 ? 'is empty' : `begins with 0x${bytes[0]!.toString(16)}, not with 0xe9`;
    throw new BadInput(`${name} ${found}: it is not an image for a chip of Espressif`);
  }
  const id = bytes[12]! | (bytes[13]! << 8);
  const families = Object.keys(ESP32_CHIPS) as (keyof typeof ESP32_CHIPS)[];
  const family = families.find((known) => ESP32_CHIPS[known].id === id);
  if (family === undefined) {
    const found = OTHER_CHIPS[id] ?? `a chip with the number ${id}`;
    throw new BadInput(`${name} is for ${found}; it must be for ${families.join(', ')}`);
  }
  checkHash(name, bytes);
  return family;
}

function checkHash(name: string, bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let end = HEADER_LENGTH;
  for (let segment = 0; segment < bytes[1]!; segment++) {
    if (end + 8 > bytes.length) throw cutShort(name, bytes);
    end += 8 + view.getUint32(end + 4, true);
  }
  // Up to the byte before a multiple of 16, in which the checksum is.
  end = (end | 15) + 1;
  const isHashed = bytes[23] === 1;
  if (end + (isHashed ? 32 : 0) > bytes.length) throw cutShort(name, bytes);
  if (!isHashed) return;
  const hash = createHash('sha256').update(bytes.subarray(0, end)).digest();
  if (hash.compare(bytes, end, end + 32) !== 0) throw new BadInput(`${name} is damaged: its SHA-256 is wrong`);
}

function cutShort(name: string, { length }: Uint8Array): BadInput {
  return new BadInput(`${name} is cut short, at ${length} bytes`);
}

/** From `esp_app_desc_t`, which is the beginning of the first segment. */
function buildTime(application: Uint8Array): string {
  const at = HEADER_LENGTH + 8;
  const view = new DataView(application.buffer, application.byteOffset, application.length);
  if (application.length < at + 112 || view.getUint32(at, true) !== 0xabcd5432) return '';
  return `${textAt(application, at + 96)} ${textAt(application, at + 80)}`.trim();
}

/** Of 16 bytes, ended by a zero. */
function textAt(bytes: Uint8Array, at: number): string {
  const field = bytes.subarray(at, at + 16);
  const end = field.indexOf(0);
  return Buffer.from(field.subarray(0, end < 0 ? 16 : end)).toString('latin1');
}

interface Partition {
  name: string;
  /** 0: an application, 1: data. */
  type: number;
  /** 0: the factory's application, or which of two starts; 0x10 and on: applications that are updated. */
  subtype: number;
  offset: number;
  size: number;
}

/** Rows of 32 bytes: 0xAA 0x50, type, subtype, offset, size, name, flags. Another mark is the end. */
function readPartitions(table: Uint8Array): Partition[] {
  const view = new DataView(table.buffer, table.byteOffset, table.length);
  const partitions: Partition[] = [];
  for (let at = 0; at + 32 <= table.length && view.getUint16(at) === 0xaa50; at += 32) {
    const offset = view.getUint32(at + 4, true);
    const size = view.getUint32(at + 8, true);
    partitions.push({ name: textAt(table, at + 12), type: table[at + 2]!, subtype: table[at + 3]!, offset, size });
  }
  if (partitions.length === 0) throw new BadInput('partition-table.bin is not a partition table');
  return partitions;
}

/** As tools/mcconfig/make.esp.mk of the SDK writes them, on a chip with 4 MB. */
function readEsp8266(folder: string, { variables, home }: Workshop): FirmwareImage {
  const base = variables['ESP_BASE'] || join(home, 'esp');
  const places = [folder, join(base, 'ESP8266_RTOS_SDK', 'components', 'esp8266', 'firmware')];
  const read = (name: string): Uint8Array => {
    const place = places.find((candidate) => existsSync(join(candidate, name)));
    if (place !== undefined) return readInputFile(join(place, name), name, FLASH_LENGTH);
    const looked = places.join(' or ');
    throw new BadInput(`there is no ${name} in ${looked}: tagwire doctor esp8266 says how to get it, or set ESP_BASE`);
  };
  const main = read('main.bin');
  if (main[0] !== ESP8266_MAGIC) {
    const found = main.length === 0 ? 'is empty' : `begins with 0x${main[0]!.toString(16)}, not with 0xea`;
    throw new BadInput(`main.bin ${found}: it is not an image for an ESP8266`);
  }
  const bootloader = Uint8Array.from(read('boot_v1.7.bin'));
  if (bootloader[0] !== IMAGE_MAGIC) throw new BadInput('boot_v1.7.bin is not a boot loader of an ESP8266');
  // As esptool does for --flash_mode dio --flash_size 4MB --flash_freq 40m, which ESP Web Tools cannot be told.
  bootloader[2] = 2;
  bootloader[3] = 0x40;
  const parts: FlashPart[] = [
    { name: 'boot_v1.7.bin', offset: 0, bytes: bootloader },
    { name: 'main.bin', offset: 0x1000, bytes: main },
    { name: 'esp_init_data_default.bin', offset: ESP8266_INIT_DATA, bytes: read('esp_init_data_default.bin') },
  ];
  return { chip: 'ESP8266', parts, built: '', improv: false };
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    // As if it were a file that is not there.
    return false;
  }
}
