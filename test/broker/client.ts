import { nodePlatform } from '../../sim/hal/platform.js';
import { Connection, ConnectionState } from '../../src/connection/index.js';
import type { ConnectionFailure, ConnectionHandler, ConnectionOptions } from '../../src/connection/index.js';
import type { TlsOptions } from '../../src/hal/index.js';
import { encodeUtf8 } from '../../src/mqtt/index.js';
import type { IncomingMessage } from '../../src/mqtt/index.js';

/** A received message, put together from its pieces. */
export interface WholeMessage {
  topic: string;
  payload: Buffer;
  qos: number;
  retain: boolean;
  dup: boolean;
  /** How many pieces it came in. */
  pieces: number;
}

/** How a `Client` connects. */
export interface ClientOptions extends Partial<ConnectionOptions> {
  port: number;
  tls?: TlsOptions;
  /** Default 127.0.0.1. */
  host?: string;
}

const clients: Client[] = [];

/** Closes every client that was made since; for `afterEach`. */
export function closeClients(): void {
  for (const client of clients.splice(0)) client.connection.close();
}

/** Our connection on Node's parts, with small buffers and waits, and all that it told. */
export class Client implements ConnectionHandler {
  readonly connection: Connection;
  readonly messages: WholeMessage[] = [];
  readonly acknowledged: number[] = [];
  readonly subscribed: [filter: string, returnCode: number][] = [];
  readonly unsubscribed: string[] = [];
  readonly failures: ConnectionFailure[] = [];
  /** `sessionPresent` of each CONNACK. */
  readonly connected: boolean[] = [];
  /** `unacknowledged` of each stop. */
  readonly stopped: number[] = [];
  onRoom: () => void = () => undefined;
  private pieces: Buffer[] = [];
  private readonly waiting: { condition: () => boolean; resolve: () => void }[] = [];

  constructor({ port, host, tls, ...options }: ClientOptions) {
    const endpoint = { host: host ?? '127.0.0.1', port, ...(tls === undefined ? {} : { tls }) };
    this.connection = new Connection(
      {
        endpoints: [endpoint],
        clientId: `client-${clients.length}-${process.pid}`,
        backoff: { minimum: 10, maximum: 100 },
        ...options,
      },
      nodePlatform(),
      this,
    );
    clients.push(this);
  }

  /** Resolves when `condition` holds; it is asked after each call of a handler. */
  until(condition: () => boolean): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push({ condition, resolve }));
  }

  /** Starts; resolves when connected. */
  async connect(): Promise<this> {
    const before = this.connected.length;
    this.connection.start();
    await this.until(() => this.connected.length > before);
    return this;
  }

  /** Starts; resolves with the first failure. */
  async fail(): Promise<ConnectionFailure> {
    this.connection.start();
    await this.until(() => this.failures.length > 0);
    return this.failures[0]!;
  }

  async stop(): Promise<void> {
    const before = this.stopped.length;
    if (this.connection.state === ConnectionState.stopped) return;
    this.connection.stop();
    await this.until(() => this.stopped.length > before);
  }

  /** Subscribes; resolves with the return code. */
  async subscribe(filter: string, qos: number): Promise<number> {
    const before = this.subscribed.length;
    const result = this.connection.subscribe(encodeUtf8(filter), qos);
    if (result < 0) throw new Error(`subscribe: ${result}`);
    await this.until(() => this.subscribed.length > before);
    return this.subscribed.at(-1)![1];
  }

  /** Publishes; returns the packet identifier. Throws when refused. */
  publish(topic: string, payload: string | Uint8Array, qos = 0, retain = false): number {
    const bytes = typeof payload === 'string' ? encodeUtf8(payload) : payload;
    const result = this.connection.publish(encodeUtf8(topic), bytes, qos, retain);
    if (result < 0) throw new Error(`publish: ${result}`);
    return result;
  }

  /** The payloads of the messages so far, as text. */
  texts(): string[] {
    return this.messages.map(({ payload }) => payload.toString());
  }

  onConnected(sessionPresent: boolean): void {
    this.connected.push(sessionPresent);
    this.wake();
  }

  onMessage(message: IncomingMessage): void {
    if (message.offset === 0) this.pieces = [];
    this.pieces.push(Buffer.from(message.payload.slice(message.payloadFrom, message.payloadTo)));
    if (message.offset + message.payloadTo - message.payloadFrom < message.total) return;
    const { qos, retain, dup } = message;
    const topic = Buffer.from(message.topic.slice(message.topicFrom, message.topicTo)).toString();
    const payload = Buffer.concat(this.pieces);
    this.messages.push({ topic, payload, qos, retain, dup, pieces: this.pieces.length });
    this.wake();
  }

  onAcknowledged(packetId: number): void {
    this.acknowledged.push(packetId);
    this.wake();
  }

  onSubscribed(filter: Uint8Array, returnCode: number): void {
    this.subscribed.push([Buffer.from(filter).toString(), returnCode]);
    this.wake();
  }

  onUnsubscribed(filter: Uint8Array): void {
    this.unsubscribed.push(Buffer.from(filter).toString());
    this.wake();
  }

  onFailed(failure: ConnectionFailure): void {
    this.failures.push(failure);
    this.wake();
  }

  onStopped(unacknowledged: number): void {
    this.stopped.push(unacknowledged);
    this.wake();
  }

  private wake(): void {
    for (let i = this.waiting.length - 1; i >= 0; i--) {
      const { condition, resolve } = this.waiting[i]!;
      if (!condition()) continue;
      this.waiting.splice(i, 1);
      resolve();
    }
  }
}
