import {
  AdvertisementFilter,
  FILTER_REASON_COUNT,
  filterReasonNames,
} from '../../../src/tags/filter/advertisement-filter.js';
import type { AdvertisementFilterOptions } from '../../../src/tags/filter/advertisement-filter.js';
import { DuplicateFilter, DuplicateMode } from '../../../src/tags/filter/duplicate-filter.js';
import { parseAddressPatterns, parseCompanies, parseServices } from '../../../src/tags/filter/filter-text.js';
import { parseAddress } from '../../../src/tags/address-text.js';
import { adStructure, filterReason, manufacturerData, serviceData } from '../advertisement.js';
import { guarded } from '../guarded.js';
import { fromHex } from '../hex.js';
import { describe, expect, it } from 'vitest';

const FLAGS = [2, 1, 6];
const NORDIC = '6E400001-B5A3-F393-E0A9-E50E24DCCA9E';
const nordic = fromHex(NORDIC.replaceAll('-', '')).reverse();

interface Heard {
  address?: string;
  type?: number;
  rssi?: number;
  bytes?: number[];
}

/** The reason by its name; nothing outside the advertisement may be read. */
function check(filter: AdvertisementFilter, heard: Heard = {}): string {
  const { address = 'AA:BB:CC:DD:EE:FF', type = 0, rssi = -60, bytes = FLAGS } = heard;
  const all = Uint8Array.from([0xff, ...bytes, 0xff]);
  const guard = guarded(all, 1, all.length - 1);
  const range = { bytes: guard.bytes, from: 1, to: all.length - 1 };
  const reason = filterReason(filter, { address: parseAddress(address), addressType: type, rssi, ...range });
  expect(guard.outside).toEqual([]);
  return filterReasonNames[reason]!;
}

const made = (options: AdvertisementFilterOptions): AdvertisementFilter => new AdvertisementFilter(options);

