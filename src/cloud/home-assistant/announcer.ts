import { writeAddressDigits } from '../../bytes/hex.js';
import type { Connection } from '../../connection/index.js';
import type { Entropy, Store } from '../../hal/index.js';
import type { IncomingMessage } from '../../mqtt/index.js';
import { publishStream } from '../../mqtt/payload-stream.js';
import type { PayloadSource } from '../../mqtt/payload-stream.js';
import { Refusal } from '../../mqtt/state.js';
import { isSameTopic, isTopic } from '../../mqtt/topic-match.js';
import { encodeUtf8 } from '../../mqtt/utf8.js';
import { ADDRESS_SIZE } from '../../tags/tag-table.js';
import { ReportKind } from '../../telemetry/report/report.js';
import type { Report } from '../../telemetry/report/report.js';
import { REFUSED } from '../part.js';
import type { GatewayHost, GatewayPart } from '../part.js';
import { AnnouncedTags, Duty, NO_ROOM } from './announced-tags.js';
import { DiscoveryWriter, TRAIT_WORDS } from './discovery.js';
import type { DiscoveryOptions } from './discovery.js';
import { gatewayConfigTopic, isOnline } from './gateway-announcer.js';

/** What a `HomeAssistantAnnouncer` is made of. */
export interface AnnouncerOptions extends DiscoveryOptions {
  /** First level of Home Assistant's discovery topics. */
  discoveryPrefix: string;
  /** Seconds between two reports of a tag whose values stay the same: what is older than that may be silence. */
  heartbeatSeconds: number;
  /** Tags that Home Assistant is told of, at most. */
  capacity: number;
  /**
   * Topics of single entities that an earlier gateway announced, with `{tag}` for the address in twelve capital digits:
   * Home Assistant is asked to take its entities over.
   */
  migrate: readonly string[];
}

/** A tag's other frames are waited for, so that one message has all its fields. */
const SETTLE = 3000;
/** After Home Assistant started, and after the broker lost its messages: not all gateways at the same moment. */
const JITTER = 10000;
/** A broker that kept the gateway's message sends it soon after SUBACK. */
const RETAINED_TIMEOUT = 10000;

/** To the gateway's own message, and to Home Assistant's status. */
const SUBSCRIPTIONS = 2;
const DISCOVERY_QOS = 1;
/** Stands for the address in the topics of an earlier gateway. */
export const TAG = '{tag}';
const MIGRATE = encodeUtf8('{"migrate_discovery":true}');
const NOTHING = new Uint8Array(0);

/** Who is being announced. */
const enum Turn {
  nobody = 0,
  gateway = 1,
  tag = 2,
  /** A tag that Home Assistant shall forget. */
  cleared = 3,
}

/**
 * What is published next for it; for the order see home-assistant.io, MQTT, "Migration from single component to
 * device-based discovery".
 */
const enum Step {
  /** On the topics of an earlier gateway, one after the other. */
  migrate = 0,
  device = 1,
  /** Empty messages on the topics of an earlier gateway. */
  clearOld = 2,
}

/**
 * Tells Home Assistant of the gateway and of its tags by discovery messages, which are retained.
 *
 * Each device is announced once after a start, when its first readings are there, and again when a new field shows up,
 * when Home Assistant says that it started, and when the broker lost its retained messages: that shows by the gateway's
 * own message, to which it is subscribed. One message goes out at a time, so a burst of tags leaves room for readings.
 */
export class HomeAssistantAnnouncer implements GatewayPart, PayloadSource {
  deadline = Infinity;
  readonly tags: AnnouncedTags;

  private readonly writer: DiscoveryWriter;
  private readonly entropy: Entropy;
  private readonly heartbeat: number;
  private readonly statusTopic: Uint8Array;
  private readonly ownTopic: Uint8Array;
  /** The topic of a tag's message; its address is put in at this place. */
  private readonly tagTopic: Uint8Array;
  private readonly tagAt: number;
  private readonly oldTopics: readonly Uint8Array[];
  private readonly oldPlaces: readonly number[];

  private host: GatewayHost | undefined;
  private online = false;
  /** The subscriptions of this connection are still to be made, from this one on. */
  private asked = SUBSCRIPTIONS;
  /** When the gateway is to be announced; Infinity: it is. */
  private gatewayDue = 0;
  /** If the gateway's retained message has not come until then, the broker lost it. */
  private lostAt = Infinity;

  /** Who is being announced, as it was when its turn began, and how far that is. */
  private turn: Turn = Turn.nobody;
  private step: Step = Step.device;
  private migration = 0;
  /** The message that is not acknowledged yet; 0: none. */
  private packetId = 0;
  private readonly address = new Uint8Array(ADDRESS_SIZE);
  private readonly traits = new Uint32Array(TRAIT_WORDS);
  private format = 0;
  private expireAfter = 0;
  /** Bytes of its message: each piece of it would else write all of it once more to know. */
  private length = 0;

