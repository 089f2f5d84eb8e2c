import { Connection } from '../../src/connection/index.js';
import type { ConnectionFailure, ConnectionHandler } from '../../src/connection/index.js';
import type { Advertisement, Clock, Endpoint, ScanOptions, Scanner, ScannerHandler } from '../../src/hal/index.js';
import { encodeUtf8 } from '../../src/mqtt/index.js';
import type { IncomingMessage } from '../../src/mqtt/index.js';
import { showValue } from '../bad-input.js';
import { nodePlatform } from '../hal/platform.js';
import { topicBytes, WholePayload } from '../whole-payload.js';
import { readRelayedMessage } from './mqtt-advertisements.js';
import type { RelayedAdvertisement } from './mqtt-advertisements.js';
import { RelayedTags } from './relayed-tags.js';

/** Where a `MqttScanner` hears other gateways. */
export interface MqttScannerOptions {
  endpoint: Endpoint;
  username?: string;
  password?: string;
  clientId: string;
  /** Valid topic filters. */
  filters: readonly string[];
  /** Told what people should know: one line, without secrets. */
  onNotice: (text: string) => void;
}

/** Counts of a `MqttScanner`. */
export interface RelayCounts {
  /** Messages that arrived. */
  messages: number;
  /** Advertisements in them. */
  advertisements: number;
  /** Of those: left out, since another gateway had relayed the same before. */
  copies: number;
  /** Messages that the broker had retained: nobody knows how old they are. */
  retained: number;
  /** Messages with a fault. */
  faulty: number;
}

const MAX_MESSAGE = 1 << 18;
const REFUSED = 0x80;
/** Advertisements that wait; at the upper one nothing more is read from the broker until the lower one is reached. */
const QUEUE = { full: 1024, low: 256 };
/** Advertisements in one turn of the event loop, so that others run. */
const TURN = 64;
/** Faults that are told, each once; then only counted. */
const MAX_TOLD = 64;

/**
 * A scanner without a radio: it hears the advertisements that other gateways relay over MQTT. It connects at its first
 * `start` and connects again by itself; between `stop` and `start` it leaves out what arrives, as a radio does. The
 * options of `start` are for radios and do not count. What several gateways relay of one tag is told apart by
 * `RelayedTags`. A burst is taken in turns, and while too much waits, the broker is not read.
 */
export class MqttScanner implements Scanner, ConnectionHandler {
  readonly counts: RelayCounts = { messages: 0, advertisements: 0, copies: 0, retained: 0, faulty: 0 };

  private readonly connection: Connection;
  private readonly tags: RelayedTags;
  private readonly queue: RelayedAdvertisement[] = [];
  private readonly told = new Set<string>();
  private handler: ScannerHandler | undefined;
  private started = false;
  private closed = false;
  private turn: NodeJS.Immediate | undefined;
  private lastFailure = '';
  /** The message of which not all pieces are there. */
  private readonly payload = new WholePayload(MAX_MESSAGE);
  private readonly advertisement: Advertisement = {
    address: new Uint8Array(6),
    addressType: 0,
    rssi: 127,
    bytes: new Uint8Array(255),
    from: 0,
    to: 0,
  };

  constructor(
    private readonly options: MqttScannerOptions,
    clock: Clock,
  ) {
    const { endpoint, clientId, username, password, filters } = options;
    this.tags = new RelayedTags(clock);
    this.connection = new Connection(
      {
        clientId,
        endpoints: [endpoint],
        ...(username !== undefined && { username }),
        ...(password !== undefined && { password: encodeUtf8(password) }),
        maxSubscriptions: filters.length,
        receiveBufferSize: 65536 + 4,
        backoff: { minimum: 500, maximum: 15000 },
      },
      nodePlatform(),
      this,
    );
  }

  /** The broker, for people. */
  get name(): string {
    const { host, port, tls } = this.options.endpoint;
    return `${tls ? 'mqtts' : 'mqtt'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
  }

  start(_options: ScanOptions, handler: ScannerHandler): void {
    this.handler = handler;
    if (this.started || this.closed) return;
    this.started = true;
    for (const filter of this.options.filters) this.connection.subscribe(encodeUtf8(filter), 0);
    this.connection.start();
  }

  stop(): void {
    this.handler = undefined;
  }

  /** Ends the connection. Legal twice. */
  close(): void {
    this.closed = true;
    this.handler = undefined;
    if (this.turn) clearImmediate(this.turn);
    this.connection.close();
  }

  /** The counts as a line for people. */
  summary(): string {
    const { messages, advertisements, copies, retained, faulty } = this.counts;
    return (
      `from ${this.name}: ${messages} messages (${retained} retained and left out, ${faulty} with faults), ` +
      `${advertisements} advertisements, of which ${copies} were copies from further gateways`
    );
  }

  // ConnectionHandler

  onConnected(): void {
    this.lastFailure = '';
    this.options.onNotice(`hears other gateways on ${this.name}`);
  }

  onSubscribed(filter: Uint8Array, returnCode: number): void {
    if (returnCode !== REFUSED) return;
    this.options.onNotice(`${this.name}: the broker refused the subscription to ${Buffer.from(filter).toString()}`);
  }

  onMessage(message: IncomingMessage): void {
    const payload = this.payload.take(message);
    if (!payload) return;
    this.counts.messages++;
    if (message.retain) {
      this.counts.retained++;
      return;
    }
    const topic = topicBytes(message).toString();
    const { total } = message;
    if (total > MAX_MESSAGE) return this.tell(topic, [`a message has at most ${MAX_MESSAGE} bytes, got ${total}`]);
    const { advertisements, faults } = readRelayedMessage(topic, payload.toString());
    if (faults.length > 0) this.tell(topic, faults);
    this.counts.advertisements += advertisements.length;
    if (!this.handler) return;
    this.queue.push(...advertisements);
    if (this.queue.length >= QUEUE.full) this.connection.pause();
    this.turn ??= setImmediate(() => this.run());
  }

  onAcknowledged(): void {}
  onUnsubscribed(): void {}
  onRoom(): void {}

  onFailed(failure: ConnectionFailure): void {
    const { detail } = failure;
    if (detail === this.lastFailure) return;
    this.lastFailure = detail;
    this.options.onNotice(`${this.name}: ${detail}; trying again`);
  }

  onStopped(): void {}

  private run(): void {
    this.turn = undefined;
    const { queue } = this;
    for (const heard of queue.splice(0, TURN)) {
      if (this.tags.isCopy(heard)) this.counts.copies++;
      else this.deliver(heard);
    }
    if (this.closed) return;
    if (queue.length <= QUEUE.low && this.connection.paused) this.connection.resume();
    if (queue.length > 0) this.turn ??= setImmediate(() => this.run());
  }

  private deliver({ address, addressType, rssi, bytes }: RelayedAdvertisement): void {
    const { advertisement } = this;
    advertisement.address.set(address);
    advertisement.addressType = addressType;
    advertisement.rssi = rssi;
    advertisement.bytes.set(bytes);
    advertisement.to = bytes.length;
    this.handler?.onAdvertisement(advertisement);
  }

  /** Each fault of a kind of topic is told once: a gateway repeats it with every message. */
  private tell(topic: string, faults: readonly string[]): void {
    this.counts.faulty++;
    for (const fault of faults) {
      const key = `${topic.replace(/[0-9a-f:]{12,}/gi, '+')} ${fault.replace(/got [^]*$/, '')}`;
      if (this.told.has(key) || this.told.size >= MAX_TOLD) continue;
      this.told.add(key);
      this.options.onNotice(`${showValue(topic)}: ${fault}`);
    }
  }
}
