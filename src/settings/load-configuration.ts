import type { Log, Store } from '../hal/index.js';
import { findKey } from './configuration-keys.js';
import type { Configuration, ConfigurationTarget, RawConfiguration } from './configuration.js';
import { parseConfiguration } from './parse-configuration.js';
import { parseValue } from './parse-value.js';
import { SettingsTrial, TrialFault } from './settings-trial.js';
import { loadSettings } from './settings.js';

/**
 * The configuration to start with: what is built in, overridden by the stored settings. When the two make no sense
 * together the settings are left out, so that a device cannot be locked out by what was stored on it. Everything that
 * is wrong goes to the log, one line each. Undefined when what is built in cannot be used either. Never throws.
 */
export function loadConfiguration(
  builtIn: RawConfiguration,
  target: ConfigurationTarget,
  store?: Store,
  log?: Log,
): Configuration | undefined {
  if (store) {
    const merged: RawConfiguration = Object.assign({}, builtIn);
    const count = loadSettings(store, merged, log);
    if (count > 0) {
      const configuration = tryParse(merged, target, log);
      if (configuration) return configuration;
      log?.line('configuration: the stored settings are left out');
    }
  }
  return tryParse(builtIn, target, log);
}

function tryParse(raw: RawConfiguration, target: ConfigurationTarget, log: Log | undefined): Configuration | undefined {
  try {
    return parseConfiguration(raw, target);
  } catch (error) {
    if (log) for (const line of (error as Error).message.split('\n')) log.line('configuration: ' + line);
    return undefined;
  }
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
): { configuration: Configuration | undefined; trial: SettingsTrial } {
  const seconds = parseValue(findKey('trial')!, builtIn['trial'] ?? '');
  const trial = new SettingsTrial(store, typeof seconds === 'number' ? seconds : undefined, log);
  trial.open();
  if (trial.counts) {
    const merged: RawConfiguration = Object.assign({}, builtIn);
    loadSettings(store, merged, log);
    let fault = TrialFault.damaged;
    if (trial.load(merged, builtIn)) {
      try {
        return { configuration: parseConfiguration(merged, target), trial };
      } catch {
        fault = TrialFault.notAllowed;
      }
    }
    trial.revert(fault);
  }
  return { configuration: loadConfiguration(builtIn, target, store, log), trial };
}
