import { roundDecimal } from '../../bytes/decimal.js';
import {
  beginField,
  endField,
  putBooleanField,
  putBytesField,
  putDoubleField,
  putSignedField,
  putUnsignedField,
} from '../../bytes/protobuf-writer.js';
import { eventNames } from '../../tags/field-names.js';
import { Field } from '../../tags/field.js';
import { ReportKind } from '../../telemetry/report/report.js';
import type { Report } from '../../telemetry/report/report.js';
import { isButton, Item, itemDecimals, itemNames, itemNumber, nextItem, writeItemText } from '../items.js';

/*
 * Payloads of Sparkplug B 3.0 (6.4, protobuf). A payload is put together from
 *
 *   beginPayload, then for each metric one of the put…Metric functions, then endPayload
 *
 * Each function writes to `into[at..to)` and returns the next index, or -1 when there is too little room; an index that
 * is negative already passes through. They allocate nothing.
 */

/** Data types of metrics that are written here (Sparkplug 3.0, 6.4.16). */
export const enum SparkplugType {
  int64 = 4,
  double = 10,
  boolean = 11,
  string = 12,
}

/** The range of aliases of one tag: `Item` numbers are below it. */
export const ALIASES = 256;

const enum PayloadField {
  timestamp = 1,
  metric = 2,
  sequence = 3,
}

const enum MetricField {
  name = 1,
  alias = 2,
  timestamp = 3,
  dataType = 4,
  isHistorical = 5,
  isNull = 7,
  longValue = 11,
  doubleValue = 13,
  booleanValue = 14,
  stringValue = 15,
}

/** Begins a payload with the time at which it is published, in ms since 1970; 0 is left out. */
export function beginPayload(unixTime: number, into: Uint8Array, at: number, to: number): number {
  return unixTime === 0 ? at : putUnsignedField(PayloadField.timestamp, unixTime, into, at, to);
}

/** Ends a payload with its sequence number, 0 to 255; negative: a payload that has none (NDEATH). */
export function endPayload(sequence: number, into: Uint8Array, at: number, to: number): number {
  return sequence < 0 ? at : putUnsignedField(PayloadField.sequence, sequence, into, at, to);
}

/**
 * A metric of an edge node itself, as Int64, such as `bdSeq`: `value` is 0 to 2^53 - 1. A birth names it; later it is
 * told by `alias` alone, with an empty name. `alias` 0: it has none.
 */
export function putIntegerMetric(
  name: Uint8Array,
  alias: number,
  value: number,
  unixTime: number,
  into: Uint8Array,
  at: number,
  to: number,
): number {
  const content = beginField(PayloadField.metric, into, at, to);
  at = putHead(name, alias, unixTime, SparkplugType.int64, into, content, to);
  return endField(content, into, putUnsignedField(MetricField.longValue, value, into, at, to), to);
}

/** The same for a Boolean, such as `Node Control/Rebirth`. */
export function putBooleanMetric(
  name: Uint8Array,
  alias: number,
  value: boolean,
  unixTime: number,
  into: Uint8Array,
  at: number,
  to: number,
): number {
  const content = beginField(PayloadField.metric, into, at, to);
  at = putHead(name, alias, unixTime, SparkplugType.boolean, into, content, to);
  return endField(content, into, putBooleanField(MetricField.booleanValue, value, into, at, to), to);
}

/** The same for a String, `text[from..end)` in UTF-8. */
export function putStringMetric(
  name: Uint8Array,
  alias: number,
  text: Uint8Array,
  from: number,
  end: number,
  unixTime: number,
  into: Uint8Array,
  at: number,
  to: number,
): number {
  const content = beginField(PayloadField.metric, into, at, to);
  at = putHead(name, alias, unixTime, SparkplugType.string, into, content, to);
  return endField(content, into, putBytesField(MetricField.stringValue, text, from, end, into, at, to), to);
}

/** Words of a set of metrics of a tag, a bit for each `Item`. */
export const METRIC_WORDS = 8;

