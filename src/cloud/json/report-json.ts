import { writeDecimal } from '../../bytes/decimal.js';
import {
  BACKSLASH,
  COMMA,
  FALSE,
  put,
  putByte,
  putEscaped,
  QUOTE,
  TRUE,
  writeNumber,
} from '../../bytes/json-writer.js';
import { encodeUtf8 } from '../../mqtt/utf8.js';
import { stateName } from '../../tags/describe.js';
import { buttonEventNames, eventNames, fieldDecimals, fieldNames, stateFlagNames } from '../../tags/field-names.js';
import { Field, STATE_COUNT } from '../../tags/field.js';
import { writeEddystoneUrl } from '../../tags/formats/eddystone.js';
import { formatName, formats } from '../../tags/formats/index.js';
import { IdentityKind, READING_STATE_COUNT, ReadingState } from '../../tags/reading.js';
import type { Reading } from '../../tags/reading.js';
import { ADDRESS_SIZE, RSSI_UNKNOWN } from '../../tags/tag-table.js';
import { ReportKind } from '../../telemetry/report/report.js';
import type { Report } from '../../telemetry/report/report.js';

/** Names by number, as the UTF-8 of one array: an array for each would take several times the memory. */
export class NameList {
  private readonly text: Uint8Array;
  /** Name i is `text[starts[i]..starts[i + 1])`. */
  private readonly starts: Uint16Array;

  /** Allocates; for start-up. At most 65535 bytes. */
  constructor(names: readonly string[]) {
    this.text = encodeUtf8(names.join(''));
    this.starts = new Uint16Array(names.length + 1);
    let at = 0;
    for (let i = 0; i < names.length; i++) this.starts[i + 1] = at += encodeUtf8(names[i]!).length;
  }

  /** True when there is a name of this number. */
  has(number: number): boolean {
    return number >= 0 && number < this.starts.length - 1 && number % 1 === 0;
  }

  /** Writes the name, or the first one for a number that has none, as the functions of `json-writer.ts`. */
  put(number: number, into: Uint8Array, at: number, to: number): number {
    if (!this.has(number)) number = 0;
    const { starts, text } = this;
    const end = starts[number + 1]!;
    const from = starts[number]!;
    if (at < 0 || end - from > to - at) return -1;
    for (let i = from; i < end; i++) into[at++] = text[i]!;
    return at;
  }
}

const HYPHEN = 0x2d;
const COLON = 0x3a;
const SPACE = 0x20;
const TILDE = 0x7e;

const DIGITS = encodeUtf8('0123456789abcdef');
const CAPITAL_DIGITS = encodeUtf8('0123456789ABCDEF');

const ADDRESS = encodeUtf8('{"address":"');
const FORMAT = encodeUtf8('","format":"');
const STATE = encodeUtf8('"state":"');
const RSSI = encodeUtf8('"rssi":');
const RSSI_MEAN = encodeUtf8('"rssiMean":');
const RSSI_MAX = encodeUtf8('"rssiMax":');
const DISTANCE = encodeUtf8('"distance":');
const TIME = encodeUtf8('"time":');
const UUID = encodeUtf8('"uuid":"');
const NAMESPACE = encodeUtf8('"namespace":"');
const INSTANCE = encodeUtf8('","instance":"');
const URL = encodeUtf8('"url":"');
const EID = encodeUtf8('"eid":"');
const OPEN_LIST = encodeUtf8('[');
const CLOSE_LIST = encodeUtf8(']');
const CLOSE = encodeUtf8('}');

const MAC = encodeUtf8('"mac":"');
const TEXT = encodeUtf8('"text":"');
const RAW = encodeUtf8('"raw":"');

const fieldKeys = new NameList(fieldNames);
const stateKeys = new NameList(stateFlagNames);
const eventTexts = new NameList(eventNames);
const buttonTexts = new NameList(buttonEventNames);
/** By format number, without gaps. */
export const formatTexts = new NameList(formatNames());
/** By state. */
const stateTexts = new NameList(Array.from({ length: READING_STATE_COUNT }, (_, state) => stateName(state)));

