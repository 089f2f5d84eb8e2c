import { RSSI_UNKNOWN } from '../../src/tags/index.js';
import { showValue } from '../bad-input.js';

/** An advertisement that another gateway heard. */
export interface RelayedAdvertisement {
  /** 6 bytes in the order in which they are written. */
  address: Uint8Array;
  /** 0 public, 1 random. */
  addressType: number;
  /** dBm; `RSSI_UNKNOWN` when it is not told. */
  rssi: number;
  /** AD structures. */
  bytes: Uint8Array;
  /** What the gateway calls itself. */
  gateway: string;
}

/** What a message is, or what is wrong with it: one line for people. */
export interface RelayedMessage {
  advertisements: RelayedAdvertisement[];
  faults: string[];
}

/** The topics on which the gateways below publish when they are set up as their pages say. */
export const RELAY_TOPICS: readonly string[] = [
  '+/+/BTtoMQTT/#', // OpenMQTTGateway, Theengs Gateway
  '+/+/undecoded/#', // OpenMQTTGateway with extDecoderEnable
  'ruuvi/+/+', // Ruuvi Gateway
  '+/events/rpc', // Shelly
  'tele/+/BLE', // Tasmota
  'devices/+/messages/events/#', // RouterOS
  'v1/devices/me/telemetry',
];

/** What an extended advertisement has, and thus a scanner hands on, at most. */
const MAX_BYTES = 255;
/** Shelly's event with what its BLE scanner heard (aioshelly's script, version 2). */
const SHELLY_EVENT = 'ble.scan_result';

interface Json {
  [key: string]: unknown;
}

class Fault extends Error {}

/**
 * Reads a message of a gateway that relays advertisements; which gateway it is shows in the message:
 *
 * - OpenMQTTGateway and Theengs Gateway: `id`, `manufacturerdata`, `servicedata`, `servicedatauuid`, `name`; the AD
 *   structures are put together again (docs.openmqttgateway.com, "BLE gateway").
 * - Ruuvi Gateway: `gw_mac` and `data`, one object for each topic of a tag (docs.ruuvi.com, "GW data formats").
 * - Shelly, with the script that Home Assistant installs: NotifyEvent `ble.scan_result` with base64 (aioshelly 2).
 * - RouterOS: the JSON of MikroTik's scripts for Azure and for a ThingsBoard device, `ad` in hexadecimal.
 * - Tasmota: `DetailsBLE` with `mac` and `p`.
 *
 * RSSI may be a text with a unit (`-24dBm`). Never throws.
 */
export function readRelayedMessage(topic: string, payload: string): RelayedMessage {
  const result: RelayedMessage = { advertisements: [], faults: [] };
  let message: unknown;
  try {
    message = JSON.parse(payload);
  } catch {
    result.faults.push('the message is not JSON');
    return result;
  }
  const each = (list: readonly unknown[], read: (entry: unknown) => RelayedAdvertisement): void => {
    for (const entry of list) {
      try {
        result.advertisements.push(read(entry));
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        if (!result.faults.includes(error.message)) result.faults.push(error.message);
      }
    }
  };
  if (Array.isArray(message)) each(message, (point) => readPoint(topic, point));
  else if (!isObject(message)) result.faults.push('the message is not an object or a list');
  else if (Array.isArray(message.locs)) {
    for (const place of message.locs.filter(isObject)) {
      const gateway = typeof place.id === 'string' ? place.id : topic;
      each(asList(place.tags), (tag) => readRouterosTag(gateway, tag));
    }
  } else if (isObject(message.params) && Array.isArray(message.params.events)) {
    const gateway = typeof message.src === 'string' ? message.src : topic;
    const heard = message.params.events.filter(isObject).filter(({ event }) => event === SHELLY_EVENT);
    for (const { data } of heard) each(shellyResults(data), (entry) => readShelly(gateway, entry));
  } else each([message], (single) => readSingle(topic, single as Json));
  return result;
}

function readSingle(topic: string, message: Json): RelayedAdvertisement {
  if (isObject(message.DetailsBLE)) return readTasmota(topic, message.DetailsBLE);
  if (message.gw_mac !== undefined) {
    const tag = topic.slice(topic.lastIndexOf('/') + 1);
    return advertisement(String(message.gw_mac), tag, message.rssi, fromHex('data', message.data));
  }
  return readOpenMqttGateway(topic, message);
}

