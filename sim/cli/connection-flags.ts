import { readFileSync } from 'node:fs';
import { Option } from 'commander';
import type { Command } from 'commander';
import type { ConnectionOptions } from '../../src/connection/index.js';
import type { Endpoint, TlsOptions } from '../../src/hal/index.js';
import type { Will } from '../../src/mqtt/index.js';
import { BadInput, showValue } from '../bad-input.js';
import { checkTlsOptions } from '../hal/index.js';
import { parseBrokerUrl } from './broker-url.js';
import type { BrokerUrl } from './broker-url.js';
import { protocolLevel, topicName, wholeNumber, willQos } from './parse-values.js';

/** The TLS flags, which all commands share. */
export interface TlsFlags {
  cafile?: string;
  cert?: string;
  key?: string;
  insecure?: boolean;
  tlsAlpn?: string;
}

/** The flags of mosquitto_pub and mosquitto_sub that say how to connect. */
export interface ConnectionFlags extends TlsFlags {
  host?: string;
  port?: number;
  url?: string;
  id?: string;
  username?: string;
  pw?: string;
  keepalive: number;
  disableCleanSession?: boolean;
  protocolVersion: 3 | 4;
  willTopic?: string;
  willPayload?: string;
  willQos?: 0 | 1 | 2;
  willRetain?: boolean;
}

/** Adds the TLS flags to a command. */
export function addTlsFlags(command: Command): Command {
  return command
    .option('--cafile <file>', 'certificates of the authorities to trust, PEM; turns on TLS')
    .option('--cert <file>', 'client certificate, PEM')
    .option('--key <file>', 'private key of the client certificate, PEM')
    .option('--insecure', 'accept any server certificate: for experiments only')
    .option('--tls-alpn <protocol>', 'application protocol to offer (ALPN)');
}

/** Adds the flags of `ConnectionFlags` to a command. */
export function addConnectionFlags(command: Command): Command {
  command
    .helpOption('--help', 'show this help')
    .option('-h, --host <host>', 'host name or address of the broker (default: localhost)')
    .option('-p, --port <port>', 'port (default: 1883, with TLS 8883)', wholeNumber(1, 65535))
    .option('-L, --url <url>', 'all in one: mqtt(s)://[user[:password]@]host[:port]/topic')
    .option('-i, --id <id>', 'client identifier (default: made from the process id)')
    .option('-u, --username <name>', 'user name')
    .option('-P, --pw <password>', 'password; needs -u')
    .option('-k, --keepalive <seconds>', 'keep alive, 0 is off', wholeNumber(0, 65535), 60)
    .option('-c, --disable-clean-session', 'keep the session at the broker; needs -i')
    .addOption(
      new Option('-V, --protocol-version <version>', 'mqttv311 or mqttv31')
        .argParser(protocolLevel)
        .default(4, 'mqttv311'),
    )
    .option('--will-topic <topic>', 'topic of the will', topicName)
    .option('--will-payload <text>', 'payload of the will (default: empty)')
    .option('--will-qos <qos>', 'QoS of the will', willQos)
    .option('--will-retain', 'retain the will');
  return addTlsFlags(command);
}

/**
 * Makes options for `Connection` from flags. `name` becomes part of the default client identifier.
 * Throws `BadInput` for flags that do not fit together and files that cannot be used.
 */
export function connectionOptions(flags: ConnectionFlags, name: string): ConnectionOptions & { topic?: string } {
  if (flags.url !== undefined && (flags.host !== undefined || flags.port !== undefined)) {
    throw new BadInput('-L and -h or -p exclude each other: the URL names host and port');
  }
  const url = flags.url === undefined ? undefined : parseBrokerUrl(flags.url);
  const endpoint = endpointOf(flags, url);
  if (flags.disableCleanSession && !flags.id) throw new BadInput('-c needs a client identifier: give one with -i');
  const options: ConnectionOptions & { topic?: string } = {
    endpoints: [endpoint],
    clientId: flags.id ?? `tagwire-${name}-${process.pid}`,
    cleanSession: !flags.disableCleanSession,
    keepAliveSeconds: flags.keepalive,
    protocolLevel: flags.protocolVersion,
  };
  const username = flags.username ?? url?.username;
  const password = flags.pw ?? url?.password;
  if (username !== undefined) options.username = username;
  if (password !== undefined) {
    if (username === undefined) throw new BadInput('-P needs a user name: give one with -u');
    options.password = password;
  }
  const will = willOf(flags);
  if (will) options.will = will;
  if (url?.topic !== undefined) options.topic = url.topic;
  return options;
}

/** Reads the files of the TLS flags, and checks that they can be used. Undefined when no flag asks for TLS. */
export function tlsOptions(flags: TlsFlags, required: boolean): TlsOptions | undefined {
  const wanted = flags.cafile ?? flags.cert ?? flags.key ?? flags.tlsAlpn;
  if (!required && wanted === undefined && !flags.insecure) return undefined;
  const tls: TlsOptions = {};
  if (flags.cafile !== undefined) tls.ca = readText('--cafile', flags.cafile);
  if (flags.cert !== undefined) tls.certificate = readText('--cert', flags.cert);
  if (flags.key !== undefined) tls.key = readText('--key', flags.key);
  if (flags.tlsAlpn !== undefined) tls.alpn = [flags.tlsAlpn];
  if (flags.insecure) tls.verify = false;
  try {
    checkTlsOptions(tls, {
      ca: `--cafile ${showValue(flags.cafile)}`,
      certificate: `--cert ${showValue(flags.cert ?? '')}`,
      key: `--key ${showValue(flags.key ?? '')}`,
      alpn: '--tls-alpn',
    });
  } catch (error) {
    throw new BadInput((error as Error).message);
  }
  return tls;
}

function endpointOf(flags: ConnectionFlags, url: BrokerUrl | undefined): Endpoint {
  const tls = tlsOptions(flags, url?.tls ?? false);
  const endpoint: Endpoint = {
    host: url?.host ?? flags.host ?? 'localhost',
    port: url?.port ?? flags.port ?? (tls ? 8883 : 1883),
  };
  if (tls) endpoint.tls = tls;
  return endpoint;
}

function willOf(flags: ConnectionFlags): Will | undefined {
  if (flags.willTopic === undefined) {
    if (flags.willPayload !== undefined || flags.willQos !== undefined || flags.willRetain) {
      throw new BadInput('--will-payload, --will-qos and --will-retain need --will-topic');
    }
    return undefined;
  }
  return {
    topic: flags.willTopic,
    payload: flags.willPayload ?? '',
    qos: flags.willQos ?? 0,
    retain: flags.willRetain ?? false,
  };
}

function readText(flag: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new BadInput(`${flag} ${showValue(path)} cannot be read (${code}); allowed: a file that can be read`);
  }
}
