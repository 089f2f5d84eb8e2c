import { writeDecimal } from '../../bytes/decimal.js';
import { CAPITAL_HEX, writeAddress, writeHex } from '../../bytes/hex.js';
import { put, writeNumber } from '../../bytes/json-writer.js';
import { encodeUtf8 } from '../../mqtt/utf8.js';
import { RSSI_UNKNOWN } from '../../tags/tag-table.js';
import type { HealthReport } from '../../telemetry/health-report.js';
import { ReportKind } from '../../telemetry/report/report.js';
import type { Report } from '../../telemetry/report/report.js';
import { AdvertisementWriter } from '../advertisement.js';
import { ShapeProfile } from '../shape-profile.js';

const ADDRESS_TEXT = 17;
const RSSI = encodeUtf8('"rssi":');
const AOA = encodeUtf8(',"aoa":[]');
const GATEWAY_TIME = encodeUtf8(',"gwts":');
const TIME = encodeUtf8(',"ts":');
const COUNT = encodeUtf8(',"cnt":');
const DATA = encodeUtf8(',"data":"');
const END = encodeUtf8('","coords":""}');

/**
 * Readings as Ruuvi Gateway relays advertisements (its firmware, `main/mqtt_json.c`, since 1.15; before that, the
 * times were texts), on `ruuvi/{gateway}/{tag}`:
 *
 *     {"gw_mac":"C8:25:2D:8E:9C:2C","rssi":-61,"aoa":[],"gwts":1790000000,"ts":1790000000,"data":"0201061BFF99…",
 *      "coords":""}
 *
 * (in one line). `data` is made anew from the reading (see `AdvertisementWriter`); a tag for which that cannot be has
 * no message. Where the time is not known, `cnt` with the number of the report stands for both times. A gateway of
 * Ruuvi tells over MQTT neither that a tag came nor that it left: its lists of active tags go to HTTP only.
 */
export class RuuviProfile extends ShapeProfile {
  readonly name = 'ruuvi';
  readonly qos = 1;
  readonly maxTopicLength: number;
  private readonly topic: Uint8Array;
  private readonly head: Uint8Array;
  private readonly advertisement = new AdvertisementWriter();

  /** `topic`: what stands before the tag, with its slash. */
  constructor(topic: string, gateway: string) {
    const status = topic + 'gw_status';
    super({ status, online: '{"state": "online"}', offline: '{"state": "offline"}', health: undefined });
    this.topic = encodeUtf8(topic);
    this.head = encodeUtf8('{"gw_mac":' + JSON.stringify(gateway));
    this.maxTopicLength = this.topic.length + ADDRESS_TEXT;
  }

  messages(report: Report): number {
    return report.kind === ReportKind.reading && this.advertisement.write(report) > 0 ? 1 : 0;
  }

  protected putTopic(report: Report, into: Uint8Array, at: number, to: number): number {
    return writeAddress(report.address, into, put(this.topic, into, at, to), to);
  }

  protected putPayload(report: Report, into: Uint8Array, at: number, to: number): number {
    const { advertisement } = this;
    at = put(this.head, into, at, to);
    if (report.rssi !== RSSI_UNKNOWN) at = writeNumber(RSSI, report.rssi, 0, into, at, to);
    at = put(AOA, into, at, to);
    if (report.unixTime === 0) {
      at = putWhole(COUNT, report.sequence, into, at, to);
    } else {
      const seconds = Math.floor(report.unixTime / 1000);
      at = putWhole(GATEWAY_TIME, seconds, into, at, to);
      at = putWhole(TIME, seconds, into, at, to);
    }
    at = put(DATA, into, at, to);
    at = writeHex(CAPITAL_HEX, advertisement.bytes, 0, advertisement.write(report), into, at, to);
    return put(END, into, at, to);
  }

  protected putHealth(_report: HealthReport, _into: Uint8Array, _at: number, _to: number): number {
    return -1;
  }
}

function putWhole(key: Uint8Array, value: number, into: Uint8Array, at: number, to: number): number {
  at = put(key, into, at, to);
  return at < 0 ? -1 : writeDecimal(value, 0, into, at, to);
}
