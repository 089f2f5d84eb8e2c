import type { TagProfile } from '../cloud/index.js';
import type { Connection } from '../connection/index.js';
import type { Clock, Store } from '../hal/index.js';
import { Refusal } from '../mqtt/state.js';
import type { OutboxOptions, Pacer } from '../telemetry/index.js';
import { checkNumber } from '../tags/check-range.js';
import { DropReason, RecordRank } from '../telemetry/outbox/flash-log.js';
import type { FlashLog } from '../telemetry/outbox/flash-log.js';
import { AppendResult, Outbox } from '../telemetry/outbox/outbox.js';
import {
  checkReport,
  MAX_REPORT_LENGTH,
  readReport,
  reportLength,
  writeReport,
} from '../telemetry/outbox/report-record.js';
import { ReportKind } from '../telemetry/report/report.js';
import type { Report } from '../telemetry/report/report.js';
import { ReportTimes } from './report-times.js';

/** QoS of reports: at least once. */
const REPORT_QOS = 1;

/**
 * For so many milliseconds of the first connection, reports of this start that have no time wait for the time of day:
 * the broker is often there before SNTP has answered, and a report that was sent without a time never gets one.
 */
const TIME_PATIENCE = 20000;
/** How often it is looked whether the time of day is known, in milliseconds. */
const TIME_CHECK = 1000;

/** How often ages are looked at while nothing is sent, in milliseconds at most. */
const AGE_CHECK = 60000;

/** The channel of the log that reports have. */
export const REPORT_CHANNEL = 0;

/** Where earlier firmware kept a copy of its outbox, in a format of its own. */
const FORMER_KEY = 'outbox';

/** What a `ReportQueue` is made of. */
export interface ReportQueueOptions {
  /** Topics and payloads of the reports. */
  profile: TagProfile;
  outbox?: OutboxOptions;
  /** See `TagOptions.maxAgeSeconds`. */
  maxAgeSeconds?: number;
  /** Keeps reports over a restart. Absent on a board without flash for it. */
  flashLog?: FlashLog;
}

/** What a `ReportQueue` tells its owner. Reports are reused: they are valid only until the call returns. */
export interface ReportQueueHandler {
  /** A report was given to the session under `packetId`; its payload is `payload[from..to)`. */
  onPublished(report: Report, packetId: number, payload: Uint8Array, from: number, to: number): void;

  /** Something else that people should know: reports taken back, a log that fails. One line. */
  onNotice(text: string): void;
}

/**
 * Reports on their way to the broker: an outbox, and what takes them from it as the session has room. A report leaves
 * it with its PUBACK, so an outage costs only what the outbox cannot hold, and that is counted.
 */
export class ReportQueue {
  readonly outbox: Outbox;
  readonly profile: TagProfile;
  readonly flashLog: FlashLog | undefined;
  /** Reports given to the session. */
  published = 0;
  /** Of the reports that were not acknowledged at the end of the gateway: those that the log has. */
  persistedCount = 0;

  private readonly handler: ReportQueueHandler;
  readonly times: ReportTimes;

  private readonly clock: Clock;
  private readonly store: Store;
  private readonly maxAge: number;
  /** When the age of what waits longest is looked at next. */
  private ageDeadline = Infinity;
  /** Until when reports without a time wait; -1 before the first connection. */
  private timeBy = -1;
  private timeDeadline = Infinity;
  private readonly report: Report;
  private publishing = false;

  /**
   * `report` is what reports are read into; the owner may use it for itself between calls. Throws a RangeError that
   * names the option and what is allowed.
   */
  constructor(
    options: ReportQueueOptions,
    board: { clock: Clock; store: Store },
    report: Report,
    handler: ReportQueueHandler,
  ) {
    this.profile = options.profile;
    this.handler = handler;
    this.flashLog = options.flashLog;
    this.report = report;
    this.clock = board.clock;
    this.store = board.store;
    this.times = new ReportTimes(board.clock, board.store);
    const maxAge = options.maxAgeSeconds ?? 0;
    if (maxAge !== 0) checkNumber('maxAgeSeconds', maxAge, 1, 31536000, '(0: none)');
    this.maxAge = maxAge === 0 ? Infinity : maxAge * 1000;
    const outbox = { ...options.outbox, maxRecordLength: MAX_REPORT_LENGTH };
    this.outbox = new Outbox(outbox, options.flashLog, REPORT_CHANNEL);
  }

  /** Reports that wait or are in flight. */
  get pending(): number {
    return this.outbox.waitingCount + this.outbox.inFlightCount;
  }

  /** When `tick` must be called at the latest, in milliseconds of `Clock.now`. */
  get deadline(): number {
    let next = this.outbox.deadline;
    if (this.ageDeadline < next) next = this.ageDeadline;
    return this.timeDeadline < next ? this.timeDeadline : next;
  }

  /** Says what was there before a restart. */
  restore(): void {
    const count = this.outbox.waitingCount;
    if (count > 0) this.handler.onNotice('readings from before the restart: ' + count);
    if (this.store.read(FORMER_KEY, new Uint8Array(0)) < 0) return;
    this.store.remove(FORMER_KEY);
    this.handler.onNotice('the outbox that an earlier firmware had saved is dropped: this one cannot read it');
  }

  start(now: number): void {
    this.persistedCount = 0;
    if (this.maxAge < Infinity) this.ageDeadline = now;
  }

