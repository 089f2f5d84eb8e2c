import type { JsonWriter } from '../bytes/json-writer.js';
import type { Advertisement, Board, Clock, ScannerHandler } from '../hal/index.js';
import { scanProfile } from '../settings/scan-profile.js';
import type { TagOptions } from '../settings/tag-configuration.js';
import { AdvertisementDigest } from '../tags/advertisement-digest.js';
import { AdvertisementDecoder } from '../tags/decode.js';
import { AdvertisementFilter, FILTER_REASON_COUNT, FilterReason } from '../tags/filter/advertisement-filter.js';
import { Verdict, VerdictCache, verdictPlaces } from '../tags/filter/verdict-cache.js';
import type { AdvertisementRing, KeyTable, Reading } from '../tags/index.js';
import { ADDRESS_SIZE } from '../tags/address.js';
import { NO_POLICY } from '../tags/tag-places.js';
import { PresenceChange, TagPresence } from '../tags/tag-presence.js';
import { SAID_NOTE_BITS, STREAMS_PER_TAG, TagTable } from '../tags/tag-table.js';
import { ScannerState } from '../telemetry/health-report.js';
import type { HealthReport, ReportRule } from '../telemetry/index.js';
import type { Outbox } from '../telemetry/outbox/outbox.js';
import { checkDistanceOptions, estimateDistance } from '../telemetry/report/distance.js';
import { PolicyTable } from '../telemetry/report/policy-table.js';
import { noteReport, ReportCause, reportCause } from '../telemetry/report/report-cause.js';
import { Report, ReportKind } from '../telemetry/report/report.js';
import { DropReason, RecordRank } from '../telemetry/outbox/flash-log.js';
import { OutboxStatistics } from './outbox-statistics.js';
import { ReportQueue } from './report-queue.js';
import type { ReportQueueHandler, ReportQueueOptions } from './report-queue.js';
import { ScanControl } from './scan-control.js';
import { ScanState } from './scan-state.js';
import { readRestartCount, ScanRemedy, writeRestartCount } from './scan-watchdog.js';

/** What the tag side of a gateway is made of. */
export interface TagReporterOptions extends TagOptions, ReportQueueOptions {
  /** Keeps what the filter lets through, for people. Default: nothing is kept. */
  ring?: AdvertisementRing;
  /** Default: its own. */
  working?: TagWorkingMemory;
}

/**
 * What a tag side uses within a call alone. Several devices in one thread may have the same, if they have the same
 * rules, no keys, and `advertisementSize` in common; then the decoder's counters are those of all.
 */
export interface TagWorkingMemory {
  readonly decoder: AdvertisementDecoder;
  readonly report: Report;
  readonly policies: PolicyTable;
}

/** What a tag side tells its owner. Readings and addresses are reused: they are valid only until the call returns. */
export interface TagReporterHandler extends ReportQueueHandler {
  /** A tag was heard that is not in the tag table. `address` has 6 bytes, most significant first. */
  onTag(address: Uint8Array, rssi: number, reading: Reading): void;
}

/**
 * Hears what becomes of each advertisement, and why: for a simulator that shows it. No board has one, and without one
 * it costs a look at a property. Each advertisement comes to one of the first four methods. All that is given is
 * reused: it is valid only until the call returns.
 */
export interface DecisionWatcher {
  /** The filter kept it out. */
  filtered(advertisement: Advertisement, reason: FilterReason): void;

  /** No format knows it, or one that does cannot read it: `format` and `state` of `reading` tell. */
  undecoded(advertisement: Advertisement, reading: Reading): void;

  /** The tag table has no place for its tag. */
  refused(advertisement: Advertisement, reading: Reading): void;

  /**
   * The policy with the number `policy` decided. `stream` is a place in the tag table, which has what was reported
   * before: a report is noted after this call.
   */
  judged(advertisement: Advertisement, reading: Reading, stream: number, policy: number, cause: ReportCause): void;

