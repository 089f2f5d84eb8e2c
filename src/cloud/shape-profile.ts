import { put } from '../bytes/json-writer.js';
import { encodeUtf8 } from '../mqtt/utf8.js';
import type { HealthReport } from '../telemetry/health-report.js';
import type { Report } from '../telemetry/report/report.js';
import type { DeviceStatus, Publication, TagProfile } from './profile.js';

/** Topics and fixed payloads of a `ShapeProfile`. */
export interface ShapeOptions {
  status: string;
  online: string;
  offline: string;
  health: string | undefined;
}

/** What the profiles have in common that stand for another maker's gateway. */
export abstract class ShapeProfile implements TagProfile {
  abstract readonly name: string;
  abstract readonly qos: 0 | 1;
  abstract readonly maxTopicLength: number;
  readonly birth: Publication;
  readonly will: Publication;
  readonly health: Publication | undefined;

  private readonly online: Uint8Array;
  private readonly offline: Uint8Array;

  constructor(options: ShapeOptions) {
    const { status, health } = options;
    this.birth = { topic: encodeUtf8(status), qos: 1, retain: true };
    this.will = this.birth;
    this.health = health === undefined ? undefined : { topic: encodeUtf8(health), qos: 0, retain: false };
    this.online = encodeUtf8(options.online);
    this.offline = encodeUtf8(options.offline);
  }

  writeBirth(_status: DeviceStatus, into: Uint8Array, from: number, to: number): number {
    return lengthOf(put(this.online, into, from, to > into.length ? into.length : to), from);
  }

  writeWill(_status: DeviceStatus, into: Uint8Array, from: number, to: number): number {
    return lengthOf(put(this.offline, into, from, to > into.length ? into.length : to), from);
  }

  retains(): boolean {
    return false;
  }

  writeTopic(report: Report, _part: number, into: Uint8Array, from: number, to: number): number {
    return lengthOf(this.putTopic(report, into, from, to > into.length ? into.length : to), from);
  }

  writePayload(report: Report, _part: number, into: Uint8Array, from: number, to: number): number {
    return lengthOf(this.putPayload(report, into, from, to > into.length ? into.length : to), from);
  }

  writeHealth(report: HealthReport, into: Uint8Array, from: number, to: number): number {
    return lengthOf(this.putHealth(report, into, from, to > into.length ? into.length : to), from);
  }

  abstract messages(report: Report): number;

  /** Write to `into[at..to)` and return the next index, or -1. */
  protected abstract putTopic(report: Report, into: Uint8Array, at: number, to: number): number;
  protected abstract putPayload(report: Report, into: Uint8Array, at: number, to: number): number;
  protected abstract putHealth(report: HealthReport, into: Uint8Array, at: number, to: number): number;
}

function lengthOf(end: number, from: number): number {
  return end < 0 ? -1 : end - from;
}
