import { writeDecimal, writeTime } from '../../bytes/decimal.js';
import { HEX, writeAddress, writeAddressDigits, writeHex } from '../../bytes/hex.js';
import { put, putByte, QUOTE, writeNumber, writeText } from '../../bytes/json-writer.js';
import { encodeUtf8 } from '../../mqtt/utf8.js';
import { Field } from '../../tags/field.js';
import { ADDRESS_SIZE, RSSI_UNKNOWN } from '../../tags/tag-table.js';
import type { HealthReport } from '../../telemetry/health-report.js';
import { ReportKind } from '../../telemetry/report/report.js';
import type { Report } from '../../telemetry/report/report.js';
import { AdvertisementWriter } from '../advertisement.js';
import type { BatchWriter } from '../batch.js';
import type { DeviceStatus, Publication, TagProfile } from '../profile.js';

/** Which of MikroTik's published scripts a device stands for. */
export const enum RouterosForm {
  /** Tracking with Azure IoT Hub over MQTT: one object with a list of tags. */
  azure = 0,
  /** The same over HTTPS: without the client identifier. */
  azureHttps = 1,
  /** Temperature to a ThingsBoard device: a list of points, the temperature in hexadecimal. */
  thingsboard = 2,
  /** The same, the temperature in thousandths of a degree. */
  thingsboardDecimal = 3,
  /** Tracking with a ThingsBoard gateway: a device for each tag. */
  thingsboardGateway = 4,
}

/** What a `RouterosProfile` puts into topics and payloads. */
export interface RouterosOptions {
  form: RouterosForm;
  topic: string;
  /** Where the router's own figures go; undefined: nowhere. */
  statsTopic: string | undefined;
  clientId: string;
  /** What tells the place where a tag was heard: the scripts take the MAC of the first Ethernet port, or a name. */
  gateway: string;
  board: string;
  firmware: string;
  /** Tags in one message, at most. */
  batch: number;
  /** Milliseconds that a reading may wait for others. */
  batchWait: number;
}

const COMMA = 0x2c;
const CLOSE = 0x7d;
const COLON = 0x3a;
const NOWHERE = new Uint8Array(0);

const ID = encodeUtf8('"id":"');
const ID_END = encodeUtf8('"');
const TAG = encodeUtf8('{"id":"');
const TIME = encodeUtf8('"ts":');
const RSSI = encodeUtf8('"rssi":');
const RSSI_TEXT = encodeUtf8(',"rssi":"');
const AD_BEGIN = encodeUtf8(',"ed":{"ad":"');
const AD_END = encodeUtf8('"}}');
const OPEN = 0x7b;
const VALUES = encodeUtf8(',"values":{');
const TEMPERATURE = encodeUtf8(',"temp":"');
const AD = encodeUtf8(',"ad":"');
const DEVICE = encodeUtf8('":[{');
const DEVICE_END = encodeUtf8(']');
const OLDEST = encodeUtf8(',"locs":[{"id":');

const MODEL = encodeUtf8('"model":');
const SERIAL = encodeUtf8('"sn":');
const ROS = encodeUtf8('"ros":');
const CPU = encodeUtf8('"cpu":');
const USED = encodeUtf8('"umem":');
const FREE = encodeUtf8('"fmem":');
const UPTIME = encodeUtf8(',"uptime":"');
const TAIL_BEGIN = encodeUtf8('],"ed":');
const TAIL_REST = encodeUtf8(',"psu":0,"temp":0}}]}');
const SHORT_TAIL = encodeUtf8('],"ed":{"psu":0,"temp":0}}]}');
const TAIL_SIZE = 256;
const LIST_END = encodeUtf8(']');
const OBJECT_END = encodeUtf8('}');

/**
 * Readings as MikroTik's published scripts send what a router heard, for consumers that read those:
 *
 *     {"clientId":"c","t":0,"v":1,"OldestAdvertisementTimestamp":1790000000000,"locs":[{"id":"gateway","tags":[
 *      {"id":"DC2C6E0FC03D","ts":1790000000000,"rssi":-61,"ed":{"ad":"15ff4f09…"}}],"ed":{"model":…,"temp":0}}]}
 *     [{"ts":1790000000000,"values":{"id":"DC2C6E0FC03D","rssi":"-61","temp":"1761","ad":"15ff4f09…"}}]
 *     {"DC:2C:6E:0F:C0:3D":[{"ts":1790000000000,"values":{"reporter":"gateway","rssi":-61}}]}
 *
 * (each in one line). `ad` is made anew from the reading (see `AdvertisementWriter`); empty where that cannot be.
 * Where the time is not known, `ts` is 0 in the first form; in the others it is left out, so that ThingsBoard takes its
 * own. Unlike the scripts, it never sends a message without tags, nor one twice when nothing new was heard.
 */
