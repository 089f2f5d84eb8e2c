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

const limits: { [name: string]: readonly [standard: number, least: number, most: number] } = {
  receiveBufferSize: [512, 16, 268435455],
  transmitArenaSize: [512, 16, 268435455],
  maxInFlight: [8, 1, 65534],
  maxQueued: [8, 1, 65535],
  maxPendingAcknowledgements: [8, 1, 65535],
  maxSubscriptions: [8, 0, 65535],
  maxFiltersPerPacket: [8, 1, 1000],
  connackTimeout: [10000, 1, 3600000],
  pingrespTimeout: [10000, 1, 3600000],
  subackTimeout: [10000, 1, 3600000],
  stallTimeout: [20000, 1, 3600000],
  closingTimeout: [2000, 1, 3600000],
};

/** The names of the numeric options that have a default. */
export type SizeOption = keyof Omit<SessionOptions, keyof ConnectOptions>;

/** The option's value or its default. Throws a RangeError that names the option and what is allowed. */
export function sizeOption(options: SessionOptions, name: SizeOption): number {
  const limit = limits[name]!;
  const value = options[name] ?? limit[0];
  if (!(value >= limit[1] && value <= limit[2] && value % 1 === 0)) {
    throw new RangeError(name + ' ' + value + ': allowed are whole numbers from ' + limit[1] + ' to ' + limit[2]);
  }
  return value;
}
