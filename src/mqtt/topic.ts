import { scanUtf8, Utf8Finding } from './utf8.js';

/** What is wrong with a topic name or filter. The first four are in the order of `CloseReason.emptyTopic` and on. */
export const enum TopicFault {
  none = 0,
  /** Shorter than one character [MQTT-4.7.3-1]. */
  empty = 1,
  /** Not well-formed UTF-8 [MQTT-1.5.3-1]. */
  malformed = 2,
  /** Contains U+0000 [MQTT-4.7.3-2]. */
  nul = 3,
  /** A topic name with `+` or `#` [MQTT-3.3.2-2]. */
  wildcard = 4,
  /** Longer than 65,535 bytes [MQTT-4.7.3-3]. */
  tooLong = 5,
  /** A filter whose `+` does not fill its level [MQTT-4.7.1-3]. */
  misplacedPlus = 6,
  /** A filter whose `#` is not alone in the last level [MQTT-4.7.1-2]. */
  misplacedHash = 7,
}

const enum Character {
  hash = 0x23,
  plus = 0x2b,
  slash = 0x2f,
}

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
    if (byte !== Character.plus && byte !== Character.hash) continue;
    const startsLevel = i === from || bytes[i - 1] === Character.slash;
    if (byte === Character.plus && !(startsLevel && (i + 1 === to || bytes[i + 1] === Character.slash)))
      return TopicFault.misplacedPlus;
    if (byte === Character.hash && !(startsLevel && i + 1 === to)) return TopicFault.misplacedHash;
  }
  return TopicFault.none;
}
