/** Puts a device together from a board. Begin with `Gateway`, or on a chip with `Firmware`. */
export type { Configuration, ConfigurationSite, RawConfiguration, WifiCredentials } from './configuration.js';
export { CONFIGURATION_KEYS, KeyKind } from './configuration-keys.js';
export type { ConfigurationKey } from './configuration-keys.js';
export { Firmware } from './firmware.js';
export { Gateway } from './gateway.js';
export type { GatewayHandler, TagReporterHandler } from './gateway-handler.js';
export type { GatewayOptions } from './gateway-options.js';
export type { GatewayPart } from './gateway-part.js';
export { loadConfiguration } from './load-configuration.js';
export { makeTagReporter } from './make-tag-reporter.js';
export { parseConfiguration } from './parse-configuration.js';
export { ScanRemedy, ScanWatchdog } from './scan-watchdog.js';
export type { ScanWatchdogOptions } from './scan-watchdog.js';
export { loadSettings, removeSetting, saveSetting } from './settings.js';
export { TagReporter } from './tag-reporter.js';
export type { TagReporterOptions } from './tag-reporter-options.js';
export { ScanControl } from './scan-control.js';
export type { ScanControlOptions } from './scan-control.js';
export { scanProfile, scanProfiles, steadyProfile } from './scan-profile.js';
export type { ScanProfile } from './scan-profile.js';
export { ScanState, scanStateNames } from './scan-state.js';
export { parseTagConfiguration } from './tag-configuration.js';
export type { TagConfiguration } from './tag-configuration.js';
export { parseTagSettings, TAG_KEYS } from './tag-settings.js';
export * from './brokers/index.js';
export { BuiltInMethods } from './rpc/built-in-methods.js';
export type { BuiltInTargets } from './rpc/built-in-methods.js';
export { ConfigurationMethods } from './rpc/configuration-methods.js';
export type { RpcCall } from './rpc/rpc-call.js';
export { RpcError } from './rpc/rpc-error.js';
export { RpcFunctions } from './rpc/rpc-methods.js';
export type { RpcMethods } from './rpc/rpc-methods.js';
export type { RpcHandler, RpcOptions } from './rpc/rpc-options.js';
export { plainRoutes, thingsBoardRoutes, tutorialRoutes } from './rpc/rpc-route.js';
export type { RpcRoute } from './rpc/rpc-route.js';
export { Rpc } from './rpc/rpc.js';
export { Schedule } from './schedule/schedule.js';
export { loadOnTrial } from './load-trial.js';
export { makeRemoteCalls } from './remote-calls.js';
export { RemoteConfiguration } from './remote-configuration.js';
export { SessionNumber } from './session-number.js';
export { SettingsTrial } from './settings-trial.js';
export { StatusMessages } from './status-messages.js';
export type { DeviceIdentity } from './status-messages.js';
export { StoredPolicies } from './stored-policies.js';
export { Console, ConsoleError, LineEditor, LogRing, ScriptLibrary, TerminalOutput } from './console/index.js';
export type {
  ConsoleOptions,
  ConsoleOutput,
  ConsoleServices,
  LineEditorOptions,
  ScriptFunction,
  TerminalOptions,
} from './console/index.js';
export { DeviceConsole, RingLog } from './services/index.js';
export type { ConsoleIdentity, DeviceConsoleOptions, TerminalSettings } from './services/index.js';