  /** The report that `judged` told of last was given to the outbox, which took it or has no room for it. */
  stored(taken: boolean): void;
}

/** What a tag side is run by: it hears the scanner and gives what it hears to `TagReporter.hear`. */
export interface TagReporterHost extends ScannerHandler {
  /** A deadline may have become earlier. */
  wake(): void;
}

/*
 * What is kept with the digest of a tag's last advertisement (`TagTable.keepSaid`): the policy and the stream of its
 * reading, and whether that says what was reported last.
 */
const enum Said {
  /** Of the streams of the tag. */
  streamMask = STREAMS_PER_TAG - 1,
  /** Until the maximum interval is over there is nothing to report; else the minimum interval was not over. */
  settled = 1 << 2,
  /** Six bits, the place of this interval in `PolicyTable.intervals`: five bits are the policy, as there are 32. */
  intervalShift = 2,
  policyShift = 3,
}

/** `filterRevision` when there is none; revisions are above 0. */
const NONE = 0;

/**
 * The tag side of a gateway. Each advertisement passes the filter and is decoded; the tag table notes it, and its
 * policy says whether it is worth a report; presence says when a tag arrived and when it is away. Reports go to the
 * queue, from which its host publishes.
 *
 * An advertisement that says what its tag said last is not walked again, nor decrypted, unless a report is due: table,
 * presence, ring and the filter's counts note it, the decoder's counters do not. Nor is one that is of no use and was
 * heard shortly before. Whether it is the same is told by a digest, see `AdvertisementDigest`.
 *
 * It is a part of its own so that a board without a scanner neither links nor makes any of it.
 */
export class TagReporter {
  readonly control: ScanControl;
  readonly filter: AdvertisementFilter;
  readonly decoder: AdvertisementDecoder;
  readonly tags: TagTable;
  readonly presence: TagPresence | undefined;
  readonly ring: AdvertisementRing | undefined;
  readonly queue: ReportQueue;

  private readonly board: Board;
  private readonly clock: Clock;
  private readonly handler: TagReporterHandler;
  private readonly rssiAt1m: number;
  private readonly pathLossExponent: number;
  /** Its reading is also what advertisements are decoded into: one is done with before a report is made. */
  private readonly report: Report;
  private table: PolicyTable;
  private host: TagReporterHost | undefined;
  private sequence = 0;
  private readonly configuredOnly: boolean;
  private readonly digest: AdvertisementDigest;
  private readonly verdicts: VerdictCache;
  /** The revision of the filter for which verdicts and digests hold, or NONE when nothing may be remembered. */
  private filterRevision = NONE;
  private watcher: DecisionWatcher | undefined;
  /** Readings of each tag, modulo 256, so that a full outbox can leave out evenly. */
  private readonly ordinals: Uint8Array;
  private refusalTold = false;
  /** Remedies in a row against a silence. */
  private remedies = 0;

  /** `board` must have a scanner. Throws a RangeError that names the option and what is allowed. */
  constructor(options: TagReporterOptions, board: Board, handler: TagReporterHandler) {
    const { tagCapacity: capacity = 64, silentSeconds = 0, working } = options;
    const { rssiAt1m, pathLossExponent } = checkDistanceOptions(options.distance ?? {});
    this.board = board;
    this.clock = board.clock;
    this.handler = handler;
    this.rssiAt1m = rssiAt1m;
    this.pathLossExponent = pathLossExponent;
    const profile = options.scan ?? scanProfile('dedicated');
    this.control = new ScanControl({ profile, silentSeconds }, board.scanner!, board.restart !== undefined);
    this.ring = options.ring;
    this.decoder = working ? working.decoder : new AdvertisementDecoder(options.keys);
    this.table = working ? working.policies : new PolicyTable(options.rules);
    this.tags = new TagTable(this.table.tableOptions(capacity));
    this.ordinals = new Uint8Array(capacity);
    this.filter = new AdvertisementFilter(options.filter ?? {});
    this.configuredOnly = options.configuredOnly === true;
    this.digest = new AdvertisementDigest();
    this.verdicts = new VerdictCache(verdictPlaces(capacity));
    this.keepKeyed(options.keys);
    this.configureTags();
    this.report = working ? working.report : new Report(options.advertisementSize);
    this.queue = new ReportQueue(options, board, this.report, handler);
    if (options.presence) this.presence = new TagPresence(this.tags, options.presence);
  }

