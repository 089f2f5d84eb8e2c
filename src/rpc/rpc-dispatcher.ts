import type { JsonWriter } from '../bytes/json-writer.js';
import { JsonCheck, jsonFaultText, JsonKind, JsonValue } from '../bytes/json-reader.js';
import type { IncomingMessage } from '../mqtt/parser.js';
import { encodeUtf8 } from '../mqtt/utf8.js';
import { RpcError } from './rpc-call.js';
import type { RpcCall } from './rpc-call.js';
import { RPC_ACCESS_NAMES, RpcAccess } from './rpc-options.js';
import type { RpcMethods } from './rpc-options.js';
import type { RpcRoute } from './rpc-route.js';
import type { RpcRequest } from './rpc-shape.js';

/** The longest time-out of a caller, in seconds. */
const MAX_TIMEOUT = 86400;
/** Characters of an unknown method that an answer repeats. */
const SHOWN = 32;

const METHOD = encodeUtf8('method');
const PARAMS = encodeUtf8('params');
const TIMEOUT = encodeUtf8('timeout');
const RETAINED = encodeUtf8('a retained message is not a call');
const TOO_LONG = encodeUtf8('payload exceeds the receive buffer: bytes ');
const NOT_JSON = encodeUtf8('payload is not JSON: ');
const AT_BYTE = encodeUtf8(' at byte ');
const NO_OBJECT = encodeUtf8('a call must be an object with method and params');
const NO_METHOD = encodeUtf8('method must be text');
const NO_TIMEOUT = encodeUtf8('timeout must be an integer from 1 to 86400 seconds');
const UNKNOWN = encodeUtf8('unknown method ');
const KNOWN = encodeUtf8('; methods are ');
const SEPARATOR = encodeUtf8(', ');
const LEVELS: readonly Uint8Array[] = Object.freeze(RPC_ACCESS_NAMES.map(encodeUtf8));
const NEEDS = encodeUtf8('this method needs rpcAccess ');
const HAS = encodeUtf8('; this device has ');
const FAILED = encodeUtf8('method failed');

/** Finds the method of a call and runs it. */
export class RpcDispatcher {
  /** Of the call that came last: index in `methods` + 1; 0: it is for a function, or for nobody. */
  table = 0;
  /** A method runs. */
  running = false;

  /** Of a route with a shape: what `RpcShape.read` has found. */
  request: RpcRequest | undefined;

  private readonly methods: readonly RpcMethods[];
  private readonly access: RpcAccess;
  private readonly check = new JsonCheck();
  private readonly root = new JsonValue();
  private methodIndex = 0;

  constructor(methods: readonly RpcMethods[], access: RpcAccess) {
    this.methods = methods;
    this.access = access;
  }

  /** What `RpcCall.afterwards` of a call of table number `table` asked for. */
  after(table: number, code: number): void {
    this.methods[table - 1]?.after?.(code);
  }

  /** Checks the payload of a call, finds its method and runs it. Refuses the call where that cannot be. */
  dispatch(route: RpcRoute, message: IncomingMessage, call: RpcCall): void {
    const { root, check } = this;
    const { payload, payloadFrom, payloadTo } = message;
    this.table = 0;
    if (message.retain) {
      call.refuse(RpcError.invalidRequest).part(RETAINED);
      return;
    }
    if (message.total > payloadTo - payloadFrom) {
      const text = call.refuse(RpcError.invalidRequest);
      text.part(TOO_LONG);
      text.partNumber(message.total);
      return;
    }
    call.payload = payload;
    call.payloadFrom = payloadFrom;
    call.payloadTo = payloadTo;
    if (route.shape) return this.dispatchRequest(route, this.request!, call);
    const isJson = check.check(payload, payloadFrom, payloadTo);
    if (!isJson) return this.refuseJson(payloadFrom, call);
    if (route.function) {
      if (this.isForbidden(RpcAccess.operate, call)) return;
      call.params.point(payload, payloadFrom, payloadTo);
      this.run(route, call);
      return;
    }
    root.point(payload, payloadFrom, payloadTo);
    if (root.kind !== JsonKind.object) {
      call.refuse(RpcError.invalidRequest).part(NO_OBJECT);
      return;
    }
    const method = call.value;
    if (!method.member(root, METHOD) || method.kind !== JsonKind.text) {
      call.refuse(RpcError.invalidRequest).part(NO_METHOD);
      return;
    }
    if (!this.findMethod(method)) return this.refuseMethod(method, call);
    const { access } = this.methods[this.table - 1]!;
    if (this.isForbidden(access ? access[this.methodIndex]! : RpcAccess.operate, call)) return;
    if (!this.findTimeout(call)) return;
    call.params.member(root, PARAMS);
    method.clear();
    this.run(route, call);
  }

