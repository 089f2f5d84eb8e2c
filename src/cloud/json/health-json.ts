import { writeDecimal } from '../../bytes/decimal.js';
import { put, putByte, writeNumber, writeText } from '../../bytes/json-writer.js';
import { encodeUtf8 } from '../../mqtt/utf8.js';
import { ScannerState } from '../../telemetry/health-report.js';
import type { HealthReport } from '../../telemetry/health-report.js';

const CLOSE = 0x7d;

const UPTIME = encodeUtf8('{"uptime":');
const TIME = encodeUtf8('"time":');
const RESTART_REASON = encodeUtf8('"restartReason":');
const MODEL = encodeUtf8('"model":');
const SERIAL = encodeUtf8('"serial":');
const FIRMWARE = encodeUtf8('"firmware":');
const LOAD = encodeUtf8('"load":');
const FREE_MEMORY = encodeUtf8('"freeMemory":');
const USED_MEMORY = encodeUtf8('"usedMemory":');
const LARGEST_FREE_BLOCK = encodeUtf8('"largestFreeBlock":');
const PEAK_CHUNK_BYTES = encodeUtf8('"peakChunkBytes":');
const PEAK_SLOT_BYTES = encodeUtf8('"peakSlotBytes":');
const LOST_MESSAGES = encodeUtf8('"lostMessages":');
const LOST_ANSWERS = encodeUtf8('"lostAnswers":');
const SET_ASIDE = encodeUtf8('"setAside":');
const SET_ASIDE_TOPIC = encodeUtf8('"setAsideTopic":');
const SET_ASIDE_SIZE = encodeUtf8('"setAsideSize":');
const DROPPED_FULL = encodeUtf8('"droppedFull":');
const DROPPED_LONG = encodeUtf8('"droppedLong":');
const DROPPED_OLD = encodeUtf8('"droppedOld":');
const DROPPED_THINNED = encodeUtf8('"droppedThinned":');
const DROPPED_CORRUPT = encodeUtf8('"droppedCorrupt":');
const BACKLOG = encodeUtf8('"backlog":');
const BAD_BLOCKS = encodeUtf8('"badBlocks":');
const FILTERED = encodeUtf8('"filtered":');
const REFUSED_TAGS = encodeUtf8('"refusedTags":');
const FREE_CHUNK_BYTES = encodeUtf8('"freeChunkBytes":');
const FREE_SLOT_BYTES = encodeUtf8('"freeSlotBytes":');
const RSSI = encodeUtf8('"rssi":');
const CONNECTS = encodeUtf8('"connects":');
const SKIPPED = encodeUtf8('"skipped":');
const SCANNER = encodeUtf8('"scanner":');
const OUTBOX = encodeUtf8('"outbox":');
const DROPPED = encodeUtf8('"dropped":');
const ADVERTISEMENTS = encodeUtf8('"advertisements":');
const PER_SECOND = encodeUtf8('"advertisementsPerSecond":');
const TAGS = encodeUtf8('"tags":');
const SCAN_RESTARTS = encodeUtf8('"scanRestarts":');
const RADIO_RESETS = encodeUtf8('"radioResets":');
const CHIP_RESTARTS = encodeUtf8('"chipRestarts":');

const SCANNING = encodeUtf8('scanning');
const PAUSED = encodeUtf8('paused');
const SILENT = encodeUtf8('silent');
const STOPPED = encodeUtf8('stopped');

/**
 * Writes a health report as one flat JSON object to `into[from..to)` and returns its length in bytes, or -1 when it
 * does not fit (bytes of the range may have been written then). Allocates nothing.
 *
 *     {"uptime":3600,"time":1790000000000,"restartReason":"power on","model":"esp32","serial":"A1B2C3",
 *      "firmware":"0.1.0","load":13,"freeMemory":121000,"usedMemory":47476736,"largestFreeBlock":65536,
 *      "freeChunkBytes":9000,"freeSlotBytes":8000,"peakChunkBytes":23000,"peakSlotBytes":24000,"rssi":-61,
 *      "connects":2,"skipped":0,"lostMessages":1,"lostAnswers":1,"setAside":1,"setAsideTopic":"tagwire/shed/x",
 *      "setAsideSize":300,"scanner":"scanning","outbox":3,"backlog":2,"dropped":6,"droppedFull":1,"droppedLong":1,
 *      "droppedOld":1,"droppedThinned":1,"droppedCorrupt":1,"badBlocks":1,"filtered":9,"refusedTags":2,
 *      "advertisements":41234,
 *      "advertisementsPerSecond":11.4,"tags":17,"scanRestarts":0,"radioResets":0,"chipRestarts":0}
 *
 * (in one line). What is not known is left out, and without a scanner all from `scanner` on; counts of what was lost
 * or kept away are left out while they are 0, but for `dropped`. When there is no room for all of it, it is written
 * without model to largestFreeBlock, peaks and these counts; the rest takes at most 400 bytes beside the restart
 * reason. So a report for which payloads are too short is a smaller one, and not none.
 */
export function writeHealthJson(report: HealthReport, into: Uint8Array, from: number, to: number): number {
  const length = write(report, true, into, from, to);
  return length < 0 ? write(report, false, into, from, to) : length;
}