  get outbox(): Outbox {
    return this.queue.outbox;
  }

  /** Absent on a board. It hears of each reading, so nothing is taken for known while there is one. */
  get decisions(): DecisionWatcher | undefined {
    return this.watcher;
  }

  set decisions(watcher: DecisionWatcher | undefined) {
    this.watcher = watcher;
    this.filterRevision = NONE;
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
    tags.forgetAllSaid();
    const address = new Uint8Array(ADDRESS_SIZE);
    for (let tag = tags.nextUsed(-1); tag >= 0; tag = tags.nextUsed(tag)) {
      if (!tags.isConfigured(tag)) continue;
      tags.copyAddress(tag, address, 0);
      tags.configure(address, 0, NO_POLICY);
    }
    this.configureTags();
  }

  /** Begins to scan, and the first time takes back what was persisted before a restart. */
  start(now: number, host: TagReporterHost): void {
    if (!this.host) {
      if (this.control.watchdog) this.control.watchdog.chipRestarts = readRestartCount(this.board.store);
      this.queue.restore();
    }
    this.host = host;
    this.control.handler = host;
    this.queue.start(now);
    this.startScan(now);
  }

  /** Scans; silence counts from now. Legal when it does already. */
  startScan(now: number): void {
    this.control.start(now);
    this.settlePresence(now);
    this.host?.wake();
  }

  /** Ends scanning; what is in the outbox may still be published. */
  endScan(now: number): void {
    this.control.stop();
    this.settlePresence(now);
  }

  /** Writes its figures into a health report. Allocates nothing. */
  describe(report: HealthReport, now: number): void {
    const { control, filter, outbox, queue, tags } = this;
    report.scanner = scannerState(control.state);
    report.outbox = queue.pending;
    report.dropped = outbox.droppedCount + outbox.refusedCount;
    report.backlog = outbox.backlogCount;
    report.droppedLong = outbox.droppedFor(DropReason.tooLong);
    report.droppedOld = outbox.droppedFor(DropReason.age);
    report.droppedThinned = outbox.droppedFor(DropReason.thinned);
    report.droppedCorrupt = outbox.droppedFor(DropReason.corrupt);
    const refused = outbox.droppedFor(DropReason.refused) + outbox.refusedCount;
    report.droppedFull = outbox.droppedFor(DropReason.full) + refused;
    report.badBlocks = queue.flashLog ? queue.flashLog.statistics.badBlocks : 0;
    report.advertisements = control.advertisements;
    report.advertisementsPerSecond = control.perSecond(now);
    report.filtered = 0;
    for (let reason = FilterReason.passed + 1; reason < FILTER_REASON_COUNT; reason++) {
      report.filtered += filter.counts[reason]!;
    }
    report.tags = tags.size;
    report.refusedTags = tags.refused;
    const watchdog = control.watchdog;
    if (!watchdog) return;
    report.scanRestarts = watchdog.scanRestarts;
    report.radioResets = watchdog.radioResets;
    report.chipRestarts = watchdog.chipRestarts;
  }

  /** Writes what waits in the outbox, and what became of the rest; see `OutboxStatistics.write`. */
  writeOutbox(into: JsonWriter): void {
    new OutboxStatistics(this.queue, this.board.store).write(into);
  }

  /** The gateway has ended. */
  stopped(): void {
    this.queue.stopped();
  }

