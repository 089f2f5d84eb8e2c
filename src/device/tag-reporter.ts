import type { Connection } from '../connection/index.js';
import type { CloudProfile } from '../cloud/index.js';
import type { Advertisement, Board, ScanOptions, Scanner, ScannerHandler } from '../hal/index.js';
import { Refusal } from '../mqtt/refusal.js';
import { AdvertisementDecoder } from '../tags/decode.js';
import { TagTable } from '../tags/tag-table.js';
import type { Reading } from '../tags/index.js';
import { AppendResult, Outbox } from '../telemetry/outbox.js';
import { checkReportPolicy, noteReport, ReportCause, reportCause } from '../telemetry/report-policy.js';
import { Report } from '../telemetry/report.js';
import type { ReportPolicy } from '../telemetry/index.js';
import type { Gateway } from './gateway.js';
import type { TagReporterHandler } from './gateway-handler.js';
import { READING_QOS } from './gateway-options.js';
import { readRestartCount, writeRestartCount } from './restart-count.js';
import { restoreFaultText, SavedOutbox } from './saved-outbox.js';
import { ScanRemedy, ScanWatchdog } from './scan-watchdog.js';
import { DEFAULT_SCAN } from './tag-reporter-options.js';
import type { TagReporterOptions } from './tag-reporter-options.js';

/**
 * The tag side of a gateway: each advertisement is decoded; the tag's policy says whether it is worth a report; a
 * report goes to the outbox, from which the gateway publishes as the session has room. It leaves the outbox with its
 * PUBACK, so an outage costs only what the outbox cannot hold, and that is counted.
 *
 * It is a part of its own so that a board without a scanner neither links nor makes any of it.
 */
export class TagReporter implements ScannerHandler {
  readonly decoder: AdvertisementDecoder;
  readonly tags: TagTable;
  readonly outbox: Outbox;
  /** Undefined unless `silentSeconds` is given. */
  readonly watchdog: ScanWatchdog | undefined;

  /** Advertisements heard, recognised or not. */
  advertisements = 0;
  /** Readings given to the session. */
  published = 0;
  /** Scanning is held still while a connection is being made. */
  paused = false;

  private readonly board: Board;
  private readonly scanner: Scanner;
  private readonly scan: ScanOptions;
  private readonly profile: CloudProfile;
  private readonly policy: ReportPolicy;
  private readonly handler: TagReporterHandler;
  private readonly saved: SavedOutbox | undefined;
  /** Its reading is also what advertisements are decoded into: one is done with before a report is made. */
  private readonly report: Report;
  private gateway: Gateway | undefined;
  private sequence = 0;
  private publishing = false;
  /** The last save failed, and this was told. */
  private saveFailed = false;

  /** `board` must have a scanner. Throws a RangeError that names the option and what is allowed. */
  constructor(options: TagReporterOptions, board: Board, handler: TagReporterHandler) {
    const scanner = board.scanner!;
    this.board = board;
    this.scanner = scanner;
    this.scan = options.scan ?? DEFAULT_SCAN;
    this.profile = options.profile;
    this.policy = checkReportPolicy(options.policy);
    this.handler = handler;
    this.decoder = new AdvertisementDecoder(options.keys);
    this.tags = new TagTable(options.tags);
    this.outbox = new Outbox(options.outbox);
    this.report = new Report();
    const { persistSeconds, silentSeconds } = options;
    if (persistSeconds !== undefined && persistSeconds !== 0)
      this.saved = new SavedOutbox(this.outbox, board.store, persistSeconds);
    if (silentSeconds !== undefined && silentSeconds !== 0) {
      this.watchdog = new ScanWatchdog({ silentSeconds }, !!scanner.reset, !!board.restart);
    }
  }

  /** Bytes of the longest topic. */
  get maxTopicLength(): number {
    return this.profile.maxTopicLength;
  }

  /** Readings that wait or are in flight. */
  get pending(): number {
    return this.outbox.waitingCount + this.outbox.inFlightCount;
  }

  /** When `tick` must be called at the latest, in milliseconds of `Clock.now`. */
  get deadline(): number {
    const saved = this.saved?.deadline ?? Infinity;
    const watchdog = this.watchdog?.deadline ?? Infinity;
    return saved < watchdog ? saved : watchdog;
  }

  /** Begins to scan, and the first time takes back what was saved before a restart. */
  start(now: number, gateway: Gateway): void {
    if (!this.gateway) this.restore();
    this.gateway = gateway;
    this.saved?.start(now);
    this.watchdog?.start(now, this.advertisements);
    this.scanner.start(this.scan, this);
  }

  /** No more advertisements are taken; what is in the outbox may still be published. */
  endScan(): void {
    this.paused = false;
    this.scanner.stop();
    this.watchdog?.stop();
  }

  /** The gateway has ended: what was not acknowledged is saved. */
  stopped(): void {
    if (this.saved) this.noteSave(this.saved.stop());
  }

