import type { BoardLimits } from '../../src/settings/configuration.js';

/** What an ESP32 can do and hold: a gateway with Wi-Fi, Bluetooth and TLS. */
export const ESP32_LIMITS = Object.freeze({
  needsWifi: true,
  /** Of the chunks; the rest is for TLS and for what passes by. */
  memory: 24576,
  /** The heap grows beyond its first size for it. */
  cloudMemory: 16384,
  inFlight: 16,
  recorder: true,
  /** Of `storage`, for what the device needs to survive: people's scripts cannot take them. */
  deviceStoreBytes: 8192,
  console: Object.freeze({ maxScripts: 16, maxJobs: 8, maxBrokers: 4, outgoing: 1024 }),
  /**
   * What the outbox has in memory is on its way, or goes to the log soon. The partition `outbox`, in partitions.csv
   * beside this file, has 1 MB in blocks of 4,096 bytes.
   */
  tags: Object.freeze({ scanProfile: 'shared', outbox: 1536, outboxBlocks: 256 }),
  /** The heaps of `creation` in the SDK's manifest for ESP32, in bytes. */
  heaps: Object.freeze({ chunks: 32768, slots: 2048 * 16, shared: false }),
} satisfies BoardLimits & { heaps: object; deviceStoreBytes: number });
