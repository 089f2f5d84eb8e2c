import { writeDecimal, writeTime } from '../../bytes/decimal.js';
import { writeAddress } from '../../bytes/hex.js';
import { JsonKeys } from '../../bytes/json-keys.js';
import { BACKSLASH, COMMA, FALSE, put, putByte, QUOTE, TRUE } from '../../bytes/json-writer.js';
import { eventNames, fieldDecimals } from '../../tags/field-names.js';
import { Field } from '../../tags/field.js';
import { IdentityKind, MAP_WORDS, ReadingState } from '../../tags/reading.js';
import { RSSI_UNKNOWN } from '../../tags/tag-table.js';
import { ReportKind } from '../../telemetry/report/report.js';
import type { Report } from '../../telemetry/report/report.js';
import {
  buttonTexts,
  distanceDecimals,
  distanceNumber,
  formatTexts,
  Item,
  itemDecimals,
  itemNames,
  itemNumber,
  ItemType,
  itemType,
  nextItem,
  stateTexts,
  writeItemText,
} from '../items.js';
import { JsonListBatch } from '../list-batch.js';

const CLOSE = 0x7d;
/** Of the first word of a reading's bitmap: something is said of a state. */
const STATES = (1 << Field.statesKnown) | (1 << Field.moreStatesKnown);
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
/** What is always the same; the first three by `ReportKind`: all up to the address. */
const parts = new JsonKeys(
  ['{"address":"', '{"presence":"arrived","address":"', '{"presence":"away","address":"', ',"id":"', '/'],
  '',
  '',
);
const enum Part {
  id = 3,
  slash = 4,
}
/** Of each word of a reading's bitmap: the fields that are no numbers, or not always. */
const NO_NUMBERS: number[] = [0, 0, 0, 0];
for (let field: number = Field.events; field <= Field.moreStatesKnown; field++) NO_NUMBERS[field >> 5]! |= 1 << field;
for (let field: number = Field.button; field <= Field.button4; field++) NO_NUMBERS[field >> 5]! |= 1 << field;

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
  // What there is to say, and its order, is that of `nextItem`; to ask for each item would take twice as long.
  const isReading = report.kind === ReportKind.reading;
  let at = /*@__INLINE__*/ parts.putWhole(report.kind, into, from, to);
  at = writeAddress(report.address, into, at, to);
  at = isReading ? writeFormat(report, into, at, to) : putByte(QUOTE, into, at, to);
  if (report.boot !== 0) at = writeId(report, into, at, to);
  if (report.rssi !== RSSI_UNKNOWN) at = itemNames.putNumber(Item.rssi, report.rssi, 0, into, at, to);
  if (isReading) at = writeWindow(report, into, at, to);
  at = writeTimes(report, into, at, to);
  if (isReading) {
    if (report.reading.identityKind !== IdentityKind.none) at = writeIdentity(report, into, at, to);
    at = writeFields(report, into, at, to);
  }
  if (at < 0 || at >= to) return -1;
  into[at] = CLOSE;
  return at + 1 - from;
}

function writeFormat(report: Report, into: Uint8Array, at: number, to: number): number {
  const reading = report.reading;
  const format = reading.format;
  const state = reading.state;
  at = formatTexts.putWhole(format, into, at, to);
  return state === ReadingState.ok ? at : stateTexts.putWhole(state, into, at, to);
}

function writeId(report: Report, into: Uint8Array, at: number, to: number): number {
  at = parts.putNumber(Part.id, report.boot, 0, into, at, to);
  at = parts.putNumber(Part.slash, report.sequence, 0, into, at, to);
  return /*@__INLINE__*/ putByte(QUOTE, into, at, to);
}

/** What all advertisements since the last report say of the distance. */
function writeWindow(report: Report, into: Uint8Array, at: number, to: number): number {
  const rssiMean = report.rssiMean;
  const rssiMax = report.rssiMax;
  const distance = report.distance;
  if (rssiMean !== RSSI_UNKNOWN) at = itemNames.putNumber(Item.rssiMean, rssiMean, 1, into, at, to);
  if (rssiMax !== RSSI_UNKNOWN) at = itemNames.putNumber(Item.rssiMax, rssiMax, 0, into, at, to);
  // A distance that the tag measures itself has the same name.
  if (!(distance > 0) || report.reading.has(Field.distance)) return at;
  return itemNames.putNumber(Item.distance, distanceNumber(distance), distanceDecimals(distance), into, at, to);
}

