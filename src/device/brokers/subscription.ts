import type { MessageHandler, MessageReceiver } from './message-handler.js';

/** What a subscription asks of its broker. All throw a RangeError of one line, and change nothing then. */
export interface SubscriptionOwner {
  setQos(subscription: Subscription, qos: number): void;
  setOnMessage(subscription: Subscription, source: string): void;
}

/** A topic filter that a broker was asked for, and what happens with its messages. */
export class Subscription {
  /** Hears the messages as bytes, first of the three; not stored. */
  receiver: MessageReceiver | undefined;
  /** Hears the messages as text, when there is no receiver; not stored. */
  handler: MessageHandler | undefined;

  /** For its broker alone. */
  grantedQos: number;
  /** For its broker alone. */
  script: string;

  /** Made by `Broker.subscribe`. `stored` ones outlive a restart. */
  constructor(
    private readonly owner: SubscriptionOwner,
    /** The topic filter. */
    readonly topic: string,
    /** The same as UTF-8. */
    readonly filter: Uint8Array,
    qos: number,
    script: string,
    readonly stored: boolean,
  ) {
    this.grantedQos = qos;
    this.script = script;
  }

  /** The QoS that is asked for, 0 or 1. Setting it asks the broker anew. Throws a RangeError for anything else. */
  get qos(): number {
    return this.grantedQos;
  }

  set qos(qos: number) {
    this.owner.setQos(this, qos);
  }

  /** Text of the script that runs for each message, when there is no receiver and no handler; empty for none. */
  get onMessage(): string {
    return this.script;
  }

  /** Throws a RangeError when it is too long or cannot be stored. */
  set onMessage(source: string) {
    this.owner.setOnMessage(this, source);
  }

  /** True when a message that matches it has somewhere to go. */
  get listens(): boolean {
    return this.receiver !== undefined || this.handler !== undefined || this.script !== '';
  }
}
