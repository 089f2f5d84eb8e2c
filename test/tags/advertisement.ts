import { FilterReason } from '../../src/tags/filter/advertisement-filter.js';
import type { AdvertisementFilter } from '../../src/tags/filter/advertisement-filter.js';
import { MATCH_SOURCE } from '../../src/tags/frame.js';
import { AdvertisementDigest, Source } from '../../src/tags/index.js';
import type { Heard, Match } from '../../src/tags/index.js';

/** One AD structure: length, type, value. */
export function adStructure(type: number, value: ArrayLike<number>): number[] {
  return [value.length + 1, type, ...Array.from(value)];
}

/** Manufacturer specific data of a company. */
export function manufacturerData(company: number, value: ArrayLike<number>): number[] {
  return adStructure(0xff, [company & 0xff, company >> 8, ...Array.from(value)]);
}

/** Service data of a 16-bit UUID. */
export function serviceData(uuid: number, value: ArrayLike<number>): number[] {
  return adStructure(0x16, [uuid & 0xff, uuid >> 8, ...Array.from(value)]);
}

/** The bytes of a number, low byte first. */
export function littleEndian(value: number, size: number): number[] {
  return Array.from({ length: size }, (_, i) => Math.floor(value / 256 ** i) & 0xff);
}

/** The bytes of a number, high byte first. */
export function bigEndian(value: number, size: number): number[] {
  return littleEndian(value, size).reverse();
}

/** The two parts of a match. */
export function splitMatch(match: Match): { source: Source; id: number } {
  return { source: Math.floor(match / MATCH_SOURCE), id: match % MATCH_SOURCE };
}

/** The AD structure that is offered for a match, with this value behind what it is recognised by. */
export function matchStructure(match: Match, value: ArrayLike<number>): number[] {
  const { source, id } = splitMatch(match);
  switch (source) {
    case Source.manufacturer:
      return adStructure(0xff, [...littleEndian(id, 2), ...Array.from(value)]);
    case Source.anyManufacturer:
      return adStructure(0xff, [0xfe, 0xff, ...Array.from(value)]);
    case Source.wholeManufacturer:
      return adStructure(0xff, value);
    case Source.service16:
      return adStructure(0x16, [...littleEndian(id, 2), ...Array.from(value)]);
    case Source.service32:
      return adStructure(0x20, [...littleEndian(id, 4), ...Array.from(value)]);
    case Source.service128:
      return adStructure(0x21, [...new Uint8Array(12), ...littleEndian(id, 4), ...Array.from(value)]);
    case Source.serviceList16:
      return adStructure(0x03, [...littleEndian(id, 2), ...Array.from(value)]);
    case Source.name:
      return adStructure(0x09, value);
  }
}

/** What becomes of an advertisement that a filter is asked about as a gateway does. */
export function filterReason(filter: AdvertisementFilter, heard: Heard): FilterReason {
  const digest = new AdvertisementDigest();
  digest.readAddress(heard.address);
  const reason = filter.checkAdvertiser(digest, heard);
  return reason === FilterReason.passed ? filter.checkContent(heard) : reason;
}
