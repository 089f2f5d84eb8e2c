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
  /** The device has nothing that could do it. */
  unavailable = -32003,
}
