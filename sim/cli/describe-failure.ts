import type { ConnectionFailure } from '../../src/connection/index.js';

/** One line about a failure that names the broker. */
export function describeFailure(failure: ConnectionFailure): string {
  const { host, port } = failure.endpoint;
  return failure.detail.includes(host) ? failure.detail : `${host} port ${port}: ${failure.detail}`;
}
