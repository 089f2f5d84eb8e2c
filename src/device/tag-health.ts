import { FILTER_REASON_COUNT, FilterReason } from '../tags/filter/advertisement-filter.js';
import { ScannerState } from '../telemetry/health-report.js';
import type { HealthReport } from '../telemetry/index.js';
import { ScanState } from './scan-state.js';
import type { TagReporter } from './tag-reporter.js';

/** Writes the figures of the tag side into a health report. Allocates nothing. */
export function describeTags(reporter: TagReporter, report: HealthReport, now: number): void {
  const { control, filter, outbox, queue, tags } = reporter;
  report.scanner = scannerState(control.state);
  report.outbox = queue.pending;
  report.dropped = outbox.droppedCount + outbox.refusedCount;
  report.droppedLong = queue.tooLong;
  report.droppedFull = report.dropped - report.droppedLong;
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

function scannerState(state: ScanState): ScannerState {
  if (state === ScanState.stopped) return ScannerState.stopped;
  if (state === ScanState.silent) return ScannerState.silent;
  return state === ScanState.waiting || state === ScanState.paused ? ScannerState.paused : ScannerState.scanning;
}
