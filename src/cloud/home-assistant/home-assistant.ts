import { writeAddressDigits } from '../../bytes/hex.js';
import { put } from '../../bytes/json-writer.js';
import type { Connection } from '../../connection/index.js';
import { encodeUtf8 } from '../../mqtt/utf8.js';
import { ADDRESS_SIZE } from '../../tags/tag-table.js';
import { ReportKind } from '../../telemetry/report/report.js';
import type { Report } from '../../telemetry/report/report.js';
import { writeReportJson } from '../json/report-json.js';
import { PlainProfile, topicBase } from '../plain/plain.js';
import type { PlainProfileOptions } from '../plain/plain.js';
import type { TagProfile } from '../profile.js';
import type { HomeAssistantAnnouncer } from './announcer.js';

const TAGS = '/tags/';
const PRESENCE = '/presence/';
const HISTORY = '/history/';

/**
 * The topics and payloads of a plain broker, but retained, so that Home Assistant has all states at once when it starts
 * or hears of a tag. A report that is older than one before it of the same tag (from an outage, sent later) would be
 * taken for its state of now: it goes to `{prefix}/{gateway}/history/{AABBCCDDEEFF}`, not retained, for those who keep
 * history.
 */
export class HomeAssistantProfile extends PlainProfile implements TagProfile {
  override readonly name: string = 'home-assistant';
  readonly qos = 1;

  private readonly announcer: HomeAssistantAnnouncer;
  private readonly tagsTopic: Uint8Array;
  private readonly presenceTopic: Uint8Array;
  private readonly historyTopic: Uint8Array;
  /** The report that is being published is an old one. */
  private isOld = false;

  /** Throws a RangeError of one line that names the option and the problem. */
  constructor(options: PlainProfileOptions, announcer: HomeAssistantAnnouncer) {
    super(options, PRESENCE.length + 2 * ADDRESS_SIZE);
    this.announcer = announcer;
    const base = topicBase(options);
    this.tagsTopic = encodeUtf8(base + TAGS);
    this.presenceTopic = encodeUtf8(base + PRESENCE);
    this.historyTopic = encodeUtf8(base + HISTORY);
  }

  introduce(report: Report, _connection: Connection, now: number): boolean {
    this.isOld = this.announcer.heard(report, now);
    return true;
  }

  messages(): number {
    return 1;
  }

  retains(): boolean {
    return !this.isOld;
  }

  writeTopic(report: Report, _part: number, into: Uint8Array, from: number, to: number): number {
    let topic = this.isOld ? this.historyTopic : this.presenceTopic;
    if (!this.isOld && report.kind === ReportKind.reading) topic = this.tagsTopic;
    if (to > into.length) to = into.length;
    const at = writeAddressDigits(report.address, into, put(topic, into, from, to), to);
    return at < 0 ? -1 : at - from;
  }

  writePayload(report: Report, _part: number, into: Uint8Array, from: number, to: number): number {
    return writeReportJson(report, into, from, to);
  }
}