/**
 * Writes a report as one flat JSON object to `into[from..to)` and returns its length in bytes, or -1 when it does not
 * fit: a payload is whole or not there (bytes of the range may have been written then). Allocates nothing.
 *
 *     {"address":"DC:2C:6E:0F:C0:3D","format":"mikrotik","rssi":-61,"time":1790000000000,"temperature":23.38}
 *
 * `state` is there unless it is ok; `rssi` unless it is unknown; `rssiMean` and `rssiMax` where there were several
 * advertisements since the last report; `distance` (estimated, in m, two digits that count) where it can be told;
 * `time` (ms since 1970) unless it is 0. An identity is `uuid`, or `namespace` and `instance`, or `url`, `eid`, `mac`,
 * `text` or `raw`. Fields have the names, units and decimals of `field-names.ts`; `events` lists the names of those
 * that are true, a button has the name of what happened, and what is either true or false stands behind the fields
 * under its own name. The keys' order is fixed.
 */
export function writeReportJson(report: Report, into: Uint8Array, from: number, to: number): number {
  if (to > into.length) to = into.length;
  const reading = report.reading;
  let at = put(ADDRESS, into, from, to);
  at = writeAddress(report.address, into, at, to);
  at = put(FORMAT, into, at, to);
  at = formatTexts.put(reading.format, into, at, to);
  at = putByte(QUOTE, into, at, to);
  if (reading.state !== ReadingState.ok) {
    at = putByte(COMMA, into, at, to);
    at = put(STATE, into, at, to);
    at = stateTexts.put(reading.state, into, at, to);
    at = putByte(QUOTE, into, at, to);
  }
  if (report.rssi !== RSSI_UNKNOWN) at = writeNumber(RSSI, report.rssi, 0, into, at, to);
  if (report.rssiMean !== RSSI_UNKNOWN) at = writeNumber(RSSI_MEAN, report.rssiMean, 1, into, at, to);
  if (report.rssiMax !== RSSI_UNKNOWN) at = writeNumber(RSSI_MAX, report.rssiMax, 0, into, at, to);
  // A distance that the tag measures itself has the same name.
  if (report.distance > 0 && !reading.has(Field.distance)) at = writeDistance(report.distance, into, at, to);
  if (report.unixTime !== 0) at = writeNumber(TIME, report.unixTime, 0, into, at, to);
  at = writeIdentity(reading, into, at, to);
  for (let field = reading.nextField(-1); field >= 0; field = reading.nextField(field)) {
    if (field >= Field.states && field <= Field.moreStatesKnown) continue;
    at = writeKey(fieldKeys, field, into, at, to);
    at = writeField(field, reading.get(field), into, at, to);
  }
  if (reading.has(Field.statesKnown)) at = writeStates(reading, 0, 32, into, at, to);
  if (reading.has(Field.moreStatesKnown)) at = writeStates(reading, 32, 64, into, at, to);
  at = put(CLOSE, into, at, to);
  return at < 0 ? -1 : at - from;
}

function formatNames(): string[] {
  const names: string[] = [formatName(0)];
  for (let i = 0; i < formats.length; i++) names[formats[i]!.number] = formats[i]!.name;
  for (let number = 0; number < names.length; number++) names[number] = formatName(number);
  return names;
}

/** Two digits that count, from 0.01 m on. */
function writeDistance(distance: number, into: Uint8Array, at: number, to: number): number {
  if (distance < 0.01) distance = 0.01;
  if (distance < 9.95) return writeNumber(DISTANCE, distance, distance < 0.995 ? 2 : 1, into, at, to);
  let unit = 1;
  while (distance >= 99.5 * unit) unit *= 10;
  return writeNumber(DISTANCE, Math.round(distance / unit) * unit, 0, into, at, to);
}

function writeKey(names: NameList, number: number, into: Uint8Array, at: number, to: number): number {
  at = putByte(COMMA, into, at, to);
  at = writeQuoted(names, number, into, at, to);
  return putByte(COLON, into, at, to);
}

