import { writeAddress } from '../../bytes/hex.js';
import { put, putByte, QUOTE } from '../../bytes/json-writer.js';
import { decodeUtf8 } from '../../bytes/utf8.js';
import type { Store } from '../../hal/index.js';
import { encodeUtf8 } from '../../mqtt/utf8.js';
import { ADDRESS_SIZE } from '../../tags/tag-table.js';

/** Where names are kept that ThingsBoard gave or took, a line each: address, name until then, name since then. */
const KEY = 'tb-names';
const NO_NAME = '';

/** What is known of a device; bits. */
export const enum DeviceFlag {
  /** It was said on this connection that it is connected. */
  connected = 1,
  /** It is there: to be said anew after a reconnection. */
  live = 2,
  /** Its absence was reported, and it is still to be said that it is disconnected. */
  leaving = 4,
  /** Its attributes were sent on this connection. */
  described = 8,
  /** Somebody deleted it in ThingsBoard: nothing of it is sent. */
  deleted = 16,
  /** Its claim was offered on this connection. */
  claimed = 32,
  /** Its shared attributes were asked for on this connection. */
  asked = 64,
}

/** What has to be said anew on each connection. */
export const SAID_ON_CONNECTION = DeviceFlag.connected | DeviceFlag.described | DeviceFlag.claimed | DeviceFlag.asked;

/** A tag that has a name. */
export interface NamedTag {
  /** 6 bytes, most significant first. */
  address: Uint8Array;
  /** Empty: none; the tag has its address as name. */
  name: string;
  /** The secret by which people claim its device. */
  claimSecret?: string;
}

/**
 * The tags that are devices of ThingsBoard, and the names they have there, in a table of a fixed size. A tag without a
 * configured name has its address as name, where such tags may create devices. Only a rename allocates after the start.
 */
export class GatewayDevices {
  count = 0;
  /** The store took what was renamed last. */
  lasts = true;
  /** By device: bits of `DeviceFlag`. */
  readonly flags: Uint8Array;
  /** By device: the number of the format in which it was heard first; 0: it was not. */
  readonly formats: Uint8Array;
  /** By device: the secret by which people claim it, as JSON; undefined: none. Empty where nobody has one. */
  readonly claimSecrets: (Uint8Array | undefined)[] = [];

  private readonly capacity: number;
  private readonly createsDevices: boolean;
  private readonly store: Store;
  private readonly addresses: Uint8Array;
  /** The configured name; empty: none. */
  private readonly configured: string[] = [];
  /** Their names of now as JSON; undefined: the address. */
  private readonly names: (Uint8Array | undefined)[] = [];
  /** The next one without a configured name to make room. */
  private next = 0;

  /** `capacity` is that of the tag table. */
  constructor(named: readonly NamedTag[], capacity: number, createsDevices: boolean, store: Store) {
    this.capacity = capacity > named.length ? capacity : named.length;
    this.createsDevices = createsDevices;
    this.store = store;
    this.flags = new Uint8Array(this.capacity);
    this.formats = new Uint8Array(this.capacity);
    this.addresses = new Uint8Array(this.capacity * ADDRESS_SIZE);
    for (let i = 0; i < named.length; i++) {
      const { address, name, claimSecret } = named[i]!;
      const device = this.add(address, name);
      if (claimSecret !== undefined) this.claimSecrets[device] = encodeUtf8(JSON.stringify(claimSecret));
    }
    if (createsDevices) for (let i = named.length; i < this.capacity; i++) this.names[i] = undefined;
    this.restore();
  }

  /** The device of a tag; -1: it has none. Without a configured name it gets one now, where it may. */
  note(address: Uint8Array): number {
    const found = this.find(address);
    if (found >= 0 || !this.createsDevices) return found;
    if (this.count < this.capacity) return this.add(address, NO_NAME);
    for (let i = 0; i < this.capacity; i++) {
      const device = this.next;
      this.next = (device + 1) % this.capacity;
      if (this.configured[device] !== NO_NAME || this.claimSecrets[device] !== undefined) continue;
      if ((this.flags[device]! & DeviceFlag.deleted) !== 0) continue;
      this.set(device, address);
      this.names[device] = undefined;
      this.flags[device] = 0;
      this.formats[device] = 0;
      return device;
    }
    return -1;
  }

