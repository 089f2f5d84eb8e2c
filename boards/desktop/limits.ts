import type { BoardLimits } from '../../src/settings/configuration.js';

/** What the SDK's Linux target can do and hold: a gateway with the heaps of an ESP32 and a simulated tag. */
export const DESKTOP_LIMITS = Object.freeze({
  inFlight: 64,
  recorder: true,
  /** The file of the outbox has 1 MB, in blocks of 4,096 bytes. */
  tags: Object.freeze({ scanProfile: 'dedicated', outboxBlocks: 256 }),
  /** The heaps of `creation` in the manifest, in bytes: slots of 64 bits. */
  heaps: Object.freeze({ chunks: 65536, slots: 2048 * 32, shared: false }),
} satisfies BoardLimits & { heaps: object });
