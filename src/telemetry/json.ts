import {
  asciiBytes,
  eventNames,
  Field,
  FIELD_COUNT,
  fieldTable,
  formats,
  IdentityKind,
  type Reading,
  ReadingState,
  RSSI_UNKNOWN,
  stateName,
  writeEddystoneUrl,
} from '../tags/index.js';
import { BACKSLASH, COMMA, put, putByte, QUOTE, writeNumber } from './json-text.js';
import type { Report } from './report.js';

const HYPHEN = 0x2d;
const COLON = 0x3a;

const DIGITS = asciiBytes('0123456789abcdef');
const CAPITAL_DIGITS = asciiBytes('0123456789ABCDEF');

const ADDRESS = asciiBytes('{"address":"');
const FORMAT = asciiBytes('","format":"');
const STATE = asciiBytes('"state":"');
const RSSI = asciiBytes('"rssi":');
const TIME = asciiBytes('"time":');
const UUID = asciiBytes('"uuid":"');
const NAMESPACE = asciiBytes('"namespace":"');
const INSTANCE = asciiBytes('","instance":"');
const URL = asciiBytes('"url":"');
const EID = asciiBytes('"eid":"');
const OPEN_LIST = asciiBytes('[');
const CLOSE_LIST = asciiBytes(']');
const CLOSE = asciiBytes('}');
const UNKNOWN = asciiBytes('unknown');

/** `"name":` of every field by number. */
const fieldKeys: readonly Uint8Array[] = fieldTable.map((entry) => asciiBytes('"' + entry.name + '":'));
const fieldDecimals = Uint8Array.from(fieldTable, (entry) => entry.decimals);
/** `"name"` of every event by bit. */
const eventTexts: readonly Uint8Array[] = eventNames.map((name) => asciiBytes('"' + name + '"'));
/** By format number - 1, and by state. */
const formatTexts: readonly Uint8Array[] = formats.map((format) => asciiBytes(format.name));
const stateTexts: readonly Uint8Array[] = Array.from({ length: ReadingState.unsupported + 1 }, (_, state) =>
  asciiBytes(stateName(state)),
);

/**
 * Writes a report as one flat JSON object to `into[from..to)` and returns its length in bytes, or -1 when it does not
 * fit: a payload is whole or not there (bytes of the range may have been written then). Allocates nothing.
 *
 *     {"address":"DC:2C:6E:0F:C0:3D","format":"mikrotik","rssi":-61,"time":1790000000000,"temperature":23.38}
 *
 * `state` is there unless it is ok; `rssi` unless it is unknown; `time` (ms since 1970) unless it is 0. An identity is
 * `uuid`, or `namespace` and `instance`, or `url`, or `eid`. Fields have the names, units and decimals of `fieldTable`;
 * `events` lists the names of those that are true. The keys' order is fixed.
 */
export function writeReportJson(report: Report, into: Uint8Array, from: number, to: number): number {
  if (to > into.length) to = into.length;
  const reading = report.reading;
  let at = put(ADDRESS, into, from, to);
  at = writeAddress(report.address, into, at, to);
  at = put(FORMAT, into, at, to);
  at = put(formatTexts[reading.format - 1] ?? UNKNOWN, into, at, to);
  at = putByte(QUOTE, into, at, to);
  if (reading.state !== ReadingState.ok) {
    at = putByte(COMMA, into, at, to);
    at = put(STATE, into, at, to);
    at = put(stateTexts[reading.state] ?? UNKNOWN, into, at, to);
    at = putByte(QUOTE, into, at, to);
  }
  if (report.rssi !== RSSI_UNKNOWN) at = writeNumber(RSSI, report.rssi, 0, into, at, to);
  if (report.epoch !== 0) at = writeNumber(TIME, report.epoch, 0, into, at, to);
  at = writeIdentity(reading, into, at, to);
  for (let field = 0; field < FIELD_COUNT; field++) {
    if (!reading.has(field)) continue;
    const value = reading.get(field);
    if (field === Field.events) at = writeEvents(value, into, at, to);
    else at = writeNumber(fieldKeys[field]!, value, fieldDecimals[field]!, into, at, to);
  }
  at = put(CLOSE, into, at, to);
  return at < 0 ? -1 : at - from;
}

function writeAddress(address: Uint8Array, into: Uint8Array, at: number, to: number): number {
  for (let i = 0; i < address.length; i++) {
    if (i > 0) at = putByte(COLON, into, at, to);
    at = writeHex(CAPITAL_DIGITS, address, i, i + 1, into, at, to);
  }
  return at;
}

function writeHex(
  digits: Uint8Array,
  bytes: Uint8Array,
  from: number,
  end: number,
  into: Uint8Array,
  at: number,
  to: number,
): number {
  if (at < 0 || 2 * (end - from) > to - at) return -1;
  for (let i = from; i < end; i++) {
    const byte = bytes[i]!;
    into[at++] = digits[byte >> 4]!;
    into[at++] = digits[byte & 0x0f]!;
  }
  return at;
}

function writeIdentity(reading: Reading, into: Uint8Array, at: number, to: number): number {
  const kind = reading.identityKind;
  if (kind === IdentityKind.none) return at;
  const identity = reading.identity;
  at = putByte(COMMA, into, at, to);
  if (kind === IdentityKind.uuid) {
    at = put(UUID, into, at, to);
    for (let i = 0; i < 16; i++) {
      if (i === 4 || i === 6 || i === 8 || i === 10) at = putByte(HYPHEN, into, at, to);
      at = writeHex(DIGITS, identity, i, i + 1, into, at, to);
    }
  } else if (kind === IdentityKind.eddystoneUid) {
    at = put(NAMESPACE, into, at, to);
    at = writeHex(DIGITS, identity, 0, 10, into, at, to);
    at = put(INSTANCE, into, at, to);
    at = writeHex(DIGITS, identity, 10, 16, into, at, to);
  } else if (kind === IdentityKind.url) {
    at = writeUrl(reading, into, put(URL, into, at, to), to);
  } else {
    at = put(EID, into, at, to);
    at = writeHex(DIGITS, identity, 0, reading.identityLength, into, at, to);
  }
  return putByte(QUOTE, into, at, to);
}

function writeUrl(reading: Reading, into: Uint8Array, at: number, to: number): number {
  if (at < 0) return -1;
  let end = writeEddystoneUrl(reading.identity, reading.identityLength, into, at, to);
  // Of the characters a URL may have on air, two mean something else inside a JSON string.
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
  at = putByte(COMMA, into, at, to);
  at = put(fieldKeys[Field.events]!, into, at, to);
  at = put(OPEN_LIST, into, at, to);
  let first = true;
  for (let bit = 0; bit < eventTexts.length; bit++) {
    if ((events & (1 << bit)) === 0) continue;
    if (!first) at = putByte(COMMA, into, at, to);
    first = false;
    at = put(eventTexts[bit]!, into, at, to);
  }
  return put(CLOSE_LIST, into, at, to);
}