function writeQuoted(names: NameList, number: number, into: Uint8Array, at: number, to: number): number {
  at = putByte(QUOTE, into, at, to);
  at = names.put(number, into, at, to);
  return putByte(QUOTE, into, at, to);
}

function writeField(field: Field, value: number, into: Uint8Array, at: number, to: number): number {
  if (at < 0) return -1;
  if (field === Field.events) return writeEvents(value, into, at, to);
  if (field >= Field.button && field <= Field.button4 && buttonTexts.has(value)) {
    return writeQuoted(buttonTexts, value, into, at, to);
  }
  return writeDecimal(value, fieldDecimals[field]!, into, at, to);
}

function writeStates(reading: Reading, first: number, end: number, into: Uint8Array, at: number, to: number): number {
  for (let state = first; state < end && state < STATE_COUNT; state++) {
    const value = reading.getState(state);
    if (value < 0) continue;
    at = writeKey(stateKeys, state, into, at, to);
    at = put(value === 1 ? TRUE : FALSE, into, at, to);
  }
  return at;
}

function writeAddress(address: Uint8Array, into: Uint8Array, at: number, to: number): number {
  for (let i = 0; i < ADDRESS_SIZE; i++) {
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
  } else if (kind === IdentityKind.address) {
    at = writeAddress(identity, into, put(MAC, into, at, to), to);
  } else if (kind === IdentityKind.text) {
    at = writeEscaped(identity, reading.identityLength, into, put(TEXT, into, at, to), to);
  } else {
    at = put(kind === IdentityKind.raw ? RAW : EID, into, at, to);
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

function writeEscaped(text: Uint8Array, length: number, into: Uint8Array, at: number, to: number): number {
  for (let i = 0; i < length; i++) {
    const byte = text[i]!;
    // A text is printable ASCII; what comes from a damaged store must still be JSON.
    at = putEscaped(byte < SPACE || byte > TILDE ? SPACE : byte, into, at, to);
  }
  return at;
}

function writeEvents(events: number, into: Uint8Array, at: number, to: number): number {
  at = put(OPEN_LIST, into, at, to);
  let first = true;
  for (let bit = 0; bit < eventNames.length; bit++) {
    if ((events & (1 << bit)) === 0) continue;
    if (!first) at = putByte(COMMA, into, at, to);
    first = false;
    at = writeQuoted(eventTexts, bit, into, at, to);
  }
  return put(CLOSE_LIST, into, at, to);
}

const ARRIVED = encodeUtf8('{"presence":"arrived"');
const AWAY = encodeUtf8('{"presence":"away"');
const LAST_SEEN = encodeUtf8('"lastSeen":');

/**
 * Writes a report that a tag arrived or is away as one flat JSON object to `into[from..to)` and returns its length in
 * bytes, or -1 when it does not fit (bytes of the range may have been written then). Allocates nothing.
 *
 *     {"presence":"away","time":1790000060000,"lastSeen":1790000000000,"rssi":-61}
 *
 * `time` is when it arrived or was found to be away, `lastSeen` when one that is away was heard last, both in ms since
 * 1970 and left out when the time was not known; `rssi` is that of its last advertisement in dBm, unless it is unknown.
 */
export function writePresenceJson(report: Report, into: Uint8Array, from: number, to: number): number {
  if (to > into.length) to = into.length;
  let at = put(report.kind === ReportKind.away ? AWAY : ARRIVED, into, from, to);
  if (report.unixTime !== 0) at = writeNumber(TIME, report.unixTime, 0, into, at, to);
  if (report.lastSeen !== 0) at = writeNumber(LAST_SEEN, report.lastSeen, 0, into, at, to);
  if (report.rssi !== RSSI_UNKNOWN) at = writeNumber(RSSI, report.rssi, 0, into, at, to);
  at = put(CLOSE, into, at, to);
  return at < 0 ? -1 : at - from;
}
