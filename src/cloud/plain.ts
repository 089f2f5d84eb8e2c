import { encodeUtf8 } from '../mqtt/encode-utf8.js';
import { topicFaultText } from '../mqtt/topic-fault-text.js';
import { checkTopicName, TopicFault } from '../mqtt/topic.js';
import { writeHealthJson } from '../telemetry/health-json.js';
import type { HealthReport } from '../telemetry/health-report.js';
import { writeReportJson } from '../telemetry/json.js';
import { writePresenceJson } from '../telemetry/presence-json.js';
import { type Report, ReportKind } from '../telemetry/report.js';
import type { CloudProfile, ProfileLimits } from './profile.js';

/** Names in the topics of a `PlainProfile`. */
export interface PlainProfileOptions {
  /** First levels of every topic, without a slash at either end. Default `tagwire`. */
  prefix?: string;
  /** The gateway's own level: not empty, no slash. */
  gateway: string;
}

const ADDRESS_DIGITS = 12;
const DIGITS = encodeUtf8('0123456789ABCDEF');
const ONLINE = encodeUtf8('online');
const OFFLINE = encodeUtf8('offline');
/** Of MQTT 3.1.1. */
const LIMITS: ProfileLimits = {
  topicLength: 65535,
  payloadLength: 268435455,
  inFlight: 65535,
  keepAliveSeconds: 65535,
};

/**
 * For any MQTT broker. Readings go to `{prefix}/{gateway}/tags/{AABBCCDDEEFF}` as the JSON of `writeReportJson`; that a
 * tag arrived or is away goes to `{prefix}/{gateway}/presence/{AABBCCDDEEFF}` as the JSON of `writePresenceJson`;
 * `{prefix}/{gateway}/status` says `online` or `offline`, retained; health reports go to `{prefix}/{gateway}/health` as
 * the JSON of `writeHealthJson`. The limits are those of MQTT 3.1.1.
 */
export class PlainProfile implements CloudProfile {
  readonly name = 'plain';
  readonly limits = LIMITS;
  readonly statusTopic: Uint8Array;
  readonly statusRetained = true;
  readonly online: Uint8Array = ONLINE;
  readonly offline: Uint8Array = OFFLINE;
  readonly healthTopic: Uint8Array;
  readonly maxTopicLength: number;

  private readonly tagsTopic: Uint8Array;
  private readonly presenceTopic: Uint8Array;

  /** Throws a RangeError of one line that names the option and what is allowed. */
  constructor(options: PlainProfileOptions) {
    const prefix = options.prefix ?? 'tagwire';
    checkLevels('topic prefix', prefix);
    checkLevels('gateway id', options.gateway);
    if (prefix.startsWith('/') || prefix.endsWith('/')) {
      throw new RangeError('topic prefix "' + prefix + '": it must not begin or end with /');
    }
    if (prefix.startsWith('$')) {
      throw new RangeError('topic prefix "' + prefix + '": topics that begin with $ belong to the broker');
    }
    if (options.gateway.includes('/')) {
      throw new RangeError('gateway id "' + options.gateway + '": it is one level of a topic and must not contain /');
    }
    const base = prefix + '/' + options.gateway;
    this.tagsTopic = encodeUtf8(base + '/tags/');
    this.presenceTopic = encodeUtf8(base + '/presence/');
    this.statusTopic = encodeUtf8(base + '/status');
    this.healthTopic = encodeUtf8(base + '/health');
    this.maxTopicLength = this.presenceTopic.length + ADDRESS_DIGITS;
    if (this.maxTopicLength > this.limits.topicLength) {
      throw new RangeError(
        'topic prefix and gateway id make topics of ' +
          this.maxTopicLength +
          ' bytes; at most ' +
          this.limits.topicLength +
          ' are allowed',
      );
    }
  }

  writeTopic(report: Report, into: Uint8Array, from: number, to: number): number {
    if (to > into.length) to = into.length;
    const topic = report.kind === ReportKind.reading ? this.tagsTopic : this.presenceTopic;
    const length = topic.length + ADDRESS_DIGITS;
    if (length > to - from) return -1;
    into.set(topic, from);
    let at = from + topic.length;
    for (let i = 0; i < report.address.length; i++) {
      const byte = report.address[i]!;
      into[at++] = DIGITS[byte >> 4]!;
      into[at++] = DIGITS[byte & 0x0f]!;
    }
    return length;
  }

  writePayload(report: Report, into: Uint8Array, from: number, to: number): number {
    if (report.kind !== ReportKind.reading) return writePresenceJson(report, into, from, to);
    return writeReportJson(report, into, from, to);
  }

  writeHealth(report: HealthReport, into: Uint8Array, from: number, to: number): number {
    return writeHealthJson(report, into, from, to);
  }
}

/** Throws a RangeError when `text` cannot be part of a topic name. */
function checkLevels(what: string, text: string): void {
  let fault: string | undefined;
  try {
    const bytes = encodeUtf8(text);
    const found = checkTopicName(bytes, 0, bytes.length);
    if (found !== TopicFault.none) fault = topicFaultText(found);
  } catch (error) {
    fault = (error as Error).message;
  }
  if (fault === undefined) return;
  // JSON shows what does not print, and a text of unreasonable length is cut.
  const shown = JSON.stringify(text.length > 60 ? text.slice(0, 60) + '…' : text);
  throw new RangeError(what + ' ' + shown + ': ' + fault);
}
