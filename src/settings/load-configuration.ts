import type { Log, Store } from '../hal/index.js';
import { credentialKeys, mergeSettings } from './bound-secrets.js';
import { findKey, keysOf } from './configuration-keys.js';
import type { KeyOwner } from './configuration-keys.js';
import type { Configuration, ConfigurationTarget, RawConfiguration } from './configuration.js';
import { parseConfiguration } from './parse-configuration.js';
import { parseValue } from './parse-value.js';
import { PersistedSettings } from './persisted-settings.js';
import { SettingsTrial, TrialFault } from './settings-trial.js';

/** Settings that stand and fall together: one of them alone would lead to another place, or with less security. */
function groupsOf(clouds?: readonly KeyOwner[]): readonly (readonly string[])[] {
  return [
    ['ssid', 'password'],
    ['cloud', 'broker', 'credentialsFor', 'ca', 'serverName', ...credentialKeys(clouds)],
  ];
}

/**
 * The configuration to start with: what is built in, overridden by the persisted settings. Of those that make no sense
 * together, or do not fit the board, as few as possible are left out, the least vital first, so that a device cannot be
 * locked out by what was persisted on it. Everything that is wrong goes to the log, one line each. Undefined when what
 * is built in cannot be used either. Never throws.
 */
export function loadConfiguration(
  builtIn: RawConfiguration,
  target: ConfigurationTarget,
  store?: Store,
  log?: Log,
): Configuration | undefined {
  return store ? loadPersisted(new PersistedSettings(builtIn, target, store), log) : tryParse(builtIn, target, log);
}

/**
 * As `loadConfiguration`, and settings that are on trial count where there are some. When they cannot be used they are
 * given up at once, with a line on the log. Hand the trial to the gateway as a part: it ends it. Never throws.
 */
export function loadOnTrial(
  builtIn: RawConfiguration,
  target: ConfigurationTarget,
  store: Store,
  log?: Log,
): { configuration: Configuration | undefined; trial: SettingsTrial; settings: PersistedSettings } {
  const settings = new PersistedSettings(builtIn, target, store);
  const seconds = parseValue(findKey('trial')!, builtIn['trial'] ?? '');
  const trial = new SettingsTrial(store, typeof seconds === 'number' ? seconds : undefined, log, target.clouds);
  trial.open();
  if (trial.counts) {
    const own = settings.own(log);
    let fault = TrialFault.damaged;
    if (trial.load(own)) {
      const configuration = tryParse(mergeSettings(builtIn, own, target.clouds), target, undefined);
      if (configuration) return { configuration, trial, settings };
      fault = TrialFault.notAllowed;
    }
    trial.revert(fault);
  }
  return { configuration: loadPersisted(settings, log), trial, settings };
}

function loadPersisted(settings: PersistedSettings, log?: Log): Configuration | undefined {
  const { builtIn, target } = settings;
  const own = settings.own(log);
  const parse = (): Configuration | undefined =>
    tryParse(mergeSettings(builtIn, own, target.clouds), target, undefined);
  let configuration = tryParse(mergeSettings(builtIn, own, target.clouds), target, log);
  if (configuration || Object.keys(own).length === 0) return configuration;

  const out: RawConfiguration[] = [];
  const units = unitsOf(own, target.clouds);
  while (!configuration && units.length > 0) {
    out.push(take(own, units.pop()!));
    configuration = parse();
  }
  if (!configuration) return tryParse(builtIn, target, log);
  // The last one had to go. Of the others, whatever can come back does.
  for (let i = out.length - 2; i >= 0; i--) {
    Object.assign(own, out[i]);
    const more = parse();
    if (more) {
      configuration = more;
      out.splice(i, 1);
    } else {
      take(own, Object.keys(out[i]!));
    }
  }
  for (const unit of out) log?.line('configuration: persisted setting left out: ' + Object.keys(unit).join(', '));
  return configuration;
}

/** The names of settings, those of a group together, the most vital first. */
function unitsOf(own: RawConfiguration, clouds?: readonly KeyOwner[]): string[][] {
  const units: string[][] = [];
  const groups = groupsOf(clouds);
  for (const { name } of keysOf(clouds)) {
    if (own[name] === undefined) continue;
    const group = groups.find((names) => names.includes(name)) ?? [name];
    const unit = units.find((names) => group.includes(names[0]!));
    if (unit) unit.push(name);
    else units.push([name]);
  }
  return units;
}

/** Takes settings away, and returns them. */
function take(own: RawConfiguration, names: readonly string[]): RawConfiguration {
  const taken: RawConfiguration = {};
  for (const name of names) {
    taken[name] = own[name];
    delete own[name];
  }
  return taken;
}

function tryParse(raw: RawConfiguration, target: ConfigurationTarget, log: Log | undefined): Configuration | undefined {
  try {
    return parseConfiguration(raw, target);
  } catch (error) {
    if (log) for (const line of (error as Error).message.split('\n')) log.line('configuration: ' + line);
    return undefined;
  }
}
