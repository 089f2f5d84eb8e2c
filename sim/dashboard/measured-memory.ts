import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { GatewayPlace, Meter } from '../page/protocol.js';

/** Of test/sizes.json, which a test compares with what the XS engine takes: bytes as on a chip, with its budget. */
interface FirmwareSizes {
  readonly esp32: {
    readonly slots: number;
    readonly chunkBytes: number;
    readonly budget: { readonly slots: number; readonly chunkBytes: number };
  };
  readonly esp8266: { readonly freeBytes: number; readonly budget: { readonly freeBytes: number } };
}

/** Beside a bundle in `dist` or `dist/shared`; seen from the source, and from build/sim/dashboard. */
const PLACES = ['./firmware-sizes.json', '../firmware-sizes.json', '../../test/sizes.json', '../../../test/sizes.json'];
/** Bytes of the block in which an ESP8266 has slots, chunks and stack. */
const BLOCK = 34_816;

let sizes: FirmwareSizes | undefined;

/**
 * What the firmware of a board holds on XS, as it was measured for the committed table: a world runs it on Node, whose
 * heap tells nothing of a chip's. Undefined for a board that is no chip.
 */
export function measuredMemory(board: string): GatewayPlace['measured'] {
  if (board !== 'esp32' && board !== 'esp8266') return undefined;
  sizes ??= readSizes();
  if (board === 'esp8266') {
    const { freeBytes, budget } = sizes.esp8266;
    const block: Meter = {
      id: 'block',
      name: 'slots, chunks and stack',
      value: BLOCK - freeBytes,
      maximum: BLOCK - budget.freeBytes,
      unit: 'B',
    };
    return { meters: [block], text: `Of one block of 34 KiB, ${budget.freeBytes / 1024} KiB have to stay free.` };
  }
  const { slots, chunkBytes, budget } = sizes.esp32;
  return {
    meters: [
      { id: 'slots', name: 'slots', value: slots, maximum: budget.slots, unit: 'slots' },
      { id: 'chunks', name: 'chunks', value: chunkBytes, maximum: budget.chunkBytes, unit: 'B' },
    ],
    text: 'With 64 tags, policies, presence and an outbox on flash, without a console. Budget: the heap at the start.',
  };
}

function readSizes(): FirmwareSizes {
  const path = PLACES.map((place) => fileURLToPath(new URL(place, import.meta.url))).find(existsSync);
  if (path === undefined) throw new Error('the sizes of the firmware are missing: run npm run build');
  return (JSON.parse(readFileSync(path, 'utf8')) as { readonly firmware: FirmwareSizes }).firmware;
}
