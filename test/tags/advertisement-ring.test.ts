import fc from 'fast-check';
import type { Heard } from '../../src/tags/advertisement-digest.js';
import { AdvertisementRing } from '../../src/tags/advertisement-ring.js';
import { DuplicateMode } from '../../src/tags/filter/duplicate-filter.js';
import { fromHex, toHex } from './hex.js';
import { describe, expect, it } from 'vitest';

const ADDRESSES: Record<string, Uint8Array> = {
  A: fromHex('aabbccddeeff'),
  B: fromHex('aabbccddeefe'),
  a: fromHex('aabbccddeeff'),
};

/** Adds advertisements written as advertiser and content (`A01`; `a` is random), a second apart. */
function add(ring: AdvertisementRing, advertisements: string, from = 1000): number[] {
  return advertisements.split(' ').map((advertisement, i) => {
    const name = advertisement.charAt(0);
    const bytes = Uint8Array.from([9, ...fromHex(advertisement.slice(1)), 9]);
    const now = from + 1000 * i;
    const address = ADDRESSES[name]!;
    const addressType = name === 'a' ? 1 : 0;
    return ring.keep({ address, addressType, rssi: -50 - i, bytes, from: 1, to: bytes.length - 1 }, now, i % 2 === 1);
  });
}

/** An advertisement that is all of its array. */
function whole(name: string, rssi: number, bytes: Uint8Array): Heard {
  return { address: ADDRESSES[name]!, addressType: 0, rssi, bytes, from: 0, to: bytes.length };
}

function text(ring: AdvertisementRing, entry: number): string {
  const at = entry * ring.maxBytes;
  const address = toHex(ring.addresses, 6 * entry, 6 * entry + 6);
  const name = address.endsWith('fe') ? 'B' : ring.addressTypeOf(entry) === 1 ? 'a' : 'A';
  return name + toHex(ring.bytes, at, at + ring.keptOf(entry));
}

/** What it keeps, the oldest first, in the notation of `add`. */
function kept(ring: AdvertisementRing): string {
  const all: string[] = [];
  for (let entry = ring.newest(); entry >= 0; entry = ring.nextOlder(entry)) all.unshift(text(ring, entry));
  return all.join(' ');
}