  /** Does what is due. True when there are reports to publish. */
  tick(now: number): boolean {
    const isDue = this.queue.tick(now);
    if (this.control.deadline <= now) this.noteRemedy(this.control.tick(now));
    this.settlePresence(now);
    const left = !!this.presence && this.presence.deadline <= now && this.reportDepartures(this.presence, now);
    return isDue || left;
  }

  /** An attempt to connect begins; `exclusive`: it needs the radio for itself. */
  connecting(exclusive: boolean, now: number): void {
    if (exclusive) this.control.pause(now);
    this.settlePresence(now);
  }

  connected(now: number): void {
    this.control.resume(now);
    this.control.connected(now);
    this.queue.connected(now);
    this.settlePresence(now);
  }

  disconnected(now: number): void {
    this.control.resume(now);
    this.control.disconnected();
    this.queue.disconnected(now);
    this.settlePresence(now);
  }

  /** Takes an advertisement. True when there are reports to publish. */
  hear(advertisement: Advertisement): boolean {
    const now = this.clock.now();
    this.control.heard(now);
    const digest = this.digest;
    digest.readAddress(advertisement.address);
    const tag = /*@__INLINE__*/ this.tags.findWords(digest.head, digest.tail);
    // Most of what a filter keeps out is of strangers, so nothing else is asked before.
    if (tag < 0 && this.keepsOut(advertisement)) return false;
    const filter = this.filter;
    const mayRepeat = filter.revision === this.filterRevision || this.remember();
    const isRead = mayRepeat && digest.readHeard(advertisement);
    if (tag >= 0) {
      if (isRead && this.hearAgain(tag, advertisement, now)) return false;
      if (filter.hasAdvertiserRules && !this.admits(tag, advertisement, mayRepeat)) return false;
    }
    if (isRead) {
      const verdict = this.verdicts.find(digest);
      if (verdict === Verdict.undecoded) {
        filter.counts[FilterReason.passed]!++;
        if (this.ring) this.ring.keep(advertisement, now, filter.hasAllowList);
        return false;
      }
      if (verdict === Verdict.content) {
        filter.counts[FilterReason.content]!++;
        return false;
      }
    }
    return this.hearNew(tag, advertisement, now, isRead);
  }

  /** True when an advertiser that has no place in the table is kept out: then that is counted, and told. */
  private keepsOut(advertisement: Advertisement): boolean {
    if (this.filter.hasAdvertiserRules) {
      const reason = this.filter.checkAdvertiser(this.digest, advertisement);
      if (reason !== FilterReason.passed) {
        this.watcher?.filtered(advertisement, reason);
        return true;
      }
    }
    if (!this.configuredOnly) return false;
    // Whoever is configured has a place.
    this.filter.count(FilterReason.unknownTag);
    this.watcher?.filtered(advertisement, FilterReason.unknownTag);
    return true;
  }

  /**
   * True when the filter lets in the advertiser of a tag that has a place. With `mayRepeat` that is kept with the tag,
   * so that its advertisements do not pay for lists.
   */
  private admits(tag: number, advertisement: Advertisement, mayRepeat: boolean): boolean {
    const tags = this.tags;
    const filter = this.filter;
    const isAccepted = mayRepeat && tags.isAccepted(tag, advertisement.addressType);
    const reason = isAccepted
      ? filter.checkStrength(advertisement.rssi)
      : filter.checkAdvertiser(this.digest, advertisement);
    if (reason !== FilterReason.passed) {
      this.watcher?.filtered(advertisement, reason);
      return false;
    }
    if (mayRepeat && !isAccepted) tags.accept(tag, advertisement.addressType);
    return true;
  }

