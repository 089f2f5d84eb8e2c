import type { MessageConnection } from '../telemetry/outbox/message-queue.js';
import type { RpcCall, RpcError } from './rpc-call.js';
import type { RpcRoute } from './rpc-route.js';

/** What an `Rpc` is made of, and its sizes. */
export interface RpcOptions {
  /** The dialects: `thingsBoardRoutes`, `plainRoutes`, `tutorialRoutes`. At most 16 routes. */
  routes: readonly RpcRoute[];
  /** Tables of methods; of two with the same name the first one counts. At most 15 tables. */
  methods: readonly RpcMethods[];
  /** What may be called. Default `RpcAccess.all`. */
  access?: RpcAccess;
  /** Bytes of the longest answer, 192 to 65535. Default 512. */
  maxAnswer?: number;
  /** Bytes of the longest id, 1 to 255. Default 40. A call with a longer one gets no answer; it is counted as fault. */
  maxIdLength?: number;
  /** Calls that may be answered later at the same time, 1 to 64. Default 4. */
  maxPending?: number;
  /** Bytes for answers that wait for a connection or for room in the session, 0 to 65536. Default 768. */
  queueSize?: number;
}

/** What an `Rpc` needs of a connection: see `Connection`. */
export interface RpcConnection extends MessageConnection {
  /** The broker that calls come from. */
  readonly endpoint?: { tls?: object };

  subscribe(filter: Uint8Array, qos: number): number;
}

/** What an `Rpc` works on: a `Gateway` is one. */
export interface RpcHost {
  readonly connection: RpcConnection;

  /** The deadline of the `Rpc` may be earlier than it was. */
  wake(): void;
}

/** Hears what no answer can say. */
export interface RpcHandler {
  /**
   * A one-way call went wrong, or an answer was lost. `json[from..to)` is the error as an answer would have it, valid
   * until the call returns.
   */
  onFault(error: RpcError, json: Uint8Array, from: number, to: number): void;
}

/** What may be called; each level includes those before it. */
export const enum RpcAccess {
  none = 0,
  /** What changes nothing. */
  read = 1,
  /** What changes how the device works, but not where it connects. */
  operate = 2,
  all = 3,
}

/** By `RpcAccess`: the values of the configuration key `rpcAccess`. */
export const RPC_ACCESS_NAMES: readonly string[] = Object.freeze(['none', 'read', 'operate', 'all']);

/** A table of methods. Their names are encoded once; a method is found by comparing bytes. */
export interface RpcMethods {
  /** UTF-8, none of them twice. */
  readonly names: readonly Uint8Array[];
  /** By index in `names`, what the method needs. Absent: all need `RpcAccess.operate`. */
  readonly access?: readonly RpcAccess[];

  /** Does what method `index` of `names` is for, and writes the result or an error. What it throws is answered. */
  run(index: number, call: RpcCall): void;

  /** What `RpcCall.afterwards` asked for is due: the answer was acknowledged, or waited for long enough. */
  after?(code: number): void;
}