  /** How long the caller waits. False when it is not allowed; then the call is refused. */
  private findTimeout(call: RpcCall): boolean {
    const { value } = call;
    if (!value.member(this.root, TIMEOUT)) return true;
    const { number } = value;
    if (number >= 1 && number <= MAX_TIMEOUT && number % 1 === 0) {
      call.timeout = number;
      return true;
    }
    call.refuse(RpcError.invalidRequest).part(NO_TIMEOUT);
    return false;
  }

  /** The same for a call whose parts are in `request`. */
  private dispatchRequest(route: RpcRoute, request: RpcRequest, call: RpcCall): void {
    const { check } = this;
    const { method, methodFrom, methodTo } = request;
    const { payload, payloadFrom, payloadTo } = call;
    const hasParams = request.isPayload && payloadTo > payloadFrom;
    if (hasParams && !check.check(payload, payloadFrom, payloadTo)) return this.refuseJson(payloadFrom, call);
    if (route.function) {
      if (this.isForbidden(RpcAccess.operate, call)) return;
    } else {
      if (!this.findRange(method, methodFrom, methodTo)) return this.refuseRange(method, methodFrom, methodTo, call);
      const { access } = this.methods[this.table - 1]!;
      if (this.isForbidden(access ? access[this.methodIndex]! : RpcAccess.operate, call)) return;
    }
    const { params } = request;
    if (hasParams) call.params.point(payload, payloadFrom, payloadTo);
    else if (params.from < params.to) call.params.point(params.bytes, params.from, params.to);
    this.run(route, call);
  }

  private findRange(method: Uint8Array, from: number, to: number): boolean {
    for (let table = 0; table < this.methods.length; table++) {
      const { names } = this.methods[table]!;
      for (let i = 0; i < names.length; i++) {
        const name = names[i]!;
        if (name.length !== to - from) continue;
        let at = 0;
        while (at < name.length && name[at] === method[from + at]) at++;
        if (at < name.length) continue;
        this.table = table + 1;
        this.methodIndex = i;
        return true;
      }
    }
    return false;
  }

  private refuseJson(payloadFrom: number, call: RpcCall): void {
    const { check } = this;
    const text = call.refuse(RpcError.parse);
    text.part(NOT_JSON);
    text.part(jsonFaultText(check.fault));
    text.part(AT_BYTE);
    text.partNumber(check.at - payloadFrom);
  }

  private findMethod(method: JsonValue): boolean {
    for (let table = 0; table < this.methods.length; table++) {
      const { names } = this.methods[table]!;
      for (let i = 0; i < names.length; i++) {
        if (!method.is(names[i]!)) continue;
        this.table = table + 1;
        this.methodIndex = i;
        return true;
      }
    }
    return false;
  }

  /** Refuses a call that needs more than this device allows. */
  private isForbidden(needed: RpcAccess, call: RpcCall): boolean {
    if (needed <= this.access) return false;
    const text = call.refuse(RpcError.forbidden);
    text.part(NEEDS);
    text.part(LEVELS[needed]!);
    text.part(HAS);
    text.part(LEVELS[this.access]!);
    return true;
  }

  private refuseMethod(method: JsonValue, call: RpcCall): void {
    const text = call.refuse(RpcError.unknownMethod);
    text.part(UNKNOWN);
    text.partText(method, method.from + 1, method.to - 1, SHOWN);
    this.listMethods(text);
  }

  private refuseRange(method: Uint8Array, from: number, to: number, call: RpcCall): void {
    const text = call.refuse(RpcError.unknownMethod);
    text.part(UNKNOWN);
    if (to - from > SHOWN) {
      to = from + SHOWN;
      // Not in the middle of a character.
      while (to > from && (method[to]! & 0xc0) === 0x80) to--;
    }
    text.partRange(method, from, to);
    this.listMethods(text);
  }

  private listMethods(text: JsonWriter): void {
    let before = KNOWN;
    for (let table = 0; table < this.methods.length; table++) {
      const { names } = this.methods[table]!;
      for (let i = 0; i < names.length; i++) {
        text.part(before);
        text.part(names[i]!);
        before = SEPARATOR;
      }
    }
  }

  private run(route: RpcRoute, call: RpcCall): void {
    this.running = true;
    try {
      if (this.table === 0) route.function!(call);
      else this.methods[this.table - 1]!.run(this.methodIndex, call);
    } catch (error) {
      call.refuse(RpcError.internal).part(messageOf(error));
    } finally {
      this.running = false;
    }
  }
}

/** What a method threw, which is not the hot path. */
function messageOf(error: unknown): Uint8Array {
  try {
    return encodeUtf8(error instanceof Error ? error.message : String(error));
  } catch {
    return FAILED; // half of a surrogate pair: nothing of it can be told
  }
}
