/** A console with the grammar of RouterOS, bound to a device. Begin with `DeviceConsole`. */
export type { ConsoleOutput } from './console.js';
export type { LineEditor, LineEditorOptions } from './line-editor.js';
export { ConsoleLog } from './log.js';
export type { ConsoleLogOptions } from './log.js';
export type { TerminalOptions } from './terminal-output.js';
export { DeviceConsole } from './bindings/device-console.js';
export type { DeviceConsoleOptions, TerminalSettings } from './bindings/device-console.js';
export type { ScriptFunction } from './bindings/scripts.js';
export type { ConsoleIdentity } from './bindings/system.js';
