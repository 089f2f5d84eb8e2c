import { JsonWriter } from '../bytes/json-writer.js';
import { withView } from '../mqtt/viewed-bytes.js';
import { numberOption } from '../mqtt/options.js';
import type { IncomingMessage } from '../mqtt/parser.js';
import { encodeUtf8 } from '../mqtt/utf8.js';
import type { HealthReport } from '../telemetry/health-report.js';
import { RpcAnswers } from './rpc-answers.js';
import type { AnswerMaker } from './rpc-answers.js';
import { RpcCall, RpcError } from './rpc-call.js';
import type { RpcTickets } from './rpc-call.js';
import { RpcDispatcher } from './rpc-dispatcher.js';
import { RpcAccess } from './rpc-options.js';
import type { RpcHandler, RpcHost, RpcOptions } from './rpc-options.js';
import type { RpcRoute } from './rpc-route.js';
import { RpcRequest } from './rpc-shape.js';
import { TicketTable } from './ticket-table.js';

/** QoS of calls. */
const QOS = 1;

const EMPTY_ID = encodeUtf8('id is empty');
const LONG_ID = encodeUtf8('id is too long: maximum bytes ');
const DUPLICATE = encodeUtf8('a call with this id is in progress');
/** Seconds after which an answer is not sent any more, when the caller does not say how long it waits. */
const ANSWER_SECONDS = 60;

const LONG_ANSWER = encodeUtf8('response is too long: maximum bytes ');
const TIMEOUT = encodeUtf8('method timed out');

/**
 * RPC over MQTT. A call comes on a topic of one of the routes, names a method and is answered on another one;
 * every call gets an answer that is a result or an error, and what cannot be answered (one-way calls, an id that is too
 * long, an answer for which nobody has room) is counted and told to the handler.
 *
 * Two calls with the same id: while the first is under way the second is refused with `duplicateId`, unless the broker
 * marks it as delivered again (DUP): then it is the first one, and gets the first one's answer. An id that is answered
 * may be used again; it is a new call then. A retained message is never a call, since it would come again with every
 * connection.
 *
 * Answers go out with QoS 1 in the order in which they were given, so they survive a reconnection; those for which the
 * session has no room wait here. A call and its answer allocate nothing, unless the method does.
 *
 * It is a `GatewayPart`: it has no timer, and times are milliseconds of `Clock.now`.
 */
export class Rpc implements RpcTickets {
  /** When `tick` must be called at the latest. */
  deadline = Infinity;
  /** Calls that came. */
  calls = 0;
  /** Calls that ended with an error, answered or not. */
  errors = 0;
  /** Errors that no answer could tell. */
  faults = 0;
  /** Calls delivered again by the broker while they were under way. */
  redelivered = 0;

  private readonly routes: readonly RpcRoute[];
  private readonly dispatcher: RpcDispatcher;
  private readonly outgoing: RpcAnswers;
  private readonly handler: RpcHandler | undefined;
  private readonly maxAnswer: number;
  private readonly maxIdLength: number;
  private readonly call: RpcCall;
  private readonly tickets: TicketTable;
  /** The answer is in its first `maxAnswer` bytes, the topic behind. */
  private readonly scratch: Uint8Array;
  /** Where the id of a call of a shape lies. */
  private readonly idAt: number;
  private host: RpcHost | undefined;
  private now = 0;
  /** Of the call that is being answered: when its caller waits no longer; 0: it did not say. */
  private expiry = 0;

  /** Of the call that is being answered: its route, and the end of the topic, or 0 when it gets no answer. */
  private route = 0;
  private topicTo = 0;
  /** Where the id lies, for `reserve`. */
  private topicIdFrom = 0;
  /** Its table of methods: see `RpcDispatcher`. */
  private table = 0;
  /** The place of the ticket whose answer is being written, or -1. */
  private place = -1;

