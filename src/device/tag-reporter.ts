import type { TagProfile } from '../cloud/index.js';
import type { Advertisement, Board, ScannerHandler } from '../hal/index.js';
import { scanProfile } from '../settings/scan-profile.js';
import type { TagOptions } from '../settings/tag-configuration.js';
import { AdvertisementDecoder } from '../tags/decode.js';
import { AdvertisementFilter, FilterReason } from '../tags/filter/advertisement-filter.js';
import type { AdvertisementFilterOptions, AdvertisementRing, KeyTable, Reading } from '../tags/index.js';
import { ADDRESS_SIZE, NO_POLICY } from '../tags/tag-places.js';
import { PresenceChange, TagPresence } from '../tags/tag-presence.js';
import { TagTable } from '../tags/tag-table.js';
import type { HealthReport, ReportRule } from '../telemetry/index.js';
import type { Outbox } from '../telemetry/outbox/outbox.js';
import { checkDistanceOptions, estimateDistance } from '../telemetry/report/distance.js';
import { PolicyTable } from '../telemetry/report/policy-table.js';
import { noteReport, ReportCause, reportCause } from '../telemetry/report/report-cause.js';
import { Report, ReportKind } from '../telemetry/report/report.js';
import type { TagReporterHandler } from './gateway-handler.js';
import type { Gateway } from './gateway.js';
import { ReportQueue } from './report-queue.js';
import { ScanControl } from './scan-control.js';
import { ScanState } from './scan-state.js';
import { readRestartCount, ScanRemedy, writeRestartCount } from './scan-watchdog.js';
import { describeTags } from './tag-health.js';

/** What the tag side of a gateway is made of. */
export interface TagReporterOptions extends TagOptions {
  /** Topics and payloads of the reports. */
  profile: TagProfile;
  /** Keeps what the filter lets through, for people. Default: nothing is kept. */
  ring?: AdvertisementRing;
}

/**
 * The tag side of a gateway. Each advertisement passes the filter and is decoded; the tag table notes it, and its
 * policy says whether it is worth a report; presence says when a tag arrived and when it is away. Reports go to the
 * queue, from which the gateway publishes.
 *
 * It is a part of its own so that a board without a scanner neither links nor makes any of it.
 */
export class TagReporter implements ScannerHandler {
  readonly control: ScanControl;
  readonly filter: AdvertisementFilter;
  readonly decoder: AdvertisementDecoder;
  readonly tags: TagTable;
  readonly presence: TagPresence | undefined;
  readonly ring: AdvertisementRing | undefined;
  readonly queue: ReportQueue;

  private readonly board: Board;
  private readonly handler: TagReporterHandler;
  private readonly rssiAt1m: number;
  private readonly pathLossExponent: number;
  /** Its reading is also what advertisements are decoded into: one is done with before a report is made. */
  private readonly report: Report;
  private table: PolicyTable;
  private gateway: Gateway | undefined;
  private sequence = 0;
  /** Remedies in a row against a silence. */
  private remedies = 0;

  /** `board` must have a scanner. Throws a RangeError that names the option and what is allowed. */
  constructor(options: TagReporterOptions, board: Board, handler: TagReporterHandler) {
    const { tagCapacity: capacity, silentSeconds = 0 } = options;
    const { rssiAt1m, pathLossExponent } = checkDistanceOptions(options.distance ?? {});
    this.board = board;
    this.handler = handler;
    this.rssiAt1m = rssiAt1m;
    this.pathLossExponent = pathLossExponent;
    const profile = options.scan ?? scanProfile('dedicated');
    this.control = new ScanControl({ profile, silentSeconds }, board.scanner!, this, board.restart !== undefined);
    this.ring = options.ring;
    this.decoder = new AdvertisementDecoder(options.keys);
    this.table = new PolicyTable(options.rules);
    const columns = {
      // A crowd larger than the table would else be a first reading at each of its advertisements.
      stay: this.table.minimumInterval(0),
      window: true,
      events: true,
      deltas: this.table.deltaColumns,
    };
    this.tags = new TagTable(capacity === undefined ? columns : { ...columns, capacity });
    this.filter = new AdvertisementFilter(this.filterOptions(options));
    this.keepKeyed(options.keys);
    this.configureTags();
    this.report = new Report();
    this.queue = new ReportQueue(options, board.store, this.report, handler);
    if (options.presence) this.presence = new TagPresence(this.tags, options.presence);
  }

