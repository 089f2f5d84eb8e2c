import { roundDecimal, writeDecimal } from '../bytes/decimal.js';
import { HEX, writeAddress, writeHex } from '../bytes/hex.js';
import { JsonKeys } from '../bytes/json-keys.js';
import { COMMA, FALSE, put, putByte, TRUE } from '../bytes/json-writer.js';
import { encodeUtf8 } from '../mqtt/utf8.js';
import { stateName } from '../tags/describe.js';
import { buttonEventNames, eventNames, fieldDecimals, fieldNames, stateFlagNames } from '../tags/field-names.js';
import { Field, STATE_COUNT } from '../tags/field.js';
import { writeEddystoneUrl } from '../tags/eddystone-url.js';
import { formatName, formats } from '../tags/formats/index.js';
import { IdentityKind, READING_STATE_COUNT, ReadingState } from '../tags/reading.js';
import type { Reading } from '../tags/reading.js';
import { RSSI_UNKNOWN } from '../tags/tag-table.js';
import { ReportKind } from '../telemetry/report/report.js';
import type { Report } from '../telemetry/report/report.js';

/**
 * What a payload can say of a report, each with a name of its own: the keys of the JSON. A writer goes through those
 * that a report has with `nextItem`, asks `itemType`, and takes the value as that says.
 *
 * Fields are `Item.fields` and their number, states `Item.states` and theirs. All are below 256.
 */
export const enum Item {
  /** Text: `arrived` or `away`; of a report that is no reading. */
  presence = 0,
  address = 1,
  format = 2,
  /** Text: the reading's state, unless it is ok. */
  state = 3,
  /** Text: the boot and the sequence of the report, `12/345`, which no other report of the gateway has. */
  id = 4,
  rssi = 8,
  rssiMean = 9,
  rssiMax = 10,
  distance = 11,
  time = 12,
  /** True; absent where the time was known from the start. */
  timeEstimated = 13,
  /** ms since the gateway started, where the time is not known. */
  gatewayUptime = 14,
  lastSeen = 15,
  /** As `lastSeen`, in ms since the gateway started, where the time is not known. */
  lastSeenUptime = 16,
  /** Texts, of which a reading has what its identity is. */
  uuid = 20,
  namespace = 21,
  instance = 22,
  url = 23,
  eid = 24,
  mac = 25,
  text = 26,
  raw = 27,
  fields = 32,
  /** The field `events` at its place among the fields. */
  events = 32 + Field.events,
  states = 160,
  /** Not in a report by itself: the events of `Item.events` one by one, by their bit. */
  eventBits = 224,
}

/** How the value of an item is to be had. */
export const enum ItemType {
  /** `itemNumber`, `itemDecimals` */
  number = 0,
  /** `writeItemText` */
  text = 1,
  /** `itemNumber` is 1 or 0. */
  boolean = 2,
  /** The names of those `Item.eventBits` that are set in `itemNumber`. */
  events = 3,
}

/** The name of each item. */
export const itemNames = new JsonKeys(listItems());
/** By format number, without gaps; as a member, begun with the end of the address before it. */
export const formatTexts = new JsonKeys(listFormats(), '","format":"', '"');
/** By `ReadingState`; as a member. */
export const stateTexts = new JsonKeys(
  Array.from({ length: READING_STATE_COUNT }, (_, state) => stateName(state)),
  ',"state":"',
  '"',
);
/** By `ButtonEvent`; as a text of JSON. */
export const buttonTexts = new JsonKeys(buttonEventNames, '"', '"');

/** The first item of each `IdentityKind`. */
const IDENTITY_ITEMS = Uint8Array.of(0, Item.uuid, Item.namespace, Item.url, Item.eid, Item.mac, Item.text, Item.raw);

const ARRIVED = encodeUtf8('arrived');
const AWAY = encodeUtf8('away');
const HYPHEN = 0x2d;
const SLASH = 0x2f;
const SPACE = 0x20;
const TILDE = 0x7e;

/**
 * The first item above `item` that the report has, or -1. All of them, in order:
 * `for (let item = nextItem(report, -1); item >= 0; item = nextItem(report, item))`.
 */
export function nextItem(report: Report, item: number): number {
  const reading = report.reading;
  if (item < Item.fields) {
    const next = nextFixed(report, item);
    if (next >= 0) return next;
    item = Item.fields - 1;
  }
  if (report.kind !== ReportKind.reading) return -1;
  if (item < Item.states) {
    let field = reading.nextField(item - Item.fields);
    while (field >= Field.states && field <= Field.moreStatesKnown) field = reading.nextField(field);
    if (field >= 0) return Item.fields + field;
    item = Item.states - 1;
  }
  let state = item - Item.states + 1;
  if (state < 32 && !reading.has(Field.statesKnown)) state = 32;
  if (state >= 32 && !reading.has(Field.moreStatesKnown)) return -1;
  for (; state < STATE_COUNT; state++) if (reading.getState(state) >= 0) return Item.states + state;
  return -1;
}

