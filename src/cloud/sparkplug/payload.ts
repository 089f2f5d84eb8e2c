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
  uint64 = 8,
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
  longValue = 11,
  doubleValue = 13,
  booleanValue = 14,
  stringValue = 15,
}

/** Begins a payload with the time at which it is published, in ms since 1970. */
export function beginPayload(unixTime: number, into: Uint8Array, at: number, to: number): number {
  return putUnsignedField(PayloadField.timestamp, unixTime, into, at, to);
}

/** Ends a payload with its sequence number, 0 to 255; negative: a payload that has none (NDEATH). */
export function endPayload(sequence: number, into: Uint8Array, at: number, to: number): number {
  return sequence < 0 ? at : putUnsignedField(PayloadField.sequence, sequence, into, at, to);
}

/** A metric of an edge node itself, by name: UInt64, such as `bdSeq`. `value` is 0 to 2^53 - 1. */
export function putUnsignedMetric(
  name: Uint8Array,
  value: number,
  unixTime: number,
  into: Uint8Array,
  at: number,
  to: number,
): number {
  const content = beginField(PayloadField.metric, into, at, to);
  at = putBytesField(MetricField.name, name, 0, name.length, into, content, to);
  at = putTimeAndType(unixTime, SparkplugType.uint64, false, into, at, to);
  return endField(content, into, putUnsignedField(MetricField.longValue, value, into, at, to), to);
}

/** The same for a Boolean, such as `Node Control/Rebirth`. */
export function putBooleanMetric(
  name: Uint8Array,
  value: boolean,
  unixTime: number,
  into: Uint8Array,
  at: number,
  to: number,
): number {
  const content = beginField(PayloadField.metric, into, at, to);
  at = putBytesField(MetricField.name, name, 0, name.length, into, content, to);
  at = putTimeAndType(unixTime, SparkplugType.boolean, false, into, at, to);
  return endField(content, into, putBooleanField(MetricField.booleanValue, value, into, at, to), to);
}

/** The same for a String, in UTF-8. */
export function putStringMetric(
  name: Uint8Array,
  value: Uint8Array,
  unixTime: number,
  into: Uint8Array,
  at: number,
  to: number,
): number {
  const content = beginField(PayloadField.metric, into, at, to);
  at = putBytesField(MetricField.name, name, 0, name.length, into, content, to);
  at = putTimeAndType(unixTime, SparkplugType.string, false, into, at, to);
  return endField(content, into, putBytesField(MetricField.stringValue, value, 0, value.length, into, at, to), to);
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

function putTimeAndType(
  unixTime: number,
  type: SparkplugType,
  isHistorical: boolean,
  into: Uint8Array,
  at: number,
  to: number,
): number {
  at = putUnsignedField(MetricField.timestamp, unixTime, into, at, to);
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
