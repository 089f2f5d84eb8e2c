import { decodeUtf8Lossy } from '../bytes/utf8.js';
import type { CloudLogin, CloudProfile, GatewayPart, Publication } from '../cloud/index.js';
import { REFUSED } from '../cloud/part.js';
import type { Registration, RegistrationHost } from '../cloud/registration.js';
import { Connection, ConnectionState } from '../connection/connection.js';
import type {
  ConnectionFailure,
  ConnectionHandler,
  ConnectionOptions,
  PublishPace,
  SetAsideMessage,
} from '../connection/index.js';
import type { Advertisement, Board, ScannerHandler, Timer } from '../hal/index.js';
import type { ConnectOptions } from '../mqtt/options.js';
import { CloseReason } from '../mqtt/state.js';
import type { IncomingMessage } from '../mqtt/index.js';
import type { TagPresence, TagTable } from '../tags/index.js';
import type { Pacer, PaceLimits } from '../telemetry/index.js';
import { HealthReporter, SET_ASIDE_KEY } from './health-reporter.js';
import { SessionNumber, StatusMessages } from './status-messages.js';
import type { DeviceIdentity } from './status-messages.js';
import type { TagReporter } from './tag-reporter.js';

/** What a gateway is made of, beside its tag side and its parts. */
export interface GatewayOptions {
  /** Where and how to connect. The gateway adds the will, from its profile. */
  connection: Omit<ConnectionOptions, 'will'>;
  profile: CloudProfile;
  /** Makes the credentials of each connection. Default: those of `connection`. */
  login?: CloudLogin;
  /** Gets the device its place before it connects. Default: what `connection` says is its place. */
  registration?: Registration;
  /** What the device says of itself. Default: the board's name. */
  identity?: DeviceIdentity;
  /** Bytes of the longest payload; what is longer is dropped and counted. Default 1024, without a scanner 512. */
  maxPayload?: number;
  /** Milliseconds that `stop` gives the outbox to empty itself. Default 5,000. */
  drainTimeout?: number;
  /** What may be sent in any second. Default: any amount. */
  pace?: PaceLimits;
  /** The same as the cloud says at run time. */
  cloudPace?: PublishPace;
  /** See `ConnectionOptions`. */
  connectInterval?: number;
  /** Seconds between health reports, 0 (default) for none. */
  healthSeconds?: number;
}

/** What a gateway tells its owner, for a display or a log; the gateway needs no answer. */
export interface GatewayHandler {
  /** The broker accepted the connection. */
  onConnected(): void;

  /** An attempt failed or the connection was lost; the gateway goes on trying. */
  onFailed(failure: ConnectionFailure): void;

  /** Something else that people should know: a message that was set aside. One line. */
  onNotice?(text: string): void;

  /** `stop` is done. */
  onStopped(): void;
}

/** So many connections in a row end before their status is acknowledged until people are told. */
const UNGREETED = 5;
const UNGREETED_LINE =
  'the broker ended ' +
  UNGREETED +
  ' connections before it acknowledged the status, which is retained; allow this client to retain messages, or set ' +
  'retainStatus=false in a cloud that has this key';

/** Bytes of its payload that the line for people shows. */
const SHOWN_PAYLOAD = 100;

/** What is to be said on the status topic. */
const enum Status {
  none = 0,
  online = 1,
  offline = 2,
}

/** The session's arena must hold a payload and a PUBLISH header around it. */
const HEADER_ROOM = 16;

/**
 * A device's connection to its broker, and what goes over it: the status, health reports, the reports of the tag side
 * (`TagReporter`, on a board with a scanner), and what its other parts say (`GatewayPart`). One timer serves all.
 */
export class Gateway implements ConnectionHandler, ScannerHandler, RegistrationHost {
  readonly connection: Connection;
  /** The tag side; undefined without a scanner. */
  readonly reporter: TagReporter | undefined;
  /** Connections that the broker accepted. */
  connects = 0;

