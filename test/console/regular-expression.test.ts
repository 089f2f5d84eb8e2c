import fc from 'fast-check';
import { compilePattern, Search } from '../../src/console/regular-expression.js';
import { describe, expect, it } from 'vitest';

/** Searches as a console does, but without pauses. */
function isFound(pattern: string, text: string): boolean {
  const search = new Search(compilePattern(pattern), text);
  for (;;) {
    const found = search.advance();
    if (found !== undefined) return found;
  }
}

describe('a regular expression', () => {
  it.each([
    ['abc', 'xabcx', true],
    ['^abc$', 'xabcx', false],
    ['^abc$', 'abc', true],
    ['a.c', 'a-c', true],
    ['a\\.c', 'a-c', false],
    ['a*b', 'b', true],
    ['^a+b', 'b', false],
    ['^(ab|cd)+$', 'abcdab', true],
    ['^(ab|cd|)$', '', true],
    ['^a?$', 'aa', false],
    ['^a{2,3}$', 'a', false],
    ['^a{2,3}$', 'aaa', true],
    ['^a{2,3}$', 'aaaa', false],
    ['^a{2}$', 'aa', true],
    ['^a{2,}$', 'aaaaa', true],
    ['^(a|b){2}c$', 'abc', true],
    ['^a{0}$', '', true],
    ['[0-9a-f]+:', 'xx:af:', true],
    ['^[^0-9]$', '5', false],
    ['^[]x]$', ']', true],
    ['^[a-]$', '-', true],
    ['^[[:digit:][:space:]]+$', '1 2\t3', true],
    ['^[[:alpha:]]+$', 'a1', false],
    ['\\{"test":"123"\\}', '{"test":"123"}', true],
    ['{"test"', 'x{"test":1}', true],
    ['', '', true],
    ['()*', 'x', true],
    ['(a*)*b', 'aaac', false],
    ['x|', 'y', true],
  ])('%s in %s: %s', (pattern, text, expected) => {
    expect(isFound(pattern, text)).toBe(expected);
  });

  it.each([
    ['(', 'missing ) at character 2'],
    [')', 'unexpected ) at character 1'],
    ['a)', 'unexpected ) at character 2'],
    ['[a', 'missing ] at character 3'],
    ['[b-a]', 'wrong range at character 5'],
    ['[[:what:]]', 'unknown class what at character 2'],
    ['*a', 'nothing to repeat at character 1'],
    ['a|+', 'nothing to repeat at character 3'],
    ['a\\', 'nothing behind \\ at character 3'],
    ['a{3,2}', 'wrong interval at character 2'],
    ['(((a{99}){99}){99})', 'too large at character 14'],
    ['('.repeat(40), 'too many parentheses at character 18'],
  ])('refuses %s', (pattern, message) => {
    expect(() => compilePattern(pattern)).toThrow('regular expression: ' + message);
  });

  it('ends soon for what takes other matchers an age', () => {
    expect(isFound('^(a+)+$', 'a'.repeat(5000) + 'b')).toBe(false);
    expect(isFound('(a?){200}a{200}', 'a'.repeat(200))).toBe(true);
  });

  it("agrees with the engine's own", () => {
    const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '(a|b)', '(ab)', '(|a)', '(a*)');
    const piece = fc.tuple(atom, fc.constantFrom('', '*', '+', '?', '{1,2}', '{2}')).map((parts) => parts.join(''));
    const pattern = fc.array(fc.oneof(piece, fc.constantFrom('^', '$', '|')), { maxLength: 5 }).map((p) => p.join(''));
    const text = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 6 }).map((letters) => letters.join(''));
    fc.assert(
      fc.property(pattern, text, (source, subject) => {
        expect(isFound(source, subject)).toBe(new RegExp(source, 's').test(subject));
      }),
      { numRuns: 2000 },
    );
  });
});
