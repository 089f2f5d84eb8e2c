import { Connection } from '../connection/connection.js';
import type { ConnectionFailure, ConnectionHandler } from '../connection/index.js';
import type { CloudProfile } from '../cloud/index.js';
import type { Board, Timer } from '../hal/index.js';
import type { IncomingMessage } from '../mqtt/index.js';
import type { GatewayHandler } from './gateway-handler.js';
import { HEALTH_QOS, READING_QOS } from './gateway-options.js';
import type { GatewayOptions } from './gateway-options.js';
import type { GatewayPart } from './gateway-part.js';
import { HealthReporter } from './health-reporter.js';
import type { TagReporter } from './tag-reporter.js';

/** The session's arena must hold a payload and a PUBLISH header around it. */
const HEADER_ROOM = 16;

/**
 * A device's connection to its broker, and what goes over it: the status, health reports, the reports of the tag side
 * (`TagReporter`, on a board with a scanner), and what its other parts say (`GatewayPart`). One timer serves all.
 */
export class Gateway implements ConnectionHandler {
  readonly connection: Connection;
  /** The tag side; undefined without a scanner. */
  readonly reporter: TagReporter | undefined;
  /** Connections that the broker accepted. */
  connects = 0;

  private readonly board: Board;
  private readonly profile: CloudProfile;
  private readonly handler: GatewayHandler;
  private readonly parts: readonly GatewayPart[];
  private readonly drainTimeout: number;
  private readonly health: HealthReporter | undefined;
  private readonly timer: Timer;

  /** A payload in the first `maxPayload` bytes, the topic behind it. */
  private readonly scratch: Uint8Array;
  private readonly maxPayload: number;
  private running = false;
  private stopping = false;
  private ending = false;
  /** When `stop` waits no longer for acknowledgements. */
  private drainDeadline = Infinity;
  /** When the timer will fire. */
  private wakeAt = Infinity;
  /** `online` or `offline` waits to be published. */
  private status: Uint8Array | undefined;
  /** The status that was published last under this identifier. */
  private statusId = 0;

  /** Throws a RangeError that names the option and what is allowed. */
  constructor(
    options: GatewayOptions,
    board: Board,
    handler: GatewayHandler,
    reporter?: TagReporter,
    parts: readonly GatewayPart[] = [],
  ) {
    const { profile, healthSeconds } = options;
    const maxPayload = options.maxPayload ?? (reporter ? 1024 : 512);
    if (!(maxPayload >= 64 && maxPayload <= 65536 && maxPayload % 1 === 0)) {
      throw new RangeError('maxPayload ' + maxPayload + ': allowed are whole numbers from 64 to 65536');
    }
    this.drainTimeout = options.drainTimeout ?? 5000;
    if (!(this.drainTimeout >= 0 && this.drainTimeout <= 3600000)) {
      throw new RangeError('drainTimeout ' + this.drainTimeout + ': allowed are 0 to 3600000 milliseconds');
    }
    this.board = board;
    this.profile = profile;
    this.handler = handler;
    this.reporter = reporter;
    this.parts = parts;
    this.maxPayload = maxPayload;
    this.timer = board.timers.create(() => this.wake());
    if (healthSeconds !== undefined && healthSeconds !== 0) this.health = new HealthReporter(board, healthSeconds);
    this.scratch = new Uint8Array(maxPayload + (reporter ? profile.maxTopicLength : 0));
    const will = {
      topic: profile.statusTopic,
      payload: profile.offline,
      qos: READING_QOS,
      retain: profile.statusRetained,
    } as const;
    const connection = { transmitArenaSize: reporter ? 4096 : 1024, ...options.connection, will };
    const needed = maxPayload + profile.maxTopicLength + HEADER_ROOM;
    if (connection.transmitArenaSize < needed) {
      throw new RangeError(
        'transmitArenaSize ' + connection.transmitArenaSize + ': with maxPayload ' + maxPayload + ' at least ' + needed,
      );
    }
    this.connection = new Connection(connection, board, this);
  }

  /** Readings that were worth a report and are not acknowledged: in the outbox, in flight, or dropped. */
  get unacknowledged(): number {
    const outbox = this.reporter?.outbox;
    return outbox ? outbox.appendedCount - outbox.acknowledgedCount : 0;
  }

  /** Begins to connect and to scan, and takes back what was saved before a restart. Legal once more after `stop`. */
  start(): void {
    if (this.running) return;
    this.running = true;
    const now = this.board.clock.now();
    this.health?.start(now);
    this.reporter?.start(now, this);
    for (let i = 0; i < this.parts.length; i++) this.parts[i]!.start(now, this);
    this.connection.start();
    this.arm(now);
  }

  /**
   * Ends scanning, publishes what is in the outbox and the status `offline`, and disconnects; `onStopped` follows.
   * Without a connection, or when the drain time is over, it ends without; with `persistSeconds` what is left is saved.
   */
  stop(): void {
    if (!this.running || this.stopping) return;
    this.stopping = true;
    const now = this.board.clock.now();
    this.reporter?.endScan(now);
    if (!this.connection.connected) return this.disconnect();
    this.drainDeadline = now + this.drainTimeout;
    this.arm(now);
    this.publishWaiting();
  }