describe('AdvertisementFilter', () => {
  it('lets everything pass when nothing is asked of it', () => {
    const filter = made({});
    expect([check(filter), check(filter, { rssi: -127, bytes: [] })]).toEqual(['passed', 'passed']);
    expect([...filter.counts]).toEqual([2, 0, 0, 0, 0, 0, 0]);
    expect([filter.counts.length, filterReasonNames.length]).toEqual([FILTER_REASON_COUNT, FILTER_REASON_COUNT]);
  });

  it('keeps out what is weaker than the floor, and takes an unknown strength', () => {
    const filter = made({ rssiFloor: -80 });
    expect([-81, -80, 20, 127].map((rssi) => check(filter, { rssi }))).toEqual(['weak', 'passed', 'passed', 'passed']);
  });

  it('has lists of advertisers, of which deny wins', () => {
    const allow = parseAddressPatterns('AA:BB:*, AA:BB:CC:*');
    const filter = made({ allow, deny: parseAddressPatterns('AA:BB:CC:DD:EE:FF, 11:* random') });
    expect(check(filter)).toBe('denied');
    expect(check(filter, { address: 'AA:BB:CC:00:00:00' })).toBe('passed');
    expect(check(filter, { address: 'AA:BC:00:00:00:00' })).toBe('notAllowed');
    expect(check(filter, { address: '11:00:00:00:00:00', type: 1 })).toBe('denied');
    expect(check(filter, { address: '11:00:00:00:00:00' })).toBe('notAllowed');
    expect([...filter.counts]).toEqual([1, 0, 2, 2, 0, 0, 0]);
  });

  it('an allow list without entries lets nobody pass', () => {
    expect(check(made({ allow: parseAddressPatterns('') }))).toBe('notAllowed');
  });

  it.each([
    ['a company', manufacturerData(0x0499, [5])],
    ['a company behind others', [...FLAGS, ...manufacturerData(1, []), ...manufacturerData(0x0499, [])]],
    ['service data of 16 bits', serviceData(0xfcd2, [0x40])],
    ['service data of 32 bits', adStructure(0x20, [0xd2, 0xfc, 0, 0, 1])],
    ['service data of 128 bits', adStructure(0x21, [...nordic, 1, 2])],
    ['a list of 16 bits', adStructure(0x03, [0x0f, 0x18, 0xd2, 0xfc])],
    ['a part of a list of 16 bits', adStructure(0x02, [0xd2, 0xfc])],
    ['a list of 32 bits', adStructure(0x05, [1, 2, 3, 4, 0xd2, 0xfc, 0, 0])],
    ['a part of a list of 32 bits', adStructure(0x04, [0xd2, 0xfc, 0, 0])],
    ['a list of 128 bits', adStructure(0x07, [...new Uint8Array(16), ...nordic])],
    ['a part of a list of 128 bits', adStructure(0x06, nordic)],
  ])('finds %s', (_, bytes) => {
    const filter = made({ companies: parseCompanies('0x0499'), services: parseServices(`FCD2, ${NORDIC}`) });
    expect(check(filter, { bytes })).toBe('passed');
  });

  it.each([
    ['nothing', []],
    ['another company', manufacturerData(0x0498, [0x99, 0x04])],
    ['a company cut short', [2, 0xff, 0x99]],
    ['another service', serviceData(0xfcd3, [])],
    ['the number in another place', adStructure(0x09, [0xd2, 0xfc])],
    ['half a UUID', adStructure(0x03, [0x0f, 0x18, 0xd2])],
    ['a UUID cut short', adStructure(0x21, nordic.subarray(0, 15))],
    ['a list of 128 bits cut short', adStructure(0x07, nordic.subarray(1))],
    ['what runs past the end', [5, 0x16, 0xd2, 0xfc]],
  ])('does not take %s', (_, bytes) => {
    const filter = made({ companies: parseCompanies('0x0499'), services: parseServices(`FCD2, ${NORDIC}`) });
    expect(check(filter, { bytes })).toBe('content');
  });

  it('of companies alone finds no service, and of services alone no company', () => {
    const bytes = [...serviceData(0x0499, []), ...manufacturerData(0xfcd2, [])];
    expect(check(made({ companies: parseCompanies('0x0499') }), { bytes })).toBe('content');
    expect(check(made({ services: parseServices('FCD2') }), { bytes })).toBe('content');
  });

  it('remembers only what it takes', () => {
    const duplicates = new DuplicateFilter({ mode: DuplicateMode.keepOldest });
    const filter = made({ rssiFloor: -80, duplicates });
    const reasons = [-90, -70, -60].map((rssi) => check(filter, { rssi }));
    expect(reasons).toEqual(['weak', 'passed', 'duplicate']);
  });

  it('can be told otherwise, and stays as it is when that is not allowed', () => {
    const filter = made({ rssiFloor: -50 });
    expect(() => filter.configure({ rssiFloor: -128 })).toThrow(
      'rssiFloor must be a number from -127 to 20 dBm, got -128',
    );
    expect(check(filter)).toBe('weak');
    filter.configure({});
    expect(check(filter)).toBe('passed');
  });

  it('says whether the same advertisement gets the same answer, and when that may have changed', () => {
    const filter = made({ rssiFloor: -80, companies: parseCompanies('0x0499') });
    expect([filter.steady, filter.hasAllowList]).toEqual([true, false]);
    const { revision } = filter;
    filter.configure({
      allow: parseAddressPatterns('AA:*'),
      duplicates: new DuplicateFilter({ mode: DuplicateMode.off }),
    });
    expect([filter.steady, filter.hasAllowList]).toEqual([true, true]);
    expect(filter.revision).not.toBe(revision);
    for (const mode of [DuplicateMode.keepOldest, DuplicateMode.keepUnique]) {
      filter.configure({ duplicates: new DuplicateFilter({ mode }) });
      expect(filter.steady).toBe(false);
    }
    filter.configure({});
    expect([filter.steady, filter.hasAllowList]).toEqual([true, false]);
  });

  it('does not let pass what has become weak, and counts it', () => {
    const filter = made({ rssiFloor: -80 });
    const reasons = [-80, -81, 127].map((rssi) => filterReasonNames[filter.checkStrength(rssi)]);
    expect(reasons).toEqual(['passed', 'weak', 'passed']);
    expect([...filter.counts]).toEqual([0, 1, 0, 0, 0, 0, 0]);
  });

  it.each([21, NaN])('refuses a floor of %d', (rssiFloor) => {
    expect(() => made({ rssiFloor })).toThrow(`rssiFloor must be a number from -127 to 20 dBm, got ${rssiFloor}`);
  });
});
