import { decodeUtf8Lossy } from '../../bytes/utf8.js';
import type { TagReporter, TagReporterOptions } from '../../device/tag-reporter.js';
import type { Clock } from '../../hal/index.js';
import { AdStructures, AdType } from '../../tags/ad-structures.js';
import { AdvertisementDecoder } from '../../tags/decode.js';
import { describeReading } from '../../tags/describe.js';
import { fieldDecimals, fieldNames } from '../../tags/field-names.js';
import { DuplicateMode } from '../../tags/filter/duplicate-filter.js';
import { formatName } from '../../tags/formats/index.js';
import type { AdvertisementRing } from '../../tags/index.js';
import { Reading } from '../../tags/reading.js';
import { ADDRESS_SIZE } from '../../tags/address.js';
import { RSSI_UNKNOWN, STREAMS_PER_TAG } from '../../tags/tag-table.js';
import type { AdvertisementList, BluetoothBindings, EntryList, PeripheralEntry } from '../bindings.js';
import { dateText } from '../value.js';
import type { Properties } from './persisted-items.js';
import { RADIO, ScannerEntry } from './scanner.js';

/** Hexadecimal digits of `length` bytes from `bytes[from]` on, with `between` between two bytes. */
export function hexText(bytes: Uint8Array, from: number, length: number, between = ''): string {
  let text = '';
  for (let i = 0; i < length; i++) {
    const byte = bytes[from + i]!;
    text += (i > 0 ? between : '') + (byte < 16 ? '0' : '') + byte.toString(16);
  }
  return text;
}

/** `AA:BB:CC:DD:EE:FF`: the 6 bytes from `bytes[from]` on. */
export function addressText(bytes: Uint8Array, from: number): string {
  return hexText(bytes, from, ADDRESS_SIZE, ':').toUpperCase();
}

/** A reading as text by name: `format`, `state`, the fields in their units, then what identifies the tag. */
export function descriptionText(reading: Reading): Properties {
  const { format, formats, state, fields, ids } = describeReading(reading);
  const text: Properties = { format: formats?.join(',') ?? format, state };
  for (const name of Object.keys(fields)) {
    const value = fields[name]!;
    if (typeof value === 'number') text[name] = numberText(value, fieldDecimals[fieldNames.indexOf(name)] ?? 3);
    else if (typeof value === 'boolean') text[name] = value ? 'yes' : 'no';
    else if (value.length > 0) text[name] = typeof value === 'string' ? value : value.join(',');
  }
  return Object.assign(text, ids);
}

/** Without trailing zeros, as elsewhere. */
function numberText(value: number, decimals: number): string {
  return String(Number(value.toFixed(decimals)));
}

/** `/iot bluetooth scanners advertisements`: the entries of the ring, the oldest first. */
class AdvertisementEntries implements AdvertisementList {
  /** Entries of the ring when `count` was read last. */
  private entries: number[] = [];

  /** Empty without a `ring`. */
  constructor(
    private readonly ring: AdvertisementRing | undefined,
    private readonly scanner: ScannerEntry,
    private readonly clock: Clock,
  ) {}

  /** Makes a new list of the entries, to which the indices of `property` refer. */
  get count(): number {
    const { ring } = this;
    this.entries = [];
    if (!ring) return 0;
    // With keep-newest, and a ring that keeps all, only the newest of each address is shown.
    const newest = this.scanner.duplicates === DuplicateMode.keepNewest && ring.mode === DuplicateMode.off;
    const seen = new Set<string>();
    for (let entry = ring.newest(); entry >= 0; entry = ring.nextOlder(entry)) {
      if (newest) {
        const address = ring.addressTypeOf(entry) + this.address(ring, entry);
        if (seen.has(address)) continue;
        seen.add(address);
      }
      this.entries.push(entry);
    }
    this.entries.reverse();
    return this.entries.length;
  }

