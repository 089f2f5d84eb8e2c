import type { BrokerEndpoint } from '../connection/connection.js';
import type { Endpoint } from '../hal/index.js';
import { isSecret } from './configuration-keys.js';
import type { KeyOwner } from './configuration-keys.js';
import type { RawConfiguration } from './configuration.js';
import { parseBrokers } from './parse-value.js';

// A secret is bound to the place for which it was given: host, port and TLS of a broker, the name of a Wi-Fi network.
// What moves a device elsewhere takes no secret of the old place along. See docs/decisions/0015-bound-secrets.md.

/** The keys that log a device in at a broker. */
export const CREDENTIAL_KEYS: readonly string[] = Object.freeze(['username', 'brokerPassword', 'certificate', 'key']);

/** They and the secrets of these clouds. */
export function credentialKeys(clouds?: readonly KeyOwner[]): readonly string[] {
  if (!clouds) return CREDENTIAL_KEYS;
  const names = CREDENTIAL_KEYS.slice();
  for (const { keys } of clouds) for (const row of keys) if (isSecret(row)) names.push(row.name);
  return names;
}

/** The value of `credentialsFor` that no broker matches. */
export const NOWHERE = 'none';

/** A broker as `credentialsFor` has it: `mqtts://host`, the port unless it is the usual one, `=` and a server name. */
export function placeText({ host, port, tls }: Endpoint, serverName: unknown): string {
  const usual = tls ? 8883 : 1883;
  const name = host.includes(':') ? '[' + host + ']' : host;
  const text = (tls ? 'mqtts://' : 'mqtt://') + name + (port === usual ? '' : ':' + port);
  return (tls && isGiven(serverName) ? text + '=' + String(serverName) : text).toLowerCase();
}

/** The places of the brokers in a configuration; none when there are none that can be read. */
export function brokerPlaces(raw: RawConfiguration): string[] {
  const endpoints = isGiven(raw['broker']) ? parseBrokers(String(raw['broker'])) : undefined;
  return endpoints ? endpoints.map((endpoint) => placeText(endpoint, raw['serverName'])) : [];
}

/** The places for which the credentials of a configuration are. */
export function credentialPlaces(raw: RawConfiguration): string[] {
  return isGiven(raw['credentialsFor']) ? String(raw['credentialsFor']).split(',') : brokerPlaces(raw);
}

/** Marks the brokers for which the credentials are not; `credentialsFor` undefined: they are for all. */
export function bindCredentials(
  endpoints: BrokerEndpoint[],
  credentialsFor: string | undefined,
  serverName: string | undefined,
): void {
  if (credentialsFor === undefined) return;
  const places = credentialsFor.split(',').map((place) => place.trim().toLowerCase());
  for (const endpoint of endpoints) {
    if (!places.includes(placeText(endpoint, serverName))) endpoint.withoutCredentials = true;
  }
}

/**
 * What is built in, overridden by a device's own settings. Secrets that are built in are not for another broker or
 * Wi-Fi network: own ones have to be persisted with it.
 */
export function mergeSettings(
  builtIn: RawConfiguration,
  own: RawConfiguration,
  clouds?: readonly KeyOwner[],
): RawConfiguration {
  const merged: RawConfiguration = Object.assign({}, builtIn, own);
  if (isGiven(own['ssid']) && own['ssid'] !== builtIn['ssid'] && own['password'] === undefined) {
    delete merged['password'];
  }
  const isElsewhere = isGiven(own['broker']) && isGiven(builtIn['broker']) && own['broker'] !== builtIn['broker'];
  if (!isElsewhere || isGiven(merged['credentialsFor'])) return merged;
  const credentials = credentialKeys(clouds);
  if (credentials.some((name) => own[name] !== undefined)) {
    for (const name of credentials) if (own[name] === undefined) delete merged[name];
  } else if (hasCredentials(builtIn, clouds)) {
    merged['credentialsFor'] = brokerPlaces(builtIn).join(',') || NOWHERE;
  }
  return merged;
}

export function hasCredentials(raw: RawConfiguration, clouds?: readonly KeyOwner[]): boolean {
  return credentialKeys(clouds).some((name) => isGiven(raw[name]));
}

export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== '';
}
