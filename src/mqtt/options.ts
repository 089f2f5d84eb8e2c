/** The message that the broker publishes when the client is gone without DISCONNECT. */
export interface Will {
  /** Text, or UTF-8. */
  topic: string | Uint8Array;
  /** Text is sent as UTF-8. Absent: empty. At most 65,535 bytes. */
  payload?: string | Uint8Array;
  /** Default 0. */
  qos?: 0 | 1 | 2;
  retain?: boolean;
}

/** What goes into CONNECT (MQTT 3.1.1, 3.1). */
export interface ConnectOptions {
  /** 4 is MQTT 3.1.1, 3 is MQTT 3.1 ("MQIsdp"). Default 4. */
  protocolLevel?: 3 | 4;
  /** Unique at the broker. May be empty only with `cleanSession` and level 4; 1 to 23 characters with level 3. */
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
  /** Bytes of the transmit arena, at least 16. Holds what is queued and what is not acknowledged. Default 512. */
  transmitArenaSize?: number;
  /**
   * Bytes behind the arena in which the owner writes a message before it publishes it: see `Session.draft`. Default 0.
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
   * Milliseconds until a topic filter that the broker refused is asked for again on the same connection, at least 1:
   * the wait after the first refusal. It doubles with each further one up to `subscribeRetryMaximum`; each wait is
   * drawn from its upper half. Default 10,000.
   */
  subscribeRetryMinimum?: number;
  /** See `subscribeRetryMinimum`. At least that; default 600,000. */
  subscribeRetryMaximum?: number;
  /**
   * Bytes per second, at least 1. A packet that arrives in parts moves the deadline of an answer that is due behind it,
   * but each byte by no more than its time at this rate: a peer that sends more slowly still ends. Default 100.
   */
  minReceiveRate?: number;
  /**
   * Milliseconds after a request in which a packet that begins to arrive may be one that the broker had queued before.
   * Later ones move no deadline. Default 300,000.
   */
  backlogTimeout?: number;
  /**
   * Milliseconds without a single byte from the broker, while a QoS 1 message waits for its PUBACK, after which PINGREQ
   * is sent at once, also when `keepAliveSeconds` is longer, or 0. Default 10,000; 0 turns this off.
   */
  probeTimeout?: number;
  /**
   * Milliseconds that the oldest QoS 1 message may wait for its PUBACK, while the broker answers else, before the
   * connection ends, so that the next one sends it again [MQTT-4.4.0-1]. Twice as long after each such end, up to an
   * hour, until a PUBACK comes in time: a slow broker is not asked again and again. Default 60,000; 0 turns this off.
   */
  pubackTimeout?: number;
  /** Milliseconds that bytes may wait while the transport takes none. Default 20,000. */
  stallTimeout?: number;
  /** Milliseconds to get DISCONNECT written. Default 2,000. */
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
