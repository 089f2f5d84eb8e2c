/** Values below this have a bucket each; above, each power of two has so many. */
const STEPS = 128;
const STEP_BITS = 7;
/** Microseconds that fit 31 bits, about 36 minutes. */
const LARGEST = 0x7fff_ffff;
const BUCKETS = (31 - STEP_BITS + 1) * STEPS;

/** The buckets of a histogram that are not empty, as JSON: number of the bucket, and how many. */
export type BucketCounts = readonly (readonly [bucket: number, count: number])[];

/**
 * How often which time was measured, in buckets of at most 1/128 of the time (1 µs below 128 µs), up to 36 minutes.
 * Those of several threads and machines can be added, so percentiles are those of all.
 */
export class Histogram {
  count = 0;
  /** Milliseconds. */
  max = 0;
  private sum = 0;
  private readonly counts = new Uint32Array(BUCKETS);

  /** Adds a time in milliseconds, so many times; a negative one, from two clocks that differ, counts as 0. */
  record(milliseconds: number, times = 1): void {
    const value = milliseconds > 0 ? Math.min(Math.round(milliseconds * 1000), LARGEST) : 0;
    this.counts[bucketOf(value)]! += times;
    this.count += times;
    this.sum += value * times;
    if (value > this.max * 1000) this.max = value / 1000;
  }

  add(other: HistogramRecord): void {
    for (const [bucket, count] of other.buckets) {
      this.counts[bucket]! += count;
      this.count += count;
    }
    this.sum += other.sum;
    if (other.max > this.max) this.max = other.max;
  }

  clear(): void {
    this.counts.fill(0);
    this.count = 0;
    this.sum = 0;
    this.max = 0;
  }

  /** Milliseconds; NaN when nothing was recorded. */
  get mean(): number {
    return this.sum / 1000 / this.count;
  }

  /** The time that `percent` of all did not exceed, in milliseconds, at most 1/128 too long; NaN without any. */
  percentile(percent: number): number {
    if (this.count === 0) return NaN;
    let left = Math.max(1, Math.ceil((percent / 100) * this.count));
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      left -= this.counts[bucket]!;
      if (left <= 0) return Math.min(endOf(bucket) / 1000, this.max);
    }
    return this.max;
  }

  /** How many did not exceed `milliseconds`, as exactly as the buckets are. */
  countUpTo(milliseconds: number): number {
    const last = bucketOf(Math.min(milliseconds * 1000, LARGEST));
    let count = 0;
    for (let bucket = 0; bucket <= last; bucket++) count += this.counts[bucket]!;
    return count;
  }

  toRecord(): HistogramRecord {
    const buckets: [number, number][] = [];
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      if (this.counts[bucket]! > 0) buckets.push([bucket, this.counts[bucket]!]);
    }
    return { sum: this.sum, max: this.max, buckets };
  }

  static sum(records: readonly HistogramRecord[]): Histogram {
    const all = new Histogram();
    for (const record of records) all.add(record);
    return all;
  }
}

/** A histogram as it goes to another thread or machine. */
export interface HistogramRecord {
  /** Microseconds. */
  readonly sum: number;
  /** Milliseconds. */
  readonly max: number;
  readonly buckets: BucketCounts;
}

export function isHistogramRecord(value: unknown): value is HistogramRecord {
  const { sum, max, buckets } = (value ?? {}) as Partial<HistogramRecord>;
  return (
    Number.isFinite(sum) &&
    Number.isFinite(max) &&
    Array.isArray(buckets) &&
    buckets.every(
      (pair: unknown) =>
        Array.isArray(pair) &&
        Number.isInteger(pair[0]) &&
        pair[0] >= 0 &&
        pair[0] < BUCKETS &&
        Number.isInteger(pair[1]),
    )
  );
}

/** `value`: whole microseconds up to `LARGEST`. */
function bucketOf(value: number): number {
  if (value < STEPS) return value;
  const exponent = 31 - Math.clz32(value);
  return (exponent - STEP_BITS + 1) * STEPS + ((value >>> (exponent - STEP_BITS)) - STEPS);
}

/** The largest value of a bucket. */
function endOf(bucket: number): number {
  if (bucket < STEPS) return bucket;
  const shift = Math.floor(bucket / STEPS) - 1;
  return (STEPS + (bucket % STEPS) + 1) * 2 ** shift - 1;
}
