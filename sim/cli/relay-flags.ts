import type { Endpoint } from '../../src/hal/index.js';
import { encodeUtf8, topicMatches } from '../../src/mqtt/index.js';
import type { Configuration } from '../../src/settings/index.js';
import { BadInput } from '../bad-input.js';
import { RELAY_TOPICS } from '../scanner/mqtt-advertisements.js';
import type { MqttScannerOptions } from '../scanner/mqtt-scanner.js';
import { parseBrokerUrl } from './broker-url.js';
import { cloudOf } from './configuration-file.js';
import { tlsOptions } from './connection-flags.js';
import type { TlsFlags } from './connection-flags.js';
import { checkFilter } from './parse-values.js';

/** The flags that say where other gateways are heard. */
export interface RelayFlags extends TlsFlags {
  from?: string;
  fromTopic?: string[];
  broker?: string[];
  username?: string;
  pw?: string;
}

/**
 * What a `MqttScanner` needs. Throws `BadInput`, also where the gateway would hear what it publishes itself with
 * `configuration`.
 */
export function readRelayFlags(flags: RelayFlags, configuration: Configuration): Omit<MqttScannerOptions, 'onNotice'> {
  const url = parseBrokerUrl(flags.from!);
  const asked = flags.fromTopic ?? (url.topic === undefined ? undefined : [url.topic]);
  const filters = [...new Set(asked ?? RELAY_TOPICS)];
  const bytes = filters.map(checkFilter);
  const endpoint: Endpoint = { host: url.host, port: url.port };
  if (url.tls) endpoint.tls = tlsOptions(flags, true)!;
  const isSame = configuration.connection.endpoints.some(({ host, port }) => host === url.host && port === url.port);
  for (const { topic, kind } of isSame ? cloudOf(configuration).topics(configuration) : []) {
    if (kind === 'subscribe') continue;
    const name = encodeUtf8(topic);
    const found = bytes.findIndex((filter) => topicMatches(filter, 0, filter.length, name, 0, name.length));
    if (found < 0) continue;
    throw new BadInput(
      `the gateway would hear itself: it publishes on ${topic}, and --from listens to ${filters[found]} of the same ` +
        'broker; name other topics with --from-topic, or another --broker',
    );
  }
  // Without --broker both are one broker, and -u and -P are for it.
  const username = url.username ?? (isSame ? flags.username : undefined);
  const password = url.password ?? (isSame ? flags.pw : undefined);
  return {
    endpoint,
    clientId: `tagwire-from-${configuration.gateway}`,
    filters,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
  };
}