  /**
   * `makeAnswers` makes a `KeptAnswers` where answers outlive a restart. Throws a RangeError that names the option and
   * what is allowed.
   */
  constructor(options: RpcOptions, handler?: RpcHandler, makeAnswers?: AnswerMaker) {
    const { routes, methods } = options;
    this.routes = routes;
    this.dispatcher = new RpcDispatcher(methods, options.access ?? RpcAccess.all);
    this.handler = handler;
    numberOption(routes.length, 'RPC routes', 0, 1, 16);
    numberOption(methods.length, 'RPC tables of methods', 0, 0, 15);
    this.maxAnswer = numberOption(options.maxAnswer, 'RPC maxAnswer', 512, 192, 65535);
    let maxIdLength = numberOption(options.maxIdLength, 'RPC maxIdLength', 40, 1, 255);
    for (let i = 0; i < routes.length; i++) maxIdLength = Math.max(maxIdLength, routes[i]!.shape?.maxIdLength ?? 0);
    this.maxIdLength = maxIdLength;
    this.tickets = new TicketTable(numberOption(options.maxPending, 'RPC maxPending', 4, 1, 64), this.maxIdLength);
    // The longest topic of an answer, and for shapes the id behind it.
    let topicRoom = 0;
    let idRoom = 0;
    for (let i = 0; i < routes.length; i++) {
      const { response, shape } = routes[i]!;
      topicRoom = Math.max(topicRoom, shape ? shape.maxTopicLength : (response?.length ?? 0) + this.maxIdLength);
      if (!shape) continue;
      idRoom = this.maxIdLength;
      this.dispatcher.request ??= new RpcRequest();
    }
    this.idAt = this.maxAnswer + topicRoom;
    this.scratch = withView(new Uint8Array(this.idAt + idRoom));
    const queueSize = numberOption(options.queueSize, 'RPC queueSize', 768, 0, 65536);
    this.outgoing = makeAnswers
      ? makeAnswers(queueSize, this.scratch.length, handler)
      : new RpcAnswers(queueSize, handler);
    this.call = new RpcCall(new JsonWriter(this.scratch), this);
  }

  /** Answers given to the session; those that are errors included. */
  get answers(): number {
    return this.outgoing.given;
  }

  /** Answers that were lost, since neither the session nor the queue had room. */
  get lost(): number {
    return this.outgoing.lost;
  }

  /** Of the health report: see `HealthSource`. */
  describe(report: HealthReport): void {
    report.lostAnswers = this.lost;
  }

  /** Subscribes to the topics of all routes. Throws a RangeError when the session has no room for them. */
  start(now: number, host: RpcHost): void {
    this.now = now;
    this.host = host;
    this.outgoing.start(host.connection, now);
    for (let i = 0; i < this.routes.length; i++) {
      if (host.connection.subscribe(this.routes[i]!.filter, QOS) < 0) {
        throw new RangeError(
          'RPC: no room for ' + this.routes.length + ' subscriptions; maxSubscriptions is too small',
        );
      }
    }
  }

  /** True while answers wait. */
  get busy(): boolean {
    return this.outgoing.waiting > 0;
  }

