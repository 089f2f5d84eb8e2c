import { writeDecimal } from '../../bytes/decimal.js';
import { CAPITAL_HEX, HEX } from '../../bytes/hex.js';
import { encodeUtf8 } from '../../mqtt/utf8.js';
import { buttonEventNames, eventNames } from '../../tags/field-names.js';
import { Field, FIELD_COUNT, STATE_COUNT } from '../../tags/field.js';
import { ADDRESS_SIZE } from '../../tags/tag-table.js';
import { formatTexts, Item, itemNames } from '../items.js';
import { NameList } from '../name-list.js';
import {
  binarySensorClasses,
  Component,
  fieldComponents,
  isInverted,
  sensorClasses,
  sensorStateClasses,
  sensorUnits,
  StateClass,
  stateClassNames,
} from './components.js';
import { WindowedJson } from './document.js';

/** Words of a tag's traits: which of its fields and states are known. */
export const TRAIT_WORDS = 6;
/** Where the states begin, behind the fields. */
export const TRAIT_STATES = 4;

/** What all messages of one gateway have in common; texts in UTF-8. */
export interface DiscoveryOptions {
  /** The gateway's name in topics, `[a-zA-Z0-9_-]` only. */
  gateway: string;
  /** `{prefix}/{gateway}`: where status, readings, presence and health are. */
  base: string;
  firmware: string;
  /** The board's name, as the model of the gateway. */
  board: string;
  /** True when presence is reported, which then tells whether a tag is available. */
  presence: boolean;
  /** True when commands reach the device: the ways to restart, to find, and to switch the scan. */
  commands: boolean;
}

const SCRATCH = 48;

/** Number of the reed switch among the names of events. */
const REED_SWITCH = 0;

// Pieces of JSON, each with what stands around it.
const DEVICE = encodeUtf8('"dev":{"ids":["');
const CONNECTIONS = encodeUtf8('"],"cns":[["bluetooth","');
const DEVICE_NAME = encodeUtf8('"]],"name":"');
const VIA = encodeUtf8('","via_device":"');
const END_AVAILABILITY = encodeUtf8('],"avty_mode":"all"');
const PRESENCE_AVAILABILITY = encodeUtf8(',{"t":"');
const PRESENCE_TEMPLATE = encodeUtf8(
  '","val_tpl":"{{value_json.presence}}","pl_avail":"arrived","pl_not_avail":"away"}',
);
const PRESENCE_LEVEL = encodeUtf8('/presence/');
const TAGS = encodeUtf8('/tags/');
const STATE_TOPIC = encodeUtf8('stat_t');
const STRING = encodeUtf8('":"');
const COMPONENTS = encodeUtf8('"cmps":');
const PLATFORM = encodeUtf8('"p":"');
const UNIQUE_ID = encodeUtf8(',"uniq_id":"');
const ENTITY_ID = encodeUtf8(',"def_ent_id":"');
const COMPONENT_NAME = encodeUtf8(',"name":"');
const DEVICE_CLASS = encodeUtf8(',"dev_cla":"');
const UNIT = encodeUtf8(',"unit_of_meas":"');
const STATE_CLASS = encodeUtf8(',"stat_cla":"');
const DIAGNOSTIC = encodeUtf8(',"ent_cat":"diagnostic"');
const EXPIRE = encodeUtf8(',"exp_aft":');
const SENSOR = encodeUtf8('sensor');
const BINARY_SENSOR = encodeUtf8('binary_sensor');
const EVENT = encodeUtf8('event');
const RSSI = encodeUtf8('rssi');
const RSSI_COMPONENT = encodeUtf8(
  '"rssi":{"p":"sensor","name":"Signal strength","dev_cla":"signal_strength","unit_of_meas":"dBm",' +
    '"stat_cla":"measurement","ent_cat":"diagnostic","val_tpl":"{{value_json.rssi|default(\'\')}}"',
);
// A report has some of the fields of its tag; what is not there renders to nothing, which Home Assistant ignores.
const VALUE = encodeUtf8(',"val_tpl":"{{value_json.');
const OR_NOTHING = encodeUtf8("|default('')}}");
const AS_TIME = encodeUtf8('|as_datetime if value_json.timestamp is defined}}');
const ON_IS_TRUE = encodeUtf8(',"pl_on":"True","pl_off":"False"');
const OFF_IS_TRUE = encodeUtf8(',"pl_on":"False","pl_off":"True"');
const IF_BUTTON = encodeUtf8(',"val_tpl":"{% if value_json.');
const IS_PRESSED = encodeUtf8("|default('none')!='none' %}{\\\"event_type\\\":\\\"{{value_json.");
const END_EVENT = encodeUtf8('}}\\"}{% endif %}"');
const REED_SWITCH_VALUE = encodeUtf8(
  ',"val_tpl":"{{\'reedSwitch\' in value_json.events if value_json.events is defined}}"' +
    ',"pl_on":"True","pl_off":"False"',
);
const EVENTS_VALUE = encodeUtf8(
  ',"evt_typ":' +
    namesFrom(eventNames, REED_SWITCH + 1) +
    ",\"val_tpl\":\"{% set e=value_json.events|default([])|reject('eq','reedSwitch')|list %}" +
    '{% if e %}{\\"event_type\\":\\"{{e[-1]}}\\"}{% endif %}"',
);
const BUTTON_TYPES = encodeUtf8(',"dev_cla":"button","evt_typ":' + namesFrom(buttonEventNames, 1));

