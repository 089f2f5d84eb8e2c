import type { BoardLimits } from '../../src/settings/configuration.js';

/** Slots of the stack: `creation` in the manifest beside this file. */
const STACK = 512;
/** Bytes that stack, slots and chunks share: `static` there. */
const BLOCK = 34816;
const FREE_BLOCK = BLOCK - STACK * 16;

/** What an ESP8266 can do and hold: Wi-Fi, without Bluetooth and without TLS. */
export const ESP8266_LIMITS = Object.freeze({
  needsWifi: true,
  /** A handshake takes more memory than the whole block has. */
  withoutTls: true,
  memory: 8192,
  inFlight: 4,
  /** Calls, and attributes of ThingsBoard or the birth of Home Assistant. */
  maxSubscriptions: 4,
  heaps: Object.freeze({ chunks: FREE_BLOCK, slots: FREE_BLOCK, shared: true }),
} satisfies BoardLimits & { heaps: object });
