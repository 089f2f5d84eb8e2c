import type { Log, Store } from '../../src/hal/index.js';
import { crc32 } from '../../src/telemetry/crc32.js';

/** The SDK's module `preference`, as far as it is used here. */
export interface SdkPreference {
  /** Replaces a value, in two steps: a power cut between them leaves none. Throws when there is no room. */
  set(domain: string, name: string, value: ArrayBuffer): void;
  get(domain: string, name: string): unknown;
  delete(domain: string, name: string): void;
}

/** What one chip's preferences take. */
export interface PreferenceLimits {
  /** Bytes of one value. */
  partBytes: number;
  /** Values that one stored value may be cut into, 1 to 36. */
  parts: number;
}

/** ESP32: NVS, where a value has at most 4,000 bytes and the SDK's partition 24 KB. */
export const ESP32_PREFERENCES: PreferenceLimits = Object.freeze({ partBytes: 4000, parts: 2 });

/**
 * ESP8266: one flash sector of 4 KB for everything. The SDK writes values of 63 bytes, but reads them back through a
 * buffer of 64 that has a type and a length in front, so 61 is what comes back whole.
 */
export const ESP8266_PREFERENCES: PreferenceLimits = Object.freeze({ partBytes: 61, parts: 16 });

/** Version, sequence number, length (2), CRC-32 (4). */
const HEADER = 8;
const VERSION = 1;
/** A part's number is one character of its domain. */
const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyz';

/**
 * Small values in the SDK's preferences, for what changes rarely: a flash sector lasts for some 10,000 writes.
 *
 * A value is written beside its predecessor, first part last, and counts only when its length and CRC are right; then
 * the predecessor is removed. So a power cut leaves the old value or the new one. Copy and part are in the domain
 * (`tagwire-a0`), so names keep all of NVS's 15 characters. Stores of different `space` share the room and no values.
 *
 * On ESP8266 the SDK itself loses all preferences when the power fails in the very moment in which it compacts their
 * sector.
 */
export class PreferenceStore implements Store {
  constructor(
    private readonly preference: SdkPreference,
    private readonly limits: PreferenceLimits,
    private readonly log?: Log,
    private readonly space: '' | 'user' = '',
  ) {}

  read(key: string, into: Uint8Array): number {
    const copy = this.newest(key);
    if (copy === '') {
      if (this.part('a', 0, key) || this.part('b', 0, key)) this.log?.line('store: ' + key + ' is damaged; left out');
      return -1;
    }
    const length = this.load(copy, key)!.length;
    if (length > into.length) return length;
    this.copyParts(copy, key, length, into);
    return length;
  }

  /** False also for more than `partBytes` x `parts` - 8 bytes. */
  write(key: string, bytes: Uint8Array, from: number, to: number): boolean {
    const { partBytes, parts } = this.limits;
    const length = to - from;
    const count = Math.ceil((length + HEADER) / partBytes);
    if (length > 0xffff || count > parts) return false;
    const old = this.newest(key);
    const copy = old === 'a' ? 'b' : 'a';
    const whole = new Uint8Array(HEADER + length);
    whole[0] = VERSION;
    whole[1] = old === '' ? 0 : this.load(old, key)!.sequence + 1;
    whole[2] = length >> 8;
    whole[3] = length;
    whole.set(bytes.subarray(from, to), HEADER);
    writeUint32(whole, 4, crc32(whole, HEADER, whole.length, crc32(whole, 0, 4, 0)));
    try {
      for (let part = count - 1; part >= 0; part--) {
        const end = Math.min((part + 1) * partBytes, whole.length);
        this.preference.set(this.domain(copy, part), key, whole.slice(part * partBytes, end).buffer);
      }
    } catch {
      // The copy is not whole, which is found out below.
    }
    const stored = this.newest(key) === copy;
    this.removeCopy(stored ? old : copy, key);
    return stored;
  }

  remove(key: string): boolean {
    const newest = this.newest(key) === 'a' ? 'a' : 'b';
    // The older copy first: when the power fails in between, the newer one still counts.
    return this.removeCopy(newest === 'a' ? 'b' : 'a', key) && this.removeCopy(newest, key);
  }

  /** The copy that counts, `a` or `b`, or an empty text when none is whole. */
  private newest(key: string): string {
    const a = this.load('a', key);
    const b = this.load('b', key);
    if (!a) return b ? 'b' : '';
    if (!b) return 'a';
    return ((a.sequence - b.sequence) << 24) >> 24 > 0 ? 'a' : 'b';
  }

  /** Reads a copy's header, and checks all of it. */
  private load(copy: string, key: string): { sequence: number; length: number } | undefined {
    const first = this.part(copy, 0, key);
    if (!first || first.length < HEADER || first[0] !== VERSION) return undefined;
    const length = (first[2]! << 8) | first[3]!;
    let crc = crc32(first, 0, 4, 0);
    let checked = 0;
    for (let part = 0; checked < length || part === 0; part++) {
      const bytes = part === 0 ? first : this.part(copy, part, key);
      const begin = part === 0 ? HEADER : 0;
      if (!bytes || (bytes.length === begin && length > 0)) return undefined;
      crc = crc32(bytes, begin, bytes.length, crc);
      checked += bytes.length - begin;
    }
    if (checked !== length || crc !== readUint32(first, 4)) return undefined;
    return { sequence: first[1]!, length };
  }

  private copyParts(copy: string, key: string, length: number, into: Uint8Array): void {
    let at = 0;
    for (let part = 0; at < length; part++) {
      const bytes = this.part(copy, part, key)!;
      const begin = part === 0 ? HEADER : 0;
      into.set(bytes.subarray(begin), at);
      at += bytes.length - begin;
    }
  }

  private part(copy: string, part: number, key: string): Uint8Array | undefined {
    if (part >= this.limits.parts) return undefined;
    try {
      const value = this.preference.get(this.domain(copy, part), key);
      return value instanceof ArrayBuffer ? new Uint8Array(value) : undefined;
    } catch {
      return undefined;
    }
  }

  private domain(copy: string, part: number): string {
    return 'tagwire-' + this.space + copy + DIGITS[part]!;
  }

  /**
   * From the first part on: without it the others are nothing. False when it is still there. No copy, no work. That of
   * an ESP32 deletes nothing, and does not throw, when it cannot open NVS, so the first part is looked for again.
   */
  private removeCopy(copy: string, key: string): boolean {
    if (copy === '') return true;
    for (let part = 0; part < this.limits.parts; part++) {
      const domain = this.domain(copy, part);
      try {
        if (this.preference.get(domain, key) === undefined) continue;
        this.preference.delete(domain, key);
        if (part === 0 && this.preference.get(domain, key) !== undefined) return false;
      } catch {
        return part > 0;
      }
    }
    return true;
  }
}

function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 24;
  bytes[at + 1] = value >> 16;
  bytes[at + 2] = value >> 8;
  bytes[at + 3] = value;
}

function readUint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}
