import { existsSync } from 'node:fs';
import { Option } from 'commander';
import type { Command } from 'commander';
import { CLOUDS } from '../../src/cloud/index.js';
import type { CloudDefinition } from '../../src/cloud/index.js';
import type { TlsOptions } from '../../src/hal/index.js';
import { findKey, keysOf, KeyKind, nearestKey } from '../../src/settings/configuration-keys.js';
import { parseConfiguration } from '../../src/settings/index.js';
import type { Configuration, ConfigurationTarget, RawConfiguration } from '../../src/settings/index.js';
import { allowedText, checkSetting } from '../../src/settings/parse-value.js';
import { BadInput, readInputFile, showValue } from '../bad-input.js';
import { simTargetOf } from '../virtual/board-target.js';
import type { BoardName } from '../virtual/index.js';
import type { BrokerUrl } from './broker-url.js';
import { mistakesOf, readConfigurationFile } from './configuration-file.js';
import { tlsFlagsGiven, tlsOptions } from './connection-flags.js';
import type { TlsFlags } from './connection-flags.js';

/** The flags that say what a simulated gateway is configured with. */
export interface ConfigurationFlags {
  cloud?: string;
  config?: string;
  set?: RawConfiguration;
  unchecked?: boolean;
  rpc?: Configuration['rpc'];
  rpcAccess?: Configuration['rpcAccess'];
}

const LONGEST_PEM = 1048576;

/** Adds the flags of `ConfigurationFlags`. */
export function addConfigurationFlags(command: Command): void {
  command
    .option('--cloud <name>', `report to this cloud: ${CLOUDS.map(({ name }) => name).join(', ')} (default: plain)`)
    .option('--config <file>', 'read configuration keys from a JSON file; flags count more')
    .option(
      '--set <key=value>',
      'set a configuration key, any that a board has (docs/moddable.md); counts most; may be repeated',
      setting,
    )
    .option('--unchecked', 'exceed the limits of the cloud; for tests of what it does then')
    .addOption(
      new Option('--rpc <dialect>', 'answer RPC as a board does (default: that of the cloud)').choices([
        'cloud',
        'plain',
        'thingsboard',
        'off',
      ]),
    )
    .addOption(
      new Option('--rpc-access <level>', 'what may be called (default: operate)').choices([
        'none',
        'read',
        'operate',
        'all',
      ]),
    );
}

/** Adds one `--set` to those before. */
function setting(text: string, before: RawConfiguration | undefined): RawConfiguration {
  const equals = text.indexOf('=');
  const name = text.slice(0, Math.max(equals, 0));
  const row = findKey(name, CLOUDS);
  if (!row) {
    const keys = [...keysOf(CLOUDS)].map((known) => known.name).join(', ');
    // Not its value: tagKey=… is a key of a tag, though it misspells the name.
    const wrong =
      equals < 0
        ? '--set must be KEY=VALUE.'
        : `--set ${showValue(name)} is not a configuration key; did you mean ${nearestKey(name, Infinity, CLOUDS)}?`;
    throw new BadInput(`${wrong} The keys are ${keys}`);
  }
  let value = text.slice(equals + 1);
  const isPem = row.kind === KeyKind.certificate || row.kind === KeyKind.privateKey;
  if (isPem && existsSync(value)) {
    value = Buffer.from(readInputFile(value, name, LONGEST_PEM)).toString('utf8');
  }
  try {
    checkSetting(name, value, CLOUDS);
  } catch (error) {
    throw new BadInput(`--set: ${(error as Error).message}`);
  }
  return { ...before, [row.name]: value };
}

/** Of the flags that are names for configuration keys: the key. `broker` is not among them: its URL has more. */
const KEY_OF_FLAG: { readonly [flag: string]: string } = {
  username: 'username',
  pw: 'brokerPassword',
  gateway: 'gateway',
  prefix: 'prefix',
  interval: 'interval',
  heartbeat: 'heartbeat',
  outbox: 'outbox',
  persist: 'persist',
  outboxFull: 'outboxFull',
  maxAge: 'maxAge',
  rate: 'maxMessageRate',
  cloud: 'cloud',
  rpc: 'rpc',
  rpcAccess: 'rpcAccess',
};

/**
 * The configuration keys that were given: those of `--config`, over them the flags that were typed, over them `--set`.
 * What nobody typed is as on the board. `own`: flags that mean something else at this command. Throws `BadInput`.
 */
export function givenSettings(
  flags: ConfigurationFlags,
  command: Command,
  own: readonly string[] = [],
): RawConfiguration {
  const settings: RawConfiguration = flags.config === undefined ? {} : { ...readConfigurationFile(flags.config).raw };
  for (const [flag, key] of Object.entries(KEY_OF_FLAG)) {
    const source = command.getOptionValueSource(flag);
    if (source === undefined || source === 'default' || own.includes(flag)) continue;
    const value = command.getOptionValue(flag) as unknown;
    // For the rest it means that nothing is given.
    if (value === '' && (key === 'gateway' || key === 'prefix')) {
      throw new BadInput(`--${flag} must be ${allowedText(findKey(key)!)}, got ""`);
    }
    settings[key] = value;
  }
  return Object.assign(settings, flags.set);
}

