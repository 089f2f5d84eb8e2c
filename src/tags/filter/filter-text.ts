import { ADDRESS_SIZE } from '../address.js';
import { AddressKind, addressKindNames, AddressList } from './address-list.js';
import { ServiceList, shortUuid, UUID_SIZE } from './content-filter.js';
import { DuplicateMode, duplicateModeNames } from './duplicate-filter.js';

/*
 * Filters as text: entries separated by commas or line breaks. For start-up and the console. A mistake throws a
 * RangeError of one line with its position (the first character is 1), what is expected and what was found.
 */

const PATTERNS =
  'must be AA:BB:CC:DD:EE:FF, or its first bytes and a wildcard (AA:BB:* or AA:BB:*:*:*:*), ' +
  'then any, public or random, then = and a comment';
const COMPANIES = 'must be 0 to 65535, or 0x0000 to 0xFFFF';
const SERVICES = 'must be 4, 8 or 32 hexadecimal digits, such as FCD2 or 0000FCD2-0000-1000-8000-00805F9B34FB';

/**
 * A list of addresses such as `AA:BB:*, 12:34:56:78:9A:BC random = shed door`. `capacity` is that of the list; default:
 * as many as there are.
 */
export function parseAddressPatterns(text: string, capacity?: number): AddressList {
  const entries = entriesOf(text);
  const list = new AddressList(capacity ?? (entries.length > 0 ? entries.length : 1));
  const address = new Uint8Array(ADDRESS_SIZE);
  for (let i = 0; i < entries.length; i++) {
    const { text: entry, at } = entries[i]!;
    const equals = entry.indexOf('=');
    const comment = equals < 0 ? '' : entry.substring(equals + 1).trim();
    const words = entry
      .substring(0, equals < 0 ? entry.length : equals)
      .trim()
      .split(/\s+/);
    const pattern = words[0]!;
    const type = words[1];
    if (pattern === '' || words.length > 2) throw fault('address', entry, at, PATTERNS);
    const kind = type === undefined ? AddressKind.any : addressKindNames.indexOf(type.toLowerCase());
    if (kind < 0) throw fault('address type', type!, at + entry.indexOf(type!), 'must be any, public or random');
    const length = readPattern(pattern, address, at);
    if (!list.add(address, length, kind, comment)) {
      throw fault('address', entry, at, 'exceeds the limit of ' + list.capacity);
    }
  }
  return list;
}

/** How RouterOS writes an entry: six bytes, `*` for those that do not count. */
export function addressPatternText(list: AddressList, entry: number): string {
  let text = '';
  for (let i = 0; i < ADDRESS_SIZE; i++) {
    const byte = i < list.lengthOf(entry) ? list.byteOf(entry, i).toString(16).padStart(2, '0').toUpperCase() : '*';
    text += (i === 0 ? '' : ':') + byte;
  }
  return text;
}

/** Company identifiers such as `0x0499, 0x004C` or `1177`. */
export function parseCompanies(text: string): Uint16Array {
  const entries = entriesOf(text);
  const companies = new Uint16Array(entries.length);
  for (let i = 0; i < entries.length; i++) {
    const { text: entry, at } = entries[i]!;
    const value = /^(0x[0-9a-f]{1,4}|[0-9]{1,5})$/i.test(entry) ? Number(entry) : NaN;
    if (!(value <= 0xffff)) throw fault('company', entry, at, COMPANIES);
    companies[i] = value;
  }
  return companies;
}

/** Service UUIDs such as `FCD2, 0xFEAA, 6E400001-B5A3-F393-E0A9-E50E24DCCA9E`. */
export function parseServices(text: string): ServiceList {
  const entries = entriesOf(text);
  const shorts: number[] = [];
  const longs: number[] = [];
  const uuid = new Uint8Array(UUID_SIZE);
  for (let i = 0; i < entries.length; i++) {
    const { text: entry, at } = entries[i]!;
    const plain = entry.replace(/^0x/i, '');
    if (/^([0-9a-f]{4}|[0-9a-f]{8})$/i.test(plain)) {
      shorts.push(parseInt(plain, 16));
      continue;
    }
    const digits = plain.replace(/^(.{8})-(.{4})-(.{4})-(.{4})-(.{12})$/, '$1$2$3$4$5');
    if (!/^[0-9a-f]{32}$/i.test(digits)) throw fault('service', entry, at, SERVICES);
    for (let j = 0; j < UUID_SIZE; j++) uuid[UUID_SIZE - 1 - j] = parseInt(digits.substring(2 * j, 2 * j + 2), 16);
    const short = shortUuid(uuid, 0);
    if (short >= 0) shorts.push(short);
    else for (let j = 0; j < UUID_SIZE; j++) longs.push(uuid[j]!);
  }
  return new ServiceList(new Uint32Array(shorts), new Uint8Array(longs));
}

/** One of RouterOS's words for `filter-duplicates`. */
export function parseDuplicateMode(text: string): DuplicateMode {
  const mode = duplicateModeNames.indexOf(text.trim());
  if (mode < 0)
    throw new RangeError('filter-duplicates must be one of ' + duplicateModeNames.join(', ') + ', got "' + text + '"');
  return mode;
}

/** Writes the bytes of a pattern into `address`, and returns how many there are. */
function readPattern(pattern: string, address: Uint8Array, at: number): number {
  if (/^[0-9a-f]{12}$/i.test(pattern)) pattern = pattern.replace(/..(?!$)/g, '$&:');
  const bytes = pattern.split(/[:-]/);
  let length = 0;
  while (length < bytes.length && /^[0-9a-f]{2}$/i.test(bytes[length]!)) {
    if (length < ADDRESS_SIZE) address[length] = parseInt(bytes[length]!, 16);
    length++;
  }
  const stars = bytes.length - length;
  for (let i = length; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte === '*') continue;
    const behind = i > length && /^[0-9a-f]{2}$/i.test(byte);
    throw fault('address', pattern, at, behind ? 'must not have a byte after a wildcard' : PATTERNS);
  }
  const whole = length === ADDRESS_SIZE && stars === 0;
  const cut = length < ADDRESS_SIZE && (stars === 1 || (stars > 1 && bytes.length === ADDRESS_SIZE));
  if (!whole && !cut) throw fault('address', pattern, at, PATTERNS);
  return length;
}

interface Entry {
  text: string;
  /** Position of its first character; the first one of all is 1. */
  at: number;
}

/** The entries between commas and line breaks, trimmed; empty ones are left out. */
function entriesOf(text: string): Entry[] {
  const entries: Entry[] = [];
  let from = 0;
  for (let i = 0; i <= text.length; i++) {
    const character = text.charAt(i);
    if (i < text.length && character !== ',' && character !== '\n') continue;
    const part = text.substring(from, i);
    const entry = part.trim();
    if (entry !== '') entries.push({ text: entry, at: from + part.indexOf(entry) + 1 });
    from = i + 1;
  }
  return entries;
}

function fault(what: string, text: string, at: number, rule: string): RangeError {
  return new RangeError(what + ' "' + text + '" at character ' + at + ' ' + rule);
}
