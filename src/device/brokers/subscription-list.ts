import { encodeUtf8 } from '../../mqtt/encode-utf8.js';
import { quote } from '../parse-value.js';
import { Subscription } from './subscription.js';
import type { SubscriptionOwner } from './subscription.js';
import { filterText } from './topics.js';

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
