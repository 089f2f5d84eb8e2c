import { writeTime } from '../../bytes/decimal.js';
import { COMMA, put, putByte, QUOTE, TRUE } from '../../bytes/json-writer.js';
import { CAPITAL_HEX } from '../../bytes/hex.js';
import { encodeUtf8 } from '../../mqtt/utf8.js';
import { ADDRESS_SIZE } from '../../tags/tag-table.js';
import type { Report } from '../../telemetry/report/report.js';
import { Item, itemNames, itemNumber, nextItem } from '../items.js';
import { writeItemJson } from '../json/report-json.js';

const OPEN = 0x7b;
const CLOSE = 0x7d;
const COLON = 0x3a;
const UNDERSCORE = 0x5f;
const TS = encodeUtf8('{"ts":');
const VALUES = encodeUtf8(',"values":');
const EVENTS = 32;

/**
 * Writes a report as ThingsBoard takes telemetry with a time: `{"ts":1790000000000,"values":{"temperature":23.38}}`,
 * or the values alone where the time is not known: then the server's own counts. Values are flat: no array, no object.
 *
 * `prefixed`: each key begins with the tag's address, `DC2C6E0FC03D_temperature`, since several tags report as one
 * device. Writes to `into[at..to)` and returns the next index, or -1 when it does not fit. Allocates nothing.
 */
export function writeTelemetry(report: Report, prefixed: boolean, into: Uint8Array, at: number, to: number): number {
  if (to > into.length) to = into.length;
  if (report.unixTime === 0) return writeValues(report, prefixed, into, at, to);
  at = put(TS, into, at, to);
  if (at < 0) return -1;
  at = put(VALUES, into, writeTime(report.unixTime, into, at, to), to);
  return putByte(CLOSE, into, writeValues(report, prefixed, into, at, to), to);
}

/** Data points of a report: the values that `writeTelemetry` writes. */
export function countValues(report: Report): number {
  let count = 0;
  for (let item = nextItem(report, -1); item >= 0; item = nextItem(report, item)) {
    if (item === Item.events) {
      for (let events = itemNumber(report, item); events !== 0; events &= events - 1) count++;
    } else if (!isElsewhere(item)) {
      count++;
    }
  }
  return count;
}

/** True when there are any. */
export function hasValues(report: Report): boolean {
  let item = nextItem(report, -1);
  while (item >= 0 && isElsewhere(item)) item = nextItem(report, item);
  // Where no event is true, what counts stands behind.
  return item >= 0 && (item !== Item.events || countValues(report) > 0);
}

function writeValues(report: Report, prefixed: boolean, into: Uint8Array, at: number, to: number): number {
  at = putByte(OPEN, into, at, to);
  const first = at;
  for (let item = nextItem(report, -1); item >= 0 && at >= 0; item = nextItem(report, item)) {
    if (item === Item.events) {
      at = writeEvents(report, prefixed, first, into, at, to);
    } else if (!isElsewhere(item)) {
      at = writeKey(report, item, prefixed, at === first, into, at, to);
      at = writeItemJson(report, item, into, at, to);
    }
  }
  return putByte(CLOSE, into, at, to);
}

/** Each event has a key of its own. */
function writeEvents(
  report: Report,
  prefixed: boolean,
  first: number,
  into: Uint8Array,
  at: number,
  to: number,
): number {
  const events = itemNumber(report, Item.events);
  for (let bit = 0; bit < EVENTS && at >= 0; bit++) {
    if (((events >>> bit) & 1) === 0) continue;
    at = put(TRUE, into, writeKey(report, Item.eventBits + bit, prefixed, at === first, into, at, to), to);
  }
  return at;
}

function writeKey(
  report: Report,
  item: number,
  prefixed: boolean,
  isFirst: boolean,
  into: Uint8Array,
  at: number,
  to: number,
): number {
  if (!isFirst) at = putByte(COMMA, into, at, to);
  at = putByte(QUOTE, into, at, to);
  if (prefixed) at = putByte(UNDERSCORE, into, writeDigits(report.address, into, at, to), to);
  at = itemNames.put(item, into, at, to);
  return putByte(COLON, into, putByte(QUOTE, into, at, to), to);
}

/** An address in twelve capital digits, as the functions of `json-writer.ts`. */
export function writeDigits(address: Uint8Array, into: Uint8Array, at: number, to: number): number {
  if (at < 0 || 2 * ADDRESS_SIZE > to - at) return -1;
  for (let i = 0; i < ADDRESS_SIZE; i++) {
    into[at++] = CAPITAL_HEX[address[i]! >> 4]!;
    into[at++] = CAPITAL_HEX[address[i]! & 15]!;
  }
  return at;
}

/**
 * True for what is told otherwise: the address by key or device, the time by `ts`; the format stays the same, and a
 * value that comes twice has the same `ts`, so nobody needs the number of a report.
 */
function isElsewhere(item: number): boolean {
  return (
    item === Item.address ||
    item === Item.format ||
    item === Item.id ||
    item === Item.time ||
    item === Item.timeEstimated
  );
}
