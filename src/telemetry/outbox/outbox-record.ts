import { FIELD_COUNT } from '../../tags/field.js';
import {
  FORMATS_SIZE,
  IDENTITY_KIND_COUNT,
  IDENTITY_SIZE,
  MAX_FIELDS,
  READING_STATE_COUNT,
} from '../../tags/reading.js';
import type { Reading } from '../../tags/reading.js';
import { ADDRESS_SIZE, RSSI_UNKNOWN } from '../../tags/tag-table.js';
import { REPORT_KIND_COUNT, ReportKind } from '../report/report.js';
import type { Report } from '../report/report.js';

/*
 * A record of the outbox, numbers low byte first:
 *
 *   0  u16  length of the whole record
 *   2  u8   RecordState
 *   3  u16  packet identifier, 0 unless in flight
 *   5  6 B  address
 *  11  s8   rssi
 *  12  u48  unixTime
 *  18  u32  sequence
 *  22  u8   ReportKind, and bits for the parts that are there
 *  23  u8   format
 *  24  u8   ReadingState
 *  25  u8   identity kind
 *  26  u8   identity length
 *  27  u8   count of formats
 *  28  u8   count of fields
 *  29       the parts: window (s16 mean in 0.1 dBm, s8 maximum), distance (f32), last seen (u48);
 *           identity, formats, fields
 *
 * A field is its number with the top bit clear and an f32, or with the top bit set and an f64 where f32 is not exact.
 */
export const enum RecordOffset {
  length = 0,
  state = 2,
  packetId = 3,
  address = 5,
  rssi = 11,
  unixTime = 12,
  sequence = 18,
  kind = 22,
  format = 23,
  readingState = 24,
  identityKind = 25,
  identityLength = 26,
  formatCount = 27,
  fieldCount = 28,
  body = 29,
}

/** Where a record is on its way. */
export const enum RecordState {
  waiting = 1,
  inFlight = 2,
  /** Acknowledged or dropped; its bytes are free. */
  done = 3,
}

/** Bits of `RecordOffset.kind`. */
const enum Part {
  kinds = 0x0f,
  window = 0x10,
  distance = 0x20,
  lastSeen = 0x40,
  all = 0x7f,
}

const WINDOW_SIZE = 3;
const DISTANCE_SIZE = 4;
const EPOCH_SIZE = 6;

/** The longest record, that of a reading, in bytes. */
export const MAX_RECORD_LENGTH =
  RecordOffset.body + WINDOW_SIZE + DISTANCE_SIZE + IDENTITY_SIZE + FORMATS_SIZE + MAX_FIELDS * 9;

const WIDE = 0x80;
const TWO_32 = 0x100000000;

/** What stands at `RecordOffset.kind` for a report with these, as in `Report`. */
export function partsOf(kind: ReportKind, rssiMean: number, distance: number, lastSeen: number): number {
  let parts: number = kind;
  if (rssiMean !== RSSI_UNKNOWN) parts |= Part.window;
  if (distance > 0) parts |= Part.distance;
  if (lastSeen > 0 && kind !== ReportKind.reading) parts |= Part.lastSeen;
  return parts;
}

/** Bytes that the record of `reading` with these parts takes. The reading of another kind of report is left out. */
export function recordLength(reading: Reading, parts: number): number {
  let length = RecordOffset.body + partsLength(parts);
  if ((parts & Part.kinds) !== ReportKind.reading) return length;
  length += reading.identityLength + reading.formatCount;
  for (let field = reading.nextField(-1); field >= 0; field = reading.nextField(field)) {
    length += isNarrow(reading.get(field)) ? 5 : 9;
  }
  return length;
}

/** Writes a waiting record of `length` bytes (from `recordLength`) to `view`, an array's whole buffer, at `at`. */
export function writeRecord(
  view: DataView,
  at: number,
  length: number,
  parts: number,
  reading: Reading,
  address: Uint8Array,
  addressAt: number,
  rssi: number,
  unixTime: number,
  sequence: number,
): void {
  view.setUint16(at + RecordOffset.length, length, true);
  view.setUint8(at + RecordOffset.state, RecordState.waiting);
  view.setUint16(at + RecordOffset.packetId, 0, true);
  for (let i = 0; i < ADDRESS_SIZE; i++) view.setUint8(at + RecordOffset.address + i, address[addressAt + i]!);
  view.setInt8(at + RecordOffset.rssi, rssi);
  writeUnixTime(view, at + RecordOffset.unixTime, unixTime);
  view.setUint32(at + RecordOffset.sequence, sequence, true);
  view.setUint8(at + RecordOffset.kind, parts);
  const isReading = (parts & Part.kinds) === ReportKind.reading;
  view.setUint8(at + RecordOffset.format, isReading ? reading.format : 0);
  view.setUint8(at + RecordOffset.readingState, isReading ? reading.state : 0);
  view.setUint8(at + RecordOffset.identityKind, isReading ? reading.identityKind : 0);
  view.setUint8(at + RecordOffset.identityLength, isReading ? reading.identityLength : 0);
  view.setUint8(at + RecordOffset.formatCount, isReading ? reading.formatCount : 0);
  view.setUint8(at + RecordOffset.fieldCount, isReading ? reading.fieldCount : 0);
  if (isReading) writeReading(view, at + RecordOffset.body + partsLength(parts), reading);
}

