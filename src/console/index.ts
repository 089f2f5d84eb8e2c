/** A console with the grammar of RouterOS. Begin with `Console`, then `LineEditor`. */
export type * from './bindings.js';
export { ConsoleError } from './console-error.js';
export { Console } from './console.js';
export type { ConsoleOptions, ConsoleOutput } from './console.js';
export { LineEditor } from './line-editor.js';
export type { LineEditorOptions } from './line-editor.js';
export { LogRing } from './log-ring.js';
export { ScriptLibrary } from './script-library.js';
export type { ScriptFunction } from './script-library.js';
export { TerminalOutput } from './terminal-output.js';
export type { TerminalOptions } from './terminal-output.js';
export { DeviceConsole, RingLog } from './device/device-console.js';
export type { DeviceConsoleOptions, TerminalSettings } from './device/device-console.js';
export type { ConsoleIdentity } from './device/system-services.js';
