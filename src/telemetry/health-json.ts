import { asciiBytes } from '../tags/ascii.js';
import { writeDecimal } from './decimal.js';
import { type HealthReport, ScannerState } from './health-report.js';
import { put, putByte, writeNumber, writeText } from './json-text.js';

const CLOSE = 0x7d;

const UPTIME = asciiBytes('{"uptime":');
const TIME = asciiBytes('"time":');
const RESTART_REASON = asciiBytes('"restartReason":');
const FREE_CHUNK_BYTES = asciiBytes('"freeChunkBytes":');
const FREE_SLOT_BYTES = asciiBytes('"freeSlotBytes":');
const RSSI = asciiBytes('"rssi":');
const CONNECTS = asciiBytes('"connects":');
const SKIPPED = asciiBytes('"skipped":');
const SCANNER = asciiBytes('"scanner":');
const OUTBOX = asciiBytes('"outbox":');
const DROPPED = asciiBytes('"dropped":');
const ADVERTISEMENTS = asciiBytes('"advertisements":');
const PER_SECOND = asciiBytes('"advertisementsPerSecond":');
const TAGS = asciiBytes('"tags":');
const SCAN_RESTARTS = asciiBytes('"scanRestarts":');
const RADIO_RESETS = asciiBytes('"radioResets":');
const CHIP_RESTARTS = asciiBytes('"chipRestarts":');

const SCANNING = asciiBytes('scanning');
const PAUSED = asciiBytes('paused');
const SILENT = asciiBytes('silent');

/**
 * Writes a health report as one flat JSON object to `into[from..to)` and returns its length in bytes, or -1 when it
 * does not fit (bytes of the range may have been written then). At most 400 bytes beside the restart reason. Allocates
 * nothing.
 *
 *     {"uptime":3600,"time":1790000000000,"restartReason":"power on","freeChunkBytes":9000,"freeSlotBytes":8000,
 *      "rssi":-61,"connects":2,"skipped":0,"scanner":"scanning","outbox":3,"dropped":0,"advertisements":41234,
 *      "advertisementsPerSecond":11.4,"tags":17,"scanRestarts":0,"radioResets":0,"chipRestarts":0}
 *
 * (in one line). What is not known is left out, and without a scanner all from `scanner` on.
 */
export function writeHealthJson(report: HealthReport, into: Uint8Array, from: number, to: number): number {
  if (to > into.length) to = into.length;
  let at = put(UPTIME, into, from, to);
  if (at < 0) return -1;
  at = writeDecimal(report.uptime, 0, into, at, to);
  if (report.epoch !== 0) at = writeNumber(TIME, report.epoch, 0, into, at, to);
  if (report.restartReason.length > 0) at = writeText(RESTART_REASON, report.restartReason, into, at, to);
  if (report.freeChunkBytes >= 0) at = writeNumber(FREE_CHUNK_BYTES, report.freeChunkBytes, 0, into, at, to);
  if (report.freeSlotBytes >= 0) at = writeNumber(FREE_SLOT_BYTES, report.freeSlotBytes, 0, into, at, to);
  if (report.rssi !== 0) at = writeNumber(RSSI, report.rssi, 0, into, at, to);
  at = writeNumber(CONNECTS, report.connects, 0, into, at, to);
  at = writeNumber(SKIPPED, report.skipped, 0, into, at, to);
  const scanner = report.scanner;
  if (scanner !== ScannerState.none) {
    const state = scanner === ScannerState.scanning ? SCANNING : scanner === ScannerState.paused ? PAUSED : SILENT;
    at = writeText(SCANNER, state, into, at, to);
    at = writeNumber(OUTBOX, report.outbox, 0, into, at, to);
    at = writeNumber(DROPPED, report.dropped, 0, into, at, to);
    at = writeNumber(ADVERTISEMENTS, report.advertisements, 0, into, at, to);
    at = writeNumber(PER_SECOND, report.advertisementsPerSecond, 1, into, at, to);
    at = writeNumber(TAGS, report.tags, 0, into, at, to);
    at = writeNumber(SCAN_RESTARTS, report.scanRestarts, 0, into, at, to);
    at = writeNumber(RADIO_RESETS, report.radioResets, 0, into, at, to);
    at = writeNumber(CHIP_RESTARTS, report.chipRestarts, 0, into, at, to);
  }
  at = putByte(CLOSE, into, at, to);
  return at < 0 ? -1 : at - from;
}