/**
 * Adds the metrics of a reading to the set `metrics[at..at + METRIC_WORDS)`. True when one of them is new in it.
 *
 * With the first reading come those that other readings of the tag will have: what the gateway measures of its signal.
 */
export function noteMetrics(report: Report, metrics: Uint32Array, at: number): boolean {
  if (report.kind !== ReportKind.reading) return false;
  let isNew = false;
  for (let item = nextItem(report, -1); item >= 0; item = nextItem(report, item)) {
    if (item === Item.address || item === Item.time || item === Item.state) continue;
    const first = item === Item.events ? Item.eventBits : item;
    const end = item === Item.events ? Item.eventBits + eventNames.length : item + 1;
    for (let metric: number = first; metric < end; metric++) if (addMetric(metric, metrics, at)) isNew = true;
  }
  if (isNew) {
    addMetric(Item.state, metrics, at);
    addMetric(Item.rssi, metrics, at);
    addMetric(Item.rssiMean, metrics, at);
    addMetric(Item.rssiMax, metrics, at);
    if (!report.reading.has(Field.distance)) addMetric(Item.distance, metrics, at);
  }
  return isNew;
}

function addMetric(metric: number, metrics: Uint32Array, at: number): boolean {
  const word = at + (metric >> 5);
  const bit = 1 << (metric & 31);
  if ((metrics[word]! & bit) !== 0) return false;
  metrics[word]! |= bit;
  return true;
}

/**
 * The metrics of a tag's birth, those of the set `metrics[from..from + METRIC_WORDS)`: with the value of `report`, or
 * null where it has none. `hasReport` false: none has a value. For the rest see `putReportMetrics`.
 */
export function putBirthMetrics(
  report: Report,
  hasReport: boolean,
  metrics: Uint32Array,
  from: number,
  alias: number,
  now: number,
  into: Uint8Array,
  at: number,
  to: number,
): number {
  const unixTime = hasReport && report.unixTime !== 0 ? report.unixTime : now;
  for (let metric = 0; metric < 32 * METRIC_WORDS; metric++) {
    if ((metrics[from + (metric >> 5)]! & (1 << (metric & 31))) === 0) continue;
    const hasValue = hasReport && hasMetric(report, metric);
    // The tag measures it itself in another of its frames, under the same name.
    if (metric === Item.distance && isIn(Item.fields + Field.distance, metrics, from)) continue;
    if (hasValue) at = putItemMetric(report, metric, alias, true, false, unixTime, into, at, to);
    else at = putNullMetric(metric, alias, unixTime, into, at, to);
  }
  return at;
}

function isIn(metric: number, metrics: Uint32Array, from: number): boolean {
  return (metrics[from + (metric >> 5)]! & (1 << (metric & 31))) !== 0;
}

/** True when a reading has this metric of its own. */
function hasMetric(report: Report, metric: number): boolean {
  if (metric === Item.state) return true;
  if (metric >= Item.eventBits) return report.reading.has(Field.events);
  return nextItem(report, metric - 1) === metric;
}

function putNullMetric(
  item: number,
  alias: number,
  unixTime: number,
  into: Uint8Array,
  at: number,
  to: number,
): number {
  const content = beginField(PayloadField.metric, into, at, to);
  const name = beginField(MetricField.name, into, content, to);
  at = endField(name, into, itemNames.put(item, into, name, to), to);
  at = putUnsignedField(MetricField.alias, alias + item, into, at, to);
  at = putTimeAndType(unixTime, metricType(item), false, into, at, to);
  return endField(content, into, putBooleanField(MetricField.isNull, true, into, at, to), to);
}

/**
 * The metrics of a tag: what the JSON of `writeReportJson` says under the same names, but address and time, which are
 * the device and the timestamp. The alias of a metric is `alias` and its `Item` number: `alias` is a multiple of
 * `ALIASES`, and differs between the tags of an edge node.
 *
 * `isBirth`: with names, for DBIRTH; else by alias alone, for DDATA. `isHistorical`: the reading was stored before it
 * was sent. `now` (ms since 1970) stands where the report has no time. A report that is no reading has no metrics.
 *
 * A metric always has the same type: Double where the field has decimals, else Int64; String for texts and buttons,
 * Boolean for events and states. `state` is there even if it is ok.
 */
