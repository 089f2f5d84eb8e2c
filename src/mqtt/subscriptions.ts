import { Word } from './layout.js';
import { packetSize, PacketType, writeField, writeFixedHeader, writeUint16 } from './packet.js';
import { Refusal } from './state.js';
import type { TransmitArena } from './transmit-arena.js';

/** The low four bits of a filter's mark. */
const enum Mark {
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

  mask = 15,
  /** Set: QoS 1 is asked for. */
  qos = 16,
  /** From here on lies, in the same bits, what was asked for while a request was under way; `free` for nothing. */
  nextShift = 8,
}

/**
 * What the application wants to be subscribed to, in a fixed table, and how far that has come.
 * One SUBSCRIBE or UNSUBSCRIBE is under way at a time; it carries several filters. Each filter has a word, its mark.
 */
export class Subscriptions {
  private readonly words: Uint32Array;
  private readonly filters: (Uint8Array | undefined)[];

  /** The words have a mark for each of `capacity` filters, `Word.pendingId` and `Word.filtersPerPacket`. */
  constructor(words: Uint32Array, capacity: number) {
    this.words = words;
    this.filters = new Array<Uint8Array | undefined>(capacity).fill(undefined);
  }

  get capacity(): number {
    return this.filters.length;
  }

  /** True when a request could be sent now. */
  get due(): boolean {
    return this.words[Word.pendingId] === 0 && (this.count(Mark.wanted) > 0 || this.count(Mark.unwanted) > 0);
  }

  /** True while the request under way is a SUBSCRIBE. */
  get subscribing(): boolean {
    return this.count(Mark.subscribing) > 0;
  }

  /** The filter at `index`, when it belongs to the request under way. */
  pendingFilter(index: number): Uint8Array | undefined {
    const mark = this.words[Word.marks + index]! & Mark.mask;
    return mark === Mark.subscribing || mark === Mark.unsubscribing ? this.filters[index] : undefined;
  }

  /** Returns 0, or `Refusal.full`. A filter that is known gets the new QoS. */
  want(filter: Uint8Array, qos: number): number {
    let index = this.find(filter);
    if (index < 0) index = this.filters.indexOf(undefined);
    if (index < 0) return Refusal.full;
    this.filters[index] ??= filter;
    return this.ask(index, qos > 0 ? Mark.wanted + Mark.qos : Mark.wanted);
  }

  /** Returns 0, or `Refusal.unknown`. */
  unwant(filter: Uint8Array): number {
    const index = this.find(filter);
    return index < 0 ? Refusal.unknown : this.ask(index, Mark.unwanted);
  }

  /** For a new connection: what was under way is to be asked again. */
  reset(): void {
    const words = this.words;
    words[Word.pendingId] = 0;
    for (let i = Word.marks as number; i < Word.marks + this.capacity; i++) {
      const mark = words[i]!;
      if (this.pendingFilter(i - Word.marks)) words[i] = mark >> Mark.nextShift || mark - 1;
    }
  }

  /** CONNACK came. Without a session at the broker nothing is subscribed any more [MQTT-3.2.2-3]. */
  connected(sessionPresent: boolean): void {
    const words = this.words;
    for (let i = Word.marks as number; i < Word.marks + this.capacity; i++) {
      const mark = words[i]! & Mark.mask;
      if (mark === Mark.refused || (mark === Mark.active && !sessionPresent)) words[i]! += Mark.wanted - mark;
    }
  }

  /** Encodes one request into the arena when one is due and there is room. Returns true when it did. */
  encode(arena: TransmitArena): boolean {
    return (
      this.words[Word.pendingId] === 0 && (this.encodeAs(arena, Mark.wanted) || this.encodeAs(arena, Mark.unwanted))
    );
  }

  /**
   * An answer with the return codes `codes[from..to)` came for the request under way. Returns true when it has one code
   * a filter [MQTT-3.8.4-5] and none above what was asked for [MQTT-3.9.3-2].
   */
  accepts(codes: Uint8Array, from: number, to: number): boolean {
    const words = this.words;
    for (let i = 0; i < this.capacity; i++) {
      if (!this.pendingFilter(i)) continue;
      const code = from < to ? codes[from++]! : 255;
      if (code !== 0x80 && code > (words[Word.marks + i]! & Mark.qos ? 1 : 0)) return false;
    }
    return from === to;
  }

  /** The broker answered for the filter at `index`. */
  answered(index: number, refused: boolean): void {
    const words = this.words;
    const mark = words[Word.marks + index]!;
    const next = mark >> Mark.nextShift;
    if (next !== Mark.free) {
      words[Word.marks + index] = next;
    } else if ((mark & Mark.mask) === Mark.unsubscribing) {
      words[Word.marks + index] = Mark.free;
      this.filters[index] = undefined;
    } else {
      words[Word.marks + index]! += (refused ? Mark.refused : Mark.active) - Mark.subscribing;
    }
  }

  private ask(index: number, mark: number): number {
    const words = this.words;
    if (this.pendingFilter(index)) {
      mark = (mark << Mark.nextShift) | (words[Word.marks + index]! & (Mark.mask | Mark.qos));
    }
    words[Word.marks + index] = mark;
    return 0;
  }

  private count(mark: Mark): number {
    let count = 0;
    for (let i = 0; i < this.capacity; i++) if ((this.words[Word.marks + i]! & Mark.mask) === mark) count++;
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

  private encodeAs(arena: TransmitArena, due: Mark): boolean {
    const words = this.words;
    const subscribe = due === Mark.wanted;
    // Twice: first how many have room, then writing them.
    let start = -1;
    let count = 0;
    let length = 2;
    for (let i = 0; i < this.capacity && count < words[Word.filtersPerPacket]!; i++) {
      if ((words[Word.marks + i]! & Mark.mask) !== due) continue;
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
      const mark = words[Word.marks + i]!;
      if ((mark & Mark.mask) !== due) continue;
      const filter = this.filters[i]!;
      at = writeField(bytes, at, filter, 0, filter.length);
      if (subscribe) bytes[at++] = mark & Mark.qos ? 1 : 0;
      words[Word.marks + i] = mark + 1;
      count--;
    }
    arena.commit(start, at, packetId);
    words[Word.pendingId] = packetId;
    return true;
  }
}
