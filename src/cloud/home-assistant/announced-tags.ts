import type { Store } from '../../hal/index.js';
import { Field } from '../../tags/field.js';
import { ADDRESS_SIZE } from '../../tags/tag-table.js';
import type { Reading } from '../../tags/index.js';
import { TRAIT_STATES, TRAIT_WORDS } from './discovery.js';

/** The addresses of the tags that were announced, one after the other. */
const KEY = 'ha-tags';

const NONE = -1;

/** What `AnnouncedTags.note` returns when a tag has no room: another one is to be cleared for it. */
export const NO_ROOM = -2;

/** Bytes that the tables of `AnnouncedTags` take. */
export function announcedTagsBytes(capacity: number): number {
  return capacity * (ADDRESS_SIZE + 1 + TRAIT_WORDS * 4 + 1 + 1 + 8 + 8 + 4);
}

/** What is to be done for a tag. */
export const enum Duty {
  nothing = 0,
  announce = 1,
  /** Home Assistant shall forget it. */
  clear = 2,
}

/**
 * The tags that Home Assistant knows of, and what it was told that they measure, in tables of a fixed size. When there
 * is no room for a new tag, the one that was silent for the longest time makes room: Home Assistant is told to forget
 * it. The addresses are persisted, so that a tag that is gone after a restart can be cleared too. Nothing but the
 * constructor allocates.
 */
export class AnnouncedTags {
  count = 0;
  readonly addresses: Uint8Array;
  readonly formats: Uint8Array;
  /** `TRAIT_WORDS` for each; see `DiscoveryWriter`. */
  readonly traits: Uint32Array;
  /** A `Duty` for each. */
  readonly duties: Uint8Array;
  /** 1 for those that were announced since the start. */
  readonly told: Uint8Array;
  /** When the duty is due, in milliseconds of `Clock.now`. */
  readonly due: Float64Array;

  /** Time of the newest report of each, in milliseconds since 1970. */
  private readonly times: Float64Array;
  private readonly store: Store;
  /** Number of the last reading of each tag, to find the one that is silent. */
  private readonly heard: Uint32Array;
  private readings = 0;

  /** Room for `capacity` tags; those that were persisted are in it already, without traits. */
  constructor(capacity: number, store: Store) {
    this.store = store;
    this.addresses = new Uint8Array(capacity * ADDRESS_SIZE);
    this.formats = new Uint8Array(capacity);
    this.traits = new Uint32Array(capacity * TRAIT_WORDS);
    this.duties = new Uint8Array(capacity);
    this.told = new Uint8Array(capacity);
    this.due = new Float64Array(capacity);
    this.times = new Float64Array(capacity);
    this.heard = new Uint32Array(capacity);
    const length = store.read(KEY, this.addresses);
    if (length > 0 && length <= this.addresses.length && length % ADDRESS_SIZE === 0)
      this.count = length / ADDRESS_SIZE;
  }

  /**
   * Notes what `reading` of the tag at `address` has. Returns the tag's number when there is something that Home
   * Assistant has not been told yet, -1 when there is nothing, and `NO_ROOM` until the tag that makes room is cleared:
   * then it is noted the next time.
   */
  note(address: Uint8Array, reading: Reading): number {
    let tag = this.find(address);
    if (tag === NONE) tag = this.add(address);
    if (tag === NONE) return NO_ROOM;
    this.heard[tag] = ++this.readings;
    // What is announced stands under the name of the first format that was heard.
    if (this.formats[tag] === 0) this.formats[tag] = reading.format;
    const { traits } = this;
    const at = tag * TRAIT_WORDS;
    let isNew = false;
    for (let field = reading.nextField(-1); field >= 0; field = reading.nextField(field)) {
      if (field === Field.statesKnown || field === Field.moreStatesKnown) continue;
      const bit = 1 << (field & 31);
      const word = at + (field >> 5);
      if ((traits[word]! & bit) !== 0) continue;
      traits[word]! |= bit;
      isNew = true;
    }
    if (this.noteStates(at + TRAIT_STATES, reading, Field.statesKnown)) isNew = true;
    if (this.noteStates(at + TRAIT_STATES + 1, reading, Field.moreStatesKnown)) isNew = true;
    return isNew ? tag : NONE;
  }

