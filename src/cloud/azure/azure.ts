import { writeAddressDigits } from '../../bytes/hex.js';
import { put } from '../../bytes/json-writer.js';
import { encodeUtf8 } from '../../mqtt/utf8.js';
import { ADDRESS_SIZE } from '../../tags/tag-table.js';
import type { HealthReport } from '../../telemetry/health-report.js';
import { ReportKind } from '../../telemetry/report/report.js';
import type { Report } from '../../telemetry/report/report.js';
import type { BatchWriter } from '../batch.js';
import { writeHealthJson } from '../json/health-json.js';
import { JsonBatch, writeReportJson } from '../json/report-json.js';
import { writeOfflineJson, writeOnlineJson } from '../json/status-json.js';
import type { CloudProfile, DeviceStatus, Publication, TagProfile } from '../profile.js';
import { azureResource } from './identity.js';
import type { AzureIdentity } from './identity.js';

/** Content type and encoding: without them, routing queries cannot see into the body. */
const BODY = '$.ct=application%2Fjson%3Bcharset%3Dutf-8&$.ce=utf-8';
const TAG = '&tag=';

/** Where a device's messages go, with a property `kind` that routes can be chosen by. */
export function azureEvents(identity: AzureIdentity, kind: string): string {
  return azureResource(identity) + '/messages/events/' + BODY + '&kind=' + kind;
}

/**
 * Azure IoT Hub ("Communicate with an IoT hub using the MQTT protocol"): everything goes to one topic,
 * `devices/{device}/messages/events/`, followed by properties: content type and encoding, `kind` (reading, presence,
 * status, health, or readings for several in one message), and of one report `tag`, the address. The payloads are those
 * of a plain broker. Nothing is retained; a will gets the property `iothub-MessageType` from the hub.
 */
export class AzureProfile implements CloudProfile, TagProfile {
  readonly name = 'azure';
  readonly qos = 1;
  birth!: Publication;
  will!: Publication;
  health!: Publication;
  readonly maxTopicLength: number;
  readonly batch?: BatchWriter;
  readonly batchWait?: number;

  private reading!: Uint8Array;
  private presence!: Uint8Array;
  private readings!: Uint8Array;

  /**
   * `batch`: reports in a message, at most; `batchWait`: milliseconds that one may wait for others; `spare`: bytes that
   * the device's name may become longer by.
   */
  constructor(identity: AzureIdentity, batch: number, batchWait: number, spare?: number) {
    this.become(identity);
    this.maxTopicLength = this.presence.length + 2 * ADDRESS_SIZE + (spare ?? 0);
    if (batch > 1) {
      this.batch = new JsonBatch(batch);
      this.batchWait = batchWait;
    }
  }

  /** Whose messages these are. */
  become(identity: AzureIdentity): void {
    this.birth = { topic: encodeUtf8(azureEvents(identity, 'status')), qos: 1, retain: false };
    this.will = this.birth;
    this.health = { topic: encodeUtf8(azureEvents(identity, 'health')), qos: 0, retain: false };
    this.reading = encodeUtf8(azureEvents(identity, 'reading') + TAG);
    this.presence = encodeUtf8(azureEvents(identity, 'presence') + TAG);
    this.readings = encodeUtf8(azureEvents(identity, 'readings'));
  }

  messages(): number {
    return 1;
  }

  retains(): boolean {
    return false;
  }

  writeTopic(report: Report, _part: number, into: Uint8Array, from: number, to: number): number {
    if (to > into.length) to = into.length;
    let at: number;
    if (this.batch) {
      at = put(this.readings, into, from, to);
    } else {
      const topic = report.kind === ReportKind.reading ? this.reading : this.presence;
      at = writeAddressDigits(report.address, into, put(topic, into, from, to), to);
    }
    return at < 0 ? -1 : at - from;
  }

  writePayload(report: Report, _part: number, into: Uint8Array, from: number, to: number): number {
    return writeReportJson(report, into, from, to);
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
