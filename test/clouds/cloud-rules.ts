import type { CloudLimits } from '../../src/cloud/index.js';

/** A message that a cloud took. */
export interface CloudMessage {
  clientId: string;
  topic: string;
  payload: Buffer;
  qos: number;
  retain: boolean;
  dup: boolean;
}

/** What a client said in CONNECT, and in the TLS handshake. */
export interface CloudConnect {
  clientId: string;
  username: string | undefined;
  password: string | undefined;
  clean: boolean;
  keepAliveSeconds: number;
  /** `bytes` are those of the payload. */
  will: { topic: string; payload: string; bytes: Buffer; qos: number; retain: boolean } | undefined;
  /** The name that TLS asked for (SNI); undefined without TLS, empty when there was none. */
  serverName: string | undefined;
  /** The protocol that TLS agreed on (ALPN); undefined when there was none. */
  alpn: string | undefined;
  /** The common name of the client's certificate; undefined when there was none. */
  certificate: string | undefined;
}

/** Publishes as the cloud does, to those that subscribed. */
export interface CloudVoice {
  publish(topic: string, payload: string | Uint8Array, qos?: 0 | 1, retain?: boolean): unknown;
}

/** What a client did that its cloud forbids: a rule's name (of a specification: its id), and how. */
export interface Fault {
  id: string;
  detail: string;
}

/**
 * The contract of a cloud beside its `CloudLimits`: packets in; verdicts and answers out. It has no sockets and no
 * timers, so that it judges alike behind `CloudBroker`, in real time and over TLS, and behind the matrix's broker in
 * virtual time. Whoever carries it calls it once for each packet, in their order.
 */
export interface CloudRules {
  readonly limits: CloudLimits;
  /** What clients did that the cloud forbids, in order; refused logins included. */
  readonly faults: readonly Fault[];
  /** By whom the cloud speaks; set before the first packet. */
  voice: CloudVoice;
  /** The return code of CONNACK. */
  authenticate(connect: CloudConnect): number;
  /** When the connection that began so has to end, in ms since 1970; undefined: never. */
  expiresAt?(connect: CloudConnect): number | undefined;
  /** False: the connection ends. */
  mayPublish?(clientId: string, topic: string, payload: Buffer): boolean;
  /** False: SUBACK says failure. `close`: the connection ends. */
  maySubscribe?(clientId: string, filter: string): boolean | 'close';
  /** A filter was granted. */
  onSubscribe?(clientId: string, filter: string): void;
  /** A message was taken, a will included. */
  onPublish(message: CloudMessage): void;
  /** The connection of a client is over. */
  onEnd?(clientId: string): void;
  /** What the cloud waits for, such as an answer: nothing, after a device has had its time. */
  pending?(): string[];
  /** The clients were switched off: what is counted from their start begins anew. */
  onRestart?(): void;
}
