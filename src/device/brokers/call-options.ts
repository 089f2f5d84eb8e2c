import type { MessageHandler, MessageReceiver } from './message-handler.js';

/** How to publish. */
export interface PublishOptions {
  /** 0 or 1. Default 0. */
  qos?: number;
  retain?: boolean;
  /** Connects first when not connected; false: that is refused. Default true. */
  force?: boolean;
  /** Disconnects once the message is acknowledged (QoS 1) or written (QoS 0). */
  disconnectAfter?: boolean;
}

/** How to subscribe. */
export interface SubscribeOptions {
  /** 0 or 1. Default 0. */
  qos?: number;
  /** Connects first when not connected; false: that is refused. Default true. */
  force?: boolean;
  /** There from the first message on, retained ones included; see `Subscription`. */
  handler?: MessageHandler;
  receiver?: MessageReceiver;
  /** False: the subscription is forgotten at a restart. Default true. */
  stored?: boolean;
}
