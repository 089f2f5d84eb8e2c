import { JsonKeys } from '../../bytes/json-keys.js';
import { putByte, putString } from '../../bytes/json-writer.js';
import { ScannerState } from '../../telemetry/health-report.js';
import type { HealthReport } from '../../telemetry/health-report.js';

const OPEN = 0x7b;
const CLOSE = 0x7d;

/** The members, by number. */
const enum Key {
  uptime,
  time,
  restartReason,
  model,
  serial,
  firmware,
  load,
  freeMemory,
  usedMemory,
  largestFreeBlock,
  peakChunkBytes,
  peakSlotBytes,
  lostMessages,
  lostAnswers,
  setAside,
  setAsideTopic,
  setAsideSize,
  droppedFull,
  droppedLong,
  droppedOld,
  droppedThinned,
  droppedCorrupt,
  backlog,
  badBlocks,
  filtered,
  refusedTags,
  freeChunkBytes,
  freeSlotBytes,
  rssi,
  connects,
  skipped,
  outbox,
  dropped,
  advertisements,
  advertisementsPerSecond,
  tags,
  scanRestarts,
  radioResets,
  chipRestarts,
}

/** In the order of `Key`. */
const keys = new JsonKeys(
  (
    'uptime time restartReason model serial firmware load freeMemory usedMemory largestFreeBlock ' +
    'peakChunkBytes peakSlotBytes lostMessages lostAnswers setAside setAsideTopic setAsideSize ' +
    'droppedFull droppedLong droppedOld droppedThinned droppedCorrupt backlog badBlocks filtered ' +
    'refusedTags freeChunkBytes freeSlotBytes rssi connects skipped outbox dropped advertisements ' +
    'advertisementsPerSecond tags scanRestarts radioResets chipRestarts'
  ).split(' '),
);

/** In the order of `ScannerState`, without a scanner first. */
const states = new JsonKeys(['', 'scanning', 'paused', 'silent', 'stopped'], ',"scanner":"', '"');

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
  let at = keys.putNumber(Key.uptime, report.uptime, 0, into, from, to);
  if (at < 0) return -1;
  // In place of its comma.
  into[from] = OPEN;
  if (report.unixTime !== 0) at = keys.putNumber(Key.time, report.unixTime, 0, into, at, to);
  if (report.restartReason.length > 0) at = writeText(Key.restartReason, report.restartReason, into, at, to);
  if (all) at = writeDevice(report, into, at, to);
  at = writeKnown(Key.freeChunkBytes, report.freeChunkBytes, into, at, to);
  at = writeKnown(Key.freeSlotBytes, report.freeSlotBytes, into, at, to);
  if (all) {
    at = writeKnown(Key.peakChunkBytes, report.peakChunkBytes, into, at, to);
    at = writeKnown(Key.peakSlotBytes, report.peakSlotBytes, into, at, to);
  }
  if (report.rssi !== 0) at = keys.putNumber(Key.rssi, report.rssi, 0, into, at, to);
  at = keys.putNumber(Key.connects, report.connects, 0, into, at, to);
  at = keys.putNumber(Key.skipped, report.skipped, 0, into, at, to);
  if (all) {
    at = writeCount(Key.lostMessages, report.lostMessages, into, at, to);
    at = writeCount(Key.lostAnswers, report.lostAnswers, into, at, to);
    if (report.setAside > 0) at = writeSetAside(report, into, at, to);
  }
  if (report.scanner !== ScannerState.none) at = writeScanner(report, all, into, at, to);
  at = putByte(CLOSE, into, at, to);
  return at < 0 ? -1 : at - from;
}

/** Messages that the broker does not take. */
function writeSetAside(report: HealthReport, into: Uint8Array, at: number, to: number): number {
  at = keys.putNumber(Key.setAside, report.setAside, 0, into, at, to);
  at = writeText(Key.setAsideTopic, report.setAsideTopic, into, at, to);
  return keys.putNumber(Key.setAsideSize, report.setAsideSize, 0, into, at, to);
}

/** What does not change, and what stands beside the engine. */
function writeDevice(report: HealthReport, into: Uint8Array, at: number, to: number): number {
  if (report.model.length > 0) at = writeText(Key.model, report.model, into, at, to);
  if (report.serial.length > 0) at = writeText(Key.serial, report.serial, into, at, to);
  if (report.firmware.length > 0) at = writeText(Key.firmware, report.firmware, into, at, to);
  at = writeKnown(Key.load, report.load, into, at, to);
  at = writeKnown(Key.freeMemory, report.freeMemory, into, at, to);
  at = writeKnown(Key.usedMemory, report.usedMemory, into, at, to);
  return writeKnown(Key.largestFreeBlock, report.largestFreeBlock, into, at, to);
}

function writeScanner(report: HealthReport, all: boolean, into: Uint8Array, at: number, to: number): number {
  at = states.putWhole(report.scanner, into, at, to);
  at = keys.putNumber(Key.outbox, report.outbox, 0, into, at, to);
  if (all) at = writeCount(Key.backlog, report.backlog, into, at, to);
  at = keys.putNumber(Key.dropped, report.dropped, 0, into, at, to);
  if (all) {
    at = writeCount(Key.droppedFull, report.droppedFull, into, at, to);
    at = writeCount(Key.droppedLong, report.droppedLong, into, at, to);
    at = writeCount(Key.droppedOld, report.droppedOld, into, at, to);
    at = writeCount(Key.droppedThinned, report.droppedThinned, into, at, to);
    at = writeCount(Key.droppedCorrupt, report.droppedCorrupt, into, at, to);
    at = writeCount(Key.badBlocks, report.badBlocks, into, at, to);
    at = writeCount(Key.filtered, report.filtered, into, at, to);
    at = writeCount(Key.refusedTags, report.refusedTags, into, at, to);
  }
  at = keys.putNumber(Key.advertisements, report.advertisements, 0, into, at, to);
  at = keys.putNumber(Key.advertisementsPerSecond, report.advertisementsPerSecond, 1, into, at, to);
  at = keys.putNumber(Key.tags, report.tags, 0, into, at, to);
  at = keys.putNumber(Key.scanRestarts, report.scanRestarts, 0, into, at, to);
  at = keys.putNumber(Key.radioResets, report.radioResets, 0, into, at, to);
  return keys.putNumber(Key.chipRestarts, report.chipRestarts, 0, into, at, to);
}

/** Nothing for a number below 0. */
function writeKnown(key: Key, value: number, into: Uint8Array, at: number, to: number): number {
  return value < 0 ? at : keys.putNumber(key, value, 0, into, at, to);
}

/** Nothing for 0. */
function writeCount(key: Key, value: number, into: Uint8Array, at: number, to: number): number {
  return value === 0 ? at : keys.putNumber(key, value, 0, into, at, to);
}

function writeText(key: Key, text: Uint8Array, into: Uint8Array, at: number, to: number): number {
  return putString(text, into, keys.putWhole(key, into, at, to), to);
}
