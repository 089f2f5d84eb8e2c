import { Reading } from '../../tags/reading.js';
import { ADDRESS_SIZE, RSSI_UNKNOWN } from '../../tags/tag-table.js';

/** What a report tells. Written to the outbox: append only. */
export const enum ReportKind {
  /** What a tag measures or says. */
  reading = 0,
  /** The tag is here; `reading` says nothing. */
  arrived = 1,
  /** The tag is away; `reading` says nothing. */
  away = 2,
}

/** How many kinds there are. */
export const REPORT_KIND_COUNT = 3;

/** A reading with what the gateway knows about it: what a message to the cloud is made from. Made once, used again. */
export class Report {
  kind: ReportKind = ReportKind.reading;
  readonly reading = new Reading();
  /** The tag's address, most significant byte first. */
  readonly address = new Uint8Array(ADDRESS_SIZE);
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

  /** Takes mean and maximum of a window of `count` advertisements; they are left out when that is one or none. */
  setWindow(count: number, mean: number, maximum: number): void {
    this.rssiMean = count > 1 ? mean : RSSI_UNKNOWN;
    this.rssiMax = count > 1 ? maximum : RSSI_UNKNOWN;
  }
}
