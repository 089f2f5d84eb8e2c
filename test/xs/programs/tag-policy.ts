import { writeReportJson } from '../../../src/cloud/json/report-json.js';
import { Field, State } from '../../../src/tags/field.js';
import { Reading, ReadingState } from '../../../src/tags/reading.js';
import { TagPresence } from '../../../src/tags/tag-presence.js';
import { TagTable } from '../../../src/tags/tag-table.js';
import { RecordRank } from '../../../src/telemetry/outbox/flash-log.js';
import { Outbox } from '../../../src/telemetry/outbox/outbox.js';
import { readReport, reportLength, writeReport } from '../../../src/telemetry/outbox/report-record.js';
import { estimateDistance } from '../../../src/telemetry/report/distance.js';
import { PolicyTable } from '../../../src/telemetry/report/policy-table.js';
import { noteReport, reportCause, ReportCause } from '../../../src/telemetry/report/report-cause.js';
import { Report, ReportKind } from '../../../src/telemetry/report/report.js';

/*
 * What an advertisement costs behind its decoding: its place, its presence, its policy, a report of it. Each export
 * does its operation `count` times, and returns how many times it was seen to have happened.
 */

const CAPACITY = 16;
const SECOND = 1000;

const policies = new PolicyTable([
  { minimumInterval: 0, maximumInterval: 60 * SECOND },
  {
    minimumInterval: SECOND,
    maximumInterval: 60 * SECOND,
    formats: [1],
    deltas: [
      { field: Field.temperature, threshold: 0.5 },
      { field: Field.pressure, threshold: Infinity },
    ],
  },
]);
const table = new TagTable(policies.tableOptions(CAPACITY));
const presence = new TagPresence(table);
const outbox = new Outbox({});
const report = new Report();
const address = new Uint8Array([0xdc, 0x2c, 0x6e, 0, 0, 0]);
const payload = new Uint8Array(256);
let now = 0;
let number = 0;

table.configure(address, 0, 1);

/** An advertisement of the tag at `address`, `later` ms after the last one: what it says goes on by `step`. */
function hear(reading: Reading, later: number, step: number): ReportCause {
  now += later;
  number += step;
  reading.clear();
  reading.format = 1;
  reading.state = ReadingState.ok;
  reading.set(Field.temperature, 20 + number);
  reading.set(Field.humidity, 50.005);
  reading.set(Field.rssiAt1m, -59);
  reading.setState(State.motion, number % 2 === 1);
  reading.setSequence(number, 24);
  const tag = table.update(address, 0, now, -60 - (number & 7));
  presence.heard(tag, now);
  const stream = table.stream(tag, reading.format, reading.fieldSet());
  const policy = policies.choose(table.ownPolicy[tag]!, reading.format);
  const cause = reportCause(policies, policy, table, stream, reading, now);
  if (cause <= ReportCause.unchanged) return cause;
  report.kind = ReportKind.reading;
  for (let i = 0; i < address.length; i++) report.address[i] = address[i]!;
  report.rssi = table.rssi[tag]!;
  report.setWindow(table.windowSize(tag), table.windowMean(tag), table.windowMax(tag));
  report.distance = estimateDistance(reading, table.windowMean(tag), 0, 2.7);
  append(report);
  noteReport(policies, policy, table, stream, reading, now);
  return cause;
}

function append(report: Report): void {
  const at = outbox.reserve(RecordRank.reading, number, reportLength(report));
  if (at < 0) return;
  writeReport(report, outbox.bytes, outbox.view, at);
  outbox.commit(now);
}

function take(report: Report): boolean {
  if (!outbox.take()) return false;
  readReport(outbox.bytes, outbox.view, outbox.takenAt, report);
  return true;
}

/** A tag that was not heard before, in the place of another. */
export function replaced(count: number): number {
  const before = table.replaced;
  for (let i = 0; i < CAPACITY; i++) stranger();
  const full = table.replaced;
  for (let i = 0; i < count; i++) stranger();
  while (take(report)) outbox.sentUnacknowledged();
  return full >= before ? table.replaced - full : 0;
}

function stranger(): void {
  address[3] = 1 + ((address[3]! + 1) % 200);
  if (address[3] === 1) address[4] = (address[4]! + 1) % 256;
  address[5] = 1;
  hear(report.reading, 1, 1);
  address[5] = 0;
}

/** A tag that goes away and comes back; its departure is stored, taken and written. */
export function cameAndWent(count: number): number {
  address[3] = 0;
  address[4] = 0;
  address[5] = 0;
  let done = 0;
  for (let i = 0; i < count; i++) {
    hear(report.reading, 1, 0);
    while (presence.deadline < Infinity) {
      now = presence.deadline;
      for (let tag = presence.tick(now); tag >= 0; tag = presence.tick(now)) {
        report.kind = ReportKind.away;
        table.copyAddress(tag, report.address, 0);
        report.unixTime = 1790000000000 + now;
        report.lastSeen = 1790000000000 + table.lastSeen[tag]!;
        append(report);
      }
    }
    while (take(report)) {
      if (report.kind === ReportKind.away && writeReportJson(report, payload, 0, payload.length) > 0) done++;
      outbox.sentUnacknowledged();
    }
  }
  return done;
}