  tick(now: number): void {
    const { saved, watchdog } = this;
    if (saved && saved.deadline <= now) this.noteSave(saved.tick(now));
    if (watchdog && watchdog.deadline <= now) this.remedy(watchdog.tick(now, this.advertisements));
  }

  /** Holds scanning still, where it would disturb an attempt to connect. */
  pause(now: number): void {
    if (this.paused || !this.scanner.pause) return;
    this.paused = true;
    this.scanner.pause();
    this.watchdog?.pause(now);
  }

  /** The attempt is over. */
  proceed(now: number): void {
    if (!this.paused) return;
    this.paused = false;
    this.scanner.proceed?.();
    this.watchdog?.proceed(now);
  }

  /** The broker acknowledged a PUBLISH; other identifiers than those of readings are ignored. */
  acknowledged(packetId: number, now: number): void {
    this.outbox.acknowledged(packetId);
    // Removing the copy is work for the flash, which has no place between two packets.
    if (this.saved?.saved) this.saved.acknowledged(now);
  }

  /**
   * Gives the session as many reports as it takes. `scratch` has room for a payload in its first `maxPayload` bytes and
   * for a topic behind it.
   */
  publishWaiting(connection: Connection, scratch: Uint8Array, maxPayload: number): void {
    // A reading counts as waiting until the session has named its packet; nothing may take it again before.
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

  // ScannerHandler

  onAdvertisement(advertisement: Advertisement): void {
    this.advertisements++;
    const reading = this.report.reading;
    const { address, bytes, from, to } = advertisement;
    const format = this.decoder.decode(bytes, from, to, reading, address);
    if (format === 0) return;
    const tags = this.tags;
    const now = this.board.clock.now();
    const tag = tags.update(advertisement.address, 0, now, advertisement.rssi);
    const stored = this.storeWhenDue(tags.stream(tag, format), reading, advertisement, now);
    if (tags.advertisements[tag] === 1) this.handler.onTag(advertisement.address, advertisement.rssi, reading);
    if (stored) this.gateway!.publishWaiting();
  }

  /** True when the reading was worth a report and the outbox has it. */
  private storeWhenDue(stream: number, reading: Reading, advertisement: Advertisement, now: number): boolean {
    const tags = this.tags;
    const hash = reading.stateHash();
    if (reportCause(this.policy, tags, stream, reading, hash, now) === ReportCause.none) return false;
    const epoch = this.board.clock.epoch();
    const result = this.outbox.append(reading, advertisement.address, 0, advertisement.rssi, epoch, this.sequence++);
    if (result === AppendResult.refused) return false;
    noteReport(tags, stream, reading, hash, now);
    return true;
  }

  /** Publishes or drops the reading that waits longest. False when there is none, or no room. */
  private publishOne(connection: Connection, scratch: Uint8Array, maxPayload: number): boolean {
    const { report, outbox, profile } = this;
    if (!outbox.take(report)) return false;
    const topicLength = profile.writeTopic(report, scratch, maxPayload, scratch.length);
    const length = profile.writePayload(report, scratch, 0, maxPayload);
    if (topicLength < 0 || length < 0) return outbox.drop();
    const topicTo = maxPayload + topicLength;
    const packetId = connection.publishRange(scratch, maxPayload, topicTo, scratch, 0, length, READING_QOS, false);
    if (packetId === Refusal.full) return false;
    if (packetId < 0) return outbox.drop();
    outbox.sent(packetId);
    this.published++;
    this.handler.onPublished(report, packetId, scratch, 0, length);
    return true;
  }

  private remedy(remedy: ScanRemedy): void {
    if (remedy === ScanRemedy.none) return;
    const { scanner, board } = this;
    if (remedy === ScanRemedy.restartChip) {
      this.notice('nothing is heard: restarting the chip');
      if (this.saved) this.noteSave(this.saved.save());
      writeRestartCount(board.store, this.watchdog!.chipRestarts);
      board.restart!();
      return;
    }
    scanner.stop();
    if (remedy === ScanRemedy.resetRadio) scanner.reset!();
    scanner.start(this.scan, this);
    this.notice(
      remedy === ScanRemedy.resetRadio
        ? 'nothing is heard: the radio was restarted'
        : 'nothing is heard: the scan was restarted',
    );
  }

  /** Takes over what was there before a restart. */
  private restore(): void {
    if (this.watchdog) this.watchdog.chipRestarts = readRestartCount(this.board.store);
    if (!this.saved) return;
    const count = this.saved.restore();
    if (count > 0) this.notice('readings from before the restart: ' + count);
    else if (count < 0) this.notice(restoreFaultText(count));
  }

  private noteSave(done: boolean): void {
    if (!done && !this.saveFailed) this.notice('the outbox could not be saved: no room in the store, or it fails');
    this.saveFailed = !done;
  }

  private notice(text: string): void {
    this.handler.onNotice(text);
  }
}
