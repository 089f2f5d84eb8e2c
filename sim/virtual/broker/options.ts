import type { BrokerClient, ReceivedPublish } from './observer.js';
import type { ConnectRequest } from './packets.js';
import { LARGEST_PACKET } from './packets.js';

/** What a broker does with a PUBLISH on a topic. */
export const enum PublishAccess {
  accept,
  /** Answers as if it had been accepted, and distributes nothing. */
  drop,
  close,
}

/** Limits and rules of a broker, within what the standard leaves to it. They may be changed while it runs. */
export interface BrokerModelOptions {
  /** Bytes of the largest packet that a client may send, 2 to 268,435,460; a larger one closes the connection. */
  maximumPacketSize: number;
  /** Higher QoS is not granted, and closes the connection when a client publishes with it. */
  maximumQos: 0 | 1 | 2;
  /** Messages with QoS 1 and 2 of a client whose answer is not sent yet; one more closes the connection. */
  receiveMaximum: number;
  /** Messages with QoS 1 and 2 in flight to a client. Default 20, as Mosquitto has. */
  inflightMessages: number;
  /** Messages with QoS 1 and 2 that wait for a client; further ones are dropped. Default 1000, as Mosquitto has. */
  queuedMessages: number;
  /** Messages with QoS 0 wait as well for a client that is not connected. Default false. */
  queuesQos0: boolean;
  /** Milliseconds for which the session of a client that is not connected is kept. Default Infinity. */
  sessionExpiry: number;
  /** Milliseconds within which CONNECT must come. Default 10,000. */
  connectTimeout: number;
  /** Also takes protocol level 3 with the name MQIsdp. Default false. */
  acceptsMqtt31: boolean;
  /** Closes for control characters and non-characters in strings, which 1.5.3 allows. Default false. */
  refusesControlCharacters: boolean;
  /** Characters of the longest client identifier, at least 23 [MQTT-3.1.3-5]; a longer one is refused. */
  maximumClientId: number;
  /**
   * `once`: a message comes once, with the highest QoS of all filters that match. `each`: it also comes for every other
   * filter that matches [MQTT-3.3.5-1]. Default `once`. To be chosen at construction.
   */
  overlapping: 'once' | 'each';
  /** Sends retained messages before the SUBACK, which 3.8.4 allows. Default false. */
  retainedFirst: boolean;
  /** Return code for a CONNECT; absent: accepts everybody. */
  authenticate: ((request: ConnectRequest) => number) | undefined;
  mayPublish: ((client: BrokerClient, topic: string, qos: number, retain: boolean) => PublishAccess) | undefined;
  /** The QoS that is granted, or `SUBACK_FAILURE`; absent: what is asked for, up to `maximumQos`. */
  grant: ((client: BrokerClient, filter: string, qos: number) => number) | undefined;
}

/** Faults of a broker, all off at first; `BrokerModel.changeFaults` switches them. Infinity is until the fault ends. */
export interface BrokerFaults {
  /** Milliseconds from CONNECT to CONNACK; until then the session is not touched. */
  connackDelay: number;
  /** Return code that refuses every CONNECT; 0: off. */
  connackCode: number;
  /** Ends each connection right after its CONNACK. */
  endsAfterConnack: boolean;
  /** Milliseconds until PUBACK, PUBREC and PUBCOMP. The order of answers stays. */
  publishAnswerDelay: number;
  /** Milliseconds until SUBACK and UNSUBACK. */
  subscribeAnswerDelay: number;
  /** Takes the message with QoS 1 or 2 for which this holds, and cuts the connection before its answer. */
  cutsBeforeAnswer: ((client: BrokerClient, publish: ReceivedPublish) => boolean) | undefined;
  /** False: PINGREQ has no answer. */
  answersPings: boolean;
  /** Output leaves in pieces of at most so many bytes; Infinity: off. */
  trickleBytes: number;
  /** Milliseconds between those pieces, at least 1. */
  trickleInterval: number;
}

export function defaultOptions(): BrokerModelOptions {
  return {
    maximumPacketSize: LARGEST_PACKET,
    maximumQos: 2,
    receiveMaximum: 65535,
    inflightMessages: 20,
    queuedMessages: 1000,
    queuesQos0: false,
    sessionExpiry: Infinity,
    connectTimeout: 10_000,
    acceptsMqtt31: false,
    refusesControlCharacters: false,
    maximumClientId: 65535,
    overlapping: 'once',
    retainedFirst: false,
    authenticate: undefined,
    mayPublish: undefined,
    grant: undefined,
  };
}

export function noFaults(): BrokerFaults {
  return {
    connackDelay: 0,
    connackCode: 0,
    endsAfterConnack: false,
    publishAnswerDelay: 0,
    subscribeAnswerDelay: 0,
    cutsBeforeAnswer: undefined,
    answersPings: true,
    trickleBytes: Infinity,
    trickleInterval: 1000,
  };
}
