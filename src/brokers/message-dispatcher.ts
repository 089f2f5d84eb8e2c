import type { IncomingMessage } from '../mqtt/parser.js';
import { topicMatches } from '../mqtt/topic-match.js';
import { MessageRing, payloadText } from './message-ring.js';
import type { ScriptRunner, Subscription } from './subscription-list.js';

const enum Character {
  hash = 0x23,
  plus = 0x2b,
  slash = 0x2f,
}

/** How near a filter is to the topics that it matches; the lower, the nearer. */
const enum Kind {
  exact,
  singleLevel,
  multiLevel,
}

/**
 * Which of two filters is closer to a topic that both match: above 0 the first, below 0 the second, 0 when they are the
 * same. The filters are `a[aFrom..aTo)` and `b[bFrom..bTo)`; both must be valid. It is how RouterOS chooses the one
 * on-message script that runs (manual of MQTT, Subscriptions), made precise:
 *
 * 1. A filter without wildcards is closer than one with `+`, and that is closer than one that ends in `#`.
 * 2. Of two that end in `#`, the one with more levels before it is closer.
 * 3. Otherwise the filters are compared level by level, from the left: where one has a name and the other has `+`, the
 *    one with the name is closer. So the first `+` of the closer one comes later.
 *
 * For one topic this puts all filters that match it in one order, whatever the topic is.
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
  // Names are those of the topic in both, so the first byte that differs is where one has a `+`.
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

/** What a dispatcher is told at construction. */
export interface DispatcherOptions {
  /** See `BrokersOptions`. */
  queueCapacity: number;
  queueEntries: number;
  runScript: ScriptRunner | undefined;
  onNotice: (text: string) => void;
}

/**
 * Gives each message of a broker to the handler of one subscription: of those that match the topic and have a handler,
 * the closest (see `closerFilter`).
 *
 * A receiver of bytes is called at once, and costs no memory. A handler of text is called at once while fewer than
 * `limit` run and none wait; otherwise the message waits in a queue of fixed size, in order. What the queue cannot hold
 * is dropped and counted, and told once until the queue has been empty again.
 */
export class MessageDispatcher {
  /** The broker's name, for scripts and for people. */
  name = '';
  /** Messages that the queue could not hold. */
  dropped = 0;
  /** Messages for a handler of text that came in several pieces, because they are longer than the receive buffer. */
  skipped = 0;
  /** Handlers of text that threw or rejected. */
  failed = 0;
  /** Handlers of text whose promise is open. */
  running = 0;

  private readonly subscriptions: readonly Subscription[];
  private readonly options: DispatcherOptions;
  /** Handlers of text that may run at once. */
  private limit: number;
  /** Made with the first message that has to wait. */
  private queue: MessageRing | undefined;
  /** The subscriptions of the messages that wait; by their tags. */
  private readonly targets: (Subscription | undefined)[] = [];
  private dropping = false;

  /** `subscriptions` may change later, but only between two messages. */
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
    this.proceed();
  }

  /** Forgets the messages that wait. Handlers that run go on. */
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

  /** The subscription that hears a message, if there is one. */
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
    queue.push(tag, 0, topic, topicFrom, topicTo, payload, payloadFrom, payloadTo);
  }

  /** Calls handlers for what waits, as many as may run. */
  private proceed(): void {
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
      // Its subscription may be over meanwhile.
      if (this.subscriptions.includes(subscription)) this.call(subscription, topic, payload);
    }
  }

  private call(subscription: Subscription, topicBytes: Uint8Array, payloadBytes: Uint8Array): void {
    let result: void | Promise<void> = undefined;
    this.running++;
    try {
      const topic = payloadText(topicBytes);
      const payload = payloadText(payloadBytes);
      const { handler, script } = subscription;
      if (handler) result = handler(topic, payload);
      else if (script !== '') result = this.options.runScript?.(script, topic, payload, this.name);
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
    this.proceed();
  }

  private noteFailure(subscription: Subscription, error: unknown): void {
    this.failed++;
    const detail = (error instanceof Error ? error.message : String(error)).split('\n', 1)[0]!;
    this.options.onNotice(this.where(subscription.topic) + ' failed: ' + detail);
  }

  private noteDrops(waiting: number): void {
    this.dropping = true;
    this.options.onNotice(
      'broker "' + this.name + '": on-message is too slow: ' + waiting + ' messages wait, further ones are dropped',
    );
  }

  private where(topic: string): string {
    return 'broker "' + this.name + '", on-message of "' + topic + '"';
  }
}
