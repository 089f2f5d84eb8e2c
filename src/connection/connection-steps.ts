import { ConnectionState } from './connection.js';

/**
 * Every step of a `Connection` from one state to another, with what leads to it, for diagrams and pages. `Connection`
 * itself has its steps in code and does not read this; test/connection/connection-steps.test.ts compares the two. A
 * file of its own, since no board links it.
 */
export interface ConnectionStep {
  readonly from: ConnectionState;
  readonly to: ConnectionState;
  /** For people, a few words. */
  readonly cause: string;
}

const STOPPED = 'stopped';
const NETWORK_LOST = 'network lost';

export const connectionSteps: readonly ConnectionStep[] = [
  { from: ConnectionState.stopped, to: ConnectionState.noNetwork, cause: 'started without a network' },
  { from: ConnectionState.stopped, to: ConnectionState.waiting, cause: 'started soon after the last CONNECT' },
  { from: ConnectionState.stopped, to: ConnectionState.resolving, cause: 'started' },

  { from: ConnectionState.noNetwork, to: ConnectionState.waiting, cause: 'network up, or reconnect' },
  { from: ConnectionState.noNetwork, to: ConnectionState.stopped, cause: STOPPED },

  { from: ConnectionState.waiting, to: ConnectionState.waiting, cause: 'soon after the last CONNECT, or reconnect' },
  { from: ConnectionState.waiting, to: ConnectionState.resolving, cause: 'wait over' },
  { from: ConnectionState.waiting, to: ConnectionState.noNetwork, cause: NETWORK_LOST },
  { from: ConnectionState.waiting, to: ConnectionState.stopped, cause: STOPPED },

  { from: ConnectionState.resolving, to: ConnectionState.connecting, cause: 'address found' },
  { from: ConnectionState.resolving, to: ConnectionState.waiting, cause: 'no address, or reconnect' },
  { from: ConnectionState.resolving, to: ConnectionState.noNetwork, cause: NETWORK_LOST },
  { from: ConnectionState.resolving, to: ConnectionState.stopped, cause: STOPPED },

  { from: ConnectionState.connecting, to: ConnectionState.connecting, cause: 'next address of the host' },
  { from: ConnectionState.connecting, to: ConnectionState.handshaking, cause: 'TCP and TLS open' },
  { from: ConnectionState.connecting, to: ConnectionState.waiting, cause: 'TCP or TLS failed, or reconnect' },
  { from: ConnectionState.connecting, to: ConnectionState.noNetwork, cause: NETWORK_LOST },
  { from: ConnectionState.connecting, to: ConnectionState.stopped, cause: STOPPED },

  { from: ConnectionState.handshaking, to: ConnectionState.connected, cause: 'CONNACK accepts' },
  { from: ConnectionState.handshaking, to: ConnectionState.waiting, cause: 'refused, no CONNACK, lost, or reconnect' },
  { from: ConnectionState.handshaking, to: ConnectionState.noNetwork, cause: NETWORK_LOST },
  { from: ConnectionState.handshaking, to: ConnectionState.stopped, cause: STOPPED },

  { from: ConnectionState.connected, to: ConnectionState.draining, cause: 'stop or reconnect' },
  { from: ConnectionState.connected, to: ConnectionState.waiting, cause: 'connection lost' },
  { from: ConnectionState.connected, to: ConnectionState.noNetwork, cause: NETWORK_LOST },
  { from: ConnectionState.connected, to: ConnectionState.stopped, cause: 'closed at once' },

  { from: ConnectionState.draining, to: ConnectionState.closing, cause: 'all acknowledged, or too late' },
  { from: ConnectionState.draining, to: ConnectionState.waiting, cause: 'lost while reconnecting' },
  { from: ConnectionState.draining, to: ConnectionState.stopped, cause: 'lost while stopping' },

  { from: ConnectionState.closing, to: ConnectionState.waiting, cause: 'closed, to reconnect' },
  { from: ConnectionState.closing, to: ConnectionState.stopped, cause: 'closed' },
];
