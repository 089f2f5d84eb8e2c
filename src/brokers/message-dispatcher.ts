import type { IncomingMessage } from '../mqtt/parser.js';
import { topicMatches } from '../mqtt/topic-match.js';
import { quote } from '../settings/parse-value.js';
import { decodeUtf8Lossy } from '../bytes/utf8.js';
import { MessageRing } from './message-ring.js';
import type { ScriptRunner, Subscription } from './subscriptions.js';

const enum Character {
  hash = 0x23,
  plus = 0x2b,
  slash = 0x2f,
}

/** How close a filter is to the topics that it matches; the lower, the closer. */
const enum Kind {
  exact,
  singleLevel,
  multiLevel,
}

/**
 * Compares two filters that match the same topic: above 0 when the first is closer to the topic, below 0 when the
 * second is, 0 when they are equal. The filters are `a[aFrom..aTo)` and `b[bFrom..bTo)`; both must be valid. This is
 * how RouterOS chooses the one on-message script that runs (manual of MQTT, Subscriptions), made precise:
 *
 * 1. A filter without wildcards is closer than one with `+`, which is closer than one that ends in `#`.
 * 2. Of two that end in `#`, the one with more levels is closer.
 * 3. Otherwise the filters are compared level by level from the left: at the first level where one has a name and the
 *    other has `+`, the one with the name is closer.
 *
 * This is a total order of all filters that match one topic.
 */
export function closerFilter(
  a: Uint8Array,
  aFrom: number,
  aTo: number,
  b: Uint8Array,
  bFrom: number,
  bTo: number,
): number {
  const kind = kindOf(a, aFrom, aTo);
  const difference = kindOf(b, bFrom, bTo) - kind;
  if (difference !== 0) return difference;
  if (kind === Kind.multiLevel) {
    const levels = countSlashes(a, aFrom, aTo) - countSlashes(b, bFrom, bTo);
    if (levels !== 0) return levels;
  }
  // Names in both are those of the topic, so the first byte that differs is where one has a `+`.
  let i = aFrom;
  let j = bFrom;
  while (i < aTo && j < bTo) {
    if (a[i] !== b[j]) return a[i] === Character.plus ? -1 : 1;
    i++;
    j++;
  }
  // An empty last level is a name as well.
  return aTo - i === bTo - j ? 0 : i === aTo ? 1 : -1;
}

function kindOf(filter: Uint8Array, from: number, to: number): Kind {
  if (to > from && filter[to - 1] === Character.hash) return Kind.multiLevel;
  for (let i = from; i < to; i++) if (filter[i] === Character.plus) return Kind.singleLevel;
  return Kind.exact;
}

function countSlashes(filter: Uint8Array, from: number, to: number): number {
  let count = 0;
  for (let i = from; i < to; i++) if (filter[i] === Character.slash) count++;
  return count;
}

/** How a dispatcher queues, and what it calls. */
export interface DispatcherOptions {
  /** See `BrokerOptions`. */
  queueCapacity: number;
  queueEntries: number;
  runScript: ScriptRunner | undefined;
  /** Takes one line for people. */
  notice: (text: string) => void;
}

/**
 * Gives each message of a broker to one subscription: of those that match the topic and listen, the closest (see
 * `closerFilter`).
 *
 * A receiver of bytes is called at once, without allocation. A handler of text is called at once while fewer than
 * `limit` run and none wait; otherwise the message waits in a queue of fixed size, in order. What does not fit is
 * dropped and counted; a notice says so once, and again only after the queue was empty.
 */
export class MessageDispatcher {
  /** The broker's name, for scripts. */
  name = '';
  /** Messages that did not fit the queue. */
  dropped = 0;
  /** Messages for a handler of text that came in several pieces, because they are longer than the receive buffer. */
  skipped = 0;
  /** Handlers of text that threw or rejected. */
  failed = 0;
  /** Handlers of text whose promise has not settled. */
  running = 0;

  private readonly subscriptions: readonly Subscription[];
  private readonly options: DispatcherOptions;
  /** Handlers of text that may run at once. */
  private limit: number;
  /** Made for the first message that has to wait. */
  private queue: MessageRing | undefined;
  /** The subscriptions of the waiting messages, by tag. */
  private readonly targets: (Subscription | undefined)[] = [];
  private dropping = false;

  /** `subscriptions` may change, but only between two messages. */
  constructor(subscriptions: readonly Subscription[], options: DispatcherOptions) {
    this.subscriptions = subscriptions;
    this.options = options;
    this.limit = options.queueEntries;
  }

  /** Messages that wait for a handler. */
  get waiting(): number {
    return this.queue?.count ?? 0;
  }

