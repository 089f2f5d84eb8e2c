import { Layout } from './layout.js';
import { packetSize, PacketType, writeField, writeFixedHeader, writeUint16 } from './packet.js';
import { Refusal } from './state.js';
import type { TransmitArena } from './transmit-arena.js';

/** The low four bits of a filter's word. */
const enum FilterState {
  free,
  /** To be put into a SUBSCRIBE. */
  wanted,
  subscribing,
  /** Granted by the broker. */
  active,
  /** Refused by the broker; asked for again on the next connection. */
  refused,
  /** To be put into an UNSUBSCRIBE. */
  unwanted,
  unsubscribing,
}

/** The other bits of a filter's word. */
const enum FilterFlag {
  stateMask = 15,
  /** QoS 1 is asked for. */
  qos1 = 16,
  /** From here on lies, in the same bits, what was asked for while a request was in progress; `free` for nothing. */
  nextShift = 8,
}

/**
 * What the application wants to be subscribed to, in a fixed table, and how far that has come.
 * One SUBSCRIBE or UNSUBSCRIBE is in progress at a time; it carries several filters. Each filter has a word.
 */
export class Subscriptions {
  private readonly words: Uint32Array;
  private readonly filters: (Uint8Array | undefined)[];

  /** The words have one for each of `capacity` filters, `Layout.pendingId` and `Layout.filtersPerPacket`. */
  constructor(words: Uint32Array, capacity: number) {
    this.words = words;
    this.filters = new Array<Uint8Array | undefined>(capacity).fill(undefined);
  }

  get capacity(): number {
    return this.filters.length;
  }

  /** True when a request could be sent now. */
  get due(): boolean {
    return (
      this.words[Layout.pendingId] === 0 && (this.count(FilterState.wanted) > 0 || this.count(FilterState.unwanted) > 0)
    );
  }

  /** True while the request in progress is a SUBSCRIBE. */
  get subscribing(): boolean {
    return this.count(FilterState.subscribing) > 0;
  }

  /** The filter at `index`, when it belongs to the request in progress. */
  pendingFilter(index: number): Uint8Array | undefined {
    const word = this.words[Layout.subscriptions + index]! & FilterFlag.stateMask;
    return word === FilterState.subscribing || word === FilterState.unsubscribing ? this.filters[index] : undefined;
  }

  /** Returns 0, or `Refusal.full`. A filter that is known gets the new QoS. */
  want(filter: Uint8Array, qos: number): number {
    return this.ask(filter, qos > 0 ? FilterState.wanted + FilterFlag.qos1 : FilterState.wanted);
  }

  /** Returns 0, or `Refusal.full`. The filter need not be known: the broker may have it from an earlier process. */
  unwant(filter: Uint8Array): number {
    return this.ask(filter, FilterState.unwanted);
  }

  /** See `Session.forget`. */
  forget(filter: Uint8Array): boolean {
    const index = this.find(filter);
    if (index < 0) return false;
    this.words[Layout.subscriptions + index] = FilterState.free;
    this.filters[index] = undefined;
    return true;
  }

  /** For a new connection: what was in progress is to be asked again. */
  reset(): void {
    const words = this.words;
    words[Layout.pendingId] = 0;
    for (let i = Layout.subscriptions as number; i < Layout.subscriptions + this.capacity; i++) {
      const word = words[i]!;
      if (this.pendingFilter(i - Layout.subscriptions)) words[i] = word >> FilterFlag.nextShift || word - 1;
    }
  }

  /** CONNACK came. Without a session at the broker nothing is subscribed any more [MQTT-3.2.2-3]. */
  connected(sessionPresent: boolean): void {
    const words = this.words;
    for (let i = Layout.subscriptions as number; i < Layout.subscriptions + this.capacity; i++) {
      const word = words[i]! & FilterFlag.stateMask;
      if (word === FilterState.refused || (word === FilterState.active && !sessionPresent))
        words[i]! += FilterState.wanted - word;
    }
  }

