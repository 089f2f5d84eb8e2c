import { countFailure, sumSeconds } from './figures.js';
import type { FinalFigures, FleetFigures } from './fleet.js';
import { Histogram, isHistogramRecord } from './histogram.js';
import type { HistogramRecord } from './histogram.js';

/** What a fleet did, as plain data: of one process, or of all shards together. */
export interface FleetReport {
  readonly devices: number;
  /** Had a connection at the end. */
  readonly connected: number;
  readonly connects: number;
  readonly refused: number;
  readonly failed: number;
  readonly failures: { readonly [text: string]: number };
  readonly connectsBySecond: readonly number[];
  /** From the barrier to the end. */
  readonly seconds: number;
  /** Readings and presence reports that the devices made. */
  readonly readings: number;
  readonly published: number;
  readonly acknowledged: number;
  readonly dropped: number;
  /** In the outboxes at the end. */
  readonly waiting: number;
  readonly faults: number;
  /** Readings that power cuts took from the memory of devices. */
  readonly cut: number;
  /** Acknowledged in a second, since all devices had begun to connect. */
  readonly readingsPerSecond: number;
  readonly acknowledgement: HistogramRecord;
  /** Absent when losses were not looked for, or the subscriber died. */
  readonly check?: CheckReport;
  /** Threads that died, a line each: the figures of their devices end a second before that, or less. */
  readonly deaths: readonly string[];
  readonly generator: LoadReport;
  /** Bytes of the whole process at the end. */
  readonly memory: number;
  /** Bytes by which the process grew for each device, as it was, and after a garbage collection. */
  readonly memoryPerDevice: number;
  readonly collectedPerDevice: number;
  /** Milliseconds of a processor for each device in a second; subscriber included. */
  readonly cpuPerDevice: number;
}

/** What the independent subscriber found. */
export interface CheckReport {
  readonly received: number;
  readonly duplicates: number;
  readonly unreadable: number;
  /** Made and not received, whatever became of them. */
  readonly lost: number;
  /** Devices that lost any. */
  readonly losers: number;
  readonly interruptions: number;
  readonly delivery: HistogramRecord;
  readonly subscriber: LoadReport;
}

/** How busy the load generator itself was. */
export interface LoadReport {
  readonly delay: HistogramRecord;
  /** Timers; the subscriber has none that count. */
  readonly lag?: HistogramRecord;
}

/** Above these the load generator was too slow for its figures to be those of the broker, in milliseconds. */
const DELAY_LIMIT = 50;

/**
 * `steady`: the figures when all devices had begun to connect; `last`: those before they ended; `end`: when they had.
 */
export function makeReport(steady: FleetFigures, last: FleetFigures, end: FinalFigures): FleetReport {
  const { devices } = end;
  const seconds = last.seconds;
  const steadySeconds = last.seconds - steady.seconds;
  const inSteady = last.devices.acknowledged - steady.devices.acknowledged;
  const { subscriber } = end;
  let lost = 0;
  let losers = 0;
  end.received.forEach((received, i) => {
    const missing = end.made[i]! - received;
    if (missing <= 0) return;
    lost += missing;
    losers++;
  });
  return {
    devices: devices.devices,
    connected: last.devices.connected,
    connects: devices.connects,
    refused: devices.refused,
    failed: devices.failed,
    failures: devices.failures,
    connectsBySecond: end.connectsBySecond,
    seconds,
    readings: devices.readings,
    published: devices.published,
    acknowledged: devices.acknowledged,
    dropped: devices.dropped,
    waiting: devices.waiting + devices.inFlight,
    faults: devices.faults,
    cut: devices.cut,
    readingsPerSecond: steadySeconds > 0 ? inSteady / steadySeconds : 0,
    acknowledgement: last.acknowledgement,
    ...(subscriber && {
      check: {
        received: subscriber.received,
        duplicates: subscriber.duplicates,
        unreadable: subscriber.unreadable,
        lost,
        losers,
        interruptions: subscriber.interruptions,
        delivery: last.subscriber!.delivery,
        subscriber: { delay: last.subscriber!.loop.delay },
      },
    }),
    deaths: end.deaths,
    generator: { delay: last.loop.delay, lag: last.lag },
    memory: last.memory,
    memoryPerDevice: devices.devices > 0 ? end.memoryForDevices / devices.devices : 0,
    collectedPerDevice: devices.devices > 0 ? end.collectedForDevices / devices.devices : 0,
    cpuPerDevice: devices.devices > 0 && seconds > 0 ? (last.cpuSeconds * 1000) / seconds / devices.devices : 0,
  };
}

