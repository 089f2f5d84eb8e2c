import { put, putByte, QUOTE } from '../../bytes/json-writer.js';
import { JsonKind, JsonValue } from '../../bytes/json-reader.js';
import type { Connection } from '../../connection/index.js';
import type { IncomingMessage } from '../../mqtt/index.js';
import { topicBegins } from '../../mqtt/topic-match.js';
import { encodeUtf8 } from '../../mqtt/utf8.js';
import { ADDRESS_SIZE } from '../../tags/tag-table.js';
import type { CloudDevice } from '../definition.js';
import { formatTexts, writeAddress } from '../items.js';
import { Measure } from '../thingsboard/session-limits.js';
import { ThingsBoardSession } from '../thingsboard/session.js';
import { DeviceFlag } from './devices.js';
import type { GatewayDevices } from './devices.js';

const QOS = 1;
/** A device's name, its type, and what is around them. */
const SCRATCH = 512;
const CONNECT = encodeUtf8('v1/gateway/connect');
const DISCONNECT = encodeUtf8('v1/gateway/disconnect');
const ATTRIBUTES = encodeUtf8('v1/gateway/attributes');
export const CALLS = encodeUtf8('v1/devices/me/rpc/request/');

const DEVICE = encodeUtf8('{"device":');
const TYPE = encodeUtf8(',"type":');
const ADDRESS = encodeUtf8(':{"address":"');
const FORMAT = encodeUtf8(',"format":"');
const CLOSE = 0x7d;
const OPEN = 0x7b;

const METHOD = encodeUtf8('method');
const PARAMS = encodeUtf8('params');
const RENAMED = encodeUtf8('gateway_device_renamed');
const DELETED = encodeUtf8('gateway_device_deleted');

/** Bytes that a `GatewaySession` with so many devices holds beside those of a `ThingsBoardSession`, names left out. */
export function sessionBytes(devices: number): number {
  return SCRATCH + devices * (ADDRESS_SIZE + 1);
}

/**
 * The session of a gateway. Each device that is there is said to be connected, before its first telemetry and anew
 * after each reconnection, and to be disconnected when it is away. Renames and deletions that people do in ThingsBoard
 * are followed. Only those allocate.
 */
export class GatewaySession extends ThingsBoardSession {
  readonly devices: GatewayDevices;

  /** The device type (its profile in ThingsBoard) as JSON. */
  private readonly deviceType: Uint8Array;
  private readonly device: Pick<CloudDevice, 'notice'>;
  private readonly scratch = new Uint8Array(SCRATCH);
  private readonly address = new Uint8Array(ADDRESS_SIZE);
  private readonly method = new JsonValue();
  private readonly params = new JsonValue();
  /** When the next device may be said to be connected. */
  private nextAt = Infinity;

  constructor(devices: GatewayDevices, deviceType: string, device: Pick<CloudDevice, 'notice'>) {
    super(true);
    this.devices = devices;
    this.deviceType = encodeUtf8(JSON.stringify(deviceType));
    this.device = device;
  }

  /** Says that a device is connected, and once what it is. False: there is no room, or it is too early. */
  connect(device: number, format: number, connection: Connection, now: number): boolean {
    const { flags } = this.devices;
    if ((flags[device]! & DeviceFlag.connected) === 0) {
      if (!this.mayTell(now)) return false;
      const at = this.putDevice(device);
      const end = putByte(
        CLOSE,
        this.scratch,
        put(this.deviceType, this.scratch, this.put(TYPE, at), SCRATCH),
        SCRATCH,
      );
      if (!this.tell(CONNECT, end, connection, now)) return false;
      flags[device]! |= DeviceFlag.connected | DeviceFlag.live;
    }
    if ((flags[device]! & DeviceFlag.described) !== 0 || format === 0) return true;
    if (!this.mayTell(now) || !this.tellAttributes(device, format, connection, now)) return false;
    flags[device]! |= DeviceFlag.described;
    return true;
  }

  override connected(now: number): void {
    const { flags } = this.devices;
    for (let device = 0; device < flags.length; device++) flags[device]! &= ~DeviceFlag.connected;
    super.connected(now);
  }

  override disconnected(now: number): void {
    this.nextAt = Infinity;
    super.disconnected(now);
  }

