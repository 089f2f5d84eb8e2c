import { CAPITAL_HEX, writeHex } from '../../bytes/hex.js';
import { JsonCheck, JsonKind, JsonValue } from '../../bytes/json-reader.js';
import { COMMA, put, putByte } from '../../bytes/json-writer.js';
import { RecordQueue } from '../../bytes/record-queue.js';
import type { Connection } from '../../connection/index.js';
import type { Clock } from '../../hal/index.js';
import type { IncomingMessage } from '../../mqtt/index.js';
import { Counter } from '../../mqtt/layout.js';
import { Refusal } from '../../mqtt/state.js';
import { isTopic, topicBegins } from '../../mqtt/topic-match.js';
import { encodeUtf8 } from '../../mqtt/utf8.js';
import type { RpcRoute } from '../../rpc/rpc-route.js';
import { ADDRESS_SIZE } from '../../tags/tag-table.js';
import { Report, ReportKind } from '../../telemetry/report/report.js';
import type { GatewayHost, GatewayPart } from '../part.js';
import type { DeviceStatus, Publication, TagProfile } from '../profile.js';
import { CALL, DEVICE_REBIRTH, IDENTIFY, NodeAlias, NodeCommands, REBIRTH, REBOOT, SCAN } from './commands.js';
import type { CommandListener } from './commands.js';
import { DeviceTable } from './device-table.js';
import {
  ALIASES,
  beginPayload,
  endPayload,
  METRIC_WORDS,
  putBirthMetrics,
  putBooleanMetric,
  putIntegerMetric,
  putReportMetrics,
  putStringMetric,
} from './payload.js';

/** What an `EdgeNode` is made of. */
export interface EdgeNodeOptions {
  groupId: string;
  nodeId: string;
  /** The host application without which nothing is published; undefined: births do not wait. */
  primaryHost: string | undefined;
  /** How many brokers there are. */
  brokers: number;
  /** Devices, at most. */
  tags: number;
  /** Bytes of the longest payload. */
  maxPayload: number;
  /** Commands are taken. */
  commands: boolean;
}

/** What an `EdgeNode` needs of its device. */
export interface EdgeNodeDevice {
  readonly clock: Clock;
  notice(text: string): void;
}

/** How often it is looked whether the time of day is known, in milliseconds. */
const TIME_CHECK = 1000;
/** With several brokers: how long one is given to tell that the primary host is there. */
const WALK_AFTER = 15000;
/** A reading that is older than the connection by more than this is history. */
const RECENT = 60000;

/** QoS of all but the death of the edge node, and of subscriptions (message-flow-edge-node-ncmd-subscribe). */
const QOS = 0;
const SUBSCRIBE_QOS = 1;

const SLASH = 0x2f;
const NAMESPACE = 'spBv1.0/';
const NOTHING = new Uint8Array(0);
const BD_SEQ = encodeUtf8('bdSeq');
const ANSWER = encodeUtf8('Node Control/Answer');
const FIRMWARE = encodeUtf8('Properties/Firmware');
const HARDWARE = encodeUtf8('Properties/Hardware');
const ONLINE = encodeUtf8('online');
const TIMESTAMP = encodeUtf8('timestamp');
const BEGIN_ID = encodeUtf8('{"id":');

/** Where the session of an edge node stands. */
const enum Phase {
  /** Not connected, or the death of the node is published. */
  dead = 0,
  /** Waits for the time of day, or for the primary host. */
  waiting = 1,
  /** NBIRTH, then DBIRTH of all devices. */
  births = 2,
  born = 3,
  /** The death of the node is to be published, then the connection ends. */
  leaving = 4,
}

/** What becomes of a report. */
const enum Message {
  none = 0,
  birth = 1,
  data = 2,
  death = 3,
}

/**
 * An edge node of Sparkplug B 3.0, whose devices are the tags.
 *
 * NBIRTH and the DBIRTH of all devices come first after each connection and after `Node Control/Rebirth`. A tag is born
 * with its first reading, which is in its DBIRTH, and again when a reading has a metric that was in no DBIRTH, or when
 * `Device Control/Rebirth` is written (DCMD); it dies when it is away. The last reading of each tag is kept for births;
 * a metric that is not in it is null there.
 *
 * Every message but NDEATH has a sequence number, and those that follow each other must be published in that order: so
 * a number counts as used when the connection has the message, and nothing else is published in between.
 */
