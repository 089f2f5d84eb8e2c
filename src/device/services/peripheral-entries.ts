import { AdStructures } from '../../tags/ad-structures.js';
import { AdType } from '../../tags/ad-type.js';
import { AdvertisementDecoder } from '../../tags/decode.js';
import { formatName } from '../../tags/formats/index.js';
import { Reading } from '../../tags/reading.js';
import { ADDRESS_SIZE } from '../../tags/tag-places.js';
import { RSSI_UNKNOWN, STREAMS_PER_TAG } from '../../tags/tag-table.js';
import type { AdvertisementRing } from '../../tags/index.js';
import type { Clock } from '../../hal/index.js';
import { payloadText } from '../brokers/payload-text.js';
import { dateText } from '../console/duration.js';
import type { PeripheralEntry } from '../console/services.js';
import type { TagReporter } from '../tag-reporter.js';
import { descriptionText } from './description-text.js';
import { addressText, hexText } from './hex-text.js';
import type { Properties } from './stored-items.js';

class Peripheral implements PeripheralEntry {
  constructor(
    private readonly properties: Properties,
    private readonly values: Properties,
    readonly names: readonly string[],
  ) {}

  property(name: string): string {
    return this.properties[name] ?? this.values[name] ?? '';
  }
}

/**
 * `/iot bluetooth peripheral-devices`: the tags of the table that were heard. What they say is read from the last
 * advertisement of each that the ring still has, without keys: what is encrypted says so.
 */
export class PeripheralEntries {
  // Not the reporter's own: its replay counters must not see an advertisement twice.
  private readonly decoder = new AdvertisementDecoder();
  private readonly reading = new Reading();
  private readonly structures = new AdStructures();

  constructor(
    private readonly reporter: TagReporter,
    private readonly clock: Clock,
  ) {}

  get list(): readonly PeripheralEntry[] {
    const { tags, ring } = this.reporter;
    const last = new Map<string, number>();
    for (let entry = ring ? ring.oldest() : -1; ring && entry >= 0; entry = ring.nextNewer(entry)) {
      last.set(addressText(ring.addresses, entry * ADDRESS_SIZE), entry);
    }
    const list: PeripheralEntry[] = [];
    for (let tag = tags.nextUsed(-1); tag >= 0; tag = tags.nextUsed(tag)) {
      if (tags.advertisements[tag]! > 0) list.push(this.describe(tag, last));
    }
    return list;
  }

  /** What the AD structures of an advertisement say, as text by name. */
  decode(bytes: Uint8Array): Properties {
    this.decoder.decode(bytes, 0, bytes.length, this.reading);
    const text = descriptionText(this.reading);
    const name = this.localName(bytes, 0, bytes.length);
    return name === '' ? text : { ...text, name };
  }

  private describe(tag: number, last: ReadonlyMap<string, number>): Peripheral {
    const { tags, ring } = this.reporter;
    const bytes = new Uint8Array(ADDRESS_SIZE);
    tags.copyAddress(tag, bytes, 0);
    const address = addressText(bytes, 0);
    const epoch = this.clock.epoch();
    const properties: Properties = {
      address,
      'beacon-types': this.formats(tag).join(','),
      rssi: tags.rssi[tag] === RSSI_UNKNOWN ? '' : String(tags.rssi[tag]),
      'last-seen': epoch === 0 ? '' : dateText(epoch - (this.clock.now() - tags.lastSeen[tag]!)),
    };
    const entry = last.get(address);
    const values = ring && entry !== undefined ? this.read(ring, entry, bytes, properties) : {};
    return new Peripheral(properties, values, Object.keys(values));
  }

  /** What an advertisement says; adds what it says of the tag itself to `properties`. */
  private read(ring: AdvertisementRing, entry: number, address: Uint8Array, properties: Properties): Properties {
    const from = entry * ring.maxBytes;
    const to = from + ring.keptOf(entry);
    properties['address-type'] = ring.addressType[entry] === 0 ? 'public' : 'random';
    properties['name'] = this.localName(ring.bytes, from, to);
    properties['last-data'] = hexText(ring.bytes, from, to - from);
    this.decoder.decode(ring.bytes, from, to, this.reading, address);
    return descriptionText(this.reading);
  }

  /** The formats that the tag was heard with. */
  private formats(tag: number): string[] {
    const names: string[] = [];
    const { streamFormat } = this.reporter.tags;
    for (let i = 0; i < STREAMS_PER_TAG; i++) {
      const format = streamFormat[tag * STREAMS_PER_TAG + i]!;
      if (format !== 0) names.push(formatName(format));
    }
    return names;
  }

  private localName(bytes: Uint8Array, from: number, to: number): string {
    const { structures } = this;
    structures.start(bytes, from, to);
    while (structures.next()) {
      const { type } = structures;
      if (type === AdType.completeName || type === AdType.shortName) {
        return payloadText(bytes.subarray(structures.from, structures.to));
      }
    }
    return '';
  }
}
