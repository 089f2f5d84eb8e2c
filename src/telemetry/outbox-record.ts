import { FIELD_COUNT } from '../tags/field.js';
import {
  FORMATS_SIZE,
  IDENTITY_KIND_COUNT,
  IDENTITY_SIZE,
  MAX_FIELDS,
  type Reading,
  READING_STATE_COUNT,
} from '../tags/reading.js';
import { ADDRESS_SIZE } from '../tags/tag-table.js';
import type { Report } from './report.js';

/*
 * A record of the outbox, numbers low byte first:
 *
 *   0  u16  length of the whole record
 *   2  u8   RecordState
 *   3  u16  packet identifier, 0 unless in flight
 *   5  6 B  address
 *  11  s8   rssi
 *  12  u48  epoch
 *  18  u32  sequence
 *  22  u8   format
 *  23  u8   ReadingState
 *  24  u8   identity kind
 *  25  u8   identity length
 *  26  u8   count of formats
 *  27  u8   count of fields
 *  28       identity, formats, fields
 *
 * A field is its number with the top bit clear and an f32, or with the top bit set and an f64 where f32 is not exact.
 */
export const enum RecordOffset {
  length = 0,
  state = 2,
  packetId = 3,
  address = 5,
  rssi = 11,
  epoch = 12,
  sequence = 18,
  format = 22,
  readingState = 23,
  identityKind = 24,
  identityLength = 25,
  formatCount = 26,
  fieldCount = 27,
  body = 28,
}

/** Where a record is on its way. */
export const enum RecordState {
  waiting = 1,
  inFlight = 2,
  /** Acknowledged or dropped; its bytes are free. */
  done = 3,
}

/** The longest record, in bytes. */
export const MAX_RECORD_LENGTH = RecordOffset.body + IDENTITY_SIZE + FORMATS_SIZE + MAX_FIELDS * 9;

const WIDE = 0x80;

/** Bytes that the record of `reading` takes. */
export function recordLength(reading: Reading): number {
  let length = RecordOffset.body + reading.identityLength + reading.formatCount;
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
  reading: Reading,
  address: Uint8Array,
  addressAt: number,
  rssi: number,
  epoch: number,
  sequence: number,
): void {
  view.setUint16(at + RecordOffset.length, length, true);
  view.setUint8(at + RecordOffset.state, RecordState.waiting);
  view.setUint16(at + RecordOffset.packetId, 0, true);
  for (let i = 0; i < ADDRESS_SIZE; i++) view.setUint8(at + RecordOffset.address + i, address[addressAt + i]!);
  view.setInt8(at + RecordOffset.rssi, rssi);
  view.setUint32(at + RecordOffset.epoch, epoch % 0x100000000, true);
  view.setUint16(at + RecordOffset.epoch + 4, epoch / 0x100000000, true);
  view.setUint32(at + RecordOffset.sequence, sequence, true);
  view.setUint8(at + RecordOffset.format, reading.format);
  view.setUint8(at + RecordOffset.readingState, reading.state);
  view.setUint8(at + RecordOffset.identityKind, reading.identityKind);
  view.setUint8(at + RecordOffset.identityLength, reading.identityLength);
  view.setUint8(at + RecordOffset.formatCount, reading.formatCount);

  let to = at + RecordOffset.body;
  for (let i = 0; i < reading.identityLength; i++) view.setUint8(to++, reading.identity[i]!);
  for (let i = 0; i < reading.formatCount; i++) view.setUint8(to++, reading.formats[i]!);
  let fields = 0;
  for (let field = reading.nextField(-1); field >= 0; field = reading.nextField(field)) {
    fields++;
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
  view.setUint8(at + RecordOffset.fieldCount, fields);
}

/** Fills `report` from the record at `at`, which `writeRecord` wrote. */
export function readRecord(bytes: Uint8Array, view: DataView, at: number, report: Report): void {
  for (let i = 0; i < ADDRESS_SIZE; i++) report.address[i] = bytes[at + RecordOffset.address + i]!;
  report.rssi = view.getInt8(at + RecordOffset.rssi);
  report.epoch =
    view.getUint32(at + RecordOffset.epoch, true) + view.getUint16(at + RecordOffset.epoch + 4, true) * 0x100000000;
  report.sequence = view.getUint32(at + RecordOffset.sequence, true);

  const reading = report.reading;
  reading.clear();
  reading.format = bytes[at + RecordOffset.format]!;
  reading.state = bytes[at + RecordOffset.readingState]!;
  const identityLength = bytes[at + RecordOffset.identityLength]!;
  let from = at + RecordOffset.body;
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
  if (bytes[at + RecordOffset.format] === 0 || bytes[at + RecordOffset.readingState]! >= READING_STATE_COUNT) {
    return -1;
  }
  const kind = bytes[at + RecordOffset.identityKind]!;
  const identityLength = bytes[at + RecordOffset.identityLength]!;
  const formatCount = bytes[at + RecordOffset.formatCount]!;
  if (kind >= IDENTITY_KIND_COUNT || identityLength > IDENTITY_SIZE || formatCount > FORMATS_SIZE) return -1;
  let from = at + RecordOffset.body + identityLength + formatCount;
  const end = at + length;
  for (let i = bytes[at + RecordOffset.fieldCount]!; i > 0; i--) {
    if (from >= end) return -1;
    const tag = bytes[from]!;
    if ((tag & ~WIDE) >= FIELD_COUNT) return -1;
    from += tag & WIDE ? 9 : 5;
  }
  return from === end ? length : -1;
}

function isNarrow(value: number): boolean {
  return Math.fround(value) === value;
}