const classTexts = new NameList(sensorClasses);
const unitTexts = new NameList(sensorUnits);
const binaryTexts = new NameList(binarySensorClasses);
const statisticsTexts = new NameList(stateClassNames);

const QUOTE = 0x22;
const COMMA = 0x2c;
const HYPHEN = 0x2d;
const DOT = 0x2e;
const COLON = 0x3a;
const UNDERSCORE = 0x5f;
const SPACE = 0x20;

/**
 * Writes Home Assistant's discovery messages, one for each device (home-assistant.io, MQTT, "Device discovery
 * payload"): for a tag, with what its traits say that it measures, and for the gateway itself. Keys are abbreviated. A
 * message is longer than a payload buffer, so it is written piece by piece.
 *
 * Identifiers contain the gateway's name: two gateways that hear one tag describe one device with entities of both.
 * Nothing but the constructor allocates.
 */
export class DiscoveryWriter {
  private readonly json = new WindowedJson();
  private readonly gateway: Uint8Array;
  private readonly base: Uint8Array;
  private readonly origin: Uint8Array;
  private readonly gatewayDevice: Uint8Array;
  private readonly gatewayComponents: Uint8Array;
  private readonly status: Uint8Array;
  private readonly presence: boolean;
  private readonly scratch = new Uint8Array(SCRATCH);

  /** Allocates; for start-up. */
  constructor(options: DiscoveryOptions) {
    const { gateway, base, firmware, board } = options;
    this.presence = options.presence;
    this.gateway = encodeUtf8(gateway);
    this.base = encodeUtf8(base);
    this.origin = encodeUtf8('"o":{"name":"tagwire","sw":' + JSON.stringify(firmware) + '}');
    this.status = encodeUtf8(
      '"avty":[{"t":' + JSON.stringify(base + '/status') + ',"val_tpl":"{{value_json.status}}"}',
    );
    this.gatewayDevice = encodeUtf8(
      '"dev":{"ids":["' + gateway + '"],"name":"' + gateway + '","mf":"Tagwire","mdl":' + JSON.stringify(board) + '}',
    );
    this.gatewayComponents = encodeUtf8(gatewayComponents(options));
  }

  /** Bytes of the message of a tag; see `readTag`. */
  tagLength(
    address: Uint8Array,
    addressAt: number,
    format: number,
    traits: Uint32Array,
    traitsAt: number,
    expireAfter: number,
  ): number {
    this.json.begin(0, this.scratch, 0, 0);
    this.writeTag(address, addressAt, format, traits, traitsAt, expireAfter);
    return this.json.position;
  }

  /**
   * Writes the bytes of a tag's message that begin at `offset` to `into[from..to)`, as many as fit. `traits` has
   * `TRAIT_WORDS` words: bits of fields, and from word `TRAIT_STATES` on those of states. `expireAfter` in seconds
   * after which values are unknown; 0: never.
   */
  readTag(
    offset: number,
    into: Uint8Array,
    from: number,
    to: number,
    address: Uint8Array,
    addressAt: number,
    format: number,
    traits: Uint32Array,
    traitsAt: number,
    expireAfter: number,
  ): void {
    this.json.begin(offset, into, from, to);
    this.writeTag(address, addressAt, format, traits, traitsAt, expireAfter);
  }