  /**
   * Notes an advertisement of a known tag, which `digest` has read, if it says what the tag said last and nothing of it
   * is to be reported now; else it returns false and has done nothing. Presence does not change: of a tag that is away
   * nothing is kept.
   */
  private hearAgain(tag: number, advertisement: Advertisement, now: number): boolean {
    const tags = this.tags;
    const numbers = tags.said!;
    if (numbers[2 * tag] !== this.digest.sum) return false;
    const said = numbers[2 * tag + 1]! ^ this.digest.remainder;
    if (said >>> SAID_NOTE_BITS !== 0) return false;
    const interval = this.table.intervals[said >> Said.intervalShift]!;
    // A maximum of 0 is none; who waits for a minimum has one.
    if (interval > 0) {
      const stream = tag * STREAMS_PER_TAG + (said & Said.streamMask);
      if (now - tags.lastReported[stream]! >= interval) return false;
    }
    const filter = this.filter;
    const rssi = advertisement.rssi;
    if (rssi < filter.rssiFloor) return false;
    filter.counts[FilterReason.passed]!++;
    if (this.presence) /*@__INLINE__*/ this.presence.heardAgain(tag, now);
    /*@__INLINE__*/ tags.heard(tag, now, rssi);
    if (this.ring) /*@__INLINE__*/ this.ring.keep(advertisement, now, filter.hasAllowList);
    return true;
  }

  /**
   * Takes an advertisement that the filter lets through as far as the advertiser goes, and of which nothing is known.
   * As `hearReading`.
   */
  private hearNew(tag: number, advertisement: Advertisement, now: number, isRead: boolean): boolean {
    const filter = this.filter;
    const reason = filter.checkContent(advertisement);
    if (reason !== FilterReason.passed) {
      if (isRead && reason === FilterReason.content) this.verdicts.keep(this.digest, Verdict.content);
      this.watcher?.filtered(advertisement, reason);
      return false;
    }
    if (this.ring) this.ring.keep(advertisement, now, filter.hasAllowList);
    const reading = this.report.reading;
    const bytes = advertisement.bytes;
    const format = this.decoder.decode(bytes, advertisement.from, advertisement.to, reading, advertisement.address);
    if (format !== 0) return this.hearReading(tag, format, advertisement, now, isRead);
    if (isRead) this.verdicts.keep(this.digest, Verdict.undecoded);
    this.watcher?.undecoded(advertisement, reading);
    return false;
  }

  /**
   * Takes what was decoded from an advertisement. `tag` is below 0 when it has no place in the table yet; `isRead`:
   * `digest` has read it. True when there are reports to publish.
   */
  private hearReading(
    tag: number,
    format: number,
    advertisement: Advertisement,
    now: number,
    isRead: boolean,
  ): boolean {
    const tags = this.tags;
    const presence = this.presence;
    const table = this.table;
    const reading = this.report.reading;
    if (tag >= 0) tags.heard(tag, now, advertisement.rssi);
    else tag = tags.update(advertisement.address, 0, now, advertisement.rssi);
    if (tag < 0) {
      this.watcher?.refused(advertisement, reading);
      return false;
    }
    const isNew = tags.advertisements[tag] === 1;
    const change = presence ? presence.heard(tag, now) : PresenceChange.none;
    if (change !== PresenceChange.none) this.reportChange(change, tag, now);
    const policy = table.choose(tags.ownPolicy[tag]!, format);
    const stream = tags.stream(tag, format, reading.fieldSet());
    const cause = reportCause(table, policy, tags, stream, reading, now);
    this.watcher?.judged(advertisement, reading, stream, policy, cause);
    const isDue = cause > ReportCause.unchanged;
    let isSettled = cause === ReportCause.unchanged;
    if (isDue) {
      this.report.keepAdvertisement(advertisement.bytes, advertisement.from, advertisement.to);
      isSettled = this.storeReading(reading, tag, cause);
      this.watcher?.stored(isSettled);
      if (isSettled) {
        noteReport(table, policy, tags, stream, reading, now);
        if (tags.rowsRefused > 0 && !this.refusalTold) this.tellRefusal();
      }
    }
    // One whose report found no room is looked at again, and so is a tag whose arrival found none.
    const isQuiet = (isSettled || !isDue) && (!presence || presence.isSteady(tag));
    if (isRead && isQuiet) this.rememberSaid(tag, policy, stream, isSettled);
    if (isNew) this.handler.onTag(advertisement.address, advertisement.rssi, reading);
    return isDue || change !== PresenceChange.none;
  }

