import type { Store } from '../../src/hal/index.js';
import { crc32 } from '../../src/telemetry/crc32.js';
import { FlashRecords, KEY_SIZE, RecordKind, UNIT } from './flash-records.js';
import type { SdkFlash } from './flash-records.js';

/** Keys that the device can have in a `FlashStore`. */
export const DEVICE_KEYS = 16;
/** Keys that people can have in a `FlashStore`, beside those of the device. */
export const USER_KEYS = 32;
/** Bit of the first byte of a key, which is ASCII, on the flash: it is one of `FlashStore.user`. */
const USER = 0x80;

const NONE = -1;
const NOTHING = new Uint8Array(0);

/**
 * Two stores on a flash partition: what the device needs to survive, and in `user` what people write. They are a log of
 * records, in which the last one of a key counts. Neither takes keys of the other, and `user` takes no bytes that are
 * reserved for the device.
 *
 * The partition has two halves. Records are appended to the one in use. When it is full, the records that count are
 * copied to the other half, behind a place that is left free for its `start`; that is written last, has a higher
 * generation, and makes this half the one in use. Either way a value is replaced at one moment, with the last byte of
 * its record or of the `start`. A power cut before leaves the old value: a record that is not whole counts for nothing.
 *
 * The log comes to one block after the other and erases each before it needs it, so all blocks wear alike: every block
 * is erased once while log of the partition's length is written. A record takes its value, rounded up to 32 bytes, and
 * 32 bytes more. For example a counter that is written every minute to a partition of 64 KB erases each block every 17
 * hours, and blocks last for 100,000 erasures: two centuries.
 *
 * All records that count must fit into one half, less 32 bytes. `write` returns false when they would not, when there
 * would be more than `DEVICE_KEYS` or `USER_KEYS` keys, and, as `remove` does, when the medium fails. A key that breaks
 * the rule of `Store` throws a RangeError. Calls allocate nothing, but for two slots for each character of a key that
 * the call before had not, or after the halves were changed.
 */
export class FlashStore implements Store {
  /** What people write. An older firmware wrote it beside what is the device's. */
  readonly user: Store;

  private readonly records: FlashRecords;
  /** For each key that has a value: where its record lies (0: a free entry), and the hash of the key. */
  private readonly index = new Uint32Array(2 * (DEVICE_KEYS + USER_KEYS));
  /** The key of this call, filled up with zeros, as it was given, and its hash. */
  private readonly key = new Uint8Array(KEY_SIZE);
  private keyText = '';
  private keyHash = 0;

  /** Bytes that the records of people may take. */
  private readonly userBytes: number;

  /** Where the half in use begins, NONE when neither is. */
  private half = NONE;
  private generation = 0;
  /** Where the next record goes: erased flash, unless the half is sealed or full. */
  private end = 0;
  /** Something at the end of the log is not whole, so that nothing can be appended. */
  private sealed = false;

  /**
   * Finds what is on `flash`. `deviceBytes` of a half are reserved for records of the device, but at most three
   * quarters; that is also the default. Throws a RangeError when the partition cannot be used, see `FlashRecords`.
   */
  constructor(flash: SdkFlash, deviceBytes = Infinity) {
    this.records = new FlashRecords(flash);
    const { halfLength } = this.records;
    this.userBytes = halfLength - UNIT - Math.min(deviceBytes, Math.floor((halfLength * 3) / 4));
    this.user = new UserStore(this);
    this.mount();
  }

  read(key: string, into: Uint8Array): number {
    return this.readFrom(0, key, into);
  }

  write(key: string, bytes: Uint8Array, from: number, to: number): boolean {
    return this.writeTo(0, key, bytes, from, to);
  }

  remove(key: string): boolean {
    return this.removeFrom(0, key);
  }

  /** `space` is 0 or `USER`. */
  readFrom(space: number, key: string, into: Uint8Array): number {
    this.setKey(key, space);
    try {
      const entry = this.find();
      if (entry === NONE) return -1;
      const at = this.index[entry]!;
      if (!this.records.valueIsWhole(at)) return -1;
      const length = this.records.length;
      if (length <= into.length) this.records.readValue(at, length, into);
      return length;
    } catch {
      return -1;
    }
  }