  /** Bytes of the message of the gateway. */
  gatewayLength(): number {
    this.json.begin(0, this.scratch, 0, 0);
    this.writeGateway();
    return this.json.position;
  }

  /** As `readTag`, for the gateway. */
  readGateway(offset: number, into: Uint8Array, from: number, to: number): void {
    this.json.begin(offset, into, from, to);
    this.writeGateway();
  }

  private writeGateway(): void {
    const { json } = this;
    json.open();
    this.put(this.gatewayDevice);
    json.putByte(COMMA);
    this.put(this.origin);
    json.putByte(COMMA);
    this.put(this.status);
    this.put(END_AVAILABILITY);
    json.putByte(COMMA);
    this.put(this.gatewayComponents);
    json.close();
  }

  private writeTag(
    address: Uint8Array,
    addressAt: number,
    format: number,
    traits: Uint32Array,
    traitsAt: number,
    expireAfter: number,
  ): void {
    const { json } = this;
    json.open();
    this.writeDevice(address, addressAt, format);
    json.putByte(COMMA);
    this.put(this.origin);
    json.putByte(COMMA);
    this.put(this.status);
    if (this.presence) {
      this.put(PRESENCE_AVAILABILITY);
      this.put(this.base);
      this.put(PRESENCE_LEVEL);
      this.putAddress(address, addressAt, 0);
      this.put(PRESENCE_TEMPLATE);
    }
    this.put(END_AVAILABILITY);
    json.putByte(COMMA);
    json.putByte(QUOTE);
    this.put(STATE_TOPIC);
    this.put(STRING);
    this.put(this.base);
    this.put(TAGS);
    this.putAddress(address, addressAt, 0);
    json.endMember();
    json.putByte(COMMA);
    this.put(COMPONENTS);
    this.writeRssi(address, addressAt, expireAfter);
    for (let field = 0; field < FIELD_COUNT; field++) {
      if ((traits[traitsAt + (field >> 5)]! & (1 << (field & 31))) === 0) continue;
      const component = fieldComponents[field]!;
      if (component === Component.none) continue;
      if (component === Component.flags) this.writeFlags(address, addressAt);
      else if (component === Component.button) this.writeButton(field, address, addressAt);
      else this.writeSensor(field, component, address, addressAt, expireAfter);
    }
    for (let state = 0; state < STATE_COUNT; state++) {
      if ((traits[traitsAt + TRAIT_STATES + (state >> 5)]! & (1 << (state & 31))) === 0) continue;
      this.writeState(state, address, addressAt, expireAfter);
    }
    json.close();
    json.close();
  }

  private writeDevice(address: Uint8Array, addressAt: number, format: number): void {
    const { json } = this;
    this.put(DEVICE);
    this.putAddress(address, addressAt, 0);
    this.put(CONNECTIONS);
    this.putAddress(address, addressAt, COLON);
    this.put(DEVICE_NAME);
    this.putName(formatTexts, format);
    json.putByte(SPACE);
    // The last two bytes tell one tag from another, as makers print them on their tags.
    this.putHex(CAPITAL_HEX, address, addressAt + ADDRESS_SIZE - 2, addressAt + ADDRESS_SIZE);
    this.put(VIA);
    this.put(this.gateway);
    json.endMember();
    json.close();
  }

  private writeRssi(address: Uint8Array, addressAt: number, expireAfter: number): void {
    const { json } = this;
    json.open();
    this.put(RSSI_COMPONENT);
    this.put(UNIQUE_ID);
    this.putUniqueId(address, addressAt);
    this.put(RSSI);
    json.endMember();
    this.writeExpiry(expireAfter);
    json.close();
  }

  private writeSensor(
    field: number,
    component: Component,
    address: Uint8Array,
    addressAt: number,
    expireAfter: number,
  ): void {
    const { json } = this;
    this.beginComponent(Item.fields + field, SENSOR, address, addressAt);
    if (classTexts.length(field) > 0) {
      this.put(DEVICE_CLASS);
      this.putName(classTexts, field);
      json.endMember();
    }
    if (unitTexts.length(field) > 0) {
      this.put(UNIT);
      this.putName(unitTexts, field);
      json.endMember();
    }
    if (sensorStateClasses[field]! > 0) {
      this.put(STATE_CLASS);
      this.putName(statisticsTexts, sensorStateClasses[field]!);
      json.endMember();
    }
    if (component === Component.diagnostic) this.put(DIAGNOSTIC);
    this.put(VALUE);
    this.putName(itemNames, Item.fields + field);
    this.put(component === Component.time ? AS_TIME : OR_NOTHING);
    json.endMember();
    this.writeExpiry(expireAfter);
    json.close();
  }

