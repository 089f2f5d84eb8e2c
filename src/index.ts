/** Everything of Tagwire but the simulator. Each layer is also a package entry of its own: `tagwire/mqtt` and so on. */
export * from './cloud/index.js';
export * from './connection/index.js';
export * from './device/index.js';
export * from './hal/index.js';
export * from './mqtt/index.js';
export * from './tags/index.js';
export * from './telemetry/index.js';
