import { checkTopicName, encodeUtf8, TopicFault, topicFaultText } from '../../src/mqtt/index.js';
import { BadInput, showValue } from '../bad-input.js';

/** Encodes a topic name. Throws `BadInput` when it is not one. */
export function checkTopic(topic: string): Uint8Array {
  const bytes = encodeUtf8(topic);
  const fault = checkTopicName(bytes, 0, bytes.length);
  if (fault !== TopicFault.none) throw new BadInput(`topic ${showValue(topic)}: ${topicFaultText(fault)}`);
  return bytes;
}
