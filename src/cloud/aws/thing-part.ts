import { JsonCheck, JsonValue } from '../../bytes/json-reader.js';
import { decodeUtf8 } from '../../bytes/utf8.js';
import type { IncomingMessage } from '../../mqtt/parser.js';
import { Refusal } from '../../mqtt/state.js';
import { isSameTopic } from '../../mqtt/topic-match.js';
import { encodeUtf8 } from '../../mqtt/utf8.js';
import type { CloudDevice } from '../definition.js';
import { REFUSED } from '../part.js';
import type { GatewayHost, GatewayPart } from '../part.js';

const QOS = 1;
/** Of a document: an answer has metadata for each value beside it. */
export const LONGEST_DOCUMENT = 4096;
/** An answer that does not come was sent before the broker had taken the subscription, or was lost. */
const FIRST_RETRY = 2000;
const LAST_RETRY = 60000;

interface Waiting {
  topic: Uint8Array;
  payload: Uint8Array;
}

/**
 * What talks JSON with a service of AWS on reserved topics of its thing: asks one thing at each connection until that
 * is answered, takes documents, and publishes others. It happens rarely, so it is ordinary code.
 */
export abstract class ThingPart implements GatewayPart {
  deadline = Infinity;
  protected readonly device: CloudDevice;

  private readonly base: string;
  private readonly filters: readonly Uint8Array[];
  private readonly request: string;
  private readonly document = new Uint8Array(LONGEST_DOCUMENT);
  private readonly check = new JsonCheck();
  private readonly root = new JsonValue();
  private host: GatewayHost | undefined;
  private online = false;
  /** The broker refused a filter; what is asked then would never be answered. */
  private isDeaf = false;
  /** The topic of the document of which a part has arrived; empty: none. */
  private topic = '';
  private waiting: Waiting[] = [];
  private retryIn = FIRST_RETRY;

  /** Topics below `base`: `filters` to subscribe to, `request` to publish to at each connection. */
  protected constructor(device: CloudDevice, base: string, filters: readonly string[], request: string) {
    this.device = device;
    this.base = base;
    this.filters = filters.map((filter) => encodeUtf8(base + filter));
    this.request = request;
  }

  start(_now: number, host: GatewayHost): void {
    this.host = host;
    for (const filter of this.filters) {
      if (host.connection.subscribe(filter, QOS) < 0) {
        throw new RangeError('AWS IoT Core: no room for the subscriptions below ' + this.base);
      }
    }
  }

  connected(now: number): void {
    this.online = true;
    this.isDeaf = false;
    this.ask(now);
  }

  disconnected(): void {
    this.online = false;
    this.deadline = Infinity;
    this.topic = '';
    this.waiting = [];
  }

  subscribed(filter: Uint8Array, returnCode: number, now: number): void {
    if (!this.filters.some((own) => isSameTopic(own, filter))) return;
    if (returnCode === REFUSED) {
      this.isDeaf = true;
      this.answered();
    } else if (this.isDeaf) this.connected(now);
  }

  tick(now: number): void {
    if (now < this.deadline) return;
    const retryIn = Math.min(2 * this.retryIn, LAST_RETRY);
    this.ask(now);
    this.retryIn = retryIn;
    this.deadline = now + retryIn;
  }

  room(): void {
    for (const { topic, payload } of this.waiting.splice(0)) this.send(topic, payload);
  }

  message(message: IncomingMessage, now: number): void {
    const { payload, payloadFrom, payloadTo, offset, total } = message;
    if (offset === 0) {
      this.topic = '';
      const topic = decodeUtf8(message.topic, message.topicFrom, message.topicTo);
      if (!topic.startsWith(this.base)) return;
      this.topic = topic.substring(this.base.length);
      if (total > LONGEST_DOCUMENT) {
        this.device.notice(
          'AWS IoT Core: ' + this.topic + ' has ' + total + ' bytes; at most ' + LONGEST_DOCUMENT + ' are read',
        );
        this.topic = '';
      }
    }
    if (this.topic === '') return;
    for (let i = payloadFrom, at = offset; i < payloadTo; i++) this.document[at++] = payload[i]!;
    if (offset + payloadTo - payloadFrom < total) return;
    const { topic } = this;
    this.topic = '';
    if (!this.check.check(this.document, 0, total)) {
      this.device.notice('AWS IoT Core: ' + topic + ' is no JSON');
      return;
    }
    this.root.point(this.document, 0, total);
    this.take(topic, this.root, now);
  }

  /** A document arrived on the topic `base` + `topic`. */
  protected abstract take(topic: string, document: JsonValue, now: number): void;

  /** Asks what is asked at each connection, until `answered`. */
  protected ask(now: number): void {
    this.retryIn = FIRST_RETRY;
    this.deadline = now + FIRST_RETRY;
    this.publish(this.request, {});
    this.host?.wake();
  }

  /** What was asked is answered. */
  protected answered(): void {
    this.deadline = Infinity;
  }

  /** True where what arrives came by TLS. */
  protected get overTls(): boolean {
    return this.host?.connection.endpoint?.tls !== undefined;
  }

  /** Publishes, or does that when there is room. Returns the packet identifier, or 0 when it has to wait. */
  protected publish(topic: string, document: object): number {
    return this.send(encodeUtf8(this.base + topic), encodeUtf8(JSON.stringify(document)));
  }

  private send(topic: Uint8Array, payload: Uint8Array): number {
    if (!this.online || !this.host) return 0;
    const packetId = this.host.connection.publish(topic, payload, QOS, false);
    if (packetId >= 0) return packetId;
    if (packetId === Refusal.full || packetId === Refusal.streaming) this.waiting.push({ topic, payload });
    else this.device.notice('AWS IoT Core: ' + decodeUtf8(topic, 0, topic.length) + ' does not fit; raise maxPayload');
    return 0;
  }
}
