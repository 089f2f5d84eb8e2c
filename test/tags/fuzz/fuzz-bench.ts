import { AdvertisementRing } from '../../../src/tags/advertisement-ring.js';
import { AddressKind, AddressList } from '../../../src/tags/filter/address-list.js';
import { AdvertisementFilter, FILTER_REASON_COUNT } from '../../../src/tags/filter/advertisement-filter.js';
import { DuplicateFilter, DuplicateMode } from '../../../src/tags/filter/duplicate-filter.js';
import { parseCompanies, parseServices } from '../../../src/tags/filter/filter-text.js';
import { AdvertisementDecoder, KeyTable, Reading, ReadingState } from '../../../src/tags/index.js';
import { filterReason } from '../advertisement.js';
import { guarded } from '../guarded.js';
import { keyedTags } from './cases.js';
import type { Case } from './cases.js';
import { readingFaults } from './reading-faults.js';

/** Bytes around an advertisement, which nobody may read. */
const MARGIN = 4;

/** Filters, ring and decoders as a gateway has them, which take one case after another. */
export class FuzzBench {
  /** Cases by the state of their reading. */
  readonly states = new Uint32Array(16);
  /** Cases by the format that named their reading. */
  readonly formats = new Uint32Array(256);

  private readonly reading = new Reading();
  private readonly filters: AdvertisementFilter[];
  private readonly rings: AdvertisementRing[];
  /** Tags of the same address with different keys need decoders of their own. */
  private readonly decoders: AdvertisementDecoder[] = [];
  private now = 0;

  constructor() {
    const list = new AddressList(64);
    for (const { address } of keyedTags) list.add(address, 3, AddressKind.any, '');
    const modes = [DuplicateMode.keepOldest, DuplicateMode.keepUnique];
    this.filters = [
      new AdvertisementFilter({ rssiFloor: -90, allow: list }),
      new AdvertisementFilter({ deny: list }),
      new AdvertisementFilter({ companies: parseCompanies('0x0499, 0x004C'), services: parseServices('FCD2, FE95') }),
      ...modes.map((mode) => new AdvertisementFilter({ duplicates: new DuplicateFilter({ mode, capacity: 32 }) })),
    ];
    this.rings = [DuplicateMode.off, DuplicateMode.keepNewest, ...modes].map(
      (duplicates) => new AdvertisementRing({ capacity: 16, duplicates }),
    );
    let rest = [...keyedTags];
    while (rest.length > 0) {
      const keys = new KeyTable({ capacity: 128 });
      const others = rest.filter(({ address, key }) => {
        const index = keys.find(address, 0);
        if (index >= 0) return keys.keys.subarray(index * 16, index * 16 + key.length).some((b, i) => b !== key[i]);
        keys.set(address, 0, key, key.length);
        return false;
      });
      this.decoders.push(new AdvertisementDecoder(keys));
      rest = others;
    }
    for (const decoder of this.decoders) decoder.presence = true;
    this.decoders.push(new AdvertisementDecoder());
  }

  /** What is wrong with how a case was taken; one line each, none when all is well. What throws is not caught. */
  take({ address, addressType, rssi, bytes }: Case): string[] {
    const from = MARGIN;
    const to = MARGIN + bytes.length;
    const all = new Uint8Array(bytes.length + 2 * MARGIN).fill(0xa5);
    all.set(bytes, from);
    const guard = guarded(all, from, to);
    const faults: string[] = [];
    const heard = { address, addressType, rssi, bytes: guard.bytes, from, to };
    for (const filter of this.filters) {
      const reason = filterReason(filter, heard);
      if (!(reason >= 0 && reason < FILTER_REASON_COUNT)) faults.push(`reason ${reason}`);
    }
    this.now += 10;
    for (const ring of this.rings) {
      ring.keep(heard, this.now, false);
      if (ring.size > ring.capacity) faults.push(`${ring.size} in a ring of ${ring.capacity}`);
    }
    for (const decoder of this.decoders) {
      const format = decoder.decode(guard.bytes, from, to, this.reading, address);
      if (format !== 0 && format !== this.reading.format) faults.push(`format ${format}, not ${this.reading.format}`);
      faults.push(...readingFaults(this.reading));
      this.states[this.reading.state] = this.states[this.reading.state]! + 1;
      if (this.reading.state === ReadingState.ok) this.formats[format] = this.formats[format]! + 1;
    }
    if (guard.outside.length > 0) faults.push(`reads outside: ${guard.outside.join(', ')}`);
    return faults;
  }
}