export class EdgeNode implements TagProfile, GatewayPart, CommandListener {
  readonly name = 'sparkplug';
  /** NBIRTH has to wait for its conditions, so it is no message of the gateway. */
  readonly birth = undefined;
  readonly health = undefined;
  readonly will: Publication;
  readonly qos = QOS;
  readonly maxTopicLength: number;
  deadline = Infinity;

  /** Where calls come, which belong to this node. */
  readonly routes: RpcRoute[] | undefined;

  private readonly options: EdgeNodeOptions;
  private readonly device: EdgeNodeDevice;
  private readonly devices: DeviceTable;
  private readonly nbirthTopic: Uint8Array;
  private readonly ndataTopic: Uint8Array;
  private readonly ncmdTopic: Uint8Array;
  /** Commands to tags come on this, and with it begins the topic of each. */
  private readonly dcmdFilter: Uint8Array;
  private readonly dcmdTopic: Uint8Array;
  private readonly stateTopic: Uint8Array | undefined;
  /** By `Message`, what stands before the device. */
  private readonly deviceTopics: readonly Uint8Array[];
  private readonly commands: NodeCommands;
  private readonly check = new JsonCheck();
  private readonly root = new JsonValue();
  private readonly value = new JsonValue();
  /** A payload in the first `maxPayload` bytes, the topic behind it. */
  private readonly scratch: Uint8Array;
  private readonly answers: RecordQueue;
  /** What a reading that is kept is read into. */
  private readonly kept = new Report();

  private host: GatewayHost | undefined;
  private status: DeviceStatus | undefined;
  private phase: Phase = Phase.dead;
  /** Number of the CONNECT, from 0, modulo 256; an attempt that failed before it does not count. */
  private bdSeq = 0;
  /** Connections that were opened before it. */
  private connects = 0;
  private sequence = 0;
  /** A message with a sequence number is under way to the connection. */
  private writing = false;
  /** The next device whose birth is due; -1: that of the node is. */
  private next = -1;
  /** When the first NBIRTH of the connection was published, in milliseconds since 1970; 0: not yet. */
  private bornAt = 0;
  private timeTold = false;
  private hostOnline = false;
  private hostTime = -Infinity;
  /** When it is this broker's turn no more. */
  private walkAt = Infinity;
  private scanning = true;
  private scanTold = true;
  /** A birth of one device was asked for: `devices.asked`. */
  private asked = false;

  /** The report that is being published: what it becomes, and of which device. */
  private kind: Message = Message.none;
  private tag = 0;
  private isHistorical = false;

  /** Allocates; for start-up. */
  constructor(options: EdgeNodeOptions, device: EdgeNodeDevice) {
    const { groupId, nodeId, primaryHost, tags, maxPayload } = options;
    this.options = options;
    this.device = device;
    this.devices = new DeviceTable(tags);
    const topic = (type: string): Uint8Array => encodeUtf8(NAMESPACE + groupId + '/' + type + '/' + nodeId);
    this.will = { topic: topic('NDEATH'), qos: 1, retain: false };
    this.nbirthTopic = topic('NBIRTH');
    this.ndataTopic = topic('NDATA');
    this.ncmdTopic = topic('NCMD');
    this.dcmdTopic = encodeUtf8(NAMESPACE + groupId + '/DCMD/' + nodeId + '/');
    this.dcmdFilter = encodeUtf8(NAMESPACE + groupId + '/DCMD/' + nodeId + '/+');
    this.stateTopic = primaryHost === undefined ? undefined : encodeUtf8(NAMESPACE + 'STATE/' + primaryHost);
    this.deviceTopics = [NOTHING, topic('DBIRTH'), topic('DDATA'), topic('DDEATH')];
    this.maxTopicLength = this.deviceTopics[Message.death]!.length + 1 + 2 * ADDRESS_SIZE;
    this.scratch = new Uint8Array(maxPayload + this.maxTopicLength);
    this.answers = new RecordQueue(options.commands ? maxPayload : 0);
    this.commands = new NodeCommands(this);
    this.routes = options.commands
      ? [
          {
            filter: this.ncmdTopic,
            request: this.ncmdTopic,
            hasId: false,
            response: undefined,
            wraps: true,
            function: undefined,
            shape: this.commands,
          },
        ]
      : undefined;
  }

  // CloudProfile

  writeBirth(): number {
    return 0;
  }

