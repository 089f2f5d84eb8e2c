import { FilterLayout, Layout, RecordLayout } from '../../../src/mqtt/layout.js';
import { Subscriptions } from '../../../src/mqtt/subscriptions.js';
import { TransmitArena } from '../../../src/mqtt/transmit-arena.js';

/** A transmit arena with its own words, which a session would have given it. */
export class BenchArena extends TransmitArena {
  constructor(size: number, records: number, pubacks = 8, filters = 0) {
    const recordsAt = Layout.subscriptions + filters * FilterLayout.size;
    const words = new Uint32Array(recordsAt + records * RecordLayout.size);
    words[Layout.ring] = size;
    words[Layout.head] = words[Layout.records] = recordsAt;
    words[Layout.recordsEnd] = words.length;
    words[Layout.draft] = size + 4 * pubacks + 4;
    super(new Uint8Array(words[Layout.draft]!), words);
  }

  get from(): number {
    return this.words[Layout.from]!;
  }

  get to(): number {
    return this.words[Layout.to]!;
  }

  get inFlight(): number {
    return this.words[Layout.inFlight]!;
  }

  get empty(): boolean {
    return this.words[Layout.count] === 0;
  }

  /** How many packets of `type` were written. */
  count(type: number): number {
    return this.words[type]!;
  }

  /** The control packets that wait. */
  get controlBytes(): Uint8Array {
    return this.bytes.slice(this.words[Layout.controlFrom], this.words[Layout.controlTo]);
  }
}

/** A table of subscriptions and the arena that takes its requests. */
export function subscriptionTable(
  capacity: number,
  filtersPerPacket: number,
  size = 200,
): { table: Subscriptions; arena: BenchArena } {
  const arena = new BenchArena(size, 8, 8, capacity);
  arena.words[Layout.filtersPerPacket] = filtersPerPacket;
  return { table: new Subscriptions(arena.words, capacity), arena };
}
