import { writeDecimal } from '../../bytes/decimal.js';
import { HEX, writeHex } from '../../bytes/hex.js';
import { put, putByte, writeNumber, writeText } from '../../bytes/json-writer.js';
import { encodeUtf8 } from '../../mqtt/utf8.js';
import { Field } from '../../tags/field.js';
import { FormatNumber } from '../../tags/frame.js';
import { IdentityKind } from '../../tags/reading.js';
import { ADDRESS_SIZE, RSSI_UNKNOWN } from '../../tags/tag-table.js';
import type { HealthReport } from '../../telemetry/health-report.js';
import { ReportKind } from '../../telemetry/report/report.js';
import type { Report } from '../../telemetry/report/report.js';
import { writeUuid } from '../items.js';
import { ShapeProfile } from '../shape-profile.js';

const HYPHEN = 0x2d;
const CLOSE = 0x7d;
/** Bytes of the longest identifier: the word, a UUID, two numbers. */
const MAX_ID = 8 + 36 + 12;
/** What ESPresense takes for a device of which nothing is known: dBm at 1 m, and the absorption of a room. */
const RSSI_AT_1M = -65;
const ABSORPTION = 2.7;

const IBEACON = encodeUtf8('iBeacon:');
const MAC = encodeUtf8('{"mac":"');
const ID = encodeUtf8('","id":"');
const REFERENCE = encodeUtf8('","rssi@1m":');
const RSSI = encodeUtf8('"rssi":');
const RAW = encodeUtf8('"raw":');
const DISTANCE = encodeUtf8('"distance":');

const UPTIME = encodeUtf8('{"uptime":');
const FIRMWARE = encodeUtf8('"ver":');
const ADVERTS = encodeUtf8('"adverts":');
const SEEN = encodeUtf8('"seen":');
const FREE_HEAP = encodeUtf8('"freeHeap":');

/**
 * Readings as a node of ESPresense tells how far away a device is, on `espresense/devices/{id}/{room}`:
 *
 *     {"mac":"dc2c6e0fc03d","id":"dc2c6e0fc03d","rssi@1m":-65,"rssi":-61,"raw":0.71,"distance":0.71}
 *
 * `id` is `iBeacon:{uuid}-{major}-{minor}` for an iBeacon, else the address. `raw` follows from signal strength alone;
 * `distance` is the report's where that knows one. A reading without signal strength has no message.
 */
export class EspresenseProfile extends ShapeProfile {
  readonly name = 'espresense';
  /** A distance of before is of no use. */
  readonly qos = 0;
  readonly maxTopicLength: number;
  private readonly devices: Uint8Array;
  private readonly room: Uint8Array;

  /** `base`: the first levels with their slash. */
  constructor(base: string, room: string) {
    const own = base + 'rooms/' + room;
    super({ status: own + '/status', online: 'online', offline: 'offline', health: own + '/telemetry' });
    this.devices = encodeUtf8(base + 'devices/');
    this.room = encodeUtf8('/' + room);
    this.maxTopicLength = this.devices.length + MAX_ID + this.room.length;
  }

  messages(report: Report): number {
    return report.kind === ReportKind.reading && report.rssi !== RSSI_UNKNOWN ? 1 : 0;
  }

  protected putTopic(report: Report, into: Uint8Array, at: number, to: number): number {
    at = putId(report, into, put(this.devices, into, at, to), to);
    return put(this.room, into, at, to);
  }

  protected putPayload(report: Report, into: Uint8Array, at: number, to: number): number {
    const { reading, rssi } = report;
    const reference = reading.has(Field.rssiAt1m) ? reading.get(Field.rssiAt1m) : RSSI_AT_1M;
    const raw = Math.pow(10, (reference - rssi) / (10 * ABSORPTION));
    at = put(MAC, into, at, to);
    at = writeHex(HEX, report.address, 0, ADDRESS_SIZE, into, at, to);
    at = putId(report, into, put(ID, into, at, to), to);
    at = put(REFERENCE, into, at, to);
    if (at >= 0) at = writeDecimal(reference, 0, into, at, to);
    at = writeNumber(RSSI, rssi, 0, into, at, to);
    at = writeNumber(RAW, raw, 2, into, at, to);
    at = writeNumber(DISTANCE, report.distance > 0 ? report.distance : raw, 2, into, at, to);
    return putByte(CLOSE, into, at, to);
  }

  /** What of a node's telemetry there is here: `{"uptime":3600,"ver":"0.1.0","rssi":-61,"adverts":9,"seen":3}`. */
  protected putHealth(report: HealthReport, into: Uint8Array, at: number, to: number): number {
    at = put(UPTIME, into, at, to);
    if (at >= 0) at = writeDecimal(Math.floor(report.uptime), 0, into, at, to);
    at = writeText(FIRMWARE, report.firmware, into, at, to);
    if (report.rssi !== 0) at = writeNumber(RSSI, report.rssi, 0, into, at, to);
    at = writeNumber(ADVERTS, report.advertisements, 0, into, at, to);
    at = writeNumber(SEEN, report.tags, 0, into, at, to);
    if (report.freeMemory >= 0) at = writeNumber(FREE_HEAP, report.freeMemory, 0, into, at, to);
    return putByte(CLOSE, into, at, to);
  }
}

function putId(report: Report, into: Uint8Array, at: number, to: number): number {
  const { reading } = report;
  if (reading.format !== FormatNumber.ibeacon || reading.identityKind !== IdentityKind.uuid) {
    return writeHex(HEX, report.address, 0, ADDRESS_SIZE, into, at, to);
  }
  at = writeUuid(reading.identity, into, put(IBEACON, into, at, to), to);
  at = putByte(HYPHEN, into, at, to);
  if (at >= 0) at = writeDecimal(reading.get(Field.major), 0, into, at, to);
  at = putByte(HYPHEN, into, at, to);
  return at < 0 ? -1 : writeDecimal(reading.get(Field.minor), 0, into, at, to);
}