  /** Ends at once, without DISCONNECT: the broker publishes the will. `onStopped` follows. */
  close(): void {
    if (!this.running) return;
    this.stopping = true;
    this.reporter?.endScan(this.board.clock.now());
    this.connection.close();
  }

  /** Publishes what waits, as much as the session takes. */
  publishWaiting(): void {
    const connection = this.connection;
    if (!connection.connected) return;
    if (this.status && !this.publishStatus(this.status)) return;
    this.reporter?.queue.publishWaiting(connection, this.scratch, this.maxPayload);
    this.finishWhenEmpty();
  }

  /** For parts: the earliest deadline may have changed. */
  wakeByDeadline(): void {
    this.arm(this.board.clock.now());
  }

  // ConnectionHandler

  onAttempt(): void {
    const exclusive = this.connection.endpoint.tls !== undefined;
    this.reporter?.connecting(exclusive, this.board.clock.now());
  }

  onConnected(): void {
    const now = this.board.clock.now();
    this.reporter?.connected(now);
    this.connects++;
    this.status = this.profile.online;
    this.health?.connected(now);
    for (let i = 0; i < this.parts.length; i++) this.parts[i]!.connected?.(now);
    this.arm(now);
    this.handler.onConnected();
    this.publishWaiting();
  }

  onAcknowledged(packetId: number): void {
    const now = this.board.clock.now();
    if (packetId === this.statusId) this.statusId = 0;
    else this.reporter?.queue.acknowledged(packetId, now);
    for (let i = 0; i < this.parts.length; i++) this.parts[i]!.acknowledged?.(packetId, now);
    this.arm(now);
    this.publishWaiting();
  }

  onRoom(): void {
    const now = this.board.clock.now();
    for (let i = 0; i < this.parts.length; i++) this.parts[i]!.room?.(now);
    this.publishWaiting();
  }

  onMessage(message: IncomingMessage): void {
    const now = this.board.clock.now();
    for (let i = 0; i < this.parts.length; i++) this.parts[i]!.message?.(message, now);
    this.arm(now);
  }

  onSubscribed(): void {}

  onUnsubscribed(): void {}

  onFailed(failure: ConnectionFailure): void {
    const now = this.board.clock.now();
    this.reporter?.disconnected(now);
    for (let i = 0; i < this.parts.length; i++) this.parts[i]!.disconnected?.(now);
    this.arm(now);
    this.handler.onFailed(failure);
  }

  onStopped(): void {
    this.timer.stop();
    this.wakeAt = Infinity;
    this.drainDeadline = Infinity;
    this.health?.stop();
    this.reporter?.stopped();
    const now = this.board.clock.now();
    for (let i = 0; i < this.parts.length; i++) this.parts[i]!.stopped?.(now);
    this.running = false;
    this.stopping = false;
    this.ending = false;
    this.handler.onStopped();
  }

  /** Returns false when it must wait for room. */
  private publishStatus(status: Uint8Array): boolean {
    const topic = this.profile.statusTopic;
    const packetId = this.connection.publish(topic, status, READING_QOS, this.profile.statusRetained);
    if (packetId < 0) return false;
    this.statusId = packetId;
    this.status = undefined;
    return true;
  }

  private publishHealth(health: HealthReporter, now: number): boolean {
    if (!this.connection.connected) return false;
    const scratch = this.scratch;
    const length = this.profile.writeHealth(health.make(this, now), scratch, 0, this.maxPayload);
    if (length < 0) return false;
    const topic = this.profile.healthTopic;
    return this.connection.publishRange(topic, 0, topic.length, scratch, 0, length, HEALTH_QOS, false) >= 0;
  }

  private finishWhenEmpty(): void {
    if (!this.stopping || (this.reporter && this.reporter.queue.pending > 0)) return;
    for (let i = 0; i < this.parts.length; i++) if (this.parts[i]!.busy) return;
    this.disconnect();
  }

  /** Says `offline`, since DISCONNECT makes the broker forget the will, and ends. */
  private disconnect(): void {
    if (this.ending) return;
    this.ending = true;
    this.drainDeadline = Infinity;
    // Without room for `offline` the will has to say it, so there must be no DISCONNECT.
    if (this.connection.connected && !this.publishStatus(this.profile.offline)) this.connection.close();
    else this.connection.stop();
  }

  private wake(): void {
    this.wakeAt = Infinity;
    const now = this.board.clock.now();
    if (this.drainDeadline <= now) this.disconnect();
    const { health, reporter, parts } = this;
    if (health && health.deadline <= now) {
      health.schedule(now);
      health.noteSent(this.publishHealth(health, now));
    }
    if (reporter && reporter.deadline <= now) reporter.tick(now);
    for (let i = 0; i < parts.length; i++) if (parts[i]!.deadline <= now) parts[i]!.tick(now);
    this.arm(now);
  }

  /** A timer that fires too early does no harm; so it is only ever set to an earlier time. */
  private arm(now: number): void {
    if (!this.running) return;
    let next = this.drainDeadline;
    if (this.health && this.health.deadline < next) next = this.health.deadline;
    if (this.reporter && this.reporter.deadline < next) next = this.reporter.deadline;
    for (let i = 0; i < this.parts.length; i++) {
      const deadline = this.parts[i]!.deadline;
      if (deadline < next) next = deadline;
    }
    if (next >= this.wakeAt) return;
    this.wakeAt = next;
    this.timer.start(next > now ? next - now : 0);
  }
}
