import { asciiBytes } from '../tags/ascii.js';
import { RSSI_UNKNOWN } from '../tags/tag-table.js';
import { put, putByte, writeNumber } from './json-text.js';
import { type Report, ReportKind } from './report.js';

const CLOSE = 0x7d;

const ARRIVED = asciiBytes('{"presence":"arrived"');
const AWAY = asciiBytes('{"presence":"away"');
const TIME = asciiBytes('"time":');
const LAST_SEEN = asciiBytes('"lastSeen":');
const RSSI = asciiBytes('"rssi":');

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
  if (report.epoch !== 0) at = writeNumber(TIME, report.epoch, 0, into, at, to);
  if (report.lastSeen !== 0) at = writeNumber(LAST_SEEN, report.lastSeen, 0, into, at, to);
  if (report.rssi !== RSSI_UNKNOWN) at = writeNumber(RSSI, report.rssi, 0, into, at, to);
  at = putByte(CLOSE, into, at, to);
  return at < 0 ? -1 : at - from;
}
