/** Puts a device together from a board. Begin with `Gateway`, or on a chip with `Firmware`. */
export type { FirmwareFeatures } from './firmware.js';
export { bootFirmware, Firmware, VERSION } from './firmware.js';
export { Gateway } from './gateway.js';
export type { GatewayHandler, GatewayOptions } from './gateway.js';
export type { GatewayHost, GatewayPart } from '../cloud/part.js';
export { openFlashLog } from './open-flash-log.js';
export { ScanControl } from './scan-control.js';
export type { ScanControlOptions } from './scan-control.js';
export { ScanState, scanStateNames } from './scan-state.js';
export { ScanRemedy, ScanWatchdog } from './scan-watchdog.js';
export type { ScanWatchdogOptions } from './scan-watchdog.js';
export { SessionNumber, StatusMessages } from './status-messages.js';
export type { DeviceIdentity } from './status-messages.js';
export { makeTagReporter } from './tag-log.js';
export { TagReporter } from './tag-reporter.js';
export type { DecisionWatcher, TagReporterHandler, TagReporterHost, TagReporterOptions } from './tag-reporter.js';
