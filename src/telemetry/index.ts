/** Readings on their way to a cloud: when to report, where to keep them. */
export { crc32 } from './crc32.js';
export { HealthReport, ScannerState } from './health-report.js';
export { AppendResult, Outbox, RECORD_OVERHEAD } from './outbox/outbox.js';
export { isUnlimited, stricterLimits } from './outbox/pace-limits.js';
export type { PaceLimits } from './outbox/pace-limits.js';
export { Pacer } from './outbox/pacer.js';
export type { OutboxOptions, Retention } from './outbox/outbox.js';
export { checkReport, MAX_REPORT_LENGTH, readReport, reportLength, writeReport } from './outbox/report-record.js';
export { checkDistanceOptions, estimateDistance, PATH_LOSS_EXPONENT } from './report/distance.js';
export type { DistanceOptions } from './report/distance.js';
export { checkReportPolicy, MAX_DELTAS, MAX_POLICIES, PolicyTable } from './report/policy-table.js';
export type { Delta, ReportPolicy, ReportRule } from './report/policy-table.js';
export { parsePolicies, policyText } from './report/policy-text.js';
export { contentHash, exceededDelta, noteReport, ReportCause, reportCause } from './report/report-cause.js';
export { Report, ReportKind } from './report/report.js';
