import { writeAddress } from '../../bytes/hex.js';
import { put, putByte, QUOTE, writeNumber } from '../../bytes/json-writer.js';
import { JsonKind, JsonValue } from '../../bytes/json-reader.js';
import type { Connection } from '../../connection/index.js';
import type { IncomingMessage } from '../../mqtt/index.js';
import { topicBegins } from '../../mqtt/topic-match.js';
import { encodeUtf8 } from '../../mqtt/utf8.js';
import { ADDRESS_SIZE } from '../../tags/tag-table.js';
import type { CloudDevice } from '../definition.js';
import { formatTexts } from '../items.js';
import { DeviceClaim } from '../thingsboard/claim.js';
import { ThingsBoardSession } from '../thingsboard/session.js';
import type { GatewayHost } from '../part.js';
import { DeviceFlag, SAID_ON_CONNECTION } from './devices.js';
import type { GatewayDevices } from './devices.js';
import { TagPolicies } from './tag-policies.js';

const QOS = 1;
/** The name of a device, twice, and what is around it. */
const SCRATCH = 1024;
const CONNECT = encodeUtf8('v1/gateway/connect');
const DISCONNECT = encodeUtf8('v1/gateway/disconnect');
const ATTRIBUTES = encodeUtf8('v1/gateway/attributes');
const CLAIM = encodeUtf8('v1/gateway/claim');
export const CALLS = encodeUtf8('v1/devices/me/rpc/request/');

const DEVICE = encodeUtf8('{"device":');
const TYPE = encodeUtf8(',"type":');
const ADDRESS = encodeUtf8(':{"address":"');
const FORMAT = encodeUtf8(',"format":"');
const NAME = encodeUtf8(',"name":');
const FIRST_SEEN = encodeUtf8('"firstSeen":');
const SECRET = encodeUtf8(':{"secretKey":');
const DURATION = encodeUtf8('"durationMs":');
const CLOSE = 0x7d;
const OPEN = 0x7b;

const METHOD = encodeUtf8('method');
const PARAMS = encodeUtf8('params');
const RENAMED = encodeUtf8('gateway_device_renamed');
const DELETED = encodeUtf8('gateway_device_deleted');

/** Bytes that a `GatewaySession` with so many devices holds beside those of a `ThingsBoardSession`, names left out. */
export function sessionBytes(devices: number): number {
  return SCRATCH + devices * (ADDRESS_SIZE + 2);
}

/** Lets people claim the gateway and the tags that have a secret. */
export class GatewayClaim extends DeviceClaim {
  private readonly gateway: GatewaySession;

  constructor(secret: string | undefined, seconds: number | undefined, gateway: GatewaySession) {
    super(secret, seconds);
    this.gateway = gateway;
  }

  protected override get canBeClaimed(): boolean {
    return super.canBeClaimed || this.gateway.devices.claimSecrets.length > 0;
  }

  protected override offer(seconds: number): void {
    this.gateway.offerClaims(seconds);
    super.offer(seconds);
  }
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
  private readonly device: Pick<CloudDevice, 'notice' | 'board' | 'policies'>;
  /** Follows the policies that people give to tags in ThingsBoard; undefined: nobody may. */
  private readonly policies: TagPolicies | undefined;
  private readonly scratch = new Uint8Array(SCRATCH);
  private readonly address = new Uint8Array(ADDRESS_SIZE);
  private readonly method = new JsonValue();
  private readonly params = new JsonValue();
  /** For how long devices can be claimed after a connection, and as it was said last. */
  private readonly usualClaimSeconds: number;
  private claimSeconds: number;
  /** When the next device may be said to be connected. */
  private nextAt = Infinity;

  /**
   * `claimSeconds`: for how long devices can be claimed after a connection. `mayConfigure`: shared attributes of a tag
   * may set its report policy.
   */
  constructor(
    devices: GatewayDevices,
    deviceType: string,
    device: Pick<CloudDevice, 'notice' | 'board' | 'policies'>,
    claimSeconds: number,
    mayConfigure: boolean,
  ) {
    super(true);
    this.usualClaimSeconds = this.claimSeconds = claimSeconds;
    this.policies = mayConfigure ? new TagPolicies(devices, device) : undefined;
    this.devices = devices;
    this.deviceType = encodeUtf8(JSON.stringify(deviceType));
    this.device = device;
  }

