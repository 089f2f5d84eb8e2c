import { isUtf8 } from 'node:buffer';
import { SEAL_LENGTH } from '../../src/cloud/seal/payload-seal.js';
import { roundDecimal } from '../../src/bytes/index.js';
import {
  AdvertisementDecoder,
  describeReading,
  fieldDecimals,
  fieldNames,
  fieldUnits,
  Reading,
} from '../../src/tags/index.js';
import type { FieldValue } from '../page/protocol.js';
import { readCbor } from './cbor-reader.js';
import type { TopicPlace } from './topics-place.js';

/** A report, as far as its message tells it. */
export interface ReportSeen {
  readonly address: string;
  readonly presence?: 'arrived' | 'away';
  readonly format?: string;
  readonly id?: string;
  /** dBm: the mean since the last report where it is told, else the last one. */
  readonly rssi?: number;
  /** Milliseconds since 1970 on the clock of the gateway; absent: not known to it when it was heard. */
  readonly time?: number;
  /** Values, by name, of which there may be none. */
  readonly fields: readonly FieldValue[];
  /** It has only the value of a message of its own: the others of the tag stay. */
  readonly isPart?: true;
}

/** What a payload says. */
export interface PayloadSeen {
  readonly reports: readonly ReportSeen[];
  /** For people, of a payload that is no plain text; see `MessageSeen`. */
  readonly meaning?: string;
}

/** Opens a sealed payload, or says why it cannot. */
export type Opener = (sealed: Buffer) => Buffer | string;

/** The most reports in one message, and values in one report, that are looked at. */
const MOST_REPORTS = 256;
const MOST_FIELDS = 128;
const LONGEST_NAME = 64;
const MOST_LEVELS = 64;
const LONGEST_TEXT = 256;

const ADDRESS = /^[0-9A-F]{2}(:[0-9A-F]{2}){5}$/;
const EUI = /^urn:dev:mac:([0-9a-f]{6})fffe([0-9a-f]{6})_?$/i;
const HEX = /^([0-9a-f]{2}){3,255}$/;
const MODES: readonly string[] = ['', 'AES-GCM', 'AES-CCM'];
const COUNTER = 7;
/** Of a report that are no values. */
const ABOUT: ReadonlySet<string> = new Set([
  ...['presence', 'address', 'format', 'id', 'rssi', 'rssiMean', 'rssiMax', 'time', 'timeEstimated'],
  ...['gatewayUptime', 'lastSeen', 'lastSeenUptime'],
]);
const UNITS: ReadonlyMap<string, string> = new Map(fieldNames.map((name, field) => [name, fieldUnits[field]!]));

const decoder = new AdvertisementDecoder();
const reading = new Reading();

/**
 * Reads the payload of a report in any form of docs/payloads.md. It never throws; a payload that is none of them has
 * no reports. `complete` false: the payload is only the beginning of a long one.
 */
export function readPayload(payload: Buffer, place: TopicPlace, complete: boolean, open?: Opener): PayloadSeen {
  if (!complete) return { reports: [] };
  if (isUtf8(payload)) return { reports: readText(payload.toString(), place) };
  const sealed = describeSeal(payload);
  if (sealed !== '') {
    const opened = open?.(payload);
    if (opened !== undefined && typeof opened !== 'string')
      return { ...readPayload(opened, place, true), meaning: opened.toString() };
    const cbor = opened === undefined ? readCborReports(payload, place) : undefined;
    return cbor ?? { reports: [], meaning: opened === undefined ? sealed : `${sealed}: ${opened}` };
  }
  return readCborReports(payload, place) ?? { reports: [] };
}

/** JSON where it is some, of at most `MOST_LEVELS`; undefined for anything else. */
export function parseJson(text: string): unknown {
  if (levelsOf(text) > MOST_LEVELS) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** How deep JSON is nested, at most; what goes through its values, such as JSON.stringify, takes the stack for it. */
function levelsOf(text: string): number {
  let level = 0;
  let most = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text.charCodeAt(i);
    if (character === 0x7b || character === 0x5b) most = Math.max(most, ++level);
    else if (character === 0x7d || character === 0x5d) level--;
  }
  return most;
}

/** What can be a sealed payload, in words; empty when it cannot be one. */
function describeSeal(payload: Buffer): string {
  const mode = payload[0] === undefined ? undefined : MODES[payload[0]];
  if (!mode || payload.length < SEAL_LENGTH) return '';
  return `sealed with ${mode}, counter ${payload.readUIntBE(COUNTER, 6)}`;
}

function readCborReports(payload: Buffer, place: TopicPlace): PayloadSeen | undefined {
  const value = readCbor(payload);
  if (typeof value !== 'object' || value === null) return undefined;
  return { reports: reportsOf(value, place), meaning: JSON.stringify(value) };
}

function readText(text: string, place: TopicPlace): ReportSeen[] {
  const { tag, field } = place;
  if (tag !== undefined && field !== undefined) return [partOf(tag, field, text, place)];
  if (tag !== undefined && (text === 'arrived' || text === 'away'))
    return [{ address: tag, presence: text, fields: [] }];
  if (tag !== undefined && HEX.test(text)) return readAdvertisement(tag, text);
  const value = parseJson(text);
  return typeof value === 'object' && value !== null ? reportsOf(value, place) : [];
}

