import type { ConnectOptions } from './connect-packet.js';

/** Sizes and times of a session. All memory is taken at construction. */
export interface SessionOptions extends ConnectOptions {
  /**
   * Bytes of the receive buffer, at least 16. It must hold the longest topic expected (plus 4) and any message that is
   * to be delivered whole; larger messages come in pieces. Default 512.
   */
  receiveBufferSize?: number;
  /** Bytes of the transmit arena, at least 16. Holds what is queued and what is not acknowledged. Default 512. */
  transmitArenaSize?: number;
  /** QoS 1 messages that may be unacknowledged at once, 1 to 65534. Default 8. */
  maxInFlight?: number;
  /** Further packets that may wait to be written, at least 1. Default 8. */
  maxQueued?: number;
  /** PUBACKs that may wait to be written before the socket is no longer read, at least 1. Default 8. */
  maxPendingAcknowledgements?: number;
  /** Topic filters. Default 8. */
  maxSubscriptions?: number;
  /** Topic filters in one SUBSCRIBE. AWS IoT Core allows 8, which is the default. */
  maxFiltersPerPacket?: number;

  /** Milliseconds to wait for CONNACK. Default 10,000. */
  connackTimeout?: number;
  /** Milliseconds to wait for PINGRESP. Default 10,000. */
  pingrespTimeout?: number;
  /** Milliseconds to wait for SUBACK and UNSUBACK. Default 10,000. */
  subackTimeout?: number;
  /** Milliseconds that bytes may wait while the transport takes none. Default 20,000. */
  stallTimeout?: number;
  /** Milliseconds to get DISCONNECT written. Default 2,000. */
  closingTimeout?: number;
}

/**
 * The value of the option `name`, or its standard value. Throws a RangeError that names the option and what is allowed:
 * whole numbers from `least` to `most`.
 */
export function numberOption(
  value: number | undefined,
  name: string,
  standard: number,
  least: number,
  most: number,
): number {
  const chosen = value ?? standard;
  if (chosen >= least && chosen <= most && chosen % 1 === 0) return chosen;
  throw new RangeError(name + ' ' + chosen + ': allowed are whole numbers from ' + least + ' to ' + most);
}
