import { checkTopicFilter, checkTopicName, encodeUtf8, TopicFault, topicFaultText } from '../../src/mqtt/index.js';
import { BadInput, showValue } from '../bad-input.js';
import { InvalidArgumentError } from 'commander';

/** A parser for commander: a whole number from `least` to `most`. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
    if (!(value >= least && value <= most)) {
      throw new InvalidArgumentError(`Allowed are whole numbers from ${least} to ${most}.`);
    }
    return value;
  };
}

/** A parser for commander: a number of seconds above 0. */
export function seconds(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
  if (!(value > 0 && value <= 86400 * 365)) {
    throw new InvalidArgumentError('Allowed are seconds above 0, at most one year, for example 30 or 0.5.');
  }
  return value;
}

/** A parser for commander: a number above 0. */
export function positive(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
  if (!(value > 0)) throw new InvalidArgumentError('Allowed are numbers above 0, for example 10 or 0.5.');
  return value;
}

/** A parser for commander: QoS 0 or 1. */
export function qos(text: string): 0 | 1 {
  if (text === '0') return 0;
  if (text === '1') return 1;
  throw new InvalidArgumentError('Allowed are 0 and 1; QoS 2 is not supported.');
}

/** A parser for commander: QoS 0, 1 or 2, as a will may have. */
export function willQos(text: string): 0 | 1 | 2 {
  if (text === '0' || text === '1' || text === '2') return Number(text) as 0 | 1 | 2;
  throw new InvalidArgumentError('Allowed are 0, 1 and 2.');
}

/** A parser for commander: the protocol level of -V. */
export function protocolLevel(text: string): 3 | 4 {
  if (text === 'mqttv311' || text === '311') return 4;
  if (text === 'mqttv31' || text === '31') return 3;
  throw new InvalidArgumentError('Allowed are mqttv311 and mqttv31.');
}

/** A parser for commander: a topic to publish to. */
export function topicName(text: string): string {
  return checked(text, checkTopicName);
}

/** A parser for commander: a topic filter, collected when the flag is repeated. */
export function topicFilters(text: string, before: string[] | undefined): string[] {
  return [...(before ?? []), checked(text, checkTopicFilter)];
}

function checked(text: string, check: typeof checkTopicName): string {
  // Node passes arguments that are not UTF-8 with U+FFFD in them; a lone surrogate cannot come from there.
  const bytes = encodeUtf8(text);
  const fault = check(bytes, 0, bytes.length);
  if (fault !== TopicFault.none) throw new InvalidArgumentError(`Not a valid topic: ${topicFaultText(fault)}.`);
  return text;
}

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
