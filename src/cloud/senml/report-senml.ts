import { writeDecimal } from '../../bytes/decimal.js';
import { HEX, writeHex } from '../../bytes/hex.js';
import { COMMA, FALSE, put, putByte, TRUE } from '../../bytes/json-writer.js';
import { encodeUtf8 } from '../../mqtt/utf8.js';
import { eventNames } from '../../tags/field-names.js';
import type { Report } from '../../telemetry/report/report.js';
import { Item, itemDecimals, itemNames, itemNumber, ItemType, itemType, nextItem } from '../items.js';
import { writeItemJson } from '../json/report-json.js';
import { JsonListBatch } from '../list-batch.js';
import { itemUnits, unitDecimals, unitExponents, unitFactors, unitMembers, unitOffsets } from './units.js';

const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const CLOSE = 0x7d;
const MOST_DECIMALS = 6;

const OPEN = 0x7b;
/** A device by the EUI-64 that is made of its address (RFC 9039, 4.1), and a part of it. */
const BASE_NAME = encodeUtf8('"bn":"urn:dev:mac:');
const MIDDLE = encodeUtf8('fffe');
const BASE_NAME_END = encodeUtf8('_",');
const BASE_TIME = encodeUtf8('"bt":');
const NAME = encodeUtf8('"n":"');
const NAME_END = encodeUtf8('",');
const VALUE = encodeUtf8('"v":');
const STRING_VALUE = encodeUtf8('"vs":');
const BOOLEAN_VALUE = encodeUtf8('"vb":');

/**
 * Writes a report of any kind as a SenML pack in JSON (RFC 8428) to `into[from..to)` and returns its length in bytes,
 * or -1 when it does not fit (bytes of the range may have been written then). Allocates nothing.
 *
 *     [{"bn":"urn:dev:mac:dc2c6efffe0fc03d_","bt":1790000000,"n":"format","vs":"mikrotik"},
 *      {"n":"temperature","u":"Cel","v":23.38}, …]
 *
 * The records have the names of the keys in the JSON of `writeReportJson`; address and time are the base name and the
 * base time (seconds since 1970, to the millisecond). Numbers are in the primary units of the registry: hPa become Pa,
 * dBm become dBW, ppm become parts of 1. Events are a record each, true or false.
 */
export function writeReportSenml(report: Report, into: Uint8Array, from: number, to: number): number {
  if (to > into.length) to = into.length;
  let at = putByte(OPEN_LIST, into, from, to);
  at = writeSenmlRecords(report, into, at, to);
  at = putByte(CLOSE_LIST, into, at, to);
  return at < 0 ? -1 : at - from;
}

/**
 * Writes the records of a report with commas between them, for a pack of several reports, to `into[at..to)` and returns
 * the next index, or -1 when there is too little room or `at` is negative. The first record sets base name and base
 * time anew; a base time of 0, where the time is not known, means now.
 */
export function writeSenmlRecords(report: Report, into: Uint8Array, at: number, to: number): number {
  let isFirst = true;
  for (let item = nextItem(report, -1); item >= 0; item = nextItem(report, item)) {
    if (item === Item.address || item === Item.time) continue;
    if (item === Item.events) {
      const events = itemNumber(report, item);
      for (let bit = 0; bit < eventNames.length; bit++) {
        at = putName(Item.eventBits + bit, into, putByte(OPEN, into, putByte(COMMA, into, at, to), to), to);
        at = putBoolean(((events >> bit) & 1) === 1, into, at, to);
      }
      continue;
    }
    if (!isFirst) at = putByte(COMMA, into, at, to);
    at = putByte(OPEN, into, at, to);
    if (isFirst) at = putBase(report, into, at, to);
    isFirst = false;
    at = putName(item, into, at, to);
    const type = itemType(report, item);
    if (type === ItemType.number) at = putNumber(itemNumber(report, item), item, into, at, to);
    else if (type === ItemType.boolean) at = putBoolean(itemNumber(report, item) === 1, into, at, to);
    else at = putByte(CLOSE, into, writeItemJson(report, item, into, put(STRING_VALUE, into, at, to), to), to);
    if (at < 0) return -1;
  }
  return at;
}

function putBase(report: Report, into: Uint8Array, at: number, to: number): number {
  at = put(BASE_NAME, into, at, to);
  at = writeHex(HEX, report.address, 0, 3, into, at, to);
  at = put(MIDDLE, into, at, to);
  at = writeHex(HEX, report.address, 3, 6, into, at, to);
  at = put(BASE_NAME_END, into, at, to);
  at = put(BASE_TIME, into, at, to);
  if (at < 0) return -1;
  return putByte(COMMA, into, writeDecimal(report.unixTime / 1000, 3, into, at, to), to);
}

function putName(item: number, into: Uint8Array, at: number, to: number): number {
  at = put(NAME, into, at, to);
  at = itemNames.put(item, into, at, to);
  return put(NAME_END, into, at, to);
}

function putNumber(value: number, item: number, into: Uint8Array, at: number, to: number): number {
  const unit = itemUnits[item]!;
  let decimals = itemDecimals(item) + unitDecimals[unit]!;
  if (decimals > MOST_DECIMALS) decimals = MOST_DECIMALS;
  at = unitMembers.put(unit, into, at, to);
  at = put(VALUE, into, at, to);
  if (at < 0) return -1;
  at = writeDecimal(value * unitFactors[unit]! + unitOffsets[unit]!, decimals, into, at, to);
  return putByte(CLOSE, into, unitExponents.put(unit, into, at, to), to);
}

function putBoolean(value: boolean, into: Uint8Array, at: number, to: number): number {
  at = put(BOOLEAN_VALUE, into, at, to);
  return putByte(CLOSE, into, put(value ? TRUE : FALSE, into, at, to), to);
}

/** Several reports in one message: one pack with the records of all. */
export class SenmlBatch extends JsonListBatch {
  protected put(report: Report): number {
    const { into, to } = this;
    const at = this.count === 0 ? this.at : putByte(COMMA, into, this.at, to);
    return writeSenmlRecords(report, into, at, to);
  }
}
