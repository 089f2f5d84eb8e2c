import { Field, FIELD_COUNT, fieldMaxima, fieldMinima, nextOfKind, type State } from './field.js';

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
  /** Opened with the key, but older than what was accepted before: someone plays a recording. */
  replayed = 7,
}

/** How many states there are; a new one has the next number, since they are written to the outbox. */
export const READING_STATE_COUNT = 8;

/** What the identity bytes of a reading are. Written to the outbox: append only. */
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
  /** 6 bytes of an address in the order in which it is written, when it is not the advertiser's. */
  address = 5,
  /** Printable ASCII: a text or a serial number that the tag sends. */
  text = 6,
  /** Bytes of any meaning. */
  raw = 7,
}

/** How many kinds there are. */
export const IDENTITY_KIND_COUNT = 8;

/** The most identity bytes: an Eddystone URL of 17 bytes behind its scheme. */
export const IDENTITY_SIZE = 18;

/** The most formats that one advertisement is taken to carry; further ones are merged, but not listed. */
export const FORMATS_SIZE = 4;

/** The most fields that one reading holds, which bounds its record in the outbox. */
export const MAX_FIELDS = 32;

/** Bits of `Field.statesKnown` and `Field.moreStatesKnown`. */
const KNOWN = (1 << Field.statesKnown) | (1 << Field.moreStatesKnown);
/** Words of a bitmap of fields. */
export const MAP_WORDS = 4;

/**
 * A step of a hash takes one word, `(hash * factor + word) % modulus`, or two at once,
 * `(hash * factor + word * factor2 + nextWord) % modulus`, which XS does with fewer instructions; see
 * `AdvertisementDigest`.
 */
