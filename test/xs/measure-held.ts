import { Machine } from './host/machine.js';
import type { Size } from './measure-client.js';

/**
 * The parts of programs/held.ts: which export makes one, its argument, and what it may hold at most, since what a
 * device has no room for has to be known before it is built.
 */
const PARTS = {
  tagTable64: { make: 'tagTable', argument: 64, budget: { slots: 128, chunkBytes: 12544 } },
  tagTable256: { make: 'tagTable', argument: 256, budget: { slots: 128, chunkBytes: 49664 } },
  tagTable1024: { make: 'tagTable', argument: 1024, budget: { slots: 128, chunkBytes: 197632 } },
  presence256: { make: 'presence', argument: 0, budget: { slots: 40, chunkBytes: 2560 } },
  ring64: { make: 'ring', argument: 64, budget: { slots: 96, chunkBytes: 4608 } },
  flashLog32: { make: 'flashLog', argument: 32, budget: { slots: 320, chunkBytes: 2560 } },
  flashLog256: { make: 'flashLog', argument: 256, budget: { slots: 320, chunkBytes: 4608 } },
  rpc: { make: 'rpc', argument: 0, budget: { slots: 192, chunkBytes: 1800 } },
  schedule: { make: 'schedule', argument: 0, budget: { slots: 64, chunkBytes: 256 } },
  brokers: { make: 'brokers', argument: 0, budget: { slots: 200, chunkBytes: 5400 } },
  console: { make: 'console', argument: 0, budget: { slots: 320, chunkBytes: 6400 } },
  serialSetup: { make: 'serialSetup', argument: 0, budget: { slots: 16, chunkBytes: 0 } },
  terminal: { make: 'terminal', argument: 0, budget: { slots: 96, chunkBytes: 512 } },
} as const;

/** A part of a device. */
export type Part = keyof typeof PARTS;

export const HELD = Object.keys(PARTS) as Part[];

/** What a part may hold. */
export function heldBudget(part: Part): Size {
  return PARTS[part].budget;
}

/** What each part holds on a 32-bit machine, its buffers and tables included. */
export async function measureHeld(): Promise<Record<Part, Size>> {
  const machine = await Machine.start(32, 'held');
  try {
    const sizes: [Part, Size][] = [];
    for (const part of HELD) {
      const { make, argument } = PARTS[part];
      // The first one also makes what all have in common.
      await machine.call(make, argument);
      const before = await machine.live();
      await machine.call(make, argument);
      const after = await machine.live();
      sizes.push([part, { slots: after.slots - before.slots, chunkBytes: after.chunkBytes - before.chunkBytes }]);
    }
    return Object.fromEntries(sizes) as Record<Part, Size>;
  } finally {
    await machine.stop();
  }
}
