import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hexDump, indentJson, topicMatches } from '../../../sim/page/parts/payload.js';

describe('indentJson', () => {
  it('is as JSON.stringify where that changes no number', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        if (typeof value !== 'object' || value === null) return;
        // What JSON.stringify writes has numbers as it would write them again.
        const text = JSON.stringify(value);
        expect(indentJson(text)).toBe(JSON.stringify(value, undefined, 2));
      }),
    );
  });

  it('keeps the digits of the payload', () => {
    expect(indentJson('{"id":12345678901234567890,"t":21.0}')).toBe('{\n  "id": 12345678901234567890,\n  "t": 21.0\n}');
  });

  it.each(['', 'online', '12', '"text"', '{"a":1', 'null', '{a:1}'])('is nothing for %j', (text) => {
    expect(indentJson(text)).toBeUndefined();
  });

  it('takes spaces, and strings with quotes and brackets', () => {
    expect(indentJson(' { "a" : [ ] , "b\\"{" : "\\\\" } ')).toBe('{\n  "a": [],\n  "b\\"{": "\\\\"\n}');
  });
});

describe('hexDump', () => {
  it('has place, bytes and characters', () => {
    expect(hexDump('4142000a7e7f' + 'ff'.repeat(11))).toBe(
      [
        '0000  41 42 00 0a 7e 7f ff ff  ff ff ff ff ff ff ff ff  AB..~...........',
        `0010  ff${' '.repeat(21)}  ${' '.repeat(23)}  .`,
      ].join('\n'),
    );
    expect(hexDump('')).toBe('');
  });
});

describe('topicMatches', () => {
  it.each([
    ['readings', 'tagwire/gw/Readings/AA', true],
    ['', 'a/b', true],
    ['tagwire/+/status', 'tagwire/gw/status', true],
    ['tagwire/+/status', 'tagwire/gw/x/status', false],
    ['tagwire/#', 'tagwire/gw/status', true],
    ['tagwire/gw/#', 'tagwire/gw', true],
    ['#', 'a', true],
    ['+', 'a/b', false],
    ['a/b', 'a', false],
    ['c++', 'c++/x', true],
  ])('%j and %j: %s', (wanted, topic, matches) => {
    expect(topicMatches(wanted, topic)).toBe(matches);
  });
});
