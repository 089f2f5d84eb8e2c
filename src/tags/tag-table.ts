import { checkInteger, checkNumber } from './check-range.js';
import { ADDRESS_SIZE, addressHead, addressTail } from './address.js';
import { placeBytes, TagPlaces } from './tag-places.js';

export { ADDRESS_SIZE };

/** How many kinds of readings per tag are followed with their own times; see `TagTable.stream`. */
export const STREAMS_PER_TAG = 4;

/** Signal strength when the radio gave none (Core 5.4, Vol 4, Part E, 7.7.65.2). */
export const RSSI_UNKNOWN = 127;

/** Size of a `TagTable`, and which columns it has beside those that are always there. */
export interface TagTableOptions {
  /** Tags that have a place, 1 to 4096. Default 64. */
  capacity?: number;
  /**
   * Milliseconds after its last advertisement for which a tag that is not configured keeps its place against a new
   * one. Default 0. With the minimum interval of the report policy here, a crowd larger than the table makes no more
   * readings than the table has places: without, each would be new whenever it is heard, and be reported.
   */
  stay?: number;
  /** Keep mean and maximum of the signal strength since the last report: 6 bytes for each tag. Default false. */
  window?: boolean;
  /** Keep what a `PolicyTable` compares with: 32 bytes for each tag. Default false. */
  events?: boolean;
  /** Fields whose last reported values are kept, 0 to 8: 4 bytes each in each row, and 8 for each tag. Default 0. */
  deltas?: number;
  /**
   * With `deltas`: rows for these values, 1 to four times the capacity, which streams take as they need them; 2 bytes
   * each, and the values. Default: the capacity.
   */
  deltaRows?: number;
  /** Keep by what a tag's last advertisement is known again, see `keepSaid`: 8 bytes for each tag. Default false. */
  repeats?: boolean;
}

/** What an advertisement is known again by; an `AdvertisementDigest` is one. Both numbers have 32 bits, unsigned. */
export interface Digest {
  readonly sum: number;
  readonly remainder: number;
}

/** Bytes of the columns of a `TagTable` with these options, which are not checked. */
export function tagTableBytes(options: TagTableOptions): number {
  const { capacity = 64, window = false, events = false, deltas = 0, deltaRows = capacity, repeats = false } = options;
  const streams = capacity * STREAMS_PER_TAG;
  const wide = 2 * capacity + 1 + streams;
  let words = 2 * capacity + 1 + (events ? 5 : 3) * streams;
  let halves = streams;
  const bytes = placeBytes(capacity) + capacity + 1;
  if (repeats) words += 2 * capacity;
  if (window) {
    words += capacity;
    halves += capacity;
  }
  if (deltas > 0) {
    words += deltas * deltaRows;
    halves += streams + deltaRows;
  }
  return 8 * wide + 4 * words + 2 * halves + bytes;
}

const MAX_COUNT = 0xffffffff;
/** So many of -127 dBm are less than 2^23, as a sum has to be beside its maximum. */
const MAX_WINDOW = 0xffff;
const MAXIMUM_BITS = 8;
const MAXIMUM = 0xff;
/** Bits of the note of `TagTable.keepSaid`. */
export const SAID_NOTE_BITS = 8;
const MAX_DELTAS = 8;
/** Bits of a stream's key that tell its set of fields. */
const SET_BITS = 10;

/**
 * The tags that were heard or are configured, in a table of fixed size; `TagPlaces` says who has a place in it.
 *
 * A tag is known by its 6-byte address, and a call gives its index. The columns are read by index; only the table
 * writes them. Times are those of `Clock.now`, in ms. Nothing but the constructor allocates: 126 bytes for each tag
 * when the capacity is a power of two, up to 130 between, and what the options add.
 *
 * A tag may send several formats in turn (a MikroTik tag sends its own frame, Eddystone and iBeacon), or a part of its
 * values in each packet (temperature in one, humidity in the next), and what was reported of one says nothing of the
 * others: each set of fields of each format is a stream of the tag with its own columns.
 */
export class TagTable extends TagPlaces {
  /** Time of the first advertisement. */
  readonly firstSeen: Float64Array;
  /** Time of the last advertisement; the index `capacity` has that of the tag that was replaced last. */
  readonly lastSeen: Float64Array;
  /** Signal strength of the last advertisement in dBm, `RSSI_UNKNOWN` when there was none; more as `lastSeen`. */
  readonly rssi: Int8Array;
  /** Advertisements heard: 1 for a tag that is new, 0 for one that was only configured; stays at 2^32 - 1. */
  readonly advertisements: Uint32Array;

