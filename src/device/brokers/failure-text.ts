import { FailureKind } from '../../connection/connection-failure.js';
import type { ConnectionFailure } from '../../connection/index.js';

/** One line that says at which address what went wrong; without secrets. */
export function failureText(failure: ConnectionFailure): string {
  const { kind, detail, endpoint } = failure;
  if (kind === FailureKind.network || detail.startsWith(endpoint.host)) return detail;
  const host = endpoint.host.includes(':') ? '[' + endpoint.host + ']' : endpoint.host;
  return host + ':' + endpoint.port + ': ' + detail;
}