/** Writes the parts, as `Report` has them, of the record at `at` that `writeRecord` wrote. */
export function writeParts(
  view: DataView,
  at: number,
  rssiMean: number,
  rssiMax: number,
  distance: number,
  lastSeen: number,
): void {
  const parts = view.getUint8(at + RecordOffset.kind);
  let to = at + RecordOffset.body;
  if (parts & Part.window) {
    view.setInt16(to, Math.round(rssiMean * 10), true);
    view.setInt8(to + 2, rssiMax);
    to += WINDOW_SIZE;
  }
  if (parts & Part.distance) {
    view.setFloat32(to, distance, true);
    to += DISTANCE_SIZE;
  }
  if (parts & Part.lastSeen) writeUnixTime(view, to, lastSeen);
}

function writeReading(view: DataView, to: number, reading: Reading): void {
  for (let i = 0; i < reading.identityLength; i++) view.setUint8(to++, reading.identity[i]!);
  for (let i = 0; i < reading.formatCount; i++) view.setUint8(to++, reading.formats[i]!);
  for (let field = reading.nextField(-1); field >= 0; field = reading.nextField(field)) {
    const value = reading.get(field);
    if (isNarrow(value)) {
      view.setUint8(to, field);
      view.setFloat32(to + 1, value, true);
      to += 5;
    } else {
      view.setUint8(to, field | WIDE);
      view.setFloat64(to + 1, value, true);
      to += 9;
    }
  }
}

/** Fills `report` from the record at `at`, which `writeRecord` wrote. */
export function readRecord(bytes: Uint8Array, view: DataView, at: number, report: Report): void {
  for (let i = 0; i < ADDRESS_SIZE; i++) report.address[i] = bytes[at + RecordOffset.address + i]!;
  report.rssi = view.getInt8(at + RecordOffset.rssi);
  report.unixTime = readUnixTime(view, at + RecordOffset.unixTime);
  report.sequence = view.getUint32(at + RecordOffset.sequence, true);
  const parts = bytes[at + RecordOffset.kind]!;
  report.kind = parts & Part.kinds;
  let from = at + RecordOffset.body;
  report.rssiMean = parts & Part.window ? view.getInt16(from, true) / 10 : RSSI_UNKNOWN;
  report.rssiMax = parts & Part.window ? view.getInt8(from + 2) : RSSI_UNKNOWN;
  if (parts & Part.window) from += WINDOW_SIZE;
  report.distance = parts & Part.distance ? view.getFloat32(from, true) : 0;
  if (parts & Part.distance) from += DISTANCE_SIZE;
  report.lastSeen = parts & Part.lastSeen ? readUnixTime(view, from) : 0;
  if (parts & Part.lastSeen) from += EPOCH_SIZE;

  const reading = report.reading;
  reading.clear();
  reading.format = bytes[at + RecordOffset.format]!;
  reading.state = bytes[at + RecordOffset.readingState]!;
  const identityLength = bytes[at + RecordOffset.identityLength]!;
  if (identityLength > 0) {
    reading.setIdentity(bytes[at + RecordOffset.identityKind]!, bytes, from, identityLength);
    from += identityLength;
  }
  for (let i = bytes[at + RecordOffset.formatCount]!; i > 0; i--) reading.addFormat(bytes[from++]!);
  for (let i = bytes[at + RecordOffset.fieldCount]!; i > 0; i--) {
    const tag = bytes[from]!;
    if (tag & WIDE) {
      reading.set(tag & ~WIDE, view.getFloat64(from + 1, true));
      from += 9;
    } else {
      reading.set(tag, view.getFloat32(from + 1, true));
      from += 5;
    }
  }
}

/**
 * The length of the record at `bytes[at]` when it ends before `to` and is one that `writeRecord` writes, and not done;
 * else -1. For bytes that come from outside.
 */
export function checkRecord(bytes: Uint8Array, view: DataView, at: number, to: number): number {
  if (to - at < RecordOffset.body) return -1;
  const length = view.getUint16(at + RecordOffset.length, true);
  if (length > to - at) return -1;
  const state = bytes[at + RecordOffset.state];
  if (state !== RecordState.waiting && state !== RecordState.inFlight) return -1;
  const parts = bytes[at + RecordOffset.kind]!;
  if ((parts & Part.kinds) >= REPORT_KIND_COUNT || parts & ~Part.all) return -1;
  const isReading = (parts & Part.kinds) === ReportKind.reading;
  if ((bytes[at + RecordOffset.format] === 0) === isReading || (isReading && parts & Part.lastSeen)) return -1;
  if (bytes[at + RecordOffset.readingState]! >= READING_STATE_COUNT) return -1;
  const kind = bytes[at + RecordOffset.identityKind]!;
  const identityLength = bytes[at + RecordOffset.identityLength]!;
  const formatCount = bytes[at + RecordOffset.formatCount]!;
  if (kind >= IDENTITY_KIND_COUNT || identityLength > IDENTITY_SIZE || formatCount > FORMATS_SIZE) return -1;
  let from = at + RecordOffset.body + partsLength(parts) + identityLength + formatCount;
  const end = at + length;
  for (let i = bytes[at + RecordOffset.fieldCount]!; i > 0; i--) {
    if (from >= end) return -1;
    const tag = bytes[from]!;
    if ((tag & ~WIDE) >= FIELD_COUNT) return -1;
    from += tag & WIDE ? 9 : 5;
  }
  return from === end ? length : -1;
}

function partsLength(parts: number): number {
  return (
    (parts & Part.window ? WINDOW_SIZE : 0) +
    (parts & Part.distance ? DISTANCE_SIZE : 0) +
    (parts & Part.lastSeen ? EPOCH_SIZE : 0)
  );
}

function writeUnixTime(view: DataView, at: number, unixTime: number): void {
  view.setUint32(at, unixTime % TWO_32, true);
  view.setUint16(at + 4, unixTime / TWO_32, true);
}

function readUnixTime(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint16(at + 4, true) * TWO_32;
}

function isNarrow(value: number): boolean {
  return Math.fround(value) === value;
}