export const enum HashStep {
  /** The least prime above 2^32, so that different words are different residues. */
  modulus = 4294967311,
  /** Chosen at random below 2^20, both, so that no sum of products loses a bit of a double. */
  factor = 897931,
  factor2 = 653659,
}

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
  /** How many fields there are. */
  fieldCount = 0;
  /** Fields that found no room, since the reading has `MAX_FIELDS` or no further field is of their kind. */
  leftOut = 0;
  /** Changes with every reading that this one becomes: see `Report.isRecord`. */
  edition = 0;
  /** Bits of the tag's own counter in `Field.sequence`, after which it begins again at 0; 0 when it has none. */
  sequenceBits = 0;

  /** By `Field`; what counts is those that are present. To be read alone, as `present`, by loops over all fields. */
  readonly values: Float64Array;
  /**
   * Two bitmaps of `MAP_WORDS` words: the fields that are present, and those of them that were when the current format
   * began.
   */
  readonly present: Uint32Array;
  /** The values again, as two words each, in the order of the machine. */
  private readonly valueWords: Uint32Array;

  constructor() {
    // One buffer costs less than four.
    const at = FIELD_COUNT * 8;
    const bytes = at + 2 * MAP_WORDS * 4;
    const buffer = new ArrayBuffer(bytes + FORMATS_SIZE + IDENTITY_SIZE);
    this.values = new Float64Array(buffer, 0, FIELD_COUNT);
    this.valueWords = new Uint32Array(buffer, 0, 2 * FIELD_COUNT);
    this.present = new Uint32Array(buffer, at, 2 * MAP_WORDS);
    this.formats = new Uint8Array(buffer, bytes, FORMATS_SIZE);
    this.identity = new Uint8Array(buffer, bytes + FORMATS_SIZE, IDENTITY_SIZE);
  }

  /** Forgets everything. */
  clear(): void {
    this.edition++;
    this.format = 0;
    this.state = ReadingState.none;
    this.formatCount = 0;
    this.identityKind = IdentityKind.none;
    this.identityLength = 0;
    this.fieldCount = 0;
    this.leftOut = 0;
    this.sequenceBits = 0;
    this.present.fill(0);
  }

  has(field: Field): boolean {
    // A shift takes its count modulo 32, here and below.
    return ((this.present[field >> 5]! >>> field) & 1) !== 0;
  }

  /** The value in the field's unit; 0 when it is absent. */
  get(field: Field): number {
    return (this.present[field >> 5]! >>> field) & 1 ? this.values[field]! : 0;
  }

  /**
   * The number of the first present field above `field`, or -1. All of them, in order:
   * `for (let field = reading.nextField(-1); field >= 0; field = reading.nextField(field))`.
   */
  nextField(field: number): number {
    const from = field + 1;
    let word = from >> 5;
    if (word >= MAP_WORDS) return -1;
    let bits = this.present[word]! & (-1 << (from & 31));
    while (bits === 0) {
      if (++word === MAP_WORDS) return -1;
      bits = this.present[word]!;
    }
    return 32 * word + 31 - Math.clz32(bits & -bits);
  }

  /**
   * Gives a field its value, unless it already has one. A value that is not a number, or that no sensor can mean (below
   * `fieldMinima` or above `fieldMaxima`), leaves the field absent.
   */
  set(field: Field, value: number): void {
    const known = this.present[field >> 5]!;
    if ((known >>> field) & 1 || !(value >= fieldMinima[field]! && value <= fieldMaxima[field]!)) return;
    if (this.fieldCount === MAX_FIELDS) {
      this.leftOut++;
      return;
    }
    this.fieldCount++;
    this.present[field >> 5] = known | (1 << field);
    // Turns -0 into 0, so that equal values have equal bits.
    this.values[field] = value + 0;
  }

  /**
   * As `set`, but when the current format gave the field before, the value goes to the next field of its kind:
   * `temperature`, `temperature2`, `temperature3` … For formats that repeat a type, such as one for each probe.
   */
  add(field: Field, value: number): void {
    let at: number = field;
    while (this.isOwn(at)) {
      at = nextOfKind(at);
      if (at < 0) {
        this.leftOut++;
        return;
      }
    }
    this.set(at, value);
  }

  /** Says whether a `State` is true. The first word on it stays, as with a field. */
  setState(state: State, value: boolean): void {
    const bit = 1 << (state & 31);
    const states = state < 32 ? Field.states : Field.moreStates;
    const known = states + 1;
    if (!this.has(states)) {
      if (this.fieldCount + 2 > MAX_FIELDS) {
        this.leftOut++;
        return;
      }
      this.set(states, 0);
      this.set(known, 0);
    }
    if (this.values[known]! & bit) return;
    this.values[known] = (this.values[known]! | bit) >>> 0;
    if (value) this.values[states] = (this.values[states]! | bit) >>> 0;
  }

  /** 1 when the state is true, 0 when it is false, -1 when nothing is said of it. */
  getState(state: State): number {
    const bit = 1 << (state & 31);
    const states = state < 32 ? Field.states : Field.moreStates;
    if (!(this.get(states + 1) & bit)) return -1;
    return this.get(states) & bit ? 1 : 0;
  }

  /**
   * Sets `Field.sequence`: the tag's own number of the measurement or packet, of so many bits (1 to 48). An
   * advertisement with the same number says the same again.
   */
  setSequence(sequence: number, bits: number): void {
    if (this.has(Field.sequence)) return;
    this.set(Field.sequence, sequence);
    this.sequenceBits = bits;
  }

  /**
   * A 32-bit hash of what the reading speaks of, whatever the values are: its fields, the states that are
   * known, the kind of its identity.
   */
  fieldSet(): number {
    const present = this.present;
    let set = present[0]!;
    if ((present[1]! | present[2]! | present[3]!) !== 0) {
      for (let word = 1; word < MAP_WORDS; word++) {
        const bits = present[word]!;
        set ^= (bits << (7 * word)) | (bits >>> (32 - 7 * word));
      }
    }
    if (present[0]! & KNOWN) {
      set = (set << 5) ^ (set >>> 27) ^ this.get(Field.statesKnown);
      set = (set << 5) ^ (set >>> 27) ^ this.get(Field.moreStatesKnown);
    }
    set ^= this.identityKind << 27;
    // Every bit moves those above it, so the highest ones say most.
    return Math.imul(set ^ (set >>> 15), 0x85ebca6b);
  }

  /**
   * Goes on with `hash` over the fields 32 * `word` to 32 * `word` + 31, but those of which `skip` has the bit: which
   * ones are there, and all bits of their values. It is the value of a polynomial modulo a prime, as
   * `AdvertisementDigest` has it, and differs between machines that store numbers in another order.
   */
  hashFields(hash: number, word: number, skip: number): number {
    let bits = this.present[word]! & ~skip;
    if (bits === 0) return hash;
    const words = this.valueWords;
    hash = (hash * HashStep.factor + (bits >>> 0)) % HashStep.modulus;
    const first = 64 * word;
    do {
      const bit = 31 - Math.clz32(bits);
      bits ^= 1 << bit;
      const at = first + 2 * bit;
      hash = (hash * HashStep.factor + words[at]! * HashStep.factor2 + words[at + 1]!) % HashStep.modulus;
    } while (bits !== 0);
    return hash;
  }

  /** Takes `bytes[from..from + length)` as identity, unless there is one or it is longer than `IDENTITY_SIZE`. */
  setIdentity(kind: IdentityKind, bytes: Uint8Array, from: number, length: number): void {
    if (this.identityKind !== IdentityKind.none || length > IDENTITY_SIZE) return;
    this.identityKind = kind;
    this.identityLength = length;
    for (let i = 0; i < length; i++) this.identity[i] = bytes[from + i]!;
  }

  /** Begins the fields of another format, see `add`. */
  beginFormat(): void {
    this.present.copyWithin(MAP_WORDS, 0, MAP_WORDS);
  }

  /** Lists a format among those that were merged, once. */
  addFormat(format: number): void {
    for (let i = 0; i < this.formatCount; i++) if (this.formats[i] === format) return;
    if (this.formatCount < FORMATS_SIZE) this.formats[this.formatCount++] = format;
  }

  /** Becomes equal to `other`. */
  copy(other: Reading): void {
    this.edition++;
    this.format = other.format;
    this.state = other.state;
    this.formatCount = other.formatCount;
    this.identityKind = other.identityKind;
    this.identityLength = other.identityLength;
    this.fieldCount = other.fieldCount;
    this.leftOut = other.leftOut;
    this.sequenceBits = other.sequenceBits;
    if (other === this) return;
    this.formats.set(other.formats);
    this.identity.set(other.identity);
    this.values.set(other.values);
    this.present.set(other.present);
  }

  private isOwn(field: number): boolean {
    const word = field >> 5;
    return (((this.present[word]! & ~this.present[MAP_WORDS + word]!) >>> field) & 1) !== 0;
  }
}
