import type { BlockFault } from '../memory/nor-flash.js';
import type { Partition } from '../memory/partition.js';
import type { Device } from '../device.js';
import type { Fault } from './fault.js';
import { lastingFault, momentFault, override } from './fault.js';

/** A memory of a device: its settings, or the log of its outbox. */
export type MemoryName = 'settings' | 'outbox';
/** A partition of the flash of an ESP32. */
export type PartitionName = 'storage' | 'outbox';

/** A memory of a device is full, or worn: every write to it fails. */
export function flashFull(at: number, length: number, gateway = 0, of: MemoryName = 'outbox'): Fault {
  return lastingFault('flashfull', at, length, { gateway, of }, (simulation) => {
    const cures = memories(simulation.devices[gateway]!, of).map((memory) => override(memory, { broken: true }));
    return () => cures.forEach((cure) => cure());
  });
}

function memories(device: Device, of: MemoryName): { broken: boolean }[] {
  const { disk, preferences, storage, outbox } = device;
  if (of === 'outbox') return [outbox, disk.outbox];
  return [preferences, storage, disk.store, disk.userStore];
}

/**
 * A block of flash goes bad. `fails`: erasing and programming say so. `lies`: they say that all went well, and some
 * bits did not change, so that records in it may be lost. After the fault the block is good.
 */
export function badBlock(
  at: number,
  length: number,
  gateway = 0,
  of: PartitionName = 'outbox',
  block = 0,
  how: BlockFault = 'fails',
): Fault {
  return lastingFault('badblock', at, length, { gateway, of, block, how }, (simulation) => {
    const { chip } = partition(simulation.devices[gateway]!, of);
    const place = block % chip.blocks;
    chip.setFault(place, how, how);
    return () => chip.setFault(place, undefined, undefined);
  });
}

/** A bit of flash turns over; `bit` counts from the lowest of the first byte, and wraps. It may destroy a record. */
export function bitFlip(at: number, gateway = 0, of: PartitionName = 'outbox', bit = 0): Fault {
  return momentFault('bitflip', at, { gateway, of, bit }, (simulation) => {
    const { chip } = partition(simulation.devices[gateway]!, of);
    chip.flipBit(bit % (8 * chip.bytes.length));
  });
}

function partition(device: Device, of: PartitionName): Partition {
  return of === 'outbox' ? device.outbox : device.storage;
}

/** Place of the free memory in `Device.figures`. */
const FREE_MEMORY = 2;

/** The figures of a device say that its heap is at the limit: `free` bytes are left. */
export function heapLow(at: number, length: number, gateway = 0, free = 2000): Fault {
  return lastingFault('heaplow', at, length, { gateway, free }, (simulation) =>
    override<{ [place: number]: number }>(simulation.devices[gateway]!.figures, { [FREE_MEMORY]: free }),
  );
}