  property(index: number, name: string): string {
    const { ring } = this;
    const entry = this.entries[index];
    if (!ring || entry === undefined) return '';
    switch (name) {
      case 'device':
        return RADIO;
      case 'time':
        return dateText(timeOfDay(this.clock, ring.heardAt[entry]!));
      case 'epoch':
        return this.epoch(ring, entry);
      case 'address-type':
        return ring.addressTypeOf(entry) === 0 ? 'public' : 'random';
      case 'address':
        return this.address(ring, entry);
      case 'rssi':
        return ring.rssiOf(entry) === RSSI_UNKNOWN ? '' : String(ring.rssiOf(entry));
      case 'length':
        return String(ring.lengthOf(entry));
      case 'data':
        return hexText(ring.bytes, entry * ring.maxBytes, ring.keptOf(entry));
      case 'filter-comment':
        return ring.isAllowed(entry) ? this.comment(ring, entry) : '';
      default:
        return ''; // pdu-type: scanners do not report it
    }
  }

  clear(): void {
    this.ring?.clear();
  }

  private epoch(ring: AdvertisementRing, entry: number): string {
    const time = timeOfDay(this.clock, ring.heardAt[entry]!);
    return time > 0 ? String(Math.floor(time)) : '';
  }

  private address(ring: AdvertisementRing, entry: number): string {
    return addressText(ring.addresses, entry * ADDRESS_SIZE);
  }

  /** Of the entry that matches now: the number of the entry that matched then is void once the list has changed. */
  private comment(ring: AdvertisementRing, entry: number): string {
    const { addresses } = this.scanner.whitelist;
    const found = addresses.find(ring.addresses, entry * ADDRESS_SIZE, ring.addressTypeOf(entry));
    return found < 0 ? '' : addresses.commentOf(found);
  }
}

/** What is known of a tag: its properties, and the values that it sends. */
interface Description {
  readonly properties: Properties;
  readonly values: Properties;
}

class Peripheral implements PeripheralEntry {
  constructor(
    private readonly owner: PeripheralEntries,
    private readonly tag: number,
  ) {}

  get names(): readonly string[] {
    return Object.keys(this.owner.describe(this.tag).values);
  }

  property(name: string): string {
    const { properties, values } = this.owner.describe(this.tag);
    return properties[name] ?? values[name] ?? '';
  }
}

/**
 * `/iot bluetooth peripheral-devices`: the tags in the table that were heard. The values of a tag come from its last
 * advertisement in the ring, decoded without keys: an encrypted one is reported as such.
 */
class PeripheralEntries {
  // Not the reporter's decoder, whose replay counters must not see an advertisement twice.
  private readonly decoder = new AdvertisementDecoder();
  private readonly reading = new Reading();
  private readonly structures = new AdStructures();
  /** Of `described`, the tag that was asked for last: rows are read one after another. */
  private description: Description | undefined;
  private described = -1;

  constructor(
    private readonly reporter: TagReporter,
    private readonly clock: Clock,
  ) {}

  get list(): readonly PeripheralEntry[] {
    const { tags } = this.reporter;
    this.description = undefined;
    const list: PeripheralEntry[] = [];
    for (let tag = tags.nextUsed(-1); tag >= 0; tag = tags.nextUsed(tag)) {
      if (tags.advertisements[tag]! > 0) list.push(new Peripheral(this, tag));
    }
    return list;
  }

  /** The content of an advertisement's AD structures, as text by name. */
  decode(bytes: Uint8Array): Properties {
    this.decoder.decode(bytes, 0, bytes.length, this.reading);
    const text = descriptionText(this.reading);
    const name = this.localName(bytes, 0, bytes.length);
    return name === '' ? text : { ...text, name };
  }