  /** Says that a device is connected, and what it is. False: there is no room, or it is too early. */
  connect(device: number, connection: Connection, now: number): boolean {
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
      if (!this.tell(CONNECT, end, QOS, connection)) return false;
      flags[device]! |= DeviceFlag.connected | DeviceFlag.live;
    }
    if ((flags[device]! & DeviceFlag.described) !== 0 || this.devices.formats[device] === 0) return true;
    if (!this.mayTell(now) || !this.tellAttributes(device, connection, now)) return false;
    flags[device]! |= DeviceFlag.described;
    return true;
  }

  override start(now: number, host: GatewayHost): void {
    super.start(now, host);
    this.policies?.start(host.connection);
  }

  override connected(now: number): void {
    const { flags } = this.devices;
    for (let device = 0; device < flags.length; device++) flags[device]! &= ~SAID_ON_CONNECTION;
    this.claimSeconds = this.usualClaimSeconds;
    super.connected(now);
  }

  /** People can claim the devices that have a secret, for so long from now on. */
  offerClaims(seconds: number): void {
    const { flags } = this.devices;
    for (let device = 0; device < flags.length; device++) flags[device]! &= ~DeviceFlag.claimed;
    this.claimSeconds = seconds;
    this.nextAt = 0;
    this.settle();
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
    this.policies?.message(message);
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
        this.device.notice('device deleted in ThingsBoard, no longer reported: ' + name + this.untilRestart());
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
      this.device.notice('device renamed in ThingsBoard: ' + before + ' is ' + after + this.untilRestart());
    }
  }

  private untilRestart(): string {
    return this.devices.lasts ? '' : ' (only until the restart: the store failed)';
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
        if (!this.tell(DISCONNECT, end, QOS, host!.connection)) return;
        flags[device]! &= ~(DeviceFlag.leaving | DeviceFlag.live | DeviceFlag.connected);
      } else if ((state & DeviceFlag.live) !== 0) {
        const { connection } = host!;
        if (!this.connect(device, connection, now) || !this.tellMore(device, connection, now)) return;
      }
    }
  }

  /** What no telemetry waits for: that people may claim a device, and the question for what they set. */
  private tellMore(device: number, connection: Connection, now: number): boolean {
    const { devices, policies } = this;
    const { flags } = devices;
    const secret = devices.claimSecrets.length > 0 ? devices.claimSecrets[device] : undefined;
    // The secret is not for every broker.
    const mayClaim = secret !== undefined && !connection.endpoint.withoutCredentials;
    if (mayClaim && (flags[device]! & DeviceFlag.claimed) === 0) {
      if (!this.mayTell(now) || !this.tellClaim(device, secret, connection)) return false;
      flags[device]! |= DeviceFlag.claimed;
    }
    if (!policies) return true;
    if ((flags[device]! & DeviceFlag.asked) === 0) {
      if (!this.mayTell(now) || !policies.ask(device, connection)) return false;
      flags[device]! |= DeviceFlag.asked;
    }
    if (!policies.hasResult(device)) return true;
    if (!this.mayTell(now) || !policies.tellResult(device, connection)) return false;
    return true;
  }

  /** True when the rates allow a message; else `tick` comes when they do. */
  private mayTell(now: number): boolean {
    if (this.waitsForLimits) return false;
    const free = this.allowedAt(0, now);
    if (free <= now) return true;
    this.nextAt = free;
    this.settle();
    this.host?.wake();
    return false;
  }

  /** Publishes `scratch[0..end)`. */
  private tell(topic: Uint8Array, end: number, qos: 0 | 1, connection: Connection): boolean {
    return end < 0 || connection.publishRange(topic, 0, topic.length, this.scratch, 0, end, qos, false) >= 0;
  }

  private tellAttributes(device: number, connection: Connection, now: number): boolean {
    const { scratch, address, devices } = this;
    let at = this.putMember(device);
    at = putByte(QUOTE, scratch, writeAddress(address, scratch, this.put(ADDRESS, at), SCRATCH), SCRATCH);
    at = this.put(FORMAT, at);
    at = putByte(QUOTE, scratch, formatTexts.put(devices.formats[device]!, scratch, at, SCRATCH), SCRATCH);
    at = devices.putName(device, address, scratch, this.put(NAME, at), SCRATCH);
    const firstSeen = this.firstSeen(now);
    if (firstSeen > 0) at = writeNumber(FIRST_SEEN, firstSeen, 0, scratch, at, SCRATCH);
    at = putByte(CLOSE, scratch, putByte(CLOSE, scratch, at, SCRATCH), SCRATCH);
    return this.tell(ATTRIBUTES, at, QOS, connection);
  }

  private tellClaim(device: number, secret: Uint8Array, connection: Connection): boolean {
    const { scratch } = this;
    let at = this.put(secret, this.put(SECRET, this.putMember(device)));
    at = writeNumber(DURATION, this.claimSeconds * 1000, 0, scratch, at, SCRATCH);
    at = putByte(CLOSE, scratch, putByte(CLOSE, scratch, at, SCRATCH), SCRATCH);
    // Said again on the next connection; as one of QoS 1 it would come there before the device is connected.
    return this.tell(CLAIM, at, 0, connection);
  }

  /** When the tag with `address` was heard first since the start, in milliseconds since 1970; 0: not known. */
  private firstSeen(now: number): number {
    const tags = this.host?.tags;
    const index = tags ? tags.find(this.address, 0) : -1;
    const time = this.device.board.clock.unixTime();
    if (index < 0 || time === 0 || tags!.advertisements[index] === 0) return 0;
    return Math.round(time - (now - tags!.firstSeen[index]!));
  }

  /** Begins an object that has a device as its member. */
  private putMember(device: number): number {
    const { scratch, address } = this;
    this.devices.copyAddress(device, address);
    return this.devices.putName(device, address, scratch, putByte(OPEN, scratch, 0, SCRATCH), SCRATCH);
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
