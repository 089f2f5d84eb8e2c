import { TopicFault } from './topic.js';

/** One line for people, to follow the name of the topic. */
export function topicFaultText(fault: TopicFault): string {
  switch (fault) {
    case TopicFault.none:
      return 'valid';
    case TopicFault.empty:
      return 'it is empty; at least one character is needed';
    case TopicFault.tooLong:
      return 'it is longer than 65535 bytes';
    case TopicFault.malformed:
      return 'it is not well-formed UTF-8';
    case TopicFault.nul:
      return 'it contains U+0000';
    case TopicFault.wildcard:
      return 'a topic to publish to has no + and no #';
    case TopicFault.misplacedPlus:
      return '+ must fill a whole level, as in a/+/b';
    case TopicFault.misplacedHash:
      return '# must be alone in the last level, as in a/#';
  }
  return 'unknown fault ' + String(fault);
}
