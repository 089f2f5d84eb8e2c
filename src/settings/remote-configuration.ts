import type { Store } from '../hal/index.js';
import {
  CONFIGURATION_KEYS,
  findKey,
  isSensitive,
  KeyKind,
  nearestKey,
  PUBLIC_TAG_KEYS,
} from './configuration-keys.js';
import type { ConfigurationKey } from './configuration-keys.js';
import type { ConfigurationTarget, RawConfiguration } from './configuration.js';
import { parseConfiguration } from './parse-configuration.js';
import { checkSetting, unknownKeyText } from './parse-value.js';
import type { SettingChange, SettingsTrial } from './settings-trial.js';
import { loadSettings } from './settings.js';

export type { SettingChange } from './settings-trial.js';

/** The keys that can be set from afar: nothing secret, and nothing whose loss a trial cannot notice. */
export const REMOTE_KEYS: readonly string[] = Object.freeze([
  'ssid',
  'broker',
  'clientId',
  'cleanSession',
  'keepAlive',
  'gateway',
  'prefix',
  'serverName',
  'timeServers',
  'maxPayload',
  'health',
  ...PUBLIC_TAG_KEYS,
]);

const HIDDEN = '*****';

/** The configuration of a device as somebody who is far away may see and change it. */
export class RemoteConfiguration {
  constructor(
    private readonly builtIn: RawConfiguration,
    private readonly target: ConfigurationTarget,
    private readonly store: Store,
    private readonly trial: SettingsTrial,
  ) {}

  /** How long the device may take to connect with new values. */
  get trialSeconds(): number {
    return this.trial.seconds;
  }

  /**
   * Names and values of all keys that are given, or of `name` with what counts for it; what is secret is `*****`.
   * Throws a RangeError of one line when there is no such key.
   */
  show(name?: string): [name: string, value: string][] {
    const raw = this.stored();
    if (this.trial.counts) this.trial.load(raw, this.builtIn);
    if (name !== undefined) {
      const row = knownKey(name);
      return [[name, shown(row, raw[name] ?? row.default ?? '')]];
    }
    const all: [string, string][] = [];
    for (const row of CONFIGURATION_KEYS) {
      const value = raw[row.name];
      if (value !== undefined && value !== '') all.push([row.name, shown(row, value)]);
    }
    return all;
  }

  /**
   * Stores new values, which are on trial from the next start. Throws a RangeError of one line that names what is not
   * allowed, alone or together with what counts already; then nothing is changed.
   */
  try(changes: readonly SettingChange[]): void {
    const raw = this.stored();
    for (const { name, value } of changes) {
      const row = knownKey(name);
      if (isSensitive(row)) throw new RangeError(name + ' is secret: it can be set on the device only');
      if (!REMOTE_KEYS.includes(name)) throw new RangeError(name + ' can be set on the device only');
      checkSetting(name, value ?? '');
      raw[name] = value ?? this.builtIn[name];
    }
    try {
      parseConfiguration(raw, this.target);
    } catch (error) {
      throw new RangeError((error as Error).message.split('\n').join('; '));
    }
    this.trial.begin(changes);
  }

  private stored(): RawConfiguration {
    const raw: RawConfiguration = Object.assign({}, this.builtIn);
    loadSettings(this.store, raw);
    return raw;
  }
}

function knownKey(name: string): ConfigurationKey {
  const row = findKey(name);
  if (!row) throw new RangeError(unknownKeyText(name, nearestKey(name, Infinity)));
  return row;
}

function shown(row: ConfigurationKey, value: unknown): string {
  if (value === '') return '';
  if (isSensitive(row)) return HIDDEN;
  const text = String(value);
  // A URL that holds a password is refused at the start; PEM text is long.
  if (row.kind === KeyKind.brokers && text.includes('@')) return HIDDEN;
  return row.kind === KeyKind.certificate && text.length > 64 ? text.length + ' characters' : text;
}