  /** Does what is due. True when reports may be published that could not be before. */
  tick(now: number): boolean {
    if (this.outbox.deadline <= now) this.outbox.tick(now);
    if (this.ageDeadline <= now) this.dropOld(now);
    if (this.timeDeadline > now) return false;
    const over = this.timeBy <= now || this.clock.unixTime() !== 0;
    this.timeDeadline = over ? Infinity : now + TIME_CHECK;
    return over;
  }

  connected(now: number): void {
    this.outbox.connected();
    if (this.timeBy >= 0 || this.clock.unixTime() !== 0) return;
    this.timeBy = now + TIME_PATIENCE;
    this.timeDeadline = now + TIME_CHECK;
  }

  /** The gateway is about to end: nothing waits for the time of day any more. */
  hurry(now: number): void {
    if (this.timeBy > now) this.timeBy = now;
  }

  disconnected(now: number): void {
    this.outbox.disconnected(now);
  }

  /** The chip will restart. */
  persist(): void {
    this.outbox.flush(this.clock.now());
  }

  /** The gateway has ended: what was not acknowledged goes to the log. */
  stopped(): void {
    this.ageDeadline = Infinity;
    const { outbox } = this;
    const left = outbox.flush(this.clock.now());
    this.persistedCount = this.pending - left;
    if (left > 0 && outbox.logging) this.handler.onNotice('outbox: the log is full or failing, readings lost: ' + left);
  }

  /**
   * Stores a report. `rank`: how it outlives others when there is no room; `ordinal`: the number of the report among
   * those of its tag. False when the outbox has no room that it could make.
   */
  append(report: Report, rank: RecordRank, ordinal: number): boolean {
    const { outbox } = this;
    const at = outbox.reserve(rank, ordinal, reportLength(report));
    if (at < 0) return false;
    writeReport(report, outbox.view, at);
    this.times.noteMade(report.unixTime);
    return outbox.commit(this.clock.now()) !== AppendResult.refused;
  }

  /** The session gave up a PUBLISH, since the broker ends the connection at it. */
  gaveUp(packetId: number): void {
    this.outbox.gaveUp(packetId);
  }

  /** The broker acknowledged a PUBLISH; other identifiers than those of reports are ignored. */
  acknowledged(packetId: number): void {
    this.outbox.acknowledged(packetId);
  }

  /**
   * Gives the session as many reports as it and the pacer take. `scratch` has room for a payload in its first
   * `maxPayload` bytes and for a topic behind it.
   */
  publishWaiting(connection: Connection, scratch: Uint8Array, maxPayload: number, pacer?: Pacer): void {
    // A report counts as waiting until the session has named its packet; nothing may take it again before.
    if (this.publishing) return;
    this.publishing = true;
    try {
      while (this.publishOne(connection, scratch, maxPayload, pacer)) {
        // As many as there are.
      }
    } finally {
      this.publishing = false;
    }
  }

  /** Publishes or drops the report that comes next. False when there is none, or no room, or it is too early. */
  private publishOne(connection: Connection, scratch: Uint8Array, maxPayload: number, pacer?: Pacer): boolean {
    const { report, outbox, profile } = this;
    const now = this.clock.now();
    if (pacer) {
      if (now < pacer.deadline) return false;
      pacer.deadline = -Infinity;
      if (outbox.inFlightCount >= pacer.inFlight) return false;
    }
    if (!outbox.take()) return false;
    if (!this.readTaken()) return outbox.drop(DropReason.corrupt);
    if (this.isOld()) return outbox.drop(DropReason.age);
    if (now < this.timeBy && this.lacksTime()) return false;
    const topicLength = profile.writeTopic(report, 0, scratch, maxPayload, scratch.length);
    const length = profile.writePayload(report, 0, scratch, 0, maxPayload);
    if (topicLength < 0 || length < 0) return outbox.drop(DropReason.tooLong);
    const points = report.kind === ReportKind.reading ? report.reading.fieldCount : 1;
    if (pacer && !pacer.allows(now, length, points)) return false;
    const topicTo = maxPayload + topicLength;
    const packetId = connection.publishRange(scratch, maxPayload, topicTo, scratch, 0, length, REPORT_QOS, false);
    if (packetId === Refusal.full) return false;
    if (packetId < 0) return outbox.drop(DropReason.tooLong);
    outbox.sent(packetId);
    pacer?.sent(now, 1, length, points);
    this.published++;
    this.handler.onPublished(report, packetId, scratch, 0, length);
    return true;
  }

  /** Reads the report that the outbox gave. False when it is none that this firmware can read. */
  private readTaken(): boolean {
    const { outbox, report } = this;
    const { bytes, takenAt } = outbox;
    if (!checkReport(bytes, takenAt, takenAt + outbox.takenLength)) return false;
    readReport(bytes, outbox.view, takenAt, report);
    this.times.resolve(report);
    return true;
  }

  /** Milliseconds since the report was made that waits longest; -1 when none waits, or that is not known. */
  oldestAge(): number {
    return this.outbox.takeOldest() && this.readTaken() ? this.times.age(this.report) : -1;
  }

  /** An event is told at once all the same. */
  private lacksTime(): boolean {
    const { report, times, outbox } = this;
    return report.unixTime === 0 && report.boot === times.boot && outbox.takenRank !== RecordRank.event;
  }

  private isOld(): boolean {
    return this.maxAge < Infinity && this.times.age(this.report) > this.maxAge;
  }

  /** Drops what waits for too long. */
  private dropOld(now: number): void {
    this.ageDeadline = now + Math.min(AGE_CHECK, this.maxAge / 10);
    const { outbox } = this;
    while (outbox.takeOldest() && this.readTaken() && this.isOld()) outbox.drop(DropReason.age);
  }
}
