import { TopicFault } from './topic.js';

const texts: { [fault: number]: string } = {
  [TopicFault.none]: 'valid',
  [TopicFault.empty]: 'it is empty; at least one character is needed',
  [TopicFault.tooLong]: 'it is longer than 65535 bytes',
  [TopicFault.malformed]: 'it is not well-formed UTF-8',
  [TopicFault.nul]: 'it contains U+0000',
  [TopicFault.wildcard]: 'a topic to publish to has no + and no #',
  [TopicFault.misplacedPlus]: '+ must fill a whole level, as in a/+/b',
  [TopicFault.misplacedHash]: '# must be alone in the last level, as in a/#',
};

/** One line for people, to follow the name of the topic. */
export function topicFaultText(fault: TopicFault): string {
  return texts[fault] ?? 'unknown fault ' + fault;
}
