import { decodeUtf8Lossy } from '../bytes/utf8.js';
import { Backoff } from '../connection/backoff.js';
import { Connection, FailureKind } from '../connection/connection.js';
import type { ConnectionFailure, ConnectionHandler, ConnectionOptions } from '../connection/connection.js';
import type { Timer, Timers } from '../hal/index.js';
import type { ConnectOptions } from '../mqtt/options.js';
import type { IncomingMessage } from '../mqtt/parser.js';
import { encodeUtf8 } from '../mqtt/utf8.js';
import { encodeJsonRecord, readJsonRecord } from '../settings/store-record.js';
import { crc32 } from '../telemetry/crc32.js';
import type { CloudDevice, GatewayHost, GatewayPart } from './part.js';

/** What a registration gave the device: texts by name, which its cloud understands. May have secrets. */
export interface Place {
  readonly [name: string]: string;
}

/** What a registration may use of its gateway, whose connection is stopped while it asks. */
export interface RegistrationHost extends GatewayHost {
  /** An attempt to connect to the service begins; `exclusive`: it needs the radio for itself. */
  attempting(exclusive: boolean): void;

  /** That attempt is over, and with `failure` it was in vain. */
  attempted(failure?: ConnectionFailure): void;
}

/** How far a stored place is. */
const enum PlaceState {
  /** The device has thought of it, and asks for it: see `propose`. */
  proposed = 1,
  /** The service gave it. */
  given = 2,
  /** The cloud has accepted the device there. */
  accepted = 3,
}

/** What is stored of a place, as a JSON record. */
interface PlaceRecord {
  /** CRC-32 of what it was asked with. */
  for: number;
  state: PlaceState;
  /** Counts up, so that the older one of two is known. */
  number: number;
  place: Place;
}

/**
 * Two, since settings on trial may register elsewhere, and what counts when they are taken back may not be given a
 * second time.
 */
const STORE_KEYS: readonly string[] = Object.freeze(['place-a', 'place-b']);
/** Bytes of the longest record that is read back. */
const LONGEST_RECORD = 16384;

/** Milliseconds to wait for an answer. */
const ANSWER_TIME = 30000;
/** Failures in a row to connect at a place, after which the service is asked for another one. */
const LOST_AFTER = 10;
/** Milliseconds between two registrations of a device that is refused. */
const SHORTEST_PAUSE = 60000;
const LONGEST_PAUSE = 3600000;
/** The store did not take a mark: when to try again. */
const RETRY = 60000;

/** Return codes of CONNACK (3.2.2.3). */
const BAD_CREDENTIALS = 4;
const NOT_AUTHORIZED = 5;

/**
 * Gets a device its place at a cloud: where it connects, and as whom. A service is asked over a connection of its own,
 * with a session of its own, while that of the gateway is stopped: so nothing but the registration's topics is said and
 * heard there, and what the gateway has to say waits. The place is stored, bound to what it was asked with; a start
 * that finds one does not ask.
 *
 * - Each connection to the service begins anew with the first request, so a request may be lost at any moment.
 * - A device without a place asks until it has one. One that has a place asks again when the cloud refuses it there
 *   (CONNACK 4 or 5), or is not reached ten times in a row: the first time at once, then at most every minute, and at
 *   last every hour. When the service is not reached, or refuses, it goes back to the place that it has.
 *
 * A cloud derives a class from this. It is a `GatewayPart`, of which the gateway starts no connection until `ready`.
 */
export abstract class Registration implements GatewayPart, ConnectionHandler {
  deadline = Infinity;

  protected readonly device: CloudDevice;
  protected readonly title: string;
  protected host: RegistrationHost | undefined;
  /** What `propose` has stored, and no answer has confirmed. */
  protected proposal: Place | undefined;

  private readonly timer: LentTimer;
  private readonly backoff: Backoff;
  private readonly binding: number;
  private place: Place | undefined;
  private isAccepted = false;
  /** To the service; undefined: it is not being asked. */
  private connection: Connection | undefined;
  private serviceOptions: ConnectionOptions | undefined;
  private granted = 0;
  /** A request waits for its answer. */
  private isAsking = false;
  /** The cloud has accepted the device: that is to be stored. */
  private wantsMark = false;
  /** Failures in a row to connect at the place. */
  private failures = 0;
  /** What fails before does not make it ask again. */
  private askAgainAt = -Infinity;
  /** When a service that refused is asked again. */
  private pause = 0;
  /** The connection to the service is being closed. */
  private isLeaving = false;
  private isStopping = false;