function readOpenMqttGateway(topic: string, message: Json): RelayedAdvertisement {
  const { servicedata, servicedatauuid, manufacturerdata, name } = message;
  const parts: Uint8Array[] = [];
  for (const text of asTexts(manufacturerdata)) parts.push(structure(0xff, fromHex('manufacturerdata', text)));
  const uuids = asTexts(servicedatauuid);
  for (const [i, text] of asTexts(servicedata).entries()) {
    if (uuids[i] === undefined) throw new Fault('servicedata without servicedatauuid');
    const uuid = fromHex('servicedatauuid', uuids[i].replace(/^0x/i, '').replaceAll('-', '')).reverse();
    const type = { 2: 0x16, 4: 0x20, 16: 0x21 }[uuid.length];
    if (type === undefined) throw new Fault(`servicedatauuid must have 2, 4 or 16 bytes, got ${uuid.length}`);
    parts.push(structure(type, Buffer.concat([uuid, fromHex('servicedata', text)])));
  }
  if (parts.length === 0) {
    if (message.model !== undefined || message.brand !== undefined) {
      throw new Fault('it has decoded values only; set pubadvdata of the gateway to true, or extDecoderEnable');
    }
    throw new Fault('there is no advertisement in it');
  }
  // A name last, and only where there is room: formats that need it are told apart by it.
  if (typeof name === 'string' && name !== '') {
    const text = Buffer.from(name);
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    if (length + text.length + 2 <= MAX_BYTES) parts.push(structure(0x09, text));
  }
  // Behind it stands the address of the tag.
  const gateway = topic.replace(/\/(BTtoMQTT|undecoded)(\/.*)?$/, '');
  // With presenceUseBeaconUuid, `id` is a UUID.
  const address = message.mac ?? message.id;
  const random = message.mac_type === 1 ? 1 : 0;
  return advertisement(gateway, address, message.rssi, Buffer.concat(parts), random);
}

function readTasmota(topic: string, { mac, RSSI, p }: Json): RelayedAdvertisement {
  // The type of the address may stand behind it: C33130305011/1.
  const [address, type] = String(mac).split('/');
  return advertisement(topic, address, RSSI, fromHex('p', p), type === '1' ? 1 : 0);
}

function readRouterosTag(gateway: string, tag: unknown): RelayedAdvertisement {
  if (!isObject(tag)) throw new Fault('an entry of tags is not an object');
  const ad = isObject(tag.ed) ? tag.ed.ad : undefined;
  return advertisement(gateway, tag.id, tag.rssi, fromHex('ad', ad));
}

function readPoint(topic: string, point: unknown): RelayedAdvertisement {
  const values = isObject(point) && isObject(point.values) ? point.values : point;
  if (!isObject(values)) throw new Fault('an entry of the list is not an object');
  return advertisement(topic, values.id, values.rssi, fromHex('ad', values.ad));
}

/** `[2, [[address, rssi, advertisement, scan response], …]]`, or before that `[1, address, rssi, …]`. */
function shellyResults(data: unknown): unknown[] {
  const list = asList(data);
  return Array.isArray(list[1]) ? (list[1] as unknown[]) : [list.slice(1)];
}

function readShelly(gateway: string, entry: unknown): RelayedAdvertisement {
  const [address, rssi, bytes, response] = asList(entry);
  const parts = [bytes, response].filter((text) => typeof text === 'string').map((text) => fromBase64(text));
  return advertisement(gateway, address, rssi, Buffer.concat(parts));
}

function advertisement(
  gateway: string,
  address: unknown,
  rssi: unknown,
  bytes: Uint8Array,
  addressType = 0,
): RelayedAdvertisement {
  const digits = typeof address === 'string' ? address.replace(/[:-]/g, '') : '';
  if (!/^[0-9a-f]{12}$/i.test(digits)) {
    throw new Fault(`the address of a tag must be six bytes in hexadecimal, got ${showValue(String(address))}`);
  }
  if (bytes.length === 0) throw new Fault('there is no advertisement in it');
  if (bytes.length > MAX_BYTES) {
    throw new Fault(`an advertisement has at most ${MAX_BYTES} bytes, got ${bytes.length}`);
  }
  return { gateway, address: Buffer.from(digits, 'hex'), addressType, rssi: readRssi(rssi), bytes };
}

/** A number, or a text with or without a unit, as some versions of RouterOS write it: `-24dBm`. */
function readRssi(rssi: unknown): number {
  const found = /^\s*(-?\d{1,3})(\.\d+)?\s*(dbm)?\s*$/i.exec(String(rssi));
  const value = found ? Number(found[1]) : RSSI_UNKNOWN;
  return value >= -127 && value <= 20 ? value : RSSI_UNKNOWN;
}

function fromHex(name: string, text: unknown): Buffer {
  if (text === undefined || text === '') throw new Fault('there is no advertisement in it');
  if (typeof text !== 'string' || text.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(text)) {
    throw new Fault(`${name} must be an even number of hexadecimal digits, got ${showValue(String(text))}`);
  }
  return Buffer.from(text, 'hex');
}

function fromBase64(text: string): Buffer {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw new Fault(`an advertisement must be base64, got ${showValue(text)}`);
  return Buffer.from(text, 'base64');
}

function structure(type: number, content: Uint8Array): Buffer {
  if (content.length > MAX_BYTES - 1) {
    throw new Fault(`an advertisement has at most ${MAX_BYTES} bytes, got ${content.length + 2}`);
  }
  return Buffer.concat([Uint8Array.of(content.length + 1, type), content]);
}

function asTexts(value: unknown): string[] {
  return (Array.isArray(value) ? (value as unknown[]) : [value]).filter((text) => typeof text === 'string');
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
