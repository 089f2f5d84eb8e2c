/** Where a connection stands. Every state but `stopped`, `noNetwork` and `connected` has a deadline. */
export const enum ConnectionState {
  /** Not started, or stopped. */
  stopped = 0,
  /** Waits for the network interface to come up. */
  noNetwork = 1,
  /** Waits before the next attempt. */
  waiting = 2,
  /** Asks for the host's address. */
  resolving = 3,
  /** TCP and TLS. */
  connecting = 4,
  /** CONNECT is sent, CONNACK is awaited. */
  handshaking = 5,
  connected = 6,
  /** Waits for acknowledgements before DISCONNECT. */
  draining = 7,
  /** DISCONNECT is on its way. */
  closing = 8,
}

const names = [
  'stopped',
  'no network',
  'waiting',
  'resolving',
  'connecting',
  'handshaking',
  'connected',
  'draining',
  'closing',
];

/** One or two words for people. */
export function connectionStateText(state: ConnectionState): string {
  return names[state] ?? 'unknown state ' + state;
}