  /** A description is made when a row is read, so that making a list of all tags takes little time and memory. */
  describe(tag: number): Description {
    if (this.description && tag === this.described) return this.description;
    const { tags, ring } = this.reporter;
    const bytes = new Uint8Array(ADDRESS_SIZE);
    tags.copyAddress(tag, bytes, 0);
    const properties: Properties = {
      address: addressText(bytes, 0),
      'beacon-types': this.formats(tag).join(','),
      rssi: tags.rssi[tag] === RSSI_UNKNOWN ? '' : String(tags.rssi[tag]),
      'last-seen': dateText(timeOfDay(this.clock, tags.lastSeen[tag]!)),
    };
    const entry = ring ? newestOf(ring, bytes) : -1;
    const values = ring && entry >= 0 ? this.read(ring, entry, bytes, properties) : {};
    this.described = tag;
    this.description = { properties, values };
    return this.description;
  }

  /** The values of an advertisement; properties of the tag itself are added to `properties`. */
  private read(ring: AdvertisementRing, entry: number, address: Uint8Array, properties: Properties): Properties {
    const from = entry * ring.maxBytes;
    const to = from + ring.keptOf(entry);
    properties['address-type'] = ring.addressTypeOf(entry) === 0 ? 'public' : 'random';
    properties['name'] = this.localName(ring.bytes, from, to);
    properties['last-data'] = hexText(ring.bytes, from, to - from);
    this.decoder.decode(ring.bytes, from, to, this.reading, address);
    return descriptionText(this.reading);
  }

  /** The formats in which the tag was heard. */
  private formats(tag: number): string[] {
    const names: string[] = [];
    const { tags } = this.reporter;
    for (let i = 0; i < STREAMS_PER_TAG; i++) {
      const format = tags.formatOf(tag * STREAMS_PER_TAG + i);
      const name = formatName(format);
      if (format !== 0 && names.indexOf(name) < 0) names.push(name);
    }
    return names;
  }

  private localName(bytes: Uint8Array, from: number, to: number): string {
    const { structures } = this;
    structures.start(bytes, from, to);
    while (structures.next()) {
      const { type } = structures;
      if (type === AdType.completeName || type === AdType.shortName) {
        return decodeUtf8Lossy(bytes.subarray(structures.from, structures.to));
      }
    }
    return '';
  }
}

/**
 * The time of day at `now` of the clock, in ms since 1970, 0 while it is not known. So what was heard before the clock
 * was set has its time too.
 */
function timeOfDay(clock: Clock, now: number): number {
  const unixTime = clock.unixTime();
  return unixTime === 0 ? 0 : unixTime - (clock.now() - now);
}

/** The newest advertisement of an address; -1 when there is none. */
function newestOf(ring: AdvertisementRing, address: Uint8Array): number {
  const { addresses } = ring;
  let entry = ring.newest();
  for (; entry >= 0; entry = ring.nextOlder(entry)) {
    let same = 0;
    while (same < ADDRESS_SIZE && addresses[entry * ADDRESS_SIZE + same] === address[same]) same++;
    if (same === ADDRESS_SIZE) break;
  }
  return entry;
}

/** `/iot bluetooth` on the tag side of a device. */
export class DeviceBluetooth implements BluetoothBindings {
  readonly scanners: BluetoothBindings['scanners'];
  readonly whitelist: EntryList;
  readonly advertisements: AdvertisementList;
  readonly devices: PeripheralEntries;

  /** `options`: those of the reporter that concern its filter. */
  constructor(reporter: TagReporter, clock: Clock, options: Pick<TagReporterOptions, 'filter'> = {}) {
    const scanner = new ScannerEntry(reporter, clock, options.filter ?? {});
    this.scanners = { list: [scanner], set: (_scanner, properties) => scanner.set(properties) };
    this.whitelist = scanner.whitelist;
    this.advertisements = new AdvertisementEntries(reporter.ring, scanner, clock);
    this.devices = new PeripheralEntries(reporter, clock);
  }

  decode(bytes: Uint8Array): Properties {
    return this.devices.decode(bytes);
  }
}