  /** NDEATH, for each attempt to connect, and when the gateway ends. */
  writeWill(status: DeviceStatus, into: Uint8Array, from: number, to: number): number {
    if (to > into.length) to = into.length;
    this.status = status;
    if (this.host?.connection.connected) {
      // The farewell, after which nothing may come.
      this.phase = Phase.dead;
    } else if (this.host) {
      const connects = this.host.connection.session.counter(Counter.connections);
      if (connects !== this.connects) this.bdSeq = (this.bdSeq + 1) & 255;
      this.connects = connects;
    }
    return this.writeDeath(into, from, to);
  }

  writeHealth(): number {
    return -1;
  }

  // TagProfile

  introduce(report: Report, connection: Connection, _now: number): boolean {
    this.writing = false;
    if (this.phase !== Phase.born) return false;
    const { devices } = this;
    let tag = devices.find(report.address);
    this.kind = Message.none;
    if (report.kind !== ReportKind.reading) {
      if (tag >= 0 && !this.isLate(tag, report)) {
        this.tag = tag;
        const isBorn = devices.born[tag] === 1;
        if (report.kind === ReportKind.away && isBorn) this.kind = Message.death;
        // Its metrics are known from before; those of another one come with its first reading.
        if (report.kind === ReportKind.arrived && !isBorn) this.kind = Message.birth;
      }
      return true;
    }
    if (tag < 0) {
      const silent = devices.silent();
      if (silent >= 0 && !this.publishDevice(silent, Message.death, connection)) return false;
      tag = devices.add(report.address);
    }
    this.tag = tag;
    devices.note(tag, report);
    this.isHistorical = this.isHistory(tag, report);
    this.kind = Message.data;
    if (devices.born[tag] === 1) return true;
    if (this.isHistorical) {
      if (!this.publishDevice(tag, Message.birth, connection)) return false;
      if (devices.born[tag] === 1) return true;
    }
    this.kind = Message.birth;
    return true;
  }

  messages(): number {
    return this.kind === Message.none ? 0 : 1;
  }

  retains(): boolean {
    return false;
  }

  writeTopic(_report: Report, _part: number, into: Uint8Array, from: number, to: number): number {
    return this.writeDeviceTopic(this.kind, this.tag, into, from, to);
  }

  writePayload(report: Report, _part: number, into: Uint8Array, from: number, to: number): number {
    this.writing = true;
    if (to > into.length) to = into.length;
    if (this.kind !== Message.data) {
      const isReading = report.kind === ReportKind.reading;
      return this.writeDevice(this.kind, this.tag, isReading ? report : undefined, into, from, to);
    }
    const now = this.device.clock.unixTime();
    const alias = ALIASES * (this.tag + 1);
    let at = beginPayload(now, into, from, to);
    at = putReportMetrics(report, alias, false, this.isHistorical, now, into, at, to);
    at = endPayload(this.sequence, into, at, to);
    return at < 0 ? -1 : at - from;
  }

  sent(report: Report): void {
    this.writing = false;
    this.sequence = (this.sequence + 1) & 255;
    const { devices, tag } = this;
    if (this.kind === Message.death) devices.born[tag] = 0;
    if (this.kind === Message.birth) devices.born[tag] = 1;
    if (report.kind === ReportKind.reading && !this.isHistorical) devices.keep(tag, report);
    if (this.phase !== Phase.born || this.answers.count > 0 || !this.scanTold || this.asked) this.wakeSoon();
  }

  // GatewayPart

  /** Throws a RangeError when the session has no room for its subscriptions. */
  start(_now: number, host: GatewayHost): void {
    this.host = host;
    const { connection } = host;
    let result = connection.subscribe(this.ncmdTopic, SUBSCRIBE_QOS);
    if (result >= 0) result = connection.subscribe(this.dcmdFilter, SUBSCRIBE_QOS);
    if (result >= 0 && this.stateTopic) result = connection.subscribe(this.stateTopic, SUBSCRIBE_QOS);
    if (result < 0) throw new RangeError('Sparkplug: no room for subscriptions; maxSubscriptions is too small');
  }

  connected(now: number): void {
    this.phase = Phase.waiting;
    this.writing = false;
    this.bornAt = 0;
    this.hostOnline = this.stateTopic === undefined;
    this.hostTime = -Infinity;
    this.walkAt = this.stateTopic && this.options.brokers > 1 ? now + WALK_AFTER : Infinity;
    this.work(now);
  }

  disconnected(): void {
    this.phase = Phase.dead;
    this.deadline = Infinity;
  }

  tick(now: number): void {
    this.writing = false;
    if (now >= this.walkAt && this.phase === Phase.waiting && !this.hostOnline) {
      this.leave(now);
      return;
    }
    this.work(now);
  }

