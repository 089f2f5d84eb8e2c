import { ADDRESS_SIZE } from '../../tags/tag-table.js';
import { checkReport, readReport, reportLength, writeReport } from '../../telemetry/outbox/report-record.js';
import { ReportKind } from '../../telemetry/report/report.js';
import type { Report } from '../../telemetry/report/report.js';
import { METRIC_WORDS, noteMetrics } from './payload.js';

/** Bytes that a `DeviceTable` takes. */
export function deviceTableBytes(capacity: number): number {
  return capacity * (ADDRESS_SIZE + METRIC_WORDS * 4 + 2 + 8 + RECORD + 1 + 4);
}

/** Bytes of the longest reading that is kept for births: its values are null in a birth when it is longer. */
const RECORD = 128;

/**
 * The tags of an edge node, which are its devices: their metrics, and for births the reading that was sent last. Tables
 * of a fixed size, `deviceTableBytes` in all; nothing but the constructor allocates.
 */
export class DeviceTable {
  count = 0;
  readonly addresses: Uint8Array;
  /** Sets of `METRIC_WORDS` words: the metrics that the tag has, as far as it is known. */
  readonly metrics: Uint32Array;
  /** 1 from DBIRTH to DDEATH, over reconnections. */
  readonly born: Uint8Array;
  /** 1: its birth was asked for. */
  readonly asked: Uint8Array;
  /** Time of the newest reading that was sent of each, in milliseconds since 1970. */
  readonly times: Float64Array;

  private readonly capacity: number;
  private readonly records: Uint8Array;
  private readonly view: DataView;
  /** Bytes of each record; 0: there is none. */
  private readonly lengths: Uint8Array;
  /** Number of the last reading of each tag, to find the one that is silent. */
  private readonly heard: Uint32Array;
  private readings = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.addresses = new Uint8Array(capacity * ADDRESS_SIZE);
    this.metrics = new Uint32Array(capacity * METRIC_WORDS);
    this.born = new Uint8Array(capacity);
    this.asked = new Uint8Array(capacity);
    this.times = new Float64Array(capacity);
    this.records = new Uint8Array(capacity * RECORD);
    this.view = new DataView(this.records.buffer);
    this.lengths = new Uint8Array(capacity);
    this.heard = new Uint32Array(capacity);
  }

  /** The tag of this address, or -1. */
  find(address: Uint8Array): number {
    const { addresses, count } = this;
    for (let tag = 0; tag < count; tag++) {
      let i = 0;
      while (i < ADDRESS_SIZE && addresses[tag * ADDRESS_SIZE + i] === address[i]) i++;
      if (i === ADDRESS_SIZE) return tag;
    }
    return -1;
  }

  /** The tag that must die before another one finds room; -1 when there is room, or a place of one that is not born. */
  silent(): number {
    if (this.count < this.capacity) return -1;
    const tag = this.oldest();
    return this.born[tag] === 0 ? -1 : tag;
  }

  /** Adds a tag, in the place of one that is not born when there is no other; see `silent`. */
  add(address: Uint8Array): number {
    const tag = this.count < this.capacity ? this.count++ : this.oldest();
    for (let i = 0; i < ADDRESS_SIZE; i++) this.addresses[tag * ADDRESS_SIZE + i] = address[i]!;
    this.metrics.fill(0, tag * METRIC_WORDS, (tag + 1) * METRIC_WORDS);
    this.born[tag] = 0;
    this.asked[tag] = 0;
    this.times[tag] = 0;
    this.lengths[tag] = 0;
    this.heard[tag] = ++this.readings;
    return tag;
  }

  /** A reading of the tag is to be sent: a metric that is new in it makes another birth necessary. */
  note(tag: number, report: Report): void {
    this.heard[tag] = ++this.readings;
    if (noteMetrics(report, this.metrics, tag * METRIC_WORDS)) this.born[tag] = 0;
  }

  /** A reading was sent that is the tag's state of now. */
  keep(tag: number, report: Report): void {
    if (report.unixTime > this.times[tag]!) this.times[tag] = report.unixTime;
    const length = reportLength(report);
    this.lengths[tag] = length <= RECORD ? length : 0;
    if (length <= RECORD) writeReport(report, this.records, this.view, tag * RECORD);
  }

  /** Reads the reading that was sent last. False when there is none. */
  read(tag: number, report: Report): boolean {
    const length = this.lengths[tag]!;
    const at = tag * RECORD;
    if (length === 0 || !checkReport(this.records, at, at + length)) return false;
    readReport(this.records, this.view, at, report);
    return report.kind === ReportKind.reading;
  }

  /** One that is not born, if there is any, and of those the one that was silent for the longest time. */
  private oldest(): number {
    let oldest = 0;
    for (let tag = 1; tag < this.count; tag++) {
      const dead = this.born[tag] === 0;
      const oldestDead = this.born[oldest] === 0;
      if (dead === oldestDead ? this.heard[tag]! < this.heard[oldest]! : dead) oldest = tag;
    }
    return oldest;
  }
}
