import { topicFaultText } from '../mqtt/texts.js';
import { checkTopicFilter, checkTopicName, TopicFault } from '../mqtt/topic.js';
import { encodeUtf8 } from '../mqtt/utf8.js';
import type { RpcCall } from './rpc-call.js';
import type { RpcShape } from './rpc-shape.js';

/** Takes a call whose payload is not `{"method": …}`; answers as a method does. */
export type RpcFunction = (call: RpcCall) => void;

/** One way in which calls come and answers go; a dialect is a list of them. All bytes are prepared once. */
export interface RpcRoute {
  /** What to subscribe to. */
  readonly filter: Uint8Array;
  /** The topic of calls; with `hasId` what stands before the id, which is one level. */
  readonly request: Uint8Array;
  readonly hasId: boolean;
  /** The topic of answers, or what stands before the id; undefined: calls are one-way. */
  readonly response: Uint8Array | undefined;
  /** True: an answer is `{"result": …}`; false: the bare value. An error is `{"error": …}` in either case. */
  readonly wraps: boolean;
  /** Takes the payload as it is; undefined: it names a method. */
  readonly function: RpcFunction | undefined;
  /**
   * Present: says where the parts of a call are, and how an answer is put. Then `hasId` says that `request` is only how
   * the topics of calls begin, and `response` does not count.
   */
  readonly shape?: RpcShape;
}

/**
 * ThingsBoard's calls to a device, one-way and two-way ones, which look the same to it: `v1/devices/me/rpc/request/$id`
 * with `{"method": …, "params": …}`, the answer on `v1/devices/me/rpc/response/$id` (ThingsBoard, MQTT Device API
 * Reference, RPC API, server-side RPC). Answers are bare values, as its widgets expect.
 */
export function thingsBoardRoutes(): RpcRoute[] {
  return [idRoute('v1/devices/me/rpc/request/', 'v1/devices/me/rpc/response/', false)];
}

/**
 * Calls on any broker: `{prefix}/{gateway}/cmd/{id}`, answered on `{prefix}/{gateway}/res/{id}` with `{"result": …}` or
 * `{"error": …}`. Throws a RangeError when these are no topics.
 */
export function plainRoutes(prefix: string, gateway: string): RpcRoute[] {
  const base = prefix + '/' + gateway;
  return [idRoute(base + '/cmd/', base + '/res/', true)];
}

/**
 * The calls of ThingsBoard's MQTT integration tutorial, which have neither method nor id: `{base}/rx` one-way, and
 * `{base}/rx/twoway`, answered on `{base}/rx/response`. `take` gets the payload (`{"value":40}`). Throws a RangeError
 * when these are no topics.
 */
export function tutorialRoutes(base: string, take: RpcFunction): RpcRoute[] {
  return [fixedRoute(base + '/rx', undefined, take), fixedRoute(base + '/rx/twoway', base + '/rx/response', take)];
}

function idRoute(request: string, response: string, wraps: boolean): RpcRoute {
  return {
    filter: topic(request + '+'),
    request: topic(request),
    hasId: true,
    response: topic(response),
    wraps,
    function: undefined,
  };
}

function fixedRoute(request: string, response: string | undefined, take: RpcFunction): RpcRoute {
  return {
    filter: topic(request),
    request: topic(request),
    hasId: false,
    response: response === undefined ? undefined : topic(response),
    wraps: false,
    function: take,
  };
}

/** One `+`, at the end, is the only wildcard that can be meant. */
function topic(text: string): Uint8Array {
  const bytes = encodeUtf8(text);
  const isFilter = text.endsWith('/+');
  const name = checkTopicName(bytes, 0, isFilter ? bytes.length - 1 : bytes.length);
  const fault = name === TopicFault.none && isFilter ? checkTopicFilter(bytes, 0, bytes.length) : name;
  if (fault !== TopicFault.none)
    throw new RangeError('RPC topic ' + JSON.stringify(text) + ': ' + topicFaultText(fault));
  return bytes;
}
