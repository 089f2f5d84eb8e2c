import type { Entropy } from '../../hal/index.js';
import type { IncomingMessage } from '../../mqtt/index.js';
import { publishStream } from '../../mqtt/payload-stream.js';
import type { PayloadSource } from '../../mqtt/payload-stream.js';
import { isTopic } from '../../mqtt/topic-match.js';
import { encodeUtf8 } from '../../mqtt/utf8.js';
import { BACKSLASH, QUOTE } from '../../bytes/json-writer.js';
import type { GatewayHost, GatewayPart } from '../part.js';

/** What a `GatewayAnnouncer` tells. */
export interface GatewayAnnouncerOptions {
  /** `[a-zA-Z0-9_-]` only. */
  gateway: string;
  /** `{prefix}/{gateway}/status`. */
  status: Uint8Array;
  discoveryPrefix: string;
  /** ASCII. */
  board: string;
  firmware: string;
  /** Commands reach the device. */
  commands: boolean;
}

const QOS = 1;
/** After Home Assistant started: not all gateways at the same moment. */
const JITTER = 10000;
const HYPHEN = 0x2d;
const UNDERSCORE = 0x5f;
/** Characters of `/status`. */
const STATUS_LENGTH = 7;
const DEVICE = encodeUtf8('/device/');
const CONFIG = encodeUtf8('/config');
const ONLINE = encodeUtf8('online');

/** Bytes that stand for a text in the pieces below. */
const enum Mark {
  gateway = 1,
  /** The gateway's name as entities have it. */
  entity = 2,
  /** `{prefix}/{gateway}` */
  base = 3,
  board = 4,
  firmware = 5,
}

const HEAD = encodeUtf8(
  '{"dev":{"ids":["\x01"],"name":"\x01","mf":"Tagwire","mdl":"\x04"},"o":{"name":"tagwire","sw":"\x05"},' +
    '"avty":[{"t":"\x03/status","val_tpl":"{{value_json.status}}"}],"avty_mode":"all","cmps":{' +
    sensor('uptime', 'Uptime', '"dev_cla":"duration","unit_of_meas":"s","stat_cla":"total_increasing"') +
    ',' +
    sensor('rssi', 'Wi-Fi signal', '"dev_cla":"signal_strength","unit_of_meas":"dBm","stat_cla":"measurement"') +
    ',' +
    sensor('connects', 'Connections', '"stat_cla":"total_increasing"'),
);
const COMMANDS = encodeUtf8(
  ',' + button('restart', 'Restart', 'reboot') + ',' + button('identify', 'Identify', 'identify'),
);
const END = encodeUtf8('}}');

/**
 * Tells Home Assistant of a gateway without tags: a discovery message of its own (home-assistant.io, MQTT, "Device
 * discovery payload"), which is retained. It is published at each connection, so that a broker which lost it has it
 * again, and when Home Assistant says that it started. It is longer than a small chip's buffers, so it is written piece
 * by piece from texts that are in ROM.
 */
export class GatewayAnnouncer implements GatewayPart, PayloadSource {
  /** When the message is due, since Home Assistant has started. */
  deadline = Infinity;

  private readonly entropy: Entropy;
  private readonly commands: boolean;
  private readonly statusTopic: Uint8Array;
  /** `{prefix}/{gateway}/status`: what its base and its name are read from. */
  private readonly base: Uint8Array;
  private readonly nameFrom: number;
  private readonly board: string;
  private readonly firmware: string;
  private host: GatewayHost | undefined;
  private online = false;
  private isDue = false;
  /** The message that is not acknowledged yet; 0: none. The session sends it again on the next connection. */
  private packetId = 0;
  private at = 0;

  /** Allocates; for start-up. */
  constructor(options: GatewayAnnouncerOptions, entropy: Entropy) {
    this.entropy = entropy;
    this.commands = options.commands;
    this.statusTopic = encodeUtf8(options.discoveryPrefix + '/status');
    this.base = options.status;
    this.nameFrom = this.base.length - STATUS_LENGTH - options.gateway.length;
    this.board = options.board;
    this.firmware = options.firmware;
  }

  start(_now: number, host: GatewayHost): void {
    this.host = host;
    if (host.connection.subscribe(this.statusTopic, QOS) < 0) {
      throw new RangeError('discovery: no room for 1 subscription; maxSubscriptions is too small');
    }
  }

  connected(now: number): void {
    this.online = true;
    this.isDue = true;
    this.room(now);
  }

  disconnected(): void {
    this.online = false;
    this.deadline = Infinity;
  }

  stopped(): void {
    this.packetId = 0;
  }

  tick(now: number): void {
    if (this.deadline > now) return;
    this.deadline = Infinity;
    this.isDue = true;
    this.room(now);
  }

  room(_now: number): void {
    if (!this.online || !this.isDue || this.packetId !== 0) return;
    const { connection } = this.host!;
    const packetId = publishStream(connection.session, this.topic(), this, this.write(0, END, 0, 0), QOS, true);
    // What is refused for want of room is asked for again when there is some.
    if (packetId < 0) return;
    this.packetId = packetId;
    this.isDue = false;
    connection.flush();
  }

