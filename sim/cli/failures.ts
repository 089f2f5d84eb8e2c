import { FailureKind } from '../../src/connection/index.js';
import type { ConnectionFailure } from '../../src/connection/index.js';
import type { RawConfiguration } from '../../src/settings/index.js';

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

/** Configuration keys by which clouds and brokers know a device, in the order in which people are given them. */
const LOGIN_KEYS = [
  ...['idScope', 'registrationId', 'deviceId', 'moduleId', 'deviceKey', 'groupKey'],
  ...[
    'accessToken',
    'provisionKey',
    'provisionSecret',
    'username',
    'brokerPassword',
    'certificate',
    'thing',
    'clientId',
  ],
] as const;
const TOKEN_KEYS = ['deviceKey', 'groupKey'] as const;
/** Return codes of CONNACK (MQTT 3.1.1, 3.2.2.3). */
const WRONG_CLIENT_ID = 2;
const WRONG_PASSWORD = 4;

/** A failure whose detail says which of the given keys to look at, where the broker refuses the login. No values. */
export function withLoginKeys(failure: ConnectionFailure, settings: RawConfiguration): ConnectionFailure {
  const { kind, returnCode } = failure;
  const isLogin = kind === FailureKind.refused && (returnCode === WRONG_CLIENT_ID || returnCode >= WRONG_PASSWORD);
  if (!isLogin) return failure;
  const given = LOGIN_KEYS.filter((key) => (settings[key] ?? '') !== '');
  // A token has the time of day in it.
  const more = TOKEN_KEYS.some((key) => given.includes(key)) ? ' and the clock' : '';
  const check = given.length > 0 ? `check ${given.join(', ')}${more}` : 'set username and brokerPassword';
  return { ...failure, detail: `${failure.detail}; ${check}` };
}
