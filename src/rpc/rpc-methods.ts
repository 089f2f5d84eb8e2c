import type { RpcCall } from './rpc-call.js';

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