/** `all` false: only what tells whether the gateway works. */
function write(report: HealthReport, all: boolean, into: Uint8Array, from: number, to: number): number {
  if (to > into.length) to = into.length;
  let at = put(UPTIME, into, from, to);
  if (at < 0) return -1;
  at = writeDecimal(report.uptime, 0, into, at, to);
  if (report.unixTime !== 0) at = writeNumber(TIME, report.unixTime, 0, into, at, to);
  if (report.restartReason.length > 0) at = writeText(RESTART_REASON, report.restartReason, into, at, to);
  if (all) at = writeDevice(report, into, at, to);
  at = writeKnown(FREE_CHUNK_BYTES, report.freeChunkBytes, into, at, to);
  at = writeKnown(FREE_SLOT_BYTES, report.freeSlotBytes, into, at, to);
  if (all) {
    at = writeKnown(PEAK_CHUNK_BYTES, report.peakChunkBytes, into, at, to);
    at = writeKnown(PEAK_SLOT_BYTES, report.peakSlotBytes, into, at, to);
  }
  if (report.rssi !== 0) at = writeNumber(RSSI, report.rssi, 0, into, at, to);
  at = writeNumber(CONNECTS, report.connects, 0, into, at, to);
  at = writeNumber(SKIPPED, report.skipped, 0, into, at, to);
  if (all) {
    at = writeCount(LOST_MESSAGES, report.lostMessages, into, at, to);
    at = writeCount(LOST_ANSWERS, report.lostAnswers, into, at, to);
    if (report.setAside > 0) at = writeSetAside(report, into, at, to);
  }
  if (report.scanner !== ScannerState.none) at = writeScanner(report, all, into, at, to);
  at = putByte(CLOSE, into, at, to);
  return at < 0 ? -1 : at - from;
}

/** Messages that the broker does not take. */
function writeSetAside(report: HealthReport, into: Uint8Array, at: number, to: number): number {
  at = writeNumber(SET_ASIDE, report.setAside, 0, into, at, to);
  at = writeText(SET_ASIDE_TOPIC, report.setAsideTopic, into, at, to);
  return writeNumber(SET_ASIDE_SIZE, report.setAsideSize, 0, into, at, to);
}

/** What does not change, and what stands beside the engine. */
function writeDevice(report: HealthReport, into: Uint8Array, at: number, to: number): number {
  if (report.model.length > 0) at = writeText(MODEL, report.model, into, at, to);
  if (report.serial.length > 0) at = writeText(SERIAL, report.serial, into, at, to);
  if (report.firmware.length > 0) at = writeText(FIRMWARE, report.firmware, into, at, to);
  at = writeKnown(LOAD, report.load, into, at, to);
  at = writeKnown(FREE_MEMORY, report.freeMemory, into, at, to);
  at = writeKnown(USED_MEMORY, report.usedMemory, into, at, to);
  return writeKnown(LARGEST_FREE_BLOCK, report.largestFreeBlock, into, at, to);
}

function writeScanner(report: HealthReport, all: boolean, into: Uint8Array, at: number, to: number): number {
  at = writeText(SCANNER, stateText(report.scanner), into, at, to);
  at = writeNumber(OUTBOX, report.outbox, 0, into, at, to);
  if (all) at = writeCount(BACKLOG, report.backlog, into, at, to);
  at = writeNumber(DROPPED, report.dropped, 0, into, at, to);
  if (all) {
    at = writeCount(DROPPED_FULL, report.droppedFull, into, at, to);
    at = writeCount(DROPPED_LONG, report.droppedLong, into, at, to);
    at = writeCount(DROPPED_OLD, report.droppedOld, into, at, to);
    at = writeCount(DROPPED_THINNED, report.droppedThinned, into, at, to);
    at = writeCount(DROPPED_CORRUPT, report.droppedCorrupt, into, at, to);
    at = writeCount(BAD_BLOCKS, report.badBlocks, into, at, to);
    at = writeCount(FILTERED, report.filtered, into, at, to);
    at = writeCount(REFUSED_TAGS, report.refusedTags, into, at, to);
  }
  at = writeNumber(ADVERTISEMENTS, report.advertisements, 0, into, at, to);
  at = writeNumber(PER_SECOND, report.advertisementsPerSecond, 1, into, at, to);
  at = writeNumber(TAGS, report.tags, 0, into, at, to);
  at = writeNumber(SCAN_RESTARTS, report.scanRestarts, 0, into, at, to);
  at = writeNumber(RADIO_RESETS, report.radioResets, 0, into, at, to);
  return writeNumber(CHIP_RESTARTS, report.chipRestarts, 0, into, at, to);
}

/** Nothing for a number below 0. */
function writeKnown(key: Uint8Array, value: number, into: Uint8Array, at: number, to: number): number {
  return value < 0 ? at : writeNumber(key, value, 0, into, at, to);
}

/** Nothing for 0. */
function writeCount(key: Uint8Array, value: number, into: Uint8Array, at: number, to: number): number {
  return value === 0 ? at : writeNumber(key, value, 0, into, at, to);
}

function stateText(scanner: ScannerState): Uint8Array {
  if (scanner === ScannerState.scanning) return SCANNING;
  if (scanner === ScannerState.paused) return PAUSED;
  return scanner === ScannerState.silent ? SILENT : STOPPED;
}
