import { Connection, ConnectionState, connectionStateText } from '../../src/connection/index.js';
import type {
  ConnectionFailure,
  ConnectionHandler,
  ConnectionOptions,
  SetAsideMessage,
} from '../../src/connection/index.js';
import { encodeUtf8 } from '../../src/mqtt/index.js';
import type { IncomingMessage } from '../../src/mqtt/index.js';
import { VirtualBroker } from './virtual-broker.js';
import { VirtualPlatform } from './virtual-platform.js';

export const HANDLERS = [
  'onConnected',
  'onDisconnected',
  'onMessage',
  'onAcknowledged',
  'onSubscribed',
  'onUnsubscribed',
  'onRoom',
  'onFailed',
  'onStopped',
] as const;

export type HandlerName = (typeof HANDLERS)[number];

/** A connection on a virtual platform with one broker at `broker:1883`, and all that the connection told. */
export class Bench implements ConnectionHandler {
  readonly platform: VirtualPlatform;
  readonly broker = new VirtualBroker();
  readonly connection: Connection;
  /** Names of the handler calls, in order. */
  readonly calls: HandlerName[] = [];
  readonly failures: ConnectionFailure[] = [];
  readonly messages: string[] = [];
  readonly acknowledged: number[] = [];
  readonly setAside: SetAsideMessage[] = [];
  readonly skipped: [topicLength: number, total: number][] = [];
  /** `unacknowledged` of each `onStopped`. */
  readonly stopped: number[] = [];
  /** Runs inside the handler calls, after they are noted. */
  hook: (name: HandlerName) => void = () => undefined;

  constructor(options: Partial<ConnectionOptions> = {}, seed = 1) {
    this.platform = new VirtualPlatform(seed);
    this.platform.listen('broker', 1883, this.broker);
    const endpoints = [{ host: 'broker', port: 1883 }];
    this.connection = new Connection({ endpoints, clientId: 'bench', ...options }, this.platform, this);
  }

  get state(): ConnectionState {
    return this.connection.state;
  }

  get stateText(): string {
    return connectionStateText(this.connection.state);
  }

  get lastFailure(): ConnectionFailure {
    return this.failures.at(-1)!;
  }

  count(name: HandlerName): number {
    return this.calls.filter((call) => call === name).length;
  }

  run(milliseconds: number): void {
    this.platform.run(milliseconds);
  }

  /** Starts, and returns when connected. */
  connect(): this {
    this.connection.start();
    this.until(() => this.state === ConnectionState.connected, 100);
    return this;
  }

  /** Lets time pass until `condition` holds; throws when it does not within `most` milliseconds. */
  until(condition: () => boolean, most: number): void {
    for (let passed = 0; !condition(); passed++) {
      if (passed >= most) throw new Error(`not within ${most} ms, state ${this.stateText}, calls ${this.calls.join()}`);
      this.run(1);
    }
  }

  publish(payload: string, qos = 1): number {
    return this.connection.publish(encodeUtf8('t'), encodeUtf8(payload), qos, false);
  }

  onConnected(): void {
    this.note('onConnected');
  }

  onDisconnected(): void {
    this.note('onDisconnected');
  }

  onMessage(message: IncomingMessage): void {
    this.messages.push(Buffer.from(message.payload.slice(message.payloadFrom, message.payloadTo)).toString());
    this.note('onMessage');
  }

  onAcknowledged(packetId: number): void {
    this.acknowledged.push(packetId);
    this.note('onAcknowledged');
  }

  onSetAside(message: SetAsideMessage): void {
    this.setAside.push(message);
  }

  onSkipped(topicLength: number, total: number): void {
    this.skipped.push([topicLength, total]);
  }

  onSubscribed(): void {
    this.note('onSubscribed');
  }

  onUnsubscribed(): void {
    this.note('onUnsubscribed');
  }

  onRoom(): void {
    this.note('onRoom');
  }

  onFailed(failure: ConnectionFailure): void {
    this.failures.push(failure);
    this.note('onFailed');
  }

  onStopped(unacknowledged: number): void {
    this.stopped.push(unacknowledged);
    this.note('onStopped');
  }

  private note(name: HandlerName): void {
    this.calls.push(name);
    this.hook(name);
  }
}

/** Everything a connection holds of the platform when it is stopped: nothing. */
export function leftovers(bench: Bench): string[] {
  const left: string[] = [];
  const { platform } = bench;
  if (platform.timers.armed > 0) left.push('a timer runs');
  if (platform.transport.inUse) left.push('the transport is open');
  if (platform.resolver.asking) left.push('the resolver is asked');
  if (platform.network.watched) left.push('the network is watched');
  return left;
}

/** A bench with its connection in `state`, where the world does nothing that would end that state. */
export function benchIn(state: ConnectionState): Bench {
  const bench = new Bench();
  const { connection, platform, broker } = bench;
  switch (state) {
    case ConnectionState.stopped:
      break;
    case ConnectionState.noNetwork:
      platform.network.up = false;
      connection.start();
      break;
    case ConnectionState.waiting:
      platform.listen('broker', 1883, 'refuses');
      connection.start();
      bench.until(() => bench.state === state, 100);
      break;
    case ConnectionState.resolving:
      platform.resolver.silent = true;
      connection.start();
      break;
    case ConnectionState.connecting:
      platform.listen('broker', 1883, 'silent');
      connection.start();
      bench.until(() => bench.state === state, 100);
      break;
    case ConnectionState.handshaking:
      broker.returnCode = undefined;
      connection.start();
      bench.until(() => bench.state === state, 100);
      break;
    case ConnectionState.connected:
      bench.connect();
      break;
    case ConnectionState.draining:
      broker.acknowledges = false;
      bench.connect();
      bench.publish('kept');
      connection.stop();
      break;
    case ConnectionState.closing:
      bench.connect();
      platform.transport.capacity = 0;
      connection.stop();
      break;
  }
  if (bench.state !== state) throw new Error(`state ${bench.stateText}`);
  return bench;
}

/** Makes the world of `benchIn` healthy. */
export function heal(bench: Bench): void {
  const { platform, broker } = bench;
  platform.network.set(true);
  platform.listen('broker', 1883, broker);
  platform.resolver.silent = false;
  platform.transport.capacity = Infinity;
  platform.transport.unblock();
  broker.returnCode = 0;
  broker.acknowledges = true;
}

/** Each state by its name, for tables of tests. */
export const STATES: [string, ConnectionState][] = Array.from({ length: ConnectionState.closing + 1 }, (_, state) => [
  connectionStateText(state),
  state,
]);
