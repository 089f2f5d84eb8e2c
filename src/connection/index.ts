/** Takes an MQTT session to a broker and keeps it there. Begin with `Connection`. */
export { Backoff } from './backoff.js';
export type { BackoffOptions } from './backoff.js';
export { Connection } from './connection.js';
export { FailureKind } from './connection-failure.js';
export type { ConnectionFailure } from './connection-failure.js';
export type { ConnectionHandler } from './connection-handler.js';
export type { ConnectionOptions } from './connection-options.js';
export { ConnectionState, connectionStateText } from './connection-state.js';
export { SharedNetwork } from './shared-network.js';
