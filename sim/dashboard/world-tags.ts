import type { TagReporter } from '../../src/device/tag-reporter.js';
import { formatName } from '../../src/tags/formats/index.js';
import { FormatNumber } from '../../src/tags/frame.js';
import { STREAMS_PER_TAG } from '../../src/tags/tag-table.js';
import { addressNumber, addressText } from '../virtual/index.js';
import type { Device, VirtualWorld } from '../virtual/index.js';
import { celsiusAt } from '../world/motion.js';
import type { WorldFormat, WorldTag } from '../world/world-file.js';
import type { FieldValue, HeardAt, TagState, TagsUpdate } from '../page/protocol.js';
import type { Decisions } from './world-decisions.js';

/** Tags in one update; of more that changed the others follow with the next one. */
export const MOST_TAGS = 400;

/** What the firmware takes the formats of a world file for. */
const FIRMWARE_FORMATS: { readonly [format in WorldFormat]: FormatNumber } = {
  'mikrotik-tg-bt5': FormatNumber.mikrotik,
  ruuvi: FormatNumber.ruuvi5,
  bthome: FormatNumber.bthome2,
  ibeacon: FormatNumber.ibeacon,
  'eddystone-tlm': FormatNumber.eddystoneTlm,
  'eddystone-uid': FormatNumber.eddystoneUid,
};

/** Millivolts of a lithium cell that is empty, and of a new one. */
const EMPTY_MILLIVOLTS = 2000;
const FULL_MILLIVOLTS = 3000;

/** Percent of charge, as the page has it; undefined for a tag that does not tell. */
export function batteryOf(tag: WorldTag): number | undefined {
  if (tag.batteryPercent !== undefined) return tag.batteryPercent;
  if (tag.batteryMillivolts === undefined) return undefined;
  const share = (tag.batteryMillivolts - EMPTY_MILLIVOLTS) / (FULL_MILLIVOLTS - EMPTY_MILLIVOLTS);
  return Math.round(100 * Math.min(1, Math.max(0, share)));
}

/** The same tag with another charge. */
export function withBattery(tag: WorldTag, percent: number): WorldTag {
  if (tag.batteryPercent !== undefined) return { ...tag, batteryPercent: percent };
  const batteryMillivolts = Math.round(EMPTY_MILLIVOLTS + ((FULL_MILLIVOLTS - EMPTY_MILLIVOLTS) * percent) / 100);
  return { ...tag, batteryMillivolts };
}

/** A tag that the page knows: one of the world, or one that only a firmware has heard. */
export interface KnownTag {
  readonly id: string;
  /** Its place in the world; -1: a stranger. */
  readonly place: number;
  readonly address: number;
  /** As the firmware has it; undefined: any. */
  readonly format: number | undefined;
}

/** What was told of a tag last, as far as it tells whether that is old. */
interface Told {
  readonly known: KnownTag;
  stamp: string;
}

/** The tags of a world and what its gateways know of them. */
export class WorldTags {
  private readonly position = new Float64Array(3);
  private readonly told = new Map<string, Told>();
  /** The tag of which the last update told last. */
  private cursor = 0;
  /** Identifiers by place, which outlive a change of address. */
  private readonly ids: string[] = [];
  private readonly shared = new Set<string>();
  /** For `idOf`, until the next update: addresses may change. */
  private byAddress: Map<number, KnownTag[]> | undefined;

  constructor(
    private readonly world: VirtualWorld,
    /** By gateway. */
    private readonly decisions: readonly Decisions[],
    /** Milliseconds since 1970 of the world. */
    private readonly now: () => number,
  ) {
    const seen = new Set<string>();
    for (const { address } of world.world.tags) {
      if (seen.has(address)) this.shared.add(address);
      seen.add(address);
    }
  }

  /** Undefined: there is none with this identifier. */
  find(id: string): KnownTag | undefined {
    const isIt = (one: KnownTag): boolean => one.id === id;
    return this.ofWorld().find(isIt) ?? this.all().find(isIt);
  }