  /** Takes a message, or a piece of one. False when it is none of ours. */
  message(message: IncomingMessage, now: number): boolean {
    const found = this.findRoute(message);
    if (found < 0) return false;
    // The first piece was refused.
    if (message.offset > 0) return true;
    const route = this.routes[found]!;
    let bytes = message.topic;
    let idFrom = route.hasId ? message.topicFrom + route.request.length : message.topicTo;
    let idTo = message.topicTo;
    if (route.shape) {
      const request = this.dispatcher.request!;
      request.clear();
      if (!route.shape.read(message, request)) return false;
      bytes = request.id;
      idFrom = request.idFrom;
      idTo = request.idTo;
    }
    this.now = now;
    this.calls++;
    this.begin(found, bytes, idFrom, idTo);
    this.table = 0;
    this.call.overTls = this.host?.connection.endpoint?.tls !== undefined;
    const id = idTo - idFrom;
    // Without an id nobody waits for an answer.
    const hasId = route.shape ? id > 0 : route.hasId;
    if (id > this.maxIdLength) {
      const text = this.call.refuse(RpcError.invalidRequest);
      text.part(LONG_ID);
      text.partNumber(this.maxIdLength);
    } else if (hasId && id === 0) {
      this.call.refuse(RpcError.invalidRequest).part(EMPTY_ID);
    } else if (hasId && this.tickets.withId(found, bytes, idFrom, idTo) >= 0) {
      if (message.dup) {
        this.redelivered++;
        return true;
      }
      this.call.refuse(RpcError.duplicateId).part(DUPLICATE);
    } else {
      this.dispatcher.dispatch(route, message, this.call);
      this.table = this.dispatcher.table;
      this.expiry = this.callerExpiry();
    }
    if (this.call.ticket < 0) this.finish();
    this.rearm();
    return true;
  }

  // RpcTickets, for `RpcCall.later`

  reserve(seconds: number): number {
    const { scratch, topicIdFrom, topicTo, now } = this;
    const { table } = this.dispatcher;
    const deadline = now + seconds * 1000;
    return this.tickets.take(this.route, table, scratch, topicIdFrom, topicTo, deadline, this.callerExpiry());
  }

  release(ticket: number): void {
    const place = this.tickets.find(ticket);
    if (place >= 0) this.tickets.free(place);
  }

  /**
   * The call of a ticket, to write its result or an error; then comes `send`, before anything else. Undefined when it
   * is too late, or already answered, and inside a method, which has an answer of its own to write.
   */
  answer(ticket: number): RpcCall | undefined {
    const place = this.dispatcher.running ? -1 : this.tickets.find(ticket);
    if (place < 0) return undefined;
    this.open(place);
    return this.call;
  }

  /** Publishes the answer that `answer` has begun. */
  send(now: number): void {
    this.now = now;
    const place = this.place;
    if (place < 0) return;
    this.place = -1;
    this.tickets.free(place);
    this.finish();
    this.rearm();
    this.host?.wake();
  }

  /** There is a connection. */
  connected(now: number): void {
    this.outgoing.connected(now);
    this.rearm();
  }

  /** The connection was lost. */
  disconnected(now: number): void {
    this.outgoing.disconnected(now);
    this.rearm();
  }

  /** The gateway has ended. */
  stopped(now: number): void {
    this.persist(now);
  }

  /** The chip will restart: answers that were not acknowledged go to the log, where there is one. */
  persist(now: number): void {
    this.outgoing.persist(now);
    this.rearm();
  }

  /** What was refused for want of room may have room now. */
  room(now: number): void {
    this.outgoing.flush(now);
    this.rearm();
  }

  /** The broker acknowledged a PUBLISH. */
  acknowledged(packetId: number, now: number): void {
    this.outgoing.acknowledged(packetId, now);
    this.rearm();
  }

  /** Does what is due. */
  tick(now: number): void {
    this.now = now;
    for (let place = this.tickets.overdue(now); place >= 0; place = this.tickets.overdue(now)) {
      this.open(place);
      this.call.refuse(RpcError.timeout).part(TIMEOUT);
      this.place = -1;
      this.tickets.free(place);
      this.finish();
    }
    const { outgoing } = this;
    outgoing.tick(now);
    if (outgoing.afterDeadline <= now) {
      const { afterTable, afterCode } = outgoing;
      outgoing.done();
      this.dispatcher.after(afterTable, afterCode);
    }
    this.rearm();
  }

  private callerExpiry(): number {
    const { timeout } = this.call;
    return timeout > 0 ? this.now + timeout * 1000 : 0;
  }

  private rearm(): void {
    const first = this.tickets.deadline;
    const { deadline } = this.outgoing;
    this.deadline = first < deadline ? first : deadline;
  }

