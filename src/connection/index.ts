/** Takes an MQTT session to a broker and keeps it there. Begin with `Connection`. */
export { Backoff } from './backoff.js';
export type { BackoffOptions } from './backoff.js';
export { ConnectionState, connectionStateText } from './connection.js';
export { Connection, FailureKind } from './connection.js';
export type { ConnectionFailure, ConnectionHandler, ConnectionOptions, PublishPace } from './connection.js';
export { setAsideText } from './suspect.js';
export type { SetAsideMessage } from './suspect.js';
export { SharedNetwork } from './shared-network.js';
