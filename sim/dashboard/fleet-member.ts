import type { FleetGateway, FleetStage } from '../page/protocol.js';
import { ClockError } from './clock-error.js';
import { FleetIds } from './fleet-ids.js';
import { ERASURES, isEarlierSession, numberOf, textOf } from './topics-device.js';
import type { StatusTold, Told } from './topics-device.js';
import type { ReportSeen } from './topics-payload.js';

/** A health report, as far as the judgement needs those before the last one. */
interface Sample {
  readonly at: number;
  readonly outbox: number;
  readonly dropped: number;
  /** Reports that had come from the gateway by then. */
  readonly reports: number;
  readonly hearsNothing: boolean;
  readonly isPaused: boolean;
}

/** An answer of `outbox.statistics`. */
interface Wear {
  readonly at: number;
  readonly erasures: number;
  readonly programmed: number;
}

/** Health reports that are remembered, and gaps between them. */
const SAMPLES = 4;
const GAPS = 5;
/** A gateway is silent when so many health reports in a row are missing. */
const MISSING = 3;
/** The key `health` of a device that has none. */
const DEFAULT_INTERVAL = 60_000;
/** Reports that wait in an outbox at any moment, and with no fault. */
const FEW = 32;
/** Milliseconds of a clock that is wrong. */
const WRONG_CLOCK = 60_000;
/** Milliseconds after a start in which SNTP may answer. */
const CLOCK_PATIENCE = 60_000;
/** Bytes that the log programs for each erasure of a block; docs/outbox.md. */
const BYTES_PER_ERASURE = 4048;
/** Erasures of a block, and milliseconds, from which a rate is one. */
const FEW_ERASURES = 3;
const SHORT = 600_000;
const HOUR = 3_600_000;

/** One gateway of a fleet: what its topics told, and where it is stuck. Its memory is bounded. */
export class FleetMember {
  readonly clock = new ClockError();
  /** When it is asked next by RPC; milliseconds since 1970. */
  askAt = 0;
  /** Something was told that the view shows. */
  isNew = true;

  private readonly ids = new FleetIds();
  private readonly firstSeen: number;
  private status: StatusTold | undefined;
  /** When it went offline or online; undefined: before the view began. */
  private statusAt: number | undefined;
  private health: Told | undefined;
  private healthAt = 0;
  private gaps: number[] = [];
  private samples: Sample[] = [];
  private lastHeard = 0;
  private reportAt = 0;
  private reports = 0;
  private duplicates: number | undefined;
  private firstWear: Wear | undefined;
  private lastWear: Wear | undefined;
  private blocks = 0;
  private told: { stuck: string; stage: FleetStage | undefined } = { stuck: '', stage: undefined };

  constructor(
    readonly name: string,
    now: number,
  ) {
    this.firstSeen = now;
  }

  get online(): boolean | undefined {
    return this.status?.online;
  }

  /** As of the last `judge`. */
  get isStuck(): boolean {
    return this.told.stage !== undefined;
  }

  noteStatus(status: StatusTold, retain: boolean, now: number): void {
    const before = this.status;
    if (!status.online && isEarlierSession(status.session, before?.session)) return;
    const time = numberOf(status.told, 'time');
    if (time !== undefined && !retain) this.clock.note(time, now);
    if (!retain) this.lastHeard = now;
    const { online, session } = status;
    if (before?.online !== online || before.session !== session) {
      this.statusAt = retain ? undefined : now;
      // What was counted before a restart or an outage says nothing of now.
      this.samples = [];
    }
    this.status = online || !before ? status : { ...before, online, ...(session !== undefined && { session }) };
    this.isNew = true;
  }

  noteHealth(health: Told, now: number): void {
    const time = numberOf(health, 'time');
    if (time !== undefined) this.clock.note(time, now);
    if (this.health && this.samples.length > 0) keep(this.gaps, GAPS, now - this.healthAt);
    this.health = health;
    this.healthAt = now;
    this.lastHeard = now;
    keep(this.samples, SAMPLES, {
      at: now,
      outbox: numberOf(health, 'outbox') ?? 0,
      dropped: numberOf(health, 'dropped') ?? 0,
      reports: this.reports,
      hearsNothing: textOf(health, 'scanner') === 'scanning' && numberOf(health, 'advertisementsPerSecond') === 0,
      isPaused: textOf(health, 'scanner') === 'paused',
    });
    this.isNew = true;
  }

