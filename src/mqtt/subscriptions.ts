import { copyBytes } from './copy-bytes.js';
import { PacketType } from './packet-type.js';
import { Refusal } from './refusal.js';
import { remainingLengthSize, writeRemainingLength } from './remaining-length.js';
import type { TransmitArena } from './transmit-arena.js';

const enum SubscriptionState {
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

/**
 * What the application wants to be subscribed to, in a fixed table, and how far that has come.
 * One SUBSCRIBE or UNSUBSCRIBE is under way at a time; it carries several filters.
 */
export class Subscriptions {
  /** Identifier of the request under way, 0 when there is none. */
  pendingId = 0;
  /** Filters of the request under way. */
  pendingCount = 0;
  /** True when the request under way is a SUBSCRIBE. */
  pendingSubscribe = false;

  private readonly filters: (Uint8Array | undefined)[] = [];
  private readonly qos: Uint8Array;
  private readonly states: Uint8Array;
  /** What was asked for while a request was under way; `free` for nothing. */
  private readonly next: Uint8Array;
  private readonly nextQos: Uint8Array;
  private readonly filtersPerPacket: number;

  constructor(capacity: number, filtersPerPacket: number) {
    this.qos = new Uint8Array(capacity);
    this.states = new Uint8Array(capacity);
    this.next = new Uint8Array(capacity);
    this.nextQos = new Uint8Array(capacity);
    this.filtersPerPacket = filtersPerPacket;
    for (let i = 0; i < capacity; i++) this.filters.push(undefined);
  }

  get capacity(): number {
    return this.states.length;
  }

  /** True when a request could be sent now. */
  get due(): boolean {
    if (this.pendingId !== 0) return false;
    for (let i = 0; i < this.states.length; i++) if (this.isDue(this.states[i]!)) return true;
    return false;
  }

  /** True when every filter is either granted, refused or gone. */
  get settled(): boolean {
    return this.pendingId === 0 && !this.due;
  }

  /** The filter at `index`, when it belongs to the request under way. */
  pendingFilter(index: number): Uint8Array | undefined {
    return this.isPending(index) ? this.filters[index] : undefined;
  }

  /** The QoS that was asked for. */
  requestedQos(index: number): number {
    return this.qos[index]!;
  }

  /** Returns 0, or `Refusal.full`. A filter that is known gets the new QoS. */
  want(filter: Uint8Array, qos: number): number {
    let index = this.find(filter);
    if (index < 0) index = this.states.indexOf(SubscriptionState.free);
    if (index < 0) return Refusal.full;
    if (this.isPending(index)) {
      this.next[index] = SubscriptionState.wanted;
      this.nextQos[index] = qos;
      return 0;
    }
    this.filters[index] = filter;
    this.qos[index] = qos;
    this.states[index] = SubscriptionState.wanted;
    return 0;
  }

  /** Returns 0, or `Refusal.unknown`. */
  unwant(filter: Uint8Array): number {
    const index = this.find(filter);
    if (index < 0) return Refusal.unknown;
    if (this.isPending(index)) this.next[index] = SubscriptionState.unwanted;
    else this.states[index] = SubscriptionState.unwanted;
    return 0;
  }

  /** For a new connection: what was under way is to be asked again. */
  reset(): void {
    for (let i = 0; i < this.states.length; i++) {
      if (this.states[i] === SubscriptionState.subscribing) this.states[i] = SubscriptionState.wanted;
      if (this.states[i] === SubscriptionState.unsubscribing) this.states[i] = SubscriptionState.unwanted;
      this.applyNext(i);
    }
    this.pendingId = 0;
  }

  /** CONNACK came. Without a session at the broker nothing is subscribed any more [MQTT-3.2.2-3]. */
  connected(sessionPresent: boolean): void {
    for (let i = 0; i < this.states.length; i++) {
      const state = this.states[i];
      if (state === SubscriptionState.refused || (state === SubscriptionState.active && !sessionPresent)) {
        this.states[i] = SubscriptionState.wanted;
      }
    }
  }

  /** Encodes one request into the arena when one is due and there is room. Returns true when it did. */
  encode(arena: TransmitArena): boolean {
    if (this.pendingId !== 0) return false;
    return (
      this.encodeAs(arena, SubscriptionState.wanted, SubscriptionState.subscribing) ||
      this.encodeAs(arena, SubscriptionState.unwanted, SubscriptionState.unsubscribing)
    );
  }

  /** The broker answered for the filter at `index`. */
  answered(index: number, refused: boolean): void {
    if (this.next[index] !== SubscriptionState.free) {
      this.applyNext(index);
    } else if (this.states[index] === SubscriptionState.unsubscribing) {
      this.states[index] = SubscriptionState.free;
      this.filters[index] = undefined;
    } else {
      this.states[index] = refused ? SubscriptionState.refused : SubscriptionState.active;
    }
  }

  private isPending(index: number): boolean {
    const state = this.states[index];
    return state === SubscriptionState.subscribing || state === SubscriptionState.unsubscribing;
  }

  private applyNext(index: number): void {
    if (this.next[index] === SubscriptionState.free) return;
    if (this.next[index] === SubscriptionState.wanted) this.qos[index] = this.nextQos[index]!;
    this.states[index] = this.next[index]!;
    this.next[index] = SubscriptionState.free;
  }

  private isDue(state: number): boolean {
    return state === SubscriptionState.wanted || state === SubscriptionState.unwanted;
  }

  private find(filter: Uint8Array): number {
    for (let i = 0; i < this.filters.length; i++) {
      const known = this.filters[i];
      if (known && sameBytes(known, filter)) return i;
    }
    return -1;
  }

  private encodeAs(arena: TransmitArena, due: SubscriptionState, pending: SubscriptionState): boolean {
    const subscribe = due === SubscriptionState.wanted;
    let count = 0;
    let length = 2;
    for (let i = 0; i < this.states.length && count < this.filtersPerPacket; i++) {
      if (this.states[i] !== due) continue;
      const more = 2 + this.filters[i]!.length + (subscribe ? 1 : 0);
      const size = 1 + remainingLengthSize(length + more) + length + more;
      if (arena.room(size) < 0) break;
      length += more;
      count++;
    }
    if (count === 0) return false;

    const start = arena.room(1 + remainingLengthSize(length) + length);
    const bytes = arena.bytes;
    const packetId = arena.nextPacketId(0);
    let at = start;
    bytes[at++] = ((subscribe ? PacketType.subscribe : PacketType.unsubscribe) << 4) | 2;
    at = writeRemainingLength(bytes, at, length);
    bytes[at++] = packetId >> 8;
    bytes[at++] = packetId & 255;
    this.pendingCount = count;
    this.pendingSubscribe = subscribe;
    for (let i = 0; count > 0; i++) {
      if (this.states[i] !== due) continue;
      const filter = this.filters[i]!;
      bytes[at++] = filter.length >> 8;
      bytes[at++] = filter.length & 255;
      at = copyBytes(bytes, at, filter, 0, filter.length);
      if (subscribe) bytes[at++] = this.qos[i]!;
      this.states[i] = pending;
      count--;
    }
    arena.commit(start, at, packetId);
    this.pendingId = packetId;
    return true;
  }
}

/** Bytes of the SUBSCRIBE that carries this filter alone. */
export function subscribeSize(filterLength: number): number {
  const length = 2 + 2 + filterLength + 1;
  return 1 + remainingLengthSize(length) + length;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