  /** `title`: of the cloud, for people; `boundTo`: all values that a place depends on, secrets included. */
  constructor(device: CloudDevice, title: string, boundTo: readonly (string | Uint8Array | undefined)[]) {
    this.device = device;
    this.title = title;
    this.binding = checksumOf(boundTo);
    this.timer = new LentTimer(device.board.timers);
    this.backoff = new Backoff({ minimum: SHORTEST_PAUSE, maximum: LONGEST_PAUSE }, device.board.entropy);
  }

  // What a cloud does

  /** What the answers come on, at most eight filters. Each is subscribed to before anything is asked. */
  protected abstract readonly filters: readonly Uint8Array[];

  /** Where and how to connect to the service; a new object, made when a registration begins. */
  protected abstract service(): ConnectionOptions;

  /** An attempt to connect to the service begins: puts credentials that expire into `options`. */
  protected login?(options: ConnectOptions, now: number, unixTime: number): void;

  /** True: without the time of day the device has no credentials, so it is not to be wondered that it is refused. */
  protected get needsTime(): boolean {
    return false;
  }

  /** Sends the first request with `say`, or with `again`, after `askIn`, the next one. */
  protected abstract ask(again: boolean): void;

  /**
   * A message, at most as long as the receive buffer. When it is the answer, calls `registered`, `refused`, `askIn` or
   * `say`; else the answer is still awaited.
   */
  protected abstract answer(topic: string, payload: string): void;

  /**
   * The device goes to this place, as it was stored or given: checks it, and sets what the connection and the profile
   * of the gateway need. False when it is not one.
   */
  protected abstract take(place: Place, host: RegistrationHost): boolean;

  // What a cloud may call

  /** Publishes a request with QoS 0: what is lost with a connection is asked again on the next one. */
  protected say(topic: string, payload: string): void {
    this.connection!.publish(encodeUtf8(topic), encodeUtf8(payload), 0, false);
    this.isAsking = true;
    this.wait(ANSWER_TIME);
  }

  /** Calls `ask` after so many milliseconds. */
  protected askIn(milliseconds: number): void {
    this.isAsking = false;
    this.wait(milliseconds);
  }

  /**
   * Stores what the device asks to be given, before it asks: where a service gives a place only once, the device can go
   * there even when it does not hear the answer. False when the store did not take it.
   */
  protected propose(place: Place): boolean {
    this.proposal = place;
    return this.store(place, PlaceState.proposed);
  }

  /** The service gave the device a place: it is stored, and the device goes there. */
  protected registered(place: Place): void {
    if (!this.take(place, this.host!)) return this.refused('this firmware cannot use its answer');
    if (!this.store(place, PlaceState.given)) this.tell('the registration cannot be stored; it holds until a restart');
    this.place = place;
    this.isAccepted = false;
    this.proposal = undefined;
    this.leave();
  }

  /** The service said no. Returns to the place that there is, or asks again after a pause. `why`: without secrets. */
  protected refused(why: string): void {
    this.pause = this.backoff.next();
    const next = this.place ? 'the device keeps its registration' : 'asking again in ' + secondsText(this.pause);
    this.tell('registration refused: ' + why + '; ' + next);
    this.leave();
  }

  protected tell(text: string): void {
    this.device.notice(this.title + ': ' + text);
  }

  // What the gateway calls

  /** True when the device has a place and goes there: the connection of the gateway may start. */
  get ready(): boolean {
    return this.place !== undefined && !this.connection;
  }

  /** The connection of the gateway has failed. */
  failed({ kind, returnCode, wasConnected }: ConnectionFailure, now: number): void {
    // The place has nothing to do with that.
    if (kind === FailureKind.network || (this.needsTime && this.device.board.clock.unixTime() === 0)) return;
    this.failures = wasConnected ? 1 : this.failures + 1;
    const isRefused = kind === FailureKind.refused && (returnCode === BAD_CREDENTIALS || returnCode === NOT_AUTHORIZED);
    if (!this.ready || !(isRefused || this.failures >= LOST_AFTER) || now < this.askAgainAt) return;
    this.askAgainAt = now + this.backoff.next();
    this.failures = 0;
    this.tell(
      isRefused
        ? 'the broker refuses the registered credentials; registering again'
        : 'the registered broker cannot be reached; registering again',
    );
    this.host!.connection.close();
    // The gateway was about to stop, and has.
    if (!this.isStopping) this.begin();
  }

