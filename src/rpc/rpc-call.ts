import { JsonKind, JsonValue } from '../bytes/json-reader.js';
import type { JsonWriter } from '../bytes/json-writer.js';
import { encodeUtf8 } from '../mqtt/utf8.js';

/** The codes of errors: those of JSON-RPC 2.0 (5.1), and some of its range for implementations. */
export const enum RpcError {
  /** The payload is not JSON. */
  parse = -32700,
  /** It is JSON, but no call: no method, an empty id, a retained message, too long. */
  invalidRequest = -32600,
  unknownMethod = -32601,
  invalidParams = -32602,
  /** The method failed, or its answer is too long. */
  internal = -32603,
  /** A call with the same id is under way. */
  duplicateId = -32000,
  /** The method did not answer in time. */
  timeout = -32001,
  /** As many calls are under way as the device keeps. */
  busy = -32002,
  /** The device cannot do it. */
  unavailable = -32003,
  /** `rpcAccess` of the device does not allow it. */
  forbidden = -32004,
}

const BEGIN_ERROR = encodeUtf8('{"error":{"code":');
const MESSAGE = encodeUtf8(',"message":');
const END_ERROR = encodeUtf8('}}');
const BEGIN_RESULT = encodeUtf8('{"result":');
const END_RESULT = encodeUtf8('}');
const PARAMS = encodeUtf8('params');
const MUST_BE = encodeUtf8(' must be ');
const TO = encodeUtf8(' to ');
const TRUE_OR_FALSE = encodeUtf8('true or false');
const INTEGER = encodeUtf8('an integer from ');
const BUSY = encodeUtf8('too many calls in progress');

/** What a method that answers later needs of the `Rpc`. */
export interface RpcTickets {
  /** Keeps the id of the call that runs for `seconds`. Returns a ticket, or -1 when there is none left. */
  reserve(seconds: number): number;

  /** The call does not answer later after all. */
  release(ticket: number): void;
}

/**
 * The call that is being answered. There is one object, and it is reused: it is valid until the method returns, or for
 * an answer that comes later until `Rpc.send`.
 */
export class RpcCall {
  /** The params, `JsonKind.none` when there are none; for a function of a route the payload, if it is JSON. */
  readonly params = new JsonValue();
  /** What the method may look at members of the params with. */
  readonly value = new JsonValue();
  /** The result is written here, as one JSON value. Nothing written counts as null. */
  readonly result: JsonWriter;
  /** The payload is `payload[payloadFrom..payloadTo)`; empty in an answer that comes later. */
  payload: Uint8Array;
  payloadFrom = 0;
  payloadTo = 0;
  /**
   * Other than 0: `RpcMethods.after` is called with it once the answer is acknowledged, or 5 s are over. For what ends
   * the connection, such as a restart.
   */
  afterwards = 0;

  /** Seconds that the caller waits for the answer, as the call says; 0: it does not say. */
  timeout = 0;

  /** The call came over TLS. */
  overTls = false;

  /** 0, or the `RpcError` that the answer is. */
  error = 0;
  /** The ticket that was reserved, or -1. */
  ticket = -1;

  private readonly tickets: RpcTickets;
  private from = 0;
  private to = 0;
  private resultFrom = 0;
  private wraps = false;

  constructor(writer: JsonWriter, tickets: RpcTickets) {
    this.result = writer;
    this.payload = writer.bytes;
    this.tickets = tickets;
  }

  /** For the `Rpc`: an answer begins, in `result.bytes[from..to)`. */
  begin(from: number, to: number, wraps: boolean): void {
    this.from = from;
    this.to = to;
    this.wraps = wraps;
    this.error = 0;
    this.ticket = -1;
    this.afterwards = 0;
    this.timeout = 0;
    this.params.clear();
    this.value.clear();
    this.payloadFrom = this.payloadTo = 0;
    this.beginResult();
  }

  /** For the `Rpc`: the answer is complete. False when it did not fit. */
  end(): boolean {
    const result = this.result;
    if (this.error !== 0) {
      result.closeText();
      this.raw(END_ERROR);
    } else {
      if (result.at === this.resultFrom && !result.overflow) result.null();
      if (this.wraps) this.raw(END_RESULT);
    }
    return !result.overflow;
  }

  /**
   * The answer is an error; what was written is discarded. Returns where to write its message: `part`, `partNumber` and
   * `partText`, and nothing else.
   */
  refuse(error: RpcError): JsonWriter {
    const result = this.result;
    this.error = error;
    if (this.ticket >= 0) this.tickets.release(this.ticket);
    this.ticket = -1;
    this.afterwards = 0;
    result.reset(this.from, this.to);
    this.raw(BEGIN_ERROR);
    result.partNumber(error);
    this.raw(MESSAGE);
    result.openText();
    return result;
  }

  /**
   * The answer comes later: see `Rpc.answer`. Returns a ticket for it, which ends with an error when `seconds` are
   * over; or -1, and then the call is refused already.
   */
  later(seconds: number): number {
    this.ticket = this.tickets.reserve(seconds);
    if (this.ticket < 0) this.refuse(RpcError.busy).part(BUSY);
    return this.ticket;
  }

  /**
   * The params themselves, or their member `name`, as true (1) or false (0). -1 when they are neither: then the call is
   * refused with what is allowed.
   */
  flag(name: Uint8Array): number {
    const kind = this.pick(name).kind;
    if (kind === JsonKind.true) return 1;
    if (kind === JsonKind.false) return 0;
    this.refuseParam(name).part(TRUE_OR_FALSE);
    return -1;
  }

  /**
   * The params themselves, or their member `name`, as an integer from `min` to `max`; `defaultValue` when there is
   * none. NaN when it is something else: then the call is refused with what is allowed.
   */
  integer(name: Uint8Array, min: number, max: number, defaultValue: number): number {
    const value = this.pick(name);
    if (value.kind === JsonKind.none) return defaultValue;
    const number = value.number;
    if (number >= min && number <= max && number % 1 === 0) return number;
    const text = this.refuseParam(name);
    text.part(INTEGER);
    text.partNumber(min);
    text.part(TO);
    text.partNumber(max);
    return NaN;
  }

  /** The params when they are no object, else their member `name`, which may be none. */
  pick(name: Uint8Array): JsonValue {
    if (this.params.kind !== JsonKind.object) return this.params;
    this.value.member(this.params, name);
    return this.value;
  }

  /** The call is refused; the message is `params.{name} must be `, and the caller goes on. */
  refuseParam(name: Uint8Array): JsonWriter {
    const text = this.refuse(RpcError.invalidParams);
    text.part(PARAMS);
    text.part(POINT);
    text.part(name);
    text.part(MUST_BE);
    return text;
  }

  private beginResult(): void {
    const result = this.result;
    result.reset(this.from, this.to);
    if (this.wraps) this.raw(BEGIN_RESULT);
    this.resultFrom = result.at;
  }

  /** Bytes without a comma before them. */
  private raw(json: Uint8Array): void {
    this.result.fragment(json);
  }
}

const POINT = encodeUtf8('.');