  private writeState(state: number, address: Uint8Array, addressAt: number, expireAfter: number): void {
    const { json } = this;
    this.beginComponent(Item.states + state, BINARY_SENSOR, address, addressAt);
    if (binaryTexts.length(state) > 0) {
      this.put(DEVICE_CLASS);
      this.putName(binaryTexts, state);
      json.endMember();
    }
    this.put(VALUE);
    this.putName(itemNames, Item.states + state);
    this.put(OR_NOTHING);
    json.endMember();
    this.put(isInverted(state) ? OFF_IS_TRUE : ON_IS_TRUE);
    this.writeExpiry(expireAfter);
    json.close();
  }

  private writeButton(field: number, address: Uint8Array, addressAt: number): void {
    const { json } = this;
    this.beginComponent(Item.fields + field, EVENT, address, addressAt);
    this.put(BUTTON_TYPES);
    this.put(IF_BUTTON);
    this.putName(itemNames, Item.fields + field);
    this.put(IS_PRESSED);
    this.putName(itemNames, Item.fields + field);
    this.put(END_EVENT);
    json.close();
  }

  /** What lasts is a state, what happens an event. */
  private writeFlags(address: Uint8Array, addressAt: number): void {
    const { json } = this;
    this.beginComponent(Item.eventBits + REED_SWITCH, BINARY_SENSOR, address, addressAt);
    this.put(REED_SWITCH_VALUE);
    json.close();
    this.beginComponent(Item.fields + Field.events, EVENT, address, addressAt);
    this.put(EVENTS_VALUE);
    json.close();
  }

  /** The key, the platform, the identifiers and the name; the caller goes on with members, and closes it. */
  private beginComponent(item: number, platform: Uint8Array, address: Uint8Array, addressAt: number): void {
    const { json, scratch } = this;
    const length = itemNames.put(item, scratch, 0, SCRATCH);
    json.beginName();
    json.put(scratch, 0, length);
    json.endName();
    json.open();
    this.put(PLATFORM);
    this.put(platform);
    json.endMember();
    this.put(UNIQUE_ID);
    this.putUniqueId(address, addressAt);
    json.put(scratch, 0, length);
    json.endMember();
    this.put(ENTITY_ID);
    this.put(platform);
    json.putByte(DOT);
    this.putSmallId(address, addressAt);
    this.putSnake(length);
    json.endMember();
    this.put(COMPONENT_NAME);
    this.putWords(length);
    json.endMember();
  }

  private writeExpiry(seconds: number): void {
    if (seconds <= 0) return;
    this.put(EXPIRE);
    this.json.put(this.scratch, 0, writeDecimal(seconds, 0, this.scratch, 0, SCRATCH));
  }

  private put(bytes: Uint8Array): void {
    this.json.put(bytes, 0, bytes.length);
  }

  private putName(names: Pick<NameList, 'put'>, number: number): void {
    this.json.put(this.scratch, 0, names.put(number, this.scratch, 0, SCRATCH));
  }

  /** `shed_DC2C6E0FC03D_` */
  private putUniqueId(address: Uint8Array, addressAt: number): void {
    this.put(this.gateway);
    this.json.putByte(UNDERSCORE);
    this.putAddress(address, addressAt, 0);
    this.json.putByte(UNDERSCORE);
  }

  /** Entities are named in small letters, digits and underscores. */
  private putSmallId(address: Uint8Array, addressAt: number): void {
    const { json, gateway } = this;
    for (let i = 0; i < gateway.length; i++) {
      const byte = gateway[i]!;
      json.putByte(byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte === HYPHEN ? UNDERSCORE : byte);
    }
    json.putByte(UNDERSCORE);
    this.putHex(HEX, address, addressAt, addressAt + ADDRESS_SIZE);
    json.putByte(UNDERSCORE);
  }