export class RouterosProfile implements TagProfile {
  readonly name = 'routeros';
  readonly birth = undefined;
  readonly will = undefined;
  readonly health: Publication | undefined;
  readonly qos = 1;
  readonly maxTopicLength: number;
  readonly batch?: BatchWriter;
  readonly batchWait: number;

  private readonly topic: Uint8Array;
  private readonly message: RouterosMessage;

  constructor(options: RouterosOptions) {
    this.topic = encodeUtf8(options.topic);
    this.maxTopicLength = this.topic.length;
    this.batchWait = options.batchWait;
    this.message = new RouterosMessage(options);
    if (options.batch > 1) this.batch = this.message;
    const { statsTopic } = options;
    this.health = statsTopic === undefined ? undefined : { topic: encodeUtf8(statsTopic), qos: 0, retain: false };
  }

  writeBirth(_status: DeviceStatus, _into: Uint8Array, _from: number, _to: number): number {
    return -1;
  }

  writeWill(_status: DeviceStatus, _into: Uint8Array, _from: number, _to: number): number {
    return -1;
  }

  /** `{"model":"esp32","sn":"A1","ros":"0.1.0","cpu":13,"umem":1,"fmem":2,"uptime":"1d02:21:18"}`; unknown: 0. */
  writeHealth(report: HealthReport, into: Uint8Array, from: number, to: number): number {
    if (to > into.length) to = into.length;
    this.message.note(report);
    let at = writeRouter(report, into, from, to);
    at = writeUptime(report.uptime, into, put(UPTIME, into, at, to), to);
    at = putByte(CLOSE, into, putByte(QUOTE, into, at, to), to);
    return at < 0 ? -1 : at - from;
  }

  /** The scripts say nothing of tags that arrived or are away. */
  messages(report: Report): number {
    return report.kind === ReportKind.reading ? 1 : 0;
  }

  retains(): boolean {
    return false;
  }

  writeTopic(_report: Report, _part: number, into: Uint8Array, from: number, to: number): number {
    const at = put(this.topic, into, from, to > into.length ? into.length : to);
    return at < 0 ? -1 : at - from;
  }

  writePayload(report: Report, _part: number, into: Uint8Array, from: number, to: number): number {
    const { message } = this;
    return message.begin(report, into, from, to) ? message.end() : -1;
  }
}

/** One message of any form, with one tag or several. */
class RouterosMessage implements BatchWriter {
  readonly maxReports: number;

  private readonly form: RouterosForm;
  private readonly advertisement = new AdvertisementWriter();
  /** What stands before the time of the oldest report, and before the tags; the second only in the first forms. */
  private readonly head: Uint8Array;
  private readonly location: Uint8Array;
  /** The message ends with `tail[0..tailLength)`. */
  private readonly tail: Uint8Array;
  private tailLength = 0;
  private readonly reporter: Uint8Array;
  /** Addresses of the tags in the message: a device of ThingsBoard's gateway must be there once. */
  private readonly addresses: Uint8Array;

  private into: Uint8Array = NOWHERE;
  private from = 0;
  private at = 0;
  /** No tag is written to this index or behind. */
  private to = 0;
  private count = 0;

