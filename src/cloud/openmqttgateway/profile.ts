import { writeDecimal } from '../../bytes/decimal.js';
import { HEX, writeAddress, writeAddressDigits, writeHex } from '../../bytes/hex.js';
import { COMMA, FALSE, put, putByte, QUOTE, TRUE, writeNumber, writeText } from '../../bytes/json-writer.js';
import { encodeUtf8 } from '../../mqtt/utf8.js';
import { eventNames, fieldDecimals, fieldNames } from '../../tags/field-names.js';
import { Field, State, STATE_COUNT } from '../../tags/field.js';
import { FormatNumber } from '../../tags/frame.js';
import { IdentityKind } from '../../tags/reading.js';
import { ADDRESS_SIZE, RSSI_UNKNOWN } from '../../tags/tag-table.js';
import type { HealthReport } from '../../telemetry/health-report.js';
import { ReportKind } from '../../telemetry/report/report.js';
import type { Report } from '../../telemetry/report/report.js';
import { isButton, Item, itemNames } from '../items.js';
import { writeItemJson } from '../json/report-json.js';
import { NameList } from '../name-list.js';
import { ShapeProfile } from '../shape-profile.js';

const COLON = 0x3a;
const CLOSE = 0x7d;
/** m/s² in g; the decoder gives accelerations in m/s². */
const GRAVITY = 9.80665;

const ID = encodeUtf8('{"id":"');
const ID_END = encodeUtf8('"');
const RSSI = encodeUtf8('"rssi":');
const RUUVI = encodeUtf8(',"brand":"Ruuvi","model":"RuuviTag","model_id":"RuuviTag_RAWv2"');
const BEACON = encodeUtf8(',"brand":"GENERIC","model":"iBeacon","model_id":"IBEACON","mfid":"4c00","uuid":"');
const PRESENT = encodeUtf8(',"presence":"present"}');
const ABSENT = encodeUtf8(',"presence":"absent","state":"offline"}');
const FAHRENHEIT = encodeUtf8('"tempf":');
const DISTANCE = encodeUtf8('"distance":');
const OPEN = encodeUtf8(',"open":');

const UPTIME = encodeUtf8('{"uptime":');
const VERSION = encodeUtf8('"version":');
const FREE_MEMORY = encodeUtf8('"freemem":');

/** What Theengs Decoder calls each field; what it has no name for keeps its own. */
const names = new NameList(listNames());

/**
 * Readings as OpenMQTTGateway and Theengs Gateway send them, on `home/{gateway}/BTtoMQTT/{AABBCCDDEEFF}`
 * (`main/ZgatewayBT` of the one, `TheengsGateway/ble_gateway.py` of the other, names of `src/devices` of
 * theengs/decoder):
 *
 *     {"id":"DC:2C:6E:0F:C0:3D","rssi":-61,"tempc":23.38,"tempf":74.08,"batt":100,"accx":-0.118}
 *
 * `brand`, `model` and `model_id` are there for RuuviTags and iBeacons. Accelerations are in m/s². `LWT` is retained
 * and `online` or `offline`. Of a tag that arrived or is away, on the same topic:
 *
 *     {"id":"DC:2C:6E:0F:C0:3D","rssi":-61,"presence":"present"}
 *     {"id":"DC:2C:6E:0F:C0:3D","presence":"absent","state":"offline"}
 *
 * `presence` is Theengs Gateway's (`general_presence`), `state` OpenMQTTGateway's. The device trackers that both
 * announce to Home Assistant take a message with `rssi` for home, and one without for not home.
 */
export class OpenMqttGatewayProfile extends ShapeProfile {
  readonly name = 'openmqttgateway';
  readonly qos = 1;
  readonly maxTopicLength: number;
  private readonly topic: Uint8Array;

  /** `base`: the topic of the gateway without a slash at its end. */
  constructor(base: string) {
    super({ status: base + '/LWT', online: 'online', offline: 'offline', health: base + '/SYStoMQTT' });
    this.topic = encodeUtf8(base + '/BTtoMQTT/');
    this.maxTopicLength = this.topic.length + 2 * ADDRESS_SIZE;
  }

  messages(): number {
    return 1;
  }

  protected putTopic(report: Report, into: Uint8Array, at: number, to: number): number {
    at = put(this.topic, into, at, to);
    return writeAddressDigits(report.address, into, at, to);
  }

