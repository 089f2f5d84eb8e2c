import { encodeUtf8 } from '../mqtt/utf8.js';
import type { RpcCall } from './rpc-call.js';
import type { RpcMethods } from './rpc-options.js';

/** Methods of the application, one function each. A file of its own, so that a board without such leaves it out. */
export class RpcFunctions implements RpcMethods {
  readonly names: Uint8Array[] = [];
  private readonly functions: ((call: RpcCall) => void)[] = [];

  /** Throws a RangeError when the name is empty or taken. */
  add(name: string, run: (call: RpcCall) => void): void {
    const bytes = encodeUtf8(name);
    if (bytes.length === 0) throw new RangeError('RPC method: its name is empty');
    if (this.names.some((known) => known.join() === bytes.join())) {
      throw new RangeError('RPC method "' + name + '": there is one of this name already');
    }
    this.names.push(bytes);
    this.functions.push(run);
  }

  run(index: number, call: RpcCall): void {
    this.functions[index]!(call);
  }
}