  /** The identifier of a tag of which a gateway has heard something. */
  idOf(address: number, format: number): string {
    if (!this.byAddress) {
      this.byAddress = new Map();
      for (const known of this.ofWorld()) {
        const others = this.byAddress.get(known.address);
        if (others) others.push(known);
        else this.byAddress.set(known.address, [known]);
      }
    }
    const found = this.byAddress.get(address)?.find((one) => one.format === undefined || one.format === format);
    return found?.id ?? textOfNumber(address);
  }

  /**
   * What is to be told since the last call; undefined: nothing. With `everything` all tags, as for a page that opens.
   */
  update(everything = false): TagsUpdate | undefined {
    this.byAddress = undefined;
    const all = this.all();
    const tags: TagState[] = [];
    const ids = new Set<string>();
    let last = this.cursor;
    for (let i = 0; i < all.length; i++) {
      const place = everything ? i : (this.cursor + 1 + i) % all.length;
      const known = all[place]!;
      ids.add(known.id);
      if (!everything && tags.length === MOST_TAGS) continue;
      const stamp = this.stampOf(known);
      if (!everything && this.told.get(known.id)?.stamp === stamp) continue;
      tags.push(this.stateOf(known));
      if (everything) continue;
      this.told.set(known.id, { known, stamp });
      last = place;
    }
    if (everything) return { type: 'tags', tags };
    this.cursor = last;
    const removed = [...this.told.keys()].filter((id) => !ids.has(id));
    for (const id of removed) this.told.delete(id);
    if (tags.length === 0 && removed.length === 0) return undefined;
    return { type: 'tags', tags, ...(removed.length > 0 && { removed }) };
  }

  private all(): KnownTag[] {
    const all = this.ofWorld();
    const ids = new Set(all.map(({ id }) => id));
    const addresses = new Set(this.world.air.tags.map(({ transmitter }) => addressNumber(transmitter.address)));
    for (const { reporter } of this.listeners()) {
      const { tags } = reporter;
      for (let index = tags.nextUsed(-1); index >= 0; index = tags.nextUsed(index)) {
        tags.copyAddress(index, ADDRESS, 0);
        const address = addressNumber(ADDRESS);
        if (addresses.has(address) || tags.advertisements[index] === 0) continue;
        addresses.add(address);
        const text = addressText(ADDRESS);
        // One that changed its address is known by the former one, which the firmware has in its table for a while.
        all.push({ id: ids.has(text) ? text + ' before' : text, place: -1, address, format: undefined });
      }
    }
    return all;
  }

  /** Those of the world that are still there. */
  private ofWorld(): KnownTag[] {
    const tags: KnownTag[] = [];
    for (const { index, removed, transmitter } of this.world.air.tags) {
      if (removed) continue;
      const { address, format } = this.world.world.tags[index]!;
      const isShared = this.shared.has(address);
      this.ids[index] ??= address.toUpperCase() + (isShared ? ' ' + formatName(FIRMWARE_FORMATS[format]) : '');
      tags.push({
        id: this.ids[index],
        place: index,
        address: addressNumber(transmitter.address),
        format: isShared ? FIRMWARE_FORMATS[format] : undefined,
      });
    }
    return tags;
  }

  private *listeners(): Generator<{ device: Device; reporter: TagReporter }> {
    for (const device of this.world.devices) {
      const reporter = device.firmware?.gateway.reporter;
      if (reporter) yield { device, reporter };
    }
  }