  protected putPayload(report: Report, into: Uint8Array, at: number, to: number): number {
    const { reading } = report;
    at = writeAddress(report.address, into, put(ID, into, at, to), to);
    at = put(ID_END, into, at, to);
    if (report.kind === ReportKind.away) return put(ABSENT, into, at, to);
    if (report.rssi !== RSSI_UNKNOWN) at = writeNumber(RSSI, report.rssi, 0, into, at, to);
    if (report.kind === ReportKind.arrived) return put(PRESENT, into, at, to);
    if (report.distance > 0 && !reading.has(Field.distance)) {
      at = writeNumber(DISTANCE, report.distance, 2, into, at, to);
    }
    if (reading.format === FormatNumber.ruuvi5) at = put(RUUVI, into, at, to);
    if (reading.format === FormatNumber.ibeacon && reading.identityKind === IdentityKind.uuid) {
      at = put(BEACON, into, at, to);
      at = put(ID_END, into, writeHex(HEX, reading.identity, 0, 16, into, at, to), to);
    }
    for (let field = reading.nextField(-1); field >= 0; field = reading.nextField(field)) {
      if (field === Field.events) at = putEvents(report, into, at, to);
      if (field >= Field.events && field <= Field.moreStatesKnown) continue;
      if (isButton(Item.fields + field)) {
        at = putButton(report, field, into, at, to);
        continue;
      }
      const value = reading.get(field);
      const isAcceleration = field >= Field.accelerationX && field <= Field.accelerationZ;
      at = putField(field, isAcceleration ? value * GRAVITY : value, into, at, to);
      if (field === Field.temperature) at = writeNumber(FAHRENHEIT, value * 1.8 + 32, 2, into, at, to);
    }
    let open = reading.getState(State.door);
    if (open < 0) open = reading.getState(State.window);
    if (open >= 0) at = put(open === 1 ? TRUE : FALSE, into, put(OPEN, into, at, to), to);
    for (let state = 0; state < STATE_COUNT; state++) {
      const value = reading.getState(state);
      if (value >= 0) at = putFlag(Item.states + state, value === 1, into, at, to);
    }
    return putByte(CLOSE, into, at, to);
  }

  /** What of the gateway's own figures there is here: `{"uptime":3600,"version":"0.1.0","freemem":1,"rssi":-61}`. */
  protected putHealth(report: HealthReport, into: Uint8Array, at: number, to: number): number {
    at = put(UPTIME, into, at, to);
    if (at >= 0) at = writeDecimal(Math.floor(report.uptime), 0, into, at, to);
    at = writeText(VERSION, report.firmware, into, at, to);
    if (report.freeMemory >= 0) at = writeNumber(FREE_MEMORY, report.freeMemory, 0, into, at, to);
    if (report.rssi !== 0) at = writeNumber(RSSI, report.rssi, 0, into, at, to);
    return putByte(CLOSE, into, at, to);
  }
}

function putField(field: number, value: number, into: Uint8Array, at: number, to: number): number {
  at = putByte(QUOTE, into, putByte(COMMA, into, at, to), to);
  at = names.put(field, into, at, to);
  at = putByte(COLON, into, putByte(QUOTE, into, at, to), to);
  return at < 0 ? -1 : writeDecimal(value, fieldDecimals[field]!, into, at, to);
}

/** What happened, each under its own name: `"freeFall":true`. */
function putEvents(report: Report, into: Uint8Array, at: number, to: number): number {
  const events = report.reading.get(Field.events);
  for (let bit = 0; bit < eventNames.length; bit++) {
    if ((events & (1 << bit)) !== 0) at = putFlag(Item.eventBits + bit, true, into, at, to);
  }
  return at;
}

function putFlag(item: number, value: boolean, into: Uint8Array, at: number, to: number): number {
  at = putByte(QUOTE, into, putByte(COMMA, into, at, to), to);
  at = itemNames.put(item, into, at, to);
  at = putByte(COLON, into, putByte(QUOTE, into, at, to), to);
  return put(value ? TRUE : FALSE, into, at, to);
}

/** What a button did, as text: `"button":"press"`. */
function putButton(report: Report, field: number, into: Uint8Array, at: number, to: number): number {
  at = putByte(QUOTE, into, putByte(COMMA, into, at, to), to);
  at = names.put(field, into, at, to);
  at = putByte(COLON, into, putByte(QUOTE, into, at, to), to);
  return writeItemJson(report, Item.fields + field, into, at, to);
}

function listNames(): string[] {
  const all: string[] = [];
  for (let field = 0; field < fieldNames.length; field++) all[field] = fieldNames[field]!;
  all[Field.temperature] = 'tempc';
  all[Field.humidity] = 'hum';
  all[Field.pressure] = 'pres';
  all[Field.accelerationX] = 'accx';
  all[Field.accelerationY] = 'accy';
  all[Field.accelerationZ] = 'accz';
  all[Field.batteryPercent] = 'batt';
  all[Field.batteryVoltage] = 'volt';
  all[Field.txPower] = 'tx';
  all[Field.rssiAt1m] = 'txpower';
  all[Field.illuminance] = 'lux';
  all[Field.moisture] = 'moi';
  all[Field.conductivity] = 'fer';
  all[Field.movementCount] = 'mov';
  all[Field.sequence] = 'seq';
  all[Field.mass] = 'weight';
  return all;
}