function writeTimes(report: Report, into: Uint8Array, at: number, to: number): number {
  const unixTime = report.unixTime;
  const uptime = report.uptime;
  const lastSeen = report.lastSeen;
  if (unixTime !== 0) at = writeTime(unixTime, into, itemNames.putWhole(Item.time, into, at, to), to);
  else if (uptime !== 0) at = itemNames.putNumber(Item.gatewayUptime, uptime, 0, into, at, to);
  if (unixTime !== 0 && report.timeEstimated)
    at = put(TRUE, into, itemNames.putWhole(Item.timeEstimated, into, at, to), to);
  if (lastSeen === 0 || report.kind === ReportKind.reading) return at;
  const item = unixTime === 0 && uptime !== 0 ? Item.lastSeenUptime : Item.lastSeen;
  return writeTime(lastSeen, into, itemNames.putWhole(item, into, at, to), to);
}

function writeIdentity(report: Report, into: Uint8Array, at: number, to: number): number {
  for (let item = nextItem(report, Item.lastSeenUptime); item >= 0 && item < Item.fields;) {
    at = writeItemJson(report, item, into, itemNames.putWhole(item, into, at, to), to);
    item = nextItem(report, item);
  }
  return at;
}

/** The fields, and behind them what is either true or false. */
function writeFields(report: Report, into: Uint8Array, at: number, to: number): number {
  const reading = report.reading;
  const present = reading.present;
  const values = reading.values;
  for (let word = 0; word < MAP_WORDS; word++) {
    let bits = present[word]!;
    if (bits === 0) continue;
    const from = 32 * word;
    for (let others = bits & NO_NUMBERS[word]!; others !== 0; others &= others - 1) {
      const other = others & -others;
      const before = bits & (other - 1);
      if (before !== 0) at = itemNames.putNumbers(Item.fields, from, before, values, fieldDecimals, into, at, to);
      at = writeOther(from + 31 - Math.clz32(other), values, into, at, to);
      bits &= ~(other | (other - 1));
    }
    if (bits !== 0) at = itemNames.putNumbers(Item.fields, from, bits, values, fieldDecimals, into, at, to);
  }
  if ((present[0]! & STATES) === 0) return at;
  for (let item = nextItem(report, Item.states - 1); item >= 0; item = nextItem(report, item)) {
    at = writeItemJson(report, item, into, itemNames.putWhole(item, into, at, to), to);
  }
  return at;
}

/** A field that is no number, or not always. */
function writeOther(field: number, values: Float64Array, into: Uint8Array, at: number, to: number): number {
  const item = Item.fields + field;
  const value = values[field]!;
  if (field === Field.events) return writeEvents(value, into, itemNames.putWhole(item, into, at, to), to);
  // States stand behind all fields.
  if (field <= Field.moreStatesKnown) return at;
  if (!buttonTexts.has(value)) return itemNames.putNumber(item, value, fieldDecimals[field]!, into, at, to);
  return buttonTexts.putWhole(value, into, itemNames.putWhole(item, into, at, to), to);
}

/**
 * Writes the value of an item that the report has, as it stands in the JSON of `writeReportJson`, to `into[at..to)` and
 * returns the next index, or -1 when there is too little room or `at` is negative. Allocates nothing.
 */
export function writeItemJson(report: Report, item: number, into: Uint8Array, at: number, to: number): number {
  const type = itemType(report, item);
  if (type === ItemType.text) {
    at = putByte(QUOTE, into, at, to);
    let end = writeItemText(report, item, into, at, to);
    // No other text has a character that is escaped.
    if (item === Item.url || item === Item.text) end = escape(into, at, end, to);
    return putByte(QUOTE, into, end, to);
  }
  if (at < 0) return -1;
  const value = itemNumber(report, item);
  if (type === ItemType.number) return writeDecimal(value, itemDecimals(item), into, at, to);
  if (type === ItemType.boolean) return put(value === 1 ? TRUE : FALSE, into, at, to);
  return writeEvents(value, into, at, to);
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
  if (at < 0) return -1;
  const from = at;
  const count = eventNames.length;
  for (let bits = events & ((1 << count) - 1); bits !== 0; bits &= bits - 1) {
    at = itemNames.putWhole(Item.eventBits + 31 - Math.clz32(bits & -bits), into, at, to);
    if (at < 0) return -1;
    // Without the colon.
    at--;
  }
  if (at === from) at = putByte(OPEN_LIST, into, at, to);
  // In place of the first comma.
  else into[from] = OPEN_LIST;
  return putByte(CLOSE_LIST, into, at, to);
}

/** Several reports in one message: an array of what `writeReportJson` writes. */
export class JsonBatch extends JsonListBatch {
  protected put(report: Report): number {
    const into = this.into;
    const to = this.to;
    const at = this.count === 0 ? this.at : putByte(COMMA, into, this.at, to);
    const length = at < 0 ? -1 : writeReportJson(report, into, at, to);
    return length < 0 ? -1 : at + length;
  }
}
