const BITS = 32;
/** Words without a gap are forgotten when there are so many at the beginning. */
const MOST_FULL = 64;
const FULL = 0xffffffff;

/** Which counters of one start of a device were received: bits, from the first that is missing on. */
export class ReceivedCounters {
  /** Different ones. */
  received = 0;
  private words = new Uint32Array(4);
  /** The counter of the first bit; all before it were received. */
  private base = 0;

  /** Words that it takes. */
  get size(): number {
    return this.words.length;
  }

  /** False when it was received before. */
  add(counter: number): boolean {
    if (counter < this.base) return false;
    if (counter - this.base >= BITS * this.words.length) this.grow(counter);
    const place = counter - this.base;
    const word = Math.floor(place / BITS);
    const bit = 1 << (place % BITS);
    if ((this.words[word]! & bit) !== 0) return false;
    this.words[word] = this.words[word]! | bit;
    this.received++;
    return true;
  }

  /** Makes room for `counter`. */
  private grow(counter: number): void {
    let full = 0;
    while (full < this.words.length && this.words[full] === FULL) full++;
    if (full < MOST_FULL) full = 0;
    const kept = this.words.subarray(full);
    this.base += full * BITS;
    const needed = Math.floor((counter - this.base) / BITS) + 1;
    const words = new Uint32Array(Math.max(2 * kept.length, needed, 4));
    words.set(kept);
    this.words = words;
  }
}