/** The report of all shards together. */
export function joinReports(reports: readonly FleetReport[]): FleetReport {
  const sum = (of: (report: FleetReport) => number): number => reports.reduce((total, report) => total + of(report), 0);
  const all = (of: (report: FleetReport) => HistogramRecord): HistogramRecord =>
    Histogram.sum(reports.map(of)).toRecord();
  const devices = sum((report) => report.devices);
  const mean = (of: (report: FleetReport) => number): number =>
    devices === 0 ? 0 : sum((report) => of(report) * report.devices) / devices;
  const failures: { [text: string]: number } = {};
  for (const report of reports) {
    for (const [text, times] of Object.entries(report.failures)) countFailure(failures, text, times);
  }
  const checks = reports.flatMap(({ check }) => check ?? []);
  const checked = (of: (check: CheckReport) => number): number => checks.reduce((total, check) => total + of(check), 0);
  const { lag } = reports[0]!.generator;
  return {
    devices,
    connected: sum((report) => report.connected),
    connects: sum((report) => report.connects),
    refused: sum((report) => report.refused),
    failed: sum((report) => report.failed),
    failures,
    connectsBySecond: sumSeconds(reports.map(({ connectsBySecond }) => connectsBySecond)),
    seconds: Math.max(...reports.map(({ seconds }) => seconds)),
    readings: sum((report) => report.readings),
    published: sum((report) => report.published),
    acknowledged: sum((report) => report.acknowledged),
    dropped: sum((report) => report.dropped),
    waiting: sum((report) => report.waiting),
    faults: sum((report) => report.faults),
    cut: sum((report) => report.cut),
    readingsPerSecond: sum((report) => report.readingsPerSecond),
    acknowledgement: all((report) => report.acknowledgement),
    ...(checks.length === reports.length && {
      check: {
        received: checked((check) => check.received),
        duplicates: checked((check) => check.duplicates),
        unreadable: checked((check) => check.unreadable),
        lost: checked((check) => check.lost),
        losers: checked((check) => check.losers),
        interruptions: checked((check) => check.interruptions),
        delivery: Histogram.sum(checks.map((check) => check.delivery)).toRecord(),
        subscriber: { delay: Histogram.sum(checks.map((check) => check.subscriber.delay)).toRecord() },
      },
    }),
    deaths: reports.flatMap(({ deaths }) => deaths),
    generator: {
      delay: all((report) => report.generator.delay),
      ...(lag && { lag: all((report) => report.generator.lag!) }),
    },
    memory: sum((report) => report.memory),
    memoryPerDevice: mean((report) => report.memoryPerDevice),
    collectedPerDevice: mean((report) => report.collectedPerDevice),
    cpuPerDevice: mean((report) => report.cpuPerDevice),
  };
}

const NUMBERS = (
  'devices connected connects refused failed seconds readings published acknowledged dropped waiting faults cut ' +
  'readingsPerSecond memory memoryPerDevice collectedPerDevice cpuPerDevice'
).split(' ') as (keyof FleetReport)[];
const CHECK_NUMBERS = 'received duplicates unreadable lost losers interruptions'.split(' ') as (keyof CheckReport)[];

/** True for a report that came from another process, and has all that `joinReports` needs. */
export function isReport(value: unknown): value is FleetReport {
  const report = (value ?? {}) as Partial<FleetReport>;
  const { failures, connectsBySecond, acknowledgement, generator, check, deaths } = report;
  return (
    NUMBERS.every((name) => Number.isFinite(report[name])) &&
    typeof failures === 'object' &&
    Object.values(failures ?? {}).every(Number.isFinite) &&
    Array.isArray(deaths) &&
    deaths.every((text) => typeof text === 'string') &&
    Array.isArray(connectsBySecond) &&
    connectsBySecond.every(Number.isFinite) &&
    isHistogramRecord(acknowledgement) &&
    isHistogramRecord(generator?.delay) &&
    isHistogramRecord(generator.lag) &&
    (check === undefined ||
      (CHECK_NUMBERS.every((name) => Number.isFinite(check[name])) &&
        isHistogramRecord(check.delivery) &&
        isHistogramRecord(check.subscriber?.delay)))
  );
}

/** Why the figures are those of the load generator and not of the broker; empty when they are not. */
export function limits({ generator, check }: FleetReport): string[] {
  const found: string[] = [];
  const look = (what: string, record: HistogramRecord | undefined): void => {
    const delay = record ? Histogram.sum([record]).percentile(99) : 0;
    if (delay > DELAY_LIMIT) found.push(`${what} (p99 ${milliseconds(delay)})`);
  };
  look('the event loop of the devices was late', generator.delay);
  look('timers of the devices were late', generator.lag);
  look('the event loop of the subscriber was late', check?.subscriber.delay);
  return found;
}

/** Percentiles in milliseconds, as `--json` has them; null without any value. */
export interface Percentiles {
  readonly count: number;
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p99: number | null;
  readonly p999: number | null;
  readonly max: number | null;
}

export function percentilesOf(record: HistogramRecord): Percentiles {
  const histogram = Histogram.sum([record]);
  const at = (percent: number): number | null =>
    histogram.count === 0 ? null : Math.round(histogram.percentile(percent) * 1000) / 1000;
  return { count: histogram.count, p50: at(50), p90: at(90), p99: at(99), p999: at(99.9), max: at(100) };
}

