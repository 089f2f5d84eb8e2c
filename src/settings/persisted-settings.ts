import type { Log, Store } from '../hal/index.js';
import { brokerPlaces, credentialKeys, credentialPlaces, hasCredentials, mergeSettings } from './bound-secrets.js';
import { findKey } from './configuration-keys.js';
import type { KeyOwner } from './configuration-keys.js';
import type { Configuration, ConfigurationTarget, RawConfiguration } from './configuration.js';
import { parseConfiguration } from './parse-configuration.js';
import { checkSetting } from './parse-value.js';
import {
  hasSettingRecord,
  loadSettings,
  removeSetting,
  trialStoreKey,
  writeSetting,
  writeSettingRecord,
} from './settings.js';

/** A value for a key; undefined takes back what is persisted, so that what is built in counts. */
export interface SettingChange {
  name: string;
  value: string | undefined;
}

/**
 * The settings that a device persists, over what is built in. Nothing is persisted with which the device would not
 * start: each change goes through what the start itself does, the board's limits included.
 */
export class PersistedSettings {
  constructor(
    readonly builtIn: RawConfiguration,
    readonly target: ConfigurationTarget,
    readonly store: Store,
  ) {}

  /** What is persisted, without what is built in. */
  own(log?: Log): RawConfiguration {
    const own: RawConfiguration = {};
    loadSettings(this.store, own, log, this.target.clouds);
    return own;
  }

  /** What counts from the next start. */
  merged(): RawConfiguration {
    return mergeSettings(this.builtIn, this.own(), this.target.clouds);
  }

  /**
   * The configuration with which the device would start after these changes; nothing is changed. Throws a RangeError of
   * one line when it would not, alone or together with what counts already.
   */
  check(changes: readonly SettingChange[]): Configuration {
    const own = this.own();
    applyChanges(own, changes, this.target.clouds);
    try {
      return parseConfiguration(mergeSettings(this.builtIn, own, this.target.clouds), this.target);
    } catch (error) {
      throw new RangeError((error as Error).message.split('\n').join('; '));
    }
  }

  /**
   * Persists a value, as text, which counts from the next start; empty text makes the firmware forget what is built in.
   * Credentials are for the brokers that count now, so persist `broker` first, then `username`: those of other brokers
   * are removed with the first one that is persisted. Throws a RangeError of one line when there is no such key, the
   * device would not start with the value, or the store has no room.
   */
  persist(name: string, value: string): void {
    this.change({ name, value });
  }

  /** Removes a setting; what is built in counts from the next start. Throws a RangeError as `persist` does. */
  remove(name: string): void {
    this.change({ name, value: undefined });
  }

  private change(change: SettingChange): void {
    const before = this.merged();
    const credentials = credentialKeys(this.target.clouds);
    const places = credentialPlaces(before);
    const changes = [change];
    if (change.name === 'broker' || change.name === 'serverName') {
      if (hasCredentials(before, this.target.clouds))
        changes.unshift({ name: 'credentialsFor', value: places.join(',') });
    } else if (credentials.includes(change.name)) {
      if (brokerPlaces(before).some((place) => !places.includes(place))) {
        for (const name of credentials) if (name !== change.name) changes.unshift({ name, value: undefined });
      }
      changes.push({ name: 'credentialsFor', value: undefined });
    }
    this.check(changes);
    this.write(changes);
  }

  /** Persists what `check` has allowed. Throws a RangeError of one line when the store has no room. */
  write(changes: readonly SettingChange[]): void {
    for (const change of changes) this.writeOne(change);
  }

  /**
   * A trial that has begun, or is confirmed and not settled, would put its own value over one that is written
   * meanwhile, so its record of the key, if there is one, is changed first. Without a trial such a record says nothing.
   */
  private writeOne({ name, value }: SettingChange): void {
    const { store, target } = this;
    const onTrial = trialStoreKey(name);
    if (hasSettingRecord(store, onTrial)) writeSettingRecord(store, onTrial, name, value);
    if (value === undefined) removeSetting(store, name, target.clouds);
    else writeSetting(store, name, value, target.clouds);
  }
}

/** Throws a RangeError of one line when a key does not exist, or its value is not allowed. */
export function applyChanges(
  own: RawConfiguration,
  changes: readonly SettingChange[],
  clouds?: readonly KeyOwner[],
): void {
  for (const { name, value } of changes) {
    checkSetting(name, value ?? '', clouds);
    const row = findKey(name, clouds)!;
    if (value === undefined) delete own[row.name];
    else own[row.name] = value;
  }
}
