import type { ConnectionOptions } from '../../connection/index.js';
import type { TlsOptions } from '../../hal/index.js';
import type { Will } from '../../mqtt/connect-packet.js';
import { valueOf } from './broker-properties.js';
import type { BrokerValues } from './broker-properties.js';
import type { BrokersOptions } from './broker-options.js';
import { parseAddress } from './parse-address.js';

/** Finding the host, connecting and CONNACK share the time for one address. */
const STEPS = 3;

/** What a connection is made with. Throws a RangeError of one line when the certificate is not there. */
export function connectionOptions(values: BrokerValues, options: BrokersOptions): ConnectionOptions {
  const step = Math.ceil((options.connectTimeout ?? 30000) / STEPS);
  const tls = valueOf(values, 'ssl') === 'yes' ? tlsOptions(values, options) : undefined;
  const result: ConnectionOptions = {
    ...options.session,
    endpoints: parseAddress(valueOf(values, 'address'), Number(valueOf(values, 'port')), tls) ?? [],
    clientId: valueOf(values, 'client-id'),
    cleanSession: valueOf(values, 'clean-session') === 'yes',
    keepAliveSeconds: Number(valueOf(values, 'keep-alive')),
    // Twice, because a filter that is ended without a connection keeps its place until the broker has answered.
    maxSubscriptions: 2 * (options.maxSubscriptions ?? 16),
    resolveTimeout: step,
    connectTimeout: step,
    connackTimeout: step,
  };
  const will = willOf(values);
  if (will) result.will = will;
  if (values['username'] !== undefined) result.username = values['username'];
  if (values['password'] !== undefined) result.password = values['password'];
  return result;
}

/** Throws a RangeError of one line when the property `certificate` names one that is not there. */
export function checkCertificate(values: BrokerValues, options: BrokersOptions): void {
  if (values['certificate'] !== undefined) tlsOptions(values, options);
}

function tlsOptions(values: BrokerValues, options: BrokersOptions): TlsOptions {
  const name = valueOf(values, 'certificate');
  const found = options.certificates?.(name);
  if (!found && name !== '') throw new RangeError('certificate "' + name + '": there is no such certificate');
  return found ?? {};
}

function willOf(values: BrokerValues): Will | undefined {
  const topic = valueOf(values, 'will-topic');
  if (topic === '') return undefined;
  return {
    topic,
    payload: valueOf(values, 'will-message'),
    qos: valueOf(values, 'will-qos') === '1' ? 1 : 0,
    retain: valueOf(values, 'will-retain') === 'yes',
  };
}