  room(now: number): void {
    this.work(now);
  }

  message(message: IncomingMessage, now: number): void {
    if (isTopic(message, this.ncmdTopic)) {
      if (this.phase === Phase.born && this.commands.asksFor(REBIRTH, -1, message)) this.rebirth(now);
      else if (!this.scanTold || this.answers.count > 0) this.work(now);
    } else if (topicBegins(message, this.dcmdTopic)) {
      this.hearDeviceCommand(message, now);
    } else if (this.stateTopic && isTopic(message, this.stateTopic)) this.hearState(message, now);
  }

  /** Answers wait. */
  get busy(): boolean {
    return this.phase === Phase.born && this.answers.count > 0;
  }

  // CommandListener

  scanChanged(on: boolean): void {
    this.scanning = on;
    this.scanTold = false;
    this.wakeSoon();
  }

  answered(id: Uint8Array, idFrom: number, idTo: number, payload: Uint8Array, from: number, to: number): void {
    const { answers } = this;
    const isCall = idTo > idFrom;
    const length = isCall ? BEGIN_ID.length + idTo - idFrom + to - from : to - from;
    if (!answers.fits(length)) {
      this.device.notice('sparkplug: response dropped: queue full');
      return;
    }
    let at = answers.append(length);
    const { bytes } = answers;
    if (isCall) {
      at = put(BEGIN_ID, bytes, at, bytes.length);
      for (let i = idFrom; i < idTo; i++) bytes[at++] = id[i]!;
      // In place of the brace that the answer begins with.
      at = putByte(COMMA, bytes, at, bytes.length);
      from++;
    }
    for (let i = from; i < to; i++) bytes[at++] = payload[i]!;
    this.wakeSoon();
  }

  private wakeSoon(): void {
    this.deadline = 0;
    this.host?.wake();
  }

  /** NBIRTH and all DBIRTH again, with the bdSeq of the connection. */
  private rebirth(now: number): void {
    this.phase = Phase.births;
    this.next = -1;
    this.work(now);
    if (this.writing) this.wakeSoon();
  }

  /** All that can be written of a tag is that its birth is to come again. */
  private hearDeviceCommand(message: IncomingMessage, now: number): void {
    const { devices } = this;
    const from = message.topicFrom + this.dcmdTopic.length;
    for (let tag = 0; tag < devices.count; tag++) {
      if (devices.born[tag] === 0 || !this.isDevice(tag, message.topic, from, message.topicTo)) continue;
      if (!this.commands.asksFor(DEVICE_REBIRTH, ALIASES * (tag + 1), message)) return;
      devices.asked[tag] = 1;
      this.asked = true;
      this.work(now);
      if (this.writing) this.wakeSoon();
      return;
    }
  }

  /** True when `topic[from..to)` is the name of a tag in topics. */
  private isDevice(tag: number, topic: Uint8Array, from: number, to: number): boolean {
    if (to - from !== 2 * ADDRESS_SIZE) return false;
    const { scratch } = this;
    const at = tag * ADDRESS_SIZE;
    const { maxPayload } = this.options;
    writeHex(CAPITAL_HEX, this.devices.addresses, at, at + ADDRESS_SIZE, scratch, maxPayload, scratch.length);
    for (let i = 0; i < 2 * ADDRESS_SIZE; i++) if (scratch[maxPayload + i] !== topic[from + i]) return false;
    return true;
  }

  /** Publishes the births that were asked for one by one. False when there is no room. */
  private publishAsked(connection: Connection): boolean {
    const { devices } = this;
    for (let tag = 0; tag < devices.count; tag++) {
      if (devices.asked[tag] === 0) continue;
      if (devices.born[tag] === 1 && !this.publishDevice(tag, Message.birth, connection)) return false;
      devices.asked[tag] = 0;
    }
    this.asked = false;
    return true;
  }

  /** The primary host said that it is there, or not; what is older than what it said before does not count. */
  private hearState({ payload, payloadFrom, payloadTo, offset, total }: IncomingMessage, now: number): void {
    const { check, root, value } = this;
    if (offset > 0 || total > payloadTo - payloadFrom || !check.check(payload, payloadFrom, payloadTo)) return;
    root.point(payload, payloadFrom, payloadTo);
    value.member(root, TIMESTAMP);
    const time = value.number;
    if (!(time >= this.hostTime)) return;
    value.member(root, ONLINE);
    if (value.kind !== JsonKind.true && value.kind !== JsonKind.false) return;
    this.hostTime = time;
    this.hostOnline = value.kind === JsonKind.true;
    if (this.hostOnline) this.work(now);
    else if (this.phase === Phase.births || this.phase === Phase.born) this.leave(now);
  }

