import type { Board, Clock } from '../hal/board.js';
import { encodeUtf8 } from '../mqtt/utf8.js';
import type { Configuration } from '../settings/configuration.js';
import type { RemoteConfiguration } from '../settings/remote-configuration.js';
import { crc32 } from '../telemetry/crc32.js';
import type { FlashLog } from '../telemetry/outbox/flash-log.js';
import { MESSAGE_OVERHEAD, MessageDrop, MessageQueue } from '../telemetry/outbox/message-queue.js';
import { LogChannel } from '../telemetry/outbox/outbox.js';
import type { MessageQueueHandler } from '../telemetry/outbox/message-queue.js';
import { makeRpcWith } from './make-rpc.js';
import type { RpcConfiguration, RpcTargets } from './make-rpc.js';
import { EXPIRED, lostAnswer, RpcAnswers } from './rpc-answers.js';
import type { RpcConnection, RpcHandler } from './rpc-options.js';
import type { RpcRoute } from './rpc-route.js';
import type { Rpc } from './rpc.js';

/** Where the answers of an `Rpc` are kept that the broker has not acknowledged. */
export interface RpcStorage {
  log: FlashLog;
  clock: Clock;
  /** See `MessageQueueOptions.place`. */
  place: number;
  /** The session is not a clean one: what was sent before a restart is sent again under its packet identifier. */
  persistent: boolean;
  /** See `OutboxOptions.persistSeconds`. */
  persistSeconds: number;
  /** Of the session. */
  maxInFlight: number | undefined;
}

const ELSEWHERE = lostAnswer('it was for another broker');
const UNSUITABLE = lostAnswer('written by another version of the firmware');
const LOG_FULL = lostAnswer('log full');

/**
 * As `RpcAnswers`, on a board with a log: keeps each answer until the broker has acknowledged it, over a restart too.
 * One for which its queue has no room goes to the session at once when none waits before it, and is not kept. Allocates
 * nothing.
 */
export class KeptAnswers extends RpcAnswers implements Clock, MessageQueueHandler {
  private readonly messages: MessageQueue;
  private readonly storage: RpcStorage;
  private time = 0;
  /** The number in the queue of the answer that something follows, 0 for none. */
  private afterNumber = 0;
  private nextTable = 0;
  private nextCode = 0;

  /** For answers of at most `maxAnswer` bytes with their topics; `queueSize` bytes of memory for them. */
  constructor(queueSize: number, maxAnswer: number, handler: RpcHandler | undefined, storage: RpcStorage) {
    super(0, handler);
    const { place, persistSeconds, log, maxInFlight } = storage;
    const capacity = Math.max(queueSize, 2 * MESSAGE_OVERHEAD);
    const options = { place, persistSeconds, capacity, maxMessageLength: maxAnswer, maxInFlight };
    this.storage = storage;
    this.messages = new MessageQueue(options, this, this, log, LogChannel.gateway);
  }

  override get waiting(): number {
    return this.messages.waiting;
  }

  override get deadline(): number {
    const { deadline } = this.messages;
    return deadline < this.afterDeadline ? deadline : this.afterDeadline;
  }

  override start(connection: RpcConnection, now: number): void {
    this.time = now;
    if (!this.connection) this.messages.attach(connection, this.storage.persistent);
    super.start(connection, now);
  }

  override connected(now: number): void {
    this.time = now;
    this.messages.connected();
    this.messages.publishWaiting();
  }

  override disconnected(now: number): void {
    this.time = now;
    this.messages.disconnected();
  }

  override persist(now: number): void {
    this.time = now;
    this.messages.flush();
  }

  override tick(now: number): void {
    this.time = now;
    if (this.messages.deadline <= now) this.messages.tick();
    this.messages.publishWaiting();
  }

  override give(
    scratch: Uint8Array,
    topicFrom: number,
    topicTo: number,
    to: number,
    lifetime: number,
    table: number,
    afterwards: number,
    now: number,
  ): void {
    const { messages } = this;
    this.time = now;
    const isLate = lifetime <= 0;
    const number = isLate ? 0 : messages.add(scratch, topicFrom, topicTo, scratch, 0, to, false, lifetime);
    if (number <= 0) {
      // It is too late, or goes the way of answers that are not kept.
      if (isLate || messages.waiting === 0)
        super.give(scratch, topicFrom, topicTo, to, lifetime, table, afterwards, now);
      else this.noteResult(number, LOG_FULL, table, afterwards, now);
      return;
    }
    if (afterwards !== 0) {
      this.afterNumber = number;
      this.nextTable = table;
      this.nextCode = afterwards;
    }
    messages.publishWaiting();
  }

  override flush(now: number): void {
    this.time = now;
    this.messages.publishWaiting();
  }

  override acknowledged(packetId: number, now: number): void {
    this.time = now;
    // Also when it was not one of these: what others sent from the log may have held all its handles.
    this.messages.acknowledged(packetId);
    if (this.messages.waiting > 0) this.messages.publishWaiting();
    super.acknowledged(packetId, now);
  }

  // Clock, for the queue

  now(): number {
    return this.time;
  }

  unixTime(): number {
    return this.storage.clock.unixTime();
  }

  // MessageQueueHandler

  onSent(number: number, packetId: number): void {
    this.given++;
    if (number > 0 && number === this.afterNumber) this.follow(packetId);
  }

  onDropped(count: number, reason: MessageDrop, number: number): void {
    if (reason === MessageDrop.elsewhere) this.lose(count, ELSEWHERE);
    else if (reason === MessageDrop.expired) this.lose(count, EXPIRED);
    else this.lose(count, reason === MessageDrop.full ? LOG_FULL : UNSUITABLE);
    if (number > 0 && number === this.afterNumber) this.follow(0);
  }

  private follow(packetId: number): void {
    this.afterNumber = 0;
    this.watch(packetId, this.nextTable, this.nextCode, this.time);
  }
}

/**
 * As `makeRpc`, where `flashLog` keeps the answers that the broker has not acknowledged: over lost connections and over
 * restarts, bound to the broker, the client identifier and the name of the gateway. Without one as `makeRpc`.
 */
export function makeKeptRpc(
  configuration: RpcConfiguration &
    Pick<Configuration, 'connection'> & { retention: Pick<Configuration['retention'], 'persistSeconds'> },
  targets: RpcTargets,
  remote: RemoteConfiguration | undefined,
  ownRoutes: RpcRoute[] | undefined,
  { clock }: Pick<Board, 'clock'>,
  flashLog: FlashLog | undefined,
): Rpc | undefined {
  if (!flashLog) return makeRpcWith(undefined, configuration, targets, remote, ownRoutes);
  const { endpoints, clientId, cleanSession, maxInFlight } = configuration.connection;
  const brokers = endpoints.map(({ host, port, tls }) => host + ':' + port + (tls ? ' tls' : ''));
  const place = encodeUtf8([...brokers, clientId, configuration.gateway].join('\n'));
  const storage: RpcStorage = {
    log: flashLog,
    clock,
    place: crc32(place, 0, place.length, 0),
    persistent: cleanSession === false,
    persistSeconds: configuration.retention.persistSeconds,
    maxInFlight,
  };
  return makeRpcWith(
    (queueSize, maxAnswer, handler) => new KeptAnswers(queueSize, maxAnswer, handler, storage),
    configuration,
    targets,
    remote,
    ownRoutes,
  );
}
