import type { Command } from 'commander';
import { CLOUDS } from '../../src/cloud/index.js';
import type { Cloud } from '../../src/cloud/index.js';
import { VERSION } from '../../src/device/index.js';
import type { Board, TlsOptions } from '../../src/hal/index.js';
import { TAG_KEYS } from '../../src/settings/index.js';
import type { Configuration, RawConfiguration } from '../../src/settings/index.js';
import { BadInput, showValue } from '../bad-input.js';
import type { BrokerUrl } from './broker-url.js';
import { cloudOf, parseForDesktop, readConfigurationFile } from './configuration-file.js';

/** The flags that say which cloud a simulated gateway reports to. */
export interface CloudFlags {
  cloud?: string;
  config?: string;
  set?: RawConfiguration;
  unchecked?: boolean;
}

/** Flags that a configuration file can stand in for. */
interface FileFlags extends CloudFlags {
  broker?: string[];
  username?: string;
  pw?: string;
  gateway: string;
  prefix: string;
  interval: number;
  heartbeat: number;
  outbox: number;
}

/** Keys that `--set` takes beside those of tags and clouds. */
const CONNECTION_KEYS = ['clientId', 'cleanSession', 'keepAlive', 'serverName', 'maxPayload', 'health'];
/** Keys that a simulated gateway has other means for. */
const BOARD_KEYS = ['ssid', 'password', 'timeServers', 'serialConsole', 'trial', 'credentialsFor', 'inFlight'];

/** Adds the flags of `CloudFlags`. */
export function addCloudFlags(command: Command): void {
  command
    .option('--cloud <name>', `report to this cloud: ${CLOUDS.map(({ name }) => name).join(', ')} (default: plain)`)
    .option('--config <file>', 'read configuration keys from a JSON file; flags count more')
    .option(
      '--set <key=value>',
      'set a configuration key for tags or of the cloud, such as policies or rssiFloor; may be repeated',
      setting,
    )
    .option('--unchecked', 'exceed the limits of the cloud; for tests of what it does then');
}

/** Adds one `--set` to those before. */
function setting(text: string, before: RawConfiguration | undefined): RawConfiguration {
  const equals = text.indexOf('=');
  const name = text.slice(0, Math.max(equals, 0));
  const ofClouds = CLOUDS.flatMap(({ keys }) => keys.map((row) => row.name));
  const known = [...TAG_KEYS, ...new Set(ofClouds), ...CONNECTION_KEYS];
  if (!known.includes(name)) {
    // Not its value: tagKey=… is a key of a tag, though it misspells the name.
    const shown = equals < 0 ? '' : ` ${showValue(name)}`;
    throw new BadInput(`--set${shown} must be KEY=VALUE, with a KEY of ${known.join(', ')}`);
  }
  return { ...before, [name]: text.slice(equals + 1) };
}

/** Lets the file of `--config` stand in for flags that are not given. Throws `BadInput`. */
export function readConfigFlag<Flags extends FileFlags>(flags: Flags, command: Command): Flags {
  if (flags.config === undefined) return flags;
  const { raw } = readConfigurationFile(flags.config);
  const all: Flags = { ...flags };
  const rest: RawConfiguration = {};
  for (const [key, value] of Object.entries(raw)) {
    if (BOARD_KEYS.includes(key) || value === '' || value === undefined) continue;
    const name = key === 'brokerPassword' ? 'pw' : key;
    const source = command.getOptionValueSource(name);
    const isFlag = ['broker', 'username', 'pw', 'cloud', 'gateway', 'prefix', 'interval', 'heartbeat', 'outbox'];
    if (!isFlag.includes(name)) rest[key] = value;
    else if (source !== undefined && source !== 'default') continue;
    else if (name === 'broker') all.broker = String(value).split(',');
    else Object.assign(all, { [name]: typeof all[name as keyof Flags] === 'number' ? Number(value) : value });
  }
  all.set = { ...rest, ...flags.set };
  return all;
}

/** The keys of `--set` that concern tags. */
export function tagSettings({ set = {} }: CloudFlags): RawConfiguration {
  return Object.fromEntries(Object.entries(set).filter(([name]) => TAG_KEYS.includes(name)));
}

/**
 * The configuration of a simulated gateway: what the cloud wants in CONNECT and TLS is set, and its limits are checked.
 * Throws `BadInput` that lists every mistake.
 */
export function simConfiguration(
  flags: FileFlags,
  urls: readonly BrokerUrl[],
  tls: TlsOptions | undefined,
): Configuration {
  const { gateway, prefix, cloud, unchecked } = flags;
  if (gateway === '') throw new BadInput('--gateway must be 1 to 64 bytes of text without + and #, got ""');
  if (prefix === '') throw new BadInput('--prefix must be 1 to 128 bytes of text without + and #, got ""');
  const others = Object.entries(flags.set ?? {}).filter(([name]) => !TAG_KEYS.includes(name));
  const brokers = urls.map(({ host, port, tls: isTls }) => {
    const name = host.includes(':') ? `[${host}]` : host;
    return `${isTls ? 'mqtts' : 'mqtt'}://${name}:${port}`;
  });
  const raw: RawConfiguration = {
    ...Object.fromEntries(others),
    gateway,
    prefix,
    cloud: cloud ?? 'plain',
    broker: brokers.join(',') || 'mqtt://127.0.0.1',
    username: flags.username ?? urls[0]?.username ?? '',
    brokerPassword: flags.pw ?? urls[0]?.password ?? '',
  };
  if (typeof tls?.certificate === 'string') raw['certificate'] = tls.certificate;
  if (typeof tls?.key === 'string') raw['key'] = tls.key;
  let configuration: Configuration;
  try {
    configuration = parseForDesktop(raw, unchecked ?? false);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new BadInput(error.message.split('\n').join('; '));
  }
  for (const endpoint of configuration.connection.endpoints) {
    if (endpoint.tls) endpoint.tls = { ...tls, ...endpoint.tls };
  }
  return configuration;
}

/** Makes the cloud of a simulated gateway. Throws a RangeError of one line. */
export function makeSimCloud(configuration: Configuration, board: Board, notice: (text: string) => void): Cloud {
  const device = { board, firmware: VERSION, remote: undefined, notice, restart: (): void => undefined };
  return cloudOf(configuration).make(configuration, device);
}