  /** `isNewMessage` false: the broker had it, or sends it again. */
  noteReport(report: ReportSeen, isNewMessage: boolean, now: number): void {
    this.lastHeard = now;
    this.isNew = true;
    if (!isNewMessage) return;
    this.reportAt = now;
    if (report.time !== undefined) this.clock.note(report.time, now);
    if (!report.isPart) this.reports++;
    const wasHeard = report.id === undefined ? undefined : this.ids.note(report.id);
    if (wasHeard !== undefined) this.duplicates = (this.duplicates ?? 0) + (wasHeard ? 1 : 0);
  }

  /** The answer of `outbox.statistics`. */
  noteOutbox(outbox: Told, now: number): void {
    const flash = outbox['flash'];
    if (typeof flash !== 'object' || flash === null) return;
    const erasures = numberOf(flash as Told, 'erasures');
    const programmed = numberOf(flash as Told, 'programmed');
    if (erasures === undefined || programmed === undefined) return;
    this.blocks = numberOf(flash as Told, 'blocks') ?? 0;
    const wear = { at: now, erasures, programmed };
    // `programmed` is counted from the start on, and another flash may have been put in.
    const { firstWear, lastWear } = this;
    if (!firstWear || erasures < firstWear.erasures || programmed < lastWear!.programmed) this.firstWear = wear;
    this.lastWear = wear;
    this.isNew = true;
  }

  /**
   * Judges the gateway again: `isNew` is set when that comes to something else. `since`: from when on the view has
   * listened without a gap, so that no silence of its own is taken for one of the gateway. Returns what is new of where
   * it is stuck, for a log; empty when nothing is.
   */
  judge(now: number, since: number): string {
    const faults = this.faults(now, since);
    const stuck = faults.map(({ text }) => text).join('; ');
    const stage = faults[0]?.stage;
    const { told } = this;
    if (stuck === told.stuck) return '';
    this.told = { stuck, stage };
    this.isNew = true;
    if (stage === told.stage) return '';
    return `${this.name}: ${stage === undefined ? 'works again' : stuck}`;
  }

  /** As of the last `judge`. */
  state(now: number): FleetGateway {
    const { status, health, told, duplicates } = this;
    const board = textOf(status?.told, 'board') ?? textOf(health, 'model');
    const version = textOf(status?.told, 'firmware') ?? textOf(health, 'firmware');
    const uptime = numberOf(health, 'uptime');
    const outbox = numberOf(health, 'outbox');
    const dropped = numberOf(health, 'dropped');
    const tags = numberOf(health, 'tags');
    const rssi = numberOf(health, 'rssi');
    const clockError = this.clock.ahead(now);
    const wearHours = this.wearHours();
    return {
      name: this.name,
      lastHeard: this.lastHeard,
      readings: this.reports,
      ...(status && { online: status.online }),
      ...(board !== undefined && { board }),
      ...(version !== undefined && { version }),
      ...(told.stage !== undefined && { stuck: told.stuck, stage: told.stage }),
      ...(uptime !== undefined && { uptime: uptime * 1000 }),
      ...(outbox !== undefined && { outbox }),
      ...(dropped !== undefined && { dropped }),
      ...(tags !== undefined && { tags }),
      ...(rssi !== undefined && { rssi }),
      ...(clockError !== undefined && { clockError: Math.round(clockError) }),
      ...(wearHours !== undefined && { wearHours: Math.round(wearHours) }),
      ...(duplicates !== undefined && { duplicates }),
    };
  }

  private faults(now: number, since: number): { stage: FleetStage; text: string }[] {
    const { status, statusAt } = this;
    if (status?.online === false) {
      const span = statusAt === undefined ? 'since before this view began' : `for ${ageText(now - statusAt)}`;
      return [{ stage: 'offline', text: `offline ${span}: its will, or its farewell, came` }];
    }
    const silence = this.silence(now, since);
    if (silence !== '') return [{ stage: 'silent', text: silence }];
    const found: { stage: FleetStage; text: string }[] = [];
    const find = (stage: FleetStage, text: string): void => {
      if (text !== '') found.push({ stage, text });
    };
    find('sending', this.nothingLeaves(now));
    if (found.length === 0) find('outbox', this.outboxGrows(now));
    find('outbox', this.drops());
    find('scanner', this.scannerFault(now));
    find('clock', this.clockFault(now));
    return found;
  }

  /** Milliseconds between two health reports: the usual gap, since one more comes after each connection. */
  private get interval(): number {
    const { gaps } = this;
    if (gaps.length < 3) return Math.max(DEFAULT_INTERVAL, ...gaps);
    return [...gaps].sort((a, b) => a - b)[gaps.length >> 1]!;
  }