/** How much there is to say of a report: its items, and each event by itself. */
export function countItems(report: Report): number {
  let count = 0;
  for (let item = nextItem(report, -1); item >= 0; item = nextItem(report, item)) {
    if (item !== Item.events) count++;
    else for (let events = itemNumber(report, item); events !== 0; events &= events - 1) count++;
  }
  return count;
}

/** The first item above `item` of those that are neither field nor state, or -1. */
function nextFixed(report: Report, item: number): number {
  const isReading = report.kind === ReportKind.reading;
  const reading = report.reading;
  if (item < Item.rssi) {
    if (item < Item.presence && !isReading) return Item.presence;
    if (item < Item.address) return Item.address;
    if (item < Item.format && isReading) return Item.format;
    if (item < Item.state && isReading && reading.state !== ReadingState.ok) return Item.state;
    // Without the boot, the next start would give the same again.
    if (item < Item.id && report.boot !== 0) return Item.id;
    if (report.rssi !== RSSI_UNKNOWN) return Item.rssi;
  }
  if (item < Item.distance && isReading) {
    if (item < Item.rssiMean && report.rssiMean !== RSSI_UNKNOWN) return Item.rssiMean;
    if (item < Item.rssiMax && report.rssiMax !== RSSI_UNKNOWN) return Item.rssiMax;
    // A distance that the tag measures itself has the same name.
    if (report.distance > 0 && !reading.has(Field.distance)) return Item.distance;
  }
  if (item < Item.lastSeenUptime) {
    const isTimed = report.unixTime !== 0;
    if (item < Item.time && isTimed) return Item.time;
    if (item < Item.timeEstimated && isTimed && report.timeEstimated) return Item.timeEstimated;
    if (item < Item.gatewayUptime && !isTimed && report.uptime !== 0) return Item.gatewayUptime;
    if (!isReading && report.lastSeen !== 0) {
      if (!isTimed && report.uptime !== 0) return Item.lastSeenUptime;
      if (item < Item.lastSeen) return Item.lastSeen;
    }
  }
  if (!isReading) return -1;
  const kind = reading.identityKind;
  if (kind === IdentityKind.none) return -1;
  if (kind === IdentityKind.eddystoneUid && item === Item.namespace) return Item.instance;
  const first = IDENTITY_ITEMS[kind]!;
  return item < first ? first : -1;
}

export function itemType(report: Report, item: number): ItemType {
  if (item >= Item.states) return ItemType.boolean;
  if (item === Item.events) return ItemType.events;
  if (item >= Item.fields) {
    return isButton(item) && buttonTexts.has(report.reading.get(item - Item.fields)) ? ItemType.text : ItemType.number;
  }
  if (item === Item.timeEstimated) return ItemType.boolean;
  return item >= Item.rssi && item <= Item.lastSeenUptime ? ItemType.number : ItemType.text;
}

/** True for what a button did: a text, and a number where the tag has one of its own. */
export function isButton(item: number): boolean {
  return item >= Item.fields + Field.button && item <= Item.fields + Field.button4;
}

/** Digits behind the point that an item's number has at most. */
export function itemDecimals(item: number): number {
  if (item >= Item.states) return 0;
  if (item >= Item.fields) return fieldDecimals[item - Item.fields]!;
  return item === Item.rssiMean ? 1 : item === Item.distance ? 2 : 0;
}

/**
 * The value of an item that the report has and that is no text. `roundDecimal` or `writeDecimal` round it to
 * `itemDecimals`.
 */
export function itemNumber(report: Report, item: number): number {
  const reading = report.reading;
  if (item >= Item.eventBits) return (reading.get(Field.events) >> (item - Item.eventBits)) & 1;
  if (item >= Item.states) return reading.getState(item - Item.states);
  if (item >= Item.fields) return reading.get(item - Item.fields);
  if (item === Item.rssi) return report.rssi;
  if (item === Item.rssiMean) return report.rssiMean;
  if (item === Item.rssiMax) return report.rssiMax;
  if (item === Item.distance) return roundDistance(report.distance);
  if (item === Item.time) return report.unixTime;
  if (item === Item.timeEstimated) return report.timeEstimated ? 1 : 0;
  return item === Item.gatewayUptime ? report.uptime : report.lastSeen;
}

/**
 * Writes the text of an item that the report has, ASCII without escapes, to `into[at..to)` and returns the next index,
 * or -1 when there is too little room. At most 128 bytes. Of an item that is no text, its value as text: a number with
 * its decimals, `true` or `false`, the names of the events with commas between them.
 */
