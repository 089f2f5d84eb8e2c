import type { IncomingMessage } from './parser.js';

const enum Character {
  hash = 0x23,
  dollar = 0x24,
  plus = 0x2b,
  slash = 0x2f,
}

/**
 * True when the topic name `topic[topicFrom..topicTo)` matches the filter `filter[filterFrom..filterTo)`.
 * Both must be valid. `a/#` matches `a`; a filter that begins with a wildcard does not match a topic that
 * begins with `$` (MQTT 3.1.1, 4.7.1 and [MQTT-4.7.2-1]).
 */
export function topicMatches(
  filter: Uint8Array,
  filterFrom: number,
  filterTo: number,
  topic: Uint8Array,
  topicFrom: number,
  topicTo: number,
): boolean {
  let f = filterFrom;
  let t = topicFrom;
  if (topic[t] === Character.dollar && (filter[f] === Character.plus || filter[f] === Character.hash)) return false;
  for (;;) {
    // As long as they are the same there is no wildcard: a topic has none. Four bytes for each branch.
    let end = f + topicTo - t;
    if (end > filterTo) end = filterTo;
    while (
      f + 3 < end &&
      filter[f] === topic[t] &&
      filter[f + 1] === topic[t + 1] &&
      filter[f + 2] === topic[t + 2] &&
      filter[f + 3] === topic[t + 3]
    ) {
      f += 4;
      t += 4;
    }
    while (f < end && filter[f] === topic[t]) {
      f++;
      t++;
    }
    if (f === filterTo) return t === topicTo;
    const byte = filter[f]!;
    if (byte === Character.hash) return true;
    if (byte !== Character.plus) {
      return t === topicTo && byte === Character.slash && f + 2 === filterTo && filter[f + 1] === Character.hash;
    }
    while (t < topicTo && topic[t] !== Character.slash) t++;
    f++;
  }
}

/** True when two topics, or two filters, are the same. */
export function isSameTopic(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;
  return true;
}

/** True when a message is on this topic. */
export function isTopic(message: IncomingMessage, expected: Uint8Array): boolean {
  return message.topicTo - message.topicFrom === expected.length && topicBegins(message, expected);
}

/** True when the topic of a message begins with these bytes. */
export function topicBegins({ topic, topicFrom, topicTo }: IncomingMessage, head: Uint8Array): boolean {
  if (topicTo - topicFrom < head.length) return false;
  for (let i = 0; i < head.length; i++) if (topic[topicFrom + i] !== head[i]) return false;
  return true;
}
