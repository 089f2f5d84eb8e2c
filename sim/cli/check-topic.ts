import { checkTopicFilter, checkTopicName, encodeUtf8, TopicFault, topicFaultText } from '../../src/mqtt/index.js';
import { BadInput, showValue } from '../bad-input.js';

/** Encodes a topic name. Throws `BadInput` when it is not one. */
export function checkTopic(topic: string): Uint8Array {
  return check('topic', topic, checkTopicName);
}

/** Encodes a topic filter. Throws `BadInput` when it is not one. */
export function checkFilter(filter: string): Uint8Array {
  return check('topic filter', filter, checkTopicFilter);
}

function check(what: string, topic: string, faultOf: typeof checkTopicName): Uint8Array {
  const bytes = encodeUtf8(topic);
  const fault = faultOf(bytes, 0, bytes.length);
  if (fault !== TopicFault.none) throw new BadInput(`${what} ${showValue(topic)}: ${topicFaultText(fault)}`);
  return bytes;
}