  /** True when a report of this time is older than one before it of the same tag. */
  isOld(address: Uint8Array, unixTime: number): boolean {
    const tag = this.find(address);
    if (tag === NONE) return false;
    if (unixTime < this.times[tag]!) return true;
    this.times[tag] = unixTime;
    return false;
  }

  find(address: Uint8Array): number {
    const { addresses, count } = this;
    for (let tag = 0; tag < count; tag++) {
      let i = 0;
      while (i < ADDRESS_SIZE && addresses[tag * ADDRESS_SIZE + i] === address[i]) i++;
      if (i === ADDRESS_SIZE) return tag;
    }
    return NONE;
  }

  /** The tag whose duty is due first; -1 when there is none. */
  next(): number {
    let first = NONE;
    for (let tag = 0; tag < this.count; tag++) {
      if (this.duties[tag] !== Duty.nothing && (first === NONE || this.due[tag]! < this.due[first]!)) first = tag;
    }
    return first;
  }

  /** All tags with traits are to be announced again, from `now` on. */
  announceAll(now: number): void {
    for (let tag = 0; tag < this.count; tag++) {
      if (this.formats[tag] === 0 || this.duties[tag] === Duty.clear) continue;
      this.duties[tag] = Duty.announce;
      this.due[tag] = now;
    }
  }

  /** Removes a tag; the last one gets its number. */
  remove(tag: number): void {
    const last = --this.count;
    this.addresses.copyWithin(tag * ADDRESS_SIZE, last * ADDRESS_SIZE, (last + 1) * ADDRESS_SIZE);
    this.traits.copyWithin(tag * TRAIT_WORDS, last * TRAIT_WORDS, (last + 1) * TRAIT_WORDS);
    this.formats[tag] = this.formats[last]!;
    this.duties[tag] = this.duties[last]!;
    this.told[tag] = this.told[last]!;
    this.due[tag] = this.due[last]!;
    this.times[tag] = this.times[last]!;
    this.heard[tag] = this.heard[last]!;
    this.persist();
  }

  private noteStates(word: number, reading: Reading, known: Field): boolean {
    if (!reading.has(known)) return false;
    const before = this.traits[word]!;
    const after = (before | reading.get(known)) >>> 0;
    this.traits[word] = after;
    return after !== before;
  }

  private add(address: Uint8Array): number {
    const { addresses } = this;
    if (this.count * ADDRESS_SIZE === addresses.length) {
      this.clearSilent();
      return NONE;
    }
    const tag = this.count++;
    for (let i = 0; i < ADDRESS_SIZE; i++) addresses[tag * ADDRESS_SIZE + i] = address[i]!;
    this.traits.fill(0, tag * TRAIT_WORDS, (tag + 1) * TRAIT_WORDS);
    this.formats[tag] = 0;
    this.duties[tag] = Duty.nothing;
    this.told[tag] = 0;
    this.times[tag] = 0;
    this.persist();
    return tag;
  }

  /** One at a time: a crowd that passes by must not clear all. */
  private clearSilent(): void {
    let silent = 0;
    for (let tag = 0; tag < this.count; tag++) {
      if (this.duties[tag] === Duty.clear) return;
      if (this.heard[tag]! < this.heard[silent]!) silent = tag;
    }
    this.duties[silent] = Duty.clear;
    this.due[silent] = 0;
  }

  /** What cannot be stored is only cleared later, or not at all. */
  private persist(): void {
    if (this.count === 0) void this.store.remove(KEY);
    else void this.store.write(KEY, this.addresses, 0, this.count * ADDRESS_SIZE);
  }
}
