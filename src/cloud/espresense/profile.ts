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
const MAX_ID = 10 + 36 + 12;
/**
 * What a node takes for a device that says nothing of itself (`DEFAULT_RX_REF_RSSI` of `include/defaults.h` and
 * `DEFAULT_TX` of `src/rssi.h`), in dBm at 1 m, and for the absorption of a room (`DEFAULT_ABSORPTION`).
 */
const RSSI_AT_1M = -65 - 6;
const ABSORPTION = 2.7;

const IBEACON = encodeUtf8('iBeacon:');
const ALTBEACON = encodeUtf8('altBeacon:');
const EDDYSTONE = encodeUtf8('eddy:');
const THERMOMETER = encodeUtf8('miTherm:');
const MAC = encodeUtf8('{"mac":"');
const ID = encodeUtf8('","id":"');
const REFERENCE = encodeUtf8('","rssi@1m":');
const RSSI = encodeUtf8('"rssi":');
const ADJUSTMENT = encodeUtf8(',"rxAdj":0');
const DISTANCE = encodeUtf8('"distance":');
const MILLIVOLTS = encodeUtf8('"mV":');
const BATTERY = encodeUtf8('"batt":');
const TEMPERATURE = encodeUtf8('"temp":');
const HUMIDITY = encodeUtf8('"rh":');

const UPTIME = encodeUtf8('{"uptime":');
const FIRMWARE = encodeUtf8('"ver":');
const ADVERTS = encodeUtf8('"adverts":');
const SEEN = encodeUtf8('"seen":');
const FREE_HEAP = encodeUtf8('"freeHeap":');

/**
 * Readings as a node of ESPresense tells how far away a device is (its firmware, `src/main.cpp` and
 * `src/BleFingerprint.cpp`), on `espresense/devices/{id}/{room}`:
 *
 *     {"mac":"dc2c6e0fc03d","id":"dc2c6e0fc03d","rssi@1m":-71,"rssi":-61,"rxAdj":0,"distance":0.43,"batt":100}
 *
 * `id`: see `putId`. `distance` is the report's where that knows one, else it follows from signal strength alone. `mV`,
 * `batt`, `temp` and `rh` are there where the tag measures them. A reading without signal strength has no message.
 *
 * This message is all there is of presence: a device that is there has one every few seconds, one that left has none,
 * and what reads them (`away_timeout` of Home Assistant's mqtt_room) takes silence for absence. Reports of arrived and
 * away have no message, also because they do not say which beacon a tag is.
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
    const { reading, rssi, distance } = report;
    const reference = reading.has(Field.rssiAt1m) ? reading.get(Field.rssiAt1m) : RSSI_AT_1M;
    at = put(MAC, into, at, to);
    at = writeHex(HEX, report.address, 0, ADDRESS_SIZE, into, at, to);
    at = putId(report, into, put(ID, into, at, to), to);
    at = put(REFERENCE, into, at, to);
    if (at >= 0) at = writeDecimal(reference, 0, into, at, to);
    at = writeNumber(RSSI, rssi, 0, into, at, to);
    at = put(ADJUSTMENT, into, at, to);
    const metres = distance > 0 ? distance : Math.pow(10, (reference - rssi) / (10 * ABSORPTION));
    at = writeNumber(DISTANCE, metres, 2, into, at, to);
    if (reading.has(Field.batteryVoltage)) {
      at = writeNumber(MILLIVOLTS, reading.get(Field.batteryVoltage) * 1000, 0, into, at, to);
    }
    at = putField(BATTERY, Field.batteryPercent, 0, report, into, at, to);
    at = putField(TEMPERATURE, Field.temperature, 2, report, into, at, to);
    at = putField(HUMIDITY, Field.humidity, 2, report, into, at, to);
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

function putField(
  key: Uint8Array,
  field: Field,
  decimals: number,
  { reading }: Report,
  into: Uint8Array,
  at: number,
  to: number,
): number {
  return reading.has(field) ? writeNumber(key, reading.get(field), decimals, into, at, to) : at;
}

/**
 * What a node calls a tag: `iBeacon:` or `altBeacon:` with UUID and two numbers, `eddy:` with namespace and instance,
 * `miTherm:` with the address for the thermometers that ATC and pvvx flash, else the address.
 */
function putId(report: Report, into: Uint8Array, at: number, to: number): number {
  const { reading, address } = report;
  const { format, identity, identityKind } = reading;
  if (identityKind === IdentityKind.uuid && (format === FormatNumber.ibeacon || format === FormatNumber.altbeacon)) {
    at = writeUuid(identity, into, put(format === FormatNumber.ibeacon ? IBEACON : ALTBEACON, into, at, to), to);
    at = putByte(HYPHEN, into, at, to);
    if (at >= 0) at = writeDecimal(reading.get(Field.major), 0, into, at, to);
    at = putByte(HYPHEN, into, at, to);
    return at < 0 ? -1 : writeDecimal(reading.get(Field.minor), 0, into, at, to);
  }
  if (identityKind === IdentityKind.eddystoneUid && format === FormatNumber.eddystoneUid) {
    // A node writes the fifth byte of the namespace twice, and consumers know the tag by that.
    at = writeHex(HEX, identity, 0, 5, into, put(EDDYSTONE, into, at, to), to);
    at = writeHex(HEX, identity, 4, 10, into, at, to);
    at = putByte(HYPHEN, into, at, to);
    return writeHex(HEX, identity, 10, 16, into, at, to);
  }
  if (format === FormatNumber.atc1441 || format === FormatNumber.pvvx) at = put(THERMOMETER, into, at, to);
  return writeHex(HEX, address, 0, ADDRESS_SIZE, into, at, to);
}
