import { encodeUtf8 } from '../../mqtt/encode-utf8.js';
import { checkTopicFilter, checkTopicName, TopicFault } from '../../mqtt/topic.js';
import { topicFaultText } from '../../mqtt/topic-fault-text.js';
import { quote } from '../parse-value.js';

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