/** With `payload=value`: a number, `true` or `false`, or a word. */
function partOf(address: string, name: string, text: string, place: TopicPlace): ReportSeen {
  const part = { address, ...(place.format !== undefined && { format: place.format }), isPart: true } as const;
  if (name === 'presence') {
    return text === 'arrived' || text === 'away' ? { ...part, presence: text, fields: [] } : { ...part, fields: [] };
  }
  const number = text.trim() === '' ? NaN : Number(text);
  if (name === 'rssi' || name === 'rssiMean' || name === 'rssiMax') {
    return name === 'rssi' && Number.isFinite(number) ? { ...part, rssi: number, fields: [] } : { ...part, fields: [] };
  }
  const value = Number.isFinite(number) ? number : text === 'true' ? true : text === 'false' ? false : text;
  const field = fieldOf(name, value);
  return { ...part, fields: field ? [field] : [] };
}

/** With `payload=raw`: the advertisement, decoded as the device did. */
function readAdvertisement(address: string, hex: string): ReportSeen[] {
  const bytes = Buffer.from(hex, 'hex');
  decoder.decode(bytes, 0, bytes.length, reading, Buffer.from(address.replaceAll(':', ''), 'hex'));
  const { format, fields, ids } = describeReading(reading);
  return [{ address, format, fields: fieldsOf([...Object.entries(fields).map(rounded), ...Object.entries(ids)]) }];
}

/** As the device would have written it. */
function rounded([name, value]: [string, unknown]): [string, unknown] {
  const field = fieldNames.indexOf(name);
  return [name, typeof value === 'number' && field >= 0 ? roundDecimal(value, fieldDecimals[field]!) : value];
}

function reportsOf(value: object, place: TopicPlace): ReportSeen[] {
  if (!Array.isArray(value)) {
    const report = reportOf(new Map(Object.entries(value)), place);
    return report ? [report] : [];
  }
  const list = value.slice(0, MOST_REPORTS).filter((one): one is object => typeof one === 'object' && one !== null);
  if (list.some((one) => 'n' in one || 'bn' in one)) return readSenml(value);
  return list.flatMap((one) => (Array.isArray(one) ? [] : reportsOf(one, place)));
}

/** RFC 8428 as `writeReportSenml` writes it: each report begins with a base name, which is the tag. */
function readSenml(pack: readonly unknown[]): ReportSeen[] {
  const reports: ReportSeen[] = [];
  let items = new Map<string, unknown>();
  const units = new Map<string, string>();
  const end = (): void => {
    const report = reportOf(items, {}, units);
    if (report) reports.push(report);
  };
  for (const record of pack) {
    if (typeof record !== 'object' || record === null || reports.length >= MOST_REPORTS) break;
    const { bn, bt, n, u, v, vs, vb } = record as Record<string, unknown>;
    if (typeof bn === 'string') {
      end();
      items = new Map();
      units.clear();
      const [, high, low] = EUI.exec(bn) ?? [];
      if (high !== undefined) items.set('address', (high + low).toUpperCase().replace(/(..)(?=.)/g, '$1:'));
      if (typeof bt === 'number' && bt > 0) items.set('time', Math.round(bt * 1000));
    }
    if (typeof n !== 'string') continue;
    // Signal strength is in dBW.
    const isPower = u === 'dBW' && typeof v === 'number';
    items.set(n, isPower ? v + 30 : (v ?? vs ?? vb));
    if (typeof u === 'string') units.set(n, isPower ? 'dBm' : u);
  }
  end();
  return reports;
}

/** `units`: where they are others than ours. Undefined without a tag. */
function reportOf(
  items: ReadonlyMap<string, unknown>,
  place: TopicPlace,
  units?: ReadonlyMap<string, string>,
): ReportSeen | undefined {
  const told = items.get('address');
  const address = typeof told === 'string' && ADDRESS.test(told) ? told : place.tag;
  if (address === undefined) return undefined;
  const presence = items.get('presence');
  const format = items.get('format') ?? place.format;
  const id = items.get('id');
  const rssi = [items.get('rssiMean'), items.get('rssi')].find(isNumber);
  const time = items.get('time');
  return {
    address,
    ...((presence === 'arrived' || presence === 'away') && { presence }),
    ...(typeof format === 'string' && { format: cut(format, LONGEST_NAME) }),
    ...(typeof id === 'string' && { id: cut(id, LONGEST_NAME) }),
    ...(rssi !== undefined && { rssi }),
    // What Date can hold.
    ...(isNumber(time) && Math.abs(time) <= 8.64e15 && { time }),
    fields: fieldsOf(
      [...items].filter(([name]) => !ABOUT.has(name)),
      units,
    ),
  };
}

function fieldsOf(entries: readonly [string, unknown][], units?: ReadonlyMap<string, string>): FieldValue[] {
  return entries.slice(0, MOST_FIELDS).flatMap(([name, value]) => {
    const field = fieldOf(name, value, units);
    return field ? [field] : [];
  });
}

function fieldOf(name: string, value: unknown, units?: ReadonlyMap<string, string>): FieldValue | undefined {
  const shown = shownValue(value);
  if (shown === undefined) return undefined;
  const unit = units ? units.get(name) : UNITS.get(name);
  return { name: cut(name, LONGEST_NAME), value: shown, ...(unit && { unit }) };
}

/** Of a list its items with commas between them, of what is nested its JSON. */
function shownValue(value: unknown): number | string | boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value === 'string') return cut(value, LONGEST_TEXT);
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return cut(value.join(', '), LONGEST_TEXT);
  return value === null || value === undefined ? undefined : cut(JSON.stringify(value), LONGEST_TEXT);
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : text.slice(0, most - 1) + '…';
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
