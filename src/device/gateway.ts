import { Connection } from '../connection/connection.js';
import type { ConnectionFailure, ConnectionHandler } from '../connection/index.js';
import type { CloudProfile } from '../cloud/index.js';
import type { Advertisement, Board, ScanOptions, Scanner, ScannerHandler, Timer } from '../hal/index.js';
import { Refusal } from '../mqtt/refusal.js';
import { AdvertisementDecoder } from '../tags/decode.js';
import { TagTable } from '../tags/tag-table.js';
import type { Reading } from '../tags/index.js';
import { MAX_RECORD_LENGTH } from '../telemetry/outbox-record.js';
import { AppendResult, Outbox } from '../telemetry/outbox.js';
import { noteReport, ReportCause } from '../telemetry/report-policy.js';
import { Report } from '../telemetry/report.js';
import { checkReportPolicy, reportCause } from '../telemetry/report-policy.js';
import type { ReportPolicy } from '../telemetry/index.js';
import type { GatewayHandler } from './gateway-handler.js';
import { DEFAULT_SCAN, HEALTH_QOS, READING_QOS } from './gateway-options.js';
import type { GatewayOptions } from './gateway-options.js';
import { HealthReporter } from './health-reporter.js';
import { readRestartCount, writeRestartCount } from './restart-count.js';
import { restoreFaultText, SavedOutbox } from './saved-outbox.js';
import { ScanRemedy, ScanWatchdog } from './scan-watchdog.js';

/** The session's arena must hold a payload and a PUBLISH header around it. */
const HEADER_ROOM = 16;

/**
 * A gateway: advertisements in, messages out.
 *
 * Each advertisement is decoded; the tag's policy says whether it is worth a report; a report goes to the outbox, and
 * from there to the broker with QoS 1, as the session has room. It leaves the outbox with its PUBACK, so an outage
 * costs only what the outbox cannot hold, and that is counted.
 *
 * On a board without a scanner there are only the status and the health reports, and no memory is set aside for more.
 */
export class Gateway implements ScannerHandler, ConnectionHandler {
  readonly connection: Connection;
  /** This and the tag table: undefined without a scanner. */
  readonly decoder: AdvertisementDecoder | undefined;
  readonly tags: TagTable | undefined;
  readonly outbox: Outbox;
  /** Undefined unless `silentSeconds` is given. */
  readonly watchdog: ScanWatchdog | undefined;

  /** Advertisements heard, recognised or not. */
  advertisements = 0;
  /** Readings given to the session. */
  published = 0;
  /** Connections that the broker accepted. */
  connects = 0;
  /** Scanning is held still while a connection is being made. */
  paused = false;

  private readonly board: Board;
  private readonly scanner: Scanner | undefined;
  private readonly scan: ScanOptions;
  private readonly profile: CloudProfile;
  private readonly policy: ReportPolicy;
  private readonly handler: GatewayHandler;
  private readonly drainTimeout: number;
  private readonly health: HealthReporter | undefined;
  private readonly saved: SavedOutbox | undefined;
  private readonly timer: Timer;

  /** Its reading is also what advertisements are decoded into: one is done with before a report is made. */
  private readonly report: Report | undefined;
  /** A payload in the first `maxPayload` bytes, the topic behind it. */
  private readonly scratch: Uint8Array;
  private readonly maxPayload: number;
  private sequence = 0;
  private started = false;
  private running = false;
  private stopping = false;
  private ending = false;
  private publishing = false;
  /** When `stop` waits no longer for acknowledgements. */
  private drainDeadline = Infinity;
  /** When the timer will fire. */
  private wakeAt = Infinity;
  /** The last save failed, and this was told. */
  private saveFailed = false;
  /** `online` or `offline` waits to be published. */
  private status: Uint8Array | undefined;
  /** The status that was published last under this identifier. */
  private statusId = 0;

