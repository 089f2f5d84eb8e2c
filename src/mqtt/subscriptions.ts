import { FilterLayout, Layout } from './layout.js';
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
  /** Refused by the broker; asked for again at its time, or on the next connection. */
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

/** How often a filter was refused in a row on this connection, in the upper half of its word. */
const enum Refusals {
  shift = 16,
  /** More are not counted. */
  most = 31,
}

/**
 * What the application wants to be subscribed to, in a fixed table, and how far that has come.
 * One SUBSCRIBE or UNSUBSCRIBE is in progress at a time; it carries several filters. Each filter has a word.
 */
export class Subscriptions {
  private readonly words: Uint32Array;
  private readonly filters: (Uint8Array | undefined)[];

  /**
   * The words have `FilterLayout.size` for each of `capacity` filters, `Layout.pendingId` and what follows it there.
   */
  constructor(words: Uint32Array, capacity: number) {
    this.words = words;
    this.filters = new Array<Uint8Array | undefined>(capacity).fill(undefined);
  }

  get capacity(): number {
    return this.filters.length;
  }

  /** True when a request could be sent now. */
  get due(): boolean {
    const words = this.words;
    if (words[Layout.mayBeDue] === 0 || words[Layout.pendingId] !== 0) return false;
    const end = Layout.subscriptions + this.filters.length * FilterLayout.size;
    for (let i = Layout.subscriptions as number; i < end; i += FilterLayout.size) {
      const state = words[i]! & FilterFlag.stateMask;
      if (state === FilterState.wanted || state === FilterState.unwanted) return true;
    }
    words[Layout.mayBeDue] = 0;
    return false;
  }

  /** True while the request in progress is a SUBSCRIBE. */
  get subscribing(): boolean {
    for (let i = 0; i < this.capacity; i++)
      if ((this.words[at(i)]! & FilterFlag.stateMask) === FilterState.subscribing) return true;
    return false;
  }

  /** The filter at `index`, when it belongs to the request in progress. */
  pendingFilter(index: number): Uint8Array | undefined {
    const word = this.words[at(index)]! & FilterFlag.stateMask;
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
    this.words[at(index)] = FilterState.free;
    this.filters[index] = undefined;
    return true;
  }

  /** For a new connection: what was in progress is to be asked again. */
  reset(): void {
    const words = this.words;
    if (words[Layout.pendingId] === 0) return;
    words[Layout.pendingId] = 0;
    words[Layout.mayBeDue] = 1;
    for (let i = 0; i < this.capacity; i++) {
      const word = words[at(i)]!;
      if (!this.pendingFilter(i)) continue;
      words[at(i)] = nextOf(word) || (word & (FilterFlag.stateMask | FilterFlag.qos1)) - 1;
    }
  }

  /** CONNACK came. Without a session at the broker nothing is subscribed any more [MQTT-3.2.2-3]. */
  connected(sessionPresent: boolean): void {
    const words = this.words;
    const end = Layout.subscriptions + this.filters.length * FilterLayout.size;
    let state: number;
    for (let i = Layout.subscriptions as number; i < end; i += FilterLayout.size) {
      state = words[i]! & FilterFlag.stateMask;
      if (state !== FilterState.refused && (state !== FilterState.active || sessionPresent)) continue;
      words[i] = FilterState.wanted + (words[i]! & FilterFlag.qos1);
      words[Layout.mayBeDue] = 1;
    }
  }

  /** Asks for the refused filters whose time has come, and returns the time of the next one; Infinity for none. */
  retry(now: number): number {
    const words = this.words;
    let first = Infinity;
    words[Layout.mayBeDue] = 1;
    for (let i = 0; i < this.capacity; i++) {
      if ((words[at(i)]! & FilterFlag.stateMask) !== FilterState.refused) continue;
      // The times are modulo 2^32, and less than half of that away.
      const left = (words[at(i) + FilterLayout.retryAt]! - now) | 0;
      if (left <= 0) words[at(i)]! += FilterState.wanted - FilterState.refused;
      else if (now + left < first) first = now + left;
    }
    return first;
  }

