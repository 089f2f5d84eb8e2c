import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ESP32_LIMITS } from '../../../boards/esp32/limits.js';
import { PartitionFlash } from '../../../boards/moddable/partition-flash.js';
import { PowerCut, SimulatedFlash } from '../../../sim/virtual/memory/simulated-flash.js';
import { SeededRandom } from '../../../sim/world/random.js';
import { flashContract } from '../../contracts/flash.contract.js';
import { TOP } from '../../support/folders.js';
import { Machine } from '../../xs/host/machine.js';
import { requireXs } from '../../xs/host/require.js';
import { measure } from '../../xs/measure-operations.js';

function makePartition(blocks: number, blockLength = 4096): SimulatedFlash {
  const random = new SeededRandom(1);
  return new SimulatedFlash(blocks, blockLength, () => random.unit());
}

flashContract('PartitionFlash', () => {
  const partition = makePartition(6);
  return { flash: new PartitionFlash(partition, 6), reopen: () => new PartitionFlash(partition, 6) };
});

describe('PartitionFlash', () => {
  it('uses so many blocks of a larger partition, and all of a smaller one', () => {
    expect(new PartitionFlash(makePartition(16), 8).blocks).toBe(8);
    expect(new PartitionFlash(makePartition(16), 256).blocks).toBe(16);
  });

  it('refuses a partition that is too small, or whose blocks are', () => {
    expect(() => new PartitionFlash(makePartition(3), 8)).toThrow(
      new RangeError('the flash partition must have at least 4 blocks, got 3'),
    );
    expect(() => new PartitionFlash(makePartition(8, 128), 8)).toThrow(
      new RangeError('the block length of the flash must be a multiple of 256, got 128'),
    );
  });

  it('hands over no transfer that crosses a page', () => {
    const partition = makePartition(4);
    const writes: [number, number][] = [];
    const write = partition.write.bind(partition);
    partition.write = (buffer, at) => {
      writes.push([at, buffer.length]);
      write(buffer, at);
    };
    const flash = new PartitionFlash(partition, 4);
    flash.erase(0);
    flash.program(240, new Uint8Array(600), 0, 600);
    expect(writes).toEqual([
      [240, 16],
      [256, 256],
      [512, 256],
      [768, 72],
    ]);
  });

  it('answers false when the medium throws, and goes on afterwards', () => {
    const partition = makePartition(4);
    const flash = new PartitionFlash(partition, 4);
    flash.erase(0);
    partition.cutAfter(0);
    expect(() => partition.write(new Uint8Array(4), 0)).toThrow(PowerCut);
    expect(flash.program(0, new Uint8Array(4), 0, 4)).toBe(false);
    expect(flash.erase(0)).toBe(false);
    expect(flash.read(0, new Uint8Array(4), 0, 4)).toBe(false);
    partition.restorePower();
    expect(flash.erase(0)).toBe(true);
    expect(flash.program(0, new Uint8Array(4), 0, 4)).toBe(true);
  });
});

/** What a `PartitionFlash` may hold: its fields, and one buffer with its view. */
const SLOT_BUDGET = 20;
const BUFFER = 256;
const MEDIA = 10;

requireXs(32)('PartitionFlash on XS', () => {
  let machine: Machine;

  beforeAll(async () => {
    machine = await Machine.start(32, 'partition-flash');
  }, 120_000);
  afterAll(() => machine.stop());

  it.each(['read', 'program', 'erase'])('takes nothing to %s', async (operation) => {
    expect(await measure(machine, operation)).toMatchObject({ slots: 0, chunkBytes: 0 });
  });

  it('fits its budget', async () => {
    await machine.call('construct', 1);
    const before = await machine.live();
    await machine.call('construct', MEDIA);
    const after = await machine.live();
    expect((after.slots - before.slots) / MEDIA).toBeLessThanOrEqual(SLOT_BUDGET);
    expect((after.chunkBytes - before.chunkBytes) / MEDIA).toBeLessThanOrEqual(BUFFER + 64);
  });
});

describe('boards/esp32/partitions.csv', () => {
  const rows = readFileSync(join(TOP, 'boards/esp32/partitions.csv'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(',').map((field) => field.trim()));
  const table = new Map(rows.map(([name, , , offset, size]) => [name, { at: Number(offset), size: Number(size) }]));

  it('has the partition of the log, as long as the board uses it', () => {
    expect(table.get('outbox')).toEqual({ at: 0x2f0000, size: ESP32_LIMITS.tags.outboxBlocks * 4096 });
  });

  // build/devices/esp32/xsProj-esp32/partitions.csv of SDK 8.2.3, of which mcconfig takes 64 KB for `storage`.
  it('leaves where it is what older firmware stored', () => {
    expect(table.get('nvs')).toEqual({ at: 0x9000, size: 0x6000 });
    expect(table.get('phy_init')).toEqual({ at: 0xf000, size: 0x1000 });
    expect(table.get('factory')!.at).toBe(0x10000);
    expect(table.get('storage')).toEqual({ at: 0x3f0000, size: 0x10000 });
  });

  it('fills 4 MB of flash without gaps and overlaps', () => {
    let end = 0x9000;
    for (const { at, size } of table.values()) {
      expect(at).toBe(end);
      end += size;
    }
    expect(end).toBe(4 * 1024 * 1024);
  });
});