  /** Throws a RangeError that names the option and what is allowed. */
  constructor(options: GatewayOptions, board: Board, handler: GatewayHandler) {
    const { profile } = options;
    const scanner = board.scanner;
    const maxPayload = options.maxPayload ?? (scanner ? 1024 : 512);
    if (!(maxPayload >= 64 && maxPayload <= 65536 && maxPayload % 1 === 0)) {
      throw new RangeError('maxPayload ' + maxPayload + ': allowed are whole numbers from 64 to 65536');
    }
    this.drainTimeout = options.drainTimeout ?? 5000;
    if (!(this.drainTimeout >= 0 && this.drainTimeout <= 3600000)) {
      throw new RangeError('drainTimeout ' + this.drainTimeout + ': allowed are 0 to 3600000 milliseconds');
    }
    this.board = board;
    this.scanner = scanner;
    this.scan = options.scan ?? DEFAULT_SCAN;
    this.profile = profile;
    this.policy = checkReportPolicy(options.policy);
    this.handler = handler;
    this.maxPayload = maxPayload;
    this.timer = board.timers.create(() => this.wake());
    if (scanner) {
      this.decoder = new AdvertisementDecoder(options.keys);
      this.tags = new TagTable(options.tags);
      this.outbox = new Outbox(options.outbox);
      this.report = new Report();
      const { persistSeconds, silentSeconds } = options;
      if (wanted(persistSeconds)) this.saved = new SavedOutbox(this.outbox, board.store, persistSeconds);
      if (wanted(silentSeconds)) this.watchdog = new ScanWatchdog({ silentSeconds }, !!scanner.reset, !!board.restart);
    } else {
      this.outbox = new Outbox({ capacity: MAX_RECORD_LENGTH });
    }
    const { healthSeconds } = options;
    if (wanted(healthSeconds)) this.health = new HealthReporter(board, healthSeconds);
    this.scratch = new Uint8Array(maxPayload + (scanner ? profile.maxTopicLength : 0));
    const will = {
      topic: profile.statusTopic,
      payload: profile.offline,
      qos: READING_QOS,
      retain: profile.statusRetained,
    } as const;
    const connection = { transmitArenaSize: scanner ? 4096 : 1024, ...options.connection, will };
    const needed = maxPayload + profile.maxTopicLength + HEADER_ROOM;
    if (connection.transmitArenaSize < needed) {
      throw new RangeError(
        'transmitArenaSize ' + connection.transmitArenaSize + ': with maxPayload ' + maxPayload + ' at least ' + needed,
      );
    }
    this.connection = new Connection(connection, board, this);
  }

  /** Readings that were worth a report and are not acknowledged: in the outbox, in flight, or dropped. */
  get unacknowledged(): number {
    return this.outbox.appendedCount - this.outbox.acknowledgedCount;
  }

  /** Begins to connect and to scan, and takes back what was saved before a restart. Legal once more after `stop`. */
  start(): void {
    if (this.running) return;
    this.running = true;
    const now = this.board.clock.now();
    if (!this.started) this.restore();
    this.started = true;
    this.saved?.start(now);
    this.health?.start(now);
    this.watchdog?.start(now, this.advertisements);
    this.scanner?.start(this.scan, this);
    this.connection.start();
    this.arm(now);
  }

  /**
   * Ends scanning, publishes what is in the outbox and the status `offline`, and disconnects; `onStopped` follows.
   * Without a connection, or when the drain time is over, it ends without; with `persistSeconds` what is left is saved.
   */
  stop(): void {
    if (!this.running || this.stopping) return;
    this.stopping = true;
    this.endScan();
    if (!this.connection.connected) return this.disconnect();
    const now = this.board.clock.now();
    this.drainDeadline = now + this.drainTimeout;
    this.arm(now);
    this.publishWaiting();
  }

  /** Ends at once, without DISCONNECT: the broker publishes the will. `onStopped` follows. */
  close(): void {
    if (!this.running) return;
    this.stopping = true;
    this.endScan();
    this.connection.close();
  }

  // ScannerHandler

