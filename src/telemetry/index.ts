/** Readings on their way to a cloud: when to report, where to keep them, how to write them. */
export { crc32 } from './crc32.js';
export { writeDecimal } from './decimal.js';
export { writeHealthJson } from './health-json.js';
export { HealthReport, ScannerState } from './health-report.js';
export { writeReportJson } from './json.js';
export { AppendResult, Outbox, RestoreFault } from './outbox.js';
export type { OutboxOptions } from './outbox.js';
export { MAX_RECORD_LENGTH } from './outbox-record.js';
export { Report } from './report.js';
export { checkReportPolicy, noteReport, reportCause, ReportCause } from './report-policy.js';
export type { ReportPolicy } from './report-policy.js';
