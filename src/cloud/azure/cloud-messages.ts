import { JsonCheck, JsonKind, JsonValue } from '../../bytes/json-reader.js';
import type { IncomingMessage } from '../../mqtt/parser.js';
import { encodeUtf8 } from '../../mqtt/utf8.js';
import type { RpcRoute } from '../../rpc/rpc-route.js';
import type { RpcRequest, RpcShape } from '../../rpc/rpc-shape.js';

const METHOD = encodeUtf8('method');
const PARAMS = encodeUtf8('params');

/**
 * Cloud-to-device messages: one-way calls, `{"method": …, "params": …}`, with their properties in the topic. The hub
 * keeps one until PUBACK; a call that fails is a line of the log.
 */
class CloudMessages implements RpcShape {
  readonly maxIdLength = 1;
  readonly maxTopicLength = 0;
  readonly tailLength = 0;
  private readonly check = new JsonCheck();
  private readonly root = new JsonValue();
  private readonly member = new JsonValue();

  read({ payload, payloadFrom, payloadTo }: IncomingMessage, request: RpcRequest): boolean {
    const { root, member } = this;
    // What is no JSON is refused by whoever looks at the payload next.
    request.isPayload = !this.check.check(payload, payloadFrom, payloadTo);
    if (request.isPayload) return true;
    root.point(payload, payloadFrom, payloadTo);
    if (member.member(root, METHOD) && member.kind === JsonKind.text) {
      request.method = payload;
      request.methodFrom = member.from + 1;
      request.methodTo = member.to - 1;
    }
    request.params.member(root, PARAMS);
    return true;
  }

  writeTopic(): number {
    return -1;
  }

  writeHead(): number {
    return 0;
  }

  writeTail(): void {}
}

/** A route whose topics change with the device's name. */
export interface CloudMessageRoute extends RpcRoute {
  filter: Uint8Array;
  request: Uint8Array;
}

/** The route of cloud-to-device messages. `resource`: `devices/{device}`. */
export function cloudMessageRoute(resource: string): CloudMessageRoute {
  const topic = resource + '/messages/devicebound/';
  return {
    filter: encodeUtf8(topic + '#'),
    request: encodeUtf8(topic),
    hasId: true,
    response: undefined,
    wraps: false,
    function: undefined,
    shape: new CloudMessages(),
  };
}