  constructor(options: RouterosOptions) {
    const { form, clientId, gateway, board, firmware, batch } = options;
    this.form = form;
    this.maxReports = batch;
    this.addresses = new Uint8Array(form === RouterosForm.thingsboardGateway ? batch * ADDRESS_SIZE : 0);
    this.reporter = encodeUtf8('"reporter":' + JSON.stringify(gateway));
    this.location = encodeUtf8(JSON.stringify(gateway) + ',"tags":[');
    let head = form === RouterosForm.thingsboardGateway ? '{' : '[';
    let tail = form === RouterosForm.thingsboardGateway ? OBJECT_END : LIST_END;
    if (form < RouterosForm.thingsboard) {
      const client = form === RouterosForm.azure ? '"clientId":' + JSON.stringify(clientId) + ',' : '';
      head = '{' + client + '"t":0,"v":1,"OldestAdvertisementTimestamp":';
      const names = '{"model":' + JSON.stringify(board) + ',"sn":"","ros":' + JSON.stringify(firmware);
      tail = encodeUtf8('],"ed":' + names + ',"cpu":0,"umem":0,"fmem":0,"psu":0,"temp":0}}]}');
    }
    this.head = encodeUtf8(head);
    this.tail = new Uint8Array(Math.max(form < RouterosForm.thingsboard ? TAIL_SIZE : 0, tail.length));
    this.tail.set(tail);
    this.tailLength = tail.length;
  }

  /** Takes the figures that stand behind the tags in the first forms. */
  note(report: HealthReport): void {
    const { tail } = this;
    if (this.form >= RouterosForm.thingsboard) return;
    let at = put(TAIL_BEGIN, tail, 0, tail.length);
    at = put(TAIL_REST, tail, writeRouter(report, tail, at, tail.length), tail.length);
    // Names that are too long for their place are left out.
    this.tailLength = at < 0 ? put(SHORT_TAIL, tail, 0, tail.length) : at;
  }

  begin(report: Report, into: Uint8Array, from: number, to: number): boolean {
    this.into = into;
    this.from = from;
    this.to = (to > into.length ? into.length : to) - this.tailLength;
    this.count = 0;
    let at = put(this.head, into, from, this.to);
    if (this.form < RouterosForm.thingsboard) {
      at = writeTime(report.unixTime, into, at, this.to);
      at = put(OLDEST, into, at, this.to);
      at = put(this.location, into, at, this.to);
    }
    this.at = at;
    return at >= 0 && this.add(report);
  }

  add(report: Report): boolean {
    if (this.count >= this.maxReports || this.has(report)) return false;
    const { into, to } = this;
    let at = this.count === 0 ? this.at : putByte(COMMA, into, this.at, to);
    if (this.form === RouterosForm.thingsboardGateway) at = this.putDevice(report, at);
    else at = this.form < RouterosForm.thingsboard ? this.putTag(report, at) : this.putPoint(report, at);
    if (at < 0) return false;
    this.at = at;
    this.count++;
    return true;
  }

  end(): number {
    const { into, tail, tailLength } = this;
    for (let i = 0; i < tailLength; i++) into[this.at + i] = tail[i]!;
    return this.at + tailLength - this.from;
  }

  private putTag(report: Report, at: number): number {
    const { into, to } = this;
    at = put(TAG, into, at, to);
    at = writeAddressDigits(report.address, into, at, to);
    at = put(ID_END, into, at, to);
    at = put(TIME, into, putByte(COMMA, into, at, to), to);
    at = writeTime(report.unixTime, into, at, to);
    if (report.rssi !== RSSI_UNKNOWN) at = writeNumber(RSSI, report.rssi, 0, into, at, to);
    at = put(AD_BEGIN, into, at, to);
    at = this.putAdvertisement(report, at);
    return put(AD_END, into, at, to);
  }

  private putPoint(report: Report, at: number): number {
    const { into, to } = this;
    const { reading } = report;
    at = this.putTime(report, at);
    at = put(ID, into, at, to);
    at = writeAddressDigits(report.address, into, at, to);
    at = put(ID_END, into, at, to);
    // The scripts put numbers into quotes, too.
    if (report.rssi !== RSSI_UNKNOWN) {
      at = put(RSSI_TEXT, into, at, to);
      if (at >= 0) at = writeDecimal(report.rssi, 0, into, at, to);
      at = putByte(QUOTE, into, at, to);
    }
    if (reading.has(Field.temperature)) {
      at = put(TEMPERATURE, into, at, to);
      at = this.putTemperature(Math.round(reading.get(Field.temperature) * 256), at);
      at = putByte(QUOTE, into, at, to);
    }
    at = put(AD, into, at, to);
    at = this.putAdvertisement(report, at);
    at = putByte(CLOSE, into, putByte(QUOTE, into, at, to), to);
    return report.unixTime === 0 ? at : putByte(CLOSE, into, at, to);
  }

