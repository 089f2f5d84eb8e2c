import fc from 'fast-check';
import { closerFilter } from '../../src/brokers/message-dispatcher.js';
import { encodeUtf8, topicMatches } from '../../src/mqtt/index.js';
import { describe, expect, it } from 'vitest';

/** Above 0 when `a` is the closer one; the filters lie in the middle of longer arrays. */
function compare(a: string, b: string): number {
  const left = encodeUtf8(`xx${a}yy`);
  const right = encodeUtf8(`z${b}#`);
  return closerFilter(left, 2, left.length - 2, right, 1, right.length - 1);
}

function matches(filter: string, topic: string): boolean {
  const [left, right] = [encodeUtf8(filter), encodeUtf8(topic)];
  return topicMatches(left, 0, left.length, right, 0, right.length);
}

/** The closest of those that match, by the bytes. */
function closest(filters: readonly string[], topic: string): string | undefined {
  let found: string | undefined;
  for (const filter of filters) {
    if (matches(filter, topic) && (found === undefined || compare(filter, found) > 0)) found = filter;
  }
  return found;
}

/** The same rule, slowly and in other words: each filter becomes a text, and the texts are sorted. */
function rank(filter: string): string {
  const levels = filter.split('/');
  const hash = levels.at(-1) === '#';
  const names = hash ? levels.slice(0, -1) : levels;
  const kind = hash ? '2' : levels.includes('+') ? '1' : '0';
  const depth = hash ? String(99 - names.length).padStart(2, '0') : '00';
  return kind + depth + names.map((level) => (level === '+' ? 'b' : 'a')).join('');
}

function slowClosest(filters: readonly string[], topic: string): string | undefined {
  return filters
    .filter((filter) => matches(filter, topic))
    .sort((a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0))[0];
}

describe('the subscription that is closest to a topic', () => {
  // The manual of RouterOS, MQTT, Subscriptions.
  const manual = ['some/sort/of/topic', 'some/#', 'some/sort/of/+', 'some/thing/#'];

  it.each([
    ['some/sort/of/topic', 'some/sort/of/topic'],
    ['some/sort/of/thing', 'some/sort/of/+'],
    ['some/name', 'some/#'],
    ['some/thing/else', 'some/thing/#'],
    ['other/name', undefined],
  ])('of %s is %s, in whatever order they are', (topic, filter) => {
    for (const filters of [manual, [...manual].reverse()]) expect(closest(filters, topic)).toBe(filter);
  });

  it.each([
    ['a/b/c', 'a/b/+', 'no wildcard before one level'],
    ['+/+/+', 'a/b/#', 'one level before several, however much the latter says'],
    ['a/b/+', 'a/+/c', 'the later first +'],
    ['a/+/c', 'a/+/+', 'the later second +'],
    ['a/b/#', 'a/#', 'more levels before #'],
    ['+/+/#', 'a/#', 'more levels before #, also with +'],
    ['a/+/#', '+/b/#', 'the later first + before #'],
    ['a/', 'a/+', 'an empty last level is a name'],
    ['a//c', 'a/+/c', 'an empty level is a name'],
    ['+', '#', 'one level before all'],
  ])('%s is closer than %s: %s', (near, far) => {
    expect(compare(near, far)).toBeGreaterThan(0);
    expect(compare(far, near)).toBeLessThan(0);
  });

  it('is the same for a slow version, and one order for all filters of a topic', () => {
    const name = fc.constantFrom('', 'a', 'b', 'aa', 'é');
    const filter = fc
      .tuple(fc.array(fc.oneof(name, fc.constant('+')), { minLength: 1, maxLength: 4 }), fc.boolean())
      .map(([levels, hash]) => [...levels, ...(hash ? ['#'] : [])].join('/'))
      .filter((text) => text !== '');
    const topic = fc
      .array(name, { minLength: 1, maxLength: 5 })
      .map((levels) => levels.join('/'))
      .filter((text) => text !== '');
    fc.assert(
      fc.property(fc.uniqueArray(filter, { maxLength: 12 }), topic, (filters, of) => {
        expect(closest(filters, of)).toBe(slowClosest(filters, of));
        const matching = filters.filter((one) => matches(one, of));
        for (const a of matching) for (const b of matching) expect(compare(a, b) === 0).toBe(a === b);
      }),
      { numRuns: 2000 },
    );
  });
});