  private rememberSaid(tag: number, policy: number, stream: number, isSettled: boolean): void {
    const note = (policy << Said.policyShift) | (isSettled ? Said.settled : 0) | (stream & Said.streamMask);
    this.tags.keepSaid(tag, this.digest, note);
  }

  /** True when what was said before may be remembered; forgets what does not hold any more. */
  private remember(): boolean {
    const { filter } = this;
    // A watcher wants to hear of each reading, and a filter that remembers must be asked.
    if (this.watcher || !filter.steady) return false;
    this.filterRevision = filter.revision;
    this.tags.forgetAllSaid();
    this.verdicts.clear();
    return true;
  }

  private tellRefusal(): void {
    this.refusalTold = true;
    this.handler.onNotice('no room for the deltas of more tags: their fields are compared as they are');
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

  /** True when the outbox has it. */
  private storeReading(reading: Reading, tag: number, cause: ReportCause): boolean {
    const report = this.report;
    const tags = this.tags;
    const mean = tags.windowMean(tag);
    report.setWindow(tags.windowSize(tag), mean, tags.windowMax(tag));
    report.distance = estimateDistance(reading, mean, this.rssiAt1m, this.pathLossExponent);
    report.kind = ReportKind.reading;
    const rank = cause === ReportCause.events ? RecordRank.event : RecordRank.reading;
    return this.store(tag, rank, this.ordinals[tag]!++, this.board.clock.unixTime(), 0);
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
        // Its next advertisement is an arrival, whatever it says.
        this.tags.forgetSaid(tag);
      } else {
        presence.retract(tag, now);
        break;
      }
    }
    return reported;
  }

  private storeAway(tag: number, now: number): boolean {
    const unixTime = this.board.clock.unixTime();
    const silence = now - this.tags.lastSeen[tag]!;
    const lastSeen = unixTime === 0 ? this.queue.times.uptime(now - silence) : unixTime - silence;
    return this.storeEvent(ReportKind.away, tag, unixTime, lastSeen);
  }

  private storeEvent(kind: ReportKind, tag: number, unixTime: number, lastSeen: number): boolean {
    this.report.setWindow(0, 0, 0);
    this.report.distance = 0;
    this.report.kind = kind;
    return this.store(tag, RecordRank.presence, 0, unixTime, lastSeen);
  }

  private store(tag: number, rank: RecordRank, ordinal: number, unixTime: number, lastSeen: number): boolean {
    const report = this.report;
    const tags = this.tags;
    /*@__INLINE__*/ tags.copyAddress(tag, report.address, 0);
    report.rssi = tags.rssi[tag]!;
    report.unixTime = unixTime;
    report.uptime = unixTime === 0 ? this.queue.times.uptime(this.board.clock.now()) : 0;
    report.lastSeen = lastSeen;
    report.boot = this.queue.times.boot;
    report.sequence = this.sequence++;
    return this.queue.append(report, rank, ordinal);
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
      this.queue.persist();
      writeRestartCount(this.board.store, this.control.watchdog!.chipRestarts);
      this.board.restart!();
      return;
    }
    const what = remedy === ScanRemedy.resetRadio ? 'radio' : 'scan';
    this.handler.onNotice('nothing is heard: the ' + what + ' was restarted');
  }
}

function scannerState(state: ScanState): ScannerState {
  if (state === ScanState.stopped) return ScannerState.stopped;
  if (state === ScanState.silent) return ScannerState.silent;
  return state === ScanState.waiting || state === ScanState.paused ? ScannerState.paused : ScannerState.scanning;
}
