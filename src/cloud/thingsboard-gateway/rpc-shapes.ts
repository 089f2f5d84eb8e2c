import { JsonCheck, JsonKind, JsonValue } from '../../bytes/json-reader.js';
import { put } from '../../bytes/json-writer.js';
import type { IncomingMessage } from '../../mqtt/index.js';
import { encodeUtf8 } from '../../mqtt/utf8.js';
import type { RpcRequest, RpcShape } from '../../rpc/rpc-shape.js';

const DEVICE_RESPONSE = encodeUtf8('v1/devices/me/rpc/response/');
const GATEWAY_RPC = encodeUtf8('v1/gateway/rpc');
/** How the methods begin by which ThingsBoard tells a gateway of its devices: `GatewaySession` takes them. */
const NOTIFICATION = encodeUtf8('gateway_device_');
const METHOD = encodeUtf8('method');
const PARAMS = encodeUtf8('params');
const DEVICE = encodeUtf8('device');
const DATA = encodeUtf8('data');
const ID = encodeUtf8('id');
const BEGIN = encodeUtf8('{"device":');
const BEFORE_ID = encodeUtf8(',"id":');
const BEFORE_DATA = encodeUtf8(',"data":');
const SLASH = 0x2f;
const CLOSE = 0x7d;
/** A number, as ThingsBoard counts. */
const LONGEST_NUMBER = 20;
/** The name of a device and a number. */
const LONGEST_CALL = 255;

/** Points `request` to method and params of a call. False when it has no method. */
function readCall(call: JsonValue, method: JsonValue, request: RpcRequest): boolean {
  if (!method.member(call, METHOD) || method.kind !== JsonKind.text) return false;
  request.method = method.bytes;
  request.methodFrom = method.from + 1;
  request.methodTo = method.to - 1;
  request.params.member(call, PARAMS);
  return true;
}

function copy(bytes: Uint8Array, from: number, end: number, into: Uint8Array, at: number, to: number): number {
  if (at < 0 || end - from > to - at) return -1;
  for (let i = from; i < end; i++) into[at++] = bytes[i]!;
  return at;
}

/** Calls to the gateway itself, without those that are about its devices. */
export class GatewayShape implements RpcShape {
  readonly maxIdLength = LONGEST_NUMBER;
  readonly maxTopicLength: number = DEVICE_RESPONSE.length + LONGEST_NUMBER;
  readonly tailLength = 0;

  private readonly check = new JsonCheck();
  private readonly root = new JsonValue();
  private readonly method = new JsonValue();

  read({ topic, topicTo, topicFrom, payload, payloadFrom, payloadTo }: IncomingMessage, request: RpcRequest): boolean {
    const { root, method } = this;
    let at = topicTo;
    while (at > topicFrom && topic[at - 1] !== SLASH) at--;
    request.id = topic;
    request.idFrom = at;
    request.idTo = topicTo;
    if (!this.check.check(payload, payloadFrom, payloadTo)) {
      // The answer says what is wrong with it.
      request.isPayload = true;
      return true;
    }
    root.point(payload, payloadFrom, payloadTo);
    if (!readCall(root, method, request)) return true;
    for (let i = 0; i < NOTIFICATION.length; i++) if (payload[method.from + 1 + i] !== NOTIFICATION[i]) return true;
    return false;
  }

  writeTopic(
    id: Uint8Array,
    idFrom: number,
    idTo: number,
    _error: number,
    into: Uint8Array,
    from: number,
    to: number,
  ): number {
    const at = copy(id, idFrom, idTo, into, put(DEVICE_RESPONSE, into, from, to), to);
    return at < 0 ? -1 : at - from;
  }

  writeHead(): number {
    return 0;
  }

  writeTail(): void {}
}

/**
 * Calls to a device of a gateway: `{"device":"Cold store","data":{"id":5,"method":"statistics","params":{}}}`, answered
 * on the same topic with `{"device":"Cold store","id":5,"data":…}` (ThingsBoard, Gateway MQTT API Reference). A tag
 * cannot be called, so it is the gateway that answers.
 */
export class DeviceShape implements RpcShape {
  readonly maxIdLength = LONGEST_CALL;
  readonly maxTopicLength: number = GATEWAY_RPC.length;
  readonly tailLength = 1;

  private readonly check = new JsonCheck();
  private readonly root = new JsonValue();
  private readonly data = new JsonValue();
  private readonly value = new JsonValue();
  private readonly method = new JsonValue();
  /** What an answer repeats: the device as JSON, `,"id":`, the number. */
  private readonly id = new Uint8Array(LONGEST_CALL);

  read({ payload, payloadFrom, payloadTo, total }: IncomingMessage, request: RpcRequest): boolean {
    const { root, data, value, id } = this;
    if (total > payloadTo - payloadFrom || !this.check.check(payload, payloadFrom, payloadTo)) return false;
    root.point(payload, payloadFrom, payloadTo);
    if (!data.member(root, DATA) || !readCall(data, this.method, request)) return false;
    if (!value.member(root, DEVICE)) return true;
    let at = copy(payload, value.from, value.to, id, 0, id.length);
    at = put(BEFORE_ID, id, at, id.length);
    if (!value.member(data, ID)) return true;
    at = copy(payload, value.from, value.to, id, at, id.length);
    request.id = id;
    request.idTo = at < 0 ? 0 : at;
    return true;
  }

  writeTopic(
    _id: Uint8Array,
    _idFrom: number,
    _idTo: number,
    _error: number,
    into: Uint8Array,
    from: number,
    to: number,
  ): number {
    const at = put(GATEWAY_RPC, into, from, to);
    return at < 0 ? -1 : at - from;
  }

  writeHead(id: Uint8Array, idFrom: number, idTo: number, into: Uint8Array, from: number, to: number): number {
    const at = put(BEFORE_DATA, into, copy(id, idFrom, idTo, into, put(BEGIN, into, from, to), to), to);
    return at < 0 ? -1 : at - from;
  }

  writeTail(into: Uint8Array, from: number): void {
    into[from] = CLOSE;
  }
}
