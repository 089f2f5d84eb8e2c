/** Puts a device together from a board. Begin with `Gateway`, or on a chip with `Firmware`. */
export type { Configuration, WifiCredentials } from './configuration.js';
export { Firmware } from './firmware.js';
export { Gateway } from './gateway.js';
export type { GatewayHandler } from './gateway-handler.js';
export type { GatewayOptions } from './gateway-options.js';
export { ScanRemedy, ScanWatchdog } from './scan-watchdog.js';
export type { ScanWatchdogOptions } from './scan-watchdog.js';
