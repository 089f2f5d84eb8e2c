import { FIELD_COUNT } from '../../tags/field.js';
import {
  FORMATS_SIZE,
  IDENTITY_KIND_COUNT,
  IDENTITY_SIZE,
  IdentityKind,
  MAP_WORDS,
  MAX_FIELDS,
  READING_STATE_COUNT,
} from '../../tags/reading.js';
import type { Reading } from '../../tags/reading.js';
import { RSSI_UNKNOWN } from '../../tags/tag-table.js';
import { ReportKind } from '../report/report.js';
import type { Report } from '../report/report.js';

/*
 * A report as a record of the outbox, numbers low byte first. It is read again by later versions of the firmware: what
 * changes gets a new number of its kind.
 *
 *   0  u8   ReportKind, and bits for the parts that are there
 *   1  u32  boot
 *   5  u32  sequence
 *   9  u48  unixTime; or uptime, where its bit is set
 *  15  6 B  address
 *  21  s8   rssi
 *  22       the parts: window (s16 mean in 0.1 dBm, s8 maximum), distance (f32), last seen (u48, as the time)
 *
 * and of a reading behind them
 *
 *   0  u8   format
 *   1  u8   ReadingState
 *   2  u8   identity kind
 *   3  u8   identity length
 *   4  u8   count of formats
 *   5  u8   count of fields
 *   6       identity, formats, fields
 *
 * A reading whose advertisement is kept has the kind 3, and behind its fields a u8 with the length of the advertisement
 * and its bytes. A firmware that does not know that kind sets such a record aside.
 *
 * A field is its number with the top bit clear and an f32, or with the top bit set and an f64 where f32 is not exact.
 */
const enum Offset {
  kind = 0,
  boot = 1,
  sequence = 5,
  time = 9,
  address = 15,
  rssi = 21,
  parts = 22,
}

const enum ReadingOffset {
  format = 0,
  state = 1,
  identityKind = 2,
  identityLength = 3,
  formatCount = 4,
  fieldCount = 5,
  body = 6,
}

/** Bits of `Offset.kind`. */
const enum Part {
  kinds = 0x0f,
  window = 0x10,
  distance = 0x20,
  lastSeen = 0x40,
  uptime = 0x80,
}

/** In the place of a `ReportKind`: a reading with its advertisement. */
const WITH_ADVERTISEMENT = 3;

const WINDOW_SIZE = 3;
const DISTANCE_SIZE = 4;
const TIME_SIZE = 6;

/** The longest record, that of a reading, in bytes, without an advertisement: with one, 1 more and its bytes. */
export const MAX_REPORT_LENGTH =
  Offset.parts + WINDOW_SIZE + DISTANCE_SIZE + ReadingOffset.body + IDENTITY_SIZE + FORMATS_SIZE + MAX_FIELDS * 9;

const WIDE = 0x80;
/** Bytes of a field. */
const NARROW_FIELD = 5;
const WIDEST_FIELD = 9;
const TWO_32 = 0x100000000;

/** Bytes that the record of `report` takes. Of one that is not a reading, `reading` is left out. */
export function reportLength(report: Report): number {
  const kind = report.kind;
  const reading = report.reading;
  let length = Offset.parts + partsLength(partsOf(report));
  if (kind !== ReportKind.reading) return length;
  length += ReadingOffset.body + reading.identityLength + reading.formatCount;
  for (let field = reading.nextField(-1); field >= 0; field = reading.nextField(field)) {
    length += isNarrow(reading.get(field)) ? 5 : 9;
  }
  return report.advertisementLength > 0 ? length + 1 + report.advertisementLength : length;
}

/**
 * Writes the record of `report`, of `reportLength` bytes, to `bytes` at `at`, and returns where it ends. `view` is of
 * the whole buffer of `bytes`. What a record cannot hold is rounded in the report as well, so that both say the same.
 */
export function writeReport(report: Report, bytes: Uint8Array, view: DataView, at: number): number {
  settle(report);
  const parts = partsOf(report);
  bytes[at + Offset.kind] = parts;
  view.setUint32(at + Offset.boot, report.boot, true);
  view.setUint32(at + Offset.sequence, report.sequence, true);
  writeTime(view, at + Offset.time, parts & Part.uptime ? report.uptime : report.unixTime);
  bytes.set(report.address, at + Offset.address);
  view.setInt8(at + Offset.rssi, report.rssi);
  let to = at + Offset.parts;
  if (parts & Part.window) {
    view.setInt16(to, Math.round(report.rssiMean * 10), true);
    view.setInt8(to + 2, report.rssiMax);
    to += WINDOW_SIZE;
  }
  if (parts & Part.distance) {
    view.setFloat32(to, report.distance, true);
    to += DISTANCE_SIZE;
  }
  if (parts & Part.lastSeen) {
    writeTime(view, to, report.lastSeen);
    to += TIME_SIZE;
  }
  if (report.kind !== ReportKind.reading) return to;
  to = writeReading(bytes, view, to, report.reading);
  const length = report.advertisementLength;
  if (length === 0) return to;
  bytes[to++] = length;
  for (let i = 0; i < length; i++) bytes[to++] = report.advertisement[i]!;
  return to;
}

