import { LARGE } from './host/machine.js';
import type { Heap, Meter } from './host/machine.js';
import type { Size } from './measure-client.js';

const SLOT = 16;

/**
 * Slots of a machine that the Moddable SDK has made and that has not run anything: counted in one of SDK 8.2.3
 * (fxPrepareMachine, which clones what is in ROM). Its built-ins and preloaded modules take nothing.
 */
const ENGINE_SLOTS = 28;

/** Slots of the host's stack while modules are loaded, which a chip does not do. */
const LOADING_STACK = 4096;
/** Room for the garbage of loading, in chunks and beside them. */
const LOADING_BYTES = 1 << 18;

/** The heap that a chip has, and what a firmware may take of it. */
export interface Chip {
  readonly name: 'esp8266' | 'esp32';
  /** The export of programs/firmware.ts that starts the firmware. */
  readonly start: 'startEsp8266' | 'startEsp8266ThingsBoard' | 'startEsp8266HomeAssistant' | 'startEsp32';
  /** Slots of the stack. */
  readonly stack: number;
  /** It has flash for a log, which `makePartition` of the same program makes in the engine's memory. */
  readonly partition: boolean;

  /** Bytes that are free when the firmware holds so much. */
  freeBytes(held: Size): number;

  /** The heap of a machine that can load what holds `baseline`. `block` or `fixed` is what it has left afterwards. */
  heap(baseline: Meter): Heap;

  /** Bytes of the block that are left to the firmware: its budget. */
  readonly block?: number;

  /** What is left to the firmware in heaps that do not grow: its budget. */
  readonly fixed?: { chunkBytes: number; slots: number };
}

/** As in boards/esp8266/manifest.json. */
export const BLOCK = 34816;
/** What `configuration.set` needs without the adapters of a board: it checks all that a start checks. */
const BLOCK_STACK = 420;
/** As in boards/esp8266/manifest.json: what it needs with them, since they are below and above it. */
export const BOARD_STACK = 512;
/** Of the block: what has to stay free for what is not ours. */
const BLOCK_RESERVE = 10240;

/**
 * ESP8266: one block of 34,816 bytes for the stack, the slots and the chunks (xs/platforms/mc/xsHosts.c of the SDK).
 * Its keys lie in instruction RAM, beside the block.
 */
export const ESP8266: Chip = {
  name: 'esp8266',
  start: 'startEsp8266',
  stack: BLOCK_STACK,
  partition: false,
  freeBytes: ({ slots, chunkBytes }) => BLOCK - (BLOCK_STACK + ENGINE_SLOTS + slots) * SLOT - chunkBytes,
  heap: ({ slots, chunkBytes }) => ({
    chunkBytes: chunkBytes + LOADING_BYTES,
    chunkIncrement: 512,
    slots,
    slotIncrement: 64,
    stack: LOADING_STACK,
    blockBytes: (LOADING_STACK + slots) * SLOT + chunkBytes + 4 * LOADING_BYTES,
  }),
  block: BLOCK - BLOCK_RESERVE - (BLOCK_STACK + ENGINE_SLOTS) * SLOT,
};

const CHUNK_BYTES = 32768;
const SLOTS = 2048;

/**
 * ESP32: 32,768 bytes of chunks and 2,048 slots, apart (examples/manifest_base.json of the SDK), and a stack of 512
 * slots. boards/esp32/manifest.json asks for 640: the rest is for the frames of the SDK's sockets and TLS, which call
 * the firmware there.
 */
export const ESP32: Chip = {
  name: 'esp32',
  start: 'startEsp32',
  stack: 512,
  partition: true,
  freeBytes: ({ slots, chunkBytes }) => (SLOTS - ENGINE_SLOTS - slots) * SLOT + CHUNK_BYTES - chunkBytes,
  heap: ({ slots, chunkBytes }) => ({
    ...LARGE,
    chunkBytes: chunkBytes + CHUNK_BYTES + LOADING_BYTES,
    slots: slots + SLOTS,
    slotIncrement: 64,
    stack: LOADING_STACK,
  }),
  fixed: { chunkBytes: CHUNK_BYTES, slots: SLOTS - ENGINE_SLOTS },
};
