import type { Entropy } from '../../hal/index.js';
import type { IncomingMessage } from '../../mqtt/index.js';
import { publishStream } from '../../mqtt/payload-stream.js';
import type { PayloadSource } from '../../mqtt/payload-stream.js';
import { isTopic } from '../../mqtt/topic-match.js';
import { encodeUtf8 } from '../../mqtt/utf8.js';
import type { GatewayHost, GatewayPart } from '../part.js';
import { topicBase } from '../plain/plain.js';
import { WindowedJson } from './document.js';

/** What a `GatewayAnnouncer` tells. */
export interface GatewayAnnouncerOptions {
  /** `[a-zA-Z0-9_-]` only. */
  gateway: string;
  prefix: string;
  discoveryPrefix: string;
  board: string;
  firmware: string;
  /** Commands reach the device. */
  commands: boolean;
}

const QOS = 1;
/** After Home Assistant started: not all gateways at the same moment. */
const JITTER = 10000;
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
  private readonly topic: Uint8Array;
  private readonly statusTopic: Uint8Array;
  /** By `Mark`. */
  private readonly texts: readonly Uint8Array[];
  private readonly json = new WindowedJson();
  private host: GatewayHost | undefined;
  private online = false;
  private isDue = false;
  /** The message that is not acknowledged yet; 0: none. The session sends it again on the next connection. */
  private packetId = 0;
  private length = 0;

  /** Allocates; for start-up. */
  constructor(options: GatewayAnnouncerOptions, entropy: Entropy) {
    const { gateway, discoveryPrefix, board, firmware, commands } = options;
    this.entropy = entropy;
    this.commands = commands;
    this.topic = encodeUtf8(gatewayConfigTopic(options));
    this.statusTopic = encodeUtf8(discoveryPrefix + '/status');
    const name = encodeUtf8(gateway);
    const entity = encodeUtf8(gateway.toLowerCase().replaceAll('-', '_'));
    this.texts = [END, name, entity, escaped(topicBase(options)), escaped(board), escaped(firmware)];
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
    this.disconnected();
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
    this.json.begin(0, END, 0, 0);
    this.write();
    this.length = this.json.position;
    const packetId = publishStream(connection.session, this.topic, this, this.length, QOS, true);
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
    const left = this.length - offset;
    if (left < to - from) to = from + left;
    this.json.begin(offset, into, from, to);
    this.write();
    return to - from;
  }

  private write(): void {
    this.put(HEAD);
    if (this.commands) this.put(COMMANDS);
    this.put(END);
  }

  /** Puts a piece, with the texts in place of their marks. */
  private put(piece: Uint8Array): void {
    const { json, texts } = this;
    let from = 0;
    for (let at = 0; at < piece.length; at++) {
      const byte = piece[at]!;
      if (byte > Mark.firmware) continue;
      json.put(piece, from, at);
      json.put(texts[byte]!, 0, texts[byte]!.length);
      from = at + 1;
    }
    json.put(piece, from, piece.length);
  }
}

/** A text as it stands in a JSON string. */
function escaped(text: string): Uint8Array {
  const json = JSON.stringify(text);
  return encodeUtf8(json.substring(1, json.length - 1));
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
