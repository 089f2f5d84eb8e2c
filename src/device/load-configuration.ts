import type { Log, Store } from '../hal/index.js';
import type { Configuration, ConfigurationSite, RawConfiguration } from './configuration.js';
import { parseConfiguration } from './parse-configuration.js';
import { loadSettings } from './settings.js';

/**
 * The configuration to start with: what is built in, overridden by the stored settings. When the two make no sense
 * together the settings are left out, so that a device cannot be locked out by what was stored on it. Everything that
 * is wrong goes to the log, one line each. Undefined when what is built in cannot be used either. Never throws.
 */
export function loadConfiguration(
  builtIn: RawConfiguration,
  site: ConfigurationSite,
  store?: Store,
  log?: Log,
): Configuration | undefined {
  if (store) {
    const merged: RawConfiguration = Object.assign({}, builtIn);
    const count = loadSettings(store, merged, log);
    if (count > 0) {
      const configuration = tryParse(merged, site, log);
      if (configuration) return configuration;
      log?.line('configuration: the stored settings are left out');
    }
  }
  return tryParse(builtIn, site, log);
}

function tryParse(raw: RawConfiguration, site: ConfigurationSite, log: Log | undefined): Configuration | undefined {
  try {
    return parseConfiguration(raw, site);
  } catch (error) {
    if (log) for (const line of (error as Error).message.split('\n')) log.line('configuration: ' + line);
    return undefined;
  }
}
