import type { Clock, Scanner, Timers } from '../../src/hal/index.js';
import { WorldScanner } from '../scanner/world-scanner.js';
import type { WorldFile } from '../world/world-file.js';
import { World } from '../world/world.js';

/** The gateways of a world file: each device of a fleet is one of them, in a copy of the world. */
export function gatewayCount(file: WorldFile): number {
  return file.gateways?.length ?? 1;
}

/**
 * The radio of device `index`: of each copy of the world all gateways hear the same tags, and no other copy has tags
 * with their addresses.
 */
export function worldTags(file: WorldFile, index: number, seed: number, clock: Clock, timers: Timers): Scanner {
  const count = gatewayCount(file);
  const copy = Math.floor(index / count);
  const { gateways, ...rest } = file;
  const position = gateways?.[index % count]!.position ?? file.gateway!.position;
  const world = new World({ ...rest, gateway: { position } }, { seed: (seed + copy) >>> 0 });
  for (const { address } of world.transmitters) moveAddress(address, copy);
  return new WorldScanner(world, clock, timers);
}

/** Adds `by` to the last three bytes, which the manufacturer or chance gives. */
function moveAddress(address: Uint8Array, by: number): void {
  const low = ((address[3]! << 16) | (address[4]! << 8) | address[5]!) + by;
  address[3] = low >> 16;
  address[4] = low >> 8;
  address[5] = low;
}
