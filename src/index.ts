/** Everything of Tagwire but the simulator. Each folder is also a package entry: `tagwire/mqtt` and so on. */
export * from './bytes/index.js';
export * from './brokers/index.js';
export * from './cloud/index.js';
export * from './connection/index.js';
export * from './console/index.js';
export * from './device/index.js';
export * from './hal/index.js';
export * from './mqtt/index.js';
export * from './rpc/index.js';
export * from './schedule/index.js';
export * from './settings/index.js';
export * from './tags/index.js';
export * from './telemetry/index.js';
