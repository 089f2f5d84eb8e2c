import { COMMA, put, putByte } from '../../bytes/json-writer.js';
import type { Connection } from '../../connection/index.js';
import type { Clock } from '../../hal/index.js';
import type { HealthReport } from '../../telemetry/health-report.js';
import type { Report } from '../../telemetry/report/report.js';
import type { BatchWriter } from '../batch.js';
import { JsonListBatch } from '../list-batch.js';
import type { TagProfile } from '../profile.js';
import type { ThingsBoardSession } from './session.js';
import { ATTRIBUTES, TELEMETRY, ThingsBoardProfile } from './thingsboard.js';
import { countValues, hasValues, writeTelemetry } from './values.js';

/** Values in a health report, about. */
const HEALTH_POINTS = 30;

/**
 * A device of ThingsBoard with tags: their readings and presence are its telemetry, with keys that begin with a tag's
 * address.
 */
export class ThingsBoardTagProfile extends ThingsBoardProfile implements TagProfile {
  readonly qos = 1;
  readonly maxTopicLength: number = ATTRIBUTES.topic.length;
  readonly batch: BatchWriter;
  readonly batchWait: number;

  protected readonly session: ThingsBoardSession;
  private readonly clock: Clock;

  /** `batch` writes several reports into one message; `batchWait`: milliseconds that one waits for others. */
  constructor(session: ThingsBoardSession, clock: Clock, batch: BatchWriter, batchWait: number) {
    super();
    this.session = session;
    this.clock = clock;
    this.batch = batch;
    this.batchWait = batchWait;
  }

  introduce(report: Report, connection: Connection, now: number): boolean {
    return this.session.allows(report, countValues(report), connection, now);
  }

  /** A report without any value has no place. */
  points(report: Report): number {
    return countValues(report);
  }

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

  override writeHealth(report: HealthReport, into: Uint8Array, from: number, to: number): number {
    this.session.noteTelemetry(HEALTH_POINTS, this.clock.now());
    return super.writeHealth(report, into, from, to);
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
