import { topicFaultText } from '../../mqtt/texts.js';
import { checkTopicName, TopicFault } from '../../mqtt/topic.js';
import { encodeUtf8 } from '../../mqtt/utf8.js';
import type { HealthReport } from '../../telemetry/health-report.js';
import { writeHealthJson } from '../json/health-json.js';
import { writeOfflineJson, writeOnlineJson } from '../json/status-json.js';
import { MQTT_LIMITS } from '../limits.js';
import type { CloudProfile, DeviceStatus, Publication } from '../profile.js';

/** Names in the topics of a `PlainProfile`. */
export interface PlainProfileOptions {
  /** First levels of every topic, without a slash at either end. Default `tagwire`. */
  prefix?: string;
  /** The gateway's own level: not empty, no slash. */
  gateway: string;
  /** The `name` of the profile. Default `plain`. */
  cloud?: string;
  /** False: birth and will are not retained. Default true. */
  retainStatus?: boolean;
}

const PREFIX = 'tagwire';
const STATUS = '/status';
const HEALTH = '/health';
const MAX_TOPIC = MQTT_LIMITS.topicBytes!;

/**
 * For any MQTT broker: `{prefix}/{gateway}/status` is retained and has the birth or the will, health reports go to
 * `{prefix}/{gateway}/health` as the JSON of `writeHealthJson`.
 */
export class PlainProfile implements CloudProfile {
  readonly name: string;
  readonly birth: Publication;
  readonly will: Publication;
  readonly health: Publication;
  readonly maxTopicLength: number;

  /**
   * `longestLevels`: characters of the longest levels below `{prefix}/{gateway}`, for a subclass. Throws a RangeError
   * of one line that names the option and the problem.
   */
  constructor(options: PlainProfileOptions, longestLevels?: number) {
    const prefix = options.prefix ?? PREFIX;
    checkLevels('topic prefix', prefix);
    checkLevels('gateway id', options.gateway);
    if (prefix.startsWith('/') || prefix.endsWith('/')) {
      throw new RangeError('topic prefix "' + prefix + '" must not begin or end with /');
    }
    if (prefix.startsWith('$')) {
      throw new RangeError('topic prefix "' + prefix + '" must not begin with $, which is reserved for the broker');
    }
    if (options.gateway.includes('/')) {
      throw new RangeError('gateway id "' + options.gateway + '" must be a single topic level, without /');
    }
    const base = topicBase(options);
    this.name = options.cloud ?? 'plain';
    this.birth = { topic: encodeUtf8(base + STATUS), qos: 1, retain: options.retainStatus ?? true };
    this.will = this.birth;
    // The next health report replaces one that is lost.
    this.health = { topic: encodeUtf8(base + HEALTH), qos: 0, retain: false };
    this.maxTopicLength = encodeUtf8(base).length + (longestLevels ?? HEALTH.length);
    if (this.maxTopicLength > MAX_TOPIC) {
      const limit = 'at most ' + MAX_TOPIC + ' bytes';
      throw new RangeError('topic prefix and gateway id must make topics of ' + limit + ', got ' + this.maxTopicLength);
    }
  }

  writeBirth(status: DeviceStatus, into: Uint8Array, from: number, to: number): number {
    return writeOnlineJson(status, into, from, to);
  }

  writeWill(status: DeviceStatus, into: Uint8Array, from: number, to: number): number {
    return writeOfflineJson(status, into, from, to);
  }

  writeHealth(report: HealthReport, into: Uint8Array, from: number, to: number): number {
    return writeHealthJson(report, into, from, to);
  }
}

/** `{prefix}/{gateway}`. */
export function topicBase({ prefix, gateway }: PlainProfileOptions): string {
  return (prefix ?? PREFIX) + '/' + gateway;
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
