import {
  CborType,
  endCborItem,
  endCborText,
  putCborBoolean,
  putCborHead,
  putCborNumber,
} from '../../bytes/cbor-writer.js';
import { roundDecimal } from '../../bytes/decimal.js';
import { eventNames } from '../../tags/field-names.js';
import type { Report } from '../../telemetry/report/report.js';
import { Item, itemDecimals, itemNames, itemNumber, ItemType, itemType, nextItem, writeItemText } from '../items.js';
import { ListBatch } from '../list-batch.js';

/**
 * Writes a report of any kind as one CBOR map (RFC 8949) to `into[from..to)` and returns its length in bytes, or -1
 * when it does not fit (bytes of the range may have been written then). Allocates nothing.
 *
 * It says what the JSON of `writeReportJson` says, under the same keys and in the same order:
 * whole numbers are integers, others the shortest float that is exactly the number that JavaScript reads from the JSON,
 * and lengths are definite.
 */
export function writeReportCbor(report: Report, into: Uint8Array, from: number, to: number): number {
  if (to > into.length) to = into.length;
  if (from >= to) return -1;
  let at = from + 1;
  let pairs = 0;
  for (let item = nextItem(report, -1); item >= 0; item = nextItem(report, item)) {
    at = putName(item, into, at, to);
    at = putValue(report, item, into, at, to);
    if (at < 0) return -1;
    pairs++;
  }
  at = endCborItem(CborType.map, pairs, into, from, at, to);
  return at < 0 ? -1 : at - from;
}

function putName(item: number, into: Uint8Array, at: number, to: number): number {
  at = putCborHead(CborType.text, itemNames.length(item), into, at, to);
  return itemNames.put(item, into, at, to);
}

function putValue(report: Report, item: number, into: Uint8Array, at: number, to: number): number {
  const type = itemType(report, item);
  if (type === ItemType.number) {
    return putCborNumber(roundDecimal(itemNumber(report, item), itemDecimals(item)), into, at, to);
  }
  if (type === ItemType.boolean) return putCborBoolean(itemNumber(report, item) === 1, into, at, to);
  if (at < 0) return -1;
  if (type === ItemType.text) return endCborText(into, at, writeItemText(report, item, into, at + 1, to), to);
  const events = itemNumber(report, item);
  let end = at + 1;
  let count = 0;
  for (let bit = 0; bit < eventNames.length; bit++) {
    if ((events & (1 << bit)) === 0) continue;
    end = putName(Item.eventBits + bit, into, end, to);
    count++;
  }
  return endCborItem(CborType.array, count, into, at, end, to);
}

/** Several reports in one message: an array of what `writeReportCbor` writes. */
export class CborBatch extends ListBatch {
  end(): number {
    // From 24 reports on, the array's head takes the byte that was left behind them.
    return endCborItem(CborType.array, this.count, this.into, this.from, this.at, this.to + 1) - this.from;
  }

  protected put(report: Report): number {
    const length = writeReportCbor(report, this.into, this.at, this.to);
    return length < 0 ? -1 : this.at + length;
  }
}
