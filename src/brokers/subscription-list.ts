import type { IncomingMessage } from '../mqtt/parser.js';
import { topicFaultText } from '../mqtt/texts.js';
import { checkTopicFilter, checkTopicName, TopicFault } from '../mqtt/topic.js';
import { encodeUtf8 } from '../mqtt/utf8.js';
import { quote } from '../settings/parse-value.js';

/** The bytes of a topic to publish to. Throws a RangeError of one line for one that is not allowed. */
export function topicBytes(topic: string): Uint8Array {
  const bytes = encode(topic);
  return checked(topic, bytes, checkTopicName(bytes, 0, bytes.length));
}

/**
 * The bytes of a topic filter. Throws a RangeError of one line for one that is not allowed. Spaces behind a `#`, as the
 * manual of RouterOS prints them, are left out, because nothing may stand there.
 */
export function filterBytes(topic: string): Uint8Array {
  const bytes = encode(filterText(topic));
  return checked(topic, bytes, checkTopicFilter(bytes, 0, bytes.length));
}

/** A topic filter without the spaces behind a `#`. */
export function filterText(topic: string): string {
  const text = topic.trimEnd();
  return text.endsWith('#') ? text : topic;
}

function encode(topic: string): Uint8Array {
  try {
    return encodeUtf8(topic);
  } catch {
    throw new RangeError('topic ' + quote(topic) + ': ' + topicFaultText(TopicFault.malformed));
  }
}

function checked(topic: string, bytes: Uint8Array, fault: TopicFault): Uint8Array {
  if (fault !== TopicFault.none) throw new RangeError('topic ' + quote(topic) + ': ' + topicFaultText(fault));
  return bytes;
}

/**
 * Hears messages as bytes, on the hot path: it must not allocate to keep that free of cost. A message longer than the
 * receive buffer comes in pieces. Both are valid only until the call returns; see `IncomingMessage`.
 */
export interface MessageReceiver {
  onMessage(message: IncomingMessage): void;
}

/**
 * Hears whole messages as text; bytes of the payload that are not UTF-8 are U+FFFD. While its promise is open it counts
 * as running.
 */
export type MessageHandler = (topic: string, payload: string) => void | Promise<void>;

/** Runs the on-message text `source` of a subscription of the broker named `broker`. */
export type ScriptRunner = (source: string, topic: string, payload: string, broker: string) => void | Promise<void>;

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

/** Bytes of a script at most. */
const LONGEST_SCRIPT = 4000;

/** The subscriptions of one broker. */
export class SubscriptionList implements SubscriptionOwner {
  readonly all: Subscription[] = [];

  /**
   * At most `most`. `save` stores them, and throws a RangeError when that fails; `ask` asks the broker for a filter,
   * when there is a connection.
   */
  constructor(
    private readonly most: number,
    private readonly save: () => void,
    private readonly ask: (filter: Uint8Array, qos: number) => void,
  ) {}

  find(topic: string): Subscription | undefined {
    const text = filterText(topic);
    return this.all.find((subscription) => subscription.topic === text);
  }

  /** Throws a RangeError when there is none. */
  get(topic: string): Subscription {
    const found = this.find(topic);
    if (!found) throw new RangeError('topic ' + quote(topic) + ': there is no such subscription');
    return found;
  }

  /** Throws a RangeError when there are as many as are allowed. `filter` is the topic in bytes. */
  add(topic: string, filter: Uint8Array, qos: number, stored: boolean): Subscription {
    if (this.all.length >= this.most) {
      throw new RangeError('topic ' + quote(topic) + ': a broker can have ' + this.most + ' subscriptions');
    }
    const subscription = new Subscription(this, filterText(topic), filter, qos, '', stored);
    this.all.push(subscription);
    return subscription;
  }

  remove(subscription: Subscription): void {
    const index = this.all.indexOf(subscription);
    if (index >= 0) this.all.splice(index, 1);
  }

  // SubscriptionOwner

  setQos(subscription: Subscription, qos: number): void {
    const before = subscription.qos;
    subscription.grantedQos = checkQos(qos);
    this.saveOr(subscription, () => (subscription.grantedQos = before));
    this.ask(subscription.filter, qos);
  }

  setOnMessage(subscription: Subscription, source: string): void {
    const length = encodeUtf8(source).length;
    if (length > LONGEST_SCRIPT) {
      throw new RangeError('on-message has ' + length + ' bytes: allowed are ' + LONGEST_SCRIPT);
    }
    const before = subscription.script;
    subscription.script = source;
    this.saveOr(subscription, () => (subscription.script = before));
  }

  private saveOr(subscription: Subscription, undo: () => void): void {
    try {
      if (subscription.stored) this.save();
    } catch (error) {
      undo();
      throw error;
    }
  }
}

/** Returns it, 0 when it is not given. Throws a RangeError of one line for anything but 0 and 1. */
export function checkQos(qos: number | undefined): number {
  if (qos === undefined) return 0;
  if (qos === 0 || qos === 1) return qos;
  throw new RangeError('qos ' + String(qos) + ': allowed are 0 and 1');
}
