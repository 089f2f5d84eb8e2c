import { JsonValue } from '../bytes/json-reader.js';
import type { IncomingMessage } from '../mqtt/parser.js';

const NOTHING = new Uint8Array(0);

/** Where the parts of a call lie. There is one object, and it is reused; it points into the message. */
export class RpcRequest {
  /** What the answer is told apart by, `id[idFrom..idTo)`. Empty: nobody waits for an answer. */
  id: Uint8Array = NOTHING;
  idFrom = 0;
  idTo = 0;
  /** The name of the method, UTF-8 without quotes and escapes: `method[methodFrom..methodTo)`. */
  method: Uint8Array = NOTHING;
  methodFrom = 0;
  methodTo = 0;
  /** The params, of JSON that was checked; `JsonKind.none` when there are none. */
  readonly params = new JsonValue();
  /** True: the params are the whole payload, which is not checked yet; an empty one stands for none. */
  isPayload = false;

  /** Nothing is known of a call. */
  clear(): void {
    this.id = this.method = NOTHING;
    this.idFrom = this.idTo = this.methodFrom = this.methodTo = 0;
    this.params.clear();
    this.isPayload = false;
  }
}

/**
 * The calls of a cloud that are not `{"method": …, "params": …}` on a topic that ends with the id: where their parts
 * are, and what the topic and the payload of an answer are. Nothing is allocated.
 */
export interface RpcShape {
  /** Bytes of the longest id, 1 to 255. A call with a longer one gets no answer; it is counted as fault. */
  readonly maxIdLength: number;
  /** Bytes of the longest topic of an answer. */
  readonly maxTopicLength: number;
  /** Bytes of the tail of an answer. */
  readonly tailLength: number;

  /**
   * Finds the parts of a whole message on the topic of the route. False when it is no call (it may be one that another
   * part takes).
   */
  read(message: IncomingMessage, request: RpcRequest): boolean;

  /** Writes the topic of the answer; `error` is an `RpcError`, or 0. Returns its length, or -1 when it does not fit. */
  writeTopic(
    id: Uint8Array,
    idFrom: number,
    idTo: number,
    error: number,
    into: Uint8Array,
    from: number,
    to: number,
  ): number;

  /** Writes what stands before the result in the payload. Returns its length, or -1 when it does not fit. */
  writeHead(id: Uint8Array, idFrom: number, idTo: number, into: Uint8Array, from: number, to: number): number;

  /** Writes the `tailLength` bytes behind the result. */
  writeTail(into: Uint8Array, from: number): void;

  /**
   * Present where answers are no messages of their own: takes the answer `payload[from..to)`, which is valid until the
   * call returns, in place of `writeTopic` and `writeTail`. `error` is an `RpcError`, or 0.
   */
  take?(
    id: Uint8Array,
    idFrom: number,
    idTo: number,
    error: number,
    payload: Uint8Array,
    from: number,
    to: number,
  ): void;
}