  private readonly board: Board;
  private readonly profile: CloudProfile;
  private readonly login: CloudLogin | undefined;
  private readonly registration: Registration | undefined;
  /** What CONNECT says; the login and the will change it. */
  private readonly connectOptions: ConnectOptions;
  private readonly handler: GatewayHandler;
  private readonly parts: readonly GatewayPart[];
  private readonly drainTimeout: number;
  private readonly health: HealthReporter;
  private readonly messages: StatusMessages;
  /** Undefined when nothing is limited over time. */
  private readonly pacer: Pacer | undefined;
  private readonly timer: Timer;

  /** The session's draft: a payload in the first `maxPayload` bytes from `draftFrom` on, the topic behind it. */
  private readonly draft: Uint8Array;
  private readonly draftFrom: number;
  private readonly maxPayload: number;
  /** A report may go that waited for a part. */
  private woken = false;
  /** The connection is being replaced by one with new credentials. */
  private renewing = false;
  private running = false;
  private stopping = false;
  private ending = false;
  /** When `stop` waits no longer for acknowledgements. */
  private drainDeadline = Infinity;
  /** When the timer will fire. */
  private wakeAt = Infinity;
  /** The status of this connection was acknowledged. */
  private isGreeted = false;
  /** Connections in a row that the broker ended before that. */
  private ungreeted = 0;
  /** What waits to be published. */
  private status: Status = Status.none;
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
    const { profile, healthSeconds = 0 } = options;
    const identity = options.identity ?? { firmware: '', board: board.name };
    const maxPayload = options.maxPayload ?? (reporter ? 1024 : 512);
    if (!(maxPayload >= 64 && maxPayload <= 65536 && maxPayload % 1 === 0)) {
      throw new RangeError('maxPayload must be an integer from 64 to 65536, got ' + maxPayload);
    }
    this.drainTimeout = options.drainTimeout ?? 5000;
    if (!(this.drainTimeout >= 0 && this.drainTimeout <= 3600000)) {
      throw new RangeError('drainTimeout must be a number from 0 to 3600000, got ' + this.drainTimeout);
    }
    this.board = board;
    this.profile = profile;
    this.login = options.login;
    this.handler = handler;
    this.reporter = reporter;
    this.registration = options.registration;
    this.parts = options.registration ? [options.registration, ...parts] : parts;
    this.maxPayload = maxPayload;
    if (options.pace) reporter?.queue.setPace(options.pace);
    this.pacer = reporter?.queue.pacer;
    this.timer = board.timers.create(() => this.tick());
    const maxTopicLength = reporter ? reporter.queue.profile.maxTopicLength : 0;
    const { birth, will, health } = profile;
    const connection: ConnectionOptions & { transmitArenaSize: number } = {
      transmitArenaSize: reporter ? 4096 : 1024,
      ...options.connection,
      draftSize: maxPayload + maxTopicLength,
    };
    const paces: PublishPace[] = [];
    if (this.pacer) paces.push(this.pacer);
    if (options.cloudPace) paces.push(options.cloudPace);
    if (paces.length > 0) connection.paces = paces;
    if (options.connectInterval !== undefined) connection.connectInterval = options.connectInterval;
    if (will) connection.will = { ...will, payload: new Uint8Array(0) };
    const longest = Math.max(topicLength(birth), topicLength(will), topicLength(health), maxTopicLength);
    const needed = maxPayload + longest + HEADER_ROOM;
    if (connection.transmitArenaSize < needed) {
      throw new RangeError(
        'transmitArenaSize must be at least ' +
          needed +
          ' for a maxPayload of ' +
          maxPayload +
          ', got ' +
          connection.transmitArenaSize,
      );
    }
    const session = new SessionNumber(board.store, board.entropy);
    if (reporter) reporter.queue.times.boot = session.boot;
    this.messages = new StatusMessages(session, identity, connection, profile);
    this.health = new HealthReporter(board, healthSeconds, this.messages.firmware);
    this.connectOptions = connection;
    this.connection = new Connection(connection, board, this);
    this.draft = this.connection.session.draft;
    this.draftFrom = this.connection.session.draftFrom;
  }

  /** Readings that were worth a report and are not acknowledged: in the outbox, in flight, or dropped. */
  get unacknowledged(): number {
    const outbox = this.reporter?.outbox;
    return outbox ? outbox.appendedCount - outbox.acknowledgedCount - outbox.notCarriedCount : 0;
  }

  /** Begins to connect and to scan, and restores what was persisted before a restart. Legal once more after `stop`. */
  start(): void {
    if (this.running) return;
    this.running = true;
    const now = this.board.clock.now();
    this.health.start(now);
    this.reporter?.start(now, this);
    for (let i = 0; i < this.parts.length; i++) this.parts[i]!.start(now, this);
    if (!this.registration || this.registration.ready) this.connection.start();
    this.arm(now);
  }

  /**
   * Ends scanning, publishes what is in the outbox and the status `offline`, and disconnects; `onStopped` follows.
   * Without a connection, or when the drain time is over, it ends without; what is left goes to the log, where there is
   * one.
   */
  stop(): void {
    if (!this.running || this.stopping) return;
    this.stopping = true;
    this.renewing = false;
    const now = this.board.clock.now();
    this.reporter?.endScan(now);
    this.reporter?.queue.hurry(now);
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
    if (this.connection.state === ConnectionState.stopped) this.onStopped();
    else this.connection.close();
  }

  /** Publishes what waits, as much as the session takes. */
  publishWaiting(): void {
    const connection = this.connection;
    // What leaves now would only delay the new connection.
    if (!connection.connected || this.renewing) return;
    if (this.status !== Status.none && !this.publishStatus(this.status)) return;
    const queue = this.reporter?.queue;
    queue?.publishWaiting(connection, this.draft, this.draftFrom, this.draftFrom + this.maxPayload);
    // Not `wake`: a report that waits for a part would be tried again at once, for ever.
    if ((this.pacer && this.pacer.deadline > -Infinity) || queue?.gathering) this.arm(this.board.clock.now());
    this.finishWhenEmpty();
  }

  /**
   * Writes how the device is now to `into[from..to)`, as a health report, and returns its length, or -1 when it does
   * not fit.
   */
  writeHealth(now: number, into: Uint8Array, from: number, to: number): number {
    const report = this.health.make(now);
    report.connects = this.connects;
    this.reporter?.describe(report, now);
    for (let i = 0; i < this.parts.length; i++) this.parts[i]!.describe?.(report, now);
    return this.profile.writeHealth(report, into, from, to);
  }

  /** Writes what was not acknowledged to the log: the chip will restart. */
  persist(): void {
    const now = this.board.clock.now();
    this.reporter?.queue.persist();
    for (let i = 0; i < this.parts.length; i++) this.parts[i]!.persist?.(now);
  }

  // GatewayHost

  wake(): void {
    if (this.reporter?.queue.held) this.woken = true;
    this.arm(this.board.clock.now());
  }

  get tags(): TagTable | undefined {
    return this.reporter?.tags;
  }

  get presence(): TagPresence | undefined {
    return this.reporter?.presence;
  }

  // RegistrationHost

  attempting(exclusive: boolean): void {
    this.reporter?.connecting(exclusive, this.board.clock.now());
  }

  attempted(failure?: ConnectionFailure): void {
    this.reporter?.disconnected(this.board.clock.now());
    if (failure) this.handler.onFailed(failure);
  }

  // ScannerHandler

  onAdvertisement(advertisement: Advertisement): void {
    if (!this.reporter!.hear(advertisement)) return;
    // A report that cannot leave goes to the log in time.
    this.wake();
    this.publishWaiting();
  }

  // ConnectionHandler

  onAttempt(): void {
    const { clock } = this.board;
    this.renewing = false;
    this.isGreeted = false;
    this.login?.prepare(this.connectOptions, clock.now(), clock.unixTime());
    // The device may have another name since.
    if (this.registration && this.profile.will) this.connectOptions.will!.topic = this.profile.will.topic;
    this.messages.attempt(this.connection, this.draft, this.draftFrom);
    const exclusive = this.connection.endpoint.tls !== undefined;
    this.reporter?.connecting(exclusive, this.board.clock.now());
  }

  onConnected(): void {
    const now = this.board.clock.now();
    this.reporter?.connected(now);
    this.connects++;
    this.status = Status.online;
    this.health.connected(now);
    for (let i = 0; i < this.parts.length; i++) this.parts[i]!.connected?.(now);
    this.arm(now);
    this.handler.onConnected();
    this.publishWaiting();
  }

  onAcknowledged(packetId: number): void {
    const now = this.board.clock.now();
    if (packetId === this.statusId) {
      this.statusId = 0;
      this.isGreeted = true;
    } else this.reporter?.queue.acknowledged(packetId);
    for (let i = 0; i < this.parts.length; i++) this.parts[i]!.acknowledged?.(packetId, now);
    this.arm(now);
    this.publishWaiting();
  }

  /**
   * The last message that the broker did not take is kept in the store under `set-aside`, for inspection: the length of
   * its topic (2 bytes, least significant first), its topic, its payload.
   */
  onSetAside({ packetId, topic, payload, size }: SetAsideMessage): void {
    const now = this.board.clock.now();
    const record = new Uint8Array(2 + topic.length + payload.length);
    record[0] = topic.length & 0xff;
    record[1] = topic.length >> 8;
    record.set(topic, 2);
    record.set(payload, 2 + topic.length);
    // The log and the health report name it, kept or not.
    void this.board.store.write(SET_ASIDE_KEY, record, 0, record.length);
    this.health.noteSetAside(topic, size);
    if (packetId === this.statusId) this.statusId = 0;
    else this.reporter?.queue.gaveUp(packetId);
    // For whoever waits for it, it is over.
    for (let i = 0; i < this.parts.length; i++) this.parts[i]!.acknowledged?.(packetId, now);
    this.arm(now);
    this.handler.onNotice?.(setAsideLine(topic, payload, size));
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

  onSubscribed(filter: Uint8Array, returnCode: number): void {
    const now = this.board.clock.now();
    for (let i = 0; i < this.parts.length; i++) this.parts[i]!.subscribed?.(filter, returnCode, now);
    const granted = returnCode !== REFUSED;
    if (this.messages.noteAnswer(filter, granted)) {
      const name = decodeUtf8Lossy(filter);
      this.handler.onNotice?.(granted ? 'subscription granted: ' + name : refusedLine(name));
      // Later: once for all filters of one SUBACK.
      if (!this.ending) {
        this.status = Status.online;
        this.woken = true;
      }
    }
    this.arm(now);
  }

  onUnsubscribed(): void {}

  onDisconnected(): void {
    const now = this.board.clock.now();
    this.reporter?.disconnected(now);
    for (let i = 0; i < this.parts.length; i++) this.parts[i]!.disconnected?.(now);
    this.arm(now);
  }

  onFailed(failure: ConnectionFailure): void {
    const now = this.board.clock.now();
    this.reporter?.disconnected(now);
    this.arm(now);
    this.handler.onFailed(failure);
    this.noteEnd(failure);
    this.registration?.failed(failure, now);
  }

  onStopped(): void {
    // The registration has stopped it, and starts it again.
    if (this.registration && !this.stopping) return;
    this.timer.stop();
    this.wakeAt = Infinity;
    this.drainDeadline = Infinity;
    this.health.stop();
    this.reporter?.stopped();
    const now = this.board.clock.now();
    for (let i = 0; i < this.parts.length; i++) this.parts[i]!.stopped?.(now);
    this.running = false;
    this.stopping = false;
    this.ending = false;
    this.handler.onStopped();
  }

  /**
   * A broker that retains nothing for this client ends the connection without a reason, at a retained will or at the
   * birth. Nothing else arrives then, so people should know what it may be.
   */
  private noteEnd({ closeReason }: ConnectionFailure): void {
    const { birth, will } = this.profile;
    if (this.isGreeted || closeReason !== CloseReason.transportLost) {
      this.ungreeted = 0;
    } else if (++this.ungreeted === UNGREETED && (birth?.retain || will?.retain)) {
      this.handler.onNotice?.(UNGREETED_LINE);
    }
  }

  /** Returns false when it must wait for room. */
  private publishStatus(status: Status): boolean {
    const { draft, draftFrom, messages, profile } = this;
    const to = draftFrom + this.maxPayload;
    const isOnline = status === Status.online;
    const publication = isOnline ? profile.birth : profile.will;
    if (publication) {
      const { topic, qos, retain } = publication;
      const time = this.board.clock.unixTime();
      let length = isOnline
        ? messages.writeBirth(time, draft, draftFrom, to)
        : messages.writeWill(draft, draftFrom, to);
      if (length < 0 && isOnline) {
        // That the device is there counts more.
        messages.leaveOutNotice();
        length = messages.writeBirth(time, draft, draftFrom, to);
      }
      const packetId = this.publishDraft(topic, length, qos, retain);
      if (packetId < 0) return false;
      this.statusId = packetId;
    }
    this.status = Status.none;
    return true;
  }

  private publishHealth(now: number): boolean {
    const publication = this.profile.health;
    if (!publication || !this.connection.connected) return false;
    const { draft, draftFrom } = this;
    const length = this.writeHealth(now, draft, draftFrom, draftFrom + this.maxPayload);
    if (length < 0) return false;
    const { topic, qos, retain } = publication;
    return this.publishDraft(topic, length, qos, retain) >= 0;
  }

  /** Publishes the payload that was written to the draft. */
  private publishDraft(topic: Uint8Array, length: number, qos: number, retain: boolean): number {
    const { draft, draftFrom } = this;
    return this.connection.publishRange(topic, 0, topic.length, draft, draftFrom, draftFrom + length, qos, retain);
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
    if (this.connection.connected && !this.publishStatus(Status.offline)) this.connection.close();
    else if (this.connection.state === ConnectionState.stopped) this.onStopped();
    else this.connection.stop();
  }

  /** The timer has fired. */
  private tick(): void {
    this.wakeAt = Infinity;
    const now = this.board.clock.now();
    if (this.drainDeadline <= now) this.disconnect();
    const health = this.health;
    const reporter = this.reporter;
    const parts = this.parts;
    if (health.deadline <= now) {
      health.schedule(now);
      health.noteSent(this.publishHealth(now));
    }
    const paced = this.pacer !== undefined && this.pacer.deadline > -Infinity && this.pacer.deadline <= now;
    const isDue = reporter !== undefined && reporter.deadline <= now && reporter.tick(now);
    const woken = this.woken;
    this.woken = false;
    if (isDue || paced || woken) this.publishWaiting();
    for (let i = 0; i < parts.length; i++) if (parts[i]!.deadline <= now) parts[i]!.tick(now);
    const login = this.login;
    const connection = this.connection;
    if (login && login.renewAt <= now && connection.connected && !this.renewing) {
      this.renewing = true;
      connection.reconnect();
    }
    this.arm(now);
  }

  /** A timer that fires too early does no harm; so it is only ever set to an earlier time. */
  private arm(now: number): void {
    if (!this.running) return;
    let next = this.drainDeadline;
    if (this.health.deadline < next) next = this.health.deadline;
    if (this.reporter) {
      const deadline = this.reporter.deadline;
      if (deadline < next) next = deadline;
    }
    if (this.woken) next = now;
    const login = this.login;
    if (login && !this.renewing && this.connection.connected && login.renewAt < next) next = login.renewAt;
    if (this.pacer && this.pacer.deadline > -Infinity && this.connection.connected && this.pacer.deadline < next) {
      next = this.pacer.deadline;
    }
    for (let i = 0; i < this.parts.length; i++) {
      const deadline = this.parts[i]!.deadline;
      if (deadline < next) next = deadline;
    }
    if (next >= this.wakeAt) return;
    this.wakeAt = next;
    this.timer.start(next > now ? next - now : 0);
  }
}

function refusedLine(filter: string): string {
  return (
    'subscription refused: ' +
    filter +
    ': nothing is received there; allow it for this client at the broker, or turn off what needs it; it is asked for ' +
    'again, at the latest every 10 minutes'
  );
}

function topicLength(publication: Publication | undefined): number {
  return publication ? publication.topic.length : 0;
}

/** `size` is that of the whole payload, of which `payload` may be a part. */
function setAsideLine(topic: Uint8Array, payload: Uint8Array, size: number): string {
  const to = payload.length < SHOWN_PAYLOAD ? payload.length : SHOWN_PAYLOAD;
  const shown = decodeUtf8Lossy(payload.slice(0, to)) + (to < size ? '...' : '');
  const name = decodeUtf8Lossy(topic);
  return 'message set aside: the broker ends the connection on it: ' + size + ' bytes on ' + name + ': ' + shown;
}
