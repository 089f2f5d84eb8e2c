import type { LogUpdate } from '../page/protocol.js';

/**
 * What is new since the last update, up to a bound, and the last ones of what was told before. A page that opens is
 * told those, and then with all pages what is new, so that nothing comes twice.
 */
export class Kept<T> {
  private fresh: T[] = [];
  private left = 0;
  private old: T[] = [];

  /** `most`: in an update; further ones are counted only. `kept`: of those before. */
  constructor(
    private readonly most: number,
    private readonly kept: number,
  ) {}

  add(one: T): void {
    if (this.fresh.length < this.most) this.fresh.push(one);
    else this.left++;
  }

  take(): { fresh: T[]; left: number } {
    const { fresh, left } = this;
    if (fresh.length > 0) this.old = [...this.old, ...fresh].slice(-this.kept);
    this.fresh = [];
    this.left = 0;
    return { fresh, left };
  }

  past(): T[] {
    return this.old;
  }
}

/** The log of a source. */
export class KeptLines extends Kept<LogUpdate['lines'][number]> {
  /** The lines since the last update, as a page is told; of those that were too many the number. Empty: none. */
  update(now: number): LogUpdate[] {
    const { fresh: lines, left } = this.take();
    if (left > 0) lines.push({ time: now, kind: 'world', text: `${left} lines left out` });
    return lines.length > 0 ? [{ type: 'log', lines }] : [];
  }
}