/** Makes of the report what `readReport` makes of its record. */
function settle(report: Report): void {
  const reading = report.reading;
  if (report.rssiMean !== RSSI_UNKNOWN) report.rssiMean = Math.round(report.rssiMean * 10) / 10 + 0;
  else report.rssiMax = RSSI_UNKNOWN;
  if (report.distance > 0) report.distance = Math.fround(report.distance);
  else report.distance = 0;
  report.lastSeen = report.lastSeen > 0 && report.kind !== ReportKind.reading ? Math.floor(report.lastSeen) : 0;
  if (report.unixTime !== 0) report.uptime = 0;
  report.timeEstimated = false;
  if (reading.identityLength === 0) reading.identityKind = IdentityKind.none;
}

/** Returns where it ends. */
function writeReading(bytes: Uint8Array, view: DataView, at: number, reading: Reading): number {
  const identity = reading.identity;
  const identityLength = reading.identityLength;
  const formats = reading.formats;
  const formatCount = reading.formatCount;
  const present = reading.present;
  const values = reading.values;
  bytes[at + ReadingOffset.format] = reading.format;
  bytes[at + ReadingOffset.state] = reading.state;
  bytes[at + ReadingOffset.identityKind] = reading.identityKind;
  bytes[at + ReadingOffset.identityLength] = identityLength;
  bytes[at + ReadingOffset.formatCount] = formatCount;
  bytes[at + ReadingOffset.fieldCount] = reading.fieldCount;
  let to = at + ReadingOffset.body;
  for (let i = 0; i < identityLength; i++) bytes[to++] = identity[i]!;
  for (let i = 0; i < formatCount; i++) bytes[to++] = formats[i]!;
  for (let word = 0; word < MAP_WORDS; word++) {
    for (let bits = present[word]!; bits !== 0; bits &= bits - 1) {
      const field = 32 * word + 31 - Math.clz32(bits & -bits);
      const value = values[field]!;
      if (Math.fround(value) === value) {
        bytes[to] = field;
        view.setFloat32(to + 1, value, true);
        to += NARROW_FIELD;
      } else {
        bytes[to] = field | WIDE;
        view.setFloat64(to + 1, value, true);
        to += WIDEST_FIELD;
      }
    }
  }
  return to;
}

/**
 * Fills `report` from the record at `at`, for which `checkReport` is true. An advertisement for which `report` has no
 * room is left out.
 */
export function readReport(bytes: Uint8Array, view: DataView, at: number, report: Report): void {
  report.noteRecord(undefined, 0);
  const parts = bytes[at + Offset.kind]!;
  const kind = parts & Part.kinds;
  report.kind = kind === WITH_ADVERTISEMENT ? ReportKind.reading : kind;
  report.boot = view.getUint32(at + Offset.boot, true);
  report.sequence = view.getUint32(at + Offset.sequence, true);
  const time = readTime(view, at + Offset.time);
  report.unixTime = parts & Part.uptime ? 0 : time;
  report.uptime = parts & Part.uptime ? time : 0;
  report.timeEstimated = false;
  // Without a loop this takes a third of the instructions.
  const address = report.address;
  address[0] = bytes[at + Offset.address]!;
  address[1] = bytes[at + Offset.address + 1]!;
  address[2] = bytes[at + Offset.address + 2]!;
  address[3] = bytes[at + Offset.address + 3]!;
  address[4] = bytes[at + Offset.address + 4]!;
  address[5] = bytes[at + Offset.address + 5]!;
  report.rssi = view.getInt8(at + Offset.rssi);
  let from = at + Offset.parts;
  report.rssiMean = parts & Part.window ? view.getInt16(from, true) / 10 : RSSI_UNKNOWN;
  report.rssiMax = parts & Part.window ? view.getInt8(from + 2) : RSSI_UNKNOWN;
  if (parts & Part.window) from += WINDOW_SIZE;
  report.distance = parts & Part.distance ? view.getFloat32(from, true) : 0;
  if (parts & Part.distance) from += DISTANCE_SIZE;
  report.lastSeen = parts & Part.lastSeen ? readTime(view, from) : 0;
  if (parts & Part.lastSeen) from += TIME_SIZE;
  report.reading.clear();
  report.advertisementLength = 0;
  if (report.kind !== ReportKind.reading) return;
  from = readReading(bytes, view, from, report.reading);
  if (kind !== WITH_ADVERTISEMENT) return;
  const advertisement = report.advertisement;
  const length = bytes[from]!;
  if (length > advertisement.length) return;
  for (let i = 0; i < length; i++) advertisement[i] = bytes[from + 1 + i]!;
  report.advertisementLength = length;
}