  /** Sets how many handlers of text may run at once; 0: as many as the queue has entries. */
  setLimit(limit: number): void {
    this.limit = limit > 0 ? limit : this.options.queueEntries;
    this.callWaiting();
  }

  /** Drops the waiting messages. Running handlers continue. */
  clear(): void {
    this.queue?.clear();
    this.targets.fill(undefined);
    this.dropping = false;
  }

  /** Takes a message, or a piece of one. */
  dispatch(message: IncomingMessage): void {
    const subscription = this.closest(message);
    if (!subscription) return;
    if (subscription.receiver) return this.receive(subscription, message);
    const length = message.payloadTo - message.payloadFrom;
    if (length !== message.total) {
      if (message.offset === 0) this.skipped++;
      return;
    }
    if (this.waiting === 0 && this.running < this.limit) {
      const { topic, topicFrom, topicTo, payload, payloadFrom, payloadTo } = message;
      return this.call(subscription, topic.subarray(topicFrom, topicTo), payload.subarray(payloadFrom, payloadTo));
    }
    this.enqueue(subscription, message);
  }

  /** The subscription that a message goes to, if there is one. */
  private closest(message: IncomingMessage): Subscription | undefined {
    const { topic, topicFrom, topicTo } = message;
    let closest: Subscription | undefined;
    for (let i = 0; i < this.subscriptions.length; i++) {
      const candidate = this.subscriptions[i]!;
      const filter = candidate.filter;
      if (!candidate.listens || !topicMatches(filter, 0, filter.length, topic, topicFrom, topicTo)) continue;
      if (!closest || closerFilter(filter, 0, filter.length, closest.filter, 0, closest.filter.length) > 0) {
        closest = candidate;
      }
    }
    return closest;
  }

  private receive(subscription: Subscription, message: IncomingMessage): void {
    try {
      subscription.receiver!.onMessage(message);
    } catch (error) {
      this.noteFailure(subscription, error);
    }
  }

  private enqueue(subscription: Subscription, message: IncomingMessage): void {
    const { topic, topicFrom, topicTo, payload, payloadFrom, payloadTo } = message;
    this.queue ??= new MessageRing(this.options.queueCapacity, this.options.queueEntries);
    const queue = this.queue;
    if (!queue.fits(topicTo - topicFrom + payloadTo - payloadFrom)) {
      this.dropped++;
      if (!this.dropping) this.noteDrops(queue.count);
      return;
    }
    let tag = this.targets.indexOf(subscription);
    if (tag < 0) tag = this.targets.indexOf(undefined);
    if (tag < 0) tag = this.targets.length;
    this.targets[tag] = subscription;
    queue.push(tag, 0, payloadTo - payloadFrom, topic, topicFrom, topicTo, payload, payloadFrom, payloadTo);
  }

  /** Calls handlers for waiting messages, as many as may run. */
  private callWaiting(): void {
    const queue = this.queue;
    if (!queue) return;
    while (queue.count > 0 && this.running < this.limit) {
      const subscription = this.targets[queue.tag(0)]!;
      const topic = queue.topic(0);
      const payload = queue.payload(0);
      queue.shift();
      if (queue.count === 0) {
        this.dropping = false;
        this.targets.fill(undefined);
      }
      // It may have been unsubscribed meanwhile.
      if (this.subscriptions.includes(subscription)) this.call(subscription, topic, payload);
    }
  }

  private call(subscription: Subscription, topicBytes: Uint8Array, payloadBytes: Uint8Array): void {
    let result: void | Promise<void> = undefined;
    this.running++;
    try {
      const topic = decodeUtf8Lossy(topicBytes);
      const payload = decodeUtf8Lossy(payloadBytes);
      const { handler, onMessage } = subscription;
      if (handler) result = handler(topic, payload);
      else if (onMessage !== '') result = this.options.runScript?.(onMessage, topic, payload, this.name);
    } catch (error) {
      this.noteFailure(subscription, error);
    }
    if (!result || typeof result.then !== 'function') {
      this.running--;
      return;
    }
    result.then(
      () => this.ended(),
      (error: unknown) => {
        this.noteFailure(subscription, error);
        this.ended();
      },
    );
  }

  private ended(): void {
    this.running--;
    this.callWaiting();
  }

  private noteFailure(subscription: Subscription, error: unknown): void {
    this.failed++;
    const detail = (error instanceof Error ? error.message : String(error)).split('\n', 1)[0]!;
    this.options.notice('on-message for ' + quote(subscription.topic) + ' failed: ' + detail);
  }

  private noteDrops(waiting: number): void {
    this.dropping = true;
    this.options.notice('messages dropped: on-message queue full (' + waiting + ' waiting)');
  }
}