  /** The device of a tag that is in the table, or -1. */
  find(address: Uint8Array): number {
    for (let device = 0; device < this.count; device++) {
      const at = device * ADDRESS_SIZE;
      let i = 0;
      while (i < ADDRESS_SIZE && this.addresses[at + i] === address[i]) i++;
      if (i === ADDRESS_SIZE) return device;
    }
    return -1;
  }

  /** True when nothing of a device is to be sent. */
  isSilent(device: number): boolean {
    return device < 0 || (this.flags[device]! & DeviceFlag.deleted) !== 0;
  }

  /** The name as JSON, with its quotes, as the functions of `json-writer.ts`. */
  putName(device: number, address: Uint8Array, into: Uint8Array, at: number, to: number): number {
    const name = this.names[device];
    if (name) return put(name, into, at, to);
    return putByte(QUOTE, into, writeAddress(address, into, putByte(QUOTE, into, at, to), to), to);
  }

  /** Copies the address of a device. */
  copyAddress(device: number, into: Uint8Array): void {
    for (let i = 0; i < ADDRESS_SIZE; i++) into[i] = this.addresses[device * ADDRESS_SIZE + i]!;
  }

  /** ThingsBoard has another name for a device, or with an empty one, no such device any more. False: there is none. */
  rename(before: string, after: string): boolean {
    const device = this.named(before);
    if (device < 0) return false;
    this.take(device, after);
    const line = this.addressText(device) + '\t' + this.configured[device]! + '\t' + after;
    const lines: string[] = [line];
    const kept = this.stored();
    for (let i = 0; i < kept.length; i++) {
      if (kept[i] !== '' && !kept[i]!.startsWith(this.addressText(device))) lines.push(kept[i]!);
    }
    const text = encodeUtf8(lines.join('\n'));
    this.lasts = this.store.write(KEY, text, 0, text.length);
    return true;
  }

  private take(device: number, name: string): void {
    this.flags[device]! &= DeviceFlag.live;
    if (name === NO_NAME) this.flags[device] = DeviceFlag.deleted;
    else this.names[device] = encodeUtf8(JSON.stringify(name));
  }

  /** The device that has this name now, or -1. Allocates. */
  named(name: string): number {
    for (let device = 0; device < this.count; device++) {
      if (this.isSilent(device)) continue;
      if (this.nameText(device) === name) return device;
    }
    return -1;
  }

  /** What ThingsBoard said counts until somebody configures another name. */
  private restore(): void {
    const lines = this.stored();
    for (let i = 0; i < lines.length; i++) {
      const parts = lines[i]!.split('\t');
      if (parts.length !== 3) continue;
      const address = new Uint8Array(ADDRESS_SIZE);
      for (let j = 0; j < ADDRESS_SIZE; j++) address[j] = parseInt(parts[0]!.substring(3 * j, 3 * j + 2), 16);
      const device = parts[1] === NO_NAME ? this.note(address) : this.find(address);
      if (device >= 0 && this.configured[device] === parts[1]) this.take(device, parts[2]!);
    }
  }

  private stored(): string[] {
    const length = this.store.read(KEY, new Uint8Array(0));
    if (length <= 0) return [];
    const text = new Uint8Array(length);
    this.store.read(KEY, text);
    try {
      return decodeUtf8(text, 0, length).split('\n');
    } catch {
      return [];
    }
  }

  private add(address: Uint8Array, name: string): number {
    const device = this.count++;
    this.set(device, address);
    this.configured[device] = name;
    this.names[device] = name === NO_NAME ? undefined : encodeUtf8(JSON.stringify(name));
    return device;
  }

  private set(device: number, address: Uint8Array): void {
    for (let i = 0; i < ADDRESS_SIZE; i++) this.addresses[device * ADDRESS_SIZE + i] = address[i]!;
  }

  /** The name as text. Allocates. */
  nameText(device: number): string {
    const own = this.names[device];
    return own ? (JSON.parse(decodeUtf8(own, 0, own.length)) as string) : this.addressText(device);
  }

  /** `DC:2C:6E:0F:C0:3D`. Allocates. */
  addressText(device: number): string {
    const address = new Uint8Array(ADDRESS_SIZE);
    this.copyAddress(device, address);
    const text = new Uint8Array(3 * ADDRESS_SIZE - 1);
    writeAddress(address, text, 0, text.length);
    return decodeUtf8(text, 0, text.length);
  }
}