/** Returns where it ends. */
function readReading(bytes: Uint8Array, view: DataView, at: number, reading: Reading): number {
  reading.format = bytes[at + ReadingOffset.format]!;
  reading.state = bytes[at + ReadingOffset.state]!;
  let from = at + ReadingOffset.body;
  const identityLength = bytes[at + ReadingOffset.identityLength]!;
  if (identityLength > 0) {
    reading.setIdentity(bytes[at + ReadingOffset.identityKind]!, bytes, from, identityLength);
    from += identityLength;
  }
  for (let i = bytes[at + ReadingOffset.formatCount]!; i > 0; i--) reading.addFormat(bytes[from++]!);
  for (let i = bytes[at + ReadingOffset.fieldCount]!; i > 0; i--) {
    const tag = bytes[from]!;
    if (tag & WIDE) {
      reading.set(tag & ~WIDE, view.getFloat64(from + 1, true));
      from += 9;
    } else {
      reading.set(tag, view.getFloat32(from + 1, true));
      from += 5;
    }
  }
  return from;
}

/**
 * True when `bytes[at..to)` is a record that `writeReport` writes. For what a log brings back: another version of the
 * firmware may have written it.
 */
export function checkReport(bytes: Uint8Array, at: number, to: number): boolean {
  if (to - at < Offset.parts) return false;
  const parts = bytes[at + Offset.kind]!;
  const kind = parts & Part.kinds;
  if (kind > WITH_ADVERTISEMENT) return false;
  at += Offset.parts + partsLength(parts);
  if (kind !== ReportKind.reading && kind !== WITH_ADVERTISEMENT) return at === to;
  if (parts & Part.lastSeen || to - at < ReadingOffset.body) return false;
  if (bytes[at + ReadingOffset.format] === 0 || bytes[at + ReadingOffset.state]! >= READING_STATE_COUNT) return false;
  const identityLength = bytes[at + ReadingOffset.identityLength]!;
  const formatCount = bytes[at + ReadingOffset.formatCount]!;
  if (bytes[at + ReadingOffset.identityKind]! >= IDENTITY_KIND_COUNT || identityLength > IDENTITY_SIZE) return false;
  if (formatCount > FORMATS_SIZE) return false;
  let from = at + ReadingOffset.body + identityLength + formatCount;
  for (let i = bytes[at + ReadingOffset.fieldCount]!; i > 0; i--) {
    if (from >= to) return false;
    const tag = bytes[from]!;
    if ((tag & ~WIDE) >= FIELD_COUNT) return false;
    from += tag & WIDE ? 9 : 5;
  }
  if (kind === WITH_ADVERTISEMENT && from < to && bytes[from] !== 0) from += 1 + bytes[from]!;
  else if (kind === WITH_ADVERTISEMENT) return false;
  return from === to;
}

function partsOf(report: Report): number {
  const hasAdvertisement = report.kind === ReportKind.reading && report.advertisementLength > 0;
  let parts: number = hasAdvertisement ? WITH_ADVERTISEMENT : report.kind;
  if (report.rssiMean !== RSSI_UNKNOWN) parts |= Part.window;
  if (report.distance > 0) parts |= Part.distance;
  if (report.lastSeen > 0 && report.kind !== ReportKind.reading) parts |= Part.lastSeen;
  if (report.unixTime === 0 && report.uptime > 0) parts |= Part.uptime;
  return parts;
}

function partsLength(parts: number): number {
  return (
    (parts & Part.window ? WINDOW_SIZE : 0) +
    (parts & Part.distance ? DISTANCE_SIZE : 0) +
    (parts & Part.lastSeen ? TIME_SIZE : 0)
  );
}

function writeTime(view: DataView, at: number, time: number): void {
  view.setUint32(at, time % TWO_32, true);
  view.setUint16(at + 4, time / TWO_32, true);
}

function readTime(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint16(at + 4, true) * TWO_32;
}

function isNarrow(value: number): boolean {
  return Math.fround(value) === value;
}
