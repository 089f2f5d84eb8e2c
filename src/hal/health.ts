/** What a board knows of itself. Reading costs no memory on a chip. What is optional is absent where none can tell. */
export interface Health {
  /** Free bytes of the engine's chunk heap, or -1 when the platform does not tell. */
  freeChunkBytes(): number;

  /** Free bytes of the engine's slot heap, or -1 when the platform does not tell. */
  freeSlotBytes(): number;

  /** Signal strength of the network in dBm (negative), or 0 when there is none or it is not known. */
  rssi(): number;

  /** Why the chip started, for people: `power on`, `watchdog`, `software`. */
  readonly restartReason: string;

  /** The hardware, for people: `esp32`. */
  readonly model?: string;

  /** What tells this one from others of its model. */
  readonly serial?: string;

  /** The most bytes of the chunk heap that were ever seen in use, or -1. */
  peakChunkBytes?(): number;

  /** The most bytes of the slot heap that were ever seen in use, or -1. */
  peakSlotBytes?(): number;

  /** Free bytes of the memory beside the engine's heaps, from which sockets and TLS take theirs; or -1. */
  freeMemory?(): number;

  /** Bytes of memory in use, or -1. */
  usedMemory?(): number;

  /** Bytes of the largest piece that can still be taken from that memory, or -1. */
  largestFreeBlock?(): number;

  /** How busy the processor was since the last call, in per cent, 0 to 100; or -1. */
  load?(): number;
}