  writeTo(space: number, key: string, bytes: Uint8Array, from: number, to: number): boolean {
    this.setKey(key, space);
    try {
      const entry = this.find();
      if (entry === NONE && this.freeEntry() === NONE) return false;
      if (space === USER && this.userLength(entry) + this.records.recordLength(to - from) > this.userBytes)
        return false;
      return this.append(RecordKind.value, bytes, from, to) || this.rewrite(RecordKind.value, bytes, from, to);
    } catch {
      return false;
    }
  }

  removeFrom(space: number, key: string): boolean {
    this.setKey(key, space);
    try {
      if (this.find() === NONE) return true;
      return this.append(RecordKind.removed, NOTHING, 0, 0) || this.rewrite(RecordKind.removed, NOTHING, 0, 0);
    } catch {
      return false;
    }
  }

  /** Finds out which half is in use, and what is in it. */
  private mount(): void {
    const halfLength = this.records.halfLength;
    const first = this.generationOf(0);
    const second = this.generationOf(halfLength);
    this.index.fill(0);
    this.half = NONE;
    this.generation = first > second ? first : second;
    if (this.generation === 0) return;
    this.half = first > second ? 0 : halfLength;
    this.sealed = true;
    try {
      this.sealed = !this.scan();
    } catch {
      // Medium failure: what was found until there is readable.
    }
  }

  /** The generation of the half that begins at `half`; 0 when it has no `start`. */
  private generationOf(half: number): number {
    try {
      return this.records.readHeader(half) && this.records.kind === RecordKind.start ? this.records.generation : 0;
    } catch {
      return 0;
    }
  }

  /** Fills the index from the half in use, and finds the end. False when something in it is not whole. */
  private scan(): boolean {
    const { records } = this;
    const halfEnd = this.half + records.halfLength;
    let whole = true;
    this.end = this.half + UNIT;
    while (this.end < halfEnd) {
      if (!records.readHeader(this.end) || records.generation !== this.generation) return records.erased && whole;
      const next = this.end + records.recordLength(records.length);
      if (next > halfEnd) return false;
      records.copyKey(this.key);
      this.keyText = '';
      this.keyHash = crc32(this.key, 0, KEY_SIZE, 0);
      const kind = records.kind;
      // Only the last record can have been cut off; behind one that was damaged later, others count all the same.
      if (records.valueIsWhole(this.end)) this.note(kind, this.end);
      else whole = false;
      this.end = next;
    }
    return whole;
  }

  /** Appends a record of the call's key. False when the half in use has no room, or the flash did not take it. */
  private append(kind: RecordKind, bytes: Uint8Array, from: number, to: number): boolean {
    if (this.half === NONE || this.sealed) return false;
    const { records } = this;
    const halfEnd = this.half + records.halfLength;
    const next = this.end + records.recordLength(to - from);
    if (next > halfEnd) return false;
    this.sealed = true;
    // First: what follows the record must be erased from the moment when the record is whole.
    records.eraseAhead(this.end, next, halfEnd);
    if (!records.writeRecord(this.end, this.generation, kind, this.key, bytes, from, to)) return false;
    this.note(kind, this.end);
    this.end = next;
    this.sealed = false;
    return true;
  }

