import { checkInteger } from '../check-range.js';
import type { AdvertisementDigest } from '../advertisement-digest.js';
import { HashStep } from '../reading.js';

/** What was found out about an advertisement that is of no use. */
export const enum Verdict {
  /** Nothing is remembered of it. */
  none = 0,
  /** It passed the filter, and no format could read it. */
  undecoded = 1,
  /** The filter kept it out for its content. */
  content = 2,
}

const PLACE_BYTES = 9;

/** Places for a device that knows so many tags: a quarter of them, as a power of two, at least 16. */
export function verdictPlaces(tags: number): number {
  let places = 16;
  while (places * 4 < tags) places *= 2;
  return places;
}

/** Bytes of a `VerdictCache` for so many tags. */
export function verdictCacheBytes(tags: number): number {
  return PLACE_BYTES * verdictPlaces(tags);
}

/**
 * Remembers advertisements that are of no use, such as those of phones, by their digests and the addresses of their
 * advertisers, so that the next one that says the same is not walked again. A new one takes the place of another: a
 * place is chosen by the digest, and nothing is searched.
 *
 * Nothing but the constructor allocates: 9 bytes for each place.
 */
export class VerdictCache {
  /** Two numbers for each place, and the verdicts by place. */
  private readonly digests: Uint32Array;
  private readonly verdicts: Uint8Array;
  /** The bits of a number that say where in `digests` its place is. */
  private readonly mask: number;

  /** `capacity`: places, a power of two from 1 to 4096. Throws a RangeError otherwise. */
  constructor(capacity: number) {
    checkInteger('verdict cache capacity', capacity, 1, 4096);
    if (capacity & (capacity - 1)) {
      throw new RangeError('verdict cache capacity must be a power of two, got ' + capacity);
    }
    this.mask = 2 * (capacity - 1);
    const buffer = new ArrayBuffer(PLACE_BYTES * capacity);
    this.digests = new Uint32Array(buffer, 0, 2 * capacity);
    this.verdicts = new Uint8Array(buffer, 8 * capacity, capacity);
  }

  /** What is remembered of the advertisement that was read last, with its address. */
  find(digest: AdvertisementDigest): Verdict {
    const digests = this.digests;
    const number = addressed(digest);
    const at = number & this.mask;
    if (digests[at + 1] !== number || digests[at] !== digest.sum) return Verdict.none;
    return this.verdicts[at >> 1]!;
  }

  /** Remembers it. */
  keep(digest: AdvertisementDigest, verdict: Verdict): void {
    const number = addressed(digest);
    const at = number & this.mask;
    this.digests[at] = digest.sum;
    this.digests[at + 1] = number;
    this.verdicts[at >> 1] = verdict;
  }

  /** Forgets all. */
  clear(): void {
    this.verdicts.fill(Verdict.none);
  }
}

/** The remainder of a digest with the address behind the advertisement, as two further words. */
function addressed(digest: AdvertisementDigest): number {
  return (
    ((digest.remainder * HashStep.factor + ((digest.head >>> 0) * HashStep.factor2 + digest.tail)) %
      HashStep.modulus) >>>
    0
  );
}
