import type { Health } from '../../src/hal/index.js';

/** The part of the SDK's module `instrumentation` that is used here. A release build without `-i` tells nothing. */
export interface SdkInstrumentation {
  /** The number of a figure, or undefined. */
  map(name: 'XS Chunk Heap Used' | 'XS Slot Heap Used'): number | undefined;

  /** The figure with this number, in bytes, or undefined. */
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

/** Free heaps from the engine's own counters, which garbage that was not collected yet makes smaller. */
export class ModdableHealth implements Health {
  private readonly chunksUsed: number | undefined;
  private readonly slotsUsed: number | undefined;

  /** `signal` gives dBm, or 0 when there is none. */
  constructor(
    private readonly instrumentation: SdkInstrumentation,
    private readonly sizes: HeapSizes,
    private readonly signal: { rssi(): number },
    readonly restartReason: string,
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

  private free(size: number, own: number | undefined, other: number | undefined): number {
    const used = this.instrumentation.get(own);
    if (used === undefined) return -1;
    const left = size - used - (this.sizes.shared ? (this.instrumentation.get(other) ?? 0) : 0);
    return left > 0 ? left : 0;
  }
}