export function writeItemText(report: Report, item: number, into: Uint8Array, at: number, to: number): number {
  if (at < 0) return -1;
  const reading = report.reading;
  if (item >= Item.fields || (item >= Item.rssi && item <= Item.lastSeenUptime)) {
    return writeValueText(report, item, into, at, to);
  }
  switch (item) {
    case Item.presence:
      return put(report.kind === ReportKind.away ? AWAY : ARRIVED, into, at, to);
    case Item.address:
      return writeAddress(report.address, into, at, to);
    case Item.format:
      return formatTexts.put(reading.format, into, at, to);
    case Item.state:
      return stateTexts.put(reading.state, into, at, to);
    case Item.id:
      at = writeDecimal(report.boot, 0, into, at, to);
      at = putByte(SLASH, into, at, to);
      return at < 0 ? -1 : writeDecimal(report.sequence, 0, into, at, to);
    case Item.uuid:
      return writeUuid(reading.identity, into, at, to);
    case Item.namespace:
      return writeHex(HEX, reading.identity, 0, 10, into, at, to);
    case Item.instance:
      return writeHex(HEX, reading.identity, 10, 16, into, at, to);
    case Item.url:
      return writeEddystoneUrl(reading.identity, reading.identityLength, into, at, to);
    case Item.mac:
      return writeAddress(reading.identity, into, at, to);
    case Item.text:
      return writePrintable(reading, into, at, to);
    default:
      return writeHex(HEX, reading.identity, 0, reading.identityLength, into, at, to);
  }
}

/** 16 bytes of a UUID with its hyphens. */
export function writeUuid(uuid: Uint8Array, into: Uint8Array, at: number, to: number): number {
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) at = putByte(HYPHEN, into, at, to);
    at = writeHex(HEX, uuid, i, i + 1, into, at, to);
  }
  return at;
}

/** An estimated distance in m with two digits that count, from 0.01 m on. */
function roundDistance(distance: number): number {
  if (distance < 0.01) distance = 0.01;
  if (distance < 9.95) return roundDecimal(distance, distance < 0.995 ? 2 : 1);
  return roundFar(distance);
}

/**
 * The number that `writeDecimal` rounds to the text of an estimated distance, with `distanceDecimals` digits behind the
 * point: cheaper than to round it before.
 */
export function distanceNumber(distance: number): number {
  if (distance < 9.95) return distance < 0.01 ? 0.01 : distance;
  return roundFar(distance);
}

export function distanceDecimals(distance: number): number {
  return distance < 0.995 ? 2 : distance < 9.95 ? 1 : 0;
}

function roundFar(distance: number): number {
  let unit = 1;
  while (distance >= 99.5 * unit) unit *= 10;
  return Math.round(distance / unit) * unit;
}

/** The number of the item of this name, or -1. For configuration. */
export function itemOfName(name: string): number {
  return name === '' ? -1 : listItems().indexOf(name);
}

function writeValueText(report: Report, item: number, into: Uint8Array, at: number, to: number): number {
  const type = itemType(report, item);
  const value = itemNumber(report, item);
  if (type === ItemType.text) return buttonTexts.put(value, into, at, to);
  if (type === ItemType.number) return writeDecimal(value, itemDecimals(item), into, at, to);
  if (type === ItemType.boolean) return put(value === 1 ? TRUE : FALSE, into, at, to);
  let first = true;
  for (let bit = 0; bit < eventNames.length; bit++) {
    if ((value & (1 << bit)) === 0) continue;
    if (!first) at = putByte(COMMA, into, at, to);
    first = false;
    at = itemNames.put(Item.eventBits + bit, into, at, to);
  }
  return at;
}

/** A text is printable ASCII; what comes from a damaged store must still be. */
function writePrintable(reading: Reading, into: Uint8Array, at: number, to: number): number {
  for (let i = 0; i < reading.identityLength; i++) {
    const byte = reading.identity[i]!;
    at = putByte(byte < SPACE || byte > TILDE ? SPACE : byte, into, at, to);
  }
  return at;
}

function listItems(): string[] {
  const names: string[] = [];
  names[Item.presence] = 'presence';
  names[Item.address] = 'address';
  names[Item.format] = 'format';
  names[Item.state] = 'state';
  names[Item.id] = 'id';
  names[Item.rssi] = 'rssi';
  names[Item.rssiMean] = 'rssiMean';
  names[Item.rssiMax] = 'rssiMax';
  names[Item.distance] = 'distance';
  names[Item.time] = 'time';
  names[Item.timeEstimated] = 'timeEstimated';
  names[Item.gatewayUptime] = 'gatewayUptime';
  names[Item.lastSeen] = 'lastSeen';
  names[Item.lastSeenUptime] = 'lastSeenUptime';
  names[Item.uuid] = 'uuid';
  names[Item.namespace] = 'namespace';
  names[Item.instance] = 'instance';
  names[Item.url] = 'url';
  names[Item.eid] = 'eid';
  names[Item.mac] = 'mac';
  names[Item.text] = 'text';
  names[Item.raw] = 'raw';
  for (let field = 0; field < fieldNames.length; field++) names[Item.fields + field] = fieldNames[field]!;
  for (let state = 0; state < stateFlagNames.length; state++) names[Item.states + state] = stateFlagNames[state]!;
  for (let bit = 0; bit < eventNames.length; bit++) names[Item.eventBits + bit] = eventNames[bit]!;
  return names;
}

function listFormats(): string[] {
  const names: string[] = [formatName(0)];
  for (let i = 0; i < formats.length; i++) names[formats[i]!.number] = formats[i]!.name;
  for (let number = 0; number < names.length; number++) names[number] = formatName(number);
  return names;
}