  onAdvertisement(advertisement: Advertisement): void {
    this.advertisements++;
    const reading = this.report!.reading;
    const { address, bytes, from, to } = advertisement;
    const format = this.decoder!.decode(bytes, from, to, reading, address);
    if (format === 0) return;
    const tags = this.tags!;
    const now = this.board.clock.now();
    const tag = tags.update(advertisement.address, 0, now, advertisement.rssi);
    const stored = this.storeWhenDue(tags.stream(tag, format), reading, advertisement, now);
    if (tags.advertisements[tag] === 1) this.handler.onTag(advertisement.address, advertisement.rssi, reading);
    if (stored) this.publishWaiting();
  }

  // ConnectionHandler

  onAttempt(): void {
    const scanner = this.scanner;
    if (!scanner?.pause || this.paused || this.stopping || this.connection.endpoint.tls === undefined) return;
    this.paused = true;
    scanner.pause();
    this.watchdog?.pause(this.board.clock.now());
  }

  onConnected(): void {
    const now = this.board.clock.now();
    this.endAttempt(now);
    this.connects++;
    this.status = this.profile.online;
    this.health?.connected(now);
    this.arm(now);
    this.handler.onConnected();
    this.publishWaiting();
  }

  onAcknowledged(packetId: number): void {
    if (packetId === this.statusId) this.statusId = 0;
    else this.outbox.acknowledged(packetId);
    if (this.saved?.saved) {
      // Removing the copy is work for the flash, which has no place between two packets.
      const now = this.board.clock.now();
      if (this.saved.acknowledged(now)) this.arm(now);
    }
    this.publishWaiting();
  }

  onRoom(): void {
    this.publishWaiting();
  }

  onMessage(): void {}

  onSubscribed(): void {}

  onUnsubscribed(): void {}

  onFailed(failure: ConnectionFailure): void {
    const now = this.board.clock.now();
    this.endAttempt(now);
    this.arm(now);
    this.handler.onFailed(failure);
  }

  onStopped(): void {
    this.timer.stop();
    this.wakeAt = Infinity;
    this.drainDeadline = Infinity;
    this.health?.stop();
    if (this.saved) this.noteSave(this.saved.stop());
    this.running = false;
    this.stopping = false;
    this.ending = false;
    this.handler.onStopped();
  }

  /** True when the reading was worth a report and the outbox has it. */
  private storeWhenDue(stream: number, reading: Reading, advertisement: Advertisement, now: number): boolean {
    const tags = this.tags!;
    const hash = reading.stateHash();
    if (reportCause(this.policy, tags, stream, reading, hash, now) === ReportCause.none) return false;
    const epoch = this.board.clock.epoch();
    const result = this.outbox.append(reading, advertisement.address, 0, advertisement.rssi, epoch, this.sequence++);
    if (result === AppendResult.refused) return false;
    noteReport(tags, stream, reading, hash, now);
    return true;
  }

  /** Gives the session the status and then reports, as many as it takes. */
  private publishWaiting(): void {
    const connection = this.connection;
    if (!connection.connected || this.publishing) return;
    if (this.status && !this.publishStatus(this.status)) return;
    // A reading counts as waiting until the session has named its packet; nothing may take it again before.
    this.publishing = true;
    try {
      while (this.publishOne()) {
        // As many as there are.
      }
    } finally {
      this.publishing = false;
    }
    this.finishWhenEmpty();
  }

  /** Publishes or drops the reading that waits longest. False when there is none, or no room. */
  private publishOne(): boolean {
    const report = this.report;
    if (!report || !this.outbox.take(report)) return false;
    const scratch = this.scratch;
    const topicFrom = this.maxPayload;
    const topicLength = this.profile.writeTopic(report, scratch, topicFrom, scratch.length);
    const length = this.profile.writePayload(report, scratch, 0, topicFrom);
    if (topicLength < 0 || length < 0) return this.outbox.drop();
    const topicTo = topicFrom + topicLength;
    const packetId = this.connection.publishRange(scratch, topicFrom, topicTo, scratch, 0, length, READING_QOS, false);
    if (packetId === Refusal.full) return false;
    if (packetId < 0) return this.outbox.drop();
    this.outbox.sent(packetId);
    this.published++;
    this.handler.onPublished(report, packetId, scratch, 0, length);
    return true;
  }