  /** Allocates; for start-up. */
  constructor(options: AnnouncerOptions, store: Store, entropy: Entropy) {
    const { discoveryPrefix, gateway, heartbeatSeconds, capacity, migrate } = options;
    this.writer = new DiscoveryWriter(options);
    this.tags = new AnnouncedTags(capacity, store);
    this.entropy = entropy;
    this.heartbeat = heartbeatSeconds;
    this.statusTopic = encodeUtf8(discoveryPrefix + '/status');
    this.tagTopic = encodeUtf8(tagConfigTopic(options, 'AABBCCDDEEFF'));
    this.tagAt = encodeUtf8(discoveryPrefix + '/device/' + gateway + '/').length;
    this.ownTopic = encodeUtf8(gatewayConfigTopic(options));
    const oldTopics: Uint8Array[] = [];
    const oldPlaces: number[] = [];
    for (let i = 0; i < migrate.length; i++) {
      const place = migrate[i]!.indexOf(TAG);
      oldPlaces.push(encodeUtf8(migrate[i]!.substring(0, place)).length);
      oldTopics.push(encodeUtf8(migrate[i]!.replace(TAG, 'AABBCCDDEEFF')));
    }
    this.oldTopics = oldTopics;
    this.oldPlaces = oldPlaces;
  }

  /**
   * A report of a tag is to be published; what is new in it is announced soon. True when it is older than one before it
   * of the same tag.
   */
  heard(report: Report, now: number): boolean {
    const { tags } = this;
    if (report.kind === ReportKind.reading) {
      const tag = tags.note(report.address, report.reading);
      const isNew = tag >= 0 && tags.duties[tag] === Duty.nothing;
      if (isNew) {
        tags.duties[tag] = Duty.announce;
        tags.due[tag] = now + SETTLE;
      }
      if (isNew || tag === NO_ROOM) {
        this.settle();
        this.host?.wake();
      }
    }
    return tags.isOld(report.address, report.unixTime);
  }

  start(_now: number, host: GatewayHost): void {
    this.host = host;
    this.gatewayDue = 0;
  }

  connected(now: number): void {
    this.online = true;
    this.asked = 0;
    // The first announcement of this start is on its way anyhow.
    this.lostAt = this.gatewayDue === Infinity ? now + RETAINED_TIMEOUT : Infinity;
    this.room(now);
  }

  disconnected(): void {
    this.online = false;
    this.lostAt = Infinity;
    this.settle();
  }

  /** What was retained cannot be seen: then nobody can say that it is lost. */
  subscribed(filter: Uint8Array, returnCode: number): void {
    if (returnCode !== REFUSED || !isSameTopic(filter, this.ownTopic)) return;
    this.lostAt = Infinity;
    this.settle();
  }

  stopped(): void {
    // The session is gone, and with it what was not acknowledged.
    this.packetId = 0;
    this.turn = Turn.nobody;
  }

  tick(now: number): void {
    if (now >= this.lostAt) {
      this.lostAt = Infinity;
      this.announceAll(now);
    }
    this.room(now);
  }

  room(now: number): void {
    if (this.online) this.work(now);
    this.settle();
  }

  acknowledged(packetId: number, now: number): void {
    if (packetId === 0 || packetId !== this.packetId) return;
    this.packetId = 0;
    this.advance();
    this.room(now);
  }

  message(message: IncomingMessage, now: number): void {
    if (message.offset > 0) return;
    if (isTopic(message, this.ownTopic)) {
      this.lostAt = Infinity;
      this.settle();
      // A retained one tells of a start that is long over.
    } else if (isTopic(message, this.statusTopic) && !message.retain && isOnline(message)) {
      this.announceAll(now);
    }
  }

  /** A `PayloadSource`: the message of the device whose turn it is. */
  read(offset: number, into: Uint8Array, from: number, to: number): number {
    const { writer, address, format, traits, expireAfter } = this;
    const left = this.length - offset;
    if (left < to - from) to = from + left;
    if (this.turn === Turn.gateway) writer.readGateway(offset, into, from, to);
    else writer.readTag(offset, into, from, to, address, 0, format, traits, 0, expireAfter);
    return to - from;
  }

  /** All again: at some moment soon, since all gateways of a site hear the same. */
  private announceAll(now: number): void {
    const due = now + (this.entropy.uint32() % JITTER);
    this.gatewayDue = due;
    this.tags.announceAll(due);
    this.settle();
  }

