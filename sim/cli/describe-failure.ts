import { FailureKind } from '../../src/connection/index.js';
import type { ConnectionFailure } from '../../src/connection/index.js';

/** One line about a failure that names the broker. */
export function describeFailure(failure: ConnectionFailure): string {
  const { host, port } = failure.endpoint;
  const namesBroker = failure.kind === FailureKind.connect || failure.kind === FailureKind.resolve;
  return namesBroker ? failure.detail : `${host} port ${port}: ${failure.detail}`;
}
