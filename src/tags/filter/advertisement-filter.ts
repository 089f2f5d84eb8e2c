import { checkNumber } from '../check-range.js';
import type { AddressWords } from '../address.js';
import type { Heard } from '../advertisement-digest.js';
import type { AddressList } from './address-list.js';
import { ContentFilter } from './content-filter.js';
import type { ServiceList } from './content-filter.js';
import type { DuplicateFilter } from './duplicate-filter.js';

/** What became of an advertisement; indexes `AdvertisementFilter.counts`. */
export const enum FilterReason {
  passed = 0,
  /** Weaker than the floor. */
  weak = 1,
  /** On the deny list. */
  denied = 2,
  /** Not on the allow list. */
  notAllowed = 3,
  /** Not of a configured tag; whoever knows these counts it. */
  unknownTag = 4,
  /** Of no company and with no service that is wanted. */
  content = 5,
  duplicate = 6,
}

/** How many reasons there are. */
export const FILTER_REASON_COUNT = 7;

/** For people and for JSON, by `FilterReason`. */
export const filterReasonNames: readonly string[] = [
  'passed',
  'weak',
  'denied',
  'notAllowed',
  'unknownTag',
  'content',
  'duplicate',
];

/** What an `AdvertisementFilter` lets through. What is absent keeps nothing out. */
export interface AdvertisementFilterOptions {
  /** Signal strength in dBm, -127 to 20, below which nothing is taken. An unknown one is taken. */
  rssiFloor?: number;
  /** Only these advertisers. */
  allow?: AddressList;
  /** None of these advertisers, even when they are on the allow list. */
  deny?: AddressList;
  /** Only what has one of these companies or one of the services. */
  companies?: Uint16Array;
  services?: ServiceList;
  duplicates?: DuplicateFilter;
}

/**
 * Decides from an advertisement as it was received whether it is worth decoding: `checkAdvertiser` first, and what
 * passes that goes to `checkContent`. So what is cheap is asked first: the signal strength, the lists, then the
 * content, and last whether it was there before, so that only what is taken is remembered. Each advertisement is
 * counted once. Any bytes are taken; nothing is read outside of the advertisement, throws or allocates, but
 * `configure`.
 */
export class AdvertisementFilter {
  /** Advertisements by `FilterReason`, since construction. Wraps at 2^32. */
  readonly counts: Uint32Array;
  /**
   * True when the same advertisement of the same advertiser always gets the same answer, but for its signal strength,
   * until `revision` changes: then who has had the answer need not ask again.
   */
  steady = true;
  /** How often it was configured. */
  revision = 0;
  /** True when only some advertisers are let in. */
  hasAllowList = false;
  /** True when `checkAdvertiser` may keep something out. */
  hasAdvertiserRules = false;

  /** Signal strength in dBm below which nothing is taken. An unknown one (127) is above each. */
  rssiFloor = -128;

  private allow: AddressList | undefined;
  private deny: AddressList | undefined;
  private content: ContentFilter | undefined;
  private duplicates: DuplicateFilter | undefined;

  /** Throws a RangeError that names the option, its range and the value. */
  constructor(options: AdvertisementFilterOptions) {
    this.counts = new Uint32Array(FILTER_REASON_COUNT);
    this.configure(options);
  }

  /** From now on these options count, and no others. Throws as the constructor does, and changes nothing then. */
  configure(options: AdvertisementFilterOptions): void {
    const { rssiFloor, companies, services } = options;
    if (rssiFloor !== undefined) checkNumber('rssiFloor', rssiFloor, -127, 20, 'dBm');
    this.rssiFloor = rssiFloor ?? -128;
    this.allow = options.allow;
    this.hasAllowList = options.allow !== undefined;
    this.deny = options.deny;
    this.content = companies || services ? new ContentFilter(companies, services) : undefined;
    this.duplicates = options.duplicates?.remembers ? options.duplicates : undefined;
    this.hasAdvertiserRules = this.hasAllowList || options.deny !== undefined || rssiFloor !== undefined;
    this.steady = !this.duplicates;
    this.revision++;
  }

  /**
   * What becomes of an advertisement as far as its signal strength and its advertiser go: `passed`, or why not.
   * `address` is that of `heard`, as numbers. Counts what it keeps out.
   */
  checkAdvertiser(address: AddressWords, heard: Heard): FilterReason {
    if (heard.rssi < this.rssiFloor) return this.count(FilterReason.weak);
    const deny = this.deny;
    if (deny && deny.find(address, heard.addressType) >= 0) {
      this.counts[FilterReason.denied]!++;
      return FilterReason.denied;
    }
    if (!this.hasAllowList) return FilterReason.passed;
    const isAllowed = this.allow!.find(address, heard.addressType) >= 0;
    return isAllowed ? FilterReason.passed : this.count(FilterReason.notAllowed);
  }

  /** As `checkAdvertiser`, of an advertiser that it let pass before, while the filter is `steady`. */
  checkStrength(rssi: number): FilterReason {
    return rssi < this.rssiFloor ? this.count(FilterReason.weak) : FilterReason.passed;
  }

  /** What becomes of an advertisement that passed `checkAdvertiser`. Counts it. */
  checkContent(heard: Heard): FilterReason {
    let reason = FilterReason.passed;
    if (this.content && !this.content.admits(heard.bytes, heard.from, heard.to)) reason = FilterReason.content;
    else if (this.duplicates && this.duplicates.isDuplicate(heard)) reason = FilterReason.duplicate;
    this.counts[reason]!++;
    return reason;
  }

  /** Counts an advertisement whose answer is known, and returns the answer. */
  count(reason: FilterReason): FilterReason {
    this.counts[reason]!++;
    return reason;
  }
}
