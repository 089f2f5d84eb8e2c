/** The configuration: keys, parsing, persisted settings, trials. Begin with `parseConfiguration`. */
export { CONFIGURATION_KEYS, configurationKey, KeyKind } from './configuration-keys.js';
export type { ConfigurationKey, KeyOwner } from './configuration-keys.js';
export type {
  BoardLimits,
  CloudSettings,
  CloudValues,
  Configuration,
  ConfigurationTarget,
  RawConfiguration,
  WifiCredentials,
} from './configuration.js';
export { loadConfiguration, loadOnTrial } from './load-configuration.js';
export { parseConfiguration } from './parse-configuration.js';
export { PersistedSettings } from './persisted-settings.js';
export type { SettingChange } from './persisted-settings.js';
export { RemoteConfiguration } from './remote-configuration.js';
export { scanProfile, scanProfiles, steadyProfile } from './scan-profile.js';
export type { ScanProfile } from './scan-profile.js';
export { SettingsTrial } from './settings-trial.js';
export { loadSettings } from './settings.js';
export { parseTagConfiguration } from './tag-configuration.js';
export type { TagConfiguration } from './tag-configuration.js';
export { parseTagSettings, TAG_KEYS } from './tag-settings.js';
export { PersistedPolicies } from './persisted-policies.js';
