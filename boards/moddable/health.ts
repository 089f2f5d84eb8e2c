import type { Health } from '../../src/hal/index.js';

/** The part of the SDK's module `instrumentation` that is used here. A release build without `-i` tells nothing. */
export interface SdkInstrumentation {
  /** The number of a figure, or undefined. */
  map(name: 'XS Chunk Heap Used' | 'XS Slot Heap Used' | 'System Free Memory' | 'CPU 0'): number | undefined;

  /** The figure with this number, in bytes or per cent, or undefined. */
  get(what: number | undefined): number | undefined;
}

/** The heaps as the manifest's `creation` makes them. */
export interface HeapSizes {
  /** Bytes. */
  chunks: number;
  /** Bytes. */
  slots: number;
  /** Both grow towards each other in one block, so what is free is free for either (ESP8266). */
  shared: boolean;
}

/**
 * Free heaps from the engine's own counters, which garbage that was not collected yet makes smaller. The engine keeps
 * no peaks, so those are the highest figures that were ever read here. The largest free block of ESP-IDF
 * (`heap_caps_get_largest_free_block`) has no way into JavaScript in the SDK 8.2.3, so it is not told.
 */
export class ModdableHealth implements Health {
  private readonly chunksUsed: number | undefined;
  private readonly slotsUsed: number | undefined;
  private mostChunks = -1;
  private mostSlots = -1;

  /** `signal` gives dBm, or 0 when there is none. */
  constructor(
    private readonly instrumentation: SdkInstrumentation,
    private readonly sizes: HeapSizes,
    private readonly signal: { rssi(): number },
    readonly restartReason: string,
    readonly model = '',
    readonly serial = '',
  ) {
    this.chunksUsed = instrumentation.map('XS Chunk Heap Used');
    this.slotsUsed = instrumentation.map('XS Slot Heap Used');
  }

  freeChunkBytes(): number {
    return this.free(this.sizes.chunks, this.chunksUsed, this.slotsUsed);
  }

  freeSlotBytes(): number {
    return this.free(this.sizes.slots, this.slotsUsed, this.chunksUsed);
  }

  rssi(): number {
    return this.signal.rssi();
  }

  peakChunkBytes(): number {
    const used = this.instrumentation.get(this.chunksUsed);
    if (used !== undefined && used > this.mostChunks) this.mostChunks = used;
    return this.mostChunks;
  }

  peakSlotBytes(): number {
    const used = this.instrumentation.get(this.slotsUsed);
    if (used !== undefined && used > this.mostSlots) this.mostSlots = used;
    return this.mostSlots;
  }

  freeMemory(): number {
    const { instrumentation } = this;
    return instrumentation.get(instrumentation.map('System Free Memory')) ?? -1;
  }

  /** Of the processor that runs XS; the SDK counts it in builds with `INSTRUMENT_CPULOAD` alone. */
  load(): number {
    const { instrumentation } = this;
    return instrumentation.get(instrumentation.map('CPU 0')) ?? -1;
  }

  private free(size: number, own: number | undefined, other: number | undefined): number {
    const used = this.instrumentation.get(own);
    if (used === undefined) return -1;
    const left = size - used - (this.sizes.shared ? (this.instrumentation.get(other) ?? 0) : 0);
    return left > 0 ? left : 0;
  }
}
