import { ScanState } from '../../device/scan-state.js';
import type { TagReporter } from '../../device/tag-reporter.js';
import type { Clock } from '../../hal/index.js';
import { withActive } from '../../settings/scan-profile.js';
import type { ScanProfile } from '../../settings/scan-profile.js';
import { AddressKind, addressKindNames, AddressList } from '../../tags/filter/address-list.js';
import { DuplicateFilter, DuplicateMode, duplicateModeNames } from '../../tags/filter/duplicate-filter.js';
import { addressPatternText, parseAddressPatterns, parseDuplicateMode } from '../../tags/filter/filter-text.js';
import { ADDRESS_SIZE } from '../../tags/address.js';
import type { AdvertisementFilterOptions } from '../../tags/index.js';
import { ValuesEntry } from '../bindings.js';
import type { Entry, EntryList } from '../bindings.js';
import type { Properties } from './persisted-items.js';

/** RouterOS's name for the radio of a KNOT; boards here have one radio, too. */
export const RADIO = 'bt1';

const MAX_ENTRIES = 64;

/**
 * `/iot bluetooth whitelist`: the entries as people gave them, and an `AddressList` of those that are not disabled,
 * rebuilt after each change.
 */
export class Whitelist implements EntryList {
  readonly list: readonly Entry[];
  /** The entries that are not disabled. */
  addresses: AddressList;
  private readonly entries: ValuesEntry<Properties>[] = [];

  /** Starts with the entries of `initial`; `changed` is called after each change. */
  constructor(
    initial: AddressList | undefined,
    private readonly changed: () => void,
  ) {
    this.list = this.entries;
    for (let i = 0; initial && i < initial.size; i++) {
      const address = addressPatternText(initial, i);
      const kind = addressKindNames[initial.kindOf(i)]!;
      this.entries.push(new ValuesEntry(normal({ address, 'address-type': kind, comment: initial.commentOf(i) })));
    }
    this.addresses = this.make();
  }

  add(properties: Properties): Entry {
    if (this.entries.length >= MAX_ENTRIES) {
      throw new RangeError('whitelist full (at most ' + MAX_ENTRIES + ' entries)');
    }
    const entry = new ValuesEntry(this.check(properties, undefined));
    this.entries.push(entry);
    this.renew();
    return entry;
  }

  set(entry: Entry, properties: Properties): void {
    const own = this.own(entry);
    own.values = this.check({ ...own.values, ...properties }, own);
    this.renew();
  }

  remove(entry: Entry): void {
    this.entries.splice(this.entries.indexOf(this.own(entry)), 1);
    this.renew();
  }

  private own(entry: Entry): ValuesEntry<Properties> {
    for (const own of this.entries) if (own === entry) return own;
    throw new RangeError('no such item');
  }

  private check(properties: Properties, except: ValuesEntry<Properties> | undefined): Properties {
    const result = normal(properties);
    const taken = this.entries.some(
      (entry) =>
        entry !== except &&
        entry.property('address') === result['address'] &&
        entry.property('address-type') === result['address-type'],
    );
    if (taken) throw new RangeError('address ' + result['address'] + ' is already on the whitelist');
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

/** The properties of an entry in normal form. Throws a RangeError of one line. */
function normal(properties: Properties): Properties {
  const { address = '', device = RADIO, comment = '', disabled = 'no' } = properties;
  if (device !== RADIO) throw new RangeError('device must be ' + RADIO);
  // The parser of lists gives commas, spaces and = a meaning of their own.
  const one = /^[^\s,=]*$/.test(address) ? address : '?';
  if (one === '') throw new RangeError('address is missing: expected AA:BB:CC:DD:EE:FF, or its first bytes and *');
  const text = addressPatternText(parseAddressPatterns(one), 0);
  const kind = properties['address-type'] ?? addressKindNames[AddressKind.any]!;
  return { device, address: text, 'address-type': kind, comment, disabled };
}

/**
 * `/iot bluetooth scanners`: how the radio scans, and which advertisements pass. A change takes effect at once and
 * lasts until the next start; the configuration has the initial values.
 */
export class ScannerEntry implements Entry {
  readonly whitelist: Whitelist;
  /** Of the filter, without the whitelist. */
  private readonly options: AdvertisementFilterOptions;
  private mode: DuplicateMode;
  private policy: string;

  /** `options`: those of the reporter's filter. */
  constructor(
    private readonly reporter: TagReporter,
    private readonly clock: Clock,
    options: AdvertisementFilterOptions,
  ) {
    this.options = { ...options };
    delete this.options.allow;
    this.mode = options.duplicates?.mode ?? reporter.ring?.mode ?? DuplicateMode.off;
    this.policy = options.allow ? 'whitelist' : 'default';
    this.whitelist = new Whitelist(options.allow, () => this.applyFilter());
  }

  /** How repeated advertisements are handled. */
  get duplicates(): DuplicateMode {
    return this.mode;
  }

  property(name: string): string {
    const { control } = this.reporter;
    const { intervalMilliseconds, windowMilliseconds, active } = control.profile.connected;
    switch (name) {
      case 'name':
        return RADIO;
      case 'type':
        return active ? 'active' : 'passive';
      case 'interval':
        return String(intervalMilliseconds);
      case 'window':
        return String(windowMilliseconds);
      case 'filter-policy':
        return this.policy;
      case 'filter-duplicates':
        return duplicateModeNames[this.mode]!;
      case 'disabled':
        return control.state === ScanState.stopped ? 'yes' : 'no';
      default:
        return '';
    }
  }

  /** Throws a RangeError of one line, and then changes nothing. */
  set(properties: Properties): void {
    const now = this.clock.now();
    const profile = this.changedProfile(properties);
    const word = properties['filter-duplicates'];
    const mode = word === undefined ? this.mode : parseDuplicateMode(word);
    this.reporter.control.setProfile(profile);
    this.policy = properties['filter-policy'] ?? this.policy;
    if (mode !== this.mode) {
      this.mode = mode;
      const isFilter = mode === DuplicateMode.keepOldest || mode === DuplicateMode.keepUnique;
      if (isFilter) this.options.duplicates = new DuplicateFilter({ mode });
      else delete this.options.duplicates;
    }
    if (word !== undefined || properties['filter-policy'] !== undefined) this.applyFilter();
    if (properties['disabled'] === 'yes') this.reporter.endScan(now);
    else if (properties['disabled'] === 'no') this.reporter.startScan(now);
  }

  /** Applies with and without a connection. */
  private changedProfile({ type, interval: intervalText, window: windowText }: Properties): ScanProfile {
    const { profile } = this.reporter.control;
    const changed = type === undefined ? profile : withActive(profile, type === 'active');
    if (intervalText === undefined && windowText === undefined) return changed;
    const { connected, waitSeconds } = changed;
    const interval = intervalText === undefined ? connected.intervalMilliseconds : Number(intervalText);
    const window = windowText === undefined ? connected.windowMilliseconds : Number(windowText);
    if (window > interval) {
      throw new RangeError('window must be at most the interval (' + interval + ' ms), got ' + window + ' ms');
    }
    const scan = { intervalMilliseconds: interval, windowMilliseconds: window, active: connected.active };
    return { name: 'steady', connecting: scan, connected: scan, waitSeconds };
  }

  private applyFilter(): void {
    const options: AdvertisementFilterOptions = { ...this.options };
    if (this.policy === 'whitelist') options.allow = this.whitelist.addresses;
    this.reporter.filter.configure(options);
  }
}
