import type { Log, Store } from '../hal/index.js';
import { brokerPlaces, credentialKeys, credentialPlaces, hasCredentials, mergeSettings } from './bound-secrets.js';
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

  /**
   * As `persist` for several values at once, which make sense together; credentials among them are for the brokers
   * that count afterwards. On a device that cannot start as it is, since it was never set up, only what these values
   * add must not be wrong: one that is still missing can come later.
   */
  persistAll(changes: readonly SettingChange[]): void {
    this.write(this.checkAll(changes));
  }

  /** What `persistAll` would write. Throws a RangeError of one line where it would. */
  checkAll(changes: readonly SettingChange[]): SettingChange[] {
    const all = this.withBoundSecrets(changes);
    this.checkAdded(all);
    return all;
  }

  /** What keeps the device from starting; empty when nothing does. */
  mistakes(): string[] {
    return this.mistakesOf(this.own());
  }

  private change(change: SettingChange): void {
    const changes = this.withBoundSecrets([change]);
    this.check(changes);
    this.write(changes);
  }

  /**
   * Adds what keeps secrets where they belong. The order is that of writing: a power cut between two of them sends no
   * secret elsewhere.
   */
  private withBoundSecrets(changes: readonly SettingChange[]): SettingChange[] {
    const { clouds } = this.target;
    const before = this.merged();
    const credentials = credentialKeys(clouds);
    const places = credentialPlaces(before);
    const isSet = (name: string): boolean => changes.some((change) => change.name === name);
    const moves = isSet('broker') || isSet('serverName');
    const all = changes.slice();
    const bound = { name: 'credentialsFor', value: places.join(',') };
    if (!credentials.some(isSet)) {
      if (moves && hasCredentials(before, clouds)) all.unshift(bound);
      return all;
    }
    const own = this.own();
    applyChanges(own, changes, clouds);
    if (brokerPlaces(mergeSettings(this.builtIn, own, clouds)).some((place) => !places.includes(place))) {
      for (const name of credentials) if (!isSet(name)) all.unshift({ name, value: undefined });
      if (moves && hasCredentials(before, clouds)) all.unshift(bound);
    }
    all.push({ name: 'credentialsFor', value: undefined });
    return all;
  }

  /** Throws a RangeError of one line for mistakes that there were none of before the changes. */
  private checkAdded(changes: readonly SettingChange[]): void {
    const own = this.own();
    const before = this.mistakesOf(own);
    applyChanges(own, changes, this.target.clouds);
    const added = this.mistakesOf(own).filter((mistake) => !before.includes(mistake));
    if (added.length > 0) throw new RangeError(added.join('; '));
  }

  private mistakesOf(own: RawConfiguration): string[] {
    try {
      parseConfiguration(mergeSettings(this.builtIn, own, this.target.clouds), this.target);
      return [];
    } catch (error) {
      return (error as Error).message.split('\n');
    }
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
    const row = checkSetting(name, value ?? '', clouds);
    if (value === undefined) delete own[row.name];
    else own[row.name] = value;
  }
}
