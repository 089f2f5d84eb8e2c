import { FailureKind } from '../../src/connection/index.js';
import type { ConnectionFailure } from '../../src/connection/index.js';

/** Exit codes of the commands. A refused CONNECT ends with its return code, 1 to 5, as with mosquitto_pub. */
export const enum ExitCode {
  success = 0,
  /** The broker could not be reached, or the connection ended for good. */
  failure = 1,
  /** An argument or a file cannot be used. */
  badInput = 2,
  /** TLS failed (MOSQ_ERR_TLS). */
  tls = 8,
  /** The broker closed the connection at a message, time and again. */
  rejected = 9,
  /** The time given with -W is over (MOSQ_ERR_TIMEOUT). */
  timeout = 27,
  /** Ended by Ctrl-C. */
  interrupted = 130,
}

/** The exit code for a connection that did not come about. */
export function exitCodeOf(failure: ConnectionFailure): number {
  if (failure.kind === FailureKind.refused) return failure.returnCode;
  return failure.kind === FailureKind.tls ? ExitCode.tls : ExitCode.failure;
}

/** One line about a failure that names the broker. */
export function describeFailure(failure: ConnectionFailure): string {
  const { host, port } = failure.endpoint;
  return failure.detail.includes(host) ? failure.detail : `${host} port ${port}: ${failure.detail}`;
}