  override room(now: number): void {
    super.room(now);
    if (this.online) this.tellAll(now);
  }

  acknowledged(_packetId: number, now: number): void {
    if (this.online) this.tellAll(now);
  }

  override tick(now: number): void {
    if (this.nextAt <= now) {
      this.nextAt = Infinity;
      this.tellAll(now);
    }
    super.tick(now);
  }

  override message(message: IncomingMessage, now: number): void {
    super.message(message, now);
    if (!topicBegins(message, CALLS) || !this.readRoot(message)) {
      if (this.online) this.tellAll(now);
      return;
    }
    const { method, params, root } = this;
    if (!method.member(root, METHOD) || !params.member(root, PARAMS)) return;
    if (method.is(RENAMED)) {
      this.renameAll();
    } else if (method.is(DELETED) && params.kind === JsonKind.text) {
      const name = params.toText();
      if (this.devices.rename(name, ''))
        this.device.notice('device deleted in ThingsBoard, no longer reported: ' + name);
    }
    this.tellAll(now);
  }

  protected override nextDeadline(): number {
    const deadline = super.nextDeadline();
    return this.nextAt < deadline ? this.nextAt : deadline;
  }

  /** Each member of the params is a device: its old name, and its new one. */
  private renameAll(): void {
    const member = new JsonValue();
    for (let found = member.first(this.params); found; found = member.next()) {
      if (member.kind !== JsonKind.text) continue;
      const before = member.nameText();
      const after = member.toText();
      if (after === '' || !this.devices.rename(before, after)) continue;
      this.device.notice('device renamed in ThingsBoard: ' + before + ' is ' + after);
    }
  }

  /** Says what is to be said of devices that are there, and of those that left, as far as there is room. */
  private tellAll(now: number): void {
    const { devices, host } = this;
    const { flags } = devices;
    for (let device = 0; device < devices.count; device++) {
      const state = flags[device]!;
      if ((state & DeviceFlag.leaving) !== 0) {
        if (!this.mayTell(now)) return;
        const end = putByte(CLOSE, this.scratch, this.putDevice(device), SCRATCH);
        if (!this.tell(DISCONNECT, end, host!.connection, now)) return;
        flags[device]! &= ~(DeviceFlag.leaving | DeviceFlag.live | DeviceFlag.connected);
      } else if ((state & DeviceFlag.live) !== 0 && (state & DeviceFlag.connected) === 0) {
        if (!this.connect(device, 0, host!.connection, now)) return;
      }
    }
  }

  /** True when the rates allow a message; else `tick` comes when they do. */
  private mayTell(now: number): boolean {
    if (this.waitsForLimits) return false;
    const free = this.limits.freeAt(Measure.messages, 1, now);
    if (free <= now) return true;
    this.nextAt = free;
    this.settle();
    this.host?.wake();
    return false;
  }

  /** Publishes `scratch[0..end)`. */
  private tell(topic: Uint8Array, end: number, connection: Connection, now: number): boolean {
    if (end < 0) return true;
    if (connection.publishRange(topic, 0, topic.length, this.scratch, 0, end, QOS, false) < 0) return false;
    this.noteSent(0, now);
    return true;
  }

  private tellAttributes(device: number, format: number, connection: Connection, now: number): boolean {
    const { scratch, address } = this;
    this.devices.copyAddress(device, address);
    let at = this.devices.putName(device, address, scratch, putByte(OPEN, scratch, 0, SCRATCH), SCRATCH);
    at = putByte(QUOTE, scratch, writeAddress(address, scratch, this.put(ADDRESS, at), SCRATCH), SCRATCH);
    at = putByte(QUOTE, scratch, formatTexts.put(format, scratch, this.put(FORMAT, at), SCRATCH), SCRATCH);
    at = putByte(CLOSE, scratch, putByte(CLOSE, scratch, at, SCRATCH), SCRATCH);
    return this.tell(ATTRIBUTES, at, connection, now);
  }

  private putDevice(device: number): number {
    const { scratch, address } = this;
    this.devices.copyAddress(device, address);
    return this.devices.putName(device, address, scratch, this.put(DEVICE, 0), SCRATCH);
  }

  private put(text: Uint8Array, at: number): number {
    return put(text, this.scratch, at, SCRATCH);
  }
}
