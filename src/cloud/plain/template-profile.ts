import { ReportKind } from '../../telemetry/report/report.js';
import type { Report } from '../../telemetry/report/report.js';
import type { BatchWriter } from '../batch.js';
import { CborBatch, writeReportCbor } from '../cbor/report-cbor.js';
import { Item, nextItem, writeItemText } from '../items.js';
import { JsonBatch, writeReportJson } from '../json/report-json.js';
import type { TagProfile } from '../profile.js';
import { writeReportRaw } from '../raw/report-raw.js';
import { SEAL_HEADER, SEAL_LENGTH } from '../seal/payload-seal.js';
import type { PayloadSeal } from '../seal/payload-seal.js';
import { SenmlBatch, writeReportSenml } from '../senml/report-senml.js';
import { PlainProfile } from './plain.js';
import type { PlainProfileOptions } from './plain.js';
import { TopicTemplate } from './topic-template.js';

/** What the payload of a report is. */
export const enum PayloadFormat {
  json = 0,
  cbor = 1,
  senml = 2,
  /** A message for each value, which is its payload as text. */
  value = 3,
  /** The advertisement in hexadecimal. */
  raw = 4,
}

/** By `PayloadFormat`: the values of the configuration key `payload`. */
export const PAYLOAD_FORMATS: readonly string[] = Object.freeze(['json', 'cbor', 'senml', 'value', 'raw']);

/** How a `TemplateProfile` puts reports. */
export interface TemplateOptions extends PlainProfileOptions {
  /** A topic that has passed `templateFault`. */
  topic: string;
  payload: PayloadFormat;
  /** Reports in one message, at most; more than 1 only where all go to one topic, and none is sealed. */
  batch: number;
  /** Milliseconds that a reading may wait for others. */
  batchWait: number;
}

/** A `PlainProfile` whose reports go to topics after a template, in a format of choice. */
export class TemplateProfile extends PlainProfile implements TagProfile {
  readonly qos = 1;
  override readonly maxTopicLength: number;
  readonly batch?: BatchWriter;
  readonly batchWait: number;

  private readonly template: TopicTemplate;
  private readonly payload: PayloadFormat;
  private readonly seal: PayloadSeal | undefined;
  /** The item of the message `part`, so that the next one is found from there. */
  private part = -1;
  private item = -1;

  /** `seal`: seals each payload. Throws a RangeError of one line that names the option and the problem. */
  constructor(options: TemplateOptions, seal?: PayloadSeal) {
    super(options);
    this.template = new TopicTemplate(options.topic, options.prefix ?? 'tagwire', options.gateway);
    this.maxTopicLength = Math.max(this.template.maxLength, this.health.topic.length);
    this.payload = options.payload;
    this.seal = seal;
    this.batchWait = options.batchWait;
    if (options.batch > 1) this.batch = makeBatch(options.payload, options.batch);
  }

  messages(report: Report): number {
    this.part = -1;
    if (this.payload === PayloadFormat.raw) {
      return report.kind === ReportKind.reading && report.advertisementLength === 0 ? 0 : 1;
    }
    if (this.payload !== PayloadFormat.value) return 1;
    let count = 0;
    for (let item = nextValue(report, -1); item >= 0; item = nextValue(report, item)) count++;
    return count;
  }

  retains(): boolean {
    return false;
  }

  writeTopic(report: Report, part: number, into: Uint8Array, from: number, to: number): number {
    const item = this.payload === PayloadFormat.value ? this.itemOf(report, part) : 0;
    return this.template.write(report, item, into, from, to);
  }

  writePayload(report: Report, part: number, into: Uint8Array, from: number, to: number): number {
    const { seal } = this;
    if (!seal) return this.write(report, part, into, from, to);
    if (to > into.length) to = into.length;
    const length = this.write(report, part, into, from + SEAL_HEADER, to - SEAL_LENGTH + SEAL_HEADER);
    return length < 0 ? -1 : seal.seal(into, from, length);
  }

  private write(report: Report, part: number, into: Uint8Array, from: number, to: number): number {
    if (this.payload === PayloadFormat.cbor) return writeReportCbor(report, into, from, to);
    if (this.payload === PayloadFormat.senml) return writeReportSenml(report, into, from, to);
    if (this.payload === PayloadFormat.json) return writeReportJson(report, into, from, to);
    if (this.payload === PayloadFormat.raw) return writeReportRaw(report, into, from, to);
    const end = writeItemText(report, this.itemOf(report, part), into, from, to);
    return end < 0 ? -1 : end - from;
  }

  /** The item that message `part` is for. */
  private itemOf(report: Report, part: number): number {
    if (this.part > part) this.part = -1;
    if (this.part < 0) this.item = -1;
    for (; this.part < part; this.part++) this.item = nextValue(report, this.item);
    return this.item;
  }
}

/** The next item that is a value: not who and when. */
function nextValue(report: Report, item: number): number {
  do item = nextItem(report, item);
  while (
    item === Item.address ||
    item === Item.format ||
    item === Item.id ||
    (item >= Item.time && item <= Item.lastSeenUptime)
  );
  return item;
}

function makeBatch(payload: PayloadFormat, reports: number): BatchWriter {
  if (payload === PayloadFormat.cbor) return new CborBatch(reports);
  return payload === PayloadFormat.senml ? new SenmlBatch(reports) : new JsonBatch(reports);
}
