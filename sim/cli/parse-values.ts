import { checkTopicFilter, checkTopicName, encodeUtf8, TopicFault, topicFaultText } from '../../src/mqtt/index.js';
import { BadInput, showValue } from '../bad-input.js';
import { InvalidArgumentError } from 'commander';

/** A parser for commander: an integer from `min` to `max`. */
export function integer(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
    if (!(value >= min && value <= max)) {
      throw new InvalidArgumentError(`It must be an integer from ${min} to ${max}.`);
    }
    return value;
  };
}

/** A parser for commander: a number of seconds above 0. */
export function seconds(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
  if (!(value > 0 && value <= 86400 * 365)) {
    throw new InvalidArgumentError(
      'It must be a number of seconds above 0 and at most one year, for example 30 or 0.5.',
    );
  }
  return value;
}

/** A parser for commander: a number above 0. */
export function positive(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
  if (!(value > 0)) throw new InvalidArgumentError('It must be a number above 0, for example 10 or 0.5.');
  return value;
}

/** A parser for commander: QoS 0 or 1. */
export function qos(text: string): 0 | 1 {
  if (text === '0') return 0;
  if (text === '1') return 1;
  throw new InvalidArgumentError('It must be 0 or 1; QoS 2 is not supported.');
}

/** A parser for commander: QoS 0, 1 or 2, as a will may have. */
export function willQos(text: string): 0 | 1 | 2 {
  if (text === '0' || text === '1' || text === '2') return Number(text) as 0 | 1 | 2;
  throw new InvalidArgumentError('It must be 0, 1 or 2.');
}

/** A parser for commander: the protocol level of -V. */
export function protocolLevel(text: string): 3 | 4 {
  if (text === 'mqttv311' || text === '311') return 4;
  if (text === 'mqttv31' || text === '31') return 3;
  throw new InvalidArgumentError('It must be mqttv311 or mqttv31.');
}

/**
 * A parser for commander: text of UTF-8. Node replaces bytes of an argument that are not UTF-8 by U+FFFD, so that they
 * cannot be sent as they were.
 */
export function utf8Text(text: string): string {
  if (text.includes('\ufffd')) {
    throw new InvalidArgumentError('It must be UTF-8; send other bytes from a file with -f, or from a pipe with -s.');
  }
  return text;
}

/** A parser for commander: a topic to publish to. */
export function topicName(text: string): string {
  const fault = topicFault(encodeUtf8(utf8Text(text)), checkTopicName);
  if (fault !== '') throw new InvalidArgumentError(`It must be a topic name, got ${fault}.`);
  return text;
}

/** A parser for commander: a topic filter, collected when the flag is repeated. */
export function topicFilters(text: string, before: string[] | undefined): string[] {
  const fault = topicFault(encodeUtf8(utf8Text(text)), checkTopicFilter);
  if (fault !== '') throw new InvalidArgumentError(`It must be a topic filter, got ${fault}.`);
  return [...(before ?? []), text];
}

/** Encodes a topic name. Throws `BadInput` when it is not one. */
export function checkTopic(topic: string): Uint8Array {
  return encodeTopic('topic', topic, checkTopicName);
}

/** Encodes a topic filter. Throws `BadInput` when it is not one. */
export function checkFilter(filter: string): Uint8Array {
  return encodeTopic('topic filter', filter, checkTopicFilter);
}

function encodeTopic(what: string, topic: string, check: typeof checkTopicName): Uint8Array {
  const bytes = encodeUtf8(topic);
  const fault = topicFault(bytes, check);
  if (fault !== '') throw new BadInput(`${what} ${showValue(topic)}: ${fault}`);
  return bytes;
}

/** What is wrong with a topic; empty when nothing is. */
function topicFault(bytes: Uint8Array, check: typeof checkTopicName): string {
  const fault = check(bytes, 0, bytes.length);
  return fault === TopicFault.none ? '' : topicFaultText(fault);
}
