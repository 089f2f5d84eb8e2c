import type { IncomingMessage } from '../mqtt/parser.js';
import { topicFaultText } from '../mqtt/texts.js';
import { checkTopicFilter, checkTopicName, TopicFault } from '../mqtt/topic.js';
import { encodeUtf8 } from '../mqtt/utf8.js';
import { quote } from '../settings/parse-value.js';

/**
 * Receives messages as bytes, on the hot path: an implementation that does not allocate keeps it free of allocation. A
 * message longer than the receive buffer comes in pieces. The bytes are valid only until the call returns; see
 * `IncomingMessage`.
 */
export interface MessageReceiver {
  onMessage(message: IncomingMessage): void;
}

/**
 * Receives whole messages as text; bytes of the payload that are not UTF-8 become U+FFFD. It counts as running until
 * its promise settles.
 */
export type MessageHandler = (topic: string, payload: string) => void | Promise<void>;

/** Runs `source`, the on-message script of a subscription of the broker named `broker`. */
export type ScriptRunner = (source: string, topic: string, payload: string, broker: string) => void | Promise<void>;

/** Bytes of an on-message script. */
const MAX_SCRIPT_LENGTH = 4000;

/** A topic filter that a broker was asked for, and what happens with its messages. Made by `Broker.subscribe`. */
export class Subscription {
  /** Receives the messages as bytes, in preference to `handler` and `onMessage`; not persisted. */
  receiver: MessageReceiver | undefined;
  /** Receives the messages as text, in preference to `onMessage`; not persisted. */
  handler: MessageHandler | undefined;
  /**
   * The code of the last SUBACK: the QoS that the broker granted, 0, 1 or 2, or 0x80 for a refusal; undefined until it
   * answers in its present session.
   */
  grantedQos: number | undefined = undefined;

  /** `persist` saves the broker and throws a RangeError when that fails; `ask` sends a SUBSCRIBE when connected. */
  constructor(
    /** The topic filter. */
    readonly topic: string,
    /** The same as UTF-8. */
    readonly filter: Uint8Array,
    private requestedQos: number,
    private script: string,
    /** True when it outlives a restart. */
    readonly persisted: boolean,
    private readonly persist: () => void,
    private readonly ask: (filter: Uint8Array, qos: number) => void,
  ) {}

  /** The QoS that is requested, 0 or 1. Setting it asks the broker again. Throws a RangeError for anything else. */
  get qos(): number {
    return this.requestedQos;
  }

  set qos(qos: number) {
    const before = this.requestedQos;
    this.requestedQos = checkQos(qos);
    this.persistOr(() => (this.requestedQos = before));
    this.ask(this.filter, qos);
  }

  /** The script that runs for each message when there is neither receiver nor handler; empty for none. */
  get onMessage(): string {
    return this.script;
  }

  /** Throws a RangeError when it is too long or cannot be persisted. */
  set onMessage(source: string) {
    const length = encodeUtf8(source).length;
    if (length > MAX_SCRIPT_LENGTH) {
      throw new RangeError('on-message must be at most ' + MAX_SCRIPT_LENGTH + ' bytes, got ' + length);
    }
    const before = this.script;
    this.script = source;
    this.persistOr(() => (this.script = before));
  }

  /** True when a message that matches has somewhere to go. */
  get listens(): boolean {
    return this.receiver !== undefined || this.handler !== undefined || this.script !== '';
  }

  /** For `Broker`, which has asked already: as `qos`, without asking and persisting. */
  setQos(qos: number): void {
    this.requestedQos = qos;
  }

  private persistOr(undo: () => void): void {
    try {
      if (this.persisted) this.persist();
    } catch (error) {
      undo();
      throw error;
    }
  }
}

/** The subscriptions of one broker. */
export class SubscriptionList {
  readonly all: Subscription[] = [];

  /** For at most `max` subscriptions; `persist` and `ask` as for `Subscription`. */
  constructor(
    private readonly max: number,
    private readonly persist: () => void,
    private readonly ask: (filter: Uint8Array, qos: number) => void,
  ) {}

  find(topic: string): Subscription | undefined {
    const text = filterText(topic);
    return this.all.find((subscription) => subscription.topic === text);
  }

  /** Throws a RangeError when the list is full. `filter` is the topic in bytes. */
  add(topic: string, filter: Uint8Array, qos: number, script: string, persisted: boolean): Subscription {
    if (this.all.length >= this.max) {
      throw new RangeError('not subscribed to ' + quote(topic) + ': the limit is ' + this.max + ' subscriptions');
    }
    const { persist, ask } = this;
    const subscription = new Subscription(filterText(topic), filter, qos, script, persisted, persist, ask);
    this.all.push(subscription);
    return subscription;
  }

  remove(subscription: Subscription): void {
    const index = this.all.indexOf(subscription);
    if (index >= 0) this.all.splice(index, 1);
  }
}

/** The bytes of a topic to publish to. Throws a RangeError of one line when it is invalid. */
export function topicBytes(topic: string): Uint8Array {
  const bytes = encode(topic);
  return checked(topic, bytes, checkTopicName(bytes, 0, bytes.length));
}

/**
 * The bytes of a topic filter. Throws a RangeError of one line when it is invalid. Spaces after a `#`, which the manual
 * of RouterOS prints, are left out, because nothing may stand there.
 */
export function filterBytes(topic: string): Uint8Array {
  const bytes = encode(filterText(topic));
  return checked(topic, bytes, checkTopicFilter(bytes, 0, bytes.length));
}

/** `qos`, by default 0. Throws a RangeError of one line for anything but 0 and 1. */
export function checkQos(qos: number | undefined): number {
  if (qos === undefined) return 0;
  if (qos === 0 || qos === 1) return qos;
  throw new RangeError('qos must be 0 or 1, got ' + String(qos));
}

/** The code of SUBACK for a refusal (MQTT 3.1.1, 3.9.3). */
export const REFUSED = 0x80;

/** One line that says that the broker refused a subscription. */
export function refusedText(topic: string): string {
  return 'subscription to ' + quote(topic) + ' refused by the broker';
}

/** A topic filter without spaces after a `#`. */
function filterText(topic: string): string {
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