export function putReportMetrics(
  report: Report,
  alias: number,
  isBirth: boolean,
  isHistorical: boolean,
  now: number,
  into: Uint8Array,
  at: number,
  to: number,
): number {
  if (report.kind !== ReportKind.reading) return at;
  const unixTime = report.unixTime !== 0 ? report.unixTime : now;
  for (let item = nextItem(report, -1); item >= 0; item = nextItem(report, item)) {
    if (item === Item.address || item === Item.time || item === Item.state) continue;
    const first = item === Item.events ? Item.eventBits : item;
    const end = item === Item.events ? Item.eventBits + eventNames.length : item + 1;
    for (let metric: number = first; metric < end; metric++) {
      at = putItemMetric(report, metric, alias, isBirth, isHistorical, unixTime, into, at, to);
    }
    if (item !== Item.format) continue;
    at = putItemMetric(report, Item.state, alias, isBirth, isHistorical, unixTime, into, at, to);
  }
  return at;
}

/** The type of the metric of an item; for a button that of its name. */
export function metricType(item: number): SparkplugType {
  if (item >= Item.states || item === Item.timeEstimated) return SparkplugType.boolean;
  if (isButton(item)) return SparkplugType.string;
  if (item >= Item.fields || (item >= Item.rssi && item <= Item.lastSeenUptime)) {
    return itemDecimals(item) > 0 ? SparkplugType.double : SparkplugType.int64;
  }
  return SparkplugType.string;
}

function putItemMetric(
  report: Report,
  item: number,
  alias: number,
  isBirth: boolean,
  isHistorical: boolean,
  unixTime: number,
  into: Uint8Array,
  at: number,
  to: number,
): number {
  const content = beginField(PayloadField.metric, into, at, to);
  at = content;
  if (isBirth) {
    const name = beginField(MetricField.name, into, at, to);
    at = endField(name, into, itemNames.put(item, into, name, to), to);
  }
  const type = metricType(item);
  at = putUnsignedField(MetricField.alias, alias + item, into, at, to);
  at = putTimeAndType(unixTime, type, isHistorical, into, at, to);
  return endField(content, into, putItemValue(report, item, type, into, at, to), to);
}

/** Name, alias, time and type of a metric of the edge node. */
function putHead(
  name: Uint8Array,
  alias: number,
  unixTime: number,
  type: SparkplugType,
  into: Uint8Array,
  at: number,
  to: number,
): number {
  if (name.length > 0) at = putBytesField(MetricField.name, name, 0, name.length, into, at, to);
  if (alias > 0) at = putUnsignedField(MetricField.alias, alias, into, at, to);
  return putTimeAndType(unixTime, type, false, into, at, to);
}

function putTimeAndType(
  unixTime: number,
  type: SparkplugType,
  isHistorical: boolean,
  into: Uint8Array,
  at: number,
  to: number,
): number {
  if (unixTime > 0) at = putUnsignedField(MetricField.timestamp, unixTime, into, at, to);
  at = putUnsignedField(MetricField.dataType, type, into, at, to);
  return isHistorical ? putBooleanField(MetricField.isHistorical, true, into, at, to) : at;
}

function putItemValue(
  report: Report,
  item: number,
  type: SparkplugType,
  into: Uint8Array,
  at: number,
  to: number,
): number {
  if (type === SparkplugType.string) {
    const text = beginField(MetricField.stringValue, into, at, to);
    return endField(text, into, writeItemText(report, item, into, text, to), to);
  }
  const value = itemNumber(report, item);
  if (type === SparkplugType.boolean) return putBooleanField(MetricField.booleanValue, value === 1, into, at, to);
  const rounded = roundDecimal(value, itemDecimals(item));
  if (type === SparkplugType.double) return putDoubleField(MetricField.doubleValue, rounded, into, at, to);
  return putSignedField(MetricField.longValue, rounded, into, at, to);
}
