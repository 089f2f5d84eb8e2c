import { HEX, writeHex } from '../../bytes/hex.js';
import type { Configuration } from '../../settings/configuration.js';
import { ADVERTISEMENT_BYTES, ReportKind } from '../../telemetry/report/report.js';
import type { Report } from '../../telemetry/report/report.js';
import { Item, writeItemText } from '../items.js';

/** Bytes around an advertisement that is kept, in the report that the queue reads. */
const AROUND = 16;

/**
 * From now on the advertisement of each reading is kept with it, and its memory asked for. For
 * `CloudDefinition.connect`.
 */
export function keepAdvertisements({ tags }: Configuration): void {
  if (!tags) return;
  tags.advertisementSize = ADVERTISEMENT_BYTES;
  tags.memory += ADVERTISEMENT_BYTES + AROUND;
}

/**
 * Writes the advertisement of a reading in hexadecimal, its AD structures as they were heard, to `into[from..to)` and
 * returns its length in bytes, or -1 when it does not fit; of a tag that arrived or is away, the word `arrived` or
 * `away`. Without an advertisement (the reading was stored before it was asked for) nothing is written. Allocates
 * nothing.
 */
export function writeReportRaw(report: Report, into: Uint8Array, from: number, to: number): number {
  if (to > into.length) to = into.length;
  const { advertisement, advertisementLength } = report;
  const end =
    report.kind === ReportKind.reading
      ? writeHex(HEX, advertisement, 0, advertisementLength, into, from, to)
      : writeItemText(report, Item.presence, into, from, to);
  return end < 0 ? -1 : end - from;
}
