import fc from 'fast-check';
import {
  Field,
  FIELD_COUNT,
  formats,
  FORMATS_SIZE,
  IdentityKind,
  MAX_FIELDS,
  Reading,
  READING_STATE_COUNT,
  ReadingState,
  STATE_COUNT,
} from '../../src/tags/index.js';
import { AppendResult, readReport, Report, ReportKind, reportLength, writeReport } from '../../src/telemetry/index.js';
import { RecordRank } from '../../src/telemetry/outbox/flash-log.js';
import type { Outbox } from '../../src/telemetry/index.js';

const kinds: { kind: IdentityKind; length: number }[] = [
  { kind: IdentityKind.uuid, length: 16 },
  { kind: IdentityKind.eddystoneUid, length: 16 },
  { kind: IdentityKind.eid, length: 8 },
  { kind: IdentityKind.address, length: 6 },
  { kind: IdentityKind.raw, length: 18 },
];

const otherIdentities = fc
  .constantFrom(...kinds)
  .chain(({ kind, length }) =>
    fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => ({ kind, bytes })),
  );

const urls = fc
  .tuple(
    fc.nat(3),
    fc.array(fc.oneof(fc.nat(0x0d), fc.integer({ min: 0x21, max: 0x7e })), { minLength: 1, maxLength: 17 }),
  )
  .map(([scheme, url]) => ({ kind: IdentityKind.url, bytes: Uint8Array.from([scheme, ...url]) }));

const texts = fc
  .array(fc.integer({ min: 0x20, max: 0x7e }), { minLength: 1, maxLength: 18 })
  .map((text) => ({ kind: IdentityKind.text, bytes: Uint8Array.from(text) }));

/** Those that are written by a method of their own. */
const special = new Set<number>([
  Field.events,
  Field.states,
  Field.statesKnown,
  Field.moreStates,
  Field.moreStatesKnown,
  Field.sequence,
]);

const value = fc.oneof(
  fc.integer({ min: -0x8000, max: 0xffff }),
  fc.integer({ min: -0x8000, max: 0x7fff }).map((raw) => raw / 256),
  fc.double({ noNaN: true, min: -1e9, max: 1e9 }),
);

/** Any reading that a decoder could give, and some that none would. */
export const anyReading: fc.Arbitrary<Reading> = fc
  .record({
    format: fc.constantFrom(...formats.map((format) => format.number)),
    state: fc.integer({ min: ReadingState.ok, max: READING_STATE_COUNT - 1 }),
    others: fc.array(fc.constantFrom(...formats.map((format) => format.number)), { maxLength: FORMATS_SIZE - 1 }),
    identity: fc.option(fc.oneof(otherIdentities, urls, texts)),
    values: fc.array(fc.tuple(fc.nat(FIELD_COUNT - 1), value), { maxLength: MAX_FIELDS }),
    events: fc.option(fc.nat(0x3f)),
    states: fc.array(fc.tuple(fc.nat(STATE_COUNT - 1), fc.boolean()), { maxLength: 8 }),
    button: fc.option(fc.nat(10)),
    sequence: fc.option(fc.nat(0xffffff)),
  })
  .map(({ format, state, others, identity, values, events, states, button, sequence }) => {
    const reading = new Reading();
    reading.format = format;
    reading.state = state;
    reading.addFormat(format);
    for (const other of others) reading.addFormat(other);
    if (identity) reading.setIdentity(identity.kind, identity.bytes, 0, identity.bytes.length);
    for (const [flag, on] of states) reading.setState(flag, on);
    if (button !== null) reading.set(Field.button2, button);
    if (sequence !== null) reading.setSequence(sequence, 24);
    if (events !== null) reading.set(Field.events, events);
    for (const [field, number] of values) if (!special.has(field)) reading.set(field, number);
    return reading;
  });

/** Any report, with a mean and a distance as the outbox keeps them. */
export const anyReport: fc.Arbitrary<Report> = fc
  .record({
    kind: fc.constantFrom(ReportKind.reading, ReportKind.arrived, ReportKind.away),
    reading: anyReading,
    address: fc.uint8Array({ minLength: 6, maxLength: 6 }),
    rssi: fc.integer({ min: -127, max: 127 }),
    window: fc.option(fc.tuple(fc.integer({ min: -1270, max: 200 }), fc.integer({ min: -127, max: 20 }))),
    distance: fc.option(fc.float({ noNaN: true, min: Math.fround(0.001), max: 10000 })),
    unixTime: fc.nat(2 ** 48 - 1),
    uptime: fc.nat(2 ** 48 - 1),
    lastSeen: fc.nat(2 ** 48 - 1),
    boot: fc.nat(0xffffffff),
    sequence: fc.nat(0xffffffff),
  })
  .map(({ kind, reading, address, rssi, window, distance, unixTime, uptime, lastSeen, boot, sequence }) => {
    const report = new Report();
    report.kind = kind;
    report.reading.copy(reading);
    report.address.set(address);
    if (window) report.setWindow(2, window[0] / 10, window[1]);
    const seen = kind === ReportKind.reading ? 0 : lastSeen;
    const time = unixTime % 3 === 0 ? { unixTime: 0, uptime } : { unixTime, uptime: 0 };
    return Object.assign(report, { rssi, distance: distance ?? 0, ...time, lastSeen: seen, boot, sequence });
  });

/** What a report has beside its reading. */
export function parts(report: Report): object {
  const { kind, address, rssi, rssiMean, rssiMax, distance, unixTime, uptime, lastSeen, boot, sequence } = report;
  return { kind, address: [...address], rssi, rssiMean, rssiMax, distance, unixTime, uptime, lastSeen, boot, sequence };
}

/** What two readings must share to be the same. */
export function content(reading: Reading): unknown {
  const fields: { [field: number]: number } = {};
  for (let field = 0; field < FIELD_COUNT; field++) if (reading.has(field)) fields[field] = reading.get(field);
  return {
    format: reading.format,
    state: reading.state,
    formats: Array.from(reading.formats.slice(0, reading.formatCount)),
    identityKind: reading.identityKind,
    identity: Array.from(reading.identity.slice(0, reading.identityLength)),
    fields,
  };
}

/** Appends a reading as a report of the tag with the 6 bytes at `address[at]`. */
export function appendReading(
  outbox: Outbox,
  reading: Reading,
  address: Uint8Array,
  at: number,
  rssi: number,
  unixTime: number,
  sequence: number,
): AppendResult {
  const report = new Report();
  report.reading.copy(reading);
  report.address.set(address.subarray(at, at + 6));
  return appendReport(outbox, Object.assign(report, { rssi, unixTime, sequence }));
}

/** Appends a report as a `ReportQueue` does; its ordinal is its sequence. */
export function appendReport(outbox: Outbox, report: Report, now = 0): AppendResult {
  const at = outbox.reserve(RecordRank.reading, report.sequence, reportLength(report));
  if (at < 0) return AppendResult.refused;
  writeReport(report, outbox.bytes, outbox.view, at);
  return outbox.commit(now);
}

/** Fills `report` with what comes next. False when nothing waits. */
export function takeReport(outbox: Outbox, report: Report): boolean {
  if (!outbox.take()) return false;
  readReport(outbox.bytes, outbox.view, outbox.takenAt, report);
  return true;
}