  /** Does what is due, as far as there is room. */
  private work(now: number): void {
    const { connection } = this.host!;
    while (this.asked < SUBSCRIPTIONS) {
      // Again at each connection: only then the broker sends what it retained [MQTT-3.3.1-6].
      const filter = this.asked === 0 ? this.ownTopic : this.statusTopic;
      if (connection.subscribe(filter, DISCOVERY_QOS) < 0) return;
      this.asked++;
    }
    while (this.packetId === 0) {
      if (this.turn === Turn.nobody) this.begin(now);
      if (this.turn === Turn.nobody) return;
      const packetId = this.publish(connection);
      if (packetId === Refusal.full || packetId === Refusal.streaming) return;
      // Nothing that would be better the next time.
      if (packetId < 0) this.advance();
      else this.packetId = packetId;
    }
  }

  /** Gives the turn to who is due. */
  private begin(now: number): void {
    const { tags } = this;
    if (this.gatewayDue <= now) {
      this.gatewayDue = Infinity;
      this.turn = Turn.gateway;
      this.step = Step.device;
      return;
    }
    const tag = tags.next();
    if (tag < 0 || tags.due[tag]! > now) return;
    for (let i = 0; i < ADDRESS_SIZE; i++) this.address[i] = tags.addresses[tag * ADDRESS_SIZE + i]!;
    for (let i = 0; i < TRAIT_WORDS; i++) this.traits[i] = tags.traits[tag * TRAIT_WORDS + i]!;
    this.format = tags.formats[tag]!;
    this.expireAfter = this.timeoutOf(this.address);
    if (tags.duties[tag] === Duty.clear) {
      this.turn = Turn.cleared;
      this.step = Step.device;
      return;
    }
    tags.duties[tag] = Duty.nothing;
    this.turn = Turn.tag;
    this.migration = 0;
    this.step = this.oldTopics.length > 0 && tags.told[tag] === 0 ? Step.migrate : Step.device;
    tags.told[tag] = 1;
  }

  /** Publishes the step of the turn. */
  private publish(connection: Connection): number {
    if (this.step !== Step.device) {
      const topic = this.oldTopics[this.migration]!;
      this.putTag(topic, this.oldPlaces[this.migration]!);
      return connection.publish(topic, this.step === Step.migrate ? MIGRATE : NOTHING, DISCOVERY_QOS, true);
    }
    const { writer, address, format, traits, expireAfter } = this;
    if (this.turn !== Turn.gateway) this.putTag(this.tagTopic, this.tagAt);
    if (this.turn === Turn.cleared) return connection.publish(this.tagTopic, NOTHING, DISCOVERY_QOS, true);
    const topic = this.turn === Turn.gateway ? this.ownTopic : this.tagTopic;
    this.length =
      this.turn === Turn.gateway
        ? writer.gatewayLength()
        : writer.tagLength(address, 0, format, traits, 0, expireAfter);
    const packetId = publishStream(connection.session, topic, this, this.length, DISCOVERY_QOS, true);
    if (packetId < 0) return packetId;
    connection.flush();
    return packetId;
  }

  /** The step of the turn is done. */
  private advance(): void {
    if (this.step === Step.device) {
      if (this.turn === Turn.cleared) this.forget();
      if (this.turn === Turn.tag && this.migration > 0) {
        this.step = Step.clearOld;
        this.migration = 0;
        return;
      }
      this.turn = Turn.nobody;
      return;
    }
    this.migration++;
    if (this.migration < this.oldTopics.length) return;
    if (this.step === Step.migrate) this.step = Step.device;
    else this.turn = Turn.nobody;
  }

  private forget(): void {
    const tag = this.tags.find(this.address);
    if (tag >= 0) this.tags.remove(tag);
  }

  /** Seconds after which the values of a tag are unknown: when it would be away, and could have reported. */
  private timeoutOf(address: Uint8Array): number {
    const { tags, presence } = this.host!;
    const tag = tags ? tags.find(address, 0) : -1;
    if (!presence || tag < 0) return 0;
    return this.heartbeat + Math.ceil(presence.timeout(tag) / 1000);
  }

  private putTag(topic: Uint8Array, at: number): void {
    writeAddressDigits(this.address, topic, at, topic.length);
  }

  private settle(): void {
    let deadline = this.lostAt;
    if (this.online && this.turn === Turn.nobody) {
      const tag = this.tags.next();
      if (tag >= 0 && this.tags.due[tag]! < deadline) deadline = this.tags.due[tag]!;
      if (this.gatewayDue < deadline) deadline = this.gatewayDue;
    }
    this.deadline = deadline;
  }
}

/** Where a tag's message is; `tag` in twelve capital digits. */
export function tagConfigTopic({ discoveryPrefix, gateway }: AnnouncerOptions, tag: string): string {
  return discoveryPrefix + '/device/' + gateway + '/' + tag + '/config';
}