/** The value of a key as text; undefined when it is not given. */
export function givenText(settings: RawConfiguration, key: string): string | undefined {
  const value = settings[key];
  return value === undefined || value === '' ? undefined : String(value);
}

/** What a simulated gateway has that is no board in particular, and more tags than a chip has memory for. */
const SIM_DEFAULTS: RawConfiguration = { interval: 2, outbox: 65536, tags: 256, silent: 0 };
/** QoS 1 messages that wait for their PUBACK at once: on XS as many as on an ESP32. */
export const IN_FLIGHT = { node: 64, xs: 16 };

/** What the configuration of a simulated gateway is judged by, and the clouds that it has. */
export type SimTarget = ConfigurationTarget & { clouds: readonly CloudDefinition[] };

/** The limits of `board`, or hardly any. `cloud`: the name of the one that is asked for. */
export function simTarget(
  flags: ConfigurationFlags & { board?: BoardName; engine: 'node' | 'xs' },
  cloud: string,
): SimTarget {
  const { board, engine, unchecked = false } = flags;
  return simTargetOf({ ...(board && { board }), inFlight: IN_FLIGHT[engine], cloud, unchecked });
}

/**
 * What is built into a simulated gateway: `settings`, over what it has by default. `broker`: of the broker inside the
 * process, when none is named by `urls`.
 */
export function builtInSettings(
  settings: RawConfiguration,
  urls: readonly BrokerUrl[],
  tls: TlsOptions | undefined,
  target: SimTarget,
  board: BoardName | undefined,
  broker = 'mqtt://127.0.0.1',
): RawConfiguration {
  return {
    ...(board === undefined && SIM_DEFAULTS),
    // The host has the network, so it does not matter which.
    ...(target.needsWifi && { ssid: 'simulated' }),
    ...brokerSettings(settings, urls, tls),
    ...(urls.length === 0 && { broker }),
  };
}

/** `settings` with what the URLs of brokers say, and the certificate of `tls`. */
export function brokerSettings(
  settings: RawConfiguration,
  urls: readonly BrokerUrl[],
  tls: TlsOptions | undefined,
): RawConfiguration {
  const brokers = urls.map(({ host, port, tls: isTls }) => {
    const name = host.includes(':') ? `[${host}]` : host;
    return `${isTls ? 'mqtts' : 'mqtt'}://${name}:${port}`;
  });
  const raw: RawConfiguration = { ...settings, broker: brokers.join(',') };
  const [url] = urls;
  if (givenText(settings, 'username') === undefined && url?.username !== undefined) raw['username'] = url.username;
  if (givenText(settings, 'brokerPassword') === undefined && url?.password !== undefined) {
    raw['brokerPassword'] = url.password;
  }
  if (typeof tls?.certificate === 'string') raw['certificate'] = tls.certificate;
  if (typeof tls?.key === 'string') raw['key'] = tls.key;
  return raw;
}

/** Throws `BadInput` that lists every mistake. */
export function checkConfiguration(raw: RawConfiguration, target: SimTarget): Configuration {
  try {
    return parseConfiguration(raw, target);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new BadInput(mistakesOf(error).join('; '));
  }
}

/** Adds what the flags say of TLS to the endpoints that use it. */
export function addTls({ connection }: Configuration, tls: TlsOptions | undefined): void {
  for (const endpoint of connection.endpoints) {
    if (endpoint.tls) endpoint.tls = { ...tls, ...endpoint.tls };
  }
}

/** What the flags say of TLS. Throws `BadInput` for flags that would have no effect. */
export function readTls(
  flags: TlsFlags & { pw?: string; console?: boolean; consolePort?: number },
  settings: RawConfiguration,
  urls: readonly BrokerUrl[],
): TlsOptions | undefined {
  const asked = tlsFlagsGiven(flags);
  const plain = urls.find((url) => !url.tls);
  if (plain && asked.length > 0) {
    const { host, port } = plain;
    throw new BadInput(`${asked.join(', ')}: the broker ${host}:${port} is without TLS; its URL must be mqtts://…`);
  }
  if (urls.length === 0 && asked.length > 0 && !flags.console && flags.consolePort === undefined) {
    throw new BadInput(
      `${asked.join(', ')}: the broker inside the process is without TLS; name one with --broker mqtts://…`,
    );
  }
  const tls = urls.length === 0 ? undefined : tlsOptions(flags, plain === undefined);
  if (flags.pw !== undefined && givenText(settings, 'username') === undefined && urls[0]?.username === undefined) {
    throw new BadInput('-P needs a user name: give one with -u, or in the URL');
  }
  return tls;
}