  /** Before the answers of a SUBACK: filters that it refuses together are asked for again together. */
  draw(): void {
    // Marsaglia's xorshift with 32 bits; it is never 0.
    let jitter = this.words[Layout.jitter]!;
    jitter ^= jitter << 13;
    jitter ^= jitter >>> 17;
    this.words[Layout.jitter] = jitter ^ (jitter << 5);
  }

  /** Encodes one request into the arena when one is due and there is room. Returns true when it did. */
  encode(arena: TransmitArena): boolean {
    return this.due && (this.encodeAs(arena, FilterState.wanted) || this.encodeAs(arena, FilterState.unwanted));
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

  /**
   * The broker answered for the filter at `index`. Returns false when it has refused a filter again that was asked for
   * by itself: its owner knows that.
   */
  answered(index: number, refused: boolean, now: number): boolean {
    const words = this.words;
    const word = words[at(index)]!;
    const next = nextOf(word);
    words[Layout.mayBeDue] = 1;
    const refusals = word >> Refusals.shift;
    if (next !== FilterState.free) {
      words[at(index)] = next;
    } else if ((word & FilterFlag.stateMask) === FilterState.unsubscribing) {
      words[at(index)] = FilterState.free;
      this.filters[index] = undefined;
    } else if (!refused) {
      words[at(index)] = FilterState.active + (word & FilterFlag.qos1);
    } else {
      const more = refusals < Refusals.most ? refusals + 1 : refusals;
      words[at(index)] = FilterState.refused + (word & FilterFlag.qos1) + (more << Refusals.shift);
      words[at(index) + FilterLayout.retryAt] = now + this.wait(refusals);
    }
    return !refused || refusals === 0;
  }

  private ask(filter: Uint8Array, word: number): number {
    const words = this.words;
    let index = this.find(filter);
    if (index < 0) index = this.filters.indexOf(undefined);
    if (index < 0) return Refusal.full;
    words[Layout.mayBeDue] = 1;
    this.filters[index] ??= filter;
    if (this.pendingFilter(index)) {
      word = (word << FilterFlag.nextShift) | (words[at(index)]! & (FilterFlag.stateMask | FilterFlag.qos1));
    }
    words[at(index)] = word;
    return 0;
  }

  /** Milliseconds to wait after so many refusals before the last one. */
  private wait(refusals: number): number {
    const words = this.words;
    const most = words[Layout.retryMaximum]!;
    let longest = words[Layout.retryMinimum]!;
    for (; refusals > 0 && longest < most; refusals--) longest *= 2;
    if (longest > most) longest = most;
    return longest / 2 + (words[Layout.jitter]! / 4294967296) * (longest / 2);
  }

  private find(filter: Uint8Array): number {
    for (let i = 0; i < this.capacity; i++) {
      const known = this.filters[i];
      if (known?.length !== filter.length) continue;
      let left = filter.length;
      while (left > 0 && known[left - 1] === filter[left - 1]) left--;
      if (left === 0) return i;
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
      if ((words[at(i)]! & FilterFlag.stateMask) !== due) continue;
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
    let end = writeFixedHeader(bytes, start, (type << 4) | 2, length);
    end = writeUint16(bytes, end, packetId);
    for (let i = 0; count > 0; i++) {
      const word = words[at(i)]!;
      if ((word & FilterFlag.stateMask) !== due) continue;
      const filter = this.filters[i]!;
      end = writeField(bytes, end, filter, 0, filter.length);
      if (subscribe) bytes[end++] = word & FilterFlag.qos1 ? 1 : 0;
      words[at(i)] = word + 1;
      count--;
    }
    arena.commit(start, end, packetId);
    words[Layout.pendingId] = packetId;
    return true;
  }
}

/** Where the words of the filter at `index` begin. */
function at(index: number): number {
  return Layout.subscriptions + index * FilterLayout.size;
}

/** What was asked for while a request was in progress. */
function nextOf(word: number): number {
  return (word >> FilterFlag.nextShift) & (FilterFlag.stateMask | FilterFlag.qos1);
}