/** The last object of `--json`. */
export function reportJson(report: FleetReport): object {
  const { check, generator, acknowledgement, ...counts } = report;
  return {
    ...counts,
    readingsPerSecond: round(report.readingsPerSecond, 2),
    seconds: round(report.seconds, 3),
    memoryPerDevice: Math.round(report.memoryPerDevice),
    collectedPerDevice: Math.round(report.collectedPerDevice),
    cpuPerDevice: round(report.cpuPerDevice, 4),
    acknowledgementMilliseconds: percentilesOf(acknowledgement),
    lost: check ? check.lost : null,
    ...(check && {
      received: check.received,
      duplicates: check.duplicates,
      unreadable: check.unreadable,
      devicesWithLosses: check.losers,
      subscriberInterruptions: check.interruptions,
      deliveryMilliseconds: percentilesOf(check.delivery),
      subscriberDelayMilliseconds: percentilesOf(check.subscriber.delay),
    }),
    generatorDelayMilliseconds: percentilesOf(generator.delay),
    ...(generator.lag && { timerLagMilliseconds: percentilesOf(generator.lag) }),
    limitedByLoadGenerator: limits(report),
  };
}

/** The report for people, line by line. */
export function reportLines(report: FleetReport): string[] {
  const { check, generator, devices } = report;
  const lines = [
    `${devices} devices for ${report.seconds.toFixed(1)} s: ${report.connected} connected at the end, ` +
      `${count(report.connects, 'connection')} accepted, ${report.refused} refused, ${report.failed} failed or lost`,
    `connects a second: ${secondsText(report.connectsBySecond)}`,
    `readings: ${report.readings} made, ${report.published} published, ${report.acknowledged} acknowledged` +
      (report.dropped > 0 ? `, ${report.dropped} dropped by devices` : '') +
      (report.waiting > 0 ? `, ${report.waiting} not acknowledged at the end` : '') +
      (report.cut > 0 ? `, ${report.cut} lost in power cuts` : '') +
      (report.faults > 0 ? `, ${count(report.faults, 'fault')} of devices` : '') +
      '; ' +
      `${report.readingsPerSecond.toFixed(1)} a second`,
    `PUBLISH to PUBACK: ${percentileText(report.acknowledgement)}`,
  ];
  for (const [text, times] of Object.entries(report.failures)) lines.push(`failure: ${text}: ${times} times`);
  if (check) {
    lines.push(
      `subscriber: ${check.received} received, ${check.lost} lost` +
        (check.losers > 0 ? ` by ${count(check.losers, 'device')}` : '') +
        `, ${check.duplicates} received again` +
        (check.unreadable > 0 ? `, ${check.unreadable} messages without counter and time` : ''),
      `reading to subscriber: ${percentileText(check.delivery)}`,
    );
    if (check.interruptions > 0) {
      lines.push(`the subscriber was away ${check.interruptions} times: what the broker took meanwhile counts as lost`);
    }
  } else {
    lines.push(report.deaths.length > 0 ? 'losses: not known' : 'losses: not looked for');
  }
  lines.push(
    `memory: ${(report.memory / 1048576).toFixed(0)} MiB; the process grew by ` +
      `${kibibytes(report.memoryPerDevice)} for each device (${kibibytes(report.collectedPerDevice)} after a garbage ` +
      `collection); processor: ` +
      `${report.cpuPerDevice.toFixed(3)} ms for each device in a second`,
    `load generator: event loop late by ${percentileText(generator.delay)}` +
      (generator.lag ? `; timers late by ${percentileText(generator.lag)}` : '') +
      (check ? `; subscriber's event loop late by ${percentileText(check.subscriber.delay)}` : ''),
  );
  for (const text of report.deaths) lines.push(`THREAD DIED: ${text}`);
  const found = limits(report);
  if (found.length > 0) lines.push(`LIMITED BY THE LOAD GENERATOR: ${found.join('; ')}`);
  return lines;
}

/** For people: `p50 1.2 ms, …`. */
export function percentileText(record: HistogramRecord): string {
  const histogram = Histogram.sum([record]);
  if (histogram.count === 0) return 'no value';
  const parts = [50, 90, 99].map((percent) => `p${percent} ${milliseconds(histogram.percentile(percent))}`);
  return [...parts, `max ${milliseconds(histogram.max)}`].join(', ');
}

/** `0 s 40, 1 s 60`; runs of seconds without a connection are left out. */
function secondsText(counts: readonly number[]): string {
  const parts = counts.flatMap((value, second) => (value > 0 ? [`${second} s: ${value}`] : []));
  if (parts.length <= MOST_SECONDS) return parts.join(', ') || 'none';
  return `${parts.slice(0, MOST_SECONDS).join(', ')}, and ${parts.length - MOST_SECONDS} more seconds (--json has all)`;
}

const MOST_SECONDS = 20;

function milliseconds(value: number): string {
  return `${value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0)} ms`;
}

const kibibytes = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KiB`;

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;

const round = (value: number, digits: number): number => Number(value.toFixed(digits));