  /** Publishes the death of the node, and connects anew: to the next broker when there are several. */
  private leave(now: number): void {
    this.phase = Phase.leaving;
    this.work(now);
  }

  /** Does what is due, as far as there is room. */
  private work(now: number): void {
    this.deadline = Infinity;
    if (!this.host || this.writing || this.phase === Phase.dead) return;
    const { connection } = this.host;
    if (this.phase === Phase.leaving) {
      if (this.publishDeath(connection)) this.end(connection);
      return;
    }
    if (this.phase === Phase.waiting) {
      if (!this.hostOnline) {
        this.deadline = this.walkAt;
        return;
      }
      if (this.device.clock.unixTime() === 0) {
        this.deadline = now + TIME_CHECK;
        this.tellTime();
        return;
      }
      this.phase = Phase.births;
      this.next = -1;
    }
    if (this.phase === Phase.births) {
      if (!this.publishBirths(connection)) return;
      this.phase = Phase.born;
      this.host.wake();
    }
    if (this.asked && !this.publishAsked(connection)) return;
    if (!this.scanTold && !this.publishData(connection, -1)) return;
    while (this.answers.count > 0) if (!this.publishData(connection, 0)) return;
  }

  private tellTime(): void {
    if (!this.timeTold) this.device.notice('sparkplug: nothing is published until the time of day is known');
    this.timeTold = true;
  }

  /** False when there is no room. */
  private publishBirths(connection: Connection): boolean {
    const { devices } = this;
    if (this.next < 0) {
      this.sequence = 0;
      const length = this.writeNodeBirth(this.scratch, 0, this.options.maxPayload);
      const { nbirthTopic } = this;
      if (!this.publish(connection, nbirthTopic, 0, nbirthTopic.length, length)) return false;
      if (this.bornAt === 0) this.bornAt = this.device.clock.unixTime();
      this.next = 0;
    }
    for (; this.next < devices.count; this.next++) {
      if (devices.born[this.next] === 1 && !this.publishDevice(this.next, Message.birth, connection)) return false;
    }
    return true;
  }

  /** Publishes DBIRTH or DDEATH of a device. False when there is no room; one that is too long is left out. */
  private publishDevice(tag: number, kind: Message, connection: Connection): boolean {
    const { scratch, devices } = this;
    const { maxPayload } = this.options;
    const length = this.writeDevice(kind, tag, undefined, scratch, 0, maxPayload);
    const topicLength = this.writeDeviceTopic(kind, tag, scratch, maxPayload, scratch.length);
    if (length < 0) devices.born[tag] = 0;
    else if (!this.publish(connection, scratch, maxPayload, maxPayload + topicLength, length)) return false;
    else devices.born[tag] = kind === Message.birth ? 1 : 0;
    return true;
  }

  /** Publishes NDATA with an answer, the oldest that waits, or with whether it scans (-1). False: no room. */
  private publishData(connection: Connection, answer: number): boolean {
    const { scratch, answers, ndataTopic } = this;
    const { maxPayload } = this.options;
    const now = this.device.clock.unixTime();
    let at = beginPayload(now, scratch, 0, maxPayload);
    if (answer < 0) {
      at = putBooleanMetric(NOTHING, NodeAlias.scan, this.scanning, now, scratch, at, maxPayload);
    } else {
      const { bytes } = answers;
      const from = answers.from(answer);
      at = putStringMetric(NOTHING, NodeAlias.answer, bytes, from, answers.to(answer), now, scratch, at, maxPayload);
    }
    at = endPayload(this.sequence, scratch, at, maxPayload);
    if (at < 0) this.device.notice('sparkplug: response dropped: longer than maxPayload');
    else if (!this.publish(connection, ndataTopic, 0, ndataTopic.length, at)) return false;
    if (answer < 0) this.scanTold = true;
    else answers.shift();
    return true;
  }

  /** Publishes the payload in `scratch[0..length)`. False when there is no room. */
  private publish(
    connection: Connection,
    topic: Uint8Array,
    topicFrom: number,
    topicTo: number,
    length: number,
  ): boolean {
    this.writing = true;
    const result = connection.publishRange(topic, topicFrom, topicTo, this.scratch, 0, length, QOS, false);
    this.writing = false;
    if (result < 0) return false;
    this.sequence = (this.sequence + 1) & 255;
    return true;
  }

