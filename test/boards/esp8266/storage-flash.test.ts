import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { StorageFlash } from '../../../boards/esp8266/storage-flash.js';
import type { SdkFlashModule } from '../../../boards/esp8266/storage-flash.js';
import { PartitionFlash } from '../../../boards/moddable/partition-flash.js';
import { NorFlash } from '../../../sim/virtual/memory/nor-flash.js';
import { SeededRandom } from '../../../sim/world/random.js';
import { flashContract } from '../../contracts/flash.contract.js';

const BLOCK_LENGTH = 4096;

/** The chip whose partition the SDK's module and the C function use. */
let chip: NorFlash;

/** The SDK's module as modules/files/flash/esp/flash.c says. The chip takes words only, and none of them twice. */
class ChipFlash {
  readonly blockSize = BLOCK_LENGTH;
  readonly byteLength = chip.blocks * BLOCK_LENGTH;

  constructor(partition: string) {
    if (partition !== 'storage') throw new Error('unknown partition');
  }

  erase(sector: number): void {
    if (sector < 0 || sector >= chip.blocks) throw new Error('invalid sector');
    if (!chip.erase(sector)) throw new Error('erase fail');
  }

  write(offset: number, byteLength: number, buffer: Uint8Array): void {
    if (offset < 0 || offset >= this.byteLength) throw new Error('invalid offset');
    if (byteLength <= 0 || offset + byteLength > this.byteLength) throw new Error('invalid length');
    if (buffer.length < byteLength) throw new Error('invalid');
    if (!chip.program(offset, buffer, 0, byteLength)) throw new Error('write fail');
  }
}

function newChip(blocks: number): void {
  const random = new SeededRandom(1);
  chip = new NorFlash({ blocks, blockLength: BLOCK_LENGTH, unit: 4, random: () => random.unit() });
}

const names = new Set<string>();

beforeEach(() => {
  vi.stubGlobal('native', (name: string) => {
    names.add(name);
    return (buffer: Uint8Array, offset: number) => chip.read(offset, buffer, 0, buffer.length);
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

const open = (most: number): PartitionFlash =>
  new PartitionFlash(new StorageFlash(ChipFlash as unknown as SdkFlashModule), most);

flashContract('StorageFlash of an ESP8266', () => {
  newChip(8);
  return { flash: open(8), reopen: () => open(8) };
});

it('reads through the C function of this board', () => {
  newChip(8);
  names.clear();
  open(8).read(0, new Uint8Array(4), 0, 4);
  expect([...names]).toEqual(['xs_tagwire_storage_read']);
});

it('has no room for a log on a chip with 1 MB of flash', () => {
  newChip(0);
  expect(() => open(8)).toThrow('the flash partition must have at least 4 blocks, got 0');
});