  /** Returns false when it must wait for room. */
  private publishStatus(status: Uint8Array): boolean {
    const topic = this.profile.statusTopic;
    const packetId = this.connection.publish(topic, status, READING_QOS, this.profile.statusRetained);
    if (packetId < 0) return false;
    this.statusId = packetId;
    this.status = undefined;
    return true;
  }

  private publishHealth(health: HealthReporter, now: number): boolean {
    if (!this.connection.connected) return false;
    const scratch = this.scratch;
    const length = this.profile.writeHealth(health.make(this, now), scratch, 0, this.maxPayload);
    if (length < 0) return false;
    const topic = this.profile.healthTopic;
    return this.connection.publishRange(topic, 0, topic.length, scratch, 0, length, HEALTH_QOS, false) >= 0;
  }

  private finishWhenEmpty(): void {
    if (this.stopping && this.outbox.waitingCount === 0 && this.outbox.inFlightCount === 0) this.disconnect();
  }

  /** Says `offline`, since DISCONNECT makes the broker forget the will, and ends. */
  private disconnect(): void {
    if (this.ending) return;
    this.ending = true;
    this.drainDeadline = Infinity;
    // Without room for `offline` the will has to say it, so there must be no DISCONNECT.
    if (this.connection.connected && !this.publishStatus(this.profile.offline)) this.connection.close();
    else this.connection.stop();
  }

  /** An attempt to connect is over. */
  private endAttempt(now: number): void {
    if (!this.paused) return;
    this.paused = false;
    if (this.stopping) return;
    this.scanner?.proceed?.();
    this.watchdog?.proceed(now);
  }

  private endScan(): void {
    this.paused = false;
    this.scanner?.stop();
    this.watchdog?.stop();
  }

  /** One timer serves all that has a deadline. */
  private wake(): void {
    this.wakeAt = Infinity;
    const now = this.board.clock.now();
    if (this.drainDeadline <= now) this.disconnect();
    const { health, saved, watchdog } = this;
    if (health && health.deadline <= now) {
      health.schedule(now);
      health.noteSent(this.publishHealth(health, now));
    }
    if (saved && saved.deadline <= now) this.noteSave(saved.tick(now));
    if (watchdog && watchdog.deadline <= now) this.remedy(watchdog.tick(now, this.advertisements));
    this.arm(now);
  }

  /** A timer that fires too early does no harm; so it is only ever set to an earlier time. */
  private arm(now: number): void {
    if (!this.running) return;
    let next = this.drainDeadline;
    if (this.health && this.health.deadline < next) next = this.health.deadline;
    if (this.saved && this.saved.deadline < next) next = this.saved.deadline;
    if (this.watchdog && this.watchdog.deadline < next) next = this.watchdog.deadline;
    if (next >= this.wakeAt) return;
    this.wakeAt = next;
    this.timer.start(next > now ? next - now : 0);
  }

  private remedy(remedy: ScanRemedy): void {
    if (remedy === ScanRemedy.none) return;
    const scanner = this.scanner!;
    if (remedy === ScanRemedy.restartChip) {
      this.notice('nothing is heard: restarting the chip');
      if (this.saved) this.noteSave(this.saved.save());
      writeRestartCount(this.board.store, this.watchdog!.chipRestarts, this.scratch);
      this.board.restart!();
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
    if (this.watchdog) this.watchdog.chipRestarts = readRestartCount(this.board.store, this.scratch);
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
    this.handler.onNotice?.(text);
  }
}

/** True when an interval is given and not 0. */
function wanted(seconds: number | undefined): seconds is number {
  return seconds !== undefined && seconds !== 0;
}
