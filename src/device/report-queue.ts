import type { TagProfile } from '../cloud/index.js';
import type { Connection } from '../connection/index.js';
import type { Store } from '../hal/index.js';
import { Refusal } from '../mqtt/state.js';
import type { OutboxOptions } from '../telemetry/index.js';
import { AppendResult, Outbox } from '../telemetry/outbox/outbox.js';
import { restoreFaultText, PersistedOutbox } from '../telemetry/outbox/persisted-outbox.js';
import type { Report } from '../telemetry/report/report.js';

/** QoS of reports: at least once. */
const REPORT_QOS = 1;

/** What a `ReportQueue` is made of. */
export interface ReportQueueOptions {
  /** Topics and payloads of the reports. */
  profile: TagProfile;
  outbox?: OutboxOptions;
  /** See `TagOptions.persistSeconds`. */
  persistSeconds?: number;
}

/** What a `ReportQueue` tells its owner. Reports are reused: they are valid only until the call returns. */
export interface ReportQueueHandler {
  /** A report was given to the session under `packetId`; its payload is `payload[from..to)`. */
  onPublished(report: Report, packetId: number, payload: Uint8Array, from: number, to: number): void;

  /** Something else that people should know: reports taken back, a store that fails. One line. */
  onNotice(text: string): void;
}

/**
 * Reports on their way to the broker: an outbox, its copy in the store, and what takes reports from it as the session
 * has room. A report leaves it with its PUBACK, so an outage costs only what the outbox cannot hold, and that is
 * counted.
 */
export class ReportQueue {
  readonly outbox: Outbox;
  readonly profile: TagProfile;
  /** Reports given to the session. */
  published = 0;
  /** Reports that were dropped because no payload could hold them. */
  tooLong = 0;
  /** Reports that were dropped because the broker ended the connection whenever it got them. */
  gaveUpCount = 0;
  /** Reports that the store has since the end of the gateway. */
  persistedCount = 0;

  private readonly handler: ReportQueueHandler;
  private readonly persisted: PersistedOutbox | undefined;
  private readonly report: Report;
  private publishing = false;
  /** Persisting failed the last time, and this was told. */
  private persistFailed = false;

  /**
   * `report` is what reports are read into; the owner may use it for itself between calls. Throws a RangeError that
   * names the option and what is allowed.
   */
  constructor(options: ReportQueueOptions, store: Store, report: Report, handler: ReportQueueHandler) {
    const { persistSeconds } = options;
    this.profile = options.profile;
    this.handler = handler;
    this.report = report;
    this.outbox = new Outbox(options.outbox);
    if (persistSeconds !== undefined && persistSeconds !== 0) {
      this.persisted = new PersistedOutbox(this.outbox, store, persistSeconds);
    }
  }

  /** Reports that wait or are in flight. */
  get pending(): number {
    return this.outbox.waitingCount + this.outbox.inFlightCount;
  }

  /** When `tick` must be called at the latest, in milliseconds of `Clock.now`. */
  get deadline(): number {
    return this.persisted ? this.persisted.deadline : Infinity;
  }

  /** Takes back what was persisted before a restart. */
  restore(): void {
    if (!this.persisted) return;
    const count = this.persisted.restore();
    if (count > 0) this.handler.onNotice('readings from before the restart: ' + count);
    else if (count < 0) this.handler.onNotice(restoreFaultText(count));
  }

  start(now: number): void {
    this.persistedCount = 0;
    this.persisted?.start(now);
  }

  tick(now: number): void {
    if (this.persisted && this.persisted.deadline <= now) this.notePersisted(this.persisted.tick(now));
  }

  /** The chip will restart. */
  persist(): void {
    if (this.persisted) this.notePersisted(this.persisted.persist());
  }

  /** The gateway has ended: what was not acknowledged is persisted. */
  stopped(): void {
    if (!this.persisted) return;
    const done = this.persisted.stop();
    this.persistedCount = done ? this.pending : 0;
    this.notePersisted(done);
  }

  /** Stores a report. False when the outbox has no room that it could make. */
  append(report: Report): boolean {
    return this.outbox.append(report) !== AppendResult.refused;
  }

  /** The session gave up a PUBLISH, since the broker ends the connection at it. */
  gaveUp(packetId: number, now: number): void {
    if (!this.outbox.gaveUp(packetId)) return;
    this.gaveUpCount++;
    this.persisted?.acknowledged(now);
  }

  /** The broker acknowledged a PUBLISH; other identifiers than those of reports are ignored. */
  acknowledged(packetId: number, now: number): void {
    this.outbox.acknowledged(packetId);
    // Removing the copy is work for the flash, which has no place between two packets.
    if (this.persisted?.persisted) this.persisted.acknowledged(now);
  }

  /**
   * Gives the session as many reports as it takes. `scratch` has room for a payload in its first `maxPayload` bytes and
   * for a topic behind it.
   */
  publishWaiting(connection: Connection, scratch: Uint8Array, maxPayload: number): void {
    // A report counts as waiting until the session has named its packet; nothing may take it again before.
    if (this.publishing) return;
    this.publishing = true;
    try {
      while (this.publishOne(connection, scratch, maxPayload)) {
        // As many as there are.
      }
    } finally {
      this.publishing = false;
    }
  }

  /** Publishes or drops the report that waits longest. False when there is none, or no room. */
  private publishOne(connection: Connection, scratch: Uint8Array, maxPayload: number): boolean {
    const { report, outbox, profile } = this;
    if (!outbox.take(report)) return false;
    const topicLength = profile.writeTopic(report, scratch, maxPayload, scratch.length);
    const length = profile.writePayload(report, scratch, 0, maxPayload);
    if (topicLength < 0 || length < 0) {
      this.tooLong++;
      return outbox.drop();
    }
    const topicTo = maxPayload + topicLength;
    const packetId = connection.publishRange(scratch, maxPayload, topicTo, scratch, 0, length, REPORT_QOS, false);
    if (packetId === Refusal.full) return false;
    if (packetId < 0) return outbox.drop();
    outbox.sent(packetId);
    this.published++;
    this.handler.onPublished(report, packetId, scratch, 0, length);
    return true;
  }

  private notePersisted(done: boolean): void {
    if (!done && !this.persistFailed) {
      this.handler.onNotice('outbox not persisted: the store is full or failing');
    }
    this.persistFailed = !done;
  }
}