  get outbox(): Outbox {
    return this.queue.outbox;
  }

  /** What counts as worth a report. */
  get policies(): PolicyTable {
    return this.table;
  }

  /** When `tick` must be called at the latest, in milliseconds of `Clock.now`. */
  get deadline(): number {
    let next = this.queue.deadline;
    if (this.control.deadline < next) next = this.control.deadline;
    if (this.presence && this.presence.deadline < next) next = this.presence.deadline;
    return next;
  }

  /**
   * From now on these rules count, and tags that they name keep their place in the table. Of a policy's deltas those
   * count for which the table was made, the first `PolicyTable.deltaColumns` of the rules at the start; further fields
   * are compared as they are. Throws a RangeError, and changes nothing then.
   */
  setRules(rules: readonly ReportRule[]): void {
    this.table = new PolicyTable(rules);
    const { tags } = this;
    const address = new Uint8Array(ADDRESS_SIZE);
    for (let tag = tags.nextUsed(-1); tag >= 0; tag = tags.nextUsed(tag)) {
      if (!tags.isConfigured(tag)) continue;
      tags.copyAddress(tag, address, 0);
      tags.configure(address, 0, NO_POLICY);
    }
    this.configureTags();
  }

  /** Begins to scan, and the first time takes back what was saved before a restart. */
  start(now: number, gateway: Gateway): void {
    if (!this.gateway) {
      if (this.control.watchdog) this.control.watchdog.chipRestarts = readRestartCount(this.board.store);
      this.queue.restore();
    }
    this.gateway = gateway;
    this.queue.start(now);
    this.startScan(now);
  }

  /** Scans; silence counts from now. Legal when it does already. */
  startScan(now: number): void {
    this.control.start(now);
    this.settlePresence(now);
    this.gateway?.wakeByDeadline();
  }

  /** Ends scanning; what is in the outbox may still be published. */
  endScan(now: number): void {
    this.control.stop();
    this.settlePresence(now);
  }

  /** Writes its figures into a health report. */
  describe(report: HealthReport, now: number): void {
    describeTags(this, report, now);
  }

  /** The gateway has ended. */
  stopped(): void {
    this.queue.stopped();
  }

  tick(now: number): void {
    this.queue.tick(now);
    if (this.control.deadline <= now) this.noteRemedy(this.control.tick(now));
    this.settlePresence(now);
    if (this.presence && this.presence.deadline <= now && this.reportDepartures(this.presence, now)) {
      this.gateway!.publishWaiting();
    }
  }

  /** An attempt to connect begins; `exclusive`: it needs the radio for itself. */
  connecting(exclusive: boolean, now: number): void {
    if (exclusive) this.control.pause(now);
    this.settlePresence(now);
  }

  connected(now: number): void {
    this.control.proceed(now);
    this.control.connected(now);
    this.settlePresence(now);
  }

  disconnected(now: number): void {
    this.control.proceed(now);
    this.control.disconnected();
    this.settlePresence(now);
  }

  // ScannerHandler

  onAdvertisement(advertisement: Advertisement): void {
    const { address, addressType, rssi, bytes, from, to } = advertisement;
    const now = this.board.clock.now();
    this.control.heard(now);
    if (this.filter.check(address, addressType, rssi, bytes, from, to) !== FilterReason.passed) return;
    if (this.ring) {
      const unixTime = this.board.clock.unixTime();
      this.ring.add(address, addressType, rssi, bytes, from, to, now, unixTime, this.filter.allowed);
    }
    const reading = this.report.reading;
    const format = this.decoder.decode(bytes, from, to, reading, address);
    if (format === 0) return;
    const { tags, presence } = this;
    const tag = tags.update(address, 0, now, rssi);
    if (tag < 0) return;
    const isNew = tags.advertisements[tag] === 1;
    const change = presence ? presence.heard(tag, now) : PresenceChange.none;
    if (change !== PresenceChange.none) this.reportChange(change, tag, now);
    const policy = this.table.choose(tags.ownPolicy[tag]!, format);
    const stream = tags.stream(tag, format);
    const cause = reportCause(this.table, policy, tags, stream, reading, now);
    if (cause !== ReportCause.none && this.storeReading(reading, tag)) {
      noteReport(this.table, policy, tags, stream, reading, now);
    }
    if (isNew) this.handler.onTag(address, rssi, reading);
    if (cause !== ReportCause.none || change !== PresenceChange.none) this.gateway!.publishWaiting();
  }

