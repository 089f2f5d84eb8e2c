import type { Log, Store } from '../hal/index.js';
import type { Configuration, ConfigurationSite, RawConfiguration } from './configuration.js';
import { findKey } from './configuration-keys.js';
import { loadConfiguration } from './load-configuration.js';
import { parseConfiguration } from './parse-configuration.js';
import { parseValue } from './parse-value.js';
import { SettingsTrial, TrialFault } from './settings-trial.js';
import { loadSettings } from './settings.js';

/**
 * As `loadConfiguration`, and settings that are on trial count where there are some. When they cannot be used they are
 * given up at once, with a line on the log. Hand the trial to the gateway as a part: it ends it. Never throws.
 */
export function loadOnTrial(
  builtIn: RawConfiguration,
  site: ConfigurationSite,
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
        return { configuration: parseConfiguration(merged, site), trial };
      } catch {
        fault = TrialFault.notAllowed;
      }
    }
    trial.revert(fault);
  }
  return { configuration: loadConfiguration(builtIn, site, store, log), trial };
}
