import type { Clock } from '../../src/hal/index.js';
import { RSSI_UNKNOWN } from '../../src/tags/index.js';
import type { RelayedAdvertisement } from './mqtt-advertisements.js';

/** A gateway that was silent about a tag for so long is not its gateway any more, in milliseconds. */
const OWNER_TIME = 10000;
/** A gateway must hear a tag so much better than its present one, in dB, or the tag would change all the time. */
const MARGIN = 6;
/** Different advertisements of a tag that are remembered, of those that its tags may send in turn. */
const REMEMBERED = 8;
const MAX_TAGS = 4096;

interface Relayed {
  /** The gateway that hears the tag best. */
  owner: string;
  rssi: number;
  heardAt: number;
  /** The last ones that were let through, in hexadecimal, newest last. */
  readonly recent: { bytes: string; at: number; gateway: string }[];
}

/**
 * Makes one tag of what several gateways hear of it. The gateway that hears a tag best has it; what the others relay is
 * let through only when it is new, so that no reading waits for the best gateway, while signal strength and repetitions
 * come from one place.
 */
export class RelayedTags {
  private readonly tags = new Map<string, Relayed>();

  constructor(private readonly clock: Clock) {}

  /** True when another gateway has relayed this before. */
  isCopy(heard: RelayedAdvertisement): boolean {
    const now = this.clock.now();
    const key = Buffer.from(heard.address).toString('hex');
    const bytes = Buffer.from(heard.bytes).toString('hex');
    const rssi = heard.rssi === RSSI_UNKNOWN ? -127 : heard.rssi;
    const known = this.tags.get(key);
    const tag = known ?? { owner: heard.gateway, rssi, heardAt: now, recent: [] };
    // The order of the map is that in which tags were heard last.
    this.tags.delete(key);
    this.tags.set(key, tag);
    if (this.tags.size > MAX_TAGS) this.tags.delete(this.tags.keys().next().value!);
    const isOwner = tag.owner === heard.gateway || now - tag.heardAt > OWNER_TIME || rssi >= tag.rssi + MARGIN;
    if (isOwner) {
      tag.owner = heard.gateway;
      tag.rssi = rssi;
      tag.heardAt = now;
    }
    const before = tag.recent.findIndex((entry) => entry.bytes === bytes && now - entry.at <= OWNER_TIME);
    if (before >= 0 && !isOwner) return true;
    // What another gateway relayed, and something newer since: the best gateway is late, and would turn time back.
    if (before >= 0 && before < tag.recent.length - 1 && tag.recent[before]!.gateway !== heard.gateway) return true;
    if (before >= 0) tag.recent.splice(before, 1);
    tag.recent.push({ bytes, at: now, gateway: heard.gateway });
    if (tag.recent.length > REMEMBERED) tag.recent.shift();
    return false;
  }
}