  private silence(now: number, since: number): string {
    const patience = MISSING * this.interval;
    const listening = Math.max(since, this.firstSeen, this.statusAt ?? 0);
    const missing = now - Math.max(this.healthAt, listening);
    const quiet = now - Math.max(this.healthAt, this.reportAt, listening);
    if (quiet > patience) {
      const due = this.health ? `; a health report is due every ${spanText(this.interval)}` : '';
      return `${this.status ? 'says that it is online, but ' : ''}nothing was heard for ${ageText(quiet)}${due}`;
    }
    // One that never reports its health may have health=0.
    const isMissing = this.health !== undefined && missing > patience;
    return isMissing ? `no health report for ${ageText(missing)}, though reports of tags come` : '';
  }

  private nothingLeaves(now: number): string {
    const samples = this.samples.slice(-MISSING);
    const [first] = samples;
    if (!first || samples.length < MISSING || this.reports > first.reports) return '';
    if (samples.some(({ outbox }, i) => outbox < FEW || (i > 0 && outbox < samples[i - 1]!.outbox))) return '';
    const { outbox } = samples.at(-1)!;
    return `${outbox} reports wait, and none has come for ${ageText(now - Math.max(this.reportAt, this.firstSeen))}`;
  }

  private outboxGrows(now: number): string {
    const { samples } = this;
    const [first] = samples;
    const last = samples.at(-1);
    if (!first || !last || samples.length < SAMPLES || last.outbox < FEW) return '';
    if (samples.some(({ outbox }, i) => i > 0 && outbox <= samples[i - 1]!.outbox)) return '';
    const growth = last.outbox - first.outbox;
    return `its outbox grows: ${last.outbox} reports wait, ${growth} more than ${ageText(now - first.at)} ago`;
  }

  private drops(): string {
    const [before, last] = this.samples.slice(-2);
    const dropped = last && before ? last.dropped - before.dropped : 0;
    return dropped > 0 ? `${dropped} reports dropped since the health report before` : '';
  }

  private scannerFault(now: number): string {
    const scanner = textOf(this.health, 'scanner');
    if (scanner === 'silent') return 'its scanner is silent: it scans, and hears no advertisement';
    if (scanner === 'stopped') return 'its scanner is stopped: it was told not to scan';
    const samples = this.samples.slice(-MISSING);
    if (samples.length < MISSING) return '';
    const span = ageText(now - samples[0]!.at);
    if (samples.every(({ isPaused }) => isPaused)) return `its scanner has been paused for ${span}`;
    return samples.every(({ hearsNothing }) => hearsNothing) ? `it has heard no advertisement for ${span}` : '';
  }

  private clockFault(now: number): string {
    const { health } = this;
    if (!health) return '';
    const uptime = (numberOf(health, 'uptime') ?? 0) * 1000;
    if (numberOf(health, 'time') === undefined) {
      return uptime > CLOCK_PATIENCE ? 'its clock is not set: its reports have no time' : '';
    }
    const ahead = this.clock.ahead(now) ?? 0;
    if (Math.abs(ahead) < WRONG_CLOCK) return '';
    return `its clock is ${spanText(Math.abs(ahead))} ${ahead > 0 ? 'ahead' : 'behind'}`;
  }

  /** At the rate that was seen; before that, at what has been programmed since its start. */
  private wearHours(): number | undefined {
    const { firstWear, lastWear, blocks, health } = this;
    if (!firstWear || !lastWear) return undefined;
    const span = lastWear.at - firstWear.at;
    const erased = lastWear.erasures - firstWear.erasures;
    const left = Math.max(0, ERASURES - lastWear.erasures);
    if (erased >= FEW_ERASURES && span >= SHORT) return (left * span) / erased / HOUR;
    const told = numberOf(health, 'uptime');
    const uptime = told === undefined ? 0 : told * 1000 + lastWear.at - this.healthAt;
    const perBlock = blocks > 0 ? lastWear.programmed / BYTES_PER_ERASURE / blocks : 0;
    return perBlock > 0 && uptime >= SHORT ? (left * uptime) / perBlock / HOUR : undefined;
  }
}

/** How long something lasts, in words that do not change each second. */
function ageText(milliseconds: number): string {
  if (milliseconds < 10_000) return 'a few seconds';
  if (milliseconds < 60_000) return `${Math.floor(milliseconds / 10_000) * 10} s`;
  return spanText(Math.floor(milliseconds / 60_000) * 60_000, 60_000);
}

/** `minutesFrom`: from how many milliseconds on in minutes. */
function spanText(milliseconds: number, minutesFrom = 120_000): string {
  if (milliseconds < minutesFrom) return `${Math.max(1, Math.round(milliseconds / 1000))} s`;
  const minutes = Math.floor(milliseconds / 60_000);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
}

function keep<T>(list: T[], most: number, value: T): void {
  list.push(value);
  if (list.length > most) list.shift();
}
