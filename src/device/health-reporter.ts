import type { Board } from '../hal/index.js';
import { encodeUtf8 } from '../mqtt/utf8.js';
import { HealthReport } from '../telemetry/health-report.js';

/** The message that was set aside last, in the store; see `Gateway.onSetAside`. */
export const SET_ASIDE_KEY = 'set-aside';

/** Makes the health reports of a gateway, on a schedule. It has no timer: its owner makes one at the `deadline`. */
export class HealthReporter {
  /** When the next report is due, in milliseconds of `Clock.now`; Infinity when it is not started. */
  deadline = Infinity;

  private readonly board: Board;
  private readonly interval: number;
  private readonly report: HealthReport;
  private startedAt = 0;
  /** The report that was due last was not sent, or none was due yet. */
  private owing = true;

  /**
   * `seconds`: the interval, 1 to 86400, or 0 for reports that are only made when they are asked for. `firmware`: its
   * version, UTF-8. Throws a RangeError when the interval is not allowed.
   */
  constructor(board: Board, seconds: number, firmware?: Uint8Array) {
    if (seconds !== 0 && !(seconds >= 1 && seconds <= 86400)) {
      throw new RangeError('healthSeconds must be a number from 1 to 86400 (0: none), got ' + seconds);
    }
    const { health } = board;
    this.board = board;
    this.interval = seconds === 0 ? Infinity : seconds * 1000;
    this.report = new HealthReport(
      encodeUtf8(health?.restartReason ?? ''),
      encodeUtf8(health?.model ?? ''),
      encodeUtf8(health?.serial ?? ''),
      firmware,
    );
  }

  start(now: number): void {
    this.startedAt = now;
    this.deadline = now + this.interval;
  }

  stop(): void {
    this.deadline = Infinity;
  }

  /** There is a connection: what could not be sent is due at once. */
  connected(now: number): void {
    if (this.owing && this.interval !== Infinity) this.deadline = now;
  }

  /** The report that was due was sent, or not. */
  noteSent(sent: boolean): void {
    this.owing = !sent;
    if (!sent) this.report.skipped++;
  }

  /** A message was given up, since the broker does not take it. */
  noteSetAside(topic: Uint8Array, size: number): void {
    this.report.setAside++;
    this.report.setAsideTopic = topic;
    this.report.setAsideSize = size;
  }

  /** Sets the next deadline. Call before `make`. */
  schedule(now: number): void {
    this.deadline = now + this.interval;
  }

  /** How the board is now; valid until the next call. The owner adds what it knows of the gateway and its parts. */
  make(now: number): HealthReport {
    const report = this.report;
    const health = this.board.health;
    report.uptime = Math.floor((now - this.startedAt) / 1000);
    report.unixTime = this.board.clock.unixTime();
    if (health) {
      report.freeChunkBytes = health.freeChunkBytes();
      report.freeSlotBytes = health.freeSlotBytes();
      report.rssi = health.rssi();
      report.peakChunkBytes = health.peakChunkBytes?.() ?? -1;
      report.peakSlotBytes = health.peakSlotBytes?.() ?? -1;
      report.freeMemory = health.freeMemory?.() ?? -1;
      report.usedMemory = health.usedMemory?.() ?? -1;
      report.largestFreeBlock = health.largestFreeBlock?.() ?? -1;
      report.load = health.load?.() ?? -1;
    }
    return report;
  }
}