  /**
   * What a stream has: its `FormatNumber`, and in the lowest `SET_BITS` bits a hash of its fields; 0 when it is free.
   * This column and the next are read by stream, see `stream`. With `deltas` there are two more columns behind it, at
   * `rowsAt` by stream the row that it has, plus 1, 0 for none, and behind these by row, 1 when it is taken.
   */
  private readonly streamKey: Uint16Array;
  private readonly rowsAt: number;
  /** Readings reported, 0 when none was yet; stays at 2^32 - 1. */
  readonly reports: Uint32Array;
  /** Time of the last report; means nothing while `reports` is 0. */
  readonly lastReported: Float64Array;
  /** `Field.events` of the last report that had it, 0 before; with `events` more, see `PolicyTable`. */
  readonly reportedEvents: Uint32Array;
  /** Hash of what was reported last. */
  readonly reportedHash: Uint32Array;
  /** With `events`: the states, and the sequence number plus 1 (0 for none), of what was reported last. */
  readonly reportedStates: Uint32Array | undefined;
  readonly reportedSequence: Uint32Array | undefined;
  /** With `deltas`: as many values in each row, NaN before the first; see `valuesOf`. */
  readonly reportedValues: Float32Array | undefined;
  /** Reports whose values found no free row, since construction. */
  rowsRefused = 0;
  /** `deltas` and `stay` of the options. */
  readonly deltas: number;
  readonly stay: number;

  /**
   * With `window`: advertisements since the last report whose signal strength is known, and of these the sum of the
   * strengths, with their maximum in the lowest `MAXIMUM_BITS` bits.
   */
  private readonly windowCount: Uint16Array | undefined;
  private readonly windowSum: Int32Array | undefined;

  /**
   * With `repeats`, two numbers for each tag, see `keepSaid`: the sum of the digest, and the remainder exclusive or the
   * note; both 0 when nothing is kept. So it is the same advertisement when the sum is, and the remainder exclusive or
   * the second number has no bit beyond SAID_NOTE_BITS: then that is the note.
   */
  readonly said: Uint32Array | undefined;

  /** Throws a RangeError that names the option, its range and the value. */
  constructor(options: TagTableOptions = {}) {
    const { capacity = 64, stay = 0, window = false, events = false, repeats = false } = options;
    const { deltas = 0, deltaRows = capacity } = options;
    checkInteger('tag table capacity', capacity, 1, 4096);
    checkNumber('tag table stay', stay, 0, 86400000, 'ms');
    checkInteger('tag table deltas', deltas, 0, MAX_DELTAS);
    checkInteger('tag table deltaRows', deltaRows, 1, STREAMS_PER_TAG * capacity);
    const streams = capacity * STREAMS_PER_TAG;

    // The columns share one buffer, since each has its price (on XS 3 slots). The narrow ones stand at its end, and
    // wide ones at its beginning, so that all are aligned.
    const buffer = new ArrayBuffer(tagTableBytes(options));
    let end = buffer.byteLength - placeBytes(capacity) - capacity - 1;
    const wordsAt = 8 * (2 * capacity + 1 + streams);
    super(capacity, buffer, wordsAt, end);
    this.deltas = deltas;
    this.stay = stay;
    let at = end + placeBytes(capacity);
    this.rssi = new Int8Array(buffer, at, capacity + 1);
    if (window) this.windowCount = new Uint16Array(buffer, (end -= 2 * capacity), capacity);
    const keys = deltas > 0 ? 2 * streams + deltaRows : streams;
    this.streamKey = new Uint16Array(buffer, (end -= 2 * keys), keys);
    this.rowsAt = streams;
    if (deltas > 0) {
      this.reportedValues = new Float32Array(buffer, (end -= 4 * deltas * deltaRows), deltas * deltaRows);
    }
    if (window) this.windowSum = new Int32Array(buffer, (end -= 4 * capacity), capacity);
    if (repeats) this.said = new Uint32Array(buffer, end - 8 * capacity, 2 * capacity);
    this.firstSeen = new Float64Array(buffer, 0, capacity);
    this.lastSeen = new Float64Array(buffer, (at = 8 * capacity), capacity + 1);
    this.lastReported = new Float64Array(buffer, at + 8 * capacity + 8, streams);
    this.advertisements = new Uint32Array(buffer, (at = wordsAt + 4 * capacity + 4), capacity);
    this.reports = new Uint32Array(buffer, (at += 4 * capacity), streams);
    this.reportedEvents = new Uint32Array(buffer, (at += 4 * streams), streams);
    this.reportedHash = new Uint32Array(buffer, (at += 4 * streams), streams);
    if (events) {
      this.reportedStates = new Uint32Array(buffer, (at += 4 * streams), streams);
      this.reportedSequence = new Uint32Array(buffer, at + 4 * streams, streams);
    }
  }

