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
import { ADDRESS_SIZE, addressHead, addressTail, isSameAddress } from '../../tags/address.js';
import { addressText, hexText } from '../../tags/address-text.js';
import { RSSI_UNKNOWN, STREAMS_PER_TAG } from '../../tags/tag-table.js';
import type { BluetoothBindings, EntryList } from '../bindings.js';
import { dateText } from '../value.js';
import type { Properties } from './persisted-items.js';
import { RADIO, ScannerEntry } from './scanner.js';

/** A reading as text by name: `format`, `state`, the fields in their units, then what identifies the tag. */
export function descriptionText(reading: Reading): Properties {
  const { format, formats, state, fields, ids } = describeReading(reading);
  const text: Properties = { format: formats?.join(',') ?? format, state };
  for (const name of Object.keys(fields)) {
    const value = fields[name]!;
    if (typeof value === 'number') {
      // Without trailing zeros, as elsewhere.
      text[name] = String(Number(value.toFixed(fieldDecimals[fieldNames.indexOf(name)] ?? 3)));
    } else if (typeof value === 'boolean') text[name] = value ? 'yes' : 'no';
    else if (value.length > 0) text[name] = typeof value === 'string' ? value : value.join(',');
  }
  return Object.assign(text, ids);
}

/** `/iot bluetooth scanners advertisements`: the entries of the ring, the oldest first. */
class AdvertisementEntries {
  /** Empty without a `ring`. */
  constructor(
    private readonly ring: AdvertisementRing | undefined,
    private readonly scanner: ScannerEntry,
    private readonly clock: Clock,
  ) {}

  rows(): readonly number[] {
    const { ring } = this;
    const entries: number[] = [];
    if (!ring) return entries;
    // With keep-newest, and a ring that keeps all, only the newest of each address is shown.
    const newest = this.scanner.duplicates === DuplicateMode.keepNewest && ring.mode === DuplicateMode.off;
    const seen = new Set<string>();
    for (let entry = ring.newest(); entry >= 0; entry = ring.nextOlder(entry)) {
      if (newest) {
        const address = ring.addressTypeOf(entry) + ringAddress(ring, entry);
        if (seen.has(address)) continue;
        seen.add(address);
      }
      entries.push(entry);
    }
    return entries.reverse();
  }

  property(entry: number, name: string): string {
    const { ring } = this;
    if (!ring) return '';
    switch (name) {
      case 'device':
        return RADIO;
      case 'time':
        return dateText(timeOfDay(this.clock, ring.heardAt[entry]!));
      case 'epoch': {
        const time = timeOfDay(this.clock, ring.heardAt[entry]!);
        return time > 0 ? String(Math.floor(time)) : '';
      }
      case 'address-type':
        return addressTypeText(ring, entry);
      case 'address':
        return ringAddress(ring, entry);
      case 'rssi':
        return rssiText(ring.rssiOf(entry));
      case 'length':
        return String(ring.lengthOf(entry));
      case 'data':
        return dataText(ring, entry);
      case 'filter-comment':
        return ring.isAllowed(entry) ? this.matchingComment(ring, entry) : '';
      default:
        return ''; // pdu-type: scanners do not report it
    }
  }

  clear(): void {
    this.ring?.clear();
  }

  /** Of the entry that matches now: the number of the entry that matched then is void once the list has changed. */
  private matchingComment(ring: AdvertisementRing, entry: number): string {
    const { addresses } = this.scanner.whitelist;
    const at = entry * ADDRESS_SIZE;
    const address = { head: addressHead(ring.addresses, at), tail: addressTail(ring.addresses, at) };
    const found = addresses.find(address, ring.addressTypeOf(entry));
    return found < 0 ? '' : addresses.commentOf(found);
  }
}

function ringAddress(ring: AdvertisementRing, entry: number): string {
  return addressText(ring.addresses, entry * ADDRESS_SIZE);
}

function dataText(ring: AdvertisementRing, entry: number): string {
  const from = entry * ring.maxBytes;
  return hexText(ring.bytes, from, from + ring.keptOf(entry), '');
}

function addressTypeText(ring: AdvertisementRing, entry: number): string {
  return ring.addressTypeOf(entry) === 0 ? 'public' : 'random';
}

function rssiText(rssi: number): string {
  return rssi === RSSI_UNKNOWN ? '' : String(rssi);
}

/** What is known of a tag: its properties, and the values that it sends. */
interface Description {
  readonly properties: Properties;
  readonly values: Properties;
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

  rows(): readonly number[] {
    const { tags } = this.reporter;
    this.description = undefined;
    const heard: number[] = [];
    for (let tag = tags.nextUsed(-1); tag >= 0; tag = tags.nextUsed(tag)) {
      if (tags.advertisements[tag]! > 0) heard.push(tag);
    }
    return heard;
  }

  property(tag: number, name: string): string {
    const { properties, values } = this.describe(tag);
    return properties[name] ?? values[name] ?? '';
  }

  namesOf(tag: number): readonly string[] {
    return Object.keys(this.describe(tag).values);
  }

  /** The content of an advertisement's AD structures, as text by name. */
  decode(bytes: Uint8Array): Properties {
    this.decoder.decode(bytes, 0, bytes.length, this.reading);
    const text = descriptionText(this.reading);
    const name = this.localName(bytes, 0, bytes.length);
    return name === '' ? text : { ...text, name };
  }

  /** A description is made when a row is read, so that making a list of all tags takes little time and memory. */
  private describe(tag: number): Description {
    if (this.description && tag === this.described) return this.description;
    const { tags, ring } = this.reporter;
    const bytes = new Uint8Array(ADDRESS_SIZE);
    tags.copyAddress(tag, bytes, 0);
    const properties: Properties = {
      address: addressText(bytes, 0),
      'beacon-types': this.formatsOf(tag).join(','),
      rssi: rssiText(tags.rssi[tag]!),
      'last-seen': dateText(timeOfDay(this.clock, tags.lastSeen[tag]!)),
    };
    const entry = ring ? newestOf(ring, bytes) : -1;
    const values = ring && entry >= 0 ? this.describeLast(ring, entry, bytes, properties) : {};
    this.described = tag;
    this.description = { properties, values };
    return this.description;
  }

  /** The values of an advertisement; properties of the tag itself are added to `properties`. */
  private describeLast(
    ring: AdvertisementRing,
    entry: number,
    address: Uint8Array,
    properties: Properties,
  ): Properties {
    const from = entry * ring.maxBytes;
    const to = from + ring.keptOf(entry);
    properties['address-type'] = addressTypeText(ring, entry);
    properties['name'] = this.localName(ring.bytes, from, to);
    properties['last-data'] = dataText(ring, entry);
    this.decoder.decode(ring.bytes, from, to, this.reading, address);
    return descriptionText(this.reading);
  }

  /** The formats in which the tag was heard. */
  private formatsOf(tag: number): string[] {
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
  let entry = ring.newest();
  while (entry >= 0 && !isSameAddress(ring.addresses, entry * ADDRESS_SIZE, address, 0)) entry = ring.nextOlder(entry);
  return entry;
}

/** `/iot bluetooth` on the tag side of a device. */
export class DeviceBluetooth implements BluetoothBindings {
  readonly scanners: BluetoothBindings['scanners'];
  readonly whitelist: EntryList;
  readonly advertisements: BluetoothBindings['advertisements'];
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
