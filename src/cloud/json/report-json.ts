import { writeDecimal } from '../../bytes/decimal.js';
import { BACKSLASH, COMMA, FALSE, put, putByte, QUOTE, TRUE } from '../../bytes/json-writer.js';
import { encodeUtf8 } from '../../mqtt/utf8.js';
import { eventNames } from '../../tags/field-names.js';
import type { Report } from '../../telemetry/report/report.js';
import { Item, itemDecimals, itemNames, itemNumber, ItemType, itemType, nextItem, writeItemText } from '../items.js';
import { JsonListBatch } from '../list-batch.js';

const OPEN = 0x7b;
const OPEN_LIST = encodeUtf8('[');
const CLOSE_LIST = encodeUtf8(']');
const CLOSE = encodeUtf8('}');
const COLON = 0x3a;

/**
 * Writes a report of any kind as one flat JSON object to `into[from..to)` and returns its length in bytes, or -1 when
 * it does not fit: a payload is whole or not there (bytes of the range may have been written then). Allocates nothing.
 *
 *     {"address":"DC:2C:6E:0F:C0:3D","format":"mikrotik","rssi":-61,"time":1790000000000,"temperature":23.38}
 *     {"presence":"away","address":"DC:2C:6E:0F:C0:3D","rssi":-61,"time":1790000060000,"lastSeen":1790000000000}
 *
 * `state` is there unless it is ok; `id` (the gateway's start and the number of the report since, `12/345`) unless the
 * start is not known; `rssi` unless it is unknown; `rssiMean` and `rssiMax` where there were several advertisements
 * since the last report; `distance` (estimated, in m, two digits that count) where it can be told; `time` (ms since
 * 1970) where it is known, with `timeEstimated` (true) where it was found out later, else `gatewayUptime` (ms since the
 * gateway's start). An identity is `uuid`, or `namespace` and `instance`, or `url`, `eid`, `mac`, `text` or `raw`.
 * Fields have the names, units and decimals of `field-names.ts`; `events` lists the names of those that are true, a
 * button has the name of what happened, and what is either true or false stands behind the fields under its own name.
 * The keys' order is fixed.
 *
 * Of a tag that arrived or is away, `time` is when it arrived or was found to be away, `lastSeen` when one that is away
 * was heard last, both in ms since 1970; where the time is not known, `gatewayUptime` and `lastSeenUptime` stand for
 * them. `rssi` is that of its last advertisement.
 */
export function writeReportJson(report: Report, into: Uint8Array, from: number, to: number): number {
  if (to > into.length) to = into.length;
  let at = from;
  for (let item = nextItem(report, -1); item >= 0; item = nextItem(report, item)) {
    // A brace or a comma, two quotes and a colon.
    if (itemNames.length(item) + 4 > to - at) return -1;
    into[at] = at === from ? OPEN : COMMA;
    into[at + 1] = QUOTE;
    at = itemNames.put(item, into, at + 2, to);
    into[at] = QUOTE;
    into[at + 1] = COLON;
    at = writeItemJson(report, item, into, at + 2, to);
    if (at < 0) return -1;
  }
  at = put(CLOSE, into, at, to);
  return at < 0 ? -1 : at - from;
}

/**
 * Writes the value of an item that the report has, as it stands in the JSON of `writeReportJson`, to `into[at..to)` and
 * returns the next index, or -1 when there is too little room or `at` is negative. Allocates nothing.
 */
export function writeItemJson(report: Report, item: number, into: Uint8Array, at: number, to: number): number {
  const type = itemType(report, item);
  if (type === ItemType.text) {
    at = putByte(QUOTE, into, at, to);
    const end = writeItemText(report, item, into, at, to);
    return putByte(QUOTE, into, escape(into, at, end, to), to);
  }
  if (at < 0) return -1;
  const value = itemNumber(report, item);
  if (type === ItemType.number) return writeDecimal(value, itemDecimals(item), into, at, to);
  if (type === ItemType.boolean) return put(value === 1 ? TRUE : FALSE, into, at, to);
  return writeEvents(value, into, at, to);
}

function writeQuotedName(item: number, into: Uint8Array, at: number, to: number): number {
  at = putByte(QUOTE, into, at, to);
  at = itemNames.put(item, into, at, to);
  return putByte(QUOTE, into, at, to);
}

/** Escapes the printable ASCII in `into[at..end)` and returns its new end. */
function escape(into: Uint8Array, at: number, end: number, to: number): number {
  for (let i = at; i < end; i++) {
    if (into[i] !== QUOTE && into[i] !== BACKSLASH) continue;
    if (end >= to) return -1;
    into.copyWithin(i + 1, i, end);
    into[i++] = BACKSLASH;
    end++;
  }
  return end;
}

function writeEvents(events: number, into: Uint8Array, at: number, to: number): number {
  at = put(OPEN_LIST, into, at, to);
  let first = true;
  for (let bit = 0; bit < eventNames.length; bit++) {
    if ((events & (1 << bit)) === 0) continue;
    if (!first) at = putByte(COMMA, into, at, to);
    first = false;
    at = writeQuotedName(Item.eventBits + bit, into, at, to);
  }
  return put(CLOSE_LIST, into, at, to);
}

/** Several reports in one message: an array of what `writeReportJson` writes. */
export class JsonBatch extends JsonListBatch {
  protected put(report: Report): number {
    const { into, to } = this;
    const at = this.count === 0 ? this.at : putByte(COMMA, into, this.at, to);
    const length = at < 0 ? -1 : writeReportJson(report, into, at, to);
    return length < 0 ? -1 : at + length;
  }
}
