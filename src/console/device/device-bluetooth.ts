import type { TagReporter, TagReporterOptions } from '../../device/tag-reporter.js';
import type { Clock } from '../../hal/index.js';
import { AddressKind, addressKindNames, AddressList } from '../../tags/filter/address-list.js';
import { addressPatternText, parseAddressPatterns } from '../../tags/filter/filter-text.js';
import type { AdvertisementFilterOptions } from '../../tags/index.js';
import { ADDRESS_SIZE } from '../../tags/tag-places.js';
import type { AdvertisementList, BluetoothServices, Entry, EntryList } from '../bindings.js';
import { AdvertisementEntries, PeripheralEntries } from './peripheral-entries.js';
import { RADIO, ScannerEntry } from './scanner-entry.js';
import type { Properties } from './stored-items.js';

const MOST = 64;

class WhitelistEntry implements Entry {
  constructor(public properties: Properties) {}

  property(name: string): string {
    return this.properties[name] ?? '';
  }
}

/**
 * `/iot bluetooth whitelist`: the entries as people gave them, and the `AddressList` of those that are not disabled,
 * which is made anew with each change.
 */
export class Whitelist implements EntryList {
  readonly list: readonly Entry[];
  /** Who is on the list now. */
  addresses: AddressList;
  private readonly entries: WhitelistEntry[] = [];

  /** Begins with the entries of `initial`; `changed` is called after each change. */
  constructor(
    initial: AddressList | undefined,
    private readonly changed: () => void,
  ) {
    this.list = this.entries;
    for (let i = 0; initial && i < initial.size; i++) {
      this.entries.push(
        new WhitelistEntry({
          address: addressPatternText(initial, i),
          'address-type': addressKindNames[initial.kindOf(i)]!,
          comment: initial.commentOf(i),
        }),
      );
    }
    for (const entry of this.entries) entry.properties = normal(entry.properties);
    this.addresses = this.make();
  }

  add(properties: Properties): Entry {
    if (this.entries.length >= MOST) throw new RangeError('the whitelist is full (at most ' + MOST + ')');
    const entry = new WhitelistEntry(this.check(properties, undefined));
    this.entries.push(entry);
    this.renew();
    return entry;
  }

  set(entry: Entry, properties: Properties): void {
    const own = this.own(entry);
    own.properties = this.check({ ...own.properties, ...properties }, own);
    this.renew();
  }

  remove(entry: Entry): void {
    this.entries.splice(this.entries.indexOf(this.own(entry)), 1);
    this.renew();
  }

  private own(entry: Entry): WhitelistEntry {
    for (const own of this.entries) if (own === entry) return own;
    throw new RangeError('no such item');
  }

  private check(properties: Properties, except: WhitelistEntry | undefined): Properties {
    const result = normal(properties);
    const taken = this.entries.some(
      (entry) =>
        entry !== except &&
        entry.property('address') === result['address'] &&
        entry.property('address-type') === result['address-type'],
    );
    if (taken) throw new RangeError('address ' + result['address'] + ' is on the whitelist already');
    return result;
  }

  private renew(): void {
    this.addresses = this.make();
    this.changed();
  }

  private make(): AddressList {
    const list = new AddressList(Math.max(1, this.entries.length));
    const bytes = new Uint8Array(ADDRESS_SIZE);
    for (const entry of this.entries) {
      if (entry.property('disabled') === 'yes') continue;
      const parsed = parseAddressPatterns(entry.property('address'));
      const length = parsed.lengthOf(0);
      for (let i = 0; i < length; i++) bytes[i] = parsed.byteOf(0, i);
      list.add(bytes, length, addressKindNames.indexOf(entry.property('address-type')), entry.property('comment'));
    }
    return list;
  }
}

/** The properties of an entry in their one form. Throws a RangeError of one line. */
function normal(properties: Properties): Properties {
  const { address = '', device = RADIO, comment = '', disabled = 'no' } = properties;
  if (device !== RADIO) throw new RangeError('device: expected ' + RADIO);
  // Commas, spaces and = mean more to the parser of lists.
  const one = /^[^\s,=]*$/.test(address) ? address : '?';
  if (one === '') throw new RangeError('address is missing: expected AA:BB:CC:DD:EE:FF, or its first bytes and *');
  const text = addressPatternText(parseAddressPatterns(one), 0);
  const kind = properties['address-type'] ?? addressKindNames[AddressKind.any]!;
  return { device, address: text, 'address-type': kind, comment, disabled };
}

/** `/iot bluetooth` on the tag side of a device. */
export class DeviceBluetooth implements BluetoothServices {
  readonly scanners: BluetoothServices['scanners'];
  readonly whitelist: EntryList;
  readonly advertisements: AdvertisementList;
  readonly devices: PeripheralEntries;

  /** `options`: those with which the reporter was made, as far as they concern its filter. */
  constructor(
    reporter: TagReporter,
    clock: Clock,
    options: Pick<TagReporterOptions, 'filter' | 'configuredOnly'> = {},
  ) {
    const scanner = new ScannerEntry(reporter, clock, filterOptions(reporter, options));
    this.scanners = { list: [scanner], set: (_scanner, properties) => scanner.set(properties) };
    this.whitelist = scanner.whitelist;
    this.advertisements = new AdvertisementEntries(reporter.ring, scanner);
    this.devices = new PeripheralEntries(reporter, clock);
  }

  decode(bytes: Uint8Array): Properties {
    return this.devices.decode(bytes);
  }
}

/** As `TagReporter` makes them, since a filter that is configured anew forgets what it had. */
function filterOptions(
  { tags }: TagReporter,
  { filter = {}, configuredOnly }: Pick<TagReporterOptions, 'filter' | 'configuredOnly'>,
): AdvertisementFilterOptions {
  if (!configuredOnly) return filter;
  const isKnown = (address: Uint8Array, at: number): boolean => {
    const tag = tags.find(address, at);
    return tag >= 0 && tags.isConfigured(tag);
  };
  return { ...filter, isKnown };
}