  acknowledged(packetId: number, now: number): void {
    if (packetId === 0 || packetId !== this.packetId) return;
    this.packetId = 0;
    this.room(now);
  }

  message(message: IncomingMessage, now: number): void {
    if (message.retain || !isTopic(message, this.statusTopic) || !isOnline(message)) return;
    this.deadline = now + (this.entropy.uint32() % JITTER);
    this.host!.wake();
  }

  /** A `PayloadSource`. */
  read(offset: number, into: Uint8Array, from: number, to: number): number {
    const left = this.write(offset, into, from, to) - offset;
    return left < to - from ? left : to - from;
  }

  /** Writes the message from `offset` on to `into[from..to)`, and returns the length of all of it. */
  private write(offset: number, into: Uint8Array, from: number, to: number): number {
    this.at = from - offset;
    this.put(HEAD, into, from, to);
    if (this.commands) this.put(COMMANDS, into, from, to);
    this.put(END, into, from, to);
    return this.at - from + offset;
  }

  /** Puts a piece, with the texts in place of their marks. `at` is where it would stand, also outside the window. */
  private put(piece: Uint8Array, into: Uint8Array, from: number, to: number): void {
    for (let i = 0; i < piece.length; i++) {
      const byte = piece[i]!;
      if (byte > Mark.firmware) this.putByte(byte, into, from, to);
      else if (byte === Mark.board) this.putText(this.board, into, from, to);
      else if (byte === Mark.firmware) this.putText(this.firmware, into, from, to);
      else this.putName(byte, into, from, to);
    }
  }

  private putName(mark: Mark, into: Uint8Array, from: number, to: number): void {
    const { base } = this;
    for (let i = mark === Mark.base ? 0 : this.nameFrom; i < base.length - STATUS_LENGTH; i++) {
      const byte = base[i]!;
      if (byte === QUOTE || byte === BACKSLASH) this.putByte(BACKSLASH, into, from, to);
      this.putByte(mark === Mark.entity ? entityByte(byte) : byte, into, from, to);
    }
  }

  private putText(text: string, into: Uint8Array, from: number, to: number): void {
    for (let i = 0; i < text.length; i++) this.putByte(text.charCodeAt(i), into, from, to);
  }

  private putByte(byte: number, into: Uint8Array, from: number, to: number): void {
    if (this.at >= from && this.at < to) into[this.at] = byte;
    this.at++;
  }

  /** `{discoveryPrefix}/device/{gateway}/config`, made anew for each message: a chip has no room to keep it. */
  private topic(): Uint8Array {
    const { statusTopic, base, nameFrom } = this;
    const prefixTo = statusTopic.length - STATUS_LENGTH;
    const nameTo = base.length - STATUS_LENGTH;
    const topic = new Uint8Array(prefixTo + DEVICE.length + nameTo - nameFrom + CONFIG.length);
    let at = 0;
    for (let i = 0; i < prefixTo; i++) topic[at++] = statusTopic[i]!;
    for (let i = 0; i < DEVICE.length; i++) topic[at++] = DEVICE[i]!;
    for (let i = nameFrom; i < nameTo; i++) topic[at++] = base[i]!;
    for (let i = 0; i < CONFIG.length; i++) topic[at++] = CONFIG[i]!;
    return topic;
  }
}

/** Entities are named in small letters, digits and underscores. */
function entityByte(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte === HYPHEN ? UNDERSCORE : byte;
}

/** Where the discovery message of the gateway is. */
export function gatewayConfigTopic({
  discoveryPrefix,
  gateway,
}: Pick<GatewayAnnouncerOptions, 'discoveryPrefix' | 'gateway'>): string {
  return discoveryPrefix + '/device/' + gateway + '/config';
}

/** True for a message that says that Home Assistant has started. */
export function isOnline({ payload, payloadFrom, total }: IncomingMessage): boolean {
  if (total !== ONLINE.length) return false;
  for (let i = 0; i < total; i++) if (payload[payloadFrom + i] !== ONLINE[i]) return false;
  return true;
}

/** A value of the health report. */
function sensor(key: string, name: string, members: string): string {
  return (
    component(key, 'sensor', name) +
    ',"stat_t":"\x03/health","ent_cat":"diagnostic",' +
    members +
    ',"val_tpl":"{{value_json.' +
    key +
    "|default('')}}\"}"
  );
}

/** A call without params. */
function button(key: string, name: string, method: string): string {
  const call = JSON.stringify(JSON.stringify({ method }));
  return (
    component(key, 'button', name) + ',"dev_cla":"' + key + '","cmd_t":"\x03/cmd/home-assistant","pl_prs":' + call + '}'
  );
}

function component(key: string, platform: string, name: string): string {
  const ids = '"uniq_id":"\x01_' + key + '","def_ent_id":"' + platform + '.\x02_' + key + '"';
  return '"' + key + '":{"p":"' + platform + '",' + ids + ',"name":"' + name + '"';
}