  private publishDeath(connection: Connection): boolean {
    const { scratch } = this;
    const { topic, qos, retain } = this.will;
    const length = this.writeDeath(scratch, 0, this.options.maxPayload);
    const result = connection.publishRange(topic, 0, topic.length, scratch, 0, length, qos, retain);
    return result !== Refusal.full;
  }

  private end(connection: Connection): void {
    this.phase = Phase.dead;
    if (this.options.brokers > 1) connection.turnToNext();
    else connection.reconnect();
  }

  private writeNodeBirth(into: Uint8Array, from: number, to: number): number {
    const { status } = this;
    const now = this.device.clock.unixTime();
    let at = beginPayload(now, into, from, to);
    at = putIntegerMetric(BD_SEQ, 0, this.bdSeq, now, into, at, to);
    at = putBooleanMetric(REBIRTH, 0, false, now, into, at, to);
    if (this.options.commands) {
      at = putBooleanMetric(REBOOT, NodeAlias.reboot, false, now, into, at, to);
      at = putBooleanMetric(SCAN, NodeAlias.scan, this.scanning, now, into, at, to);
      at = putIntegerMetric(IDENTIFY, NodeAlias.identify, 0, now, into, at, to);
      at = putStringMetric(CALL, NodeAlias.call, NOTHING, 0, 0, now, into, at, to);
      at = putStringMetric(ANSWER, NodeAlias.answer, NOTHING, 0, 0, now, into, at, to);
    }
    const firmware = status ? status.firmware : NOTHING;
    const board = status ? status.board : NOTHING;
    at = putStringMetric(FIRMWARE, NodeAlias.firmware, firmware, 0, firmware.length, now, into, at, to);
    at = putStringMetric(HARDWARE, NodeAlias.hardware, board, 0, board.length, now, into, at, to);
    at = endPayload(0, into, at, to);
    return at < 0 ? -1 : at - from;
  }

  private writeDeath(into: Uint8Array, from: number, to: number): number {
    const now = this.device.clock.unixTime();
    let at = beginPayload(now, into, from, to);
    at = putIntegerMetric(BD_SEQ, 0, this.bdSeq, now, into, at, to);
    at = endPayload(-1, into, at, to);
    return at < 0 ? -1 : at - from;
  }

  /** DBIRTH or DDEATH; without a report the reading that was kept, if there is one, is in the birth. */
  private writeDevice(
    kind: Message,
    tag: number,
    report: Report | undefined,
    into: Uint8Array,
    from: number,
    to: number,
  ): number {
    const { devices, kept } = this;
    const now = this.device.clock.unixTime();
    let at = beginPayload(now, into, from, to);
    if (kind === Message.birth) {
      const has = report !== undefined || devices.read(tag, kept);
      const alias = ALIASES * (tag + 1);
      // The place of `Item.presence`, which is no metric.
      at = putBooleanMetric(DEVICE_REBIRTH, alias, false, now, into, at, to);
      at = putBirthMetrics(report ?? kept, has, devices.metrics, tag * METRIC_WORDS, alias, now, into, at, to);
    }
    at = endPayload(this.sequence, into, at, to);
    return at < 0 ? -1 : at - from;
  }

  private writeDeviceTopic(kind: Message, tag: number, into: Uint8Array, from: number, to: number): number {
    if (to > into.length) to = into.length;
    const topic = this.deviceTopics[kind]!;
    const length = topic.length + 1 + 2 * ADDRESS_SIZE;
    if (length > to - from) return -1;
    into.set(topic, from);
    let at = from + topic.length;
    into[at++] = SLASH;
    const { addresses } = this.devices;
    for (let i = tag * ADDRESS_SIZE; i < (tag + 1) * ADDRESS_SIZE; i++) {
      into[at++] = CAPITAL_HEX[addresses[i]! >> 4]!;
      into[at++] = CAPITAL_HEX[addresses[i]! & 15]!;
    }
    return length;
  }

  private isLate(tag: number, report: Report): boolean {
    return report.unixTime !== 0 && report.unixTime < this.devices.times[tag]!;
  }

  /** A reading that is not the state of now. */
  private isHistory(tag: number, report: Report): boolean {
    return report.unixTime === 0 || this.isLate(tag, report) || report.unixTime < this.bornAt - RECENT;
  }
}
