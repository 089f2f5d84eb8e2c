import { DuplicateMode } from '../../tags/duplicate-filter.js';
import { ADDRESS_SIZE } from '../../tags/tag-places.js';
import { RSSI_UNKNOWN } from '../../tags/tag-table.js';
import type { AdvertisementRing } from '../../tags/index.js';
import { dateText } from '../console/duration.js';
import type { AdvertisementList } from '../console/services.js';
import { addressText, hexText } from './hex-text.js';
import { RADIO } from './radio.js';
import type { ScannerEntry } from './scanner-entry.js';

/** `/iot bluetooth scanners advertisements`: what the ring has, the oldest first. */
export class AdvertisementEntries implements AdvertisementList {
  /** Entries of the ring, as they were when their number was asked for. */
  private entries: number[] = [];

  /** Without `ring` there are none. */
  constructor(
    private readonly ring: AdvertisementRing | undefined,
    private readonly scanner: ScannerEntry,
  ) {}

  /** Lists them anew; `property` goes by this list. */
  get count(): number {
    const { ring } = this;
    this.entries = [];
    if (!ring) return 0;
    // Where the ring itself keeps every one, only the newest of each address is shown if that was set.
    const newest = this.scanner.duplicates === DuplicateMode.keepNewest && ring.mode === DuplicateMode.off;
    const seen = new Set<string>();
    for (let entry = ring.newest(); entry >= 0; entry = ring.nextOlder(entry)) {
      if (newest) {
        const address = ring.addressType[entry]! + this.address(ring, entry);
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
        return dateText(ring.epoch[entry]!);
      case 'epoch':
        return ring.epoch[entry]! > 0 ? String(Math.floor(ring.epoch[entry]!)) : '';
      case 'address-type':
        return ring.addressType[entry] === 0 ? 'public' : 'random';
      case 'address':
        return this.address(ring, entry);
      case 'rssi':
        return ring.rssi[entry] === RSSI_UNKNOWN ? '' : String(ring.rssi[entry]);
      case 'length':
        return String(ring.length[entry]);
      case 'data':
        return hexText(ring.bytes, entry * ring.maxBytes, ring.keptOf(entry));
      case 'filter-comment':
        return ring.allowed[entry]! < 0 ? '' : this.comment(ring, entry);
      default:
        return ''; // pdu-type: scanners do not tell it
    }
  }

  clear(): void {
    this.ring?.clear();
  }

  private address(ring: AdvertisementRing, entry: number): string {
    return addressText(ring.addresses, entry * ADDRESS_SIZE);
  }

  /** Of the entry that lets it pass now: the number of the one that did means nothing once the list was changed. */
  private comment(ring: AdvertisementRing, entry: number): string {
    const { addresses } = this.scanner.whitelist;
    const found = addresses.find(ring.addresses, entry * ADDRESS_SIZE, ring.addressType[entry]!);
    return found < 0 ? '' : addresses.commentOf(found);
  }
}
