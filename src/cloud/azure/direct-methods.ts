import { writeDecimal } from '../../bytes/decimal.js';
import { put } from '../../bytes/json-writer.js';
import type { IncomingMessage } from '../../mqtt/parser.js';
import { encodeUtf8 } from '../../mqtt/utf8.js';
import { RpcError } from '../../rpc/rpc-call.js';
import type { RpcRoute } from '../../rpc/rpc-route.js';
import type { RpcRequest, RpcShape } from '../../rpc/rpc-shape.js';

const FILTER = encodeUtf8('$iothub/methods/POST/#');
const REQUEST = encodeUtf8('$iothub/methods/POST/');
const RESPONSE = encodeUtf8('$iothub/methods/res/');
const ID = encodeUtf8('/?$rid=');
const SLASH = 0x2f;
const AMPERSAND = 0x26;
const STATUS_LENGTH = 3;
/** The hub's are of up to 8 digits; the length is not documented. */
const MAX_ID = 64;

/**
 * Direct methods: a call comes on `$iothub/methods/POST/{method}/?$rid={id}` with its params as payload, its answer
 * goes to `$iothub/methods/res/{status}/?$rid={id}` ("Understand and invoke direct methods from IoT Hub"). The status
 * of a result is 200; that of an error is the one of HTTP that comes nearest.
 */
class DirectMethods implements RpcShape {
  readonly maxIdLength = MAX_ID;
  readonly maxTopicLength = RESPONSE.length + STATUS_LENGTH + ID.length + MAX_ID;
  readonly tailLength = 0;

  read(message: IncomingMessage, request: RpcRequest): boolean {
    const { topic, topicTo } = message;
    const from = message.topicFrom + REQUEST.length;
    let slash = from;
    while (slash < topicTo && topic[slash] !== SLASH) slash++;
    for (let i = 0; i < ID.length; i++) if (slash + i >= topicTo || topic[slash + i] !== ID[i]) return false;
    const idFrom = slash + ID.length;
    let idTo = idFrom;
    while (idTo < topicTo && topic[idTo] !== AMPERSAND) idTo++;
    if (slash === from || idTo === idFrom) return false;
    request.method = request.id = topic;
    request.methodFrom = from;
    request.methodTo = slash;
    request.idFrom = idFrom;
    request.idTo = idTo;
    request.isPayload = true;
    return true;
  }

  writeTopic(
    id: Uint8Array,
    idFrom: number,
    idTo: number,
    error: number,
    into: Uint8Array,
    from: number,
    to: number,
  ): number {
    if (to > into.length) to = into.length;
    let at = put(RESPONSE, into, from, to);
    if (at < 0) return -1;
    at = put(ID, into, writeDecimal(statusOf(error), 0, into, at, to), to);
    if (at < 0 || idTo - idFrom > to - at) return -1;
    for (let i = idFrom; i < idTo; i++) into[at++] = id[i]!;
    return at - from;
  }

  writeHead(): number {
    return 0;
  }

  writeTail(): void {}
}

/** `error` is an `RpcError`, or 0. */
function statusOf(error: number): number {
  switch (error) {
    case 0:
      return 200;
    case RpcError.parse:
    case RpcError.invalidRequest:
    case RpcError.invalidParams:
      return 400;
    case RpcError.forbidden:
      return 403;
    case RpcError.unknownMethod:
      return 404;
    case RpcError.duplicateId:
      return 409;
    case RpcError.busy:
      return 429;
    case RpcError.unavailable:
      return 501;
    case RpcError.timeout:
      return 504;
    default:
      return 500;
  }
}

/** The route of direct methods, which is the same for devices and modules. */
export const DIRECT_METHODS: RpcRoute = Object.freeze({
  filter: FILTER,
  request: REQUEST,
  hasId: true,
  response: undefined,
  wraps: false,
  function: undefined,
  shape: new DirectMethods(),
});