  /** Takes the other half in use: with all that counts, and with a record of the call's key in place of its old one. */
  private rewrite(kind: RecordKind, bytes: Uint8Array, from: number, to: number): boolean {
    const { records, index } = this;
    const old = this.find();
    let total = UNIT + (kind === RecordKind.value ? records.recordLength(to - from) : 0);
    for (let entry = 0; entry < index.length; entry += 2) {
      if (entry !== old && index[entry] !== 0 && records.readHeader(index[entry]!))
        total += records.recordLength(records.length);
    }
    if (total > records.halfLength) return false;

    const half = this.half === 0 ? records.halfLength : 0;
    const halfEnd = half + records.halfLength;
    const generation = this.generation + 1;
    records.erase(half);
    let at = half + UNIT;
    for (let entry = 0; entry < index.length; entry += 2) {
      const source = index[entry]!;
      if (entry === old || source === 0 || !records.readHeader(source) || !records.valueIsWhole(source)) continue;
      const next = at + records.recordLength(records.length);
      records.eraseAhead(at, next, halfEnd);
      if (!records.copyRecord(source, at, generation)) return false;
      at = next;
    }
    if (kind === RecordKind.value) {
      records.eraseAhead(at, at + records.recordLength(to - from), halfEnd);
      if (!records.writeRecord(at, generation, kind, this.key, bytes, from, to)) return false;
    }
    try {
      records.writeStart(half, generation);
    } finally {
      // Whether it is there decides the flash alone.
      this.mount();
    }
    return this.half === half;
  }

  /** A whole record of the call's key lies at `at`. */
  private note(kind: RecordKind, at: number): void {
    let entry = this.find();
    if (kind !== RecordKind.value) {
      if (entry !== NONE) this.index[entry] = 0;
      return;
    }
    if (entry === NONE) entry = this.freeEntry();
    if (entry === NONE) return;
    this.index[entry] = at;
    this.index[entry + 1] = this.keyHash;
  }

  /** The entry of the call's key, whose header is then read last; or NONE. */
  private find(): number {
    const index = this.index;
    for (let entry = 0; entry < index.length; entry += 2) {
      const at = index[entry]!;
      if (at === 0 || index[entry + 1] !== this.keyHash) continue;
      if (this.records.readHeader(at) && this.records.hasKey(this.key)) return entry;
    }
    return NONE;
  }

  /** An entry for the call's key, which has none yet; or NONE. */
  private freeEntry(): number {
    const isUser = (this.key[0]! & USER) !== 0;
    const end = isUser ? this.index.length : 2 * DEVICE_KEYS;
    for (let entry = isUser ? 2 * DEVICE_KEYS : 0; entry < end; entry += 2) if (this.index[entry] === 0) return entry;
    return NONE;
  }

  /** Bytes that the records of people take, without that of `except`. */
  private userLength(except: number): number {
    const { records, index } = this;
    let total = 0;
    for (let entry = 2 * DEVICE_KEYS; entry < index.length; entry += 2) {
      if (entry === except || index[entry] === 0 || !records.readHeader(index[entry]!)) continue;
      total += records.recordLength(records.length);
    }
    return total;
  }

  private setKey(text: string, space: number): void {
    if (text === this.keyText && text !== '' && (this.key[0]! & USER) === space) return;
    this.keyText = '';
    const length = text.length;
    let valid = length >= 1 && length <= KEY_SIZE;
    for (let i = 0; i < KEY_SIZE && valid; i++) {
      const character = i < length ? text.charCodeAt(i) : 0;
      this.key[i] = character;
      valid = i >= length || isKeyCharacter(character);
    }
    if (!valid) throw new RangeError('store key must have 1 to 15 characters from a-z, 0-9 and -, got "' + text + '"');
    this.key[0] = this.key[0]! | space;
    this.keyText = text;
    this.keyHash = crc32(this.key, 0, KEY_SIZE, 0);
  }
}

/** What people write into a `FlashStore`. */
class UserStore implements Store {
  constructor(private readonly store: FlashStore) {}

  read(key: string, into: Uint8Array): number {
    return this.store.readFrom(USER, key, into);
  }

  write(key: string, bytes: Uint8Array, from: number, to: number): boolean {
    return this.store.writeTo(USER, key, bytes, from, to);
  }

  remove(key: string): boolean {
    return this.store.removeFrom(USER, key);
  }
}

function isKeyCharacter(character: number): boolean {
  return (character >= 0x61 && character <= 0x7a) || (character >= 0x30 && character <= 0x39) || character === 0x2d;
}
