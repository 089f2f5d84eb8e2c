import { Connection } from '../connection/index.js';
import type { ConnectionFailure, ConnectionHandler } from '../connection/index.js';
import type { CloudProfile } from '../cloud/index.js';
import type { Advertisement, Board, ScanOptions, Scanner, ScannerHandler, Timer } from '../hal/index.js';
import { Refusal } from '../mqtt/index.js';
import { AdvertisementDecoder, Reading, TagTable } from '../tags/index.js';
import { AppendResult, noteReport, Outbox, Report, ReportCause, reportCause } from '../telemetry/index.js';
import type { ReportPolicy } from '../telemetry/index.js';
import { checkReportPolicy } from '../telemetry/index.js';
import type { GatewayHandler } from './gateway-handler.js';
import { DEFAULT_SCAN, READING_QOS } from './gateway-options.js';
import type { GatewayOptions } from './gateway-options.js';

/** The session's arena must hold a payload and a PUBLISH header around it. */
const HEADER_ROOM = 16;

/**
 * A gateway: advertisements in, messages out.
 *
 * Each advertisement is decoded; the tag's policy says whether it is worth a report; a report goes to the outbox, and
 * from there to the broker with QoS 1, as the session has room. It leaves the outbox with its PUBACK, so an outage
 * costs only what the outbox cannot hold, and that is counted.
 */
export class Gateway implements ScannerHandler, ConnectionHandler {
  readonly connection: Connection;
  readonly decoder = new AdvertisementDecoder();
  readonly tags: TagTable;
  readonly outbox: Outbox;

  /** Advertisements heard, recognised or not. */
  advertisements = 0;
  /** Readings given to the session. */
  published = 0;
  /** Connections that the broker accepted. */
  connects = 0;

  private readonly board: Board;
  private readonly scanner: Scanner;
  private readonly scan: ScanOptions;
  private readonly profile: CloudProfile;
  private readonly policy: ReportPolicy;
  private readonly handler: GatewayHandler;
  private readonly drainTimeout: number;
  private readonly drainTimer: Timer;

  private readonly reading = new Reading();
  private readonly report = new Report();
  private readonly topic: Uint8Array;
  private readonly payload: Uint8Array;
  private sequence = 0;
  private running = false;
  private stopping = false;
  private ending = false;
  /** `online` or `offline` waits to be published. */
  private status: Uint8Array | undefined;
  /** The status that was published last under this identifier. */
  private statusId = 0;

