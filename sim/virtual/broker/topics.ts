import { decodeText } from './text.js';

/** A topic name, with its levels and bytes at hand. */
export class Topic {
  readonly levels: readonly string[];
  /** Who receives messages on this topic, as `receivers` was found for this generation of subscriptions. */
  receivers: readonly unknown[] = [];
  generation = -1;
  /** Another topic whose bytes have the same hash. */
  next: Topic | undefined;

  constructor(
    readonly text: string,
    readonly bytes: Uint8Array,
  ) {
    this.levels = text.split('/');
  }
}

/** Topics that are remembered at most; beyond it all are forgotten and found anew. */
const REMEMBERED_TOPICS = 4096;

/** Finds the `Topic` of bytes, which is most often one that came before. */
export class TopicTable {
  private readonly topics = new Map<number, Topic>();
  private count = 0;

  /**
   * The topic name in `bytes[from..to)`; undefined when a PUBLISH must not have it: empty, malformed, with U+0000, `+`
   * or `#` [MQTT-4.7.3-1] [MQTT-1.5.3-1] [MQTT-1.5.3-2] [MQTT-3.3.2-2].
   */
  find(bytes: Uint8Array, from: number, to: number): Topic | undefined {
    let hash = 0x811c9dc5 | 0;
    for (let i = from; i < to; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
    const first = this.topics.get(hash);
    for (let topic = first; topic !== undefined; topic = topic.next) {
      if (equals(topic.bytes, bytes, from, to)) return topic;
    }
    const text = decodeText(bytes, from, to);
    if (text === undefined || !isTopicName(text)) return undefined;
    const topic = new Topic(text, bytes.slice(from, to));
    if (this.count === REMEMBERED_TOPICS) {
      this.topics.clear();
      this.count = 0;
    } else {
      topic.next = first;
    }
    this.topics.set(hash, topic);
    this.count++;
    return topic;
  }
}

function equals(whole: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (whole.length !== to - from) return false;
  for (let i = 0; i < whole.length; i++) if (whole[i] !== bytes[from + i]) return false;
  return true;
}

/** True for text without U+0000 that may be a topic name: not empty, no wildcards (MQTT 3.1.1, 4.7). */
export function isTopicName(text: string): boolean {
  return text !== '' && !text.includes('+') && !text.includes('#');
}

/** True for text without U+0000 that may be a topic filter [MQTT-4.7.1-2] [MQTT-4.7.1-3] [MQTT-4.7.3-1]. */
export function isTopicFilter(text: string): boolean {
  if (text === '') return false;
  const levels = text.split('/');
  return levels.every((level, i) => {
    if (level === '#') return i === levels.length - 1;
    return level === '+' || isTopicName(level) || level === '';
  });
}

/**
 * True when a topic matches a filter, both given by levels. `a/#` matches `a`, and a wildcard at the beginning does not
 * match a topic that begins with `$` (MQTT 3.1.1, 4.7.1; [MQTT-4.7.2-1]).
 */
export function topicMatches(filter: readonly string[], topic: readonly string[]): boolean {
  if (topic[0]!.startsWith('$') && (filter[0] === '#' || filter[0] === '+')) return false;
  for (let i = 0; i < filter.length; i++) {
    const level = filter[i]!;
    if (level === '#') return true;
    if (i === topic.length || (level !== '+' && level !== topic[i])) return false;
  }
  return filter.length === topic.length;
}
