/** The console of a device, bound to its parts. Begin with `DeviceConsole`. */
export { DeviceConsole } from './device-console.js';
export type { DeviceConsoleOptions, TerminalSettings } from './device-console.js';
export { RingLog } from './ring-log.js';
export type { ConsoleIdentity } from './system-services.js';