  /** Throws a RangeError that names the option and what is allowed. */
  constructor(options: GatewayOptions, board: Board, handler: GatewayHandler) {
    if (!board.scanner) throw new RangeError('board ' + board.name + ' has no Bluetooth scanner');
    const profile = options.profile;
    const maxPayload = options.maxPayload ?? 1024;
    if (!(maxPayload >= 64 && maxPayload <= 65536 && maxPayload % 1 === 0)) {
      throw new RangeError('maxPayload ' + maxPayload + ': allowed are whole numbers from 64 to 65536');
    }
    this.drainTimeout = options.drainTimeout ?? 5000;
    if (!(this.drainTimeout >= 0 && this.drainTimeout <= 3600000)) {
      throw new RangeError('drainTimeout ' + this.drainTimeout + ': allowed are 0 to 3600000 milliseconds');
    }
    this.board = board;
    this.scanner = board.scanner;
    this.scan = options.scan ?? DEFAULT_SCAN;
    this.profile = profile;
    this.policy = checkReportPolicy(options.policy);
    this.handler = handler;
    this.drainTimer = board.timers.create(() => this.disconnect());
    this.tags = new TagTable(options.tags);
    this.outbox = new Outbox(options.outbox);
    this.topic = new Uint8Array(profile.maxTopicLength);
    this.payload = new Uint8Array(maxPayload);
    const will = {
      topic: profile.statusTopic,
      payload: profile.offline,
      qos: READING_QOS,
      retain: profile.statusRetained,
    } as const;
    const connection = { transmitArenaSize: 4096, ...options.connection, will };
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

  /** Begins to connect and to scan. Legal once more after `stop`. */
  start(): void {
    if (this.running) return;
    this.running = true;
    this.connection.start();
    this.scanner.start(this.scan, this);
  }

  /**
   * Ends scanning, publishes what is in the outbox and the status `offline`, and disconnects; `onStopped` follows.
   * Without a connection, or when the drain time is over, it ends without.
   */
  stop(): void {
    if (!this.running || this.stopping) return;
    this.stopping = true;
    this.scanner.stop();
    if (!this.connection.connected) return this.disconnect();
    this.drainTimer.start(this.drainTimeout);
    this.publishWaiting();
  }

  /** Ends at once, without DISCONNECT: the broker publishes the will. `onStopped` follows. */
  close(): void {
    if (!this.running) return;
    this.stopping = true;
    this.scanner.stop();
    this.connection.close();
  }

  // ScannerHandler

  onAdvertisement(advertisement: Advertisement): void {
    this.advertisements++;
    const reading = this.reading;
    const format = this.decoder.decode(advertisement.bytes, advertisement.from, advertisement.to, reading);
    if (format === 0) return;
    const now = this.board.clock.now();
    const tag = this.tags.update(advertisement.address, 0, now, advertisement.rssi);
    if (this.tags.advertisements[tag] === 1) this.handler.onTag(advertisement.address, advertisement.rssi, reading);
    const stream = this.tags.stream(tag, format);
    const hash = reading.stateHash();
    if (reportCause(this.policy, this.tags, stream, reading, hash, now) === ReportCause.none) return;
    const epoch = this.board.clock.epoch();
    const result = this.outbox.append(reading, advertisement.address, 0, advertisement.rssi, epoch, this.sequence++);
    if (result === AppendResult.refused) return;
    noteReport(this.tags, stream, reading, hash, now);
    this.publishWaiting();
  }

  // ConnectionHandler

  onConnected(): void {
    this.connects++;
    this.status = this.profile.online;
    this.handler.onConnected();
    this.publishWaiting();
  }

  onAcknowledged(packetId: number): void {
    if (packetId === this.statusId) this.statusId = 0;
    else this.outbox.acknowledged(packetId);
    this.publishWaiting();
  }

  onRoom(): void {
    this.publishWaiting();
  }

  onMessage(): void {}

  onSubscribed(): void {}

  onUnsubscribed(): void {}

  onFailed(failure: ConnectionFailure): void {
    this.handler.onFailed(failure);
  }

  onStopped(): void {
    this.drainTimer.stop();
    this.running = false;
    this.stopping = false;
    this.ending = false;
    this.handler.onStopped();
  }

  /** Gives the session the status and then reports, as many as it takes. */
  private publishWaiting(): void {
    const connection = this.connection;
    if (!connection.connected) return;
    if (this.status && !this.publishStatus(this.status)) return;
    const report = this.report;
    while (this.outbox.take(report)) {
      const topicTo = this.profile.writeTopic(report, this.topic, 0, this.topic.length);
      const payloadTo = this.profile.writePayload(report, this.payload, 0, this.payload.length);
      if (topicTo < 0 || payloadTo < 0) {
        this.outbox.drop();
        continue;
      }
      const packetId = connection.publishRange(this.topic, 0, topicTo, this.payload, 0, payloadTo, READING_QOS, false);
      if (packetId === Refusal.full) return;
      if (packetId < 0) {
        this.outbox.drop();
        continue;
      }
      this.outbox.sent(packetId);
      this.published++;
      this.handler.onPublished(report, packetId, this.payload, 0, payloadTo);
    }
    this.finishWhenEmpty();
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

  private finishWhenEmpty(): void {
    if (this.stopping && this.outbox.waitingCount === 0 && this.outbox.inFlightCount === 0) this.disconnect();
  }

  /** Says `offline`, since DISCONNECT makes the broker forget the will, and ends. */
  private disconnect(): void {
    if (this.ending) return;
    this.ending = true;
    this.drainTimer.stop();
    // Without room for `offline` the will has to say it, so there must be no DISCONNECT.
    if (this.connection.connected && !this.publishStatus(this.profile.offline)) this.connection.close();
    else this.connection.stop();
  }
}
