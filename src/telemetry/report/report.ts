import { Reading } from '../../tags/reading.js';
import { ADDRESS_SIZE, RSSI_UNKNOWN } from '../../tags/tag-table.js';

/** What a report tells. Written to the outbox: append only; 3 is taken there, see `report-record.ts`. */
export const enum ReportKind {
  /** What a tag measures or says. */
  reading = 0,
  /** The tag is here; `reading` says nothing. */
  arrived = 1,
  /** The tag is away; `reading` says nothing. */
  away = 2,
}

/** Bytes of an advertisement that can be kept: a legacy one and its scan response, or one of a Ruuvi Air. */
export const ADVERTISEMENT_BYTES = 62;

const NO_BYTES = new Uint8Array(0);

/** A reading with what the gateway knows about it: what a message to the cloud is made from. Made once, used again. */
export class Report {
  kind: ReportKind = ReportKind.reading;
  readonly reading = new Reading();
  /** The tag's address, most significant byte first. */
  readonly address = new Uint8Array(ADDRESS_SIZE);
  /**
   * The advertisement that the reading was decoded from, as far as it is kept: `advertisement[0..advertisementLength)`.
   * It has no room unless the configuration asks for it.
   */
  readonly advertisement: Uint8Array;
  advertisementLength = 0;
  /** dBm, of the last advertisement; `RSSI_UNKNOWN` when there is none. */
  rssi = RSSI_UNKNOWN;
  /**
   * dBm, of all advertisements since the last report of the tag; `RSSI_UNKNOWN` when there is no more than one. The
   * mean is a multiple of 0.1 when it comes from the outbox.
   */
  rssiMean = RSSI_UNKNOWN;
  rssiMax = RSSI_UNKNOWN;
  /** Estimated distance in metres, 0 when it is not known; an f32 when it comes from the outbox. */
  distance = 0;
  /** When it was heard or decided: whole milliseconds since 1970-01-01T00:00:00Z, 0 when the time was not known. */
  unixTime = 0;
  /** Where `unixTime` was not known: the same in whole milliseconds since the start `boot`; else 0. */
  uptime = 0;
  /** `unixTime` was found out later, from the uptime. */
  timeEstimated = false;
  /** Of a tag that is away: when it was heard last, as `unixTime`, or as `uptime` where only that is known; else 0. */
  lastSeen = 0;
  /** Number of the start in which it was made, 0 when it is not known. With `sequence` it names the report. */
  boot = 0;
  /** Number of the report since that start, 0 to 2^32 - 1. */
  sequence = 0;

  /** See `isRecord`. */
  private recordOwner: object | undefined = undefined;
  private recordAt = 0;
  private recordEdition = 0;

  /** `advertisementSize`: bytes of an advertisement that can be kept. Default: none. */
  constructor(advertisementSize?: number) {
    this.advertisement = advertisementSize ? new Uint8Array(advertisementSize) : NO_BYTES;
  }

  /**
   * Keeps the advertisement `bytes[from..to)`, if there is room for any; of one that is too long, the AD structures
   * that fit.
   */
  keepAdvertisement(bytes: Uint8Array, from: number, to: number): void {
    const advertisement = this.advertisement;
    this.advertisementLength = 0;
    if (advertisement.length === 0) return;
    let end = to;
    if (to - from > advertisement.length) {
      end = from;
      while (end + 1 + bytes[end]! - from <= advertisement.length) end += 1 + bytes[end]!;
    }
    for (let i = from; i < end; i++) advertisement[i - from] = bytes[i]!;
    this.advertisementLength = end - from;
  }

  /** The record at `at` in the memory of `owner` says what the report says; `owner` undefined: none does. */
  noteRecord(owner: object | undefined, at: number): void {
    this.recordOwner = owner;
    this.recordAt = at;
    this.recordEdition = this.reading.edition;
  }

  /**
   * True when the report says still what that record says. Whoever changes anything of the report but its reading has
   * to give it to an outbox, or to call `noteRecord(undefined, 0)`.
   */
  isRecord(owner: object, at: number): boolean {
    return this.recordAt === at && this.recordOwner === owner && this.recordEdition === this.reading.edition;
  }

  /** Takes mean and maximum of a window of `count` advertisements; they are left out when that is one or none. */
  setWindow(count: number, mean: number, maximum: number): void {
    this.rssiMean = count > 1 ? mean : RSSI_UNKNOWN;
    this.rssiMax = count > 1 ? maximum : RSSI_UNKNOWN;
  }
}