  /** Another text when something is to be told. */
  private stampOf({ address, place }: KnownTag): string {
    let stamp = '';
    const bytes = bytesOfNumber(address);
    for (const { device, reporter } of this.listeners()) {
      const { tags, presence } = reporter;
      const index = tags.find(bytes, 0);
      if (index < 0) continue;
      stamp += `${device.index}:${tags.advertisements[index]}${presence?.isPresent(index) ? '+' : '-'}`;
    }
    const tag = this.world.air.tags[place];
    if (!tag) return stamp;
    const [x, y] = this.positionOf(place)!;
    const { transmitter, silent, flat } = tag;
    const { temperature } = transmitter.tag;
    return `${stamp} ${x} ${y} ${silent || flat} ${temperature?.celsius} ${batteryOf(transmitter.tag)}`;
  }

  private positionOf(place: number): [number, number] | undefined {
    const tag = this.world.air.tags[place];
    if (!tag) return undefined;
    tag.transmitter.position(this.world.now(), this.position);
    return [round(this.position[0]!, 100), round(this.position[1]!, 100)];
  }

  private stateOf(known: KnownTag): TagState {
    const { world, decisions, now } = this;
    const { id, place, address } = known;
    const bytes = bytesOfNumber(address);
    const air = world.air.tags[place];
    const tag = air?.transmitter.tag;
    const heard: HeardAt[] = [];
    let format: number = tag ? FIRMWARE_FORMATS[tag.format] : 0;
    let latest = { time: -1, fields: [] as FieldValue[] };
    let presence: 'here' | 'away' | undefined;
    let heartbeatAt = Infinity;
    let reports = 0;
    for (const { device, reporter } of this.listeners()) {
      const { tags } = reporter;
      const index = tags.find(bytes, 0);
      if (index < 0 || tags.advertisements[index] === 0) continue;
      const at = worldTime(device, now(), tags.lastSeen[index]!);
      heard.push({ gateway: device.index, rssi: tags.rssi[index]!, at, count: tags.advertisements[index]! });
      if (reporter.presence) presence = reporter.presence.isPresent(index) || presence === 'here' ? 'here' : 'away';
      if (!tag && format === 0) format = decisions[device.index]!.formatOf(address);
      const fields = decisions[device.index]!.fields(address, format);
      if (fields && fields.time > latest.time) latest = fields;
      for (let stream = index * STREAMS_PER_TAG; stream < (index + 1) * STREAMS_PER_TAG; stream++) {
        if (tags.formatOf(stream) !== format || tags.reports[stream] === 0) continue;
        reports += tags.reports[stream]!;
        const maximum = reporter.policies.maximumInterval(reporter.policies.choose(tags.ownPolicy[index]!, format));
        if (maximum === 0) continue;
        heartbeatAt = Math.min(heartbeatAt, worldTime(device, now(), tags.lastReported[stream]! + maximum));
      }
    }
    const position = this.positionOf(place);
    const celsius = tag && celsiusAt(tag, world.now() / 1000);
    const battery = tag && batteryOf(tag);
    return {
      id,
      address: textOfNumber(address),
      name: tag?.name ?? '',
      format: format === 0 ? '' : formatName(format),
      heard,
      ...(position && { position }),
      fields: latest.fields,
      ...(presence && { presence }),
      ...(heartbeatAt < Infinity && { heartbeatAt }),
      reports,
      ...(celsius !== undefined && celsius === celsius && { temperature: round(celsius, 100) }),
      ...(battery !== undefined && { battery }),
      ...(air?.transmitter.hasButton === true && { button: true }),
      ...(air !== undefined && (air.silent || air.flat) && { silent: true }),
    };
  }
}

const ADDRESS = new Uint8Array(6);

/** A time of the device's clock as milliseconds since 1970 of the world. */
function worldTime({ start }: Device, now: number, time: number): number {
  const { clock } = start!;
  return Math.floor(now + (time - clock.now()) / clock.rate);
}

function bytesOfNumber(address: number): Uint8Array {
  for (let i = 5, rest = address; i >= 0; i--) {
    ADDRESS[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return ADDRESS;
}

function textOfNumber(address: number): string {
  return addressText(bytesOfNumber(address));
}

function round(value: number, parts: number): number {
  return Math.round(value * parts) / parts;
}
