import { AdStructures } from './ad-structures.js';
import { AdType } from './ad-type.js';
import { uint16le, uint32le } from './formats/integers.js';
import { type ServiceList, UUID_SIZE } from './service-list.js';

/** Lists of UUIDs, beside those of 16 bits (Bluetooth Assigned Numbers, 2.3). */
const enum ListType {
  someServices32 = 0x04,
  allServices32 = 0x05,
  someServices128 = 0x06,
  allServices128 = 0x07,
}

/**
 * Looks whether an advertisement is of one of some makers, or has one of some services, in service data or in a list
 * of UUIDs. It walks the AD structures only as far as the first one that fits, and allocates nothing.
 */
export class ContentFilter {
  private readonly structures = new AdStructures();
  private readonly companies: Uint16Array | undefined;
  private readonly services: ServiceList | undefined;

  /** Company identifiers (Assigned Numbers, 7.1), and services; at least one of both. They are kept, not copied. */
  constructor(companies: Uint16Array | undefined, services: ServiceList | undefined) {
    this.companies = companies;
    this.services = services;
  }

  /** True when one of the AD structures in `bytes[from..to)` has a company or a service that is wanted. */
  admits(bytes: Uint8Array, from: number, to: number): boolean {
    const { structures, companies, services } = this;
    structures.start(bytes, from, to);
    while (structures.next()) {
      const type = structures.type;
      if (type === AdType.manufacturerData) {
        if (companies && this.isOfCompany(bytes, companies)) return true;
      } else if (services && this.hasService(type, bytes, services)) return true;
    }
    return false;
  }

  private isOfCompany(bytes: Uint8Array, companies: Uint16Array): boolean {
    const { from, to } = this.structures;
    if (to - from < 2) return false;
    const company = uint16le(bytes, from);
    for (let i = 0; i < companies.length; i++) if (companies[i] === company) return true;
    return false;
  }

  private hasService(type: number, bytes: Uint8Array, services: ServiceList): boolean {
    const { from, to } = this.structures;
    switch (type) {
      case AdType.serviceData16:
        return to - from >= 2 && services.hasShort(uint16le(bytes, from));
      case AdType.serviceData32:
        return to - from >= 4 && services.hasShort(uint32le(bytes, from));
      case AdType.serviceData128:
        return to - from >= UUID_SIZE && services.hasLong(bytes, from);
      case AdType.someServices16:
      case AdType.allServices16:
        for (let at = from; at + 2 <= to; at += 2) if (services.hasShort(uint16le(bytes, at))) return true;
        return false;
      case ListType.someServices32:
      case ListType.allServices32:
        for (let at = from; at + 4 <= to; at += 4) if (services.hasShort(uint32le(bytes, at))) return true;
        return false;
      case ListType.someServices128:
      case ListType.allServices128:
        for (let at = from; at + UUID_SIZE <= to; at += UUID_SIZE) if (services.hasLong(bytes, at)) return true;
        return false;
    }
    return false;
  }
}
