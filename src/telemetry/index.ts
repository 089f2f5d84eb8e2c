/** Readings on their way to a cloud: when to report, where to keep them, how to write them. */
export { writeDecimal } from './decimal.js';
export { writeReportJson } from './json.js';
export { AppendResult, Outbox } from './outbox.js';
export type { OutboxOptions } from './outbox.js';
export { MAX_RECORD_LENGTH } from './outbox-record.js';
export { Report } from './report.js';
export { checkReportPolicy, noteReport, reportCause, ReportCause } from './report-policy.js';
export type { ReportPolicy } from './report-policy.js';
