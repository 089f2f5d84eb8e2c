import { JsonCheck, JsonValue } from '../../bytes/json-reader.js';
import type { Connection, PublishPace } from '../../connection/index.js';
import type { IncomingMessage } from '../../mqtt/index.js';
import { isSameTopic, isTopic } from '../../mqtt/topic-match.js';
import { encodeUtf8 } from '../../mqtt/utf8.js';
import type { Report } from '../../telemetry/report/report.js';
import { REFUSED } from '../part.js';
import type { GatewayHost, GatewayPart } from '../part.js';
import { Measure, SessionLimits } from './session-limits.js';

/** How long reports wait for the first answer about the limits: servers before 3.9 give none. */
const LIMITS_TIMEOUT = 3000;
const QOS = 1;

/** One id is enough: the next request goes out on another connection. */
const LIMITS_REQUEST = encodeUtf8('v1/devices/me/rpc/request/1');
const LIMITS_RESPONSE = encodeUtf8('v1/devices/me/rpc/response/1');
const RESPONSES = encodeUtf8('v1/devices/me/rpc/response/+');
const GET_LIMITS = encodeUtf8('{"method":"getSessionLimits","params":{}}');

/**
 * What of ThingsBoard is about the connection as a whole: after each CONNACK the server is asked what a session may
 * send, and reports keep to that. Nothing but the constructor allocates.
 */
export class ThingsBoardSession implements GatewayPart, PublishPace {
  deadline = Infinity;
  readonly limits = new SessionLimits();

  protected host: GatewayHost | undefined;
  protected online = false;
  protected readonly root = new JsonValue();

  private readonly isGateway: boolean;
  private readonly check = new JsonCheck();
  /** The limits of this connection were asked for. */
  private asked = true;
  /** Until when reports wait for the limits; Infinity: they do not. */
  private limitsBy = Infinity;
  /** When the rates allow the report that waits; Infinity: none waits for them. */
  private freeAt = Infinity;
  /** Messages that left before the limits were known. */
  private sentBefore = 0;
  /** The report that was counted last; a session without room asks for it twice. */
  private lastBoot = -1;
  private lastSequence = -1;

  /** `isGateway`: the rates of a gateway count. */
  constructor(isGateway: boolean) {
    this.isGateway = isGateway;
  }

  /**
   * True when a report with so many data points may leave now; then it is counted. Else the report is to be held; the
   * gateway is woken when it may.
   */
  allows(report: Report, points: number, connection: Connection, now: number): boolean {
    const { limits } = this;
    if (this.waitsForLimits) return false;
    if (!limits.known) return true;
    // PUBACK brings the next question.
    if (connection.session.inFlight >= limits.inFlight) return false;
    if (report.sequence === this.lastSequence && report.boot === this.lastBoot) return true;
    const free = this.allowedAt(points, now);
    if (free > now) {
      this.freeAt = free;
      this.settle();
      this.host?.wake();
      return false;
    }
    this.lastBoot = report.boot;
    this.lastSequence = report.sequence;
    this.noteTelemetry(points, now);
    return true;
  }

  /** When a message with so many data points may leave, in milliseconds of `Clock.now`; `now`: now. */
  allowedAt(points: number, now: number): number {
    const { limits } = this;
    if (this.waitsForLimits) return this.limitsBy;
    // What waits in the session will leave first.
    const before = this.host ? this.host.connection.session.unwritten : 0;
    let free = limits.freeAt(Measure.messages, before + 1, now);
    if (points === 0) return free;
    const forTelemetry = limits.freeAt(Measure.telemetry, 1, now);
    if (forTelemetry > free) free = forTelemetry;
    const forPoints = limits.freeAt(Measure.points, points, now);
    return forPoints > free ? forPoints : free;
  }

  /** True until the server has said what may be sent, or has not answered in time. */
  get waitsForLimits(): boolean {
    return this.limitsBy < Infinity;
  }

  /** A message with telemetry was handed to the connection. */
  noteTelemetry(points: number, now: number): void {
    this.limits.sent(Measure.telemetry, 1, now);
    this.limits.sent(Measure.points, points, now);
  }

  // PublishPace: messages of any kind

  messagesLeft(now: number): number {
    return this.limits.left(Measure.messages, now);
  }

  bytesLeft(): number {
    return Infinity;
  }

  isFresh(): boolean {
    return true;
  }

  written(now: number, messages: number): void {
    if (!this.limits.known) this.sentBefore += messages;
    this.limits.sent(Measure.messages, messages, now);
  }

  nextChance(now: number): number {
    return this.limits.freeAt(Measure.messages, 1, now);
  }

  // GatewayPart

  start(_now: number, host: GatewayHost): void {
    this.host = host;
    host.connection.subscribe(RESPONSES, QOS);
  }

  connected(now: number): void {
    this.online = true;
    this.asked = false;
    this.limitsBy = this.limits.known ? Infinity : now + LIMITS_TIMEOUT;
    this.room(now);
    this.settle();
  }

  disconnected(_now: number): void {
    this.online = false;
    this.limitsBy = Infinity;
    this.freeAt = Infinity;
    this.settle();
  }

  /** Without an answer about the limits reports do not wait for it. */
  subscribed(filter: Uint8Array, returnCode: number): void {
    if (returnCode !== REFUSED || !isSameTopic(filter, RESPONSES) || !this.waitsForLimits) return;
    this.limitsBy = Infinity;
    this.settle();
    this.host!.wake();
  }

  room(_now: number): void {
    if (!this.online) return;
    if (this.asked || this.host!.connection.publish(LIMITS_REQUEST, GET_LIMITS, QOS, false) < 0) return;
    this.asked = true;
  }

  tick(now: number): void {
    if (this.deadline > now) return;
    if (this.limitsBy <= now) this.limitsBy = Infinity;
    if (this.freeAt <= now) this.freeAt = Infinity;
    this.settle();
    this.host!.wake();
  }

  message(message: IncomingMessage, now: number): void {
    if (!isTopic(message, LIMITS_RESPONSE) || !this.readRoot(message)) return;
    if (!this.limits.read(this.root, this.isGateway, now)) return;
    this.limits.sent(Measure.messages, this.sentBefore, now);
    this.sentBefore = 0;
    this.limitsBy = Infinity;
    this.settle();
    this.host!.wake();
  }

  /** Points `root` to the payload. False when it is not there as a whole, or no JSON. */
  protected readRoot({ payload, payloadFrom, payloadTo, total }: IncomingMessage): boolean {
    if (total > payloadTo - payloadFrom || !this.check.check(payload, payloadFrom, payloadTo)) return false;
    this.root.point(payload, payloadFrom, payloadTo);
    return true;
  }

  /** The deadline of what a subclass waits for; Infinity: nothing. */
  protected nextDeadline(): number {
    return this.limitsBy < this.freeAt ? this.limitsBy : this.freeAt;
  }

  protected settle(): void {
    this.deadline = this.nextDeadline();
  }
}