  // GatewayPart

  start(_now: number, host: RegistrationHost): void {
    this.host = host;
    this.isStopping = false;
    if (!this.place) this.load();
    if (!this.place) this.begin();
  }

  /** The cloud has accepted the device. */
  connected(now: number): void {
    this.failures = 0;
    this.backoff.reset();
    if (this.isAccepted) return;
    // Writing flash has no place between two packets.
    this.wantsMark = true;
    this.deadline = now;
  }

  tick(now: number): void {
    if (this.deadline > now) return;
    this.deadline = Infinity;
    if (this.wantsMark) this.mark(now);
    else if (!this.connection) this.begin();
    else if (this.isAsking) this.refused('no answer within ' + secondsText(ANSWER_TIME));
    else this.ask(true);
  }

  stopped(): void {
    this.isStopping = true;
    this.deadline = Infinity;
    this.wantsMark = false;
    this.connection?.close();
  }

  // ConnectionHandler, of the connection to the service

  onAttempt(): void {
    const { clock } = this.device.board;
    const connection = this.connection!;
    if (this.login) {
      this.login(this.serviceOptions!, clock.now(), clock.unixTime());
      connection.configure(this.serviceOptions!);
    }
    this.host!.attempting(connection.endpoint.tls !== undefined);
  }

  onConnected(): void {
    this.granted = 0;
    this.host!.attempted();
  }

  onSubscribed(filter: Uint8Array, returnCode: number): void {
    if (this.isLeaving) return;
    if (returnCode > 2) return this.refused('the topic ' + decodeUtf8Lossy(filter));
    if (++this.granted === this.filters.length) this.ask(false);
  }

  onMessage(message: IncomingMessage): void {
    // A late one: the registration is over.
    if (this.isLeaving) return;
    const { topic, topicFrom, topicTo, payload, payloadFrom, payloadTo, total } = message;
    const length = payloadTo - payloadFrom;
    if (length < total) {
      return this.refused('an answer of ' + total + ' bytes, of which this device reads ' + length);
    }
    const name = decodeUtf8Lossy(topic.slice(topicFrom, topicTo));
    this.answer(name, decodeUtf8Lossy(payload.slice(payloadFrom, payloadTo)));
  }

  onFailed(failure: ConnectionFailure): void {
    this.isAsking = false;
    this.deadline = Infinity;
    this.host!.attempted(failure);
    // The service may be away for longer than the cloud is.
    if (this.place) this.connection?.close();
  }

  onStopped(): void {
    this.connection = undefined;
    this.timer.takeBack();
    this.serviceOptions = undefined;
    this.isLeaving = false;
    this.isAsking = false;
    this.deadline = Infinity;
    if (this.isStopping) return;
    const host = this.host!;
    host.attempted();
    if (this.place) return host.connection.start();
    this.wait(this.pause);
  }

  onRoom(): void {}

  onAcknowledged(): void {}

  onUnsubscribed(): void {}

  /** Connects to the service. Throws a RangeError when what `service` says is not allowed. */
  private begin(): void {
    this.wantsMark = false;
    this.deadline = Infinity;
    this.serviceOptions = this.service();
    const { clock, entropy, network, resolver, transport } = this.device.board;
    const platform = { clock, timers: this.timer, entropy, network, resolver, transport };
    const connection = new Connection(this.serviceOptions, platform, this);
    this.connection = connection;
    const { filters } = this;
    for (let i = 0; i < filters.length; i++) connection.subscribe(filters[i]!, 1);
    connection.start();
  }

  /** Disconnects from the service in order. */
  private leave(): void {
    if (this.isLeaving || !this.connection) return;
    this.isLeaving = true;
    this.isAsking = false;
    this.deadline = Infinity;
    this.connection.stop();
  }

  private wait(milliseconds: number): void {
    this.deadline = this.device.board.clock.now() + milliseconds;
    this.host!.wake();
  }

