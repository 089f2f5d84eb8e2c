import { Field, FIELD_COUNT } from './field.js';

/** How far the content of an advertisement could be read. */
export const enum ReadingState {
  /** Nothing was recognised. */
  none = 0,
  /** Decoded. */
  ok = 1,
  /** Recognised; the content is encrypted in a way that no key given to us opens. */
  encrypted = 2,
  /** Recognised; a key would open it, and none is configured for the tag. */
  keyMissing = 3,
  /** Recognised; the key that is configured does not fit. */
  authenticationFailed = 4,
  /** Looks like the format, but breaks its rules. */
  malformed = 5,
  /** A version of the format that is not known here. */
  unsupported = 6,
}

/** What the identity bytes of a reading are. */
export const enum IdentityKind {
  none = 0,
  /** 16 bytes of a UUID, first byte first (iBeacon, AltBeacon). */
  uuid = 1,
  /** 10 bytes of namespace, 6 bytes of instance (Eddystone-UID). */
  eddystoneUid = 2,
  /** Scheme byte and encoded URL, as on air (Eddystone-URL); `writeEddystoneUrl` expands it. */
  url = 3,
  /** 8 bytes of an ephemeral identifier (Eddystone-EID). */
  eid = 4,
}

/** The most identity bytes: an Eddystone URL of 17 bytes behind its scheme. */
export const IDENTITY_SIZE = 18;

/** The most formats that one advertisement is taken to carry; further ones are merged, but not listed. */
export const FORMATS_SIZE = 4;

const MAX_VALUE = 9007199254740991;

/**
 * What one advertisement says. Made once and used again for every advertisement: decoding clears it and writes
 * into it, and allocates nothing.
 *
 * Several formats in one advertisement merge: the first value of a field stays, and so does the first identity.
 */
export class Reading {
  /** `FormatNumber` of the format that `state` speaks of, 0 when none was recognised. */
  format = 0;
  /** A `ReadingState`. */
  state: ReadingState = ReadingState.none;
  /** All formats that were merged, in the order on air: the first `formatCount` entries. */
  readonly formats: Uint8Array;
  formatCount = 0;
  /** An `IdentityKind`; the identity is the first `identityLength` bytes of `identity`. */
  identityKind: IdentityKind = IdentityKind.none;
  identityLength = 0;
  readonly identity: Uint8Array;

  private readonly values: Float64Array;
  /** The values once more, as bits. */
  private readonly words: Uint32Array;
  private readonly present: Uint8Array;

  constructor() {
    // One buffer costs less than four.
    const at = FIELD_COUNT * 8;
    const buffer = new ArrayBuffer(at + FIELD_COUNT + FORMATS_SIZE + IDENTITY_SIZE);
    this.values = new Float64Array(buffer, 0, FIELD_COUNT);
    this.words = new Uint32Array(buffer, 0, FIELD_COUNT * 2);
    this.present = new Uint8Array(buffer, at, FIELD_COUNT);
    this.formats = new Uint8Array(buffer, at + FIELD_COUNT, FORMATS_SIZE);
    this.identity = new Uint8Array(buffer, at + FIELD_COUNT + FORMATS_SIZE, IDENTITY_SIZE);
  }

  /** Forgets everything. */
  clear(): void {
    this.format = 0;
    this.state = ReadingState.none;
    this.formatCount = 0;
    this.identityKind = IdentityKind.none;
    this.identityLength = 0;
    this.present.fill(0);
  }

  has(field: Field): boolean {
    return this.present[field] === 1;
  }

  /** The value in the field's unit; 0 when it is absent. */
  get(field: Field): number {
    return this.present[field] === 1 ? this.values[field]! : 0;
  }

  /**
   * Gives a field its value, unless it already has one. A value that is no number, or whose magnitude is above
   * 2^53 - 1, leaves the field absent: no sensor means it, and no payload could carry it exactly.
   */
  set(field: Field, value: number): void {
    if (this.present[field] !== 0 || !(value >= -MAX_VALUE && value <= MAX_VALUE)) return;
    // Turns -0 into 0, so that equal values have equal bits.
    this.values[field] = value + 0;
    this.present[field] = 1;
  }

  /** Takes `bytes[from..from + length)` as identity, unless there is one or it is longer than `IDENTITY_SIZE`. */
  setIdentity(kind: IdentityKind, bytes: Uint8Array, from: number, length: number): void {
    if (this.identityKind !== IdentityKind.none || length > IDENTITY_SIZE) return;
    this.identityKind = kind;
    this.identityLength = length;
    for (let i = 0; i < length; i++) this.identity[i] = bytes[from + i]!;
  }

  /** Lists a format among those that were merged. */
  addFormat(format: number): void {
    if (this.formatCount < FORMATS_SIZE) this.formats[this.formatCount++] = format;
  }

  /** Becomes equal to `other`. */
  copy(other: Reading): void {
    this.format = other.format;
    this.state = other.state;
    this.formatCount = other.formatCount;
    this.identityKind = other.identityKind;
    this.identityLength = other.identityLength;
    if (other === this) return;
    this.formats.set(other.formats);
    this.identity.set(other.identity);
    this.values.set(other.values);
    this.present.set(other.present);
  }

  /**
   * A 32-bit hash (FNV-1a) of format, state, identity and all values, for "is it still the same". The two fields that
   * change by themselves, uptime and the count of advertisements, are left out.
   */
  stateHash(): number {
    let hash = 0x811c9dc5;
    hash = Math.imul(hash ^ this.format, 0x01000193);
    hash = Math.imul(hash ^ this.state, 0x01000193);
    hash = Math.imul(hash ^ this.identityKind, 0x01000193);
    for (let i = 0; i < this.identityLength; i++) hash = Math.imul(hash ^ this.identity[i]!, 0x01000193);
    for (let field = 0; field < FIELD_COUNT; field++) {
      if (this.present[field] === 0 || field === Field.uptime || field === Field.advertisementCount) continue;
      hash = Math.imul(hash ^ field, 0x01000193);
      hash = mixWord(hash, this.words[2 * field]!);
      hash = mixWord(hash, this.words[2 * field + 1]!);
    }
    return hash >>> 0;
  }
}

function mixWord(hash: number, word: number): number {
  hash = Math.imul(hash ^ (word & 0xff), 0x01000193);
  hash = Math.imul(hash ^ ((word >>> 8) & 0xff), 0x01000193);
  hash = Math.imul(hash ^ ((word >>> 16) & 0xff), 0x01000193);
  return Math.imul(hash ^ (word >>> 24), 0x01000193);
}