  private findRoute(message: IncomingMessage): number {
    const { topic, topicFrom, topicTo } = message;
    for (let i = 0; i < this.routes.length; i++) {
      const { request, hasId, shape } = this.routes[i]!;
      const length = topicTo - topicFrom;
      if (hasId ? length < request.length : length !== request.length) continue;
      let at = 0;
      while (at < request.length && topic[topicFrom + at] === request[at]) at++;
      if (at < request.length) continue;
      if (shape) return i;
      // The id is one level: what lies deeper is for somebody else.
      for (at += topicFrom; at < topicTo && topic[at] !== 0x2f; at++);
      if (at === topicTo) return i;
    }
    return -1;
  }

  /** Prepares the answer to the call with the id `id[from..to)` on route number `index`. */
  private begin(index: number, id: Uint8Array, from: number, to: number): void {
    const { response, wraps, shape } = this.routes[index]!;
    const { scratch, maxAnswer } = this;
    this.route = index;
    this.topicTo = 0;
    this.expiry = 0;
    const fits = to - from <= this.maxIdLength;
    if (shape) {
      let head = 0;
      if (fits && to > from) {
        this.topicIdFrom = this.idAt;
        this.topicTo = this.idAt;
        for (let i = from; i < to; i++) scratch[this.topicTo++] = id[i]!;
        head = shape.writeHead(scratch, this.topicIdFrom, this.topicTo, scratch, 0, maxAnswer);
      }
      this.call.begin(head, maxAnswer - shape.tailLength, wraps);
      return;
    }
    this.call.begin(0, maxAnswer, wraps);
    if (!fits) return;
    let at = maxAnswer;
    if (response) for (let i = 0; i < response.length; i++) scratch[at++] = response[i]!;
    this.topicIdFrom = at;
    for (let i = from; i < to; i++) scratch[at++] = id[i]!;
    this.topicTo = at;
  }

  /** The same for a call whose answer comes later. */
  private open(place: number): void {
    const { tickets } = this;
    this.begin(tickets.route(place), tickets.ids, tickets.idFrom(place), tickets.idTo(place));
    this.table = tickets.table(place);
    this.expiry = tickets.expiry(place);
    this.place = place;
  }

  /** The answer is written: publishes it, or says why not. */
  private finish(): void {
    const { call } = this;
    const { result } = call;
    if (!call.end()) {
      const text = call.refuse(call.error === 0 ? RpcError.internal : call.error);
      text.part(LONG_ANSWER);
      text.partNumber(this.maxAnswer);
      call.end();
    }
    if (call.error !== 0) this.errors++;
    const { response, shape } = this.routes[this.route]!;
    if (this.topicTo === 0 || !(shape || response)) {
      if (call.error !== 0) this.fault(call.error, result.bytes, 0, result.at);
      this.outgoing.skip(this.table, call.afterwards, this.now);
      return;
    }
    const { scratch, maxAnswer, expiry, now } = this;
    if (shape?.take) {
      shape.take(scratch, this.topicIdFrom, this.topicTo, call.error, scratch, 0, result.at);
      this.outgoing.skip(this.table, call.afterwards, now);
      return;
    }
    const lifetime = expiry > 0 ? Math.ceil((expiry - now) / 1000) : ANSWER_SECONDS;
    let { topicTo } = this;
    let end = result.at;
    if (shape) {
      topicTo =
        maxAnswer + shape.writeTopic(scratch, this.topicIdFrom, topicTo, call.error, scratch, maxAnswer, this.idAt);
      shape.writeTail(scratch, end);
      end += shape.tailLength;
    }
    this.outgoing.give(scratch, maxAnswer, topicTo, end, lifetime, this.table, call.afterwards, now);
  }

  private fault(error: number, json: Uint8Array, from: number, to: number): void {
    this.faults++;
    this.handler?.onFault(error, json, from, to);
  }
}