  /** Takes the place that is stored for what is asked with. */
  private load(): void {
    for (let i = 0; i < STORE_KEYS.length; i++) {
      const record = this.read(STORE_KEYS[i]!);
      if (record?.for !== this.binding) continue;
      if (record.state === PlaceState.proposed) {
        this.proposal = record.place;
      } else if (this.take(record.place, this.host!)) {
        this.place = record.place;
        this.isAccepted = record.state === PlaceState.accepted;
      } else {
        this.tell('this firmware cannot use the stored registration; registering again');
      }
    }
  }

  private mark(now: number): void {
    if (this.store(this.place!, PlaceState.accepted)) {
      this.isAccepted = true;
      this.wantsMark = false;
    } else {
      this.deadline = now + RETRY;
    }
  }

  /** Of two places for something else, one that the device was accepted at stays, or the newer one. */
  private store(place: Place, state: PlaceState): boolean {
    const records = STORE_KEYS.map((key) => this.read(key));
    const [first, second] = records as [PlaceRecord | undefined, PlaceRecord | undefined];
    let chosen = records.findIndex((record) => record?.for === this.binding);
    if (chosen < 0) chosen = records.indexOf(undefined);
    if (chosen < 0) chosen = isWorthMore(first!, second!) ? 1 : 0;
    const number = Math.max(first?.number ?? 0, second?.number ?? 0) + 1;
    const record = encodeJsonRecord({ for: this.binding, state, number, place } satisfies PlaceRecord);
    const key = STORE_KEYS[chosen]!;
    return record.length <= LONGEST_RECORD && this.device.board.store.write(key, record, 0, record.length);
  }

  /** Undefined: there is none, or none that can be read. */
  private read(key: string): PlaceRecord | undefined {
    try {
      const record = readJsonRecord(this.device.board.store, key, LONGEST_RECORD) as PlaceRecord;
      return isRecord(record) ? record : undefined;
    } catch {
      // It counts as none: the device registers again.
      return undefined;
    }
  }
}

/**
 * The one timer of connections that follow each other. A platform keeps every timer that it made, and what its callback
 * refers to.
 */
class LentTimer implements Timers, Timer {
  private timer: Timer | undefined;
  private callback: (() => void) | undefined;

  constructor(private readonly timers: Timers) {}

  create(callback: () => void): Timer {
    this.callback = callback;
    this.timer ??= this.timers.create(() => this.callback?.());
    return this;
  }

  takeBack(): void {
    this.callback = undefined;
  }

  start(milliseconds: number): void {
    this.timer!.start(milliseconds);
  }

  stop(): void {
    this.timer!.stop();
  }
}

function checksumOf(values: readonly (string | Uint8Array | undefined)[]): number {
  let crc = 0;
  for (const value of values) {
    const bytes = typeof value === 'string' ? encodeUtf8(value) : (value ?? new Uint8Array(0));
    // With its length, so that no two lists look alike.
    const head = encodeUtf8((value === undefined ? '' : bytes.length) + ':');
    crc = crc32(bytes, 0, bytes.length, crc32(head, 0, head.length, crc));
  }
  return crc;
}

function isRecord(record: PlaceRecord | null): boolean {
  if (typeof record !== 'object' || record === null) return false;
  const { place, state, number } = record;
  if (typeof place !== 'object' || place === null || typeof number !== 'number') return false;
  return state >= PlaceState.proposed && state <= PlaceState.accepted && areTexts(place);
}

function isWorthMore(a: PlaceRecord, b: PlaceRecord): boolean {
  const isAccepted = a.state === PlaceState.accepted;
  return isAccepted === (b.state === PlaceState.accepted) ? a.number > b.number : isAccepted;
}

function areTexts(place: Place): boolean {
  return Object.keys(place).every((name) => typeof place[name] === 'string');
}

function secondsText(milliseconds: number): string {
  return Math.round(milliseconds / 1000) + ' s';
}

/** The members of a service's answer, of whatever types; none when `payload` is no JSON object. */
export function parseAnswer<Answer extends object>(payload: string): Partial<Answer> {
  try {
    const answer = JSON.parse(payload) as Answer | null;
    return typeof answer === 'object' && answer !== null ? answer : {};
  } catch {
    return {};
  }
}
