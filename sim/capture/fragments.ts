import { type AdvertisingReport, DataStatus } from './hci-reports.js';

/** The longest AdvData that a `Scanner` delivers. */
const LONGEST_ADVERTISEMENT = 255;

/** Joins the fragments of extended advertisements, which a controller reports one by one. */
export class Fragments {
  /** Advertisements of which a part was never received, and ones longer than 255 bytes. */
  incomplete = 0;
  tooLong = 0;

  private readonly pending = new Map<string, Uint8Array>();

  /** Takes the next report; returns it, with all its data, when it completes an advertisement. */
  join(report: AdvertisingReport): AdvertisingReport | undefined {
    const key = [report.address.join(), report.addressType, report.set, report.scanResponse].join(' ');
    const before = this.pending.get(key);
    let bytes = report.bytes;
    if (before !== undefined) {
      bytes = new Uint8Array(before.length + report.bytes.length);
      bytes.set(before);
      bytes.set(report.bytes, before.length);
    }
    if (report.status === DataStatus.partial) {
      // One byte more than is delivered is enough to know that it is too long.
      this.pending.set(key, bytes.subarray(0, LONGEST_ADVERTISEMENT + 1));
      return undefined;
    }
    this.pending.delete(key);
    if (report.status === DataStatus.truncated) {
      this.incomplete++;
      return undefined;
    }
    if (bytes.length > LONGEST_ADVERTISEMENT) {
      this.tooLong++;
      return undefined;
    }
    return { ...report, bytes };
  }

  /** Counts what is still without its last fragment as incomplete. */
  end(): void {
    this.incomplete += this.pending.size;
    this.pending.clear();
  }
}
