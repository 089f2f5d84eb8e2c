import type { Board } from '../hal/index.js';
import { encodeUtf8 } from '../mqtt/encode-utf8.js';
import { HealthReport, ScannerState } from '../telemetry/health-report.js';
import type { Gateway } from './gateway.js';

/** Makes the health reports of a gateway, on a schedule. It has no timer: its owner makes one at the `deadline`. */
export class HealthReporter {
  /** When the next report is due, in milliseconds of `Clock.now`; Infinity when it is not started. */
  deadline = Infinity;

  private readonly board: Board;
  private readonly interval: number;
  private readonly report: HealthReport;
  private startedAt = 0;
  /** Of the last report that was made. */
  private madeAt = 0;
  private madeAdvertisements = 0;
  /** The report that was due last was not sent, or none was due yet. */
  private owing = true;

  /** `seconds`: the interval, 1 to 86400. Throws a RangeError when it is not allowed. */
  constructor(board: Board, seconds: number) {
    if (!(seconds >= 1 && seconds <= 86400)) {
      throw new RangeError('healthSeconds ' + seconds + ': allowed are 1 to 86400, or 0 for none');
    }
    this.board = board;
    this.interval = seconds * 1000;
    this.report = new HealthReport(encodeUtf8(board.health?.restartReason ?? ''));
  }

  start(now: number): void {
    this.startedAt = now;
    this.madeAt = now;
    this.deadline = now + this.interval;
  }

  stop(): void {
    this.deadline = Infinity;
  }

  /** There is a connection: what could not be sent is due at once. */
  connected(now: number): void {
    if (this.owing) this.deadline = now;
  }

  /** The report that was due was sent, or not. */
  noteSent(sent: boolean): void {
    this.owing = !sent;
    if (!sent) this.report.skipped++;
  }

  /** Sets the next deadline. Call before `make`. */
  schedule(now: number): void {
    this.deadline = now + this.interval;
  }

  /** How the gateway is now; valid until the next call. */
  make(gateway: Gateway, now: number): HealthReport {
    const report = this.report;
    const health = this.board.health;
    report.uptime = Math.floor((now - this.startedAt) / 1000);
    report.epoch = this.board.clock.epoch();
    if (health) {
      report.freeChunkBytes = health.freeChunkBytes();
      report.freeSlotBytes = health.freeSlotBytes();
      report.rssi = health.rssi();
    }
    report.connects = gateway.connects;
    const reporter = gateway.reporter;
    if (reporter) {
      const { watchdog, outbox } = reporter;
      report.scanner = reporter.paused
        ? ScannerState.paused
        : watchdog?.silent
          ? ScannerState.silent
          : ScannerState.scanning;
      report.outbox = reporter.pending;
      report.dropped = outbox.droppedCount + outbox.refusedCount;
      report.advertisements = reporter.advertisements;
      report.advertisementsPerSecond = this.rate(reporter.advertisements, now);
      report.tags = reporter.tags.size;
      this.madeAdvertisements = reporter.advertisements;
      if (watchdog) {
        report.scanRestarts = watchdog.scanRestarts;
        report.radioResets = watchdog.radioResets;
        report.chipRestarts = watchdog.chipRestarts;
      }
    }
    this.madeAt = now;
    return report;
  }

  private rate(advertisements: number, now: number): number {
    const seconds = (now - this.madeAt) / 1000;
    return seconds > 0 ? (advertisements - this.madeAdvertisements) / seconds : 0;
  }
}