  /**
   * Notes an advertisement of the tag with the 6 bytes at `address[at]`, heard at `now` with `rssi` dBm, and returns
   * the tag's index. A tag that is not in the table is added; `advertisements` is 1 then. -1 when there is no place
   * for it, which is counted in `refused`.
   */
  update(address: Uint8Array, at: number, now: number, rssi: number): number {
    const head = addressHead(address, at);
    const tail = addressTail(address, at);
    let index = this.findWords(head, tail);
    if (index < 0) {
      index = this.enter(head, tail, now - this.stay);
      if (index < 0) {
        this.refused++;
        return -1;
      }
    }
    this.heard(index, now, rssi);
    return index;
  }

  /** As `update`, of the tag with this index. */
  heard(index: number, now: number, rssi: number): void {
    if (index !== this.newest) /*@__INLINE__*/ this.renew(index);
    const heard = ++this.advertisements[index]!;
    if (heard === 1) this.firstSeen[index] = now;
    else if (heard > MAX_COUNT) this.advertisements[index] = MAX_COUNT;
    this.lastSeen[index] = now;
    this.rssi[index] = rssi;
    const counts = this.windowCount;
    if (counts === undefined || rssi === RSSI_UNKNOWN) return;
    let count = counts[index]!;
    if (count === 0) {
      this.windowSum![index] = (rssi << MAXIMUM_BITS) | (rssi & MAXIMUM);
    } else {
      if (count === MAX_WINDOW) count = /*@__INLINE__*/ this.halveWindow(index);
      const sum = this.windowSum![index]! + (rssi << MAXIMUM_BITS);
      this.windowSum![index] = rssi > (sum << 24) >> 24 ? (sum & ~MAXIMUM) | (rssi & MAXIMUM) : sum;
    }
    counts[index] = count + 1;
  }

  /**
   * With `repeats`: keeps by which digest the tag's last advertisement is known again, and a byte `note` with it, until
   * the place has another tag, its policy changes, or it is forgotten; see `said`.
   */
  keepSaid(index: number, digest: Digest, note: number): void {
    const said = this.said;
    if (said === undefined) return;
    said[2 * index] = digest.sum;
    said[2 * index + 1] = digest.remainder ^ note;
  }

  /**
   * Keeps that the filter accepts the tag as an advertiser with this address type, until the place has another tag, or
   * it is forgotten.
   */
  accept(index: number, addressType: number): void {
    this.ownPolicy[this.capacity + index]! |= 1 << addressType;
  }

  /** True when `accept` was called for this tag and address type. */
  isAccepted(index: number, addressType: number): boolean {
    return ((this.ownPolicy[this.capacity + index]! >> addressType) & 1) !== 0;
  }

  /** Forgets what `keepSaid` and `accept` kept of the tag. */
  forgetSaid(index: number): void {
    this.ownPolicy[this.capacity + index] = 0;
    if (this.said) this.said.fill(0, 2 * index, 2 * index + 2);
  }

  /** Forgets what `keepSaid` and `accept` kept of all tags. */
  forgetAllSaid(): void {
    this.ownPolicy.fill(0, this.capacity);
    if (this.said) this.said.fill(0);
  }

  /**
   * Gives the tag with the 6 bytes at `address[at]` a place of its own, where no other replaces it, and the policy of
   * this number, or `NO_POLICY`. Returns its index, or -1 when all places are configured. A tag that is in the table
   * stays where it is; if its policy changes, what was reported of it is forgotten, so its next reading is a first one.
   */
  configure(address: Uint8Array, at: number, policy: number): number {
    const head = addressHead(address, at);
    const tail = addressTail(address, at);
    let index = this.findWords(head, tail);
    if (index < 0) {
      index = this.enter(head, tail, Infinity);
      if (index < 0) return -1;
    } else if (this.ownPolicy[index] !== policy) {
      this.clearStreams(index);
    }
    this.keep(index, policy);
    return index;
  }

  /**
   * The stream of a tag for a format (1 to 63) with these fields (`Reading.fieldSet`), by which the stream columns are
   * read. A set of fields that was not heard before gets a free stream, or else the one that was reported least
   * recently: it keeps the time of that report, so that a tag with many sets is not reported more often than its
   * interval allows.
   */
  stream(index: number, format: number, fieldSet: number): number {
    const key = (format << SET_BITS) | (fieldSet >>> (32 - SET_BITS));
    const keys = this.streamKey;
    const first = index * STREAMS_PER_TAG;
    let chosen = first;
    for (let stream = first; stream < first + STREAMS_PER_TAG; stream++) {
      const known = keys[stream];
      if (known === key) return stream;
      if (known === 0) {
        keys[stream] = key;
        return stream;
      }
      if (this.isReportedBefore(stream, chosen)) chosen = stream;
    }
    this.clearReported(chosen);
    keys[chosen] = key;
    return chosen;
  }