  private putDevice(report: Report, at: number): number {
    const { into, to } = this;
    at = putByte(QUOTE, into, at, to);
    at = writeAddress(report.address, into, at, to);
    // The brace belongs to what `putTime` begins.
    at = put(DEVICE, into, at, to);
    at = this.putTime(report, at < 0 ? -1 : at - 1);
    at = put(this.reporter, into, at, to);
    if (report.rssi !== RSSI_UNKNOWN) at = writeNumber(RSSI, report.rssi, 0, into, at, to);
    at = putByte(CLOSE, into, at, to);
    if (report.unixTime !== 0) at = putByte(CLOSE, into, at, to);
    at = put(DEVICE_END, into, at, to);
    if (at >= 0) this.addresses.set(report.address, this.count * ADDRESS_SIZE);
    return at;
  }

  /** `{"ts":…,"values":{`, or `{` where the time is not known. */
  private putTime(report: Report, at: number): number {
    const { into, to } = this;
    at = putByte(OPEN, into, at, to);
    if (report.unixTime === 0) return at;
    at = put(TIME, into, at, to);
    at = writeTime(report.unixTime, into, at, to);
    return put(VALUES, into, at, to);
  }

  /** `steps` are 1/256 °C: as four digits, the two's complement; or as the scripts compute thousandths. */
  private putTemperature(steps: number, at: number): number {
    const { into, to, form } = this;
    if (form === RouterosForm.thingsboardDecimal) {
      return at < 0 ? -1 : writeDecimal(Math.trunc((steps * 125) / 32), 0, into, at, to);
    }
    for (let shift = 12; shift >= 0; shift -= 4) at = putByte(HEX[(steps >> shift) & 15]!, into, at, to);
    return at;
  }

  private putAdvertisement(report: Report, at: number): number {
    const length = this.advertisement.write(report);
    return writeHex(HEX, this.advertisement.bytes, 0, length, this.into, at, this.to);
  }

  /** True when the message has a device for this tag already. */
  private has(report: Report): boolean {
    const { addresses, count } = this;
    if (addresses.length === 0) return false;
    for (let i = 0; i < count; i++) {
      let same = 0;
      while (same < ADDRESS_SIZE && addresses[i * ADDRESS_SIZE + same] === report.address[same]) same++;
      if (same === ADDRESS_SIZE) return true;
    }
    return false;
  }
}

/** The figures of the router, the brace not closed. What is not known is 0. */
function writeRouter(report: HealthReport, into: Uint8Array, at: number, to: number): number {
  const begin = at;
  // `writeText` begins with a comma, whose place the brace takes.
  at = writeText(MODEL, report.model, into, at, to);
  if (at >= 0) into[begin] = OPEN;
  at = writeText(SERIAL, report.serial, into, at, to);
  at = writeText(ROS, report.firmware, into, at, to);
  at = writeNumber(CPU, known(report.load), 0, into, at, to);
  at = writeNumber(USED, known(report.usedMemory), 0, into, at, to);
  return writeNumber(FREE, known(report.freeMemory), 0, into, at, to);
}

function known(value: number): number {
  return value < 0 ? 0 : value;
}

/** As RouterOS prints it: `02:21:18`, `1d02:21:18`, `2w1d02:21:18`. */
function writeUptime(seconds: number, into: Uint8Array, at: number, to: number): number {
  seconds = Math.floor(seconds);
  const days = Math.floor(seconds / 86400);
  if (at >= 0 && days >= 7) at = putByte(0x77, into, writeDecimal(Math.floor(days / 7), 0, into, at, to), to);
  if (at >= 0 && days % 7 > 0) at = putByte(0x64, into, writeDecimal(days % 7, 0, into, at, to), to);
  at = writeTwo(Math.floor(seconds / 3600) % 24, into, at, to);
  at = writeTwo(Math.floor(seconds / 60) % 60, into, putByte(COLON, into, at, to), to);
  return writeTwo(seconds % 60, into, putByte(COLON, into, at, to), to);
}

function writeTwo(value: number, into: Uint8Array, at: number, to: number): number {
  at = putByte(0x30 + Math.floor(value / 10), into, at, to);
  return putByte(0x30 + (value % 10), into, at, to);
}
