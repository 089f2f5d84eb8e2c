import type { ConnectRequest, Packet } from './packets.js';
import type { BrokerMessage, Delivery } from './session.js';

/** A connection, as observers and hooks see it. */
export interface BrokerClient {
  /** Counts the connections of a broker, from 1. */
  readonly connection: number;
  /** Empty until CONNECT was accepted. */
  readonly clientId: string;
  readonly username: string | undefined;
}

/** What became of a PUBLISH. */
export const enum PublishOutcome {
  /** QoS 0 and 1: distributed. QoS 2: kept until PUBREL. */
  taken,
  /** QoS 2: the packet id waits for PUBREL already, so this is the same message [MQTT-4.3.3-2]. */
  duplicate,
  /** Answered, and not distributed, as the hook `mayPublish` says [MQTT-3.3.5-2]. */
  dropped,
  /** The connection is closed for it; nothing is distributed. */
  refused,
}

/** A PUBLISH that came from a client. */
export interface ReceivedPublish {
  readonly message: BrokerMessage;
  readonly dup: boolean;
  /** 0 with QoS 0. */
  readonly packetId: number;
  readonly outcome: PublishOutcome;
}

/** Why a connection ended. */
export const enum DisconnectReason {
  /** DISCONNECT came: no will. */
  disconnect,
  /** The network connection ended without DISCONNECT. */
  lost,
  /** Nothing came for one and a half times the keep alive [MQTT-3.1.2-24]. */
  keepAlive,
  /** Another connection with the same client identifier took over [MQTT-3.1.4-2]. */
  takenOver,
  /** A malformed packet, or one against the protocol [MQTT-4.8.0-1]. */
  violation,
  /** No CONNECT in time, or one that was refused. */
  notConnected,
  /** A limit of this broker or a hook: packet too large, QoS too high, topic not allowed, too many unanswered. */
  limit,
  /** A fault that was asked for: cut before an answer, or from outside. */
  fault,
  /** The broker restarted: no will. */
  restart,
}

const DISCONNECT_TEXTS = [
  'DISCONNECT',
  'connection lost',
  'keep alive exceeded',
  'session taken over',
  'protocol violation',
  'not connected',
  'limit exceeded',
  'cut by a fault',
  'broker restarted',
];

/** Why a connection ended, for people. */
export function disconnectText(reason: DisconnectReason, detail: string): string {
  const text = DISCONNECT_TEXTS[reason]!;
  return detail === '' ? text : `${text}: ${detail}`;
}

/** Why a client does not get a message that it is subscribed to. */
export const enum DropReason {
  queueFull,
  /** QoS 0, and the client is not connected. */
  offline,
}

/**
 * Hears what a broker does, in the order in which it does it. Nothing of it may call the broker. Arrays of bytes belong
 * to the broker: they may be kept, and must not be changed.
 */
export interface BrokerObserver {
  /** A CONNECT was answered by a CONNACK with this return code. */
  onConnect?(client: BrokerClient, request: ConnectRequest, code: number, sessionPresent: boolean): void;
  /** `detail` says more for people; it is empty where `reason` says all. */
  onDisconnect?(client: BrokerClient, reason: DisconnectReason, willSent: boolean, detail: string): void;
  onPublish?(client: BrokerClient, publish: ReceivedPublish): void;
  /** A message is distributed: from a PUBLISH, a PUBREL, a will, or the broker itself. */
  onDistribute?(message: BrokerMessage): void;
  /** PUBACK, PUBREC or PUBCOMP was sent to a publisher. */
  onAnswer?(client: BrokerClient, type: Packet, packetId: number): void;
  /** `granted`: 0, 1, 2 or 0x80. */
  onSubscribe?(client: BrokerClient, filter: string, requested: number, granted: number): void;
  onUnsubscribe?(client: BrokerClient, filter: string, existed: boolean): void;
  /** A PUBLISH is sent to a subscriber. */
  onDeliver?(client: BrokerClient, delivery: Delivery, dup: boolean): void;
  /** A subscriber's PUBACK or PUBCOMP ended a delivery. */
  onAcknowledged?(client: BrokerClient, packetId: number): void;
  onDrop?(clientId: string, message: BrokerMessage, reason: DropReason): void;
  onPing?(client: BrokerClient): void;
  /** The client did what it must not do, or what the standard does not foresee, and the connection goes on. */
  onNotice?(client: BrokerClient, text: string): void;
  /** A session is gone: by CleanSession 1, by its age, by a restart without sessions, or as it was told. */
  onSessionEnd?(clientId: string): void;
  onRestart?(keptSessions: boolean): void;
}
