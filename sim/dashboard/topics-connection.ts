import { Connection, ConnectionState } from '../../src/connection/index.js';
import type { ConnectionFailure, ConnectionHandler, ConnectionOptions } from '../../src/connection/index.js';
import { encodeUtf8, refusalText } from '../../src/mqtt/index.js';
import type { IncomingMessage, Refusal } from '../../src/mqtt/index.js';
import { nodePlatform } from '../hal/platform.js';
import { topicBytes, WholePayload } from '../whole-payload.js';

/** A message as it came. */
export interface TopicMessage {
  readonly topic: string;
  /** Of more than `LONGEST_PAYLOAD` bytes the first ones. */
  readonly payload: Buffer;
  /** Bytes of the whole payload. */
  readonly length: number;
  readonly qos: number;
  readonly retain: boolean;
  readonly dup: boolean;
}

/** What a `TopicsConnection` tells. */
export interface TopicsListener {
  onMessage(message: TopicMessage): void;
  /** How the connection stands has changed: see `text`. */
  onLink(): void;
  /** All filters were answered: what the broker retains follows, or has come. */
  onListening(): void;
  /** One line for people. */
  onNotice(text: string): void;
}

/** What is kept of a payload; a longer one is none of a device. */
export const LONGEST_PAYLOAD = 65536;
const REFUSED = 0x80;
const CONNECTING = 'connecting';
const AGAIN = /; trying again in \d+ s$/;

/**
 * Stays connected to a broker and subscribed to some filters, whatever happens: also a refusal is tried again, since a
 * page stays open when a password is changed. QoS 1.
 */
export class TopicsConnection implements ConnectionHandler {
  /** In a few words: `connecting`, `connected`, `connection refused: …`. */
  text = CONNECTING;
  private told = '';
  private readonly connection: Connection;
  private readonly filters: readonly string[];
  private readonly listener: TopicsListener;
  private answered = 0;
  private readonly refused = new Set<string>();
  private readonly payload = new WholePayload(LONGEST_PAYLOAD);
  private closed = false;

  /** Throws a RangeError for options that are not allowed. */
  constructor(options: ConnectionOptions, filters: readonly string[], listener: TopicsListener) {
    this.filters = filters;
    this.listener = listener;
    const sizes = { receiveBufferSize: 65536 + 4, transmitArenaSize: 65536, maxPendingAcknowledgements: 256 };
    const counts = { maxSubscriptions: filters.length, maxInFlight: 64, maxQueued: 64, drainTimeout: 1000 };
    this.connection = new Connection({ ...options, ...sizes, ...counts }, nodePlatform(), this);
  }

  /** `mqtt://host:port` */
  get broker(): string {
    const { host, port, tls } = this.connection.endpoint;
    return `${tls ? 'mqtts' : 'mqtt'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
  }

  get connected(): boolean {
    return this.connection.state === ConnectionState.connected;
  }

  start(): void {
    for (const filter of this.filters) this.connection.subscribe(encodeUtf8(filter), 1);
    this.connection.start();
  }

  /** A line for a log, when there is one to tell: not each attempt of many that fail alike. Empty: there is none. */
  news(): string {
    const text = this.text.replace(AGAIN, '');
    if (text === this.told || text === CONNECTING) return '';
    this.told = text;
    return `${this.broker}: ${this.text}`;
  }

  /** Publishes with QoS 1. Returns why not, in words; empty when it goes. */
  publish(topic: string, payload: string): string {
    if (!this.connected) return `no connection to the broker (${this.text})`;
    const result = this.connection.publish(encodeUtf8(topic), encodeUtf8(payload), 1, false);
    if (result < 0) return refusalText(result as Refusal);
    this.connection.flush();
    return '';
  }

  /** Says goodbye. Nothing is told any more. */
  close(): void {
    this.closed = true;
    this.connection.stop();
  }

  // ConnectionHandler

  onAttempt(): void {
    this.stand(CONNECTING);
  }

  onConnected(): void {
    this.answered = 0;
    this.refused.clear();
    this.stand('connected');
  }

  onSubscribed(filter: Uint8Array, returnCode: number): void {
    if (this.closed) return;
    const text = Buffer.from(filter).toString();
    if (returnCode === REFUSED) {
      this.refused.add(text);
      this.listener.onNotice(`the broker refuses the subscription to ${text}`);
    } else if (this.refused.delete(text)) {
      this.listener.onNotice(`the broker grants the subscription to ${text}`);
    }
    const { size } = this.refused;
    const which = size === this.filters.length ? 'all' : `${size} of ${this.filters.length}`;
    this.stand(size === 0 ? 'connected' : `connected, but ${which} subscriptions are refused`);
    if (++this.answered !== this.filters.length) return;
    this.listener.onListening();
  }

  onMessage(message: IncomingMessage): void {
    if (this.closed) return;
    const payload = this.payload.take(message);
    if (!payload) return;
    const { total, qos, retain, dup } = message;
    this.listener.onMessage({ topic: topicBytes(message).toString(), payload, length: total, qos, retain, dup });
  }

  onFailed(failure: ConnectionFailure): void {
    const { detail, retryIn } = failure;
    const again = retryIn === Infinity ? '' : `; trying again in ${Math.max(1, Math.round(retryIn / 1000))} s`;
    this.stand(`${failure.wasConnected ? 'connection lost: ' : ''}${detail}${again}`);
  }

  onAcknowledged(): void {}
  onUnsubscribed(): void {}
  onRoom(): void {}
  onStopped(): void {}

  private stand(text: string): void {
    if (this.closed || this.text === text) return;
    this.text = text;
    this.listener.onLink();
  }
}
