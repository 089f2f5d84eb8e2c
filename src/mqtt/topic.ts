import { scanUtf8, Utf8Finding } from './utf8.js';

/** What is wrong with a topic name or filter. */
export const enum TopicFault {
  none = 0,
  /** Shorter than one character [MQTT-4.7.3-1]. */
  empty = 1,
  /** Longer than 65,535 bytes [MQTT-4.7.3-3]. */
  tooLong = 2,
  /** Not well-formed UTF-8 [MQTT-1.5.3-1]. */
  malformed = 3,
  /** Contains U+0000 [MQTT-4.7.3-2]. */
  nul = 4,
  /** A topic name with `+` or `#` [MQTT-3.3.2-2]. */
  wildcard = 5,
  /** A filter whose `+` does not fill its level [MQTT-4.7.1-3]. */
  misplacedPlus = 6,
  /** A filter whose `#` is not alone in the last level [MQTT-4.7.1-2]. */
  misplacedHash = 7,
}

const SLASH = 0x2f;
const PLUS = 0x2b;
const HASH = 0x23;
const DOLLAR = 0x24;

/** Checks the topic name in `bytes[from..to)`, the form that PUBLISH and a will carry. */
export function checkTopicName(bytes: Uint8Array, from: number, to: number): TopicFault {
  if (to <= from) return TopicFault.empty;
  if (to - from > 65535) return TopicFault.tooLong;
  const findings = scanUtf8(bytes, from, to);
  if (findings === 0) return TopicFault.none;
  if (findings & Utf8Finding.malformed) return TopicFault.malformed;
  return findings & Utf8Finding.nul ? TopicFault.nul : TopicFault.wildcard;
}

/** Checks the topic filter in `bytes[from..to)`, the form that SUBSCRIBE carries. */
export function checkTopicFilter(bytes: Uint8Array, from: number, to: number): TopicFault {
  const fault = checkTopicName(bytes, from, to);
  if (fault !== TopicFault.wildcard) return fault;
  for (let i = from; i < to; i++) {
    const byte = bytes[i];
    if (byte !== PLUS && byte !== HASH) continue;
    const startsLevel = i === from || bytes[i - 1] === SLASH;
    if (byte === PLUS && !(startsLevel && (i + 1 === to || bytes[i + 1] === SLASH))) return TopicFault.misplacedPlus;
    if (byte === HASH && !(startsLevel && i + 1 === to)) return TopicFault.misplacedHash;
  }
  return TopicFault.none;
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
  if (topic[t] === DOLLAR && (filter[f] === PLUS || filter[f] === HASH)) return false;
  while (f < filterTo) {
    const byte = filter[f]!;
    if (byte === HASH) return true;
    if (byte === PLUS) {
      while (t < topicTo && topic[t] !== SLASH) t++;
      f++;
      continue;
    }
    if (t === topicTo) return byte === SLASH && f + 2 === filterTo && filter[f + 1] === HASH;
    if (byte !== topic[t]) return false;
    f++;
    t++;
  }
  return t === topicTo;
}
