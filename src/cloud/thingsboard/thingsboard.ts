import { put, putByte, QUOTE, writeNumber, writeText } from '../../bytes/json-writer.js';
import { encodeUtf8 } from '../../mqtt/utf8.js';
import type { HealthReport } from '../../telemetry/health-report.js';
import { writeHealthJson } from '../json/health-json.js';
import type { CloudProfile, DeviceStatus, Publication } from '../profile.js';

/** Where a device's telemetry and its client attributes go. */
export const TELEMETRY: Publication = Object.freeze({
  topic: encodeUtf8('v1/devices/me/telemetry'),
  qos: 1,
  retain: false,
});
export const ATTRIBUTES: Publication = Object.freeze({
  topic: encodeUtf8('v1/devices/me/attributes'),
  qos: 1,
  retain: false,
});
/** A lost health report is replaced by the next one. */
const HEALTH: Publication = Object.freeze({ topic: TELEMETRY.topic, qos: 0, retain: false });

const SESSION = encodeUtf8('{"session":"');
const FIRMWARE = encodeUtf8('"firmware":');
const BOARD = encodeUtf8('"board":');
const BOOTS = encodeUtf8('"boots":');
const RESTART = encodeUtf8('"restart":');
const NOTICE = encodeUtf8('"notice":');
const CLOSE = 0x7d;

/**
 * One device of ThingsBoard, without tags. Its health is telemetry, and what it says of itself at a connection are
 * client attributes. ThingsBoard knows by itself whether a device is there, and takes no will.
 */
export class ThingsBoardProfile implements CloudProfile {
  readonly name: string = 'thingsboard';
  readonly birth: Publication | undefined = ATTRIBUTES;
  readonly will = undefined;
  readonly health: Publication | undefined = HEALTH;

  /** As in the birth of `writeOnlineJson`, without status and time, which ThingsBoard knows. */
  writeBirth(status: DeviceStatus, into: Uint8Array, from: number, to: number): number {
    const { session, sessionLength, firmware, board, boots, restartReason, notice } = status;
    let at = put(SESSION, into, from, to);
    for (let i = 0; i < sessionLength; i++) at = putByte(session[i]!, into, at, to);
    at = putByte(QUOTE, into, at, to);
    if (firmware.length > 0) at = writeText(FIRMWARE, firmware, into, at, to);
    if (board.length > 0) at = writeText(BOARD, board, into, at, to);
    if (boots > 0) at = writeNumber(BOOTS, boots, 0, into, at, to);
    if (restartReason.length > 0) at = writeText(RESTART, restartReason, into, at, to);
    // An attribute stays, so an empty one ends the notice of an earlier start.
    at = putByte(CLOSE, into, writeText(NOTICE, notice, into, at, to), to);
    return at < 0 ? -1 : at - from;
  }

  writeWill(): number {
    return -1;
  }

  writeHealth(report: HealthReport, into: Uint8Array, from: number, to: number): number {
    return writeHealthJson(report, into, from, to);
  }
}