describe('AdvertisementRing', () => {
  it('keeps the last ones, and counts those that it overwrote', () => {
    const ring = new AdvertisementRing({ capacity: 3 });
    expect([ring.size, ring.newest()]).toEqual([0, -1]);
    expect(add(ring, 'A01 A01 B02 a03 A04')).toEqual([0, 1, 2, 0, 1]);
    expect([kept(ring), ring.size, ring.overwritten]).toEqual(['B02 a03 A04', 3, 2]);
    expect(text(ring, ring.nextOlder(ring.newest()))).toBe('a03');
  });

  it('counts on when it is cleared', () => {
    const ring = new AdvertisementRing({ capacity: 2 });
    add(ring, 'A01 A02 A03');
    ring.clear();
    expect([ring.size, ring.overwritten]).toEqual([0, 1]);
    add(ring, 'A04 B05 A06 A07');
    expect([kept(ring), ring.overwritten]).toEqual(['A06 A07', 3]);
    expect(text(ring, ring.nextOlder(ring.newest()))).toBe('A06');
  });

  it('keeps when, how strong and whether an allow list let each pass', () => {
    const ring = new AdvertisementRing();
    add(ring, 'A01 B02');
    ring.keep(whole('A', 127, fromHex('020106')), 5000, false);
    expect([...ring.heardAt.subarray(0, 3)]).toEqual([1000, 2000, 5000]);
    expect([0, 1, 2].map((entry) => ring.rssiOf(entry))).toEqual([-50, -51, 127]);
    expect([0, 1, 2].map((entry) => ring.isAllowed(entry))).toEqual([false, true, false]);
    expect([0, 1, 2].map((entry) => ring.lengthOf(entry))).toEqual([1, 1, 3]);
  });

  it('cuts what is longer than it keeps, and tells its length', () => {
    const ring = new AdvertisementRing({ capacity: 2 });
    const bytes = new Uint8Array(255).fill(7);
    ring.keep(whole('A', -50, bytes), 0, false);
    ring.keep(whole('B', -50, fromHex('01')), 0, false);
    expect([ring.lengthOf(0), ring.keptOf(0), text(ring, 0), text(ring, 1)]).toEqual([
      255,
      31,
      'A' + '07'.repeat(31),
      'B01',
    ]);
    const wide = new AdvertisementRing({ capacity: 1, maxBytes: 255 });
    wide.keep(whole('A', -50, bytes), 0, false);
    expect(wide.keptOf(0)).toBe(255);
  });

  it('keep-newest has one for each advertiser, in the order of the last ones', () => {
    const ring = new AdvertisementRing({ duplicates: DuplicateMode.keepNewest });
    add(ring, 'A01 B02 A03 a04');
    expect([kept(ring), ring.superseded, ring.dropped]).toEqual(['B02 A03 a04', 1, 0]);
    expect(ring.heardAt[ring.nextOlder(ring.newest())]).toBe(3000);
  });

  it('keep-oldest has the first of each advertiser', () => {
    const ring = new AdvertisementRing({ duplicates: DuplicateMode.keepOldest });
    expect(add(ring, 'A01 B02 A03 a04 B02')).toEqual([0, 1, -1, 2, -1]);
    expect([kept(ring), ring.superseded, ring.dropped]).toEqual(['A01 B02 a04', 0, 2]);
  });

  it('keep-unique has the first of each content of an advertiser', () => {
    const ring = new AdvertisementRing({ duplicates: DuplicateMode.keepUnique });
    add(ring, 'A01 B01 A01 A0100 A02 A01');
    expect([kept(ring), ring.dropped]).toEqual(['A01 B01 A0100 A02', 2]);
  });

  it.each([DuplicateMode.off, DuplicateMode.keepNewest, DuplicateMode.keepOldest, DuplicateMode.keepUnique])(
    'in mode %i keeps what a list would, and takes all again once it is cleared',
    (duplicates) => {
      const names = fc.constantFrom('A', 'B', 'a');
      const one = fc.tuple(names, fc.constantFrom('', '01', '02', '0102')).map(([name, content]) => name + content);
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 5 }), fc.array(one, { minLength: 1, maxLength: 30 }), (capacity, all) => {
          const ring = new AdvertisementRing({ capacity, duplicates });
          let model: string[] = [];
          for (const advertisement of all) {
            const name = advertisement.charAt(0);
            const known = model.some((other) => other.startsWith(name));
            const keeps =
              duplicates === DuplicateMode.keepOldest
                ? !known
                : duplicates !== DuplicateMode.keepUnique || !model.includes(advertisement);
            if (duplicates === DuplicateMode.keepNewest) model = model.filter((other) => !other.startsWith(name));
            if (keeps) model = [...model, advertisement].slice(-capacity);
          }
          add(ring, all.join(' '));
          expect(kept(ring)).toBe(model.join(' '));
          ring.clear();
          expect([kept(ring), ring.size]).toEqual(['', 0]);
          add(ring, all[0]!);
          expect(kept(ring)).toBe(all[0]);
        }),
      );
    },
  );

  it.each([
    [{ capacity: 0 }, 'advertisement ring capacity must be an integer from 1 to 1024, got 0'],
    [{ capacity: 1025 }, 'advertisement ring capacity must be an integer from 1 to 1024, got 1025'],
    [{ maxBytes: 30 }, 'advertisement ring maxBytes must be an integer from 31 to 255, got 30'],
    [{ maxBytes: 256 }, 'advertisement ring maxBytes must be an integer from 31 to 255, got 256'],
  ])('refuses %j', (options, message) => {
    expect(() => new AdvertisementRing(options)).toThrow(message);
  });
});