  /** `accelerationX`, in the scratch, as `acceleration_x`. */
  private putSnake(length: number): void {
    const { json, scratch } = this;
    for (let i = 0; i < length; i++) {
      const byte = scratch[i]!;
      const capital = byte >= 0x41 && byte <= 0x5a;
      if (capital && i > 0) json.putByte(UNDERSCORE);
      json.putByte(capital ? byte + 0x20 : byte);
    }
  }

  /** `temperature2`, in the scratch, as `Temperature 2`. */
  private putWords(length: number): void {
    const { json, scratch } = this;
    for (let i = 0; i < length; i++) {
      const byte = scratch[i]!;
      if (i === 0) {
        json.putByte(byte - 0x20);
        continue;
      }
      const capital = byte >= 0x41 && byte <= 0x5a;
      const digit = byte >= 0x30 && byte <= 0x39;
      const afterDigit = scratch[i - 1]! >= 0x30 && scratch[i - 1]! <= 0x39;
      if (capital || (digit && !afterDigit)) json.putByte(SPACE);
      // A single letter, such as that of an axis, stays as it is.
      json.putByte(capital && i + 1 < length ? byte + 0x20 : byte);
    }
  }

  private putAddress(address: Uint8Array, addressAt: number, separator: number): void {
    for (let i = 0; i < ADDRESS_SIZE; i++) {
      if (i > 0 && separator > 0) this.json.putByte(separator);
      this.putHex(CAPITAL_HEX, address, addressAt + i, addressAt + i + 1);
    }
  }

  private putHex(digits: Uint8Array, bytes: Uint8Array, from: number, to: number): void {
    for (let i = from; i < to; i++) {
      this.json.putByte(digits[bytes[i]! >> 4]!);
      this.json.putByte(digits[bytes[i]! & 15]!);
    }
  }
}

/** What the gateway says of itself, from its health reports, and what it can be told. */
function gatewayComponents({ gateway, base, commands }: DiscoveryOptions): string {
  const health = base + '/health';
  const cmps: { [key: string]: object } = {};
  const add = (key: string, platform: string, members: object): void => {
    const def_ent_id = platform + '.' + (gateway + '_' + key).toLowerCase().replaceAll('-', '_');
    cmps[key] = Object.assign({ p: platform, uniq_id: gateway + '_' + key, def_ent_id }, members);
  };
  const sensor = (key: string, name: string, deviceClass: string, unit: string, statistics: StateClass): void => {
    const members: { [key: string]: unknown } = { name, stat_t: health, ent_cat: 'diagnostic' };
    if (deviceClass !== '') members.dev_cla = deviceClass;
    if (unit !== '') members.unit_of_meas = unit;
    members.stat_cla = stateClassNames[statistics];
    members.val_tpl = '{{value_json.' + key + "|default('')}}";
    add(key, 'sensor', members);
  };
  sensor('uptime', 'Uptime', 'duration', 's', StateClass.totalIncreasing);
  sensor('rssi', 'Wi-Fi signal', 'signal_strength', 'dBm', StateClass.measurement);
  sensor('connects', 'Connections', '', '', StateClass.totalIncreasing);
  sensor('outbox', 'Waiting readings', '', '', StateClass.measurement);
  sensor('dropped', 'Dropped readings', '', '', StateClass.totalIncreasing);
  sensor('tags', 'Tags', '', '', StateClass.measurement);
  sensor('advertisementsPerSecond', 'Advertisements', '', 'Hz', StateClass.measurement);
  if (commands) {
    const cmd_t = base + '/cmd/home-assistant';
    const call = (method: string, params?: object): string => JSON.stringify({ method, params });
    add('scan', 'switch', {
      name: 'Scan',
      cmd_t,
      pl_on: call('scan', { on: true }),
      pl_off: call('scan', { on: false }),
      stat_t: health,
      val_tpl: "{{'off' if value_json.scanner|default('')=='stopped' else 'on'}}",
      stat_on: 'on',
      stat_off: 'off',
    });
    add('restart', 'button', { name: 'Restart', dev_cla: 'restart', cmd_t, pl_prs: call('reboot') });
    add('identify', 'button', { name: 'Identify', dev_cla: 'identify', cmd_t, pl_prs: call('identify') });
  }
  return '"cmps":' + JSON.stringify(cmps);
}

/** A JSON array of the names from `first` on. */
function namesFrom(names: readonly string[], first: number): string {
  let text = '';
  for (let i = first; i < names.length; i++) text += (i > first ? ',"' : '["') + names[i]! + '"';
  return text + ']';
}