  /** The `FormatNumber` of a stream, 0 for a free one. */
  formatOf(stream: number): number {
    return this.streamKey[stream]! >>> SET_BITS;
  }

  /** Where the reported values of a stream begin in `reportedValues`; -1 when it has none. */
  valuesOf(stream: number): number {
    const row = this.deltas === 0 ? 0 : this.streamKey[this.rowsAt + stream]!;
    return row === 0 ? -1 : (row - 1) * this.deltas;
  }

  /** As `valuesOf`, but gives the stream a free row when it has none; -1 when there is none, which is counted. */
  takeValues(stream: number): number {
    const known = this.valuesOf(stream);
    if (known >= 0 || this.deltas === 0) return known;
    const rows = this.streamKey;
    const first = 2 * this.rowsAt;
    const found = rows.indexOf(0, first);
    if (found < 0) {
      this.rowsRefused++;
      return -1;
    }
    rows[found] = 1;
    rows[this.rowsAt + stream] = found - first + 1;
    const at = (found - first) * this.deltas;
    this.reportedValues!.fill(NaN, at, at + this.deltas);
    return at;
  }

  /**
   * Notes a report of a stream at `now`, with which the tag's window begins anew. `events` below 0 means that the
   * reading has none.
   */
  reported(stream: number, now: number, events: number, stateHash: number): void {
    const reports = this.reports[stream]!;
    if (reports !== MAX_COUNT) this.reports[stream] = reports + 1;
    this.lastReported[stream] = now;
    if (events >= 0) this.reportedEvents[stream] = events;
    this.reportedHash[stream] = stateHash;
    if (this.windowCount) this.windowCount[(stream / STREAMS_PER_TAG) | 0] = 0;
  }

  /** Advertisements since the tag's last report whose signal strength is known; 0 without `window`. */
  windowSize(index: number): number {
    return this.windowCount ? this.windowCount[index]! : 0;
  }

  /** The mean of their signal strengths in dBm, `RSSI_UNKNOWN` when there is none. */
  windowMean(index: number): number {
    const count = this.windowSize(index);
    return count === 0 ? RSSI_UNKNOWN : (this.windowSum![index]! >> MAXIMUM_BITS) / count;
  }

  /** The largest of their signal strengths in dBm, `RSSI_UNKNOWN` when there is none. */
  windowMax(index: number): number {
    return this.windowSize(index) === 0 ? RSSI_UNKNOWN : (this.windowSum![index]! << 24) >> 24;
  }

  /** Gives a tag a place, not that of another which was heard after `since`; -1 when there is none. */
  private enter(head: number, tail: number, since: number): number {
    const replaced = this.nextReplaced();
    if (replaced >= 0) {
      if (this.lastSeen[replaced]! > since) return -1;
      this.lastSeen[this.capacity] = this.lastSeen[replaced]!;
      this.rssi[this.capacity] = this.rssi[replaced]!;
    }
    const index = this.add(head, tail);
    if (index < 0) return -1;
    this.advertisements[index] = 0;
    this.firstSeen[index] = 0;
    this.lastSeen[index] = 0;
    this.rssi[index] = RSSI_UNKNOWN;
    if (this.windowCount) this.windowCount[index] = 0;
    this.clearStreams(index);
    return index;
  }

  /** A window of hours: the older half of it counts for half. Returns how many advertisements that is. */
  private halveWindow(index: number): number {
    const sum = this.windowSum![index]!;
    this.windowSum![index] = (((sum >> MAXIMUM_BITS) / 2) << MAXIMUM_BITS) | (sum & MAXIMUM);
    return MAX_WINDOW >>> 1;
  }

  private clearStreams(index: number): void {
    for (let i = 0; i < STREAMS_PER_TAG; i++) this.clearStream(index * STREAMS_PER_TAG + i);
    this.forgetSaid(index);
  }

  private clearStream(stream: number): void {
    this.streamKey[stream] = 0;
    this.reports[stream] = 0;
    this.lastReported[stream] = 0;
    this.clearReported(stream);
  }

  /** Forgets what was reported, but not when. */
  private clearReported(stream: number): void {
    this.reportedEvents[stream] = 0;
    this.reportedHash[stream] = 0;
    if (this.reportedStates) this.reportedStates[stream] = 0;
    if (this.reportedSequence) this.reportedSequence[stream] = 0;
    if (this.deltas === 0) return;
    const rows = this.streamKey;
    const row = rows[this.rowsAt + stream]!;
    if (row === 0) return;
    rows[2 * this.rowsAt + row - 1] = 0;
    rows[this.rowsAt + stream] = 0;
  }

  private isReportedBefore(stream: number, other: number): boolean {
    if (this.reports[other] === 0) return false;
    return this.reports[stream] === 0 || this.lastReported[stream]! < this.lastReported[other]!;
  }
}
