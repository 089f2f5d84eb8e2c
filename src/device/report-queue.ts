import type { BatchWriter, TagProfile } from '../cloud/index.js';
import { countItems } from '../cloud/items.js';
import type { Connection } from '../connection/index.js';
import type { Clock, Store } from '../hal/index.js';
import { Refusal } from '../mqtt/state.js';
import type { OutboxOptions, PaceLimits } from '../telemetry/index.js';
import { checkNumber } from '../tags/check-range.js';
import { DropReason, RecordRank } from '../telemetry/outbox/flash-log.js';
import type { FlashLog } from '../telemetry/outbox/flash-log.js';
import { LogChannel, Outbox } from '../telemetry/outbox/outbox.js';
import { isUnlimited } from '../telemetry/outbox/pace-limits.js';
import { Pacer } from '../telemetry/outbox/pacer.js';
import {
  checkReport,
  MAX_REPORT_LENGTH,
  readReport,
  reportLength,
  writeReport,
} from '../telemetry/outbox/report-record.js';
import type { Report } from '../telemetry/report/report.js';
import { ReportTimes } from './report-times.js';

/**
 * For so many milliseconds of the first connection, reports of this start that have no time wait for the time of day:
 * the broker is often there before SNTP has answered, and a report that was sent without a time never gets one.
 */
const TIME_PATIENCE = 20000;
/** How often it is looked whether the time of day is known, in milliseconds. */
const TIME_CHECK = 1000;