  /** Encodes one request into the arena when one is due and there is room. Returns true when it did. */
  encode(arena: TransmitArena): boolean {
    return (
      this.words[Layout.pendingId] === 0 &&
      (this.encodeAs(arena, FilterState.wanted) || this.encodeAs(arena, FilterState.unwanted))
    );
  }

  /**
   * An answer with the return codes `codes[from..to)` came for the request in progress. Returns true when it has one
   * code for each filter [MQTT-3.8.4-5] and none that is reserved [MQTT-3.9.3-2].
   */
  accepts(codes: Uint8Array, from: number, to: number): boolean {
    for (let i = 0; i < this.capacity; i++) {
      if (!this.pendingFilter(i)) continue;
      const code = from < to ? codes[from++]! : 255;
      if (code > 2 && code !== 0x80) return false;
    }
    return from === to;
  }

  /** The broker answered for the filter at `index`. */
  answered(index: number, refused: boolean): void {
    const words = this.words;
    const word = words[Layout.subscriptions + index]!;
    const next = word >> FilterFlag.nextShift;
    if (next !== FilterState.free) {
      words[Layout.subscriptions + index] = next;
    } else if ((word & FilterFlag.stateMask) === FilterState.unsubscribing) {
      words[Layout.subscriptions + index] = FilterState.free;
      this.filters[index] = undefined;
    } else {
      words[Layout.subscriptions + index]! +=
        (refused ? FilterState.refused : FilterState.active) - FilterState.subscribing;
    }
  }

  private ask(filter: Uint8Array, word: number): number {
    const words = this.words;
    let index = this.find(filter);
    if (index < 0) index = this.filters.indexOf(undefined);
    if (index < 0) return Refusal.full;
    this.filters[index] ??= filter;
    if (this.pendingFilter(index)) {
      word =
        (word << FilterFlag.nextShift) |
        (words[Layout.subscriptions + index]! & (FilterFlag.stateMask | FilterFlag.qos1));
    }
    words[Layout.subscriptions + index] = word;
    return 0;
  }

  private count(state: FilterState): number {
    let count = 0;
    for (let i = 0; i < this.capacity; i++)
      if ((this.words[Layout.subscriptions + i]! & FilterFlag.stateMask) === state) count++;
    return count;
  }

  private find(filter: Uint8Array): number {
    for (let i = 0; i < this.capacity; i++) {
      const known = this.filters[i];
      if (known?.length !== filter.length) continue;
      let at = filter.length;
      while (at > 0 && known[at - 1] === filter[at - 1]) at--;
      if (at === 0) return i;
    }
    return -1;
  }

  private encodeAs(arena: TransmitArena, due: FilterState): boolean {
    const words = this.words;
    const subscribe = due === FilterState.wanted;
    // Twice: first how many have room, then writing them.
    let start = -1;
    let count = 0;
    let length = 2;
    for (let i = 0; i < this.capacity && count < words[Layout.filtersPerPacket]!; i++) {
      if ((words[Layout.subscriptions + i]! & FilterFlag.stateMask) !== due) continue;
      const more = length + this.filters[i]!.length + (subscribe ? 3 : 2);
      const room = arena.room(packetSize(more));
      if (room < 0) break;
      start = room;
      length = more;
      count++;
    }
    if (count === 0) return false;
    const packetId = arena.nextPacketId();
    const bytes = arena.bytes;
    const type = subscribe ? PacketType.subscribe : PacketType.unsubscribe;
    let at = writeFixedHeader(bytes, start, (type << 4) | 2, length);
    at = writeUint16(bytes, at, packetId);
    for (let i = 0; count > 0; i++) {
      const word = words[Layout.subscriptions + i]!;
      if ((word & FilterFlag.stateMask) !== due) continue;
      const filter = this.filters[i]!;
      at = writeField(bytes, at, filter, 0, filter.length);
      if (subscribe) bytes[at++] = word & FilterFlag.qos1 ? 1 : 0;
      words[Layout.subscriptions + i] = word + 1;
      count--;
    }
    arena.commit(start, at, packetId);
    words[Layout.pendingId] = packetId;
    return true;
  }
}
