import type { CoverageAt, CoverageUpdate } from '../page/protocol.js';

/** Gateways that are told of a tag: those that hear it best. */
const MOST_GATEWAYS = 5;
/** Milliseconds after which who heard a tag does no longer. */
const STALE = 3_600_000;
/** How much the last reading counts in the mean of the signal strength. */
const WEIGHT = 0.25;
/** What is told in one text. */
const TAGS_AT_ONCE = 1000;

/** Who hears which tag, and how well. Bounded: the tags go that were not heard for longest. */
export class FleetCoverage {
  /** By address, those that were heard last at the end. */
  private readonly tags = new Map<string, CoverageAt[]>();
  private readonly changed = new Set<string>();
  private removed = new Set<string>();

  constructor(private readonly mostTags: number) {}

  get size(): number {
    return this.tags.size;
  }

  /** A gateway heard a tag at `at`, with `rssi` dBm. */
  note(address: string, name: string, rssi: number, at: number): void {
    const heard = (this.tags.get(address) ?? []).filter((one) => one.at > at - STALE);
    const before = heard.find((one) => one.name === name);
    const others = heard.filter((one) => one !== before);
    const mean = before ? before.rssi + WEIGHT * (rssi - before.rssi) : rssi;
    others.push({ name, rssi: mean, at: Math.max(at, before?.at ?? 0), readings: (before?.readings ?? 0) + 1 });
    if (others.length > MOST_GATEWAYS) others.splice(indexOfWeakest(others), 1);
    this.tags.delete(address);
    this.tags.set(address, others);
    this.changed.add(address);
    this.removed.delete(address);
    if (this.tags.size <= this.mostTags) return;
    const oldest = this.tags.keys().next().value!;
    this.tags.delete(oldest);
    this.changed.delete(oldest);
    this.removed.add(oldest);
  }

  /** What changed since the last call, in texts of bounded length. */
  takeChanges(): CoverageUpdate[] {
    const updates = this.updates([...this.changed]);
    this.changed.clear();
    if (this.removed.size > 0) updates.push({ type: 'coverage', tags: [], removed: [...this.removed] });
    this.removed = new Set();
    return updates;
  }

  all(): CoverageUpdate[] {
    return this.updates([...this.tags.keys()]);
  }

  private updates(addresses: readonly string[]): CoverageUpdate[] {
    const updates: CoverageUpdate[] = [];
    for (let i = 0; i < addresses.length; i += TAGS_AT_ONCE) {
      const tags = addresses.slice(i, i + TAGS_AT_ONCE).map((address) => ({
        address,
        gateways: this.tags
          .get(address)!
          .map((one) => ({ ...one, rssi: Math.round(one.rssi) }))
          .sort((a, b) => b.rssi - a.rssi),
      }));
      updates.push({ type: 'coverage', tags });
    }
    return updates;
  }
}

/** Not the last one, which was just heard, so that a gateway that comes nearer gets a place. */
function indexOfWeakest(heard: readonly CoverageAt[]): number {
  let weakest = 0;
  for (let i = 1; i < heard.length - 1; i++) if (heard[i]!.rssi < heard[weakest]!.rssi) weakest = i;
  return weakest;
}