/** How often ages are looked at while nothing is sent, in milliseconds at most. */
const AGE_CHECK = 60000;

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
  /** A report waits until the profile has sent what must come before it; see `TagProfile.introduce`. */
  held = false;
  /** Reports given to the session. */
  published = 0;
  /** Of the reports that were not acknowledged at the end of the gateway: those that the log has. */
  persistedCount = 0;

  private readonly handler: ReportQueueHandler;
  readonly times: ReportTimes;
  /** Undefined when nothing is limited over time. */
  pacer: Pacer | undefined;

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
  private ending = false;
  /** The next message of the report that is being published, and which report that is. */
  private part = 0;
  private partBoot = 0;
  private partSequence = 0;
  /** When a message goes though it is not full; Infinity: no report waits for others. */
  private batchDeadline = Infinity;
  /** That time is over. */
  private batchDue = false;
  /** Somebody was told that the flash takes nothing. */
  private flashFails = false;

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
    const kept = report.advertisement.length;
    const maxRecordLength = kept > 0 ? MAX_REPORT_LENGTH + 1 + kept : MAX_REPORT_LENGTH;
    const outbox = { ...options.outbox, maxRecordLength };
    this.outbox = new Outbox(outbox, options.flashLog, LogChannel.reports);
  }

  /** Reports leave within these limits. Throws a RangeError that names the one that is below 1. */
  setPace(limits: PaceLimits): void {
    this.pacer = isUnlimited(limits) ? undefined : new Pacer(limits);
  }

  /** Reports that wait or are in flight. */
  get pending(): number {
    return this.outbox.waitingCount + this.outbox.inFlightCount;
  }

  /** When `tick` must be called at the latest, in milliseconds of `Clock.now`. */
  get deadline(): number {
    let next = this.outbox.deadline;
    if (this.ageDeadline < next) next = this.ageDeadline;
    if (this.timeDeadline < next) next = this.timeDeadline;
    return this.batchDeadline < next ? this.batchDeadline : next;
  }

  /** True while reports wait for others; `deadline` says until when. */
  get gathering(): boolean {
    return this.batchDeadline < Infinity;
  }

  /** Says what was there before a restart. */
  restore(): void {
    const count = this.outbox.waitingCount;
    if (count > 0) this.handler.onNotice('readings from before the restart: ' + count);
    if (this.store.read(FORMER_KEY, new Uint8Array(0)) < 0) return;
    // If it fails, the next start says it again.
    void this.store.remove(FORMER_KEY);
    this.handler.onNotice('the outbox that an earlier firmware had saved is dropped: this one cannot read it');
  }

  start(now: number): void {
    this.persistedCount = 0;
    this.ending = false;
    if (this.maxAge < Infinity) this.ageDeadline = now;
  }

  /** Does what is due. True when there are reports to publish. */
  tick(now: number): boolean {
    if (this.outbox.deadline <= now) this.outbox.tick(now);
    this.noticeFlash();
    if (this.ageDeadline <= now) this.dropOld(now);
    let ready = false;
    if (this.timeDeadline <= now) {
      ready = this.timeBy <= now || this.clock.unixTime() !== 0;
      this.timeDeadline = ready ? Infinity : now + TIME_CHECK;
    }
    if (this.batchDeadline > now) return ready;
    this.batchDeadline = Infinity;
    this.batchDue = true;
    return true;
  }

  private noticeFlash(): void {
    const fails = this.flashLog !== undefined && this.flashLog.failing;
    if (fails === this.flashFails) return;
    this.flashFails = fails;
    this.handler.onNotice(
      fails
        ? 'outbox: the flash takes nothing; new readings are kept in memory only, until it works again'
        : 'outbox: the flash works again',
    );
  }

  connected(now: number): void {
    this.outbox.connected();
    if (this.timeBy >= 0 || this.clock.unixTime() !== 0) return;
    this.timeBy = now + TIME_PATIENCE;
    this.timeDeadline = now + TIME_CHECK;
  }

  /** The gateway is about to end: nothing waits for the time of day or for others any more. */
  hurry(now: number): void {
    this.ending = true;
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
    const outbox = this.outbox;
    // To measure a record takes as long as to write it.
    const at = outbox.reserve(rank, ordinal, outbox.hasRoom ? outbox.maxRecordLength : reportLength(report));
    if (at < 0) {
      report.noteRecord(undefined, 0);
      return false;
    }
    const length = writeReport(report, outbox.bytes, outbox.view, at) - at;
    this.times.noteMade(report.unixTime);
    outbox.commit(this.clock.now(), length);
    // Where another one was stored before, that of this queue may still be there.
    this.report.noteRecord(report === this.report ? outbox : undefined, at);
    return true;
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
   * Gives the session as many reports as it and the pacer take. Each payload is written to `draft[from..to)`, and its
   * topic behind it: to the session's draft, best, from which they are copied at once.
   */
  publishWaiting(connection: Connection, draft: Uint8Array, from: number, to: number): void {
    // A report counts as waiting until the session has named its packet; nothing may take it again before.
    if (this.publishing) return;
    this.held = false;
    const outbox = this.outbox;
    // Most acknowledgements leave nothing to publish. A pacer has its deadline to look at.
    if (!outbox.hasWaiting && this.pacer === undefined) return;
    this.publishing = true;
    try {
      while (this.publishOne(connection, draft, from, to) && outbox.hasWaiting) {
        // As many as there are.
      }
    } finally {
      this.publishing = false;
    }
  }

  /** Publishes or drops the report that comes next. False when there is none, or no room, or it is too early. */
  private publishOne(connection: Connection, draft: Uint8Array, from: number, to: number): boolean {
    const outbox = this.outbox;
    const pacer = this.pacer;
    const now = this.clock.now();
    if (pacer) {
      if (now < pacer.deadline) return false;
      pacer.deadline = -Infinity;
      if (outbox.inFlightCount >= pacer.inFlight) return false;
    }
    if (!outbox.take()) return false;
    const report = this.report;
    const profile = this.profile;
    if (!this.readTaken()) return outbox.drop(DropReason.corrupt);
    if (this.isOld()) return outbox.drop(DropReason.age);
    if (now < this.timeBy && this.lacksTime()) return false;
    const batch = profile.batch;
    if (batch && batch.maxReports > 1 && this.mayWait(now, batch.maxReports)) return false;
    if (profile.introduce && !profile.introduce(report, connection, now)) {
      this.held = true;
      return false;
    }
    const messages = profile.messages(report);
    if (messages === 0) return outbox.leaveOut();
    const topicLength = profile.writeTopic(report, 0, draft, to, to + profile.maxTopicLength);
    if (topicLength < 0) return outbox.drop(DropReason.tooLong);
    if (batch && batch.maxReports > 1) {
      return this.publishBatch(batch, connection, draft, from, to, to + topicLength, now, pacer);
    }
    return this.publishParts(messages, connection, draft, from, to, to + topicLength, now, pacer);
  }

  /** Publishes the messages of the report that was taken; the topic of the first one is in `draft[to..topicTo)`. */
  private publishParts(
    messages: number,
    connection: Connection,
    draft: Uint8Array,
    from: number,
    to: number,
    topicTo: number,
    now: number,
    pacer: Pacer | undefined,
  ): boolean {
    const report = this.report;
    const outbox = this.outbox;
    const profile = this.profile;
    const qos = profile.qos;
    if (this.part > 0 && (report.sequence !== this.partSequence || report.boot !== this.partBoot)) this.part = 0;
    let packetId = 0;
    while (this.part < messages) {
      const part = this.part;
      if (part > 0) {
        const topicLength = profile.writeTopic(report, part, draft, to, to + profile.maxTopicLength);
        topicTo = topicLength < 0 ? -1 : to + topicLength;
      }
      const length = topicTo < 0 ? -1 : profile.writePayload(report, part, draft, from, to);
      const points = messages > 1 ? 1 : this.countPoints();
      if (length >= 0 && pacer && !mayLeave(pacer, connection, now, length, points)) return this.pauseParts();
      if (length >= 0) {
        const retain = profile.retains(report, part);
        packetId = connection.publishRange(draft, to, topicTo, draft, from, from + length, qos, retain);
        if (packetId === Refusal.full) return this.pauseParts();
      }
      if (length < 0 || packetId < 0) {
        this.part = 0;
        return outbox.drop(DropReason.tooLong);
      }
      // The connection counts messages and bytes.
      pacer?.sent(now, 0, 0, points);
      profile.sent?.(report, this.part);
      this.handler.onPublished(report, packetId, draft, from, from + length);
      this.part++;
    }
    this.part = 0;
    // PUBACKs come in the order of the messages [MQTT-4.6.0-2], so the last one stands for all. A cloud that keeps no
    // order (AWS) must have one message a report.
    if (qos === 0) outbox.sentUnacknowledged();
    else outbox.sent(packetId);
    this.published++;
    return true;
  }

  /** The rest of the messages of this report goes later. */
  private pauseParts(): false {
    this.partBoot = this.report.boot;
    this.partSequence = this.report.sequence;
    return false;
  }

  /** True when the report that was taken should wait for others. */
  private mayWait(now: number, maxReports: number): boolean {
    const outbox = this.outbox;
    const profile = this.profile;
    if (this.ending || this.batchDue || outbox.takenRank === RecordRank.event || outbox.waitingCount >= maxReports)
      return false;
    if (this.batchDeadline === Infinity) this.batchDeadline = now + (profile.batchWait ?? 0);
    return now < this.batchDeadline;
  }

  /** Publishes the report that was taken together with those behind it; the topic is in `draft[to..topicTo)`. */
  private publishBatch(
    batch: BatchWriter,
    connection: Connection,
    draft: Uint8Array,
    from: number,
    to: number,
    topicTo: number,
    now: number,
    pacer: Pacer | undefined,
  ): boolean {
    const { report, outbox, profile } = this;
    if (!batch.begin(report, draft, from, to)) return outbox.drop(DropReason.tooLong);
    const retain = profile.retains(report, 0);
    const maxPoints = pacer ? pacer.pointsPerSecond : Infinity;
    let points = this.countPoints();
    let count = 1;
    outbox.gather();
    while (count < batch.maxReports && outbox.take()) {
      if (!this.readTaken()) {
        outbox.drop(DropReason.corrupt);
      } else if (this.isOld()) {
        outbox.drop(DropReason.age);
      } else {
        if (profile.introduce && !profile.introduce(report, connection, now)) {
          this.held = true;
          break;
        }
        if (profile.messages(report) === 0) {
          outbox.leaveOut();
          continue;
        }
        const more = this.countPoints();
        if (points + more > maxPoints || !batch.add(report)) break;
        points += more;
        count++;
        outbox.gather();
      }
    }
    const length = batch.end();
    if (pacer && !mayLeave(pacer, connection, now, length, points)) {
      outbox.scatter();
      return false;
    }
    const { qos } = profile;
    const packetId = connection.publishRange(draft, to, topicTo, draft, from, from + length, qos, retain);
    if (packetId < 0) {
      outbox.scatter();
      return packetId !== Refusal.full && outbox.take() && outbox.drop(DropReason.tooLong);
    }
    outbox.sentTogether(qos === 0 ? 0 : packetId);
    pacer?.sent(now, 0, 0, points);
    this.published += count;
    this.batchDue = false;
    this.batchDeadline = Infinity;
    this.handler.onPublished(report, packetId, draft, from, from + length);
    return true;
  }

  /** Data points of the report that was taken; 0 where nothing limits them. */
  private countPoints(): number {
    if (!this.pacer || this.pacer.pointsPerSecond === Infinity) return 0;
    const { profile, report } = this;
    return profile.points ? profile.points(report) : countItems(report);
  }

  /** Reads the report that the outbox gave. False when it is none that this firmware can read. */
  private readTaken(): boolean {
    const outbox = this.outbox;
    const report = this.report;
    const bytes = outbox.bytes;
    const takenAt = outbox.takenAt;
    // The report that was stored last, when it leaves at once: it was not changed since.
    if (!report.isRecord(outbox, takenAt)) {
      // What lies in memory, this firmware wrote.
      const isForeign = takenAt >= outbox.capacity;
      if (isForeign && !checkReport(bytes, takenAt, takenAt + outbox.takenLength)) return false;
      readReport(bytes, outbox.view, takenAt, report);
    }
    this.times.resolve(report);
    return true;
  }

  /** Milliseconds since the report was made that waits longest; -1 when none waits, or that is not known. */
  oldestAge(): number {
    return this.outbox.takeOldest() && this.readTaken() ? this.times.age(this.report) : -1;
  }

  /** An event is told at once all the same. */
  private lacksTime(): boolean {
    const report = this.report;
    const times = this.times;
    const outbox = this.outbox;
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

/**
 * True when a message may leave at once. What the connection holds back leaves before it, so the pacer is not asked for
 * a message that would only wait there, where an event cannot overtake it.
 */
function mayLeave(pacer: Pacer, connection: Connection, now: number, bytes: number, points: number): boolean {
  if (!pacer.allows(now, bytes, points)) return false;
  const { unwritten } = connection.session;
  if (unwritten === 0 || unwritten < pacer.messagesLeft(now)) return true;
  pacer.deadline = pacer.nextChance(now);
  return false;
}
