import { writeAddressDigits } from '../../bytes/hex.js';
import { put } from '../../bytes/json-writer.js';
import { encodeUtf8 } from '../../mqtt/utf8.js';
import { ADDRESS_SIZE } from '../../tags/tag-table.js';
import { ReportKind } from '../../telemetry/report/report.js';
import type { Report } from '../../telemetry/report/report.js';
import { writeReportJson } from '../json/report-json.js';
import type { TagProfile } from '../profile.js';
import { SEAL_HEADER, SEAL_LENGTH } from '../seal/payload-seal.js';
import type { PayloadSeal } from '../seal/payload-seal.js';
import { PlainProfile, topicBase } from './plain.js';
import type { PlainProfileOptions } from './plain.js';

const TAGS = '/tags/';
const PRESENCE = '/presence/';

/**
 * A `PlainProfile` with tags: readings go to `{prefix}/{gateway}/tags/{AABBCCDDEEFF}`, that a tag arrived or is away
 * goes to `{prefix}/{gateway}/presence/{AABBCCDDEEFF}`, both as the JSON of `writeReportJson`.
 */
export class PlainTagProfile extends PlainProfile implements TagProfile {
  readonly qos: 0 | 1 = 1;
  private readonly tagsTopic: Uint8Array;
  private readonly presenceTopic: Uint8Array;
  private readonly seal: PayloadSeal | undefined;

  /** `seal`: seals both. Throws a RangeError of one line that names the option and the problem. */
  constructor(options: PlainProfileOptions, seal?: PayloadSeal) {
    super(options, PRESENCE.length + 2 * ADDRESS_SIZE);
    this.seal = seal;
    const base = topicBase(options);
    this.tagsTopic = encodeUtf8(base + TAGS);
    this.presenceTopic = encodeUtf8(base + PRESENCE);
  }

  messages(): number {
    return 1;
  }

  retains(): boolean {
    return false;
  }

  writeTopic(report: Report, _part: number, into: Uint8Array, from: number, to: number): number {
    if (to > into.length) to = into.length;
    const topic = report.kind === ReportKind.reading ? this.tagsTopic : this.presenceTopic;
    const at = writeAddressDigits(report.address, into, put(topic, into, from, to), to);
    return at < 0 ? -1 : at - from;
  }

  writePayload(report: Report, _part: number, into: Uint8Array, from: number, to: number): number {
    const seal = this.seal;
    if (!seal) return writeReportJson(report, into, from, to);
    if (to > into.length) to = into.length;
    const at = from + SEAL_HEADER;
    const length = writeReportJson(report, into, at, to - SEAL_LENGTH + SEAL_HEADER);
    return length < 0 ? -1 : seal.seal(into, from, length);
  }
}
