import fc from 'fast-check';
import { topicFaultText } from '../../src/mqtt/texts.js';
import { topicMatches } from '../../src/mqtt/topic-match.js';
import { checkTopicFilter, checkTopicName, TopicFault } from '../../src/mqtt/topic.js';
import { hex, join, utf8 } from './bench/bytes.js';
import { describe, expect, it } from 'vitest';

function checkName(topic: string | Uint8Array): TopicFault {
  const bytes = typeof topic === 'string' ? utf8(topic) : topic;
  return checkTopicName(bytes, 0, bytes.length);
}

function checkFilter(filter: string | Uint8Array): TopicFault {
  const bytes = typeof filter === 'string' ? utf8(filter) : filter;
  return checkTopicFilter(bytes, 0, bytes.length);
}

/** Matches with other bytes around both, so that a look outside is seen. */
function matches(filter: string, topic: string): boolean {
  const results = ['', '/', '#', 'a', '+'].map((guard) => {
    const margin = utf8(guard);
    const f = join(margin, utf8(filter), margin);
    const t = join(margin, utf8(topic), margin);
    const at = margin.length;
    return topicMatches(f, at, f.length - at, t, at, t.length - at);
  });
  expect(new Set(results).size).toBe(1);
  return results[0]!;
}

/** Matching as section 4.7 says it, by levels. */
function naiveMatch(filter: string, topic: string): boolean {
  const filterLevels = filter.split('/');
  const topicLevels = topic.split('/');
  if (topic.startsWith('$') && /^[+#]/.test(filter)) return false;
  for (let i = 0; i < filterLevels.length; i++) {
    if (filterLevels[i] === '#') return true;
    if (i >= topicLevels.length) return false;
    if (filterLevels[i] !== '+' && filterLevels[i] !== topicLevels[i]) return false;
  }
  return filterLevels.length === topicLevels.length;
}

describe('checkTopicName', () => {
  it.each(['a', '/', '//', 'a/b', '/finance', 'a b', '$SYS/x', 'ä/€/😀', '\ufeff'])('accepts "%s"', (topic) => {
    expect(checkName(topic)).toBe(TopicFault.none);
  });

  it('refuses an empty name [MQTT-4.7.3-1]', () => {
    expect(checkName('')).toBe(TopicFault.empty);
  });

  it('accepts 65535 bytes', () => {
    expect(checkName('a'.repeat(65535))).toBe(TopicFault.none);
  });

  it('refuses 65536 bytes [MQTT-4.7.3-3]', () => {
    expect(checkName('a'.repeat(65536))).toBe(TopicFault.tooLong);
  });

  it('refuses U+0000 [MQTT-4.7.3-2]', () => {
    expect(checkName('a\0')).toBe(TopicFault.nul);
  });

  it('refuses a surrogate [MQTT-1.5.3-1]', () => {
    expect(checkName(hex('61eda080'))).toBe(TopicFault.malformed);
  });

  it.each(['+', '#', 'a/+', 'a+', 'a/#'])('refuses the wildcard in "%s" [MQTT-4.7.1-1]', (topic) => {
    expect(checkName(topic)).toBe(TopicFault.wildcard);
  });
});

describe('checkTopicFilter', () => {
  const valid = [
    'a',
    '/',
    '#',
    '+',
    '+/+',
    '/+',
    '+/',
    'a/#',
    'a/+/b',
    '+/tennis/#',
    'sport/+/player1',
    '/#',
    '+/#',
    '//+//',
  ];
  it.each(valid)('accepts "%s"', (filter) => {
    expect(checkFilter(filter)).toBe(TopicFault.none);
  });

  it.each(['sport/tennis#', 'sport/tennis/#/ranking', '#/', '##', '#a', 'a#', '/#/'])(
    'refuses "%s" for its # [MQTT-4.7.1-2]',
    (filter) => {
      expect(checkFilter(filter)).toBe(TopicFault.misplacedHash);
    },
  );

  it.each(['sport+', '+a', 'a/+b', 'a/b+/c', '++', '+#'])('refuses "%s" for its + [MQTT-4.7.1-3]', (filter) => {
    expect(checkFilter(filter)).toBe(TopicFault.misplacedPlus);
  });

  it('refuses an empty filter [MQTT-4.7.3-1]', () => {
    expect(checkFilter('')).toBe(TopicFault.empty);
  });

  it('refuses 65536 bytes [MQTT-4.7.3-3]', () => {
    expect(checkFilter('a'.repeat(65536))).toBe(TopicFault.tooLong);
  });

  it('refuses U+0000 also beside a wildcard [MQTT-4.7.3-2]', () => {
    expect(checkFilter('+/\0')).toBe(TopicFault.nul);
  });

  it('refuses ill-formed UTF-8 also beside a wildcard', () => {
    expect(checkFilter(hex('2b2fff'))).toBe(TopicFault.malformed);
  });

  it('does not look outside its range', () => {
    expect(checkTopicFilter(utf8('a#+'), 1, 2)).toBe(TopicFault.none);
  });
});

describe('topicMatches', () => {
  it.each([
    ['sport/tennis/player1/#', 'sport/tennis/player1'],
    ['sport/tennis/player1/#', 'sport/tennis/player1/ranking'],
    ['sport/tennis/player1/#', 'sport/tennis/player1/score/wimbledon'],
    ['sport/#', 'sport'],
    ['#', 'a/b/c'],
    ['#', '/'],
    ['sport/tennis/+', 'sport/tennis/player1'],
    ['sport/tennis/+', 'sport/tennis/player2'],
    ['sport/+', 'sport/'],
    ['+/+', '/finance'],
    ['/+', '/finance'],
    ['$SYS/#', '$SYS/broker/load'],
    ['$SYS/monitor/+', '$SYS/monitor/Clients'],
    ['+/tennis/#', 'sport/tennis'],
    ['a/#', 'a/'],
    ['a/+/#', 'a/b'],
    ['+', 'a$'],
    ['a/+', 'a/$x'],
    ['/', '/'],
  ])('"%s" matches "%s"', (filter, topic) => {
    expect(matches(filter, topic)).toBe(true);
  });

  it.each([
    ['sport/tennis/+', 'sport/tennis/player1/ranking'],
    ['sport/+', 'sport'],
    ['+', '/finance'],
    ['+', 'a/'],
    ['#', '$SYS/broker'],
    ['+/monitor/Clients', '$SYS/monitor/Clients'],
    ['+', '$'],
    ['a', 'A'],
    ['a', 'ab'],
    ['ab', 'a'],
    ['a/b', 'a'],
    ['a/#', 'ab'],
    ['a/+/#', 'a'],
    ['/a', 'a'],
    ['a', 'a/'],
    ['ACCOUNTS', 'Accounts'],
  ])('"%s" does not match "%s"', (filter, topic) => {
    expect(matches(filter, topic)).toBe(false);
  });

  it('agrees with matching by levels', () => {
    const level = fc.constantFrom('', 'a', 'b', 'ab', '$');
    const topic = fc.array(level, { minLength: 1, maxLength: 4 }).map((levels) => levels.join('/'));
    const filterLevels = fc.array(fc.oneof(level, fc.constant('+')), { minLength: 1, maxLength: 4 });
    const filter = fc
      .tuple(filterLevels, fc.boolean())
      .map(([levels, hash]) => [...levels, ...(hash ? ['#'] : [])].join('/'));
    fc.assert(
      fc.property(filter, topic, (someFilter, someTopic) => {
        fc.pre(someFilter !== '' && someTopic !== '');
        expect(matches(someFilter, someTopic)).toBe(naiveMatch(someFilter, someTopic));
      }),
      { numRuns: 3000 },
    );
  });
});

describe('topicFaultText', () => {
  it('has another line for each fault', () => {
    const texts = new Set<string>();
    for (let fault = TopicFault.none; fault <= TopicFault.misplacedHash; fault++) texts.add(topicFaultText(fault));
    expect(texts.size).toBe(8);
    for (const text of texts) expect(text).toMatch(/^[^\n]+$/);
  });
});
