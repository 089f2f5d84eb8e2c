import { COMMA, put, putByte, QUOTE, writeNumber, writeText } from '../../bytes/json-writer.js';
import type { Connection } from '../../connection/index.js';
import type { Clock } from '../../hal/index.js';
import { encodeUtf8 } from '../../mqtt/utf8.js';
import type { HealthReport } from '../../telemetry/health-report.js';
import type { Report } from '../../telemetry/report/report.js';
import { writeHealthJson } from '../json/health-json.js';
import { JsonListBatch } from '../list-batch.js';
import type { BatchWriter } from '../batch.js';
import type { DeviceStatus, Publication, TagProfile } from '../profile.js';
import type { ThingsBoardSession } from './session.js';
import { countValues, hasValues, writeTelemetry } from './values.js';

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
/** Values in a health report, about. */
const HEALTH_POINTS = 30;

const SESSION = encodeUtf8('{"session":"');
const FIRMWARE = encodeUtf8('"firmware":');
const BOARD = encodeUtf8('"board":');
const BOOTS = encodeUtf8('"boots":');
const RESTART = encodeUtf8('"restart":');
const NOTICE = encodeUtf8('"notice":');
const CLOSE = 0x7d;

/**
 * One device of ThingsBoard. Readings and presence of its tags are its telemetry, with keys that begin with a tag's
 * address; its health is telemetry as well, and what it says of itself at a connection are client attributes.
 * ThingsBoard knows by itself whether a device is there, and takes no will.
 */
export class ThingsBoardProfile implements TagProfile {
  readonly name: string = 'thingsboard';
  readonly qos = 1;
  readonly maxTopicLength: number = ATTRIBUTES.topic.length;
  readonly batch: BatchWriter;
  readonly batchWait: number;
  readonly birth: Publication | undefined = ATTRIBUTES;
  readonly will = undefined;
  readonly health: Publication | undefined = HEALTH;

  protected readonly session: ThingsBoardSession;
  private readonly clock: Clock;

  /** `batch` writes several reports into one message; `batchWait`: milliseconds that one waits for others. */
  constructor(session: ThingsBoardSession, clock: Clock, batch: BatchWriter, batchWait: number) {
    this.session = session;
    this.clock = clock;
    this.batch = batch;
    this.batchWait = batchWait;
  }

  introduce(report: Report, connection: Connection, now: number): boolean {
    return this.session.allows(report, countValues(report), connection, now);
  }

  /** A report without any value has no place. */
  messages(report: Report): number {
    return hasValues(report) ? 1 : 0;
  }

  retains(): boolean {
    return false;
  }

  writeTopic(_report: Report, _part: number, into: Uint8Array, from: number, to: number): number {
    const at = put(TELEMETRY.topic, into, from, to);
    return at < 0 ? -1 : at - from;
  }

  writePayload(report: Report, _part: number, into: Uint8Array, from: number, to: number): number {
    const most = from + this.session.limits.maxPayload;
    const at = writeTelemetry(report, true, into, from, most < to ? most : to);
    return at < 0 ? -1 : at - from;
  }

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
    this.session.noteSent(0, this.clock.now());
    return at < 0 ? -1 : at - from;
  }

  writeWill(): number {
    return -1;
  }

  writeHealth(report: HealthReport, into: Uint8Array, from: number, to: number): number {
    this.session.noteSent(HEALTH_POINTS, this.clock.now());
    return writeHealthJson(report, into, from, to);
  }
}

/** Several reports in one message: an array of what `writeTelemetry` writes. */
export class ThingsBoardBatch extends JsonListBatch {
  private readonly session: ThingsBoardSession;

  constructor(maxReports: number, session: ThingsBoardSession) {
    super(maxReports);
    this.session = session;
  }

  override begin(report: Report, into: Uint8Array, from: number, to: number): boolean {
    const most = from + this.session.limits.maxPayload;
    return super.begin(report, into, from, most < to ? most : to);
  }

  protected put(report: Report): number {
    const { into, to } = this;
    return writeTelemetry(report, true, into, this.count === 0 ? this.at : putByte(COMMA, into, this.at, to), to);
  }
}