  /** Somebody who gave a tag a key wants to hear of it. */
  private keepKeyed(keys: KeyTable | undefined): void {
    if (!keys) return;
    const address = new Uint8Array(ADDRESS_SIZE);
    for (let i = 0; i < keys.size; i++) {
      keys.copyAddress(i, address, 0);
      this.tags.configure(address, 0, NO_POLICY);
    }
  }

  private configureTags(): void {
    const left = this.table.configureTags(this.tags);
    if (left > 0) this.handler.onNotice('the tag table has no room for ' + left + ' of the tags that have a policy');
  }

  private filterOptions({ filter = {}, configuredOnly }: TagReporterOptions): AdvertisementFilterOptions {
    if (!configuredOnly) return filter;
    const { tags } = this;
    const isKnown = (address: Uint8Array, at: number): boolean => {
      const tag = tags.find(address, at);
      return tag >= 0 && tags.isConfigured(tag);
    };
    return { ...filter, isKnown };
  }

  /** True when the outbox has it. */
  private storeReading(reading: Reading, tag: number): boolean {
    const { report, tags } = this;
    const mean = tags.windowMean(tag);
    report.setWindow(tags.windowSize(tag), mean, tags.windowMax(tag));
    report.distance = estimateDistance(reading, mean, this.rssiAt1m, this.pathLossExponent);
    return this.store(ReportKind.reading, tag, this.board.clock.unixTime(), 0);
  }

  private reportChange(change: PresenceChange, tag: number, now: number): void {
    // Nobody would learn later that this one is gone.
    if (change & PresenceChange.replaced) this.storeAway(this.tags.capacity, now);
    if (!(change & PresenceChange.arrived)) return;
    if (!this.storeEvent(ReportKind.arrived, tag, this.board.clock.unixTime(), 0)) this.presence!.retract(tag, now);
  }

  /** True when there was one. */
  private reportDepartures(presence: TagPresence, now: number): boolean {
    let reported = false;
    for (let tag = presence.tick(now); tag >= 0; tag = presence.tick(now)) {
      if (this.storeAway(tag, now)) {
        reported = true;
      } else {
        presence.retract(tag, now);
        break;
      }
    }
    return reported;
  }

  private storeAway(tag: number, now: number): boolean {
    const unixTime = this.board.clock.unixTime();
    const lastSeen = unixTime === 0 ? 0 : unixTime - (now - this.tags.lastSeen[tag]!);
    return this.storeEvent(ReportKind.away, tag, unixTime, lastSeen);
  }

  private storeEvent(kind: ReportKind, tag: number, unixTime: number, lastSeen: number): boolean {
    this.report.setWindow(0, 0, 0);
    this.report.distance = 0;
    return this.store(kind, tag, unixTime, lastSeen);
  }

  private store(kind: ReportKind, tag: number, unixTime: number, lastSeen: number): boolean {
    const { report, tags } = this;
    report.kind = kind;
    tags.copyAddress(tag, report.address, 0);
    report.rssi = tags.rssi[tag]!;
    report.unixTime = unixTime;
    report.lastSeen = lastSeen;
    report.sequence = this.sequence++;
    return this.queue.append(report);
  }

  /**
   * Silence says nothing of a tag while nobody listens, nor while the radio may be deaf. After its second remedy it is
   * taken to hear: what is silent then is away, else the only tag in a shed would never be.
   */
  private settlePresence(now: number): void {
    const { presence, control } = this;
    if (!presence) return;
    const { state } = control;
    if (state !== ScanState.silent) this.remedies = 0;
    const listens =
      state === ScanState.starting || state === ScanState.scanning || (state === ScanState.silent && this.remedies > 1);
    if (listens) presence.resume(now);
    else presence.pause(now);
  }

  private noteRemedy(remedy: ScanRemedy): void {
    if (remedy === ScanRemedy.none) return;
    this.remedies++;
    if (remedy === ScanRemedy.restartChip) {
      this.handler.onNotice('nothing is heard: restarting the chip');
      this.queue.save();
      writeRestartCount(this.board.store, this.control.watchdog!.chipRestarts);
      this.board.restart!();
      return;
    }
    const what = remedy === ScanRemedy.resetRadio ? 'radio' : 'scan';
    this.handler.onNotice('nothing is heard: the ' + what + ' was restarted');
  }
}
