/** The message that the broker publishes when the connection ends without DISCONNECT. */
export interface Will {
  /** Text, or UTF-8. */
  topic: string | Uint8Array;
  /** Text is sent as UTF-8. Absent: empty. At most 65,535 bytes. */
  payload?: string | Uint8Array;
  /** Default 0. */
  qos?: 0 | 1 | 2;
  retain?: boolean;
}

/** The fields of CONNECT (MQTT 3.1.1, 3.1). */
export interface ConnectOptions {
  /** 4 is MQTT 3.1.1, 3 is MQTT 3.1 ("MQIsdp"). Default 4. */
  protocolLevel?: 3 | 4;
  /**
   * Must be unique at the broker. May be empty only with `cleanSession` and level 4; 1 to 23 characters with level 3.
   */
  clientId: string;
  /** True (the default) asks the broker to forget the session at the end of the connection. */
  cleanSession?: boolean;
  /** Seconds, 0 (off) to 65535. Default 60. */
  keepAliveSeconds?: number;
  will?: Will;
  username?: string;
  /** Only with `username` [MQTT-3.1.2-22]. */
  password?: string | Uint8Array;
}

/** Sizes and times of a session. All memory is taken at construction. */
export interface SessionOptions extends ConnectOptions {
  /**
   * Bytes of the receive buffer, at least 16. It must hold the longest topic expected (plus 4) and any message that is
   * to be delivered whole; larger messages come in pieces. Default 512.
   */
  receiveBufferSize?: number;
  /** Bytes of the transmit arena, at least 16. It holds queued packets and unacknowledged messages. Default 512. */
  transmitArenaSize?: number;
  /**
   * Bytes behind the arena in which the caller may write a message before publishing it: see `Session.draft`. Default
   * 0.
   */
  draftSize?: number;
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
  /**
   * Milliseconds to wait for PINGRESP. Default 10,000. This and `subackTimeout` run from the last byte of a packet that
   * the broker had begun before, as far as `minReceiveRate` and `backlogTimeout` allow.
   */
  pingrespTimeout?: number;
  /** Milliseconds to wait for SUBACK and UNSUBACK. Default 10,000. */
  subackTimeout?: number;
  /**
   * Milliseconds, at least 1, before the session subscribes again to a filter that the broker refused, on the same
   * connection. The wait doubles with each further refusal up to `subscribeRetryMaximum`, and is drawn at random from
   * its upper half. Default 10,000.
   */
  subscribeRetryMinimum?: number;
  /** See `subscribeRetryMinimum`. At least that; default 600,000. */
  subscribeRetryMaximum?: number;
  /**
   * Bytes per second, at least 1. A packet that arrives slowly moves the deadline of an answer that is due behind it,
   * but each byte by no more than its time at this rate, so a broker that sends more slowly times out. Default 100.
   */
  minReceiveRate?: number;
  /**
   * For so many milliseconds after a request, a packet that begins to arrive is taken for one that the broker queued
   * before the request, and moves the deadline. Later packets do not. Default 300,000.
   */
  backlogTimeout?: number;
  /**
   * While a QoS 1 message waits for its PUBACK, PINGREQ is sent after so many milliseconds without a byte from the
   * broker, even if `keepAliveSeconds` is longer, or 0. Default 10,000; 0 turns this off.
   */
  probeTimeout?: number;
  /**
   * Milliseconds that the oldest QoS 1 message may wait for its PUBACK while the broker otherwise answers. Then the
   * session ends the connection, so that the next one sends the message again [MQTT-4.4.0-1]. The time doubles with
   * each such end, up to an hour, until a PUBACK arrives in time, so that a slow broker does not get the message again
   * and again. Default 60,000; 0 turns this off.
   */
  pubackTimeout?: number;
  /** Milliseconds that output may wait while the transport takes none of it. Default 20,000. */
  stallTimeout?: number;
  /** Milliseconds in which DISCONNECT must be written. Default 2,000. */
  closingTimeout?: number;
}

/**
 * The value of the option `name`, or `defaultValue` when it is absent.
 * Throws a RangeError that names the option unless the value is an integer from `min` to `max`.
 */
export function numberOption(
  value: number | undefined,
  name: string,
  defaultValue: number,
  min: number,
  max: number,
): number {
  const chosen = value ?? defaultValue;
  if (chosen >= min && chosen <= max && chosen % 1 === 0) return chosen;
  throw new RangeError(name + ' must be an integer from ' + min + ' to ' + max + ', got ' + chosen);
}
